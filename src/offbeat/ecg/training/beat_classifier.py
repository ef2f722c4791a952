"""Train the classifier of beats: beats as they are found, labelled by the annotations of some patients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from offbeat.classifiers.ecgformer import ECGFormer
from offbeat.data import find
from offbeat.ecg.beat_series import UNNAMED, name_beats_by
from offbeat.ecg.beats import Beats, find_beats
from offbeat.ecg.rpeaks import Method
from offbeat.ecg.training.simulated_rhythms import draw_rhythm
from offbeat.ecg.training.synthetic_records import synthetic_record
from offbeat.records import REFERENCE, Annotations, open_record, read_annotations
from offbeat.series.collection import Collection
from offbeat.series.join import join
from offbeat.training import TrainConfig
from offbeat.training.augmentation import Augmentation

__all__ = [
    "LEARNED",
    "AnnotatedBeats",
    "annotated_beats",
    "annotated_record",
    "beat_model",
    "learnable",
    "matched_beats",
]

LEARNED = ("N", "S", "V", "F")
"""The classes that are learned: Q is paced or unclassifiable, eight beats of DS1, and has no shape of its own."""
_EVERY_NORMAL = 6  # a patient's normal beats are much alike: one in six is used
_SYNTHETIC = 12  # synthetic records of each half hour of a record
_FROM_SYNTHETIC = {"N": 60, "S": 30, "V": 30}  # beats used of each synthetic record
_VENTRICULAR = 0.04  # the largest share of synthetic sinus beats before a ventricular one: usual beats stay usual
_FEWEST = 6  # ventricular beats of a record, below which its synthetic records have none

Classes = npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class AnnotatedBeats:
    """The beats found in a record, with their classes by its annotations.

    Parameters
    ----------
    beats : Beats
        As found.
    classes : array of str, shape (n_beats,)
        N, S, V, F or Q; empty for false detections.
    reference : Annotations
        All annotations, including those of beats that were missed.
    """

    beats: Beats
    classes: npt.NDArray[np.str_]
    reference: Annotations


def annotated_beats(record: str, data_dir: str | Path | None = None, *, method: Method = "fast") -> AnnotatedBeats:
    """Find the beats of a record of the MIT-BIH database and match them with its annotations.

    Parameters
    ----------
    record : str
        Such as ``"100"``.
    data_dir : str or Path, optional
        Where to look for the database first.
    method : {"fast", "accurate"}
        See :func:`~offbeat.ecg.rpeaks.find_r_peaks`.
    """
    header, *_ = find(f"mitdb/{record}").fetch(data_dir)
    return annotated_record(header.with_suffix(""), method=method)


def annotated_record(path: str | Path, *, method: Method = "fast") -> AnnotatedBeats:
    """Find the beats of a record on disk and match them with the annotations in the ``.atr`` file beside it.

    Parameters
    ----------
    path : str or Path
        A WFDB record, without extension.
    method : {"fast", "accurate"}
        See :func:`~offbeat.ecg.rpeaks.find_r_peaks`.
    """
    path = Path(path)
    return matched_beats(find_beats(open_record(path), method=method), read_annotations(f"{path}{REFERENCE}"))


def matched_beats(beats: Beats, reference: Annotations) -> AnnotatedBeats:
    """Match beats that were found with the annotations of their record.

    Parameters
    ----------
    beats : Beats
        As found.
    reference : Annotations
        Of the same record.
    """
    classes = name_beats_by(reference, beats)
    return AnnotatedBeats(beats, np.where(classes == UNNAMED, "", classes), reference)


def learnable(
    records: Sequence[AnnotatedBeats], *, seed: int = 0, change: Callable[[Collection], Collection] | None = None
) -> Collection:
    """Return the training set of a classifier: the beats of each lead of each record as series, grouped by record.

    Normal beats are thinned out. Beats of synthetic records are added to each record
    (:func:`~offbeat.ecg.training.synthetic_records.synthetic_record`), as real records show few rhythms.

    Parameters
    ----------
    records : sequence of AnnotatedBeats
        One for each training record.
    seed : int
        Seed of the synthetic records.
    change : callable, optional
        Applied to the beats of each lead, for ablation studies.
    """
    rng = np.random.default_rng(seed)
    parts = []
    for record in records:
        known = [(record.beats, record.classes, _thinned(record.classes))]
        known += [(*other, _some(other[1], rng)) for other in _synthetic_records(record, rng)]
        for beats, classes, rows in known:
            for lead in range(len(beats.leads)):
                described = replace(beats.describe(lead, classes), channels=("beat", "rest"))[rows]
                parts.append(described if change is None else change(described))
    return join(parts, name="annotated beats")


def _thinned(classes: Classes) -> npt.NDArray[np.intp]:
    wanted = np.isin(classes, LEARNED)
    wanted[(classes == "N") & (np.arange(len(classes)) % _EVERY_NORMAL > 0)] = False
    return np.flatnonzero(wanted)


def _synthetic_records(record: AnnotatedBeats, rng: np.random.Generator) -> Iterator[tuple[Beats, Classes]]:
    """Yield synthetic records of a record and the classes of their beats; none without normal beats."""
    if not (record.classes == "N").any():
        return
    usual = float(np.nanmedian(record.beats.rr()[0]))
    ventricular = _VENTRICULAR if (record.classes == "V").sum() >= _FEWEST else 0.0
    hours = record.beats.n_times / record.beats.sampling_rate / 3600
    for _ in range(max(1, round(2 * hours * _SYNTHETIC))):
        rhythm = draw_rhythm(rng, usual, ventricular=ventricular)
        yield synthetic_record(record.beats, record.classes, rhythm, rng), rhythm.classes


def _some(classes: Classes, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Return some rows of each class: S stays rarer than N, as in patients."""
    rows = [rng.permutation(np.flatnonzero(classes == name))[:count] for name, count in _FROM_SYNTHETIC.items()]
    return np.sort(np.concatenate(rows))


def beat_model(*, epochs: int = 10, members: int = 5, random_state: int = 0, progress: bool | None = None) -> ECGFormer:
    """Return the untrained classifier of beats that offbeat ships; chosen by validation between patients of DS1.

    With so few patients, the risk is to overfit each of them: features are augmented strongly, and the logits of
    several networks are averaged.
    """
    varied = Augmentation(
        noise_uniform=0.0,
        p_noise=0.0,
        shift=2,
        p_shift=0.5,
        noise=0.05,
        baseline_wander=0.1,
        scaling=0.2,
        feature_noise=0.5,
    )
    train = TrainConfig(
        epochs=epochs, batch_size=128, learning_rate=2e-3, weight_decay=0.1, monitor="last", progress=progress
    )
    return ECGFormer(
        width=24,
        depth=2,
        heads=4,
        patch=12,
        patch_stride=8,
        members=members,
        dropout=0.3,
        class_weight=0.35,
        label_smoothing=0.05,
        augment=varied,
        train=train,
        random_state=random_state,
    )
