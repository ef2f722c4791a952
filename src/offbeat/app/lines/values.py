"""The values of a line, and what is wrong with a line that has none."""

from __future__ import annotations

import math
from typing import Any

from offbeat.errors import DataError
from offbeat.files.cells import read_number

__all__: list[str] = []

_MISSING = {"", "nan", "na", "n/a", "null", "none", "?"}


class BadLine(DataError):
    """A line that cannot be read.

    Parameters
    ----------
    kind : str
        What it is, in a word or two, to count lines by.
    what : str
        What was expected, and what the line has.
    """

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(what)
        self.kind = kind


def is_number(text: str) -> bool:
    """Whether it is a decimal number in ASCII, as CSV and JSON have them.

    Examples
    --------
    >>> [is_number(text) for text in ("1", "-1.5e3", ".5", "1_0", "١٢", "0x10", "inf", "")]
    [True, True, True, False, False, False, False, False]
    """
    try:
        return math.isfinite(read_number(text))
    except OverflowError:
        return True
    except ValueError:
        return False


def is_missing(text: str) -> bool:
    """Whether it stands for a value that is missing.

    Examples
    --------
    >>> is_missing(" "), is_missing("NaN"), is_missing("0")
    (True, True, False)
    """
    return text.strip().lower() in _MISSING


def number(value: Any) -> float:
    """Return a value of a CSV field or of JSON as a float, NaN where it is missing.

    Raises
    ------
    BadLine
        If it is no number, or one that is too large for a float.

    Examples
    --------
    >>> number("1.5"), number(2), number("n/a"), number(None)
    (1.5, 2.0, nan, nan)
    """
    if value is None or (isinstance(value, str) and is_missing(value)):
        return math.nan
    known = is_number(value) if isinstance(value, str) else isinstance(value, int | float)
    if not known or isinstance(value, bool):
        raise BadLine("not a number", f"expected a number, got {_shown(value)}")
    try:
        found = read_number(value) if isinstance(value, str) else float(value)
    except OverflowError:
        found = math.inf
    if math.isinf(found):
        raise BadLine("out of range", f"expected a finite number, got {_shown(value)}")
    return found


def _shown(value: Any) -> str:
    # A list or an integer may be of any size and depth: only text and its beginning are safe to show.
    if isinstance(value, str):
        return repr(value[:40])
    return "one of many digits" if isinstance(value, int | float) else f"a {type(value).__name__}"
