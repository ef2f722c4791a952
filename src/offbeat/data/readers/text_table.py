"""Tables of text, one series or one time step a line: CSV and its kin, and the text forms of the UCR archive."""

from __future__ import annotations

from pathlib import Path

from offbeat.data.readers.long import from_table
from offbeat.data.readers.options import DEFAULTS, Label, ReadOptions
from offbeat.data.readers.wide import WideTable
from offbeat.files.regular import existing_file
from offbeat.files.text.packing import suffix_of
from offbeat.files.text.table import TextTable
from offbeat.series.recording import Collection, Recording

__all__ = ["read_text_table"]

_UCR = (".txt", ".tsv")


def read_text_table(path: str | Path, options: ReadOptions = DEFAULTS) -> Collection | Recording:
    r"""Read a table of text, whatever parts its columns and however its numbers are written.

    Lines above a header, remarks and units below it are left out; a table may have no header. In ``.txt`` and ``.tsv``
    files without a header, the class of a series stands first in its line, as in the UCR archive.

    Parameters
    ----------
    path : str or Path
        The file; empty cells, ``NaN`` and ``?`` are missing values.
    options : ReadOptions
        Where timestamps and labels stand, see :func:`offbeat.data.read`. With ``kind="recording"`` all values may stand
        on one line.

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
    >>> file = Path(tempfile.mkdtemp(), "curves.csv")
    >>> _ = file.write_text("high,0.5,0.7\nlow,0.1,\n")
    >>> curves = read_text_table(file)
    >>> curves.labels.tolist(), curves.values[:, 0].tolist()
    (['high', 'low'], [[0.5, 0.7], [0.1, nan]])
    >>> file = file.with_suffix(".txt")
    >>> _ = file.write_text("  1.0e+00  0.5  0.7\n  2.0e+00  0.1  NaN\n")
    >>> read_text_table(file).labels.tolist()
    ['1', '2']
    """
    path = existing_file(path)
    text = TextTable(path, on_one_line=options.kind == "recording")
    first: Label = "first" if text.names is None and suffix_of(path) in _UCR else None
    return from_table(WideTable(path, text.frame, text.names, text.place, text.notes), options, default_label=first)
