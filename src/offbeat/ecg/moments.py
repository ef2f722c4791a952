"""The moments of a record that an analyst would print: its longest runs, its pauses, its fastest and slowest rate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from offbeat.ecg.episodes import RHYTHMS
from offbeat.ecg.summary import RhythmSummary
from offbeat.records.aami import SHORT_NAMES

__all__ = ["Moment", "key_moments"]

_PAUSES = 3


@dataclass(frozen=True)
class Moment:
    """A stretch of a record that is worth a strip.

    Parameters
    ----------
    title : str
        What it shows.
    start_s, stop_s : float
        Seconds since the start of the record.
    """

    title: str
    start_s: float
    stop_s: float


def key_moments(rhythm: RhythmSummary) -> list[Moment]:
    """Return the moments of a record to look at, the gravest kind first, none twice.

    The longest and the fastest run of each class, the fastest ventricular couplet, the longest pauses, the first and
    the longest episode of each rhythm other than sinus rhythm, and the lowest and the highest rate. Pauses in a
    doubtful signal come after the others.

    Parameters
    ----------
    rhythm : RhythmSummary
        See :func:`~offbeat.ecg.rhythm.rhythm_summary`.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from offbeat.ecg.rhythm import rhythm_summary
    >>> table = pd.DataFrame({"time_s": np.arange(1.0, 31.0), "class": ["N"] * 20 + ["V"] * 3 + ["N"] * 7})
    >>> [moment.title for moment in key_moments(rhythm_summary(table, 32))]
    ['longest ventricular run, 3 beats at 60/min', 'lowest rate, 60/min']
    """
    found = [
        *_runs(rhythm, "V"),
        *_couplet(rhythm),
        *_pauses(rhythm),
        *_episodes(rhythm),
        *_runs(rhythm, "S"),
        *_rates(rhythm),
    ]
    kept: dict[tuple[float, float], Moment] = {}
    for moment in found:
        kept.setdefault((moment.start_s, moment.stop_s), moment)
    return list(kept.values())


def _runs(rhythm: RhythmSummary, beat_class: str) -> Iterable[Moment]:
    runs = [run for run in rhythm.runs if run.pattern == beat_class]
    if not runs:
        return
    for what, run in {
        "longest": max(runs, key=lambda run: run.beats),
        "fastest": max(runs, key=lambda run: run.rate),
    }.items():
        title = f"{what} {SHORT_NAMES[beat_class]} run, {run.beats} beats at {run.rate:.0f}/min"
        yield Moment(title, run.start_s, run.stop_s)


def _couplet(rhythm: RhythmSummary) -> Iterable[Moment]:
    pairs = [pair for pair in rhythm.pairs if pair.pattern == "V"]
    if pairs:
        fastest = max(pairs, key=lambda pair: pair.rate)
        yield Moment(f"fastest ventricular couplet, at {fastest.rate:.0f}/min", fastest.start_s, fastest.stop_s)


def _pauses(rhythm: RhythmSummary) -> Iterable[Moment]:
    for pause in sorted(rhythm.pauses, key=lambda pause: (pause.doubtful, -pause.length_s))[:_PAUSES]:
        doubt = ", or a beat missed in a doubtful signal" * pause.doubtful
        yield Moment(f"pause of {pause.length_s:.2f} s{doubt}", pause.start_s, pause.start_s + pause.length_s)


def _episodes(rhythm: RhythmSummary) -> Iterable[Moment]:
    for name in dict.fromkeys(
        episode.rhythm for episode in rhythm.episodes if episode.rhythm not in ("N", "VT", "SVTA")
    ):
        episodes = [episode for episode in rhythm.episodes if episode.rhythm == name]
        longest = max(episodes, key=lambda episode: episode.stop_s - episode.start_s)
        if episodes[0].start_s > 0:
            yield Moment(f"{RHYTHMS[name]} begins", episodes[0].start_s, episodes[0].stop_s)
        seconds = longest.stop_s - longest.start_s
        yield Moment(f"{RHYTHMS[name]}, the longest episode, {seconds:.0f} s", longest.start_s, longest.stop_s)


def _rates(rhythm: RhythmSummary) -> Iterable[Moment]:
    for what, rate, start in (
        ("lowest", rhythm.min_rate, rhythm.min_rate_s),
        ("highest", rhythm.max_rate, rhythm.max_rate_s),
    ):
        if rate == rate:  # noqa: PLR0124 - NaN is unknown
            yield Moment(f"{what} rate, {rate:.0f}/min", start, start + 60.0 * 8 / rate)
