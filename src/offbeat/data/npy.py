"""NumPy's .npy files: a single array."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from offbeat.data.files import existing_file
from offbeat.data.npz import from_arrays
from offbeat.data.options import DEFAULTS, ReadOptions
from offbeat.errors import FormatError
from offbeat.recording import Collection, Recording

__all__ = ["read_npy"]


def read_npy(path: str | Path, options: ReadOptions = DEFAULTS) -> Collection | Recording:
    """Read a ``.npy`` file; nothing in it is unpickled.

    Parameters
    ----------
    path : str or Path
        An array of shape (n_times,) or (n_times, n_channels), a recording; or (n_series, n_channels, n_times), a
        collection, which with ``noun="collection"`` may also be (n_series, n_times).
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
    >>> file = Path(tempfile.mkdtemp(), "telemetry.npy")
    >>> np.save(file, np.zeros((1000, 25)))
    >>> len(read_npy(file))
    1000
    """
    path = existing_file(path)
    try:
        with path.open("rb") as content:
            values = np.lib.format.read_array(content, allow_pickle=False)  # type: ignore[no-untyped-call,unused-ignore]
    except (ValueError, EOFError) as error:
        raise FormatError(
            f"{path} is no whole .npy file of numbers, and Python objects are never unpickled ({error}): write or "
            "download it again"
        ) from error
    return from_arrays(path, values, {}, options, "collection" if values.ndim == 3 else "recording")
