"""Where what is written about a record goes."""

from __future__ import annotations

import os
from pathlib import Path

from offbeat.ecg.opening import is_catalogued
from offbeat.errors import OutputError, ParameterError
from offbeat.records import EXTENSION, Record

__all__ = ["annotation_place", "check_endings"]

_ENDINGS = {"table": (".csv", ".parquet"), "report": (".html", ".htm"), "json": (".json",)}


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
    folder = Path() if is_catalogued(name_or_path) else record.path.parent
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
