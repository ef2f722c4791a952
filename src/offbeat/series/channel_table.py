"""What a notebook shows of a recording or a collection: its channels in figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np

from offbeat.series.arrays import FloatArray
from offbeat.tables import Table

__all__ = ["channel_table", "sentences"]

_MOST = 12


def channel_table(title: str, channels: Sequence[str], columns: Iterable[FloatArray], notes: Sequence[str]) -> Table:
    """Return a table with a row a channel: its lowest, mean and highest value, and the share that is missing.

    Parameters
    ----------
    title : str
        What holds the channels.
    channels : sequence of str
        Their names; the first twelve are shown.
    columns : iterable of arrays
        All values of each channel, of any shape.
    notes : sequence of str
        Sentences below the table; empty ones are left out.

    Examples
    --------
    >>> channel_table("pump", ["load"], [np.array([1.0, np.nan, 3.0])], [""]).cells()
    [['load', '1', '2', '3', '33.3%']]
    """
    rows = [[name, *_figures(values)] for name, values in zip(channels[:_MOST], islice(columns, _MOST), strict=True)]
    left_out = len(channels) - len(rows)
    more = f"{left_out} more channels are not shown here." if left_out else ""
    heads = ["channel", "lowest", "mean", "highest", "missing"]
    return Table(title, heads, rows, ["", ".4g", ".4g", ".4g", ".1%"], sentences(more, *notes))


def sentences(*notes: str) -> str:
    """Return notes as sentences; empty ones are left out.

    Examples
    --------
    >>> sentences("read as 3 series", "", "Sampled at 5 Hz.")
    'Read as 3 series. Sampled at 5 Hz.'
    """
    return " ".join(f"{note[0].upper()}{note[1:].removesuffix('.')}." for note in notes if note)


def _figures(values: FloatArray) -> list[Any]:
    present = values[~np.isnan(values)]
    missing = 1 - present.size / values.size if values.size else float("nan")
    if not present.size:
        return [None, None, None, missing]
    return [float(present.min()), float(present.mean(dtype=np.float64)), float(present.max()), missing]
