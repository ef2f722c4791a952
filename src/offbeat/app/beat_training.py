"""What ``offbeat fit --detector ecgformer`` does: train a classifier of beats on annotated ECG records."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields

from offbeat.app.annotated_records import annotated_files, read_annotated
from offbeat.app.descriptions import Setting, settings_of
from offbeat.app.request import DetectorRequest, Request, ThresholdRequest
from offbeat.app.runs import Log
from offbeat.app.settings import (
    BEATS,
    known_settings,
    make_logger,
    parse_settings,
    setting_table,
    training_config,
    training_table,
)
from offbeat.classifiers.ecgformer import ECGFormer
from offbeat.ecg.training.beat_classifier import LEARNED, AnnotatedBeats, beat_model, learnable
from offbeat.errors import DataError, ParameterError
from offbeat.estimators.settings import types_of
from offbeat.networks.architecture import ECGFormerArchitecture
from offbeat.records.aami import CLASSES
from offbeat.tables import Table
from offbeat.training import TrainConfig
from offbeat.words import plural

__all__ = ["FittedBeats", "beat_setting_tables", "fit_beats"]

_FEWEST_RECORDS = 2  # some are held out, to calibrate the probabilities
_FEWEST_CLASSES = 2
_FEWEST_BEATS = 10  # of a class, from which on it counts as learned
_TAKEN = ("augment", "random_state", "train")
"""Settings that have an option of their own, or cannot be given as text."""


@dataclass(frozen=True, eq=False)
class FittedBeats:
    """A classifier of beats, and what it learned from.

    Parameters
    ----------
    model : ECGFormer
        Fitted.
    records : sequence of AnnotatedBeats
        What it learned from.
    n_series : int
        How many beats that are, those of synthetic records included.
    seconds : float
        The time that the training took.
    """

    model: ECGFormer
    records: Sequence[AnnotatedBeats]
    n_series: int
    seconds: float

    def tables(self) -> list[Table]:
        """Return the annotated beats of each class by record, and how the training went."""
        counts = _counts(self.records, CLASSES)
        names = [*(one.beats.name for one in self.records), "all"]
        columns = [names, *([*each, sum(each)] for each in counts.values())]
        learned = Table("Annotated beats", ["record", *CLASSES], [list(row) for row in zip(*columns, strict=True)])
        return [learned, Table("Fit", ["", "what"], self._training())]

    def _training(self) -> list[list[str]]:
        history = self.model.history_
        best = int(history["best_epoch"][0])
        return [
            ["learned from", f"{self.n_series:,} beats, those of synthetic records included"],
            ["networks", f"{self.model.members}, each with other records held out"],
            ["epochs", f"{len(history['loss'])}, of which epoch {best + 1} was kept"],
            [
                "held out (first network)",
                f"loss {history['val_loss'][best]:.4f}, macro-F1 {history['macro_f1'][best]:.3f}",
            ],
            ["time", f"{self.seconds:.1f} s"],
        ]

    def notes(self) -> list[str]:
        """Return what limits the classifier, a sentence each."""
        counts = _counts(self.records, LEARNED)
        rare = [f"{name} ({sum(n)})" for name, n in counts.items() if 0 < sum(n) < _FEWEST_BEATS]
        lone = [name for name, n in counts.items() if sum(n) >= _FEWEST_BEATS and sum(map(bool, n)) == 1]
        return [
            *([f"too few beats to learn a class well: {', '.join(rare)}"] if rare else []),
            *([f"known from one record alone, other people's may not be found: {', '.join(lone)}"] if lone else []),
        ]


def fit_beats(request: Request, wanted: DetectorRequest, decisions: ThresholdRequest, log: Log) -> FittedBeats:
    """Train the network that offbeat ships on annotated records of one's own.

    Parameters
    ----------
    request : Request
        Which records, and how to read them, see :func:`offbeat.app.annotated_records.annotated_files`.
    wanted : DetectorRequest
        Settings of the network and its training, and the seed.
    decisions : ThresholdRequest
        Nothing may be asked for: a classifier has no threshold.
    log : callable
        Gets a line for each step.

    Raises
    ------
    DataError
        If fewer than two records are annotated, or there are fewer than ten beats of two classes.
    ParameterError
        If a setting is unknown or out of its range, or an option does not apply.
    """
    _refuse_options(request, wanted, decisions)
    model = _requested_model(wanted)
    files = annotated_files(request, log)
    log(f"finding the beats of {plural(len(files), 'record')}")
    found = read_annotated(files, request, log)
    records = [AnnotatedBeats(each.beats, each.classes(), each.annotations) for each in found]
    _check(records)
    seen = learnable(records, seed=wanted.seed)
    log(f"learning from {len(seen):,} beats, those of synthetic records included")
    start = time.perf_counter()
    model.fit(seen)
    return FittedBeats(model, records, len(seen), time.perf_counter() - start)


def beat_setting_tables() -> list[Table]:
    """Return what ``--set`` and ``--train`` take for the classifier of beats."""
    return [setting_table(BEATS, _settings()), training_table(_training(beat_model()))]


def _settings() -> dict[str, Setting]:
    """Return the settings that can be given as text, with the defaults of the classifier of beats."""
    model, found = beat_model(), settings_of(ECGFormer, types_of(ECGFormer))
    network = settings_of(ECGFormerArchitecture, types_of(ECGFormerArchitecture))
    found = {name: one._replace(sentence=network.get(name, one).sentence) for name, one in found.items()}
    return {name: one._replace(default=getattr(model, name)) for name, one in found.items() if name not in _TAKEN}


def _training(model: ECGFormer) -> TrainConfig:
    assert model.train is not None
    return model.train


def _requested_model(wanted: DetectorRequest) -> ECGFormer:
    model = beat_model(random_state=wanted.seed)
    run = {"logger": make_logger(wanted.logger), "checkpoint_dir": wanted.checkpoints}
    given = known_settings(parse_settings(wanted.settings, types_of(ECGFormer)), list(_settings()), BEATS)
    model.set_params(**given, train=training_config(_training(model), wanted.train, **run))
    model.validate()  # here, before the beats of all records are looked for
    return model


def _refuse_options(request: Request, wanted: DetectorRequest, decisions: ThresholdRequest) -> None:
    """Raise ParameterError for an option that is about detectors."""
    given = {
        "--until": request.until,
        "--normal": request.normal,
        "--time": request.time,
        "--kind": None if request.kind == "beats" else request.kind,
        "--tune": wanted.tune or None,
        **{f"--{each.name.replace('_', '-')}": getattr(decisions, each.name) or None for each in fields(decisions)},
    }
    for option, value in given.items():
        if value is not None:
            raise ParameterError(
                f"{BEATS} learns the classes of beats from annotated records, and has no use for {option}: leave it out"
            )


def _counts(records: Sequence[AnnotatedBeats], classes: Sequence[str]) -> dict[str, list[int]]:
    """Return how many beats of each class each record has."""
    return {name: [int((one.classes == name).sum()) for one in records] for name in classes}


def _check(records: Sequence[AnnotatedBeats]) -> None:
    """Raise DataError where there is too little to learn from."""
    if len(records) < _FEWEST_RECORDS:
        raise DataError(
            f"expected two or more annotated records to learn from, got {len(records)}: some are learned from, others "
            "held out; annotate more, or adapt the shipped classifier to this patient (offbeat adapt)"
        )
    counts = {name: sum(each) for name, each in _counts(records, LEARNED).items()}
    if sum(count >= _FEWEST_BEATS for count in counts.values()) < _FEWEST_CLASSES:
        got = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "none"
        raise DataError(
            f"expected {_FEWEST_BEATS} or more beats of each of two classes to learn from, got {got}: add records with "
            "ectopic beats (S, V)"
        )
