"""How well ECGs of other databases are classified: ``python benchmarks/ecg_unseen.py FOLDER``.

The classifier learned from half of the last of these alone. The folder holds ``qtdb`` (the QT Database: records with
beats in ``.atr``), ``cinc2017`` (strips of the PhysioNet/CinC Challenge 2017 and their ``REFERENCE.csv``) and ``mitdb``
(the MIT-BIH Arrhythmia Database), or some of them. Choose rules and thresholds on every other record by name, from the
first on ("even"), and on DS1 of the MIT-BIH database, and read them off the others ("odd"). The present ones were
chosen with the odd records in sight: only data that is not here can tell what they are worth. Choose nothing on DS2.
In it, one patient (232) has three quarters of all supraventricular beats: figures are with and without that record.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score, roc_auc_score

from offbeat.bench.heartbeats.tables import by_confidence
from offbeat.ecg.classify import classify_record
from offbeat.ecg.ec57 import BeatComparison, compare_beats
from offbeat.ecg.ec57.pairing import NONE, pair_beats
from offbeat.ecg.rhythm import rhythm_summary
from offbeat.records import Annotations, open_record, read_annotations
from offbeat.records.aami import AAMI, beat_classes
from offbeat.records.mitbih import DS2

HEALTHY = ("sel16", "sel17")  # the first letters of records of the MIT-BIH Normal Sinus Rhythm Database


def halves(names: Sequence[str]) -> dict[str, list[str]]:
    """Return the records that rules were chosen on, the others, and all."""
    return {"even": list(names[::2]), "odd": list(names[1::2]), "all": list(names)}


def beats_of(path: Path, cache: Path | None) -> pd.DataFrame:
    """Classify a record, or read its table of beats where it was classified before."""
    kept = None if cache is None else cache / f"{path.parent.name}_{path.name}.csv"
    if kept is not None and kept.exists():
        return pd.read_csv(kept, keep_default_na=False, na_values={"fibrillation": [""], "rr_pre_s": [""]})
    found = classify_record(open_record(path))
    table = found.table.assign(duration_s=found.duration)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(kept, index=False)
    return table


def annotations_of(table: pd.DataFrame, rate: float) -> Annotations:
    """Return the beats of a table as annotations."""
    return Annotations(table["sample"].to_numpy(), table["symbol"].to_numpy(str), rate)


def compared(folder: Path, names: Iterable[str], cache: Path | None) -> dict[str, BeatComparison]:
    """Compare the beats of records with their annotations, whole records; escape beats from above count as N."""
    found = {}
    for name in names:
        reference = read_annotations((folder / name).with_suffix(".atr"))
        table = beats_of(folder / name, cache)
        test = annotations_of(table, float(reference.sampling_rate or np.nan))
        found[name] = compare_beats(reference, test, start=0, record=name, classes=AAMI)
    return found


def print_beats(title: str, comparisons: Iterable[BeatComparison]) -> None:
    """Print the gross figures of records together."""
    every = BeatComparison(title, np.sum([one.matrix for one in comparisons], axis=0))
    print(
        f"{title:22} QRS {every.qrs_sensitivity:.2%} / {every.qrs_positive_predictivity:.2%}   "
        f"VEB {every.veb_sensitivity:.1%} / {every.veb_positive_predictivity:.1%}   "
        f"SVEB {every.sveb_sensitivity:.1%} / {every.sveb_positive_predictivity:.1%}   "
        f"({every.count('V', 'nsvfqox'):,} V, {every.count('S', 'nsvfqox'):,} S)"
    )


def print_healthy(comparisons: dict[str, BeatComparison]) -> None:
    """Print what was named ectopic in healthy people."""
    healthy = [one for name, one in comparisons.items() if name.startswith(HEALTHY)]
    beats, false_s, false_v = (sum(one.count("NSVFQ", column) for one in healthy) for column in ("nsvfq", "s", "v"))
    print(f"{len(healthy)} healthy people: false S {false_s} ({false_s / beats:.2%}), false V {false_v} of {beats:,}")


def named_beats(folder: Path, names: Iterable[str], cache: Path | None) -> pd.DataFrame:
    """Return the beats of records with the class by their annotations (O where there is none) as ``truth``."""
    tables = []
    for name in names:
        reference = read_annotations((folder / name).with_suffix(".atr"))
        table, classes = beats_of(folder / name, cache), beat_classes(reference.symbols)
        places, rate = reference.samples[classes != ""], float(reference.sampling_rate or np.nan)
        of_annotation, of_beat = pair_beats(places, table["sample"].to_numpy(), int(0.15 * rate))
        both = (of_annotation != NONE) & (of_beat != NONE)
        truth = np.full(len(table), "O")
        truth[of_beat[both]] = classes[classes != ""][of_annotation[both]]
        tables.append(table.assign(truth=truth))
    return pd.concat(tables)


def print_confidence(title: str, beats: pd.DataFrame) -> None:
    """Print the precision of each class by confidence, and the expected calibration error."""
    table = by_confidence(beats, f"{title}, precision by confidence")
    print(f"{table.title}: {', '.join(table.columns[1:])}")
    for cells in table.cells():
        print("  " + "  ".join(cells))


def print_fibrillation(folder: Path, cache: Path | None) -> None:
    """Print how well strips of atrial fibrillation are told from all others."""
    with (folder / "REFERENCE.csv").open() as lines:
        labels = {row[0]: row[1] for row in csv.reader(lines) if row}
    rows = []
    for name in sorted(labels):
        table = beats_of(folder / name, cache)
        probability = float(np.nan_to_num(table["fibrillation"]).mean()) if len(table) else 0.0
        duration = float(table["duration_s"].iloc[0]) if len(table) else 0.0
        episodes = rhythm_summary(table, duration).episodes
        found = any(episode.rhythm == "AFIB" for episode in episodes)
        rows.append((labels[name], probability, found))
    for part, chosen in {"even": rows[::2], "odd": rows[1::2], "all": rows}.items():
        truth, scores, found_ = zip(*((label == "A", score, found) for label, score, found in chosen), strict=True)
        print(
            f"fibrillation, {part:5} AUC {roc_auc_score(truth, scores):.3f}  F1 {f1_score(truth, found_):.3f}", end=""
        )
        print(f"  ({sum(truth)} of {len(truth)} strips)")


def main() -> None:
    """Run everything that the folder has data for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cache", type=Path, help="tables of beats are kept and read here: delete it after changes")
    asked = parser.parse_args()
    qtdb = asked.folder / "qtdb"
    if qtdb.is_dir():
        names = sorted(path.stem for path in qtdb.glob("*.atr"))
        found = compared(qtdb, names, asked.cache)
        for part, chosen in halves(names).items():
            print_beats(f"qtdb, {part}", [found[name] for name in chosen])
        print_healthy(found)
        for part, chosen in halves(names).items():
            print_confidence(f"qtdb, {part}", named_beats(qtdb, chosen, asked.cache))
    if (asked.folder / "cinc2017").is_dir():
        print_fibrillation(asked.folder / "cinc2017", asked.cache)
    if (asked.folder / "mitdb").is_dir():
        found = compared(asked.folder / "mitdb", DS2, asked.cache)
        print_beats("mitdb DS2", found.values())
        print_beats("mitdb DS2 without 232", [one for name, one in found.items() if name != "232"])


if __name__ == "__main__":
    main()
