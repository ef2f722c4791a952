"""Adapt the classification of beats to a patient, and say how much better it is on beats that were not learned from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from offbeat.ecg.adaptation.corrected import corrected_classes, named_by_a_person, part_to_learn
from offbeat.ecg.adaptation.learning import learn_patient
from offbeat.ecg.adaptation.patient_model import PatientModel
from offbeat.ecg.beat_series import UNNAMED, name_beats_by
from offbeat.ecg.beats import Beats, find_beats
from offbeat.ecg.classify import ClassifiedRecord, Decided, decide_beats, name_decided, shipped_model
from offbeat.ecg.ec57 import BeatComparison, compare_beats
from offbeat.ecg.rpeaks import Method
from offbeat.records import Annotations, read_annotations
from offbeat.records.aami import AAMI, CLASSES

if TYPE_CHECKING:
    from offbeat.classifiers import Classifier

__all__ = ["AdaptedRecord", "adapt_record"]

_FOLDS = 5  # stretches of time, each of which is classified by what was learned from the others
_MINUTE, _BESIDE = 60.0, 0.15  # seconds; the latter within which two beats are the same

Symbols = npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class AdaptedRecord:
    """What was learned from the corrected beats of a record, made by :func:`adapt_record`.

    Parameters
    ----------
    model : PatientModel
        Give it to :func:`~offbeat.ecg.classify.classify_record`, or save it for ``offbeat classify --model``.
    learned : dict
        How many corrected beats there were of each class.
    before, after : BeatComparison
        How the classes by the shipped classifier, and after the adaptation, agree with the annotations, on beats that
        were not learned from; supraventricular escape beats count as N.
    held_out : bool
        Whether these beats are those after the part that was learned from. Otherwise they are the corrected beats
        themselves, in five stretches, each classified by what was learned from the other four.

    Examples
    --------
    >>> adapted = adapt_record("records/200", "records/200.atr", minutes=5)  # doctest: +SKIP
    >>> adapted.before.veb_sensitivity, adapted.after.veb_sensitivity  # doctest: +SKIP
    (0.946, 0.949)
    """

    model: PatientModel
    learned: dict[str, int]
    before: BeatComparison
    after: BeatComparison
    held_out: bool


def adapt_record(
    record: Any,
    annotations: Annotations | str | Path,
    *,
    minutes: float | None = None,
    leads: Sequence[str | int] | str | int | None = None,
    method: Method = "fast",
    progress: Callable[[float], None] | None = None,
) -> AdaptedRecord:
    """Learn from corrected beats of a record how the beats of this patient look, as ``offbeat adapt`` does.

    Parameters
    ----------
    record : Record, str, Path or Recording
        See :func:`offbeat.ecg.opening.as_record`.
    annotations : Annotations, str or Path
        The corrected beats. Where some are marked as reviewed, as ``offbeat review`` does it, the others are not
        looked at.
    minutes : float, optional
        Learn from the first minutes of the record only, and evaluate on the rest; from all corrected beats where None.
    leads, method, progress
        See :func:`~offbeat.ecg.classify.classify_record`.

    Raises
    ------
    DataError
        If there are no corrected beats, or they are of another record.
    ParameterError
        If ``minutes`` is not above 0.

    References
    ----------
    P. de Chazal, R. B. Reilly, "A patient-adapting heartbeat classifier using ECG morphology and heartbeat interval
    features", IEEE Transactions on Biomedical Engineering 53(12), 2006.

    Examples
    --------
    >>> from offbeat import Recording
    >>> lead = np.tile(np.exp(-0.5 * ((np.arange(200) - 100) / 3) ** 2), 120)
    >>> corrected = Annotations(100 + 200 * np.arange(120), ["N"] * 120, 250.0)
    >>> adapted = adapt_record(Recording(lead, sampling_rate=250.0, channels=["II"]), corrected, minutes=1)
    >>> adapted.learned["N"], adapted.held_out, adapted.after.veb_false_positive_rate
    (75, True, 0.0)
    >>> adapted.model.save("models/patient")  # doctest: +SKIP
    """
    given = annotations if isinstance(annotations, Annotations) else read_annotations(annotations)
    beats = find_beats(record, leads=leads, method=method, progress=progress)
    corrected, some = named_by_a_person(given)
    part = part_to_learn(corrected, minutes, beats.sampling_rate)
    classes, base = corrected_classes(part, beats), shipped_model()
    decided = decide_beats(beats, base)
    model = learn_patient(beats, decided.probabilities, classes, base)
    before = _symbols(name_decided(beats, decided))
    held_out = minutes is not None and len(part) < len(corrected)
    compared = corrected.where(np.arange(len(part), len(corrected))) if held_out else part
    if held_out:
        after = _symbols(name_decided(beats, decided, model))
    else:
        after = _cross_validated(beats, decided, classes, base)
    reference = replace(compared if some else given, sampling_rate=beats.sampling_rate)
    start = minutes * _MINUTE if held_out and minutes else 0.0
    stop = compared.samples[-1] / beats.sampling_rate + _BESIDE
    chosen = name_beats_by(reference, beats) != UNNAMED if some else np.ones(len(beats), bool)

    def agreement(symbols: Symbols) -> BeatComparison:
        test = Annotations(beats.samples[chosen], symbols[chosen], beats.sampling_rate)
        return compare_beats(reference, test, start=start, stop=stop, record=beats.name, classes=AAMI)

    counts = {name: int((classes == name).sum()) for name in CLASSES}
    return AdaptedRecord(model, counts, agreement(before), agreement(after), held_out)


def _symbols(found: ClassifiedRecord) -> Symbols:
    return found.table["symbol"].to_numpy(str)


def _cross_validated(beats: Beats, decided: Decided, classes: Symbols, base: Classifier) -> Symbols:
    """Return the codes of beats, those of corrected ones by what was learned from other stretches of time."""
    symbols = _symbols(name_decided(beats, decided))
    for rows in np.array_split(np.flatnonzero(classes != ""), _FOLDS):
        others = classes.copy()
        others[rows] = ""
        if (others != "").any():
            model = learn_patient(beats, decided.probabilities, others, base)
            symbols[rows] = _symbols(name_decided(beats, decided, model))[rows]
    return symbols
