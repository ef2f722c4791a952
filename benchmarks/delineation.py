"""How far the marks of P, QRS and T lie from those of an expert: ``python benchmarks/delineation.py FOLDER``.

The folder holds ``qtdb``, records of the QT Database with the marks of its first expert (``.q1c``, some 30 beats each).
Errors are marks less his, in milliseconds; means and standard deviations are of the records, and averaged over them, as
papers have it. Nothing was fitted to these marks; the library's method, and which lead is read, were chosen by them.
Beside them stand the wavelet delineator of Martínez et al. (IEEE Trans. Biomed. Eng. 51(4), 2004), which takes for each
mark the better of two leads, on all 105 records, and the tolerances of the CSE group.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from offbeat.ecg.classify import classify_record
from offbeat.ecg.delineation import WAVES, delineate
from offbeat.ecg.opening import as_record
from offbeat.records import read_annotations
from offbeat.records.aami import AAMI

PUBLISHED = {
    "p_on": (2.0, 14.8),
    "p_peak": (3.6, 13.2),
    "p_off": (1.9, 12.8),
    "qrs_on": (4.6, 7.7),
    "qrs_off": (0.8, 8.7),
    "t_peak": (0.2, 13.9),
    "t_off": (-1.6, 18.1),
}
"""Mean and standard deviation of the error, ms."""
TOLERANCE = {"p_on": 10.2, "p_off": 12.7, "qrs_on": 6.5, "qrs_off": 11.6, "t_off": 30.6}
"""Two standard deviations between experts, ms, by the CSE working party."""
REACH = 0.15  # seconds between the R peaks of one beat


def expert_marks(path: Path) -> pd.DataFrame:
    """Return the marks of an expert, a row a beat, with the place of its QRS complex as ``r``."""
    notes = read_annotations(path)
    rows: list[dict[str, int]] = []
    current: dict[str, int] = {}
    opened, wave = None, ""
    for place, symbol in zip(notes.samples.tolist(), notes.symbols.tolist(), strict=True):
        if symbol == "(":
            opened = place
        elif symbol == ")":
            current[f"{wave}_off"] = place
        else:
            wave = {"p": "p", "t": "t"}.get(symbol, "qrs" if symbol in AAMI else "")
            if wave == "p" or (wave == "qrs" and "r" in current):
                current = {}
            current["r" if wave == "qrs" else f"{wave}_peak"] = place
            if opened is not None:
                current[f"{wave}_on"] = opened
            if wave == "qrs":
                rows.append(current)
            opened = None
    return pd.DataFrame(rows)


def errors(path: Path) -> pd.DataFrame:
    """Return how far our marks of a record lie from the expert's, ms, and those of the QT interval."""
    expert, record = expert_marks(path), as_record(path.with_suffix(""))
    ours = delineate(record, classified := classify_record(record))
    places = classified.beats.samples
    nearest = np.abs(expert["r"].to_numpy()[:, None] - places).argmin(axis=1)
    same = np.abs(places[nearest] - expert["r"].to_numpy()) < REACH * record.sampling_rate
    expert, ours = expert[same].reset_index(drop=True), ours.iloc[nearest[same]].reset_index(drop=True)
    marks = expert.reindex(columns=list(WAVES)).astype(float)
    found = 1000 / record.sampling_rate * (ours[list(WAVES)] - marks)
    found["QT"] = ours["qt_ms"] - 1000 / record.sampling_rate * (marks["t_off"] - marks["qrs_on"])
    return found.assign(record=path.stem, missed_t=(ours["t_off"].isna() & marks["t_off"].notna()).astype(float))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    files = sorted((parser.parse_args().folder / "qtdb").glob("*.q1c"))
    found = pd.concat([errors(path) for path in files])
    halves = {"even": [path.stem for path in files[::2]], "odd": [path.stem for path in files[1::2]]}
    halves["all"] = [path.stem for path in files]
    print(f"{'':8}" + "".join(f"{half:>18}" for half in halves) + f"{'Martínez 2004':>18}{'CSE 2 s':>10}")
    for mark in (*WAVES, "QT"):
        cells = []
        for names in halves.values():
            of_record = found[found["record"].isin(names)].groupby("record")[mark].agg(["mean", "std"])
            cells.append(f"{of_record['mean'].mean():+.1f} ± {of_record['std'].mean():.1f}")
        published = "{:+.1f} ± {:.1f}".format(*PUBLISHED[mark]) if mark in PUBLISHED else ""
        print(f"{mark:8}" + "".join(f"{cell:>18}" for cell in [*cells, published]) + f"{TOLERANCE.get(mark, ''):>10}")
    print(
        f"{found['qrs_on'].notna().sum():,} beats of {len(files)} records; T missed in {found['missed_t'].mean():.1%}"
    )


if __name__ == "__main__":
    main()
