"""The layout of a table of samples by its first lines: the delimiter, and the names and units of the columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from offbeat.errors import FormatError
from offbeat.files.cells import WHITESPACE, delimiter_of, split_fields

__all__ = ["Layout", "check_line_ends", "last_word", "read_layout"]

_COMMA = re.compile(r"\s*[-+]?\d*,\d+\s*")
_UNIT = re.compile(r"[nuµμm]?v(olts?)?|adc|adu", re.IGNORECASE)
_LONGEST_LINE = 1 << 20
_WIDEST = 1000


@dataclass(frozen=True)
class Layout:
    """How to read the lines: the delimiter, how many lines of header there are, names and units of columns."""

    delimiter: str
    on_top: int
    names: tuple[str, ...]
    units: tuple[str, ...]
    named: bool
    decimal: str


def read_layout(path: Path) -> Layout:
    """Recognise delimiter and header by the lines on top.

    Raises
    ------
    FormatError
        If they are not those of a table of samples.
    """
    top = _top(path)
    delimiter = delimiter_of(top, "\t;,", WHITESPACE)
    rows = [split_fields(line, delimiter) or [""] for line in top]
    if rows and delimiter == WHITESPACE and len(rows[-1]) == 1:  # one column, whose name may have blanks: "II (uV)"
        rows = [[line.strip()] for line in top]
    on_top = next((i for i, row in enumerate(rows) if all(map(_is_cell, row))), len(rows))
    if on_top == len(rows) and rows:
        raise FormatError(f"expected numbers below a header of one or two lines in {path}, but line {on_top} has words")
    width = len(rows[on_top]) if on_top < len(rows) else len(rows[0]) if rows else 0
    if any(len(row) != width for row in rows[:on_top]):
        raise FormatError(f"the header of {path} has {len(rows[0])} columns, but the lines below have {width}")
    if width > _WIDEST:
        raise FormatError(f"a table of samples has up to {_WIDEST:,} columns, but {path} has {width:,}: choose some")
    raw = rows[0] if on_top else [f"lead {i + 1}" for i in range(width)]
    split = [_name_and_unit(name.strip("'\" ")) for name in raw]
    below = [cell.strip("'\" ") for cell in rows[1]] if on_top == 2 else [""] * width
    names = tuple(name for name, _ in split)
    units = tuple(unit or given for (_, given), unit in zip(split, below, strict=True))
    comma = delimiter != "," and any(_COMMA.fullmatch(cell) for row in rows[on_top:] for cell in row)
    return Layout(delimiter, on_top, names, units, named=on_top > 0, decimal="," if comma else ".")


def _name_and_unit(text: str) -> tuple[str, str]:
    """Return the name of a column without its unit, as in ``II (uV)``, and the unit; mV where there is none."""
    name, unit = last_word(text, "[(/")
    return (name or text, unit) if _UNIT.fullmatch(unit) else (text, "mV")


def _top(path: Path) -> list[str]:
    """Return up to three lines from the top of a file."""
    with path.open("rb") as file:
        lines = [line for line in (file.readline(_LONGEST_LINE) for _ in range(3)) if line]
    check_line_ends(path, b"".join(lines))
    if any(len(line) == _LONGEST_LINE for line in lines):
        raise FormatError(
            f"expected a table of samples, but the first lines of {path} are longer than {_LONGEST_LINE:,}"
        )
    text = b"".join(lines).decode("utf-8-sig", "replace")
    if "\0" in text or "\ufffd" in text:
        raise FormatError(f"expected text, but {path} holds other bytes: check its extension")
    return [line.rstrip("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def check_line_ends(path: Path, text: bytes) -> None:
    """Refuse carriage returns within lines, at which some readers begin a new line and others do not.

    Raises
    ------
    FormatError
        If there are any.
    """
    if text.count(b"\r") != text.count(b"\r\n"):
        raise FormatError(f"expected lines that end in \\n or \\r\\n, but {path} has \\r inside: save it as plain text")


def _is_cell(cell: str) -> bool:
    """Whether a cell may stand in a row of samples: a number, a time or a date, or nothing."""
    text = cell.strip().strip("'\"[]")
    return text.lower() in {"", "nan", "na", "-", "?"} or bool(re.match(r"[-+]?(\d|\.\d|inf)", text))


def last_word(text: str, marks: str) -> tuple[str, str]:
    """Return what stands before and behind the last of some marks, a bracket at the end aside; no word without a mark.

    Patterns with blanks on both sides of a mark take a time that grows with the square of their number.
    """
    body = text.removesuffix("]") if text.endswith("]") else text.removesuffix(")")
    body = body.rstrip()
    cut = max(map(body.rfind, marks))
    return (body[:cut].rstrip(), body[cut + 1 :].strip()) if cut >= 0 else (text, "")
