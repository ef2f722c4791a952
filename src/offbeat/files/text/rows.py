"""The rows of a table of text as typed columns, by pandas, which fills up or joins uneven lines without a word."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from offbeat.errors import FormatError, ignoring
from offbeat.files.cells import WHITESPACE
from offbeat.files.text.cells import MISSING
from offbeat.files.text.layout import Layout

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ONE_COLUMN", "check_even", "parse_rows"]

ONE_COLUMN = "\0"
"""A delimiter that stands in no text."""

_ALL_MISSING = sorted({*MISSING, *(word.upper() for word in MISSING), *(word.capitalize() for word in MISSING)})


def check_even(path: Path, counts: npt.NDArray[np.int64], layout: Layout, first: int) -> None:
    """Refuse lines with too few or too many columns.

    Parameters
    ----------
    path : Path
        What errors call the file.
    counts : array of shape (n_lines,)
        How many cells each line has; 0 for a blank line.
    layout : Layout
        How many there should be.
    first : int
        The number of the first line, from 0.

    Raises
    ------
    FormatError
        If one has others; the message names it.
    """
    width = len(layout.kinds)
    uneven = np.flatnonzero((counts != width) & (counts > 0))
    if len(uneven):
        above = "as in the lines above, " if layout.delimiter else ""
        raise FormatError(
            f"expected {width} columns in each line of {path}, {above}but line {first + uneven[0] + 1} has "
            f"{counts[uneven[0]]}: is the file cut short, or are the series of different lengths?"
        )


def parse_rows(
    text: bytes,
    layout: Layout,
    encoding: str,
    *,
    missing: tuple[str, ...] = (),
    exact: bool = True,
    only: int | None = None,
    left_out: Sequence[int] = (),
    delimiter: str | None = None,
) -> pd.DataFrame:
    """Return lines as a frame with columns 0, 1, … of numbers, booleans or text; missing cells are NaN.

    Parameters
    ----------
    text : bytes
        Lines of even width.
    layout : Layout
        What parts the columns, and what they hold.
    encoding : str
        Of the text.
    missing : tuple of str
        Further cells without a value, in any column. In columns of numbers and times there are more by themselves.
    exact : bool
        Whether numbers are read to the last bit, which takes longer.
    only : int, optional
        The one column to return, as text.
    left_out : sequence of int
        Columns that are not needed.
    delimiter : str, optional
        What parts the columns, where the layout has one column.
    """
    import pandas as pd
    from pandas.api.types import is_numeric_dtype

    count = range(len(layout.kinds))
    wanted = [only] if only is not None else [i for i in count if i not in left_out]
    with ignoring(pd.errors.ParserWarning):  # lines were counted; what quotes join is told by the number of rows
        frame: pd.DataFrame = pd.read_csv(
            io.BytesIO(text),
            sep=layout.delimiter or delimiter or WHITESPACE,
            decimal=layout.marks.decimal,
            header=None,
            names=list(count),
            index_col=False,
            usecols=None if len(wanted) == len(count) else wanted,
            dtype=None if only is None else str,
            skip_blank_lines=False,
            skipinitialspace=True,
            na_values=_missing_cells(layout, missing),  # type: ignore[arg-type]  # by number of column, too
            encoding=encoding,
            encoding_errors="replace",
            float_precision="round_trip" if exact else None,  # else the last bit may be lost
            low_memory=False,  # in chunks a column could get a type for each chunk
        )
    if layout.padded:
        for i in frame.columns[[not is_numeric_dtype(dtype) for dtype in frame.dtypes]]:
            frame[i] = frame[i].str.rstrip(" ")
    return frame


def _missing_cells(layout: Layout, more: tuple[str, ...]) -> list[str] | dict[int, list[str]]:
    """Return which cells have no value; a column of words may hold words such as none."""
    in_words, elsewhere = ["?", *more], ["?", " ", *more, *_ALL_MISSING]
    if "word" not in layout.kinds:
        return elsewhere
    return {i: in_words if kind == "word" else elsewhere for i, kind in enumerate(layout.kinds)}
