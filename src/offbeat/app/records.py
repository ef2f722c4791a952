"""Which record a user means, and where what is written about it goes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from offbeat.data import find, names
from offbeat.errors import DataError, OutputError, ParameterError
from offbeat.files.regular import is_there
from offbeat.records import Record, open_record

__all__ = ["EXTENSION", "annotation_place", "check_endings", "open_any"]

EXTENSION = ".ofb"
"""Of the annotation files that offbeat writes."""

_RECORDS = "mitbih"  # what the catalogue calls the reader of ECG records
_LONGEST_POSITION = 10

_ENDINGS = {"table": (".csv", ".parquet"), "report": (".html", ".htm"), "json": (".json",)}


def open_any(
    name_or_path: str,
    *,
    leads: Sequence[str] | None = None,
    sampling_rate: float | None = None,
    units: str | None = None,
    data_dir: str | Path | None = None,
) -> Record:
    """Open a record by its path, or by its name in the catalogue; at most its first two leads.

    Parameters
    ----------
    name_or_path : str
        Such as ``records/200``, ``night.edf`` or ``mitdb/100``; a file of that name goes before the catalogue.
    leads : sequence of str, optional
        Names or numbers; the first two of the record where none are given.
    sampling_rate : float, optional
        Samples per second (Hz), for files that do not say it.
    units : str, optional
        Of the values: mV, uV or V, for files that do not say it.
    data_dir : str or Path, optional
        Where to look for the catalogue's data first.

    Raises
    ------
    DataError, ParameterError
        See :func:`~offbeat.records.open_record`.
    """
    path = _fetched(name_or_path, data_dir) if _is_known(name_or_path) else Path(name_or_path)
    chosen = [int(lead) if _is_position(lead) else lead for lead in leads or ()]
    opened = open_record(path, sampling_rate=sampling_rate, units=units, channels=chosen or None)
    if leads or len(opened.channels) <= 2:
        return opened
    return open_record(path, sampling_rate=sampling_rate, units=units, channels=opened.channels[:2])


def _fetched(name: str, data_dir: str | Path | None) -> Path:
    """Return where a record of the catalogue lies."""
    dataset = find(name)
    if dataset.reader != _RECORDS:
        raise DataError(f"{name} is no ECG record, but {dataset.title}: name a record, such as mitdb/100, or a file")
    return dataset.fetch(data_dir)[0]


def _is_position(lead: str) -> bool:
    return lead.isascii() and lead.isdecimal() and len(lead) < _LONGEST_POSITION


def annotation_place(record: Record, name_or_path: str, out: Path | None) -> Path:
    """Return where the annotation file goes, after making sure that nothing is there yet.

    Beside the record, or in this folder for a record of the catalogue, where no other place is given.

    Raises
    ------
    ParameterError
        If the name of the file has no ending.
    OutputError
        If there is such a file.
    """
    folder = Path() if _is_known(name_or_path) else record.path.parent
    place = out if out is not None else folder / f"{record.name}{EXTENSION}"
    if os.path.lexists(place):
        raise OutputError(
            f"{place} is there already and is not replaced: move it away, or choose another name with --out"
        )
    if not place.suffix:
        raise ParameterError(
            f"an annotation file needs an ending that says whose it is, got {place}: try {place}{EXTENSION}"
        )
    return place


def check_endings(**files: Path | None) -> None:
    """Refuse files that are called otherwise than such files are.

    Parameters
    ----------
    **files : Path, optional
        By the name of their option: ``table``, ``report``, ``json``.

    Raises
    ------
    ParameterError
        If a name has another ending.
    """
    for what, path in files.items():
        if path is not None and path.suffix.lower() not in _ENDINGS[what]:
            raise ParameterError(f"--{what} is a file that ends in {' or '.join(_ENDINGS[what])}, got {path}")


def _is_known(name_or_path: str) -> bool:
    path = Path(name_or_path)
    return name_or_path in names() and not is_there(path) and not is_there(path.with_name(path.name + ".hea"))
