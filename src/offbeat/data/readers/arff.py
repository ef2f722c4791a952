"""ARFF, the format of Weka and of the UCR archive."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from offbeat.data.readers.files import numbered_lines
from offbeat.data.readers.wide import WideTable, to_collection
from offbeat.errors import FormatError
from offbeat.files.cells import read_number, split_fields
from offbeat.files.regular import existing_file, shorten
from offbeat.series.recording import Collection

__all__ = ["read_arff"]

_ATTRIBUTE = "@attribute"
_NUMBERS = ("numeric", "real", "integer")


def read_arff(path: str | Path, label: str | int | None = None) -> Collection:
    r"""Read an ARFF file, one series a row.

    Parameters
    ----------
    path : str or Path
        The file; ``?`` is a missing value.
    label : {"first", "last", "none"}, str or int, optional
        The attribute of the labels; the nominal one where it is not given.

    Returns
    -------
    Collection
        Values of shape (n_series, 1, n_times).

    Raises
    ------
    FormatError
        If the file is cut short, or is not such a table.
    DataError
        If it is missing, or has no such attribute.

    References
    ----------
    The Weka workbench, "Attribute-Relation File Format".

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "beats.arff")
    >>> header = "@relation r\n@attribute a numeric\n@attribute b numeric\n@attribute target {1,2}\n@data\n"
    >>> _ = file.write_text(header + "0.5,0.7,1\n0.1,?,2\n")
    >>> beats = read_arff(file)
    >>> beats.labels.tolist(), beats.values[:, 0].tolist()
    (['1', '2'], [[0.5, 0.7], [0.1, nan]])
    """
    path = existing_file(path)
    attributes, rows = _scan(path)
    nominal = [position for position, attribute in enumerate(attributes) if attribute.words]
    if label is None and len(nominal) == 1:
        label = nominal[0]
    kept = list(range(len(attributes)))
    if label == "none":  # words are no values, so they go with the label
        kept = [position for position in kept if position not in nominal]
    columns = list(zip(*rows.values(), strict=True))
    kinds = [object if attributes[position].words else np.float64 for position in kept]
    frame = pd.DataFrame({i: np.array(columns[position], kinds[i]) for i, position in enumerate(kept)})
    names = tuple(attributes[position].name for position in kept)
    lines = list(rows)
    return to_collection(WideTable(path, frame, names, lambda row: f"line {lines[row]}"), label)


@dataclass(frozen=True)
class _Attribute:
    """What may stand in a column: one of some words, or, where there are none, a number."""

    name: str
    kind: str
    words: frozenset[str]

    def read(self, cell: str) -> float | str | None:
        """Return what a cell holds; None or NaN where it is missing."""
        if not self.words:
            return float("nan") if cell == "?" else read_number(cell)
        if cell not in self.words and cell != "?":
            raise ValueError(cell)
        return None if cell == "?" else cell

    def takes(self, cell: str) -> bool:
        """Whether a cell can be read."""
        try:
            self.read(cell)
        except (ValueError, OverflowError):
            return False
        return True


_Row = list[float | str | None]


def _scan(path: Path) -> tuple[list[_Attribute], dict[int, _Row]]:
    """Return the attributes, and the cells of each row by its line in the file."""
    attributes: list[_Attribute] = []
    rows: dict[int, _Row] = {}
    in_data = False
    for number, raw in numbered_lines(path):
        line = raw.strip()
        if not line or line.startswith("%"):
            continue
        if in_data:
            rows[number] = _row(path, number, line, attributes)
        elif line.lower().startswith(_ATTRIBUTE):
            attributes.append(_attribute(path, line[len(_ATTRIBUTE) :].strip()))
        in_data = in_data or line.lower().startswith("@data")
    if not rows:
        end = "right after @data" if in_data else "before any line @data"
        raise FormatError(f"expected @data and series below it, but {path} ends {end}: write or download it again")
    return attributes, rows


def _attribute(path: Path, text: str) -> _Attribute:
    """Read the name of an attribute, in quotes or not, and what it holds."""
    if text[:1] in ("'", '"'):
        name, _, kind = text[1:].partition(text[0])
    else:
        name, _, kind = text.replace("\t", " ").partition(" ")
    kind = kind.strip()
    words = _cells(kind[1:].rpartition("}")[0]) if kind.startswith("{") and "}" in kind else []
    attribute = _Attribute(name, kind.lower(), frozenset(words))
    if not attribute.words and attribute.kind not in _NUMBERS:
        raise FormatError(
            f"{path} is no ARFF file that can be read here: the attribute {name!r} is none of numbers or of words "
            f"in {{ }}, but {kind[:40]!r}; leave it out"
        )
    return attribute


def _row(path: Path, number: int, line: str, attributes: list[_Attribute]) -> _Row:
    if line.startswith("{"):
        raise FormatError(f"line {number} of {path} is a sparse row, which is not read here: write all values out")
    cells = _cells(line)
    if len(cells) != len(attributes):
        raise FormatError(
            f"expected {len(attributes)} values in each row of {path}, one for each @attribute, but line {number} has "
            f"{len(cells)}: is the file cut short?"
        )
    try:
        return [attribute.read(cell) for attribute, cell in zip(attributes, cells, strict=True)]
    except (ValueError, OverflowError):
        raise _bad_cell(path, number, cells, attributes) from None


def _bad_cell(path: Path, number: int, cells: list[str], attributes: list[_Attribute]) -> FormatError:
    """Name the first cell of a line that is none of its attribute."""
    position = next(i for i, cell in enumerate(cells) if not attributes[i].takes(cell))
    words = attributes[position].words
    expected = f"one of {shorten(sorted(words))}" if words else "a number"
    return FormatError(
        f"expected {expected} at line {number}, column {position + 1} of {path}, got {cells[position][:40]!r}: "
        "correct it, or download the file again"
    )


def _cells(line: str) -> list[str]:
    return split_fields(line.replace("'", '"'), ",")
