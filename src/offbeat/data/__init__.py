"""Data: one reader a file format, named data sets, splits, and built-in generators."""

from __future__ import annotations

from pathlib import Path

from offbeat.data.catalog import Dataset, find, names
from offbeat.data.download import DataFile
from offbeat.data.join import join
from offbeat.data.readers import READERS, read
from offbeat.data.splits import NormalSplit, group_split, normal_split, stratified_split
from offbeat.data.synthetic import heartbeats, voltage_curves
from offbeat.errors import ParameterError
from offbeat.recording import Collection

__all__ = [
    "DataFile",
    "Dataset",
    "NormalSplit",
    "find",
    "group_split",
    "heartbeats",
    "join",
    "load",
    "names",
    "normal_split",
    "read",
    "stratified_split",
    "voltage_curves",
]


def load(
    name_or_path: str | Path,
    *,
    data_dir: str | Path | None = None,
    label: str | int | None = None,
    download: bool = True,
) -> Collection:
    """Load a data set of the catalogue, or read a file.

    Parameters
    ----------
    name_or_path : str or Path
        One of :func:`names`, or else a path.
    data_dir : str or Path, optional
        A folder to look for a named data set in first, before ``$OFFBEAT_DATA`` and the user cache; also where it is
        downloaded to.
    label : {"first", "last", "none"}, str or int, optional
        Where a file keeps the label, see :func:`read`; a named data set knows that itself.
    download : bool
        Whether to fetch a named data set that is not on this machine.

    Returns
    -------
    Collection
        Values of shape (n_series, n_channels, n_times).

    Raises
    ------
    UnknownDatasetError
        If it is neither a name nor a file.
    DataError
        If the data cannot be used; see :func:`read`.
    DownloadError
        If a named data set cannot be fetched.
    ParameterError
        If a label column is given for a named data set.

    Examples
    --------
    >>> load("synthetic-curves")
    Collection(3000 series x 1 channel x 150 time steps, 3 classes)
    """
    if isinstance(name_or_path, str) and name_or_path in names():
        if label is not None:
            raise ParameterError(f"{name_or_path} knows its own labels: leave label={label!r} out")
        return find(name_or_path).load(data_dir, download)
    path = Path(name_or_path)
    if isinstance(name_or_path, Path) or path.exists() or path.suffix.lower() in READERS:
        return read(path, label=label)
    return find(str(name_or_path)).load(data_dir, download)
