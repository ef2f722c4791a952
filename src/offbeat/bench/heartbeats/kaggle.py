"""Beats named as on Kaggle: the same patients are learned from and evaluated, which is why the figures are so high."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from offbeat.app.runs import Log
from offbeat.bench.heartbeats.outcomes import Outcome, matrix_of_labels
from offbeat.classifiers.base import Classifier
from offbeat.classifiers.baselines import MiniRocketBaseline, RandomForestBaseline
from offbeat.classifiers.ecgformer import ECGFormer
from offbeat.data import find
from offbeat.data.catalogue.kaggle import kaggle_beats
from offbeat.data.catalogue.mitbih import common_folder
from offbeat.errors import DataError
from offbeat.records.aami import CLASSES
from offbeat.records.mitbih import DS1, DS2
from offbeat.series.collection import Collection
from offbeat.training import TrainConfig
from offbeat.training.augmentation import Augmentation

__all__ = ["KAGGLE_MAIN", "KaggleSplit", "kaggle_model", "kaggle_protocol", "kaggle_split", "with_length"]

KAGGLE_MAIN = "ecgformer"
_EPOCHS = 45


def kaggle_model(*, epochs: int = _EPOCHS, random_state: int = 0, progress: bool | None = None) -> ECGFormer:
    """Return the untrained classifier for the Kaggle heartbeats; chosen by a validation part of the training rows.

    It reads what :func:`with_length` gives.

    Examples
    --------
    >>> kaggle_model(epochs=2).train.epochs
    2
    """
    varied = Augmentation(signals=1, noise_uniform=0.02, p_noise=0.5, shift=3, p_shift=0.5, scaling=0.1)
    train = TrainConfig(
        epochs=epochs,
        batch_size=128,
        learning_rate=2e-3,
        schedule="cosine",
        weight_decay=0.05,
        average=0.999,
        monitor="last",
        progress=progress,
    )
    return ECGFormer(
        width=64,
        depth=4,
        heads=4,
        mlp_ratio=4.0,
        stem=(32, 64),
        patch=2,
        patch_stride=2,
        label_smoothing=0.05,
        scaling="none",
        majority_share=0.3,
        augment=varied,
        train=train,
        random_state=random_state,
    )


@dataclass(frozen=True, eq=False)
class KaggleSplit:
    """The rows as Kaggle divides them; labels are N, S, V, F and Q, groups the records they come from.

    Parameters
    ----------
    train, test : Collection
        (n, 1, 187), from 0 to 1, zeros where the beat is over.
    """

    train: Collection
    test: Collection

    def fewer(self, count: int, seed: int = 0) -> KaggleSplit:
        """Return about ``count`` training rows and a quarter of that of test rows, with as much of each class."""
        return KaggleSplit(_drawn(self.train, count, seed), _drawn(self.test, count // 4, seed))

    def between_patients(self) -> KaggleSplit:
        """Return the same rows divided by people: those of DS1 to learn from, those of DS2 to evaluate on."""
        everything = [self.train, self.test]
        return KaggleSplit(*(_of_records(everything, records) for records in (DS1, DS2)))


def kaggle_split(data_dir: str | Path | None = None) -> KaggleSplit:
    """Make the Kaggle set from the MIT-BIH records, divided as on Kaggle.

    Parameters
    ----------
    data_dir : str or Path, optional
        Where the database is looked for first.

    Raises
    ------
    DataError, DownloadError
        If the records cannot be had.
    """
    beats = kaggle_beats(common_folder(find("kaggle-mitbih").fetch(data_dir, download=False)))
    return KaggleSplit(_named(beats.train), _named(beats.test))


def kaggle_protocol(
    split: KaggleSplit,
    *,
    epochs: int = _EPOCHS,
    seed: int = 0,
    kernels: int = 1008,
    trees: int = 200,
    rocket_rows: int = 20_000,
    log: Log = lambda _: None,
) -> list[Outcome]:
    """Learn from the training rows and evaluate on the test rows, which choose nothing.

    Parameters
    ----------
    split : KaggleSplit
        See :func:`kaggle_split`.
    epochs, seed : int
        Of the training.
    kernels, trees, rocket_rows : int
        Size of the baselines, and of how many training rows MiniRocket learns.
    log : callable
        Gets a line when a fit begins.

    Returns
    -------
    list of Outcome
        :data:`KAGGLE_MAIN`, the baselines, and a random forest on the same vectors divided by people: how much of
        the figures is knowing the patients.
    """
    few = replace(split, train=_drawn(split.train, rocket_rows, seed))
    lengths = KaggleSplit(with_length(split.train), with_length(split.test))
    systems: list[tuple[str, Callable[[], Classifier], KaggleSplit]] = [
        (KAGGLE_MAIN, lambda: kaggle_model(epochs=epochs, random_state=seed, progress=False), lengths),
        ("random forest", lambda: RandomForestBaseline(n_estimators=trees, random_state=seed), split),
        (
            f"minirocket, {len(few.train):,} training rows",
            lambda: MiniRocketBaseline(n_kernels=kernels, random_state=seed),
            few,
        ),
        (
            "random forest, these vectors between patients",
            lambda: RandomForestBaseline(n_estimators=trees, random_state=seed),
            split.between_patients(),
        ),
    ]
    return [_outcome(name, make(), parts, log) for name, make, parts in systems]


def with_length(beats: Collection) -> Collection:
    """Add a channel that is 1 while the beat lasts and 0 where it is filled up with zeros.

    It shows what the zeros show, how long the next beats take, in a way that noise and shifts do not hide.

    Examples
    --------
    >>> with_length(Collection(np.array([[0.5, 0.0, 1.0, 0.0]]))).values[0, 1].tolist()
    [1.0, 1.0, 1.0, 0.0]
    """
    beat = beats.values[:, :1]
    lasts = np.maximum.accumulate(beat[:, :, ::-1] > 0, axis=2)[:, :, ::-1]
    return replace(beats, values=np.concatenate([beat, lasts.astype(beat.dtype)], axis=1), channels=("beat", "lasts"))


def _named(rows: Collection) -> Collection:
    """Return the rows with N, S, V, F and Q for labels, not 0 to 4."""
    return replace(rows, labels=np.array(CLASSES)[np.asarray(rows.labels, np.int64)], class_names={})


def _outcome(name: str, model: Classifier, split: KaggleSplit, log: Log) -> Outcome:
    log(f"fitting {name} on {len(split.train):,} rows")
    began = time.perf_counter()
    # Held out at random, as the test rows are drawn: patients are on both sides there, too.
    model.fit(replace(split.train, groups=None))
    seconds = time.perf_counter() - began
    probabilities = np.zeros((len(split.test), len(CLASSES)))
    probabilities[:, [CLASSES.index(str(label)) for label in model.classes_]] = model.predict_proba(split.test)
    truth = np.asarray(split.test.labels)
    return Outcome(
        name,
        matrix_of_labels(truth, np.array(CLASSES)[probabilities.argmax(axis=1)]),
        probabilities,
        truth,
        float(getattr(model, "temperature_", np.nan)),
        seconds,
        len(split.train),
        getattr(model, "history_", {}),
        tuple(map(str, model.classes_)),
    )


def _drawn(rows: Collection, count: int, seed: int) -> Collection:
    """Return about ``count`` rows, the same share of each class and at least ten of each; all where there are fewer."""
    rng, labels = np.random.default_rng(seed), np.asarray(rows.labels)
    share = min(1.0, count / len(rows))
    chosen = [_some(np.flatnonzero(labels == label), share, rng) for label in rows.classes]
    return rows[np.sort(np.concatenate(chosen))]


def _some(of_class: npt.NDArray[np.intp], share: float, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    return rng.permutation(of_class)[: max(10, round(share * len(of_class)))]


def _of_records(parts: list[Collection], records: tuple[str, ...]) -> Collection:
    mine = [part[np.isin(_groups(part), records)] for part in parts]
    return replace(
        mine[0],
        values=np.concatenate([part.values for part in mine]),
        labels=np.concatenate([np.asarray(part.labels) for part in mine]),
        groups=np.concatenate([_groups(part) for part in mine]),
    )


def _groups(part: Collection) -> npt.NDArray[np.str_]:
    if part.groups is None:
        raise DataError("dividing beats by people needs to know which record each comes from, but nothing says it")
    return part.groups.astype(str)
