"""Time and memory to read a long table, beside pandas: each reads the same file in a process of its own.

Run with ``python benchmarks/reading.py [ROWS]``; 5 million rows take about a minute and 270 MB of disk.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 5_000_000
_CHUNK = 500_000
_READERS = {
    "pandas.read_csv": "import pandas; pandas.read_csv({!r}, parse_dates=['timestamp'])",
    "offbeat.data.read": "import offbeat.data; offbeat.data.read({!r})",
}


def write(path: Path, n_rows: int) -> None:
    """Write a timestamp a second and three floats: of all digits, of four decimals and of two."""
    rng = np.random.default_rng(0)
    with path.open("w") as file:
        file.write("timestamp,a,b,c\n")
        for start in range(0, n_rows, _CHUNK):
            n = min(_CHUNK, n_rows - start)
            times = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(start, start + n), unit="s")
            columns = {"a": rng.normal(size=n), "b": rng.normal(size=n).round(4), "c": rng.normal(100, 1, n).round(2)}
            pd.DataFrame({"t": times.strftime("%Y-%m-%d %H:%M:%S"), **columns}).to_csv(file, header=False, index=False)


def run(code: str) -> tuple[float, float]:
    """Return the processor seconds and the peak of memory (MB) of a process, its start included."""
    measured = f"import resource; {code}; used = resource.getrusage(resource.RUSAGE_SELF); "
    measured += "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)"
    done = subprocess.run([sys.executable, "-c", measured], capture_output=True, check=True, text=True)
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak


def main() -> None:
    """Write the file, read it three times each way in turn, and print the best of each with its ratio."""
    n_rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "long.csv")
        began = time.perf_counter()
        write(path, n_rows)
        print(f"{n_rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB, written in {time.perf_counter() - began:.0f} s")
        runs = {name: [run(code.format(str(path)))] for name, code in _READERS.items()}
        for _ in range(2):
            for name, code in _READERS.items():
                runs[name].append(run(code.format(str(path))))
    best = {name: np.min(figures, axis=0) for name, figures in runs.items()}
    for name, (seconds, peak) in best.items():
        print(f"{name:18} {seconds:6.2f} s of a processor, {peak:6,.0f} MB at most")
    ratio = best["offbeat.data.read"] / best["pandas.read_csv"]
    print(f"offbeat takes {ratio[0]:.2f} times the time and {ratio[1]:.2f} times the memory of pandas")


if __name__ == "__main__":
    main()
