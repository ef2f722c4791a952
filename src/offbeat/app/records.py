"""Where what is written about a record goes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from offbeat.ecg.delineation import WAVES
from offbeat.ecg.opening import is_catalogued
from offbeat.errors import OutputError, ParameterError
from offbeat.files.regular import is_there
from offbeat.records import EXTENSION, Annotations, Record
from offbeat.records.annotations import WRITTEN
from offbeat.records.finding import holds_many
from offbeat.records.wfdb_files import header_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["annotation_place", "check_endings", "in_samples_of_file", "results_folder"]

_ENDINGS = {"table": (".csv", ".parquet"), "report": (".html", ".htm"), "json": (".json",)}
_LONGEST_ENDING = 4  # letters that name the annotator of a WFDB file: atr, qrs
_OTHER_FILES = frozenset(
    f".{ending}"
    for ending in (
        *("arff", "atc", "bak", "bdf", "bin", "bmp", "cfg", "dat", "dcm", "dic", "doc", "docx", "ecg", "gif", "gz"),
        *("h", "hdf", "hea", "htm", "html", "ini", "jpeg", "jpg", "json", "log", "mat", "md", "npy", "npz", "ods"),
        *("odt", "orc", "pdf", "pkl", "png", "ppt", "ps", "py", "rec", "rst", "rtf", "sas", "sav", "scp", "sql", "svg"),
        *("tar", "tex", "tif", "tiff", "tmp", "toml", "tsv", "txt", "wav", "webp", "xls", "xlsx", "xml", "xyz", "yaml"),
        *("yml", "zip"),
    )
)
"""Endings of files that hold something else, under which nobody would look for annotations."""


def annotation_place(record: Record, name_or_path: str, out: Path | None) -> Path:
    """Return where the annotation file goes, after making sure that nothing is there yet.

    Beside the record, or in this folder for a record of the catalogue, where no other place is given.

    Raises
    ------
    ParameterError
        If the file has no ending, or one of files that hold something else.
    OutputError
        If there is such a file.
    """
    folder = Path() if is_catalogued(name_or_path) else record.path.parent
    place = out if out is not None else folder / f"{record.name}{EXTENSION}"
    if os.path.lexists(place):
        raise OutputError(
            f"{place} is there already and is not replaced: move it away, or choose another name with --out"
        )
    if not _may_hold_annotations(place.suffix):
        raise ParameterError(
            f"expected annotations to end in {', '.join(WRITTEN[:4])} or up to {_LONGEST_ENDING} letters of your own "
            f"(WFDB), .edf (EDF+) or .csv, got {place}: try {place.with_suffix(EXTENSION)}"
        )
    return place


def _may_hold_annotations(ending: str) -> bool:
    """Whether an ending is that of a format of annotations or, as letters alone, may name an annotator of WFDB."""
    letters = ending[1:]
    own = letters.isascii() and letters.isalpha() and len(letters) <= _LONGEST_ENDING
    return own and ending.lower() not in _OTHER_FILES


def results_folder(first: str, more: Sequence[str]) -> Path:
    """Return the folder for the results of many records: what is named after them.

    Parameters
    ----------
    first : str
        The first of the records, or a folder or pattern of them.
    more : sequence of str
        What follows on the command line.

    Raises
    ------
    ParameterError
        If nothing follows, or the last is a record or a file.
    """
    if not more:
        raise ParameterError(
            f"{first} stands for many records: name a folder for their results, too (offbeat classify {first} results/)"
        )
    folder = Path(more[-1])
    if is_there(folder) and not folder.is_dir():
        raise ParameterError(f"results of several records go to a folder, named last, but {folder} is a file")
    if header_of(folder) is not None or holds_many(folder) != folder.is_dir():
        raise ParameterError(f"results of several records go to a folder, named last, but {folder} names records")
    return folder


def in_samples_of_file(
    record: Record, table: pd.DataFrame, annotations: Annotations
) -> tuple[pd.DataFrame, Annotations]:
    """Return a table of beats and annotations of a record with samples counted as in its file."""
    if record.file_rate == record.sampling_rate:
        return table, annotations
    places = [name for name in ("sample", *WAVES) if name in table]
    moved = (table[places] * (record.file_rate / record.sampling_rate)).round()
    return table.assign(**moved.assign(sample=moved["sample"].astype(np.int64))), annotations.at_rate(record.file_rate)


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
