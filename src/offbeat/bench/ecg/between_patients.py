"""Learn the classes of beats from some patients, for others: the beats as they are found, named by the annotations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from offbeat.arrays import FloatArray
from offbeat.bench.ecg.beat_series import UNNAMED, name_beats_by
from offbeat.classifiers.ecgformer import ECGFormer
from offbeat.collection import Collection
from offbeat.data import find
from offbeat.data.join import join
from offbeat.ecg.beats import Beats, find_beats
from offbeat.ecg.rhythm_context import irregular_context
from offbeat.ecg.rpeaks import Method
from offbeat.training import TrainConfig
from offbeat.training.augmentation import Augmentation
from offbeat.waveforms import Annotations, open_record, read_annotations

__all__ = ["AnnotatedBeats", "annotated_beats", "beat_model", "learnable"]

_LEARNED = ("N", "S", "V", "F")  # Q is paced or unclassifiable: eight beats of DS1, and no shape of its own
_EVERY_NORMAL = 6  # a patient's normal beats are much alike: one in so many is learned from
_IRREGULAR = 100  # normal beats of each record that are learned from once more, in an irregular rhythm


@dataclass(frozen=True, eq=False)
class AnnotatedBeats:
    """The beats found in a record, and what its annotations say they are.

    Parameters
    ----------
    beats : Beats
        As found.
    classes : array of str, shape (n_beats,)
        N, S, V, F or Q; empty for what is no beat by the annotations.
    reference : Annotations
        All of them, also of beats that were missed.
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
        Where the database is looked for first.
    method : {"fast", "accurate"}
        See :func:`~offbeat.ecg.rpeaks.find_r_peaks`.
    """
    header, *_ = find(f"mitdb/{record}").fetch(data_dir)
    beats = find_beats(open_record(header.with_suffix("")), method=method)
    reference = read_annotations(header.with_suffix(".atr"))
    classes = name_beats_by(reference, beats)
    return AnnotatedBeats(beats, np.where(classes == UNNAMED, "", classes), reference)


def learnable(
    records: Sequence[AnnotatedBeats], *, seed: int = 0, change: Callable[[Collection], Collection] | None = None
) -> Collection:
    """Return what a classifier learns from: the beats of each lead of each record as series, grouped by record.

    Normal beats are thinned out, and some of them are put into an irregular rhythm: few patients of the database have
    atrial fibrillation, in which no beat is premature.

    Parameters
    ----------
    records : sequence of AnnotatedBeats
        Of the patients to learn from.
    seed : int
        Of the irregular rhythms.
    change : callable, optional
        Applied to the beats of each lead, to try what something is worth.
    """
    rng = np.random.default_rng(seed)
    parts = []
    for record in records:
        kept = _thinned(record.classes)
        irregular = np.flatnonzero(record.classes == "N")
        irregular = np.sort(rng.choice(irregular, min(_IRREGULAR, len(irregular)), replace=False))
        context = irregular_context(record.beats.rr()[0], rng)
        for lead in range(len(record.beats.leads)):
            seen = record.beats.describe(lead, record.classes)
            seen = replace(seen, channels=("beat", "rest"))
            parts += [
                part if change is None else change(part) for part in (seen[kept], _put_into(seen, irregular, context))
            ]
    return join(parts, name="annotated beats")


def _thinned(classes: npt.NDArray[np.str_]) -> npt.NDArray[np.intp]:
    wanted = np.isin(classes, _LEARNED)
    wanted[(classes == "N") & (np.arange(len(classes)) % _EVERY_NORMAL > 0)] = False
    return np.flatnonzero(wanted)


def _put_into(seen: Collection, rows: npt.NDArray[np.intp], context: FloatArray) -> Collection:
    """Return these beats with the context of others in place of their own."""
    part = seen[rows]
    if part.features is None or not len(rows):
        return part
    features = np.hstack([context[rows], part.features[:, context.shape[1] :]])
    return replace(part, features=features)


def beat_model(*, epochs: int = 10, random_state: int = 0, progress: bool | None = None) -> ECGFormer:
    """Return the untrained classifier of beats that offbeat ships; chosen by validation between patients of DS1.

    Features are varied strongly: with 22 patients, what is learned of one must not be learned too exactly.
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
        dropout=0.3,
        class_weight=0.35,
        label_smoothing=0.05,
        augment=varied,
        train=train,
        random_state=random_state,
    )
