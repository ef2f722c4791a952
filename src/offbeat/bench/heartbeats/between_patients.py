"""Beats named between patients: learned from some people, evaluated once on others, on beats as they are found."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.app.runs import Log
from offbeat.bench.heartbeats.outcomes import Outcome, matrix_of
from offbeat.bench.heartbeats.variants import EVERYTHING, VARIANTS, Variant
from offbeat.classifiers.base import Classifier
from offbeat.classifiers.baselines import MiniRocketBaseline, RandomForestBaseline
from offbeat.ecg.classify import name_beats
from offbeat.ecg.ec57 import BeatComparison, compare_beats
from offbeat.ecg.training.beat_classifier import AnnotatedBeats, annotated_beats, beat_model, learnable
from offbeat.errors import DataError
from offbeat.records.aami import AAMI, CLASSES, EC57
from offbeat.records.mitbih import SAME_PERSON
from offbeat.series.collection import Collection

__all__ = [
    "MAIN",
    "READINGS",
    "SKIPPED",
    "STANDARD",
    "STRICT",
    "WHOLE",
    "between_patients",
    "check_sides",
    "evaluate_records",
    "learn",
    "read_records",
    "without_same_person",
]

MAIN, STRICT = "ecgformer", "ecgformer, nobody on both sides"
WHOLE, SKIPPED, STANDARD = "whole records", "without the first 5 minutes", "EC57"

READINGS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        WHOLE: {"start": 0.0, "classes": AAMI},
        SKIPPED: {"start": 300.0, "classes": AAMI},
        STANDARD: {"start": 300.0, "classes": EC57},
    }
)
"""Ways to count: papers take escape beats from above the ventricles for N, the standard EC57 takes them for S."""


def check_sides(train_records: Sequence[str], test_records: Sequence[str]) -> str:
    """Make sure that no record is learned from and evaluated, and say which people are, in different records.

    Parameters
    ----------
    train_records, test_records : sequence of str
        Such as ``"100"``.

    Returns
    -------
    str
        A sentence for readers of the figures; empty where nobody is on both sides.

    Raises
    ------
    DataError
        If a record is on both sides, or a side is empty.

    Examples
    --------
    >>> check_sides(["201", "101"], ["202"])
    'Records 201 (learned from) and 202 (evaluated) come from one person.'
    """
    if not train_records or not test_records:
        raise DataError("expected records to learn from and others to evaluate on, but one side is empty")
    both = sorted(set(train_records) & set(test_records))
    if both:
        raise DataError(
            f"record {both[0]} is on both sides: expected other records to evaluate on than to learn from; "
            "take it out of one of them"
        )
    train, test = set(train_records), set(test_records)
    pairs = [(a, b) if a in train else (b, a) for a, b in SAME_PERSON]
    known = [(a, b) for a, b in pairs if a in train and b in test]
    return " ".join(f"Records {a} (learned from) and {b} (evaluated) come from one person." for a, b in known)


def without_same_person(
    train: Mapping[str, AnnotatedBeats], test: Mapping[str, AnnotatedBeats]
) -> dict[str, AnnotatedBeats]:
    """Return the records to learn from without those of people who are evaluated in other records."""
    strangers = {a if b in test else b for a, b in SAME_PERSON if a in test or b in test}
    return {name: record for name, record in train.items() if name not in strangers}


def read_records(
    records: Sequence[str], data_dir: str | Path | None = None, log: Log = lambda _: None
) -> dict[str, AnnotatedBeats]:
    """Find the beats of records of the MIT-BIH database, by record."""
    log(f"finding the beats of {len(records)} records")
    return {record: annotated_beats(record, data_dir) for record in records}


def learn(
    model: Classifier, records: Mapping[str, AnnotatedBeats], variant: Variant = EVERYTHING, *, seed: int = 0
) -> int:
    """Fit a classifier on records; some of them are held out to choose the best epoch, and calibrate.

    Returns
    -------
    int
        How many series it was fitted on.
    """
    prepared = [replace(record, beats=variant.prepare(record.beats)) for record in records.values()]
    seen = learnable(prepared, seed=seed, change=variant.change)
    model.fit(seen)
    return len(seen)


class _Seeing:
    """A classifier that is given beats as its variant says."""

    def __init__(self, model: Classifier, variant: Variant) -> None:
        self.model, self.variant, self.classes_ = model, variant, model.classes_
        self.class_prior_ = model.class_prior_

    def predict_proba(self, seen: Collection) -> npt.NDArray[np.float64]:
        return self.model.predict_proba(self.variant.change(seen))


def evaluate_records(
    model: Classifier, records: Mapping[str, AnnotatedBeats], variant: Variant = EVERYTHING, *, name: str = ""
) -> Outcome:
    """Name the beats of records as ``offbeat classify`` does, and compare with their annotations beat by beat.

    Parameters
    ----------
    model : Classifier
        Fitted by :func:`learn`.
    records : mapping of str to AnnotatedBeats
        Of people that were not learned from.
    variant : Variant
        That was learned with.
    name : str
        What to call the system.
    """
    comparisons: dict[str, list[BeatComparison]] = {reading: [] for reading in READINGS}
    probabilities, truth, beats = [], [], []
    for record, known in records.items():
        found = name_beats(variant.prepare(known.beats), cast(Classifier, _Seeing(model, variant)))
        named = found.annotations()
        for reading, how in READINGS.items():
            comparisons[reading].append(compare_beats(known.reference, named, record=record, **how))
        rows = known.classes != ""
        probabilities.append(found.table[[f"p_{label}" for label in CLASSES]].to_numpy(np.float64)[rows])
        truth.append(known.classes[rows])
        beats.append(found.table[["class", "confidence"]].assign(truth=known.classes, record=record))
    return Outcome(
        name or variant.name,
        matrix_of(comparisons[WHOLE]),
        np.concatenate(probabilities),
        np.concatenate(truth),
        float(getattr(model, "temperature_", np.nan)),
        history=getattr(model, "history_", {}),
        learned=tuple(map(str, model.classes_)),
        comparisons=comparisons,
        beats=pd.concat(beats, ignore_index=True),
    )


def between_patients(
    train: Mapping[str, AnnotatedBeats],
    test: Mapping[str, AnnotatedBeats],
    *,
    epochs: int | None = None,
    seed: int = 0,
    kernels: int = 1008,
    trees: int = 200,
    log: Log = lambda _: None,
) -> list[Outcome]:
    """Learn from some records, evaluate on others: as published, without people on both sides, baselines, ablations.

    Parameters
    ----------
    train, test : mapping of str to AnnotatedBeats
        Records by name, see :func:`read_records`.
    epochs : int, optional
        Of the training; as many as the shipped model has where None.
    seed : int
        Of everything that learns.
    kernels, trees : int
        Size of the baselines.
    log : callable
        Gets a line when a fit begins.

    Returns
    -------
    list of Outcome
        First :data:`MAIN`, then :data:`STRICT` where a person is on both sides, the baselines, and the ablations
        (:data:`~offbeat.bench.heartbeats.variants.VARIANTS`).

    Raises
    ------
    DataError
        If a record is on both sides.
    """
    check_sides(tuple(train), tuple(test))
    strict = without_same_person(train, test)

    length = {} if epochs is None else {"epochs": epochs}

    def model() -> Classifier:
        return beat_model(**length, random_state=seed, progress=False)

    systems: list[tuple[str, Classifier, Mapping[str, AnnotatedBeats], Variant]] = [
        (MAIN, model(), train, EVERYTHING),
        *([(STRICT, model(), strict, EVERYTHING)] if len(strict) < len(train) else []),
        ("random forest", RandomForestBaseline(n_estimators=trees, random_state=seed), train, EVERYTHING),
        ("minirocket", MiniRocketBaseline(n_kernels=kernels, random_state=seed), train, EVERYTHING),
        *((f"{MAIN} {variant.name}", model(), train, variant) for variant in VARIANTS),
    ]
    return [_outcome(*system, test, seed, log) for system in systems]


def _outcome(
    name: str,
    model: Classifier,
    train: Mapping[str, AnnotatedBeats],
    variant: Variant,
    test: Mapping[str, AnnotatedBeats],
    seed: int,
    log: Log,
) -> Outcome:
    log(f"fitting {name} on {len(train)} records")
    began = time.perf_counter()
    n_train = learn(model, train, variant, seed=seed)
    seconds = time.perf_counter() - began
    return replace(evaluate_records(model, test, variant, name=name), seconds=seconds, n_train=n_train)
