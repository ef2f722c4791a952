"""A whole table of text in memory: its rows as typed columns, block by block, and where in the file each stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from offbeat.errors import FormatError
from offbeat.files.cells import STATUS_WORDS, WHITESPACE, read_number, split_fields
from offbeat.files.text.cells import cells_of_lines, ends_of_cells, kind_of_column
from offbeat.files.text.content import Content
from offbeat.files.text.ending import end_of_rows
from offbeat.files.text.iso_times import iso_times
from offbeat.files.text.layout import TOP, Layout, delimiter_of_rows, read_layout, rows_among
from offbeat.files.text.names import column_names
from offbeat.files.text.numbers import marks_of
from offbeat.files.text.remarks import Remarks
from offbeat.files.text.rewriting import rewriting_of
from offbeat.files.text.rows import ONE_COLUMN, check_even, parse_rows
from offbeat.files.text.series_dialect import SERIES
from offbeat.words import plural, shorten

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TextTable"]

_BLOCK = 1 << 23
_LONGEST_LINE = 1 << 26


class TextTable:
    """The rows of a text file as typed columns.

    Parameters
    ----------
    path : Path
        The file, in any encoding that :class:`~offbeat.files.text.content.Content` reads.
    on_one_line : bool
        Whether values that stand side by side on the only line are one column.
    times : bool
        Whether times as ISO 8601 writes them, without a zone, become ``datetime64``; other times stay text.
    block : int
        Bytes that are read at once.
    held : bytes, optional
        Lines to read in place of the file, such as those of a worksheet.
    line : str
        What a line is called.

    Attributes
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Columns 0, 1, … of numbers, booleans, times or text.
    names : tuple of str or None
        What the header calls the columns; None where there is none.
    notes : tuple of str
        What could have been read in another way.

    Raises
    ------
    FormatError
        If it is no table, lines differ in width, or numbers cannot be read; the message names the line.
    """

    def __init__(
        self,
        path: Path,
        *,
        on_one_line: bool = False,
        times: bool = True,
        block: int = _BLOCK,
        held: bytes | None = None,
        line: str = "line",
    ) -> None:
        self._path, self._line, self._are_times_read = path, line, times
        self._content = Content(path, held=held)
        if not self._content.n_lines:
            raise FormatError(f"expected at least one series, but {path} holds only blank lines")
        top = self._content.top(TOP, _LONGEST_LINE)
        self._is_one_line = on_one_line and self._content.n_lines <= len(top) and sum(map(_has_ink, top)) == 1
        if self._is_one_line:
            self._read_line(next(filter(_has_ink, top)))
            return
        if rewriting := rewriting_of(top, rows_among(list(filter(_has_ink, top)))):
            self._content.rewrite(rewriting)
            top = self._content.top(TOP, _LONGEST_LINE)
        self._layout = layout = read_layout(path, top, SERIES)
        self._end, below = end_of_rows(self._content, layout)
        self._delimiter = layout.delimiter or ONE_COLUMN
        self._first_rows: list[int] = []
        self._first_lines: list[int] = []
        self._block = block
        self.names, self._told = column_names(layout, self._content.encoding)
        self._remarks = Remarks(top, layout, self._content.encoding)
        self.frame = self._joined(list(self._parsed()))
        self.notes = tuple(filter(None, (*layout.notes, *self._told, below)))
        self._leave_out_margins()

    def place(self, row: int) -> str:
        """Return which line of the file a row of the frame is, such as ``"line 7"``."""
        if self._is_one_line:
            return f"value {row + 1} of the line"
        block = bisect_right(self._first_rows, row) - 1
        first = self._first_lines[block]
        last = self._first_lines[block + 1] if block + 1 < len(self._first_lines) else self._end
        counts = cells_of_lines(self._remarks.left_out(self._content.lines(first, last)), self._delimiter)
        return f"{self._line} {first + int(np.flatnonzero(counts)[row - self._first_rows[block]]) + 1}"

    def _read_line(self, line: str) -> None:
        fields = split_fields(line, delimiter_of_rows([line])[0] or WHITESPACE)
        kinds = (kind_of_column(fields),)
        self._layout = Layout("", 0, ("",), ("",), kinds, named=False, marks=marks_of([fields]))
        self._first_rows, self._first_lines, self._end = [0], [0], 1
        self.names, self.notes, self._told = None, (), []
        text = "".join(f"{field or '?'}\n" for field in fields).encode()
        frame = parse_rows(text, self._layout, "utf-8", delimiter=ONE_COLUMN)
        self._refuse_overflow(frame, text)
        self.frame = self._joined([{0: frame[0]}])

    def _blocks(self) -> Iterator[tuple[int, bytes]]:
        """Yield the lines of rows in blocks, each with the number of its first line; blank lines are left out."""
        for first, lines in self._content.blocks(self._layout.on_top, self._end, self._block):
            text = self._remarks.left_out(lines)
            counts = cells_of_lines(text, self._delimiter) if text else np.zeros(0, np.int64)
            check_even(self._path, counts, self._layout, first)
            if not counts.all():
                kept = zip(text.removesuffix(b"\n").split(b"\n"), counts, strict=True)
                text = b"\n".join(line for line, count in kept if count)
            yield first, text

    def _parsed(self) -> Iterator[dict[int, pd.Series[Any]]]:
        n_rows = 0
        for first, text in self._blocks():
            if not text:
                continue
            self._first_rows.append(n_rows)
            self._first_lines.append(first)
            times = self._times(text) if self._are_times_read else {}
            if len(times) == len(self._layout.kinds):
                columns, n_read = times, len(times[0])
            else:
                frame = self._parse(text, left_out=list(times))
                self._refuse_overflow(frame, text)
                columns, n_read = {int(i): frame[i] for i in frame.columns} | times, len(frame)
            if n_read != text.count(b"\n") + (not text.endswith(b"\n")):
                raise FormatError(
                    f"expected one row a line in {self._path}, but some cell in quotes runs on: close its quotes"
                )
            n_rows += n_read
            yield columns

    def _parse(self, text: bytes, **how: Any) -> pd.DataFrame:
        return parse_rows(text, self._layout, self._content.encoding, delimiter=self._delimiter, **how)

    def _times(self, text: bytes) -> dict[int, pd.Series[Any]]:
        """Return the columns of a block that hold nothing but times as ISO 8601 writes them."""
        import pandas as pd

        width = len(self._layout.kinds)
        likely = [i for i in range(width) if self._layout.kinds[i] == "time"]
        if not likely or len(self._delimiter) > 1 or b'"' in text:
            return {}
        symbols = np.frombuffer(text if text.endswith(b"\n") else text + b"\n", np.uint8)
        stops = ends_of_cells(symbols, self._delimiter)
        starts = np.concatenate([[0], stops[:-1] + 1])
        found = {i: iso_times(symbols, starts[i::width], stops[i::width]) for i in likely}
        return {i: pd.Series(times) for i, times in found.items() if times is not None}

    def _refuse_overflow(self, frame: pd.DataFrame, text: bytes) -> None:
        """Refuse numbers that are too large, which pandas reads as infinite; a cell that reads inf is allowed."""
        infinite = np.isinf(frame.select_dtypes("float64").to_numpy()).any(axis=1)
        for row in np.flatnonzero(infinite) if infinite.any() else ():
            line = text.split(b"\n")[row].decode(self._content.encoding, "replace")
            for position, cell in enumerate(self._layout.fields(line)):
                if _overflows(cell):
                    raise FormatError(
                        f"expected a number up to 1.8e308 at {self.place(self._first_rows[-1] + int(row))}, column "
                        f"{position + 1} of {self._path}, got {cell[:40]!r}: correct it, or leave it empty"
                    )

    def _joined(self, blocks: list[dict[int, pd.Series[Any]]]) -> pd.DataFrame:
        """Return the rows of all blocks, column by column, so that few of them are in memory twice."""
        import pandas as pd

        count = range(len(self._layout.kinds))
        if not blocks:
            return pd.DataFrame(columns=count)
        columns = {}
        for i in count:
            pieces = [block.pop(i) for block in blocks]
            if not _are_alike(pieces):
                pieces = [self._parse(text, only=i)[i] for _, text in self._blocks() if text]
            columns[i] = self._typed(pd.concat(pieces, ignore_index=True) if len(pieces) > 1 else pieces[0], i)
        return pd.DataFrame(columns, copy=False)

    def _typed(self, cells: pd.Series[Any], column: int) -> pd.Series[Any]:
        """Return a column of text as numbers where it has to hold some, by the marks that the table uses."""
        import pandas as pd

        marks = self._layout.marks
        is_text = not pd.api.types.is_numeric_dtype(cells.dtype)
        if not is_text or self._layout.kinds[column] != "number" or marks.are_plain:
            return cells
        numbers = marks.numbers(self._without_status(cells, column))
        if None in numbers:
            row = numbers.index(None)
            name = f" ({self.names[column]!r})" if self.names else ""
            raise FormatError(
                f"expected numbers with the decimal mark {marks.decimal!r} in {self._path}, but {self.place(row)}, "
                f"column {column + 1}{name} holds {str(cells.iloc[row])[:40]!r}: write all of them alike"
            )
        return pd.Series(numbers, dtype=np.float64)

    def _without_status(self, cells: pd.Series[Any], column: int) -> pd.Series[Any]:
        """Return cells with missing values in place of words for what was not measured."""
        is_status = cells.astype(str).str.lower().isin(STATUS_WORDS)
        if is_status.any():
            name = self.names[column] if self.names else str(column + 1)
            words = ", ".join(map(repr, cells[is_status].unique()))
            rows = plural(int(is_status.sum()), "row")
            self._told.append(f"column {name} holds {shorten(words, 60)} in {rows}: read as missing values")
        return cells.mask(is_status)

    def _leave_out_margins(self) -> None:
        """Leave out nameless columns without any value, and a nameless first one that counts the rows."""
        if not self.names or not len(self.frame):
            return
        left_out = [i for i, name in enumerate(self.names) if not name and self.frame[i].isna().all()]
        first = self.frame[0]
        if not self.names[0] and len(self.names) > 1 and any(first.iloc[0] == start for start in (0, 1)):
            left_out += [0] * np.array_equal(first - first.iloc[0], np.arange(len(first)))
        if left_out and len(left_out) < len(self.names):
            self.names = tuple(name for i, name in enumerate(self.names) if i not in left_out)
            self.frame = self.frame.drop(columns=left_out).set_axis(range(len(self.names)), axis="columns")


def _are_alike(pieces: list[pd.Series[Any]]) -> bool:
    """Whether the pieces of a column were read as one type, or as whole and other numbers."""
    held = [piece for piece in pieces if not (piece.dtype.kind == "f" and piece.isna().all())]
    kinds = {piece.dtype.kind for piece in held}
    return len(kinds) < 2 or kinds == {"i", "f"}


def _has_ink(line: str) -> bool:
    return bool(line.strip())


def _overflows(cell: str) -> bool:
    try:
        read_number(cell.strip("'\" "))
    except OverflowError:
        return True
    except ValueError:
        pass
    return False
