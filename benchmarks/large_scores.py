"""Score a Parquet file larger than memory: points a second and peak memory, in one process, in two, and on Ray.

::

    python benchmarks/large_scores.py                       # 100 million rows: about 400 MB on disk, some minutes
    python benchmarks/large_scores.py --rows 10_000_000 --workers 1 2 --ray

Each run is a process of its own, whose peak memory the system tells (of a run with workers, that of the main process).
Beside them stands the time in which the same file is merely read.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import offbeat
from offbeat.app.large_scores import score_file
from offbeat.cli.output import print_progress, print_tables
from offbeat.data.readers.parquet_pieces import ParquetRecording
from offbeat.tables import Table
from result_files import write_results

BLOCK = 1_000_000
WINDOW = 50


def main() -> None:
    """Measure, print and write; or, in a process of its own, make one run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--ray", action="store_true", help="on a Ray cluster of this machine, too")
    parser.add_argument("--folder", type=Path, help="where to keep the file; a temporary folder if not given")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--run", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.run:
        one_run(wanted.folder, json.loads(wanted.run))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = wanted.folder or Path(temporary)
        prepare(folder, wanted.rows)
        runs: list[dict[str, Any]] = [{"name": "reading alone"}]
        runs += [{"name": f"{n} process{'es'[: 2 * (n > 1)]}", "workers": n} for n in wanted.workers]
        runs += [{"name": "Ray, this machine", "ray": "local"}] * wanted.ray
        rows = [measured(folder, run, wanted.rows) for run in runs]
    columns = ["run", "seconds", "points/s", "peak memory (MB)"]
    about = f"{wanted.rows:,} rows of one channel, PCA of windows of {WINDOW}"
    tables = [Table(f"Scoring from Parquet to Parquet: {about}", columns, rows, ["", ".1f", ",.0f", ",.0f"])]
    print_tables(tables)
    write_results(wanted.json, tables)


def prepare(folder: Path, n_rows: int) -> None:
    """Write the file and a model, unless they are there."""
    import pyarrow as pa
    from pyarrow import parquet

    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "model").exists():
        offbeat.PCADetector(window=WINDOW).fit(wave(0, 200_000)).save(folder / "model")
    place = folder / f"{n_rows}.parquet"
    (folder / "data.parquet").unlink(missing_ok=True)
    (folder / "data.parquet").symlink_to(place.name)
    if place.exists():
        return
    schema = pa.schema([("time", pa.timestamp("ms")), ("load", pa.float64())])
    with parquet.ParquetWriter(place, schema) as writer:
        for start in range(0, n_rows, BLOCK):
            steps = np.arange(start, min(start + BLOCK, n_rows))
            times = np.datetime64("2023-01-01", "ms") + steps * np.timedelta64(1000, "ms")
            columns = {"time": times, "load": wave(start, len(steps))}
            writer.write_table(pa.table(columns, schema=schema))


def wave(start: int, n: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return a stretch of a noisy wave, the same however it is cut at blocks."""
    return np.round(np.sin(np.arange(start, start + n) / 300) + np.random.default_rng(start).normal(0, 0.1, n), 4)


def measured(folder: Path, run: dict[str, Any], n_rows: int) -> list[Any]:
    """Make a run in a process of its own and return its row."""
    print_progress(run["name"])
    command = [sys.executable, __file__, "--folder", str(folder), "--run", json.dumps(run)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    return [run["name"], found["seconds"], n_rows / found["seconds"], found["peak"]]


def one_run(folder: Path, run: dict[str, Any]) -> None:
    """Score the file and print seconds and peak memory."""
    source, out = folder / "data.parquet", folder / "scores.parquet"
    begin = time.perf_counter()
    if run.keys() == {"name"}:
        recording = ParquetRecording(source)
        for start in range(0, len(recording), BLOCK):
            recording.read(start, min(start + BLOCK, len(recording)))
    else:
        score_file(folder / "model", source, out, workers=run.get("workers"), ray=run.get("ray"))
    seconds = time.perf_counter() - begin
    out.unlink(missing_ok=True)
    sys.stdout.write(json.dumps({"seconds": seconds, "peak": peak_memory()}) + "\n")


def peak_memory() -> float:
    """Return the peak of this process (MB): since it began to run, where the system tells that."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    found = [float(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    return (found or [float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)])[0] / 1e3


if __name__ == "__main__":
    main()
