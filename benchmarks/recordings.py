"""How fast long recordings are scored: folds, comparisons of windows, a million time steps, and single points.

::

    python benchmarks/recordings.py                      # about ten minutes
    python benchmarks/recordings.py --tables kernel      # one of: folds, kernel, long, streams, one-by-one
    python benchmarks/recordings.py --json recordings.json

Ratios are taken in one run against the obvious way: a loop over the columns of the scores for a fold, a window at a
time for the network, and stumpy for the matrix profile. The million time steps are scored in a process of their own,
whose peak memory is reported; the detectors learn from the first 5,000 of them, but where "15 %" says so.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import stumpy
import torch

import offbeat
from offbeat.cli.output import print_progress, print_tables
from offbeat.detectors.base import Detector
from offbeat.detectors.scoring.joins import look_elsewhere
from offbeat.tables import Table
from result_files import write_results

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
    "profile": offbeat.ProfileDetector,
    "profile, 15 %": offbeat.ProfileDetector,
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
    parser.add_argument(
        "--tables", nargs="+", choices=TABLES, default=list(TABLES), help="which tables; all unless given"
    )
    parser.add_argument("--detectors", nargs="+", choices=DETECTORS, default=list(DETECTORS), help="which to time")
    parser.add_argument("--one", choices=DETECTORS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(*million(given.one))
        return
    tables = [TABLES[name](given.detectors) for name in given.tables]
    print_tables(tables)
    write_results(given.json, tables)


def wave(n: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return a noisy wave, ``(n,)``."""
    return np.sin(np.arange(n) / 20) + 0.1 * np.random.default_rng(0).normal(size=n)


def folds(_: list[str]) -> Table:
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


def kernel(_: list[str]) -> Table:
    """Compare all windows of a series with each other, on one core and on two."""
    n, length, all_cores = 20_000, 100, sorted(os.sched_getaffinity(0))
    series, rows = wave(n), []
    stumpy.stump(series[:500], length), look_elsewhere(series[:500], length)
    for cores in range(1, len(all_cores) + 1):
        os.sched_setaffinity(0, all_cores[:cores])
        numba.set_num_threads(cores)
        theirs = best_of(lambda: stumpy.stump(series, length), 3)
        ours = best_of(lambda: look_elsewhere(series, length), 3)
        # Each pair is compared once by stumpy, and once from either side by us, by three distances.
        pairs = (n - 2 * length) ** 2
        rows.append([cores, theirs, ours, theirs / ours, pairs / 2 / theirs / 1e6, pairs / ours / 1e6])
    os.sched_setaffinity(0, all_cores)
    columns = ["cores", "stumpy (s)", "ours (s)", "ratio", "stumpy (million pairs/s)", "ours (million pairs/s)"]
    return Table(
        f"Matrix profile of {n:,} time steps, window {length}", columns, rows, ["", ".2f", ".2f", ".2f", ",.0f", ",.0f"]
    )


def long_recordings(names: list[str]) -> Table:
    """Score a million time steps, each detector in a process of its own."""
    rows = []
    for name in names:
        print_progress(f"{name}: {LONG:,} time steps")
        ended = subprocess.run([sys.executable, __file__, "--one", name], check=True, capture_output=True, text=True)
        fitting, seconds, before, peak = map(float, ended.stdout.split())
        rows.append([name, fitting, seconds, LONG / seconds, before, peak])
    columns = ["detector", "fitting (s)", "scoring (s)", "time steps/s", "memory before (GB)", "peak (GB)"]
    formats = ["", ".1f", ".1f", ",.0f", ".2f", ".2f"]
    return Table(f"Scoring {LONG:,} time steps, window {WINDOW}", columns, rows, formats)


def million(name: str) -> tuple[float, float, float, float]:
    """Return the seconds that fitting and scoring take, and the peak memory of the process before and after, in GB."""
    import resource

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

    recording = wave(LONG)
    before, begin = peak(), time.perf_counter()
    detector = DETECTORS[name]().fit(recording[: LONG * 15 // 100 if "15 %" in name else LEARNED])
    fitted = time.perf_counter()
    detector.decision_function(recording)
    return fitted - begin, time.perf_counter() - fitted, before, peak()


def streams(names: list[str]) -> Table:
    """Score single points as they arrive."""
    recording, rows = wave(LEARNED + 3000), []
    for name in names:
        online = offbeat.OnlineDetector(DETECTORS[name]().fit(recording[:LEARNED]))
        online.update(recording[: LEARNED // 2])
        taken = []
        for value in recording[LEARNED:]:
            begin = time.perf_counter()
            online.score_one(value)
            taken.append(time.perf_counter() - begin)
        rows.append([name, *(1e6 * np.percentile(taken, [50, 99]))])
    columns = ["detector", "median (µs)", "99th percentile (µs)"]
    return Table("One point at a time", columns, rows, ["", ".0f", ".0f"])


def one_by_one(_: list[str]) -> Table:
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


TABLES: dict[str, Callable[[list[str]], Table]] = {
    "folds": folds,
    "kernel": kernel,
    "long": long_recordings,
    "streams": streams,
    "one-by-one": one_by_one,
}

if __name__ == "__main__":
    main()
