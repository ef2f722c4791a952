"""How long one series takes as ONNX beside PyTorch, and how long a command takes to get ready: ratios from one run.

::

    OMP_NUM_THREADS=1 python benchmarks/portable.py            # about a minute
    OMP_NUM_THREADS=1 python benchmarks/portable.py --quick

The networks have the sizes of the defaults and weights that were never trained, because the time does not depend on
them. "network" is the network alone on scaled values, PyTorch in inference mode beside ONNX Runtime, both with one
thread; "one point" is ``OnlineDetector.score_one`` of the whole detector. Both sides take turns; times are processor
time.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

import offbeat
from offbeat import DeepAnT, DenseAutoencoder, Detector, LSTMAutoencoder, OnlineDetector, TrainConfig
from offbeat.cli.output import print_progress, print_tables
from offbeat.tables import Table
from result_files import write_results

ONE_EPOCH = TrainConfig(epochs=1, epoch_windows=64, progress=False)
DETECTORS: dict[str, Callable[[], Detector]] = {
    "LSTMAutoencoder, 140 steps": lambda: LSTMAutoencoder(window=140, train=ONE_EPOCH, error="mse"),
    "LSTMAutoencoder, one value a step": lambda: LSTMAutoencoder(
        window=140, values_per_step=1, train=ONE_EPOCH, error="mse"
    ),
    "DenseAutoencoder, 140 steps": lambda: DenseAutoencoder(window=140, train=ONE_EPOCH),
    "DeepAnT, window 10": lambda: DeepAnT(train=ONE_EPOCH),
}


def processor_time(work: Callable[[], object], calls: int) -> float:
    """Return the processor seconds of a call, the mean of some."""
    start = time.process_time()
    for _ in range(calls):
        work()
    return (time.process_time() - start) / calls


def in_turn(one: Callable[[], object], other: Callable[[], object], calls: int, turns: int) -> tuple[float, float]:
    """Return the median of each in microseconds."""
    one(), other()
    found = [(processor_time(one, calls), processor_time(other, calls)) for _ in range(turns)]
    return tuple(1e6 * median(side) for side in zip(*found, strict=True))  # type: ignore[return-value]


def compare(name: str, folder: Path, calls: int, turns: int) -> list[list[Any]]:
    """Return the rows of a detector: its network alone, and a point of a stream."""
    wave = np.sin(np.arange(600) / 9) + np.random.default_rng(0).normal(0, 0.1, 600)
    detector = DETECTORS[name]().fit(wave)
    portable = offbeat.load(detector.to_onnx(folder))
    n_read = detector.n_times_ - getattr(detector, "horizon", 0)
    rows = np.zeros((1, 1, n_read), dtype=np.float32)
    tensor = torch.from_numpy(rows)

    def alone() -> None:
        with torch.inference_mode():
            detector.network_(tensor)

    streams = [OnlineDetector(each) for each in (detector, portable)]
    for stream in streams:
        stream.update(wave)
    sides = {
        "network": (alone, lambda: portable.network_.run(rows)),
        "one point": tuple(lambda stream=stream: stream.score_one(0.5) for stream in streams),
    }
    found = []
    for what, (ours, other) in sides.items():
        torch_us, onnx_us = in_turn(ours, other, calls, turns)
        found.append([name, what, torch_us, onnx_us, torch_us / onnx_us])
    return found


def ready(detector: Detector, places: list[Path], turns: int) -> list[Any]:
    """Return the row of a new process that loads a model and scores one series."""

    def load(place: Path) -> float:
        code = f"import offbeat, resource; offbeat.load({str(place)!r}).predict([0.0] * {detector.n_times_}); " + (
            "used = resource.getrusage(resource.RUSAGE_SELF); print(used.ru_utime + used.ru_stime)"
        )
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        return 1e6 * float(said)

    times = [[load(place) for place in places] for _ in range(turns)]
    torch_us, onnx_us = (median(side) for side in zip(*times, strict=True))
    return [detector.name, "new process, load, score", torch_us, onnx_us, torch_us / onnx_us]


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer calls: a look, not a measurement")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the table there")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    calls, turns = (20, 3) if given.quick else (100, 9)
    rows: list[list[Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(DETECTORS):
            print_progress(f"measuring {name}")
            rows += compare(name, Path(folder) / str(number), calls, turns)
        detector = DeepAnT(train=ONE_EPOCH).fit(np.sin(np.arange(600) / 9))
        places = [detector.save(Path(folder) / "torch"), detector.to_onnx(Path(folder) / "onnx")]
        rows.append(ready(detector, places, 1 if given.quick else 3))
    columns = ["detector", "what", "PyTorch (µs)", "ONNX Runtime (µs)", "times as fast"]
    table = Table("One series at a time", columns, rows, ["", "", ",.0f", ",.0f", ".1f"])
    print_tables([table])
    write_results(given.json, [table])


if __name__ == "__main__":
    main()
