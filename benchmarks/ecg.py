"""How well and how fast R peaks are found, and what it takes to classify a day: ``python benchmarks/ecg.py``.

Needs the MIT-BIH database (``offbeat data get kaggle-mitbih``). R peaks count as found within 150 ms of an annotated
beat (EC57); ventricular flutter, in which there are no beats, is left out.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from offbeat.data import find
from offbeat.ecg.ec57 import compare_beats
from offbeat.ecg.rpeaks import METHODS, find_r_peaks, library_r_peaks
from offbeat.records import Annotations, open_record, read_annotations
from offbeat.records.mitbih import RECORDS

RATE = 360


def r_peaks(methods: list[str]) -> None:
    """Print sensitivity, positive predictivity and F1 over all records, and the time per 24 h."""
    print("R peaks, 48 records, first lead, 150 ms, whole records without ventricular flutter")
    for method in methods:
        hit = extra = missed = missed_v = n_v = 0
        spent = 0.0
        for record in RECORDS:
            header, *_ = find(f"mitdb/{record}").fetch()
            signal = open_record(header.with_suffix("")).read(channels=[0])[:, 0].astype(float)
            began = time.process_time()
            found = library_r_peaks(signal, RATE) if method == "library" else find_r_peaks(signal, RATE, method=method)
            spent += time.process_time() - began
            beats = Annotations(found, ["N"] * len(found), RATE)
            compared = compare_beats(read_annotations(header.with_suffix(".atr")), beats, start=0)
            hit += compared.count("NSVFQ", "nsvfq")
            missed += compared.count("NSVFQ", "ox")
            extra += compared.count("OX", "nsvfq")
            missed_v += compared.count("V", "ox")
            n_v += compared.count("V", "nsvfqox")
        f1 = 2 * hit / (2 * hit + missed + extra)
        hours = len(RECORDS) * 650_000 / RATE / 3600
        print(
            f"{method:9} F1 {f1:.2%}  Se {hit / (hit + missed):.2%}  +P {hit / (hit + extra):.2%}  "
            f"V missed {missed_v} of {n_v}  {spent / hours * 24:.1f} s per 24 h"
        )


def long_record(folder: Path, hours: float) -> Path:
    """Write one lead of records of the database, one after the other, until it lasts so many hours."""
    path = folder / f"day{hours:g}"
    n_times = int(hours * 3600 * RATE)
    with path.with_suffix(".dat").open("wb") as out:
        written, i = 0, 0
        while written < n_times:
            header, *_ = find(f"mitdb/{RECORDS[i % len(RECORDS)]}").fetch()
            piece = open_record(header.with_suffix("")).read(channels=[0])[:, 0][: n_times - written]
            out.write(np.round(piece * 200).astype("<i2").tobytes())
            written, i = written + len(piece), i + 1
    header = f"{path.name} 1 {RATE} {n_times}\n{path.name}.dat 16 200(0)/mV 12 0 0 0 0 II\n"
    path.with_suffix(".hea").write_text(header)
    return path


def classify(path: Path) -> None:
    """Classify a record in this process, and print seconds and peak memory."""
    from offbeat.ecg.classify import classify_record

    began = time.perf_counter()
    found = classify_record(open_record(path))
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{found.duration / 3600:5.1f} h  {len(found.table):7,} beats  {seconds:6.1f} s  peak {peak:.2f} GB", flush=True
    )


def days(hours: list[float]) -> None:
    """Classify records of several lengths, each in a process of its own."""
    print("classify, one lead, fast")
    with tempfile.TemporaryDirectory() as folder:
        for length in hours:
            path = long_record(Path(folder), length)
            subprocess.run([sys.executable, __file__, "--classify", str(path)], check=True)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classify", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="the fast methods, and 1 and 6 hours only")
    asked = parser.parse_args()
    if asked.classify:
        classify(asked.classify)
        return
    # First, while this process is small: to Linux, a process begins with the peak memory of the one that starts it.
    days([1, 6] if asked.quick else [1, 6, 24, 48])
    r_peaks(["library", "fast"] if asked.quick else ["library", *METHODS])


if __name__ == "__main__":
    main()
