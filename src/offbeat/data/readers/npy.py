"""NumPy's .npy files: a single array."""

from __future__ import annotations

from pathlib import Path

from offbeat.data.readers.array_bytes import read_array
from offbeat.data.readers.npz import from_arrays
from offbeat.data.readers.options import DEFAULTS, ReadOptions
from offbeat.files.regular import existing_file
from offbeat.series.recording import Collection, Recording

__all__ = ["read_npy"]


def read_npy(path: str | Path, options: ReadOptions = DEFAULTS) -> Collection | Recording:
    """Read a ``.npy`` file; nothing in it is unpickled.

    Parameters
    ----------
    path : str or Path
        An array of shape (n_times,) or (n_times, n_channels), a recording; or (n_series, n_channels, n_times), a
        collection, which with ``kind="collection"`` may also be (n_series, n_times).
    options : ReadOptions
        ``label`` may be a column of a two-dimensional array.

    Returns
    -------
    Collection or Recording
        Values of shape (n_series, n_channels, n_times) or (n_times, n_channels).

    Raises
    ------
    FormatError
        If it is no such file, or holds pickled objects.
    DataError
        If it is missing, or has no such label.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> file = Path(tempfile.mkdtemp(), "telemetry.npy")
    >>> np.save(file, np.zeros((1000, 25)))
    >>> len(read_npy(file))
    1000
    """
    path = existing_file(path)
    with path.open("rb") as content:
        values = read_array(content, path.stat().st_size, str(path))
    return from_arrays(path, values, {}, options, "collection" if values.ndim == 3 else "recording")
