"""One row for each record: the table of many records, and what is printed of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from offbeat.app.pages.intervals import median_intervals
from offbeat.app.pages.record import RecordResults
from offbeat.app.pages.rhythms import rhythm_headline
from offbeat.ecg.delineation import INTERVALS
from offbeat.ecg.plausibility import FEW_BEATS
from offbeat.files.regular import shorten as join_names
from offbeat.records.aami import CLASSES
from offbeat.tables import Table, json_ready
from offbeat.words import percent, printable, shorten

__all__ = ["COLUMNS", "failed_row", "left_out_note", "record_row", "table_of", "tables_of"]

COLUMNS = (
    "record",
    "error",
    "rhythm",
    "cautions",
    "notes",
    "leads",
    "sampling_rate",
    "duration_s",
    "unreadable_s",
    "quality",
    "beats",
    "doubtful",
    "reviewed",
    "changed",
    *CLASSES,
    "without_class",
    "mean_rate",
    "min_rate",
    "max_rate",
    "sdnn_ms",
    "rmssd_ms",
    "v_burden",
    "s_burden",
    "af_burden",
    "v_couplets",
    "s_couplets",
    "v_runs",
    "s_runs",
    "longest_v_run",
    "longest_s_run",
    "pauses",
    "longest_pause_s",
    *INTERVALS,
)
"""The columns of a table of records; rates are per minute, burdens and quality from 0 to 1, intervals medians."""

_TEXTS = ("record", "error", "rhythm", "cautions", "notes", "leads")
_RUNS = ("v_couplets", "s_couplets", "v_runs", "s_runs", "longest_v_run", "longest_s_run")
_COUNTS = ("beats", "doubtful", "reviewed", "changed", *CLASSES, "without_class", *_RUNS, "pauses")
_NUMBERS = tuple(name for name in COLUMNS if name not in (*_TEXTS, *_COUNTS))
_FIRST = {
    "longest_v_run": 2.0,
    "af_burden": 0.0,
    "pauses": 0.0,
    "longest_s_run": 2.0,
    "v_burden": 0.01,
    "s_burden": 0.01,
}
"""What makes a record worth a look above this, the gravest first."""
_SHOWN = {
    "record": "record",
    "rhythm": "rhythm",
    "v_burden": "V",
    "s_burden": "S",
    "longest_v_run": "longest V run",
    "longest_s_run": "longest S run",
    "pauses": "pauses",
}
_LONGEST, _SHORT = 500, 60  # characters of an error, and of a caution in a terminal


def record_row(name: str, results: RecordResults) -> dict[str, Any]:
    """Return the row of a classified record; None is undefined.

    Parameters
    ----------
    name : str
        What the table calls it.
    results : RecordResults
        What was found.

    Returns
    -------
    dict
        A value for each of :data:`COLUMNS`, plain and rounded to four digits.
    """
    rhythm, table, record = results.rhythm, results.classified.table, results.record
    row: dict[str, Any] = {
        "record": name,
        "error": "",
        "rhythm": rhythm_headline(rhythm),
        "cautions": results.caution(),
        "notes": "; ".join(record.notes),
        "leads": " ".join(record.channels),
        "sampling_rate": float(record.file_rate),
        "quality": float(table["quality"].mean()),
        "doubtful": int(table["doubtful"].sum()),
        "reviewed": results.review.reviewed if results.review else 0,
        "changed": results.review.changed if results.review else 0,
        **{name: rhythm.counts.get(name, 0) for name in CLASSES},
        "without_class": rhythm.counts.get("", 0),
        "v_couplets": rhythm.couplets.get("V", 0),
        "s_couplets": rhythm.couplets.get("S", 0),
        "pauses": len(rhythm.pauses),
        **(dict.fromkeys(INTERVALS) if results.waves is None else median_intervals(results.waves)),
    }
    for letter in "vs":
        lengths = [run.beats for run in rhythm.runs if run.pattern == letter.upper()]
        row |= {f"{letter}_runs": len(lengths), f"longest_{letter}_run": max(lengths, default=0)}
    row |= {name: getattr(rhythm, name) for name in COLUMNS if name not in row}
    plain: dict[str, Any] = json_ready({name: _rounded(row[name]) for name in COLUMNS})
    return plain


def failed_row(name: str, error: str) -> dict[str, Any]:
    """Return the row of a record that could not be classified, with the reason in a line."""
    texts = dict.fromkeys(_TEXTS, "")
    return {**dict.fromkeys(COLUMNS), **texts, "record": name, "error": shorten(" ".join(error.split()), _LONGEST)}


def table_of(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a table; counts are whole numbers also where one is missing."""
    table = pd.DataFrame(list(rows), columns=list(COLUMNS))
    for name in _NUMBERS:
        table[name] = table[name].astype(float)
    for name in _COUNTS:
        table[name] = table[name].astype("Int64")
    return table


def tables_of(records: pd.DataFrame, most: int = 20) -> list[Table]:
    """Return what to print of a table of records: all of them in numbers, those to look at first, and the failed ones.

    Parameters
    ----------
    records : DataFrame
        See :func:`table_of`.
    most : int
        Records shown.
    """
    done, failed = records[records["error"] == ""], records[records["error"] != ""]
    numbers = [
        ["records", f"{len(done):,}"],
        ["failed", f"{len(failed):,}"],
        ["hours", f"{done['duration_s'].sum() / 3600:,.1f}"],
        ["unreadable", percent(done["unreadable_s"].sum(), done["duration_s"].sum())],
        ["beats", f"{done['beats'].sum():,}"],
        ["records with atrial fibrillation or flutter", f"{(done['af_burden'] > 0).sum():,}"],
        ["records with runs of V", f"{(done['v_runs'] > 0).sum():,}"],
        ["records with pauses", f"{(done['pauses'] > 0).sum():,}"],
        ["records with cautions", f"{(done['cautions'] != '').sum():,}"],
    ]
    first = done[_worth_a_look(done)].sort_values(list(_FIRST), ascending=False, kind="stable")
    rows = [
        [*(row[name] for name in _SHOWN), shorten(row["cautions"], _SHORT)]
        for row in first.head(most).to_dict("records")
    ]
    note = f"{most} of {len(first):,}." if len(first) > most else ""
    left_out = records.attrs.get("left_out", [])
    wrong = failed[["record", "error"]].head(most).to_numpy().tolist()
    return [
        Table("All records", ["", "found"], numbers, note=left_out_note(left_out) if left_out else ""),
        Table("To look at first", [*_SHOWN.values(), "caution"], rows, ["", "", ".1%", ".1%"], note=note),
        Table(
            "Could not be classified",
            ["record", "why"],
            wrong,
            note=f"{most} of {len(failed):,}." * (len(failed) > most),
        ),
    ]


def left_out_note(tables: Sequence[str]) -> str:
    """Return which tables of a folder were not taken for records, why, and how to have them taken.

    Examples
    --------
    >>> left_out_note(["records/labels.csv"])
    "left out: labels.csv, a table beside WFDB headers with no column named like a lead of an ECG; if it is a ..."
    """
    one = ("a table", "it is a record", "it")
    what, are_records, them = one if len(tables) == 1 else ("tables", "they are records", "them")
    names = printable(join_names([Path(table).name for table in tables]))
    pattern = Path(tables[0]).parent / f"*{Path(tables[0]).suffix}"
    return (
        f"left out: {names}, {what} beside WFDB headers with no column named like a lead of an ECG; if {are_records}, "
        f"name {them}, or a pattern in quotes such as '{pattern}'"
    )


def _worth_a_look(records: pd.DataFrame) -> pd.Series:
    """Return which records have fibrillation, runs, pauses, many ectopic beats, or a caution.

    A caution that a record is short is no reason to look at it.
    """
    found = (records[list(_FIRST)].fillna(0).astype(float) > list(_FIRST.values())).any(axis=1)
    return found | ((records["cautions"] != "") & ((records["beats"] == 0) | (records["beats"] >= FEW_BEATS)))


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value
