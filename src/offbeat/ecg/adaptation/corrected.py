"""Which beats of a record a person has named, by an annotation file, and how a classification agrees with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from offbeat.ecg.annotated import at_rate_read
from offbeat.ecg.beat_series import UNNAMED, name_beats_by
from offbeat.ecg.beats import Beats
from offbeat.ecg.ec57 import BeatComparison, compare_beats
from offbeat.errors import DataError, ParameterError
from offbeat.records import Annotations, BeatRemark, reviewed_beats
from offbeat.records.aami import AAMI
from offbeat.records.annotations import beats as only_beats
from offbeat.records.beat_remarks import NO_BEAT, beat_remark

__all__ = ["Corrections", "named_by_a_person"]

_SHARE_FOUND = 0.7  # of the annotations that must lie at a beat; of those of another record about two fifths do
_MINUTE, _BESIDE = 60.0, 0.15  # seconds; the latter within which two beats are the same

Symbols = npt.NDArray[np.str_]


def named_by_a_person(annotations: Annotations) -> tuple[Annotations, bool]:
    """Return the annotated beats that a person has named, and whether these are only some, marked as reviewed.

    Where no annotation is marked so, a person has named all of them, unless a program wrote them.

    Raises
    ------
    DataError
        If a program wrote them, as the confidence in its remarks shows, and nobody has reviewed a beat.

    Examples
    --------
    >>> beats, some = named_by_a_person(Annotations([77, 370], ["N", "V"], aux=["", "reviewed, was N"]))
    >>> beats.symbols.tolist(), some
    (['V'], True)
    """
    reviewed = reviewed_beats(annotations)
    if not len(reviewed) and any(beat_remark(aux) != BeatRemark(other=aux) for aux in annotations.aux.tolist()):
        raise DataError(
            "expected beats that a person has corrected, got those of a program, none of them marked as reviewed: "
            "correct some first (offbeat review)"
        )
    return only_beats(reviewed if len(reviewed) else annotations), len(reviewed) > 0


@dataclass(frozen=True, eq=False)
class Corrections:
    """The beats of a record that a person has named, beside those found in it.

    Parameters
    ----------
    beats : Beats
        All that were found.
    annotations : Annotations
        All that stand in the file, at the sampling rate of the beats.
    named : Annotations
        The beats among them that a person has named, in the part to learn from and after it.
    some : bool
        Whether these are only some of the beats, marked as reviewed.
    removed : Annotations
        What was found and the person has marked as no beat (``|``).
    """

    beats: Beats
    annotations: Annotations
    named: Annotations
    some: bool
    removed: Annotations

    @classmethod
    def of(cls, annotations: Annotations, beats: Beats, file_rate: float | None = None) -> Self:
        """Return the corrections in an annotation file.

        Parameters
        ----------
        annotations : Annotations
            As ``offbeat review`` wrote them, or an expert.
        beats : Beats
            Those found in the record.
        file_rate : float, optional
            The sampling rate of its file (Hz), where the record was resampled.

        Raises
        ------
        DataError
            If nobody has named a beat, or the sampling rate is that of another record.
        """
        there = at_rate_read(annotations, beats.name, file_rate or beats.sampling_rate, beats.sampling_rate)
        named, some = named_by_a_person(there)
        reviewed = reviewed_beats(there)
        return cls(beats, there, named, some, reviewed.where(reviewed.symbols == NO_BEAT))

    def first(self, minutes: float | None) -> Self:
        """Return those in the first minutes of the record; all of them where ``minutes`` is None.

        Raises
        ------
        ParameterError
            If ``minutes`` is not above 0.
        """
        if minutes is None:
            return self
        if not 0 < minutes < np.inf:
            raise ParameterError(f"minutes is the length of the part to learn from, above 0, got {minutes!r}")
        end = minutes * _MINUTE * self.beats.sampling_rate
        named, removed = (each.where(each.samples < end) for each in (self.named, self.removed))
        return replace(self, named=named, removed=removed)

    def classes(self) -> Symbols:
        """Return the class of each beat of the record.

        Returns
        -------
        array of str, shape (n_beats,)
            N, S, V, F or Q; empty for a beat that was not named.

        Raises
        ------
        DataError
            If no beat was named, or the annotations are of another record.
        """
        if not len(self.named):
            raise DataError(
                "expected annotated beats to learn from, got none: correct a few minutes of the record first"
            )
        found = name_beats_by(self.named, self.beats)
        classes = np.where(found == UNNAMED, "", found)
        matched = int((classes != "").sum())
        if matched < _SHARE_FOUND * len(self.named):
            raise DataError(
                f"expected annotations of {self.beats.name}, but only {matched} of {len(self.named)} lie at one of its "
                "beats: they belong to another record, or its beats cannot be read"
            )
        return classes

    def compare(self, symbols: Symbols, after_minutes: float | None = None) -> BeatComparison:
        """Compare a classification of all beats with the named ones by EC57; escape beats from above count as N.

        Parameters
        ----------
        symbols : array of str, shape (n_beats,)
            The code of each beat by the classification.
        after_minutes : float, optional
            Compare only what comes after the first minutes.
        """
        rate, skipped = self.beats.sampling_rate, 0 if after_minutes is None else len(self.first(after_minutes).named)
        compared = self.named.where(np.arange(skipped, len(self.named)))
        # Of beats that nobody has looked at it is not known what they are.
        chosen = name_beats_by(compared, self.beats) != UNNAMED if self.some else np.ones(len(self.beats), bool)
        return compare_beats(
            compared if self.some else self.annotations,
            Annotations(self.beats.samples[chosen], symbols[chosen], rate),
            start=(after_minutes or 0.0) * _MINUTE,
            stop=compared.samples[-1] / rate + _BESIDE if len(compared) else None,
            record=self.beats.name,
            classes=AAMI,
        )
