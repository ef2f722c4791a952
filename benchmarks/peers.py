"""How fast the detectors without a network are beside other libraries and bare loops: one run, one table of ratios.

::

    python benchmarks/peers.py                     # some minutes
    python benchmarks/peers.py --quick --json peers.json
    python benchmarks/peers.py --only forest pca

Each row is measured in turns, ours and the peer, and the fastest turn of each counts. Times are processor time of one
thread, but for the row about threads. What is compiled or loaded once is done before; how long compiling takes has a
row of its own.
"""

from __future__ import annotations

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import stumpy
from numpy.lib.stride_tricks import sliding_window_view
from pyod.models.iforest import IForest
from pyod.models.pca import PCA as PyODPCA
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from threadpoolctl import threadpool_limits

import offbeat
from offbeat.cli.output import print_progress, print_tables
from offbeat.detectors.scoring.adapting import Adapting
from offbeat.detectors.scoring.nearest import Reference
from offbeat.detectors.scoring.newest_window import NewestWindow
from offbeat.tables import Table
from offbeat.threads import one_blas_thread, processors
from result_files import write_results

WINDOW, LEARNED, BATCH = 100, 5_000, 1024

Call = Callable[[], Any]
Rows = Iterator[tuple[str, str, float, float]]
"""What is measured, the unit, and what ours and the peer took."""


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the table there")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="which rows; all unless given")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything: to see that it runs")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = []
    for part in given.only:
        print_progress(part)
        rows += [
            [what, unit, ours, peer, peer / ours] for what, unit, ours, peer in PARTS[part](1 if given.quick else 10)
        ]
    columns, formats = ["what; peer", "unit", "ours", "peer", "ratio"], ["", "", ",.4g", ",.4g", ",.2f"]
    table = Table(
        "Detectors without a network, beside their peers", columns, rows, formats, "ratio: how much faster ours is"
    )
    print_tables([table])
    write_results(given.json, [table])


def matrix_profile(scale: int) -> Rows:
    """Find the nearest of 5,000 time steps for windows in a row, and for one after the other."""
    history, queries = wave(LEARNED), sliding_window_view(wave(LEARNED + 2_000 * scale)[LEARNED:], WINDOW)
    reference, series = Reference(history, WINDOW), np.append(queries[:, 0], queries[-1, 1:])
    join = lambda: stumpy.stump(series, WINDOW, history, ignore_trivial=False)  # noqa: E731
    join()
    per = 1e6 / len(queries)
    by_products, theirs = fastest(lambda: in_batches(reference.nearest, queries), join)
    yield "matrix profile, a window by products of matrices; stumpy.stump", "µs", per * by_products, per * theirs
    from offbeat.detectors.scoring import correlation_kernel  # noqa: F401  # from now on it is used

    compiled, theirs = fastest(lambda: in_batches(reference.nearest, queries), join)
    yield "matrix profile, a window by the compiled loop; stumpy.stump", "µs", per * compiled, per * theirs
    some = queries[:20]
    one_by_one, theirs = fastest(
        lambda: [reference.nearest(query[None]) for query in some],
        lambda: [stumpy.mass(query, history).min() for query in some],
    )
    yield "matrix profile, one window; stumpy.mass", "µs", 1e6 / len(some) * one_by_one, 1e6 / len(some) * theirs


def forest(scale: int) -> Rows:
    """Score rows of 100 values with 200 trees, all at once and one by one."""
    rng = np.random.default_rng(0)
    train, rows = (rng.normal(size=(n, 1, WINDOW)).astype(np.float32) for n in (2_000, 500 * scale))
    detector = offbeat.IsolationForestDetector(scaling="none", calibration="held-out").fit(train)
    flat, flat_train = rows[:, 0], train[:, 0]
    theirs = IsolationForest(n_estimators=200, random_state=0).fit(flat_train)
    pyod = IForest(n_estimators=200, random_state=0).fit(flat_train)
    per = 1e6 / len(rows)
    ours, peer = fastest(lambda: detector.decision_function(rows), lambda: theirs.score_samples(flat))
    yield "isolation forest, a series of many; scikit-learn", "µs", per * ours, per * peer
    ours, peer = fastest(lambda: detector.decision_function(rows), lambda: pyod.decision_function(flat))
    yield "isolation forest, a series of many; PyOD", "µs", per * ours, per * peer
    forest = detector.forest_
    ours, peer = fastest(lambda: forest.scores(flat[:1]), lambda: theirs.score_samples(flat[:1]))
    yield "isolation forest, one series; scikit-learn", "µs", 1e6 * ours, 1e6 * peer


def pca(scale: int) -> Rows:
    """Fit 5,000 windows of 100 time steps, and score a long recording."""
    recording = wave(100_000 * scale)
    detector = offbeat.PCADetector(window=WINDOW).fit(recording[:LEARNED])
    ours, peer = fastest(
        lambda: detector.decision_function(recording),
        lambda: by_batches(recording, detector.mean_, detector.components_),
    )
    yield f"PCA, {len(recording):,} time steps; a bare loop over batches in NumPy", "s", ours, peer
    some = recording[: 10_000 * scale]
    theirs = PyODPCA(n_components=8).fit(sliding_window_view(recording[:LEARNED], WINDOW))
    ours, peer = fastest(
        lambda: detector.decision_function(some),
        lambda: theirs.decision_function(sliding_window_view(some, WINDOW)),
    )
    yield f"PCA, {len(some):,} time steps; PyOD", "s", ours, peer
    windows = np.ascontiguousarray(sliding_window_view(recording[:LEARNED], WINDOW), dtype=np.float32)
    ours, peer = fastest(
        lambda: offbeat.PCADetector()._learn(windows[:, None], windows[:0, None]),
        lambda: PCA(8, svd_solver="full").fit(windows.astype(np.float64)),
    )
    yield "PCA, the components of 4,901 windows; scikit-learn's full SVD", "ms", 1e3 * ours, 1e3 * peer


def threads(scale: int) -> Rows:
    """Fit a PCA while other work keeps all processors busy; the only row in seconds by the clock."""
    windows = np.ascontiguousarray(sliding_window_view(wave(LEARNED), WINDOW), dtype=np.float32)
    learn = lambda: offbeat.PCADetector()._learn(windows[:, None], windows[:0, None])  # noqa: E731

    def capped() -> None:
        with one_blas_thread():
            learn()

    with busy(), threadpool_limits(processors(), user_api="blas"):
        ours, peer = fastest(capped, learn, clock=time.perf_counter, how=np.median)
    yield f"PCA fit on a busy machine, one BLAS thread; {processors()} threads", "ms", 1e3 * ours, 1e3 * peer


def streams(scale: int) -> Rows:
    """Take the next time step of a stream."""
    recording, n = wave(30_000), 50 * scale
    rng = np.random.default_rng(0)
    normal, outputs = rng.exponential(size=(10_000, 2)), rng.exponential(size=(200_000, 2))
    adapting, following, past = Adapting(normal, 10_000, "mean"), iter(outputs), normal.copy()

    def sort_again() -> None:
        nonlocal past
        for output in outputs[:n]:
            for part, value in zip(np.sort(past, axis=0).T, output, strict=True):
                np.searchsorted(part, value)
                excesses = part[7_500:] - part[7_500]
                excesses.mean(), excesses.var()
            past = np.concatenate([past[1:], output[None]])

    ours, peer = fastest(lambda: [adapting.push(next(following)) for _ in range(n)], sort_again)
    yield "adapting stage, a step; sorting the memory again", "µs", 1e6 / n * ours, 1e6 / n * peer

    # As many windows to compare with on both sides.
    newest, values = NewestWindow(recording[:LEARNED], WINDOW, 8_000), iter(np.tile(recording, 10))
    newest.restart(recording[LEARNED:15_000])
    theirs = stumpy.stumpi(recording[:13_000], WINDOW, egress=True)
    ours, peer = fastest(
        lambda: [newest.push(next(values)) for _ in range(n)], lambda: [theirs.update(value) for value in recording[:n]]
    )
    yield (
        "three distances of the newest window to 13,000 others; stumpy.stumpi, one",
        "µs",
        1e6 / n * ours,
        1e6 / n * peer,
    )

    windows = sliding_window_view(recording[:LEARNED], WINDOW)
    pyod, trees = PyODPCA(n_components=8).fit(windows), IForest(n_estimators=200, random_state=0).fit(windows)
    past, one = recording[:LEARNED], stumpy.stumpi(recording[:13_000], WINDOW, egress=True)
    for name, peer_name, detector, peer_step in (
        ("PCA", "PyOD", offbeat.PCADetector, pyod.decision_function),
        ("isolation forest", "PyOD", offbeat.IsolationForestDetector, trees.decision_function),
        ("matrix profile", "stumpy.mass", offbeat.MatrixProfileDetector, lambda row: stumpy.mass(row[0], past)),
        (
            "profile, five comparisons",
            "stumpy.stumpi, one",
            offbeat.ProfileDetector,
            lambda row: one.update(row[0, -1]),
        ),
    ):
        online = offbeat.OnlineDetector(detector(window=WINDOW).fit(recording[:LEARNED]))
        online.update(recording[LEARNED:15_000])
        ours, peer = step_of(online, recording[15_000:], peer_step, n)
        yield f"{name}, a step of a stream; {peer_name}", "µs", ours, peer


def step_of(
    online: offbeat.OnlineDetector, recording: Any, peer_step: Callable[[Any], Any], n: int
) -> tuple[float, float]:
    """Return how long a step of a stream takes, and what the peer takes for its newest window, in µs."""
    values, windows = iter(np.tile(recording, 10)), sliding_window_view(recording, WINDOW)
    ours, peer = fastest(
        lambda: [online.score_one(next(values)) for _ in range(n)],
        lambda: [peer_step(windows[row : row + 1]) for row in range(max(n // 10, 5))],
    )
    return 1e6 / n * ours, 1e6 / max(n // 10, 5) * peer


def panel(scale: int) -> Rows:
    """Fit a model of 2,000 time steps each for many keys, in this process."""
    series = [wave(2_000, seed=number) for number in range(2 * scale)]

    def ours() -> None:
        for values in series:
            offbeat.PCADetector(window=50).fit(values)

    def theirs() -> None:
        for values in series:
            PyODPCA(n_components=8).fit(sliding_window_view(values, 50))

    fit, peer = fastest(ours, theirs)
    per = 1e3 / len(series)
    yield "PCA, fit with thresholds by folds, a key; PyOD's one fit", "ms", per * fit, per * peer
    with tempfile.TemporaryDirectory() as folder:
        detector = offbeat.PCADetector(window=50).fit(series[0])
        save = min(seconds(lambda: detector.save(Path(folder) / "model")) for _ in range(5))
    yield "PCA, saving a model; PyOD's one fit", "ms", 1e3 * save, per * peer


def compiling(scale: int) -> Rows:
    """Compile the loops, in processes of their own; peer: importing numba, which is part of it."""
    for what, module in COMPILED.items():
        ours, peer = (processor_time(f"import offbeat.detectors.scoring.{module}"), processor_time("import numba"))
        yield f"compiling the loops of {what}; importing numba", "s", ours, peer


def plain(scale: int) -> Rows:
    """Compare the windows of a series by NumPy, as where numba is not installed; peer: by the compiled loops."""
    code = (
        "import sys; {}; import numpy as np; from offbeat.detectors.scoring.joins import look_back; "
        "walk = np.random.default_rng(0).standard_normal({}).cumsum(); look_back(walk, 100, 2_000, 8_000)"
    )
    for n in (3_000, 1_200 * scale + 1_000):
        ours, peer = (processor_time(code.format(first, n)) for first in ("sys.modules['numba'] = None", "pass"))
        yield f"a profile of {n:,} time steps by NumPy; compiled, with compiling", "s", ours, peer


COMPILED = {
    "the matrix profile": "correlation_kernel",
    "a profile": "kernels",
    "a stream of a profile": "stream_kernels",
}

PARTS: dict[str, Callable[[int], Rows]] = {
    "matrix-profile": matrix_profile,
    "forest": forest,
    "pca": pca,
    "streams": streams,
    "panel": panel,
    "compiling": compiling,
    "plain": plain,
    "threads": threads,
}


def wave(n: int, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return a noisy wave, ``(n,)``."""
    return np.sin(np.arange(n) / 20) + 0.1 * np.random.default_rng(seed).normal(size=n)


def in_batches(call: Callable[[Any], Any], rows: Any) -> None:
    """Call a function with a batch after the other, as detectors do."""
    for start in range(0, len(rows), BATCH):
        call(rows[start : start + BATCH])


def by_batches(recording: Any, mean: Any, components: Any) -> Any:
    """Return the reconstruction errors of windows, folded by their mean, the obvious way."""
    windows = sliding_window_view(((recording - recording.mean()) / recording.std()).astype(np.float32), WINDOW)
    scores = []
    for start in range(0, len(windows), BATCH):
        rows = windows[start : start + BATCH].astype(np.float64)
        scores.append(np.square((rows - mean) @ components.T @ components + mean - rows).mean(axis=1))
    return np.convolve(np.concatenate(scores), np.full(WINDOW, 1 / WINDOW))


def fastest(
    ours: Call, peer: Call, turns: int = 5, clock: Call = time.process_time, how: Any = min
) -> tuple[float, float]:
    """Return the seconds of the fastest of a few calls of each, which take turns."""
    taken = np.array([(seconds(ours, clock), seconds(peer, clock)) for _ in range(turns)])
    return float(how(taken[:, 0])), float(how(taken[:, 1]))


def seconds(call: Call, clock: Call = time.process_time) -> float:
    """Return how long a call takes."""
    begin = clock()
    call()
    return float(clock() - begin)


def processor_time(statement: str) -> float:
    """Return the processor time that a statement takes in a new process, beside that of starting it."""

    def used(text: str) -> float:
        code = f"import time; {text}; print(time.process_time())"
        return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)

    return min(used(statement) for _ in range(3)) - min(used("pass") for _ in range(3))


@contextmanager
def busy() -> Iterator[None]:
    """Keep all processors busy with other work inside."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processors())]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


if __name__ == "__main__":
    main()
