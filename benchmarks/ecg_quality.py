"""Whether what is no ECG is told from what is, and whether a V can be believed: ``python benchmarks/ecg_quality.py``.

Needs, in ``$OFFBEAT_DATA`` or the folder given by ``--data``: ``cinc2017`` (strips of a hand-held recorder, labelled
normal, fibrillation, other, noise), ``cinc2011`` (12-lead records, acceptable or not), ``qtdb`` and ``mitdb``; what is
missing is left out. Rules were chosen on the records at even positions of each sorted list; the odd ones are the test.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from offbeat.ecg.classified import ClassifiedRecord
from offbeat.ecg.classify import classify_record
from offbeat.ecg.ec57 import BeatComparison, compare_beats
from offbeat.ecg.leads import lead_quality
from offbeat.records import Record, open_record, read_annotations
from offbeat.records.mitbih import DS2
from offbeat.tables import Table

RATE, SECONDS, STRIPS = 250.0, 60, 8  # of each kind of noise
ALONE = 5.0  # seconds from the next beat, beyond which time counts as taken for readable, without any beat

Signal = npt.NDArray[np.float64]
Row = list[str | float]


def white(rng: np.random.Generator, n: int) -> Signal:
    """Return noise of equal power at all frequencies."""
    return rng.normal(size=n)


def pink(rng: np.random.Generator, n: int) -> Signal:
    """Return noise whose power falls with the frequency."""
    spectrum = np.fft.rfft(rng.normal(size=n))
    return np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)), n)


def walk(rng: np.random.Generator, n: int) -> Signal:
    """Return a random walk."""
    return np.cumsum(rng.normal(size=n))


def muscle(rng: np.random.Generator, n: int) -> Signal:
    """Return noise from 20 to 100 Hz whose loudness changes, as that of a muscle."""
    spectrum, frequencies = np.fft.rfft(rng.normal(size=n)), np.fft.rfftfreq(n, 1 / RATE)
    spectrum[(frequencies < 20) | (frequencies > 100)] = 0
    effort = np.interp(np.arange(n), np.linspace(0, n, 2 * SECONDS), rng.uniform(0.3, 1.5, 2 * SECONDS))
    return np.fft.irfft(spectrum, n) * effort


def motion(rng: np.random.Generator, n: int) -> Signal:
    """Return a random walk without its slow part, as an electrode that moves gives."""
    path = walk(rng, n)
    return path - np.convolve(path, np.ones(int(RATE)) / RATE, "same")


NOISES = (white, pink, walk, muscle, motion)


def noise_strips() -> Iterator[tuple[Callable[..., Signal], Record]]:
    """Yield a minute of each kind of noise at a time, of 0.1 to 1 mV (root mean square)."""
    for seed in range(STRIPS):
        for kind in NOISES:
            rng = np.random.default_rng([seed, NOISES.index(kind)])
            values = kind(rng, int(RATE * SECONDS))
            size = 10 ** rng.uniform(-1, 0)
            values = (values - values.mean()) * size / values.std()
            yield kind, Record.from_array(values, sampling_rate=RATE, channels=["ECG"], name=f"{kind.__name__}{seed}")


def labels(folder: Path) -> dict[str, str]:
    """Return the label of each record of a folder, in order of their names."""
    with (folder / "REFERENCE.csv").open() as file:
        return dict(sorted((row[0], row[1]) for row in csv.reader(file) if len(row) == 2))


def trusted_share(found: ClassifiedRecord) -> float:
    """Return the share of time that is neither unreadable nor that of a doubtful beat."""
    beats = found.beats
    times = np.arange(0, beats.n_times, beats.sampling_rate / 10)
    trusted = np.ones(len(times), bool)
    if len(beats):
        distance = np.abs(times[:, None] - beats.samples[None, :])
        trusted = ~beats.doubtful[distance.argmin(axis=1)] | (distance.min(axis=1) > ALONE * beats.sampling_rate)
    for span in beats.unreadable:
        trusted &= ~((times >= span.start) & (times < span.stop))
    return float(trusted.mean())


def strip_row(what: str, half: str, strips: Sequence[ClassifiedRecord]) -> Row:
    """Return what was made of strips: the share with a V, and of the time what can be read and is beyond doubt."""
    with_v = np.mean([(found.table["class"] == "V").any() for found in strips])
    read = np.mean([1 - sum(map(len, found.beats.unreadable)) / found.beats.n_times for found in strips])
    trusted = np.mean([trusted_share(found) for found in strips])
    return [what, half, len(strips), f"V in {with_v:.1%}", f"readable {read:.1%}, beyond doubt {trusted:.1%}"]


def comparison(path: Path) -> BeatComparison:
    """Compare what is found in a record with its annotations (EC57, but from the first beat on)."""
    test = classify_record(open_record(path)).annotations()
    return compare_beats(read_annotations(path.with_suffix(".atr")), test, start=0)


def beats_row(what: str, half: str, compared: Sequence[BeatComparison]) -> Row:
    """Return how beats and ventricular beats are found in annotated records."""

    def count(rows: str, columns: str) -> int:
        return sum(one.count(rows, columns) for one in compared)

    hit, missed, extra = count("NSVFQ", "nsvfq"), count("NSVFQ", "ox"), count("OX", "nsvfq")
    v, v_missed, v_false = count("V", "v"), count("V", "nsfqox"), count("NSOX", "v")  # VEB of F and Q do not count
    return [
        what,
        half,
        len(compared),
        f"VEB Se {v / max(1, v + v_missed):.2%}, +P {v / max(1, v + v_false):.2%}",
        f"QRS F1 {2 * hit / (2 * hit + missed + extra):.3%}",
    ]


def halves(items: Sequence[str]) -> dict[str, list[str]]:
    """Return the items at even positions, and those at odd ones."""
    return {"even": list(items[::2]), "odd": list(items[1::2])}


def noise_rows() -> Iterator[Row]:
    """Yield what becomes of synthetic noise."""
    found = [(kind.__name__, classify_record(strip)) for kind, strip in noise_strips()]
    for half, at in (("even", 0), ("odd", 1)):
        # Strips of one seed stand together.
        mine = [pair for i, pair in enumerate(found) if i // len(NOISES) % 2 == at]
        yield strip_row("synthetic noise", half, [one for _, one in mine])
        for kind in NOISES:
            yield strip_row(f"  {kind.__name__}", half, [one for name, one in mine if name == kind.__name__])


def strip_rows(folder: Path) -> Iterator[Row]:
    """Yield what becomes of the strips of each label."""
    named = labels(folder)
    for half, names in halves(list(named)).items():
        found = {name: classify_record(open_record(folder / name)) for name in names}
        for label, what in (("~", "noise"), ("N", "normal"), ("A", "fibrillation"), ("O", "other")):
            yield strip_row(f"cinc2017 {what}", half, [found[name] for name in names if named[name] == label])


def twelve_lead_rows(folder: Path) -> Iterator[Row]:
    """Yield how well quality tells acceptable records of 12 leads, and how many of them could not be read."""
    named = labels(folder)
    for half, names in halves(list(named)).items():
        good = np.array([named[name] == "acceptable" for name in names])
        quality = np.array([twelve_lead_quality(folder / name) for name in names])
        found = [classify_record(str(folder / name)) for name in names]
        lost = np.array([sum(map(len, one.beats.unreadable)) > 0.5 * one.beats.n_times for one in found])
        yield [
            "cinc2011",
            half,
            len(names),
            f"AUC of quality {roc_auc_score(good, quality):.3f}",
            f"unreadable: {lost[good].sum()} of {good.sum()} acceptable, {lost[~good].sum()} of {(~good).sum()} others",
        ]


def twelve_lead_quality(path: Path) -> float:
    """Return the quality of a record whose leads are all wanted: the mean over its leads and time."""
    return float(lead_quality(open_record(path)).mean())


def annotated_rows(folder: Path, chosen: Sequence[str] | None = None, what: str = "") -> Iterator[Row]:
    """Yield how beats are found and named in the records of a folder."""
    names = sorted(path.stem for path in folder.glob("*.atr") if chosen is None or path.stem in chosen)
    compared = {name: comparison(folder / name) for name in names}
    for half, part in {**halves(names), "all": names}.items():
        yield beats_row(what or folder.name, half, [compared[name] for name in part])


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("OFFBEAT_DATA", "data")))
    parser.add_argument("--only", nargs="*", help="some of: synthetic cinc2017 cinc2011 qtdb mitdb ds2")
    asked = parser.parse_args()
    parts: Mapping[str, Callable[[], Iterator[Row]]] = {
        "synthetic": noise_rows,
        "cinc2017": lambda: strip_rows(asked.data / "cinc2017"),
        "cinc2011": lambda: twelve_lead_rows(asked.data / "cinc2011"),
        "qtdb": lambda: annotated_rows(asked.data / "qtdb"),
        "mitdb": lambda: annotated_rows(asked.data / "mitdb"),
        "ds2": lambda: annotated_rows(asked.data / "mitdb", DS2, "DS2"),
    }
    chosen = [part for part in asked.only or parts if part == "synthetic" or _there(asked.data, part)]
    rows = [row for part in chosen for row in parts[part]()]
    table = Table("Readability", ["data", "half", "records", "ventricular", "time"], rows)
    for cells in [table.columns, *table.cells()]:
        print("  ".join(f"{cell:{width}}" for cell, width in zip(cells, (22, 4, 7, 36, 1), strict=True)))


def _there(data: Path, part: str) -> bool:
    return (data / ("mitdb" if part == "ds2" else part)).is_dir()


if __name__ == "__main__":
    main()
