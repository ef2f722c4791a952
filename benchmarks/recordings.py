"""How fast long recordings are scored: folds, a million time steps, and single points as they arrive.

::

    python benchmarks/recordings.py                      # about two minutes
    python benchmarks/recordings.py --json recordings.json

Ratios are taken in one run against the obvious way: a loop over the columns of the scores for a fold, a window at a
time for the network. The million time steps are scored in a process of their own, whose peak memory is reported.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

import offbeat
from offbeat.cli.output import say, show, write_json
from offbeat.detectors.base import Detector
from offbeat.tables import Table

WINDOW, LEARNED, LONG = 100, 5_000, 1_000_000

Make = Callable[[], Detector]


def quick() -> offbeat.TrainConfig:
    """Return a short training: what is timed is scoring."""
    return offbeat.TrainConfig(epochs=2, progress=False)


DETECTORS: dict[str, Make] = {
    "naive": offbeat.NaiveForecast,
    "seasonal (3 x 126)": lambda: offbeat.SeasonalBaseline(period=126),
    "pca": lambda: offbeat.PCADetector(window=WINDOW),
    "pca, last fold": lambda: offbeat.PCADetector(window=WINDOW, fold="last"),
    "knn": lambda: offbeat.KNNDetector(window=WINDOW),
    "deepant": lambda: offbeat.DeepAnT(window=WINDOW, train=quick()),
    "dense-autoencoder": lambda: offbeat.DenseAutoencoder(window=WINDOW, train=quick()),
    "mixed (naive, pca)": lambda: offbeat.MixedDetector(
        parts=(offbeat.NaiveForecast(), offbeat.PCADetector()), window=WINDOW
    ),
    "mixed, memory 10,000": lambda: offbeat.MixedDetector(
        parts=(offbeat.NaiveForecast(), offbeat.SeasonalBaseline(period=0)), window=2, memory=10_000
    ),
}


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the tables here, too")
    parser.add_argument("--one", choices=DETECTORS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(*million(DETECTORS[given.one]))
        return
    tables = [folds(), long_recordings(), streams(), one_by_one()]
    show(tables)
    write_json(given.json, [table.to_dict() for table in tables])


def wave(n: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return a noisy wave, ``(n,)``."""
    return np.sin(np.arange(n) / 20) + 0.1 * np.random.default_rng(0).normal(size=n)


def folds() -> Table:
    """Fold 100,000 x 100 overlapping scores."""
    windows, n = offbeat.Windows(WINDOW), 100_000
    scores = np.random.default_rng(0).normal(size=(n, WINDOW)).astype(np.float32)
    rows = []
    for how, ufunc in (("mean", np.add), ("max", np.maximum)):
        ours = best_of(lambda how=how: windows.fold(scores, n + WINDOW - 1, how))
        loop = best_of(lambda ufunc=ufunc: column_by_column(scores, ufunc))
        rows.append([how, 1e3 * loop, 1e3 * ours, loop / ours])
    rows.append(["median", None, 1e3 * best_of(lambda: windows.fold(scores, n + WINDOW - 1, "median")), None])
    return Table(
        f"Folding {n:,} x {WINDOW} overlapping scores",
        ["fold", "loop (ms)", "ours (ms)", "ratio"],
        rows,
        ["", ".1f", ".1f", ".1f"],
    )


def column_by_column(scores: np.ndarray[Any, Any], ufunc: np.ufunc) -> np.ndarray[Any, Any]:
    """Fold the obvious way."""
    n, width = scores.shape
    folded = np.zeros(n + width - 1)
    for column in range(width):
        part = folded[column : column + n]
        ufunc(part, scores[:, column], out=part)
    return folded


def best_of(call: Callable[[], Any], times: int = 5) -> float:
    """Return the seconds of the fastest of a few calls."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begin)
    return min(taken)


def long_recordings() -> Table:
    """Score a million time steps, each detector in a process of its own."""
    rows = []
    for name in DETECTORS:
        say(f"{name}: {LONG:,} time steps")
        ended = subprocess.run([sys.executable, __file__, "--one", name], check=True, capture_output=True, text=True)
        seconds, before, peak = map(float, ended.stdout.split())
        rows.append([name, seconds, LONG / seconds, before, peak])
    columns = ["detector", "seconds", "time steps/s", "memory before (GB)", "peak (GB)"]
    return Table(f"Scoring {LONG:,} time steps, window {WINDOW}", columns, rows, ["", ".1f", ",.0f", ".2f", ".2f"])


def million(make: Make) -> tuple[float, float, float]:
    """Return the seconds that scoring takes, and the peak memory of the process before and after, in GB."""
    import resource

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

    recording = wave(LONG)
    detector = make().fit(recording[:LEARNED])
    before, begin = peak(), time.perf_counter()
    detector.decision_function(recording)
    return time.perf_counter() - begin, before, peak()


def streams() -> Table:
    """Score single points as they arrive."""
    recording, rows = wave(LEARNED + 3000), []
    for name, make in DETECTORS.items():
        online = offbeat.OnlineDetector(make().fit(recording[:LEARNED]))
        online.update(recording[: LEARNED // 2])
        taken = []
        for value in recording[LEARNED:]:
            begin = time.perf_counter()
            online.score_one(value)
            taken.append(time.perf_counter() - begin)
        rows.append([name, *(1e6 * np.percentile(taken, [50, 99]))])
    columns = ["detector", "median (µs)", "99th percentile (µs)"]
    return Table("One point at a time", columns, rows, ["", ".0f", ".0f"])


def one_by_one() -> Table:
    """Score with DeepAnT a window at a time, as the reference does, and in batches."""
    recording, n = wave(LEARNED + 20_000), 2000
    detector = offbeat.DeepAnT(train=quick()).fit(recording[:LEARNED])
    scaled = detector.scaler_.apply(recording[None, None, :])[0, 0]

    def alone() -> None:
        with torch.no_grad():
            for start in range(n):
                window = torch.from_numpy(scaled[start : start + 10].copy())[None, None]
                abs(float(detector.network_(window)) - scaled[start + 10])

    slow, fast = n / best_of(alone, 2), 20_000 / best_of(lambda: detector.decision_function(recording[:20_010]), 3)
    columns = ["", "one window at a time (windows/s)", "ours (windows/s)", "ratio"]
    return Table("DeepAnT, window 10", columns, [["scoring", slow, fast, fast / slow]], ["", ",.0f", ",.0f", ".0f"])


if __name__ == "__main__":
    main()
