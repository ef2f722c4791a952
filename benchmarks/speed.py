"""How fast offbeat is beside the pipeline it replaces: one run, one table of ratios.

::

    python benchmarks/speed.py                      # about four minutes on two idle cores
    python benchmarks/speed.py --quick --json speed.json

Both sides of a row are measured in turn, a few times, and the ratio is the median of the ratios of the turns: seconds
differ between machines and hours, ratios less so. Other work on the machine spoils them all the same; the note below
the table says how much of it there was. Each side lives in a process of its own, for threads that one has started can
slow the other down. Training rates leave out what is done once, on both sides alike: time is taken from the end of one
epoch to the end of the next. The beats are those of ECG5000 where it is on this machine, else the built-in ones.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from lightning.pytorch.loggers.logger import Logger
from sklearn.metrics import roc_auc_score

import offbeat
import reference_pipeline
from offbeat.cli.output import print_progress, print_tables
from offbeat.data import NormalSplit
from offbeat.data.catalogue import catalog
from offbeat.detectors.scoring.fingerprints import fingerprints
from offbeat.metrics import auroc, bootstrap
from offbeat.tables import Table
from result_files import write_results
from sides import Disturbance, Side

PIPELINE_EPOCHS = 150
"""How long the reference pipeline trains."""


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    train: int
    """Beats of an epoch, on both sides."""
    predict: int
    """Beats that the pipeline predicts, one at a time."""
    resamples: int
    """Resamples of the bootstrap."""
    turns: int
    """How often each row is measured."""


FULL = Sizes(train=1500, predict=400, resamples=300, turns=3)
QUICK = Sizes(train=300, predict=100, resamples=50, turns=1)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    baseline: Callable[..., float]
    ours: Callable[..., float]
    sizes: tuple[int, ...] = ()
    is_rate: bool = False
    """Beats a second, more is better; else seconds, shown as milliseconds, less is better."""

    def measure(self, sides: tuple[Side, Side], turns: int) -> list[Any]:
        """Return the cells: what, the two medians, and the median of the ratios."""
        found = []
        for turn in range(turns):
            print_progress(f"{self.what} ({turn + 1}/{turns})")
            found.append((sides[0](self.baseline, *self.sizes), sides[1](self.ours, *self.sizes)))
        baseline, ours = np.array(found).T
        ratio = ours / baseline if self.is_rate else baseline / ours
        unit = 1 if self.is_rate else 1000
        return [self.what, *(float(unit * np.median(side)) for side in (baseline, ours)), float(np.median(ratio))]


# What is measured, each in the process of its side.


def pipeline_training(n: int) -> float:
    """Return the training rate of the reference pipeline, beats/s."""
    values = np.concatenate([_split().train.values[:n, 0], _split().validation.values[:, 0]])
    return reference_pipeline.train_rate(pd.DataFrame(values), n)


def offbeat_training(n: int) -> float:
    """Return how many beats a second ``LSTMAutoencoder.fit`` learns from, one value a step as in the pipeline.

    Counted as in ``reference_pipeline.train_rate``: validation included, one-off work and the first epoch left out.
    """
    held_out = max(1, round(n * reference_pipeline.VALIDATION_SHARE))
    clock = EpochClock()
    settings = replace(offbeat.LSTMAutoencoder.default_train, epochs=2, progress=False, logger=clock)
    detector = offbeat.LSTMAutoencoder(values_per_step=1, train=settings)
    detector.fit(_split().train.values[:n], validation=_split().validation.values[:held_out])
    first, second = clock.times
    return n / (second - first)


def pipeline_prediction(n: int) -> float:
    """Return how many beats a second the reference pipeline predicts."""
    return reference_pipeline.predict_rate(pd.DataFrame(_split().evaluation.values[:n, 0]), n)


def offbeat_scoring(_: int) -> float:
    """Return how many beats a second ``decision_function`` scores."""
    return len(_split().evaluation) / scoring_seconds()


def scoring_seconds() -> float:
    """Return how long ``decision_function`` takes for all beats to be scored."""
    return _seconds(lambda: _fitted().decision_function(_split().evaluation))


def fingerprint_seconds() -> float:
    """Return how long the fingerprints of all beats to be scored take."""
    return _seconds(lambda: fingerprints(_split().evaluation.values))


def plain_bootstrap_seconds(n: int) -> float:
    """Return how long a bootstrap takes that calls scikit-learn for each resample."""
    scores = _fitted().decision_function(_split().evaluation)
    return _seconds(lambda: bootstrap(lambda y, s: float(roc_auc_score(y, s)), _split().truth, scores, n=n))


def bootstrap_seconds(n: int) -> float:
    """Return how long the bootstrap of offbeat takes."""
    scores = _fitted().decision_function(_split().evaluation)
    return _seconds(lambda: bootstrap(auroc, _split().truth, scores, n=n))


def torch_import_seconds() -> float:
    """Return how long ``import torch`` takes."""
    return _import_seconds("import torch")


def offbeat_import_seconds() -> float:
    """Return how long ``import offbeat`` takes."""
    return _import_seconds("import offbeat")


def measure(sizes: Sizes) -> tuple[Table, dict[str, Any]]:
    """Return the table, and what must be known to read it."""
    split = _split()
    n, n_evaluated = min(sizes.train, len(split.train)), len(split.evaluation)
    rows = [
        Row("training, beats/s", pipeline_training, offbeat_training, (n,), is_rate=True),
        Row("scoring, beats/s", pipeline_prediction, offbeat_scoring, (sizes.predict,), is_rate=True),
        Row("import offbeat, ms; baseline: import torch", torch_import_seconds, offbeat_import_seconds),
        Row(f"fingerprints of {n_evaluated} beats, ms; baseline: scoring them", scoring_seconds, fingerprint_seconds),
        Row(
            f"AUROC, {sizes.resamples} resamples, ms; baseline: scikit-learn's one by one",
            plain_bootstrap_seconds,
            bootstrap_seconds,
            (sizes.resamples,),
        ),
    ]
    sides = (Side(), Side())
    disturbance = Disturbance(sides)
    cells = [row.measure(sides, sizes.turns) for row in rows]
    others = disturbance.cores()
    cells.insert(1, _whole_training(cells[0]))
    title = f"Speed on {split.source.name}, beside the reference pipeline"
    note = f"ratio: how many times faster offbeat is. {_in_words(others)}"
    table = Table(title, ["what", "baseline", "offbeat", "ratio"], cells, ["", ",.1f", ",.1f", ",.2f"], note)
    return table, {
        "beats_per_epoch": n,
        "cores": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "cores_busy_with_other_work": None if np.isnan(others) else others,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write it where asked to."""
    parser = argparse.ArgumentParser(description="Time offbeat beside the reference pipeline.")
    parser.add_argument("--quick", action="store_true", help="few beats, one turn: to see that it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the table there")
    options = parser.parse_args(arguments)
    table, facts = measure(QUICK if options.quick else FULL)
    print_tables([table])
    write_results(options.json, [table], **facts)


class EpochClock(Logger):
    """A Lightning logger that takes the time at the end of each training epoch."""

    name, version = "clock", 0

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def log_metrics(self, metrics: Any, step: int | None = None) -> None:
        """Take the time when the training loss of an epoch comes in."""
        if "loss" in metrics:
            self.times.append(time.perf_counter())

    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """Keep nothing."""


def _whole_training(rates: Sequence[Any]) -> list[Any]:
    """Return a row that is reckoned, not measured: all epochs of a training at the rates found."""
    beats, epochs = len(_split().train), offbeat.LSTMAutoencoder.default_train.epochs
    minutes = [beats * n / rate / 60 for n, rate in zip((PIPELINE_EPOCHS, epochs), rates[1:3], strict=True)]
    what = f"a whole training at these rates, min: {PIPELINE_EPOCHS} epochs beside {epochs}"
    return [what, *minutes, rates[3] * PIPELINE_EPOCHS / epochs]


@cache
def _split() -> NormalSplit:
    there = catalog.find("ecg5000").locate() is not None
    return offbeat.normal_split(offbeat.load_data("ecg5000" if there else "synthetic-heartbeats"), "1")


@cache
def _fitted() -> offbeat.LSTMAutoencoder:
    """Return a detector that has hardly learned: how good its scores are does not change how long they take."""
    settings = replace(offbeat.LSTMAutoencoder.default_train, epochs=1, progress=False)
    split, detector = _split(), offbeat.LSTMAutoencoder(values_per_step=1, train=settings)
    return detector.fit(split.train.values[:64], validation=split.validation.values[:64])


def _seconds(work: Callable[[], object]) -> float:
    """Return how long the work takes the second time: the first may load things."""
    work()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _import_seconds(statement: str) -> float:
    """Return how much longer Python takes with the statement than without, each at its best of two."""

    def best(text: str) -> float:
        return min(_seconds(lambda: subprocess.run([sys.executable, "-c", text], check=True)) for _ in range(2))

    return max(best(statement) - best(""), 1e-4)


def _in_words(others: float) -> str:
    if np.isnan(others):
        return "How busy the machine was with other work is not known."
    advice = ": run again when it is idle" if others > 0.1 else ""
    return f"Other work kept {others:.2f} of {os.cpu_count()} cores busy{advice}."


if __name__ == "__main__":
    main()
