"""How fast offbeat is beside the pipeline it replaces: one run, one table of ratios.

::

    python benchmarks/speed.py                      # about three minutes on two idle cores
    python benchmarks/speed.py --quick --json speed.json

Both sides of a row are measured in turn, a few times, and the ratio is the median of the ratios of the turns: seconds
differ between machines and hours, ratios less so. Other work on the machine spoils them all the same; the note below
the table says how much of it there was. Training rates leave out what is done once, on both sides alike: time is taken
from the end of one epoch to the end of the next (see ``reference_pipeline.train_rate``). The beats are those of
ECG5000 where it is on this machine, else the built-in ones.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import torch
from lightning.pytorch.loggers.logger import Logger
from sklearn.metrics import roc_auc_score

import offbeat
import reference_pipeline
from offbeat.cli.output import say, show, write_json
from offbeat.data import NormalSplit, catalog
from offbeat.detectors.fingerprints import fingerprints
from offbeat.metrics import auroc, bootstrap
from offbeat.tables import Table

Measure = Callable[[], float]


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    train: int
    """Beats of an epoch, on both sides."""
    predict: int
    """Beats that the pipeline predicts, one at a time."""
    resamples: int
    """Resamples of the bootstrap."""
    repeats: int
    """Turns of each row."""


FULL = Sizes(train=1500, predict=400, resamples=300, repeats=3)
QUICK = Sizes(train=200, predict=100, resamples=50, repeats=1)


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


def offbeat_train_rate(split: NormalSplit, n: int, *, epochs: int = 2) -> float:
    """Return how many beats a second ``LSTMAutoencoder.fit`` learns from, with all settings but the epochs as they are.

    Counted as in ``reference_pipeline.train_rate``: validation included, one-off work and the first epoch left out.
    """
    held_out = max(1, round(n * reference_pipeline.VALIDATION_SHARE))
    clock = EpochClock()
    settings = replace(offbeat.LSTMAutoencoder.default_train, epochs=epochs, progress=False, logger=clock)
    detector = offbeat.LSTMAutoencoder(train=settings)
    detector.fit(split.train.values[:n], validation=split.validation.values[:held_out])
    return n / median(b - a for a, b in zip(clock.times[:-1], clock.times[1:], strict=True))


def measure(sizes: Sizes) -> tuple[Table, dict[str, Any]]:
    """Return the table, and what must be known to read it."""
    split = _split()
    n = min(sizes.train, len(split.train))
    train = pd.DataFrame(np.concatenate([split.train.values[:n, 0], split.validation.values[:, 0]]))
    everything = split.evaluation.values
    evaluation = pd.DataFrame(everything[:, 0])
    detector = _any_fitted(split)
    scores = detector.decision_function(everything)

    def slow_bootstrap() -> object:
        return bootstrap(lambda y, s: float(roc_auc_score(y, s)), split.truth, scores, n=sizes.resamples)

    busy = _Others()
    rows = [
        _rates(
            "training, beats/s; baseline: the reference pipeline",
            lambda: reference_pipeline.train_rate(train, n),
            lambda: offbeat_train_rate(split, n),
            sizes.repeats,
        ),
        _rates(
            "scoring, beats/s; baseline: the reference pipeline, beat by beat",
            lambda: reference_pipeline.predict_rate(evaluation, sizes.predict),
            lambda: len(everything) / _seconds(lambda: detector.decision_function(everything)),
            sizes.repeats,
        ),
        _times(
            "import, ms; baseline: import torch",
            lambda: _import_seconds("import torch"),
            lambda: _import_seconds("import offbeat"),
            sizes.repeats,
        ),
        _times(
            f"fingerprints of {len(everything)} beats, ms; baseline: scoring them",
            lambda: _seconds(lambda: detector.decision_function(everything)),
            lambda: _seconds(lambda: fingerprints(everything)),
            sizes.repeats,
        ),
        _times(
            f"AUROC with {sizes.resamples} resamples, ms; baseline: scikit-learn's, one by one",
            lambda: _seconds(slow_bootstrap),
            lambda: _seconds(lambda: bootstrap(auroc, split.truth, scores, n=sizes.resamples)),
            sizes.repeats,
        ),
    ]
    others = busy.cores()
    facts = {
        "data": split.source.name,
        "beats_per_epoch": n,
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "offbeat": offbeat.__version__,
        "cores_busy_with_other_work": others,
    }
    return Table(
        f"Speed on {split.source.name}",
        ["what", "baseline", "offbeat", "ratio"],
        rows,
        formats=["", ",.1f", ",.1f", ".2f"],
        note=f"ratio: how many times faster offbeat is. {_disturbed(others)}",
    ), facts


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write it where asked to."""
    parser = argparse.ArgumentParser(description="Time offbeat beside the reference pipeline.")
    parser.add_argument("--quick", action="store_true", help="few beats, one turn: to see that it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the table there")
    options = parser.parse_args(arguments)
    table, facts = measure(QUICK if options.quick else FULL)
    show([table])
    write_json(options.json, {**table.to_dict(), **facts, "quick": options.quick})


def _split() -> NormalSplit:
    there = catalog.find("ecg5000").locate() is not None
    return offbeat.normal_split(offbeat.load_data("ecg5000" if there else "synthetic-heartbeats"), "1")


def _any_fitted(split: NormalSplit) -> offbeat.LSTMAutoencoder:
    """Return a detector that has hardly learned: how good its scores are does not change how long they take."""
    settings = replace(offbeat.LSTMAutoencoder.default_train, epochs=1, progress=False)
    return offbeat.LSTMAutoencoder(train=settings).fit(split.train.values[:64], validation=split.validation.values[:32])


def _rates(what: str, baseline: Measure, ours: Measure, repeats: int) -> list[Any]:
    """Return a row of two rates; more is better."""
    found = _in_turns(what, baseline, ours, repeats)
    return [what, *np.median(found, axis=0).tolist(), float(np.median(found[:, 1] / found[:, 0]))]


def _times(what: str, baseline: Measure, ours: Measure, repeats: int) -> list[Any]:
    """Return a row of two times, given in seconds and shown in milliseconds; less is better."""
    found = _in_turns(what, baseline, ours, repeats)
    return [what, *(1000 * np.median(found, axis=0)).tolist(), float(np.median(found[:, 0] / found[:, 1]))]


def _in_turns(what: str, baseline: Measure, ours: Measure, repeats: int) -> np.ndarray[Any, Any]:
    """Return what both gave in each turn, shape ``(repeats, 2)``."""
    found = []
    for turn in range(repeats):
        say(f"{what} ({turn + 1}/{repeats})")
        found.append((baseline(), ours()))
    return np.array(found)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _import_seconds(statement: str) -> float:
    """Return how much longer Python takes with the statement than without, each at its best of three."""

    def start_and_run(text: str) -> float:
        return min(_seconds(lambda: subprocess.run([sys.executable, "-c", text], check=True)) for _ in range(3))

    return max(start_and_run(statement) - start_and_run(""), 1e-4)


class _Others:
    """How many cores other work kept busy, on Linux; NaN elsewhere."""

    def __init__(self) -> None:
        self.start, self.busy, self.own = time.perf_counter(), _machine_seconds(), _own_seconds()

    def cores(self) -> float:
        """Return the average since the start."""
        others = (_machine_seconds() - self.busy) - (_own_seconds() - self.own)
        return float(np.maximum(others / (time.perf_counter() - self.start), 0.0))


def _machine_seconds() -> float:
    """Return the processor time that all work has used since the machine started."""
    counters = Path("/proc/stat")
    if not counters.is_file():
        return float("nan")
    user, nice, system, _, _, irq, soft_irq, *_ = map(int, counters.read_text().splitlines()[0].split()[1:])
    return (user + nice + system + irq + soft_irq) / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    """Return the processor time of this process and its finished children."""
    return sum(os.times()[:4])


def _disturbed(others: float) -> str:
    if np.isnan(others):
        return "How busy the machine was with other work is not known."
    advice = "" if others < 0.1 else ": run again when it is idle"
    return f"Other work kept {others:.2f} of {os.cpu_count()} cores busy{advice}."


if __name__ == "__main__":
    main()
