"""Adapt the classification of beats to a patient, and compare it before and after on beats not learned from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from offbeat.ecg.adaptation.corrected import Corrections
from offbeat.ecg.adaptation.examples import FEWEST
from offbeat.ecg.adaptation.learning import learn_patient
from offbeat.ecg.adaptation.patient_model import PatientModel
from offbeat.ecg.beats import Beats, find_beats
from offbeat.ecg.classify import Decided, decide_beats, load_base_model, name_decided
from offbeat.ecg.ec57 import BeatComparison
from offbeat.ecg.opening import as_record
from offbeat.ecg.rpeaks import Method
from offbeat.records import Annotations, read_annotations
from offbeat.records.aami import CLASSES

if TYPE_CHECKING:
    from offbeat.classifiers import Classifier

__all__ = ["AdaptedRecord", "adapt_record"]

_FOLDS = 5  # stretches of time, each of which is classified by what was learned from the others

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
    false_detections : int
        How many beats were marked as none (``|``), from which nothing is learned.
    not_found : int
        How many corrected beats lie where no beat was found.
    before, after : BeatComparison
        How the classes by the classifier, and after the adaptation, agree with the annotations, on beats that were not
        learned from; supraventricular escape beats count as N.
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
    false_detections: int
    not_found: int
    before: BeatComparison
    after: BeatComparison
    held_out: bool

    @property
    def corrections(self) -> int:
        """How many corrections there were, of whatever kind."""
        return sum(self.learned.values()) + self.false_detections + self.not_found

    @property
    def used(self) -> int:
        """How many of them are learned from: beats of classes that are not too rare, fusion beats left out."""
        return sum(count for name, count in self.learned.items() if count >= FEWEST and name != "F")


def adapt_record(
    record: Any,
    annotations: Annotations | str | Path,
    *,
    minutes: float | None = None,
    leads: Sequence[str | int] | str | int | None = None,
    model: Classifier | str | Path | None = None,
    method: Method = "fast",
    progress: Callable[[float], None] | None = None,
) -> AdaptedRecord:
    """Learn from corrected beats of a record how the beats of this patient look, as ``offbeat adapt`` does.

    Parameters
    ----------
    record : Record, str, Path or Recording
        See :func:`offbeat.ecg.opening.as_record`.
    annotations : Annotations, str or Path
        The corrected beats. Where some are marked as reviewed (``offbeat review``), only these count.
    minutes : float, optional
        Learn from the first minutes of the record only, and evaluate on the rest; from all corrected beats where None.
    model : Classifier, str or Path, optional
        The classifier to adapt, or the folder of one that ``offbeat fit --detector ecgformer`` trained; the shipped one
        where None.
    leads, method, progress
        See :func:`~offbeat.ecg.classify.classify_record`.

    Raises
    ------
    DataError
        If there are no corrected beats, or they are of another record.
    ModelError
        If the model is no classifier of beats, or adapted to a patient already.
    ParameterError
        If ``minutes`` is not above 0.

    References
    ----------
    P. de Chazal, R. B. Reilly, "A patient-adapting heartbeat classifier …", IEEE Trans. Biomed. Eng. 53(12), 2006.

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
    base = load_base_model(model) if model is None or isinstance(model, str | Path) else model
    given = annotations if isinstance(annotations, Annotations) else read_annotations(annotations)
    opened = as_record(record, leads=leads)
    beats = find_beats(opened, leads=range(len(opened.channels)), method=method, progress=progress)
    corrections = Corrections.of(given.of(opened), beats, opened.file_rate)
    part = corrections.first(minutes)
    classes = part.classes()
    decided = decide_beats(beats, base)
    patient = learn_patient(beats, decided.probabilities, classes, base)
    held_out = len(part.named) < len(corrections.named)
    named = name_decided(beats, decided, patient).symbols if held_out else _in_turn(beats, decided, classes, base)
    before, after = (
        corrections.compare(symbols, minutes if held_out else None)
        for symbols in (name_decided(beats, decided).symbols, named)
    )
    counts = {name: int((classes == name).sum()) for name in CLASSES}
    not_found = len(part.named) - sum(counts.values())
    return AdaptedRecord(patient, counts, len(part.removed), not_found, before, after, held_out)


def _in_turn(beats: Beats, decided: Decided, classes: Symbols, base: Classifier) -> Symbols:
    """Return the codes of beats, those of corrected ones by what was learned from other stretches of time."""
    symbols = name_decided(beats, decided).symbols
    for rows in np.array_split(np.flatnonzero(classes != ""), _FOLDS):
        others = classes.copy()
        others[rows] = ""
        if (others != "").any():
            model = learn_patient(beats, decided.probabilities, others, base)
            symbols[rows] = name_decided(beats, decided, model).symbols[rows]
    return symbols
