"""Which beats of a record a person has named, by an annotation file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from offbeat.ecg.beat_series import UNNAMED, name_beats_by
from offbeat.ecg.beats import Beats
from offbeat.errors import DataError, ParameterError
from offbeat.records import Annotations, BeatRemark, reviewed_beats
from offbeat.records.annotations import beats as only_beats
from offbeat.records.beat_remarks import beat_remark

__all__ = ["corrected_classes", "named_by_a_person", "part_to_learn"]

_SHARE_FOUND = 0.7  # of the annotations that must lie at a beat; of those of another record about two fifths do
_MINUTE = 60.0


def named_by_a_person(annotations: Annotations) -> tuple[Annotations, bool]:
    """Return the annotated beats that a person has named, and whether these are only some, marked as reviewed.

    Where no annotation is marked so, all of them are taken for the person's, unless a program wrote them.

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


def part_to_learn(annotations: Annotations, minutes: float | None, sampling_rate: float) -> Annotations:
    """Return the annotations of the first minutes of a record; all of them where ``minutes`` is None.

    Raises
    ------
    ParameterError
        If ``minutes`` is not above 0.
    """
    if minutes is None:
        return annotations
    if not 0 < minutes < np.inf:
        raise ParameterError(f"minutes is the length of the part to learn from, above 0, got {minutes!r}")
    rate = annotations.sampling_rate or sampling_rate
    return annotations.where(annotations.samples < minutes * _MINUTE * rate)


def corrected_classes(annotations: Annotations, beats: Beats) -> npt.NDArray[np.str_]:
    """Return the class of each beat of a record that was corrected.

    Parameters
    ----------
    annotations : Annotations
        The beats that a person has named.
    beats : Beats
        Those found in the record.

    Returns
    -------
    array of str, shape (n_beats,)
        N, S, V, F or Q; empty for a beat that is not annotated.

    Raises
    ------
    DataError
        If no beat is annotated, or the annotations are of another record.
    """
    if not len(annotations):
        raise DataError("expected annotated beats to learn from, got none: correct a few minutes of the record first")
    rate = annotations.sampling_rate
    if rate is not None and abs(rate - beats.sampling_rate) > 1e-3 * rate:
        raise DataError(
            f"expected annotations of {beats.name} ({beats.sampling_rate:g} Hz), got some at {rate:g} Hz: "
            "they belong to another record"
        )
    found = name_beats_by(annotations, beats)
    classes = np.where(found == UNNAMED, "", found)
    matched = int((classes != "").sum())
    if matched < _SHARE_FOUND * len(annotations):
        raise DataError(
            f"expected annotations of {beats.name}, but only {matched} of {len(annotations)} lie at one of its beats: "
            "they belong to another record, or its beats cannot be read"
        )
    return classes
