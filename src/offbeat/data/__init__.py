"""Data: one reader a file format, named data sets, splits, and built-in generators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from offbeat.data.catalogue.catalog import Dataset, domain_of_file, find, names
from offbeat.data.catalogue.download import DataFile
from offbeat.data.join import join
from offbeat.data.readers.options import DEFAULTS, Duplicates, Gaps, Kind, Label, Order
from offbeat.data.readers.read import READERS, read
from offbeat.data.splits import NormalSplit, group_split, normal_split, stratified_split
from offbeat.data.synthetic import heartbeats, server_metrics, voltage_curves
from offbeat.errors import ParameterError
from offbeat.files.regular import is_there
from offbeat.series.recording import Collection, Recording

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
    "server_metrics",
    "stratified_split",
    "voltage_curves",
]


def load(
    name_or_path: str | Path,
    *,
    data_dir: str | Path | None = None,
    label: Label = None,
    time: str | int | None = None,
    kind: Kind | None = None,
    order: Order = "sort",
    duplicates: Duplicates = "keep",
    gaps: Gaps = "keep",
    channels: Sequence[str] | str | None = None,
    download: bool = True,
) -> Collection | Recording:
    """Load a data set of the catalogue, or read a file.

    Parameters
    ----------
    name_or_path : str or Path
        One of :func:`names`, or else a path.
    data_dir : str or Path, optional
        A folder to look for a named data set in first, before ``$OFFBEAT_DATA`` and the user cache; also where it is
        downloaded to.
    label, time, kind, order, duplicates, gaps, channels
        How to read a file, see :func:`read`; a named data set knows that itself.
    download : bool
        Whether to fetch a named data set that is not on this machine.

    Returns
    -------
    Collection or Recording
        Values of shape (n_series, n_channels, n_times) or (n_times, n_channels).

    Raises
    ------
    UnknownDatasetError
        If it is neither a name nor a file.
    DataError
        If the data cannot be used; see :func:`read`.
    DownloadError
        If a named data set cannot be fetched.
    ParameterError
        If anything of that is given for a named data set.

    Examples
    --------
    >>> load("synthetic-curves")
    Collection(3000 series x 1 channel x 150 time steps, 3 classes)
    """
    given: dict[str, Any] = {"label": label, "time": time, "kind": kind, "order": order, "duplicates": duplicates}
    given |= {"gaps": gaps, "channels": channels}
    if isinstance(name_or_path, str) and name_or_path in names():
        for what, default in vars(DEFAULTS).items():
            if given[what] != default:
                own = "labels" if what == "label" else what
                raise ParameterError(f"{name_or_path} knows its own {own}: leave {what}={given[what]!r} out")
        return find(name_or_path).load(data_dir, download)
    path = Path(name_or_path)
    if isinstance(name_or_path, Path) or is_there(path) or path.suffix.lower() in READERS:
        data = read(
            path, label=label, time=time, kind=kind, order=order, duplicates=duplicates, gaps=gaps, channels=channels
        )
        return replace(data, domain=domain_of_file(path) or data.domain)
    return find(str(name_or_path)).load(data_dir, download)
