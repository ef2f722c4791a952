"""The pictures of a classified record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from offbeat.app.pages.base import Drawing, Drawings
from offbeat.app.pages.gallery import suspicious
from offbeat.ecg.classified import ClassifiedRecord
from offbeat.ecg.features.shape import BEAT_BEFORE, BEAT_RATE
from offbeat.ecg.moments import Moment
from offbeat.ecg.sequences import BeatSequence
from offbeat.records import Record
from offbeat.report import EcgStrip, beat_shapes, ecg_strips, full_disclosure, heart_rate, rhythm_strip, rr_tachogram
from offbeat.words import clock, clock_from

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["RecordFigures"]

_AROUND = 3.2  # seconds of signal on both sides of a beat in the gallery
_GALLERY = 12
_STRIP, _BEFORE = 6.4, 1.6  # seconds of a strip (178 mm, as A4 prints to scale), and of it before what it shows
_STRIP_LEADS = 12  # of a strip at most; a page is that high
_FEW, _MOST_MV, _MOST_MV_OF_MANY = 3, 6.0, 3.0  # leads, and how high one of so many, or of more, may be
_WHOLE = 30.0  # seconds of a record that is drawn whole, in all leads
_PAGE = 10.5  # seconds of a record of which a strip would show little less than that
_PART = 1800.0  # seconds of a picture of every second
_MOST_PARTS = 48


class RecordFigures:
    """The pictures of a classified record, each drawn when it is asked for.

    Parameters
    ----------
    record : Record
        For its signal.
    classified : ClassifiedRecord
        Its beats.
    moments : sequence of Moment
        What strips show; records of ten seconds, which are drawn whole, have none.
    """

    def __init__(self, record: Record, classified: ClassifiedRecord, moments: Sequence[Moment]) -> None:
        self.record, self.classified = record, classified
        self.moments = moments if record.duration > _PAGE else ()
        self._tell = clock_from(record.started)
        self.chosen = suspicious(classified.table, _GALLERY) if len(classified.table) else []

    def drawings(self) -> Drawings:
        """Return the figures by file name."""
        found = {**self._whole(), **self._disclosure()}
        return found if self.classified.table.empty else {**self._of_beats(), **self._strips(), **found}

    def showing(self, time_s: float) -> str:
        """Return the name of the figure that shows a point of time best; empty where none does."""
        near = [n for n, moment in enumerate(self.moments) if abs(moment.start_s - time_s) < 0.5]
        if near:
            return f"strip-{near[0] + 1}"
        if self._whole():
            return "whole"
        parts = dict(self._parts())
        return next((name for name, start in parts.items() if start <= time_s < start + _PART), "")

    def _of_beats(self) -> Drawings:
        lead = self.classified.beats.leads[0]
        drawings = {
            "heart-rate": Drawing(
                self._heart_rate,
                "The mean rate of all beats; where the signal is doubtful, beats may be missed or found twice.",
                "Heart rate over time, with what is doubtful or unreadable shaded.",
            ),
            "tachogram": Drawing(
                self._tachogram,
                "Each dot is the time from a beat to the one before it; ectopic beats are early and stand below.",
                "RR intervals over time, coloured by the class of the beat.",
            ),
            "beat-shapes": Drawing(
                self._shapes,
                f"The mean beat of each class in {lead}, with plus and minus two standard deviations.",
                "Mean beat of each class with a band of two standard deviations.",
            ),
        }
        if self.chosen:
            drawings["gallery"] = Drawing(
                lambda: ecg_strips([self.strip(row) for row in self.chosen]),
                "25 mm/s, 10 mm/mV: a small box is 0.04 s by 0.1 mV. The mark on the left is 1 mV for 0.2 s.",
                "ECG strips with the beats that the classifier is least sure of in the middle.",
                true_scale=True,
            )
        return drawings

    def _strips(self) -> Drawings:
        n_leads = len(self.record.channels)
        left_out = f"; the first {_STRIP_LEADS} of {n_leads} leads" * (n_leads > _STRIP_LEADS)
        return {
            f"strip-{number}": Drawing(
                partial(self._moment, moment),
                f"{moment.title[0].upper()}{moment.title[1:]}, from {self._tell(moment.start_s)}{left_out}.",
                f"ECG strip: {moment.title}",
                true_scale=True,
            )
            for number, moment in enumerate(self.moments, start=1)
        }

    def _whole(self) -> Drawings:
        if not 0 < self.record.duration <= _WHOLE:
            return {}
        caption = "The whole record, 25 mm/s and 10 mm/mV; the lead that beats are found in stands first."
        return {"whole": Drawing(self._all_leads, caption, "The whole record in all leads.", true_scale=True)}

    def _disclosure(self) -> Drawings:
        if self.record.duration <= _WHOLE:
            return {}
        lead = self.record.channels[0]
        return {
            name: Drawing(
                partial(self._part, start),
                f"Every second from {self._tell(start)} in {lead}, a minute a line; ectopic and paced beats in colour.",
                f"Full disclosure of half an hour from {clock(start)}.",
            )
            for name, start in self._parts()
        }

    def _parts(self) -> Iterator[tuple[str, float]]:
        if self.record.duration > _WHOLE:
            starts = np.arange(0.0, self.record.duration, _PART)[:_MOST_PARTS]
            yield from ((f"every-second-{number}", float(start)) for number, start in enumerate(starts, start=1))

    def _heart_rate(self) -> Figure:
        found = self.classified
        sequence = BeatSequence.of(found.table, found.duration, found.unreadable)
        times, intervals = (found.table[name].to_numpy() for name in ("time_s", "rr_pre_s"))
        spans = sequence.doubtful.tolist()
        return heart_rate(times, intervals, found.duration, unreadable=found.unreadable, doubtful=spans)

    def _tachogram(self) -> Figure:
        table = self.classified.table
        return rr_tachogram(
            table["time_s"].to_numpy(),
            table["rr_pre_s"].to_numpy(),
            table["class"].to_numpy(),
            [span[:2] for span in self.classified.unreadable],
            duration_s=self.classified.duration,
        )

    def _shapes(self) -> Figure:
        classes, windows = self.classified.table["class"].to_numpy(), self.classified.beats.windows[:, 0]
        return beat_shapes(windows, classes, BEAT_RATE, round(BEAT_BEFORE * BEAT_RATE))

    def strip(self, row: int) -> EcgStrip:
        """Return the beat of a row of the table with what surrounds it, in the lead that beats are found in."""
        table, rate = self.classified.table, self.record.sampling_rate
        middle = int(table["sample"].iloc[row])
        start = max(0, middle - int(_AROUND * rate))
        values = self.record.read(start, middle + int(_AROUND * rate))[:, 0]
        near = table[(table["time_s"] - middle / rate).abs() < _AROUND]
        return EcgStrip(
            values,
            rate,
            start / rate,
            middle / rate,
            near["time_s"].to_numpy(),
            near["class"].to_numpy(str),
            confidence=float(table["confidence"].iloc[row]),
            lead=self.record.channels[0],
            note="doubtful" * bool(table["doubtful"].iloc[row]),
        )

    def _moment(self, moment: Moment) -> Figure:
        """Draw a strip with a moment in its middle, or its beginning where it is longer."""
        length = moment.stop_s - moment.start_s
        before = (_STRIP - length) / 2 if length < _STRIP - 2 * _BEFORE else _BEFORE
        start = max(0.0, min(moment.start_s - before, self.record.duration - _STRIP))
        leads = self.record.channels[:_STRIP_LEADS]  # the first is the one that beats are found in
        span = (moment.start_s - 0.2, moment.stop_s + 0.2)
        return self._leads(start, start + _STRIP, leads, f"{self._tell(moment.start_s)} – {moment.title}", span)

    def _all_leads(self) -> Figure:
        return self._leads(0.0, self.record.duration, self.record.channels, self.record.name, None)

    def _leads(
        self, start_s: float, stop_s: float, leads: Sequence[str], title: str, span: tuple[float, float] | None
    ) -> Figure:
        rate, table = self.record.sampling_rate, self.classified.table
        first = round(start_s * rate)
        near = table[(table["time_s"] >= start_s) & (table["time_s"] <= stop_s)]
        return rhythm_strip(
            self.record.read(first, round(stop_s * rate), leads),
            rate,
            leads,
            start_s=first / rate,
            times_s=near["time_s"].to_numpy(),
            classes=near["class"].to_numpy(str),
            span_s=span,
            title=title,
            most_mv=_MOST_MV if len(leads) <= _FEW else _MOST_MV_OF_MANY,
        )

    def _part(self, start_s: float) -> Figure:
        rate, table = self.record.sampling_rate, self.classified.table
        near = table[(table["time_s"] >= start_s) & (table["time_s"] < start_s + _PART)]
        return full_disclosure(
            self.record.read(round(start_s * rate), round((start_s + _PART) * rate))[:, 0],
            rate,
            start_s=start_s,
            times_s=near["time_s"].to_numpy(),
            classes=near["class"].to_numpy(str),
            lead=self.record.channels[0],
        )
