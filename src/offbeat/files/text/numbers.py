"""How the numbers of a table are written: the decimal mark, and what parts the thousands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from offbeat.files.cells import read_number
from offbeat.files.text.cells import MISSING, is_grouped, is_number

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Marks", "marks_of"]

_QUOTES = "'\" "
_DIGITS = re.compile(r"[\d.,]+")


@dataclass(frozen=True)
class Marks:
    """How numbers are written.

    Parameters
    ----------
    decimal : {".", ","}
        What stands in front of the decimals.
    group : str
        What parts the thousands; empty where nothing does. An apostrophe or a blank stands for all kinds of them.
    note : str
        What could have been read in another way.
    """

    decimal: str = "."
    group: str = ""
    note: str = ""

    @property
    def are_plain(self) -> bool:
        """Whether these are the numbers of a program: with a decimal point, and nothing else."""
        return self.decimal == "." and not self.group

    def numbers(self, cells: pd.Series[Any]) -> list[float | None]:
        """Return numbers as floats, NaN where a cell is empty, None where it is no number."""
        return [self._number(cell) for cell in cells.astype(object).where(cells.notna(), "")]

    def _number(self, cell: object) -> float | None:
        text = str(cell).strip(_QUOTES)
        if text.lower() in MISSING:
            return float("nan")
        whole, mark, decimals = text.partition(self.decimal)
        if self.group and is_grouped(whole + ",0" * (self.group == ".")):
            whole = re.sub("['’ \u00a0\u202f]" if self.group in "' " else re.escape(self.group), "", whole)
        plain = f"{whole}{mark and '.'}{decimals}"
        if self.decimal == "," and "." in whole:  # of another way to write numbers
            return None
        try:
            return read_number(plain)
        except (ValueError, OverflowError):
            return None


def marks_of(columns: Sequence[Sequence[str]], delimiter: str = "") -> Marks:
    """Return how numbers are written, by some cells of the columns that hold them.

    Where all decimals would have three digits, as in ``20,104``, they could as well be thousands: these they are only
    where the same column has whole numbers below 1000 and none above, or where commas part the columns, too: who writes
    decimal commas has to take another mark for these.

    Examples
    --------
    >>> marks_of([["20,5", "1.020,5"]]).decimal, marks_of([["1'020.5", "20.5"]]).group, marks_of([["1,020", "7"]]).group
    (',', "'", ',')
    """
    cells = [cell.strip(_QUOTES) for column in columns for cell in column]
    numbers = [cell for cell in cells if is_number(cell) or is_grouped(cell)]
    commas = [cell for cell in numbers if "," in cell]
    blanks = next((" '"[char in "'’"] for cell in numbers for char in "'’ \u00a0\u202f" if char in cell), "")
    if not commas:
        return Marks(".", blanks or ("." if any(cell.count(".") > 1 for cell in numbers) else ""))
    both = [cell for cell in commas if "." in cell]
    if both:
        last = max(both[0].rfind(mark) for mark in ",.")
        decimal = both[0][last]
        return Marks(decimal, "," if decimal == "." else ".")
    if any(cell.count(",") > 1 for cell in commas):
        return Marks(".", ",")
    # No program writes thousands as 0,123.
    if any(len(_decimals(cell)) != 3 or cell.lstrip("+-").startswith("0") for cell in commas):
        return Marks(",", blanks or ("." if any(is_grouped(cell) for cell in numbers if "." in cell) else ""))
    sample = commas[0]
    if delimiter == "," or any("." in cell for cell in numbers) or any(map(_are_thousands, columns)):
        return Marks(".", ",", f"{sample} was read as {sample.replace(',', '')}: commas part the thousands")
    return Marks(",", blanks, f"{sample} was read as {sample.replace(',', '.')}: commas are decimal marks")


def _decimals(cell: str) -> str:
    found = _DIGITS.findall(cell)
    return str(found[-1].rpartition(",")[2])


def _are_thousands(column: Sequence[str]) -> bool:
    """Whether a column has whole numbers below 1000, none above, and 1,000 and above with a comma."""
    plain = [cell.strip(_QUOTES).lstrip("+-") for cell in column]
    whole = [cell for cell in plain if cell.isdecimal()]
    parted = [cell for cell in plain if "," in cell]
    return bool(parted and whole) and all(len(cell) < 4 for cell in whole)
