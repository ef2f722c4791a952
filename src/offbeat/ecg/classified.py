"""The result of a classification: a record with a class for each of its beats."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.ecg.beats import Beats
from offbeat.ecg.rhythm import RhythmSummary, rhythm_summary
from offbeat.plotting import drawn
from offbeat.records import Annotations
from offbeat.records.aami import SHORT_NAMES
from offbeat.tables import ShownAsTables, Table
from offbeat.words import NOTICE, clock, plural

__all__ = ["ClassifiedRecord"]


@dataclass(frozen=True, eq=False)
class ClassifiedRecord(ShownAsTables):
    """A record with a class for each of its beats, made by :func:`~offbeat.ecg.classify.classify_record`.

    Parameters
    ----------
    beats : Beats
        Their places, and what is unreadable.
    table : DataFrame
        One row a beat: ``sample``, ``time_s``, ``class`` (empty where the confidence is too low), ``symbol`` (the code
        of WFDB; ``/`` for a paced beat; Q, unclassifiable, where the confidence is too low), ``confidence``, ``p_N`` …
        ``p_Q`` (0 for F, which is not claimed, and for a class that the model does not know), ``rr_pre_s`` and
        ``rr_post_s`` (NaN at the ends and across what is unreadable), ``quality`` (0 to 1, of the best lead around it),
        ``doubtful`` (the signal is poor, or a ventricular beat is like no other, see
        :func:`~offbeat.ecg.ventricular.credible`: it gets no class), ``fibrillation`` (the probability that the
        atria fibrillate or flutter; NaN where there are too few beats to tell) and ``remark`` (that of its annotation,
        see :mod:`offbeat.records.beat_remarks`). Of beats that a person has reviewed the confidence is 1.

    Examples
    --------
    >>> from offbeat import Recording, classify_record
    >>> found = classify_record(Recording(np.zeros(5000), sampling_rate=250.0, channels=["II"]))
    >>> len(found.table), found.unreadable
    (0, [(0.0, 20.0, 'flat')])
    """

    beats: Beats
    table: pd.DataFrame

    @property
    def symbols(self) -> npt.NDArray[np.str_]:
        """The code of each beat, (n_beats,)."""
        return self.table["symbol"].to_numpy(str)

    @property
    def duration(self) -> float:
        """Seconds that the record lasts."""
        return self.beats.n_times / self.beats.sampling_rate

    @property
    def unreadable(self) -> list[tuple[float, float, str]]:
        """Start and end (s) of each unreadable stretch, and the reason."""
        rate = self.beats.sampling_rate
        return [(span.start / rate, span.stop / rate, span.reason) for span in self.beats.unreadable]

    def plot(self) -> Any:
        """Draw the interval before each beat over time, coloured by the class of the beat.

        Returns
        -------
        matplotlib.figure.Figure
            See :func:`offbeat.rr_tachogram`.

        Raises
        ------
        MissingExtraError
            If matplotlib is not installed.
        """
        return drawn("classified_record", self)

    def _summary(self) -> list[Table]:
        rhythm = self.rhythm()
        rows: list[list[Any]] = [
            [name or "none", SHORT_NAMES.get(name, "not sure enough"), count, count / max(rhythm.beats, 1)]
            for name, count in rhythm.counts.items()
            if count
        ]
        title = f"{self.beats.name}: {plural(rhythm.beats, 'beat')} in {clock(self.duration)}, lead"
        title += f"{'s'[: len(self.beats.leads) != 1]} {', '.join(self.beats.leads)}"
        unreadable = f"Unreadable: {clock(rhythm.unreadable_s)}. " if rhythm.unreadable_s else ""
        rate = "" if math.isnan(rhythm.mean_rate) else f"Mean rate {rhythm.mean_rate:.0f} / min. "
        return [
            Table(title, ["class", "name", "beats", "share"], rows, ["", "", "", ".1%"], rate + unreadable + NOTICE)
        ]

    def rhythm(self) -> RhythmSummary:
        """Return the rates, burdens, runs and pauses of the record."""
        return rhythm_summary(self.table, self.duration, self.unreadable)

    def annotations(self) -> Annotations:
        """Return the beats as annotations, ``+`` where a rhythm begins and ``~`` where the signal gets bad or good.

        A beat that is doubtful or not sure says so in its remark, see :mod:`offbeat.records.beat_remarks`.
        """
        spans, rate = self.beats.unreadable, self.beats.sampling_rate
        # a sample before its first beat: some programs of WFDB want one annotation a sample
        begun = [
            (max(round(episode.start_s * rate) - 1, 0), "+", 0, f"({episode.rhythm}")
            for episode in self.rhythm().episodes
        ]
        ends = [(span.start, "~", -1, span.reason) for span in spans] + [(span.stop, "~", 0, "") for span in spans]
        columns = (self.table[name].tolist() for name in ("sample", "symbol", "remark"))
        beats = [(sample, symbol, 0, remark) for sample, symbol, remark in zip(*columns, strict=True)]
        rows = sorted([*ends, *begun, *beats], key=lambda row: row[0])
        samples, symbols, subtypes, aux = zip(*rows, strict=True) if rows else ((), (), (), ())
        return Annotations(
            samples=np.array(samples, np.int64),
            symbols=np.array(symbols, np.str_),
            sampling_rate=self.beats.sampling_rate,
            subtypes=np.array(subtypes, np.int64),
            aux=np.array(aux, np.str_),
        )
