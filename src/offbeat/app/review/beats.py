"""A beat under review, and annotation files made of such beats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from offbeat.records import NO_BEAT, Annotations, BeatRemark
from offbeat.records.aami import AAMI, CLASSES, PACED
from offbeat.records.beat_remarks import beat_remark

__all__ = ["MARK", "NAMES", "ReviewBeat", "is_review", "joined", "parted"]

MARK = "beats reviewed with offbeat, rhythms as they were before"
"""The note at the first sample by which a file that a review wrote is known."""
NAMES = (*CLASSES, PACED, NO_BEAT)
"""What a person can call a beat: its class, paced, or no beat."""

_NOTE = '"'
_PLAIN = BeatRemark()


@dataclass(frozen=True)
class ReviewBeat:
    """A beat, and what is known about it.

    Parameters
    ----------
    sample : int
        Where it stands, in samples of the record.
    symbol : str
        Its annotation code; :data:`~offbeat.records.beat_remarks.NO_BEAT` for a false detection.
    remark : BeatRemark
        How sure a program is of it, and whether a person has reviewed it.
    subtype, channel : int
        As in the annotation file.
    """

    sample: int
    symbol: str
    remark: BeatRemark = _PLAIN
    subtype: int = 0
    channel: int = 0

    @property
    def original(self) -> str:
        """The code before the review; empty where there was no beat."""
        return "" if self.remark.added else self.remark.was or self.symbol

    @property
    def beat_class(self) -> str:
        """N, S, V, F or Q; empty for a false detection."""
        return AAMI.get(self.symbol, "")

    def named(self, name: str) -> Self:
        """Return the beat as a person calls it, one of :data:`NAMES`.

        A code that says more than its class, such as ``L`` of class N, stays where the person names that class.
        """
        finer = (code for code in (self.symbol, self.original) if name in "NSVF" and AAMI.get(code) == name)
        symbol = next(finer, name)
        was = "" if self.remark.added or symbol == self.original else self.original
        kept = self.subtype if symbol == self.symbol else 0
        return replace(self, symbol=symbol, subtype=kept, remark=replace(self.remark, reviewed=True, was=was))

    def confirmed(self) -> Self:
        """Return the beat as reviewed, with its code as it is."""
        return replace(self, remark=replace(self.remark, reviewed=True))


def is_review(annotations: Annotations) -> bool:
    """Return whether a review wrote these annotations."""
    return bool(len(annotations)) and (annotations.symbols[0], annotations.aux[0]) == (_NOTE, MARK)


def parted(annotations: Annotations) -> tuple[list[ReviewBeat], Annotations]:
    """Return the beats of an annotation file, false detections that a review marked among them, and all else in it."""
    reviewed = np.array([beat_remark(aux).reviewed for aux in annotations.aux], dtype=bool)
    mine = np.isin(annotations.symbols, list(AAMI)) | ((annotations.symbols == NO_BEAT) & reviewed)
    found = annotations.where(mine)
    columns = (found.samples, found.symbols, found.aux, found.subtypes, found.channels)
    beats = [
        ReviewBeat(sample, symbol, beat_remark(aux), subtype, channel)
        for sample, symbol, aux, subtype, channel in zip(*(column.tolist() for column in columns), strict=True)
    ]
    marks = (annotations.symbols == _NOTE) & (annotations.aux == MARK)
    return beats, annotations.where(~mine & ~marks)


def joined(beats: Iterable[ReviewBeat], others: Annotations, sampling_rate: float) -> Annotations:
    """Return the annotation file of a review: its mark, its beats, and all else that the file before held."""
    rows = [(0, _NOTE, MARK, 0, 0)]
    columns = (others.samples, others.symbols, others.aux, others.subtypes, others.channels)
    rows += zip(*(column.tolist() for column in columns), strict=True)
    rows += [(beat.sample, beat.symbol, str(beat.remark), beat.subtype, beat.channel) for beat in beats]
    rows.sort(key=lambda row: row[0])
    samples, symbols, aux, subtypes, channels = zip(*rows, strict=True)
    return Annotations(
        np.array(samples, np.int64),
        np.array(symbols, np.str_),
        sampling_rate,
        np.array(aux, np.str_),
        np.array(subtypes, np.int64),
        np.array(channels, np.int64),
    )
