"""Worksheets of Excel as lines of text, so that they are read as any table of text is."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from offbeat.errors import DataError, FormatError, MissingExtraError, failing_as
from offbeat.files.limits import require_room
from offbeat.files.regular import shorten

__all__ = ["is_workbook", "sheet_lines"]

_MEMBER = "xl/workbook"


def is_workbook(path: Path) -> bool:
    """Whether a zip archive is a workbook of Excel."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith(_MEMBER) for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def sheet_lines(path: Path, wanted: str | int | None = None) -> tuple[bytes, str]:
    """Return a worksheet as lines of comma-separated values, and a note where there are several.

    Parameters
    ----------
    path : Path
        The workbook.
    wanted : str or int, optional
        The worksheet by its name, or by its position from 0; the first that holds anything where it is not given.

    Raises
    ------
    DataError
        If there is no such worksheet.
    FormatError
        If it is damaged, or grows beyond the limit for what is packed.
    MissingExtraError
        If openpyxl is not installed.
    """
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise MissingExtraError(
            f"{path.name} needs openpyxl, which is not installed: pip install 'offbeat[excel]', or save it as .csv"
        ) from error
    whole = failing_as(FormatError, f"{path} is no whole Excel workbook", "write or download it again")
    with whole, path.open("rb") as file:
        with zipfile.ZipFile(file) as archive:
            claimed = sum(member.file_size for member in archive.infolist())
        require_room(claimed, f"what is in {path}", FormatError)
        book = load_workbook(file, read_only=True, data_only=True)
        names = [sheet.title for sheet in book.worksheets]
        at = 0 if wanted is None else _position(path, names, wanted)
        lines = _lines(book.worksheets[at])
        while wanted is None and not lines.strip(b",\n") and at + 1 < len(names):
            at += 1
            lines = _lines(book.worksheets[at])
    if len(names) < 2:
        return lines, ""
    return lines, f"the worksheet {names[at]!r} was read, of {shorten(names)} (--read table=NAME takes another)"


def _position(path: Path, names: list[str], wanted: str | int) -> int:
    if wanted in names:
        return names.index(str(wanted))
    if isinstance(wanted, int) and 0 <= wanted < len(names):
        return wanted
    raise DataError(f"no worksheet of {path} is called {wanted!r}: there are {shorten(names)}")


def _lines(sheet: Any) -> bytes:
    sheet.reset_dimensions()  # what is claimed may be a million rows
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows: Iterable[tuple[Any, ...]] = sheet.iter_rows(values_only=True)
    held = [[_cell(cell) for cell in row] for row in rows]
    width = max(
        (len(row) - next((i for i, cell in enumerate(reversed(row)) if cell), len(row)) for row in held), default=0
    )
    for row in held:
        writer.writerow([*row[:width], *[""] * (width - len(row))])
    return text.getvalue().encode()


def _cell(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return " ".join(str(cell).split()) if isinstance(cell, str) else repr(cell)
