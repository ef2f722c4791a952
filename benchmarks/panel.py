"""Many series by key: time and memory of a model each, beside a plain loop over PyOD, and what a kill in between costs.

    python benchmarks/panel.py --keys 1000 10000 --workers 1 2 --ray

Every figure comes of a process of its own, one after the other, so that peaks of memory do not mix.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

WINDOW, N_TIMES, N_COMPONENTS = 50, 2000, 8
FIT = ("--detector", "pca", "--set", f"window={WINDOW}", "--set", f"n_components={N_COMPONENTS}")


def main() -> None:
    """Measure what is asked for, and print a line of JSON for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, nargs="+", default=[1000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--ray", action="store_true", help="on a Ray cluster of this machine, too")
    parser.add_argument("--pyod", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.pyod is not None:
        _pyod(asked.pyod)
        return
    with tempfile.TemporaryDirectory() as place:
        for n in asked.keys:
            _measure(Path(place), n, asked.workers, with_ray=asked.ray)


def _measure(place: Path, n: int, workers: list[int], *, with_ray: bool) -> None:
    data = place / f"series-{n}"
    _write_series(data, n)
    _tell(keys=n, what="PyOD's PCA in a loop", **_run([sys.executable, __file__, "--pyod", str(data)], n))
    for number in workers:
        models, where = place / f"models-{n}-{number}", ("--workers", str(number))
        _tell(keys=n, what=f"fit --each, {number} workers", **_run(_fit(data, models, *where), n))
        quick = ("--set", "calibration=held-out")
        held_out = place / "held-out"
        _tell(keys=n, what=f"the same, held-out, {number} workers", **_run(_fit(data, held_out, *where, *quick), n))
        shutil.rmtree(held_out)
    if with_ray:
        on_ray = place / f"models-{n}-ray"
        _tell(keys=n, what="fit --each, Ray, this machine", **_run(_fit(data, on_ray, "--ray", "local"), n))
        shutil.rmtree(on_ray)
    where = ("--workers", str(workers[-1]))
    models = place / f"models-{n}-{workers[-1]}"
    _tell(keys=n, what="the same again: all is done", **_run(_fit(data, models, *where), n))
    for form in ("csv", "parquet"):
        out = ("--format", form, "--out", str(place / f"scores-{n}-{form}"))
        scored = [sys.executable, "-m", "offbeat", "score", str(data), "--model", str(models), *where, *out]
        _tell(keys=n, what=f"score, {form} of each, {workers[-1]} workers", **_run(scored, n))
    _tell(keys=n, what="open the models", **_open(models))
    _tell(keys=n, what="killed in the middle and begun again", **_killed(data, place / f"killed-{n}", models, *where))


def _write_series(data: Path, n: int) -> None:
    data.mkdir()
    for number in range(n):
        rng = np.random.default_rng(number)
        wave = np.sin(np.arange(N_TIMES) / 20 + rng.uniform(0, 6)) + rng.normal(0, 0.1, N_TIMES)
        np.save(data / f"host{number:05d}.npy", wave)


def _fit(data: Path, models: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "offbeat", "fit", str(data), *FIT, "--each", "--out", str(models), *more]


def _run(command: list[str], n: int) -> dict[str, Any]:
    """Run a command in a process of its own, and return its seconds and the peak of its memory."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    watched = [sys.executable, "-c", _WATCH, *command]
    ended = subprocess.run(watched, capture_output=True, text=True, check=False)
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode:
        raise SystemExit(ended.stderr[-500:])
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "seconds": round(seconds, 1),
        "ms_a_key": round(1000 * seconds / n, 2),
        "cpu_seconds": round(used, 1),
        "largest_process_mib": round(int(ended.stdout.splitlines()[-1]) / 1024),
    }


_WATCH = """
import resource, subprocess, sys
ended = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(ended.returncode)
"""


def _open(models: Path) -> dict[str, Any]:
    from offbeat import ModelStore

    begun = time.perf_counter()
    store = ModelStore(models)
    opened = time.perf_counter()
    store["host00000"]
    return {
        "open_ms": round(1000 * (opened - begun), 2),
        "load_one_ms": round(1000 * (time.perf_counter() - opened), 1),
    }


def _killed(data: Path, models: Path, whole: Path, *where: str) -> dict[str, Any]:
    """Kill a run in the middle, begin it again, and compare all that is there with a run that was not."""
    n = len(list(data.iterdir()))
    with subprocess.Popen(_fit(data, models, *where), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and sum(1 for _ in models.glob("*.json")) < n // 3:
            time.sleep(0.2)
        process.send_signal(signal.SIGKILL)
    time.sleep(2.0)  # workers end with their parent
    done = sum(1 for _ in models.glob("*.json"))
    subprocess.run(_fit(data, models, *where), capture_output=True, check=True)
    files = [path.relative_to(whole) for path in whole.rglob("*") if path.is_file()]
    same = all((models / path).read_bytes() == (whole / path).read_bytes() for path in files)
    more = {path.relative_to(models) for path in models.rglob("*") if path.is_file()} - set(files)
    return {"done_when_killed": done, "equal": same, "left_over": len(more)}


def _pyod(data: Path) -> None:
    from pyod.models.pca import PCA

    for path in sorted(data.iterdir()):
        windows = np.lib.stride_tricks.sliding_window_view(np.load(path), WINDOW)
        PCA(n_components=N_COMPONENTS).fit(windows)


def _tell(**figures: Any) -> None:
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
