"""The text form of the UCR archive (.txt, .tsv): the class first, then the values, no header."""

from __future__ import annotations

from pathlib import Path

from offbeat.data.delimited import WHITESPACE, line_of_row, read_rows
from offbeat.data.files import existing_file, numbered_lines
from offbeat.data.wide import WideTable, to_collection
from offbeat.errors import FormatError
from offbeat.recording import Collection

__all__ = ["read_ucr_text"]


def read_ucr_text(path: str | Path, label: str | int | None = None) -> Collection:
    r"""Read a UCR text file: one series a line, split by blanks, tabs or commas, no header.

    Parameters
    ----------
    path : str or Path
        The file; ``NaN`` and ``?`` are missing values.
    label : {"first", "last", "none"} or int, optional
        The column of the labels; the first where it is not given.

    Returns
    -------
    Collection
        Values of shape (n_series, 1, n_times).

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
    line = next((line for _, line in numbered_lines(path)), None)
    if line is None:
        raise FormatError(f"expected at least one series, but {path} holds only blank lines")
    delimiter = "\t" if "\t" in line else "," if "," in line else WHITESPACE
    frame = read_rows(path, delimiter)
    return to_collection(WideTable(path, frame, None, line_of_row(path)), "first" if label is None else label)
