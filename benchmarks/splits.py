"""How much of a figure on ECG5000 is the split: detectors on many random splits of the normal beats."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from offbeat import normal_split
from offbeat.cli.output import print_tables
from offbeat.data import load
from offbeat.detectors.registry import detector_class
from offbeat.tables import Table
from offbeat.words import NOTICE
from result_files import write_results

FIGURES = ("AUROC", "sensitivity", "specificity")


def figures(name: str, beats: Any, seed: int) -> tuple[float, ...]:
    """Return the figures of a detector on one split, at the threshold that its held-out beats set."""
    split = normal_split(beats, "1", seed=seed)
    detector = detector_class(name)().fit(split.train, validation=split.validation)
    found = detector.evaluate(split.evaluation, "1", n_bootstrap=0)
    return found.auroc.value, found.sensitivity, found.specificity


def main() -> None:
    """Run each detector on each split, and show means, standard deviations and the lowest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--detectors", nargs="+", default=["pca", "knn", "dense-autoencoder"])
    parser.add_argument("--seeds", nargs=2, type=int, default=(100, 120), help="the first, and the one after the last")
    parser.add_argument("--data", type=Path, help="the folder with the data sets")
    parser.add_argument("--json", type=Path, help="where to write the table")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    beats = load("ecg5000", data_dir=asked.data)
    rows: list[list[Any]] = []
    for name in asked.detectors:
        seen = np.array([figures(name, beats, seed) for seed in range(*asked.seeds)])
        spread = zip(seen.mean(axis=0), seen.std(axis=0, ddof=1), seen.min(axis=0), strict=True)
        rows.append([name, len(seen), *(figure for three in spread for figure in three)])
    heads = [head for figure in FIGURES for head in (figure, f"{figure} SD", f"lowest {figure}")]
    formats = ["", "", *[".4f"] * 3, *[".1%"] * 6]
    tables = [Table("Random splits of ECG5000", ["detector", "splits", *heads], rows, formats)]
    print_tables(tables)
    write_results(asked.json, tables, notice=NOTICE)


if __name__ == "__main__":
    main()
