"""The text forms of the UCR archives (.txt, .tsv): a class and then a series a line, or one value a line."""

from __future__ import annotations

from pathlib import Path

from offbeat.data.readers.csv_text import has_words_on_top
from offbeat.data.readers.delimited import line_of_row, one_line, read_rows, top_of
from offbeat.data.readers.files import check_width
from offbeat.data.readers.long import from_table
from offbeat.data.readers.options import DEFAULTS, ReadOptions
from offbeat.data.readers.wide import WideTable
from offbeat.files.cells import WHITESPACE
from offbeat.files.regular import existing_file
from offbeat.series.recording import Collection, Recording

__all__ = ["read_ucr_text"]


def read_ucr_text(path: str | Path, options: ReadOptions = DEFAULTS) -> Collection | Recording:
    r"""Read text whose columns are split by blanks, tabs or commas.

    Several columns are one series a line, as in the UCR archive, with no header; a single column, or columns of which
    one holds dates, are one time step a line, and may have a header.

    Parameters
    ----------
    path : str or Path
        The file; ``NaN`` and ``?`` are missing values.
    options : ReadOptions
        Where the labels stand, see :func:`offbeat.data.read`; first in each line where it is not given. With
        ``kind="recording"`` all values may stand on one line.

    Returns
    -------
    Collection or Recording
        Values of shape (n_series, 1, n_times) or (n_times, n_channels).

    Raises
    ------
    FormatError
        If the file is not such a table.
    DataError
        If it is missing, or has no such label column.

    References
    ----------
    H. A. Dau et al., "The UCR time series archive", IEEE/CAA J. Autom. Sinica 6(6), 2019.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "beats.txt")
    >>> _ = file.write_text("  1.0e+00  0.5  0.7\n  2.0e+00  0.1  NaN\n")
    >>> beats = read_ucr_text(file)
    >>> beats.labels.tolist(), beats.values[:, 0].tolist()
    (['1', '2'], [[0.5, 0.7], [0.1, nan]])
    """
    path = existing_file(path)
    number, first, second, delimiter = top_of(path, "\t,", WHITESPACE)
    if options.kind == "recording" and second is None:
        return from_table(one_line(path, first), options)
    header_line = number if second is not None and has_words_on_top(first, second) else 0
    check_width(len(first), path)
    frame = read_rows(path, delimiter, header_line)
    table = WideTable(path, frame, tuple(first) if header_line else None, line_of_row(path, header_line))
    return from_table(table, options, default_label="first")
