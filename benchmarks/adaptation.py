"""What a few minutes of corrected beats gain: ``python benchmarks/adaptation.py FOLDER``.

The folder holds ``mitdb`` (the MIT-BIH Arrhythmia Database: DS2, of which the shipped classifier has seen no record)
and ``qtdb`` (the QT Database, from which it learned nothing), or one of them. The first five minutes of each record are
learned from, by its annotations, and the rest is compared beat by beat (EC57; escape beats from above count as N).
The settings of the adaptation were chosen on DS1, with classifiers that had learned from the other half of it, and on
the even records of the QT Database; DS2 and its odd records were looked at twice before they were final.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from offbeat.ecg.adapt import AdaptedRecord, adapt_record
from offbeat.ecg.ec57 import BeatComparison
from offbeat.errors import DataError
from offbeat.records import REFERENCE
from offbeat.records.mitbih import DS2

MINUTES = 5.0
CLASSES = {"S": "sveb", "V": "veb"}
QUARTERS = 4


def adapted(folder: Path, names: Iterable[str]) -> list[AdaptedRecord]:
    """Adapt to each record; those without beats in the first minutes are left out, and named."""
    found = []
    for name in names:
        try:
            found.append(adapt_record(folder / name, (folder / name).with_suffix(REFERENCE), minutes=MINUTES))
        except DataError as error:
            print(f"{name}: {error}")
    return found


def f1_of(comparisons: Sequence[BeatComparison], name: str) -> np.ndarray:
    """Return the F1 of each record, NaN where it has no such beats."""
    return np.array([getattr(one, f"{CLASSES[name]}_f1") for one in comparisons])


def print_results(title: str, found: Sequence[AdaptedRecord]) -> None:
    """Print mean F1 and gross figures before and after, and the mean change in each quarter of the records."""
    before, after = [one.before for one in found], [one.after for one in found]
    for name, figure in CLASSES.items():
        old, new = f1_of(before, name), f1_of(after, name)
        has = ~np.isnan(old)
        quarters = [part[has[part]] for part in np.array_split(np.arange(len(found)), QUARTERS)]
        changes = [f"{np.mean(new[part] - old[part]):+.3f}" if len(part) else "–" for part in quarters]
        print(f"{title:30} {name}  F1 {old[has].mean():.3f} -> {new[has].mean():.3f} ({has.sum()} records)", end="")
        print(f"  by quarter {' '.join(changes)}  gross Se / +P", end="")
        for comparisons in (before, after):
            gross = BeatComparison(title, np.sum([one.matrix for one in comparisons], axis=0))
            print(f"  {getattr(gross, f'{figure}_sensitivity'):.1%} / ", end="")
            print(f"{getattr(gross, f'{figure}_positive_predictivity'):.1%}", end="")
        print()


def print_records(found: Sequence[AdaptedRecord]) -> None:
    """Print each record that has ectopic beats: what was learned, and the F1 before and after."""
    for one in found:
        old, new = ([getattr(side, f"{figure}_f1") for figure in CLASSES.values()] for side in (one.before, one.after))
        if not np.isnan(old).all():
            learned = " ".join(f"{name} {count}" for name, count in one.learned.items() if count)
            shown = "  ".join(f"{n} {a:.3f} -> {b:.3f}" for n, a, b in zip(CLASSES, old, new, strict=True))
            print(f"  {one.model.record:10} {shown}  learned from {learned}")


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    qtdb = sorted(path.stem for path in (folder / "qtdb").glob(f"*{REFERENCE}"))
    parts = {"QT Database, even records": qtdb[::2], "QT Database, odd records": qtdb[1::2]}
    if (folder / "mitdb").is_dir():
        parts["MIT-BIH, DS2"] = sorted(DS2)
    for title, names in parts.items():
        if found := adapted(folder / ("mitdb" if title.startswith("MIT") else "qtdb"), names):
            print_results(title, found)
            print_records(found)


if __name__ == "__main__":
    main()
