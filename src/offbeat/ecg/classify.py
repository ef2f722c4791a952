"""Classify each beat of a record, with a confidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from offbeat.ecg.adaptation.patient_model import PatientModel
from offbeat.ecg.adaptation.saving import is_patient_model, load_patient_model
from offbeat.ecg.annotated import beats_of, name_as_annotated
from offbeat.ecg.beats import FEATURE_NAMES, Beats, find_beats
from offbeat.ecg.classified import ClassifiedRecord
from offbeat.ecg.features.shape import BEAT_TIMES
from offbeat.ecg.features.traits import Traits
from offbeat.ecg.fibrillation import fibrillation_probability
from offbeat.ecg.opening import as_record
from offbeat.ecg.pacing import pacing_probability
from offbeat.ecg.readability import DOUBTFUL, UNREADABLE
from offbeat.ecg.rpeaks import Method
from offbeat.ecg.shipped import shipped_folder
from offbeat.ecg.supraventricular import supraventricular_log_odds
from offbeat.ecg.ventricular import credible, likeness_around, usual_in_shape
from offbeat.errors import ModelError, ParameterError
from offbeat.records import Annotations, Record, read_annotations
from offbeat.records.aami import CLASSES, PACED
from offbeat.records.beat_remarks import SURE, BeatRemark
from offbeat.series.arrays import FloatArray

if TYPE_CHECKING:
    from offbeat.classifiers import Classifier

__all__ = [
    "Decided",
    "classify_record",
    "decide_beats",
    "load_base_model",
    "load_beat_model",
    "name_beats",
    "name_decided",
    "shipped_model",
]

_V, _Q = CLASSES.index("V"), CLASSES.index("Q")
_UNCLAIMED = ("F",)  # nearly all fusion beats of DS1 are of one person: one in six of others' was found
_SHARPNESS = 1.8  # power of odds of V below even: on other databases the classifier is too unsure of what is not V


def shipped_model() -> Classifier:
    """Return the classifier of beats that comes with offbeat; ``ecg/beat_model/card.md`` describes it.

    Raises
    ------
    ModelError
        If its files are missing or damaged.
    """
    return _shipped()


@cache
def _shipped() -> Classifier:
    with shipped_folder("beat_model") as folder:
        return _load_classifier(folder)


def load_beat_model(folder: str | Path) -> Classifier | PatientModel:
    """Return a saved classifier that reads what :meth:`~offbeat.ecg.beats.Beats.describe` gives, or a patient model.

    Raises
    ------
    ModelError
        If the folder is missing or damaged, or its model was fitted on something else.
    """
    if not is_patient_model(folder):
        return _load_classifier(folder)
    patient = load_patient_model(folder)
    _check_classifier(patient.base, folder)
    return patient


def load_base_model(folder: str | Path | None) -> Classifier:
    """Return the classifier that a patient model is to stand on: a saved one, or the shipped one where None.

    Raises
    ------
    ModelError
        If the folder is missing or damaged, or holds no classifier of beats.
    """
    if folder is None:
        return shipped_model()
    if is_patient_model(folder):
        raise ModelError(
            f"expected a classifier of beats, got one that is adapted to a patient already at {folder}: give the "
            "classifier that it was adapted from, and all corrected beats in one file"
        )
    return _load_classifier(folder)


def _load_classifier(folder: str | Path) -> Classifier:
    from offbeat.classifiers import load

    model = load(folder)
    _check_classifier(model, folder)
    return model


def _check_classifier(model: Classifier, folder: str | Path) -> None:
    described = tuple(model.feature_names_) == FEATURE_NAMES and model.n_times_ == BEAT_TIMES
    unknown = sorted(set(map(str, model.classes_)) - set(CLASSES))
    if not described or unknown:
        raise ModelError(
            f"expected a model of beats, fitted on Beats.describe() with classes {', '.join(CLASSES)}, got another "
            f"at {folder}"
        )


def name_beats(beats: Beats, model: Classifier | PatientModel, *, min_confidence: float = 0.0) -> ClassifiedRecord:
    """Classify beats that were found; several leads are combined by the geometric mean of their probabilities.

    Whether a beat is supraventricular ectopic is decided with the rhythm around it, see
    :func:`~offbeat.ecg.supraventricular.supraventricular_log_odds`.

    Parameters
    ----------
    beats : Beats
        See :func:`~offbeat.ecg.beats.find_beats`.
    model : Classifier or PatientModel
        See :func:`load_beat_model`.
    min_confidence : float
        From 0 to 1: a beat of lower confidence gets no class.

    Raises
    ------
    ParameterError
        If ``min_confidence`` is not between 0 and 1.
    """
    if not 0 <= min_confidence <= 1:
        raise ParameterError(f"min_confidence is a probability from 0 to 1, got {min_confidence!r}")
    patient = model if isinstance(model, PatientModel) else None
    decided = decide_beats(beats, model.base if isinstance(model, PatientModel) else model)
    return name_decided(beats, decided, patient, min_confidence=min_confidence)


class Decided(NamedTuple):
    """What the classifier and the rules after it say of beats, see :func:`decide_beats`."""

    probabilities: npt.NDArray[np.float64]
    """Of each class, shape (n_beats, 5)."""
    traits: Traits
    votes: npt.NDArray[np.int64]
    """How many good leads, taken alone, show a ventricular beat."""
    paced: FloatArray
    """The probability that it is paced."""
    fibrillation: FloatArray
    """The probability that the atria fibrillate or flutter."""


def decide_beats(beats: Beats, classifier: Classifier) -> Decided:
    """Return the probabilities of the classes of beats, by a classifier and the rules after it."""
    probabilities, traits, votes = _probabilities(beats, classifier)
    probabilities[usual_in_shape(beats, probabilities.argmax(axis=1) == _V), _V] = 0.0
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    _calibrate_ventricular(probabilities)
    fibrillation = fibrillation_probability(traits, probabilities.argmax(axis=1) == _V)
    _decide_supraventricular(probabilities, beats, traits, fibrillation, classifier)
    paced = pacing_probability(beats.spikes)
    probabilities *= 1.0 - paced[:, None]
    probabilities[:, _Q] += paced
    return Decided(probabilities, traits, votes, paced, fibrillation)


def name_decided(
    beats: Beats, decided: Decided, patient: PatientModel | None = None, *, min_confidence: float = 0.0
) -> ClassifiedRecord:
    """Return the record with the classes that are most probable, after what is known of the patient."""
    probabilities = decided.probabilities if patient is None else patient.revised(decided.probabilities, beats)
    confidence = probabilities.max(axis=1, initial=0.0)
    named = np.array(CLASSES)[probabilities.argmax(axis=1)] if len(beats) else np.empty(0, np.str_)
    likeness = likeness_around(decided.traits, named == "V")
    incredible = (named == "V") & ~credible(beats, named == "V", decided.votes, likeness)
    beats = replace(beats, doubtful=beats.doubtful | incredible)
    sure = (confidence >= min_confidence) & ~incredible
    before, after = beats.rr()
    columns: dict[str, Any] = {
        "sample": beats.samples,
        "time_s": beats.samples / beats.sampling_rate,
        "class": np.where(sure, named, ""),
        "symbol": np.where(sure, np.where((named == "Q") & (decided.paced > 0), PACED, named), "Q"),
        "confidence": confidence,
        **{f"p_{name}": probabilities[:, i] for i, name in enumerate(CLASSES)},
        "rr_pre_s": before,
        "rr_post_s": after,
        "quality": beats.quality.max(axis=1),
        "doubtful": beats.doubtful,
        "fibrillation": decided.fibrillation,
        "remark": [
            str(BeatRemark(doubtful, value if value < SURE else math.nan))
            for doubtful, value in zip(beats.doubtful.tolist(), confidence.tolist(), strict=True)
        ],
    }
    return ClassifiedRecord(beats, pd.DataFrame(columns))


def _probabilities(beats: Beats, model: Classifier) -> tuple[npt.NDArray[np.float64], Traits, npt.NDArray[np.int64]]:
    """Return (n_beats, 5), the geometric mean of the probabilities by each lead; traits; how many good leads say V.

    Leads count by their quality around the beat; the probabilities of a beat sum to 1.
    """
    logarithms, traits = np.zeros((len(beats), len(CLASSES))), Traits.empty(len(beats), len(beats.leads))
    votes = np.zeros(len(beats), np.int64)
    claimed = [column for column, label in enumerate(model.classes_) if label not in _UNCLAIMED]
    known = [CLASSES.index(str(model.classes_[column])) for column in claimed]
    logarithms[:, [i for i in range(len(CLASSES)) if i not in known]] = -np.inf
    weights = np.clip(beats.quality, 1e-3, UNREADABLE)  # what can be read counts in full
    weights /= weights.sum(axis=1, keepdims=True)
    for lead in range(len(beats.leads)):
        for stretch in beats.stretches():
            described = beats.describe(lead, stretch=stretch)
            traits.put(stretch, lead, described)
            of_lead = model.predict_proba(described)[:, claimed]
            logarithms[stretch, known] += np.log(np.maximum(of_lead, 1e-6)) * weights[stretch, lead, None]
            says_v = np.array(known)[of_lead.argmax(axis=1)] == _V
            votes[stretch] += says_v & (beats.quality[stretch, lead] >= DOUBTFUL)
    odds = np.exp(logarithms - logarithms.max(axis=1, keepdims=True, initial=-700.0))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True)), traits, votes


def _calibrate_ventricular(probabilities: npt.NDArray[np.float64]) -> None:
    """Raise the odds of V to a power where they are below even, in place; all others keep their ratios."""
    ventricular = np.clip(probabilities[:, _V], 1e-9, 1 - 1e-9)
    log_odds = special.logit(ventricular)
    calibrated = special.expit(np.where(log_odds < 0, _SHARPNESS * log_odds, log_odds))
    probabilities *= ((1 - calibrated) / (1 - ventricular))[:, None]
    probabilities[:, _V] = calibrated


def _decide_supraventricular(
    probabilities: npt.NDArray[np.float64],
    beats: Beats,
    traits: Traits,
    fibrillation: FloatArray,
    model: Classifier,
) -> None:
    """Divide the probability of N or S anew, in place, by the rhythm around each beat; ventricular ones stay as is."""
    shares = dict(zip(map(str, model.classes_), model.class_prior_, strict=True))
    if not {"N", "S"} <= set(shares):
        return
    both = [CLASSES.index("N"), CLASSES.index("S")]
    normal, ectopic = np.maximum(probabilities[:, both], 1e-12).T
    even = np.log(ectopic / normal) - np.log(shares["S"] / shares["N"])
    ventricular = probabilities.argmax(axis=1) == CLASSES.index("V")
    log_odds = supraventricular_log_odds(even, beats.rr()[0], traits, ventricular, fibrillation)
    share = np.where(ventricular, ectopic / (normal + ectopic), special.expit(log_odds))
    probabilities[:, both] = probabilities[:, both].sum(axis=1, keepdims=True) * np.column_stack([1 - share, share])


def classify_record(
    record: Any,
    *,
    leads: Sequence[str | int] | str | int | None = None,
    model: Classifier | PatientModel | str | Path | None = None,
    method: Method = "fast",
    min_confidence: float = 0.0,
    annotations: Annotations | str | Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> ClassifiedRecord:
    """Find the beats of a record and classify them as N, S, V or Q (paced), as ``offbeat classify`` does.

    Parameters
    ----------
    record : Record, str, Path or Recording
        See :func:`offbeat.ecg.opening.as_record`.
    leads : str, int or a sequence of them, optional
        Names or numbers from 0; all that show an ECG where None, the best first.
    model : Classifier, PatientModel, str or Path, optional
        A model of beats or the folder of one, see :func:`load_beat_model`; the shipped one where None.
    method : {"fast", "accurate"}
        How beats are found, see :func:`~offbeat.ecg.rpeaks.find_r_peaks`.
    min_confidence : float
        A beat of lower confidence gets no class.
    annotations : Annotations, str or Path, optional
        Beats with their classes, as ``offbeat review`` saved them (``.rev``) or an expert: no others are looked for,
        and none gets another class. Rhythms, quality and the probability of fibrillation are computed for them.
    progress : callable, optional
        Called with the share of the record read.

    Returns
    -------
    ClassifiedRecord
        The beats with a row each in its ``table``, as ``annotations()``, and summed up by ``rhythm()``.

    Raises
    ------
    DataError
        If the annotations hold no beats, or are of another record.

    Examples
    --------
    >>> from offbeat import Recording
    >>> flat = Recording(np.zeros(5000), sampling_rate=250.0, channels=["II"])
    >>> classify_record(flat).rhythm().beats
    0
    >>> found = classify_record("records/200")  # doctest: +SKIP
    >>> found.table["class"].value_counts().to_dict()  # doctest: +SKIP
    {'N': 1760, 'V': 800, 'S': 30}
    """
    if model is None or isinstance(model, str | Path):
        model = shipped_model() if model is None else load_beat_model(model)
    if annotations is None:
        beats = find_beats(record, leads=leads, method=method, progress=progress)
        return name_beats(beats, model, min_confidence=min_confidence)
    return _as_annotated(as_record(record, leads=leads), annotations, model, progress)


def _as_annotated(
    record: Record,
    annotations: Annotations | str | Path,
    model: Classifier | PatientModel,
    progress: Callable[[float], None] | None,
) -> ClassifiedRecord:
    given = annotations if isinstance(annotations, Annotations) else read_annotations(annotations)
    named = beats_of(given, record)
    beats = find_beats(record, leads=range(len(record.channels)), at=named.samples, progress=progress)
    decided = decide_beats(beats, model.base if isinstance(model, PatientModel) else model)
    return name_as_annotated(beats, named, decided.probabilities, decided.traits)
