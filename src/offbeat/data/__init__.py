"""Data: one reader a file format, named data sets, splits, and built-in generators."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from offbeat.data.catalogue.catalog import Dataset, domain_of_file, find, names
from offbeat.data.catalogue.download import DataFile
from offbeat.data.panels import holds_many, read_panel, read_panel_with
from offbeat.data.readers.options import Kind, ReadKeywords, ReadOptions, options_from
from offbeat.data.readers.read import READERS, is_elsewhere, read, read_with
from offbeat.data.splits import NormalSplit, group_split, normal_split, stratified_split
from offbeat.data.synthetic import heartbeats, server_metrics, voltage_curves
from offbeat.errors import ParameterError
from offbeat.files.regular import is_there
from offbeat.series.join import join
from offbeat.series.recording import Collection, Recording

__all__ = [
    "DataFile",
    "Dataset",
    "NormalSplit",
    "ReadKeywords",
    "ReadOptions",
    "find",
    "group_split",
    "heartbeats",
    "holds_many",
    "join",
    "load",
    "load_with",
    "names",
    "normal_split",
    "read",
    "read_panel",
    "read_panel_with",
    "server_metrics",
    "stratified_split",
    "voltage_curves",
]


def load(
    source: Any,
    *,
    kind: Kind | None = None,
    data_dir: str | Path | None = None,
    download: bool = False,
    **options: Unpack[ReadKeywords],
) -> Collection | Recording:
    """Load a data set of the catalogue, or read a file, a data frame or an array.

    Parameters
    ----------
    source : str, Path, data frame or array
        One of :func:`names`; or else what :func:`read` takes.
    kind : {"recording", "collection"}, optional
        What the source holds, where it cannot be inferred; a named data set knows that.
    data_dir : str or Path, optional
        A folder to look for a named data set in first, before ``$OFFBEAT_DATA`` and the user cache; also where it is
        downloaded to.
    download : bool
        Whether to fetch a named data set that is not on this machine; nothing is fetched unless asked for.
    **options
        How to read what is no named data set, see :func:`read`; a named data set knows that itself.

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
        If a named data set is to be fetched, and cannot be.
    ParameterError
        If there is no such option, or one is given for a named data set.

    Examples
    --------
    >>> load("synthetic-curves")
    Collection(3000 series x 1 channel x 150 time steps, 3 classes)
    """
    return load_with(source, options_from(ReadOptions, {"kind": kind, **options}, "loading data"), data_dir, download)


def load_with(
    source: Any, options: ReadOptions, data_dir: str | Path | None = None, download: bool = False
) -> Collection | Recording:
    """Load as :func:`load` does, with options that were made already."""
    if isinstance(source, str) and source in names():
        for name, value in options.given().items():
            own = "labels" if name == "label" else name
            raise ParameterError(f"{source} knows its own {own}: leave {name}={value!r} out")
        return find(source).load(data_dir, download)
    if not isinstance(source, str | Path) or is_elsewhere(source):
        return read_with(source, options)
    path = Path(source)
    if isinstance(source, Path) or is_there(path) or path.suffix.lower() in READERS:
        data = read_with(path, options)
        return replace(data, domain=domain_of_file(path) or data.domain)
    return find(source).load(data_dir, download)
