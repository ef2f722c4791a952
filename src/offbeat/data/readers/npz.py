"""NumPy's .npz archives: the values in ``X`` or ``values``, their labels in ``y`` or ``labels``."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.data.readers.array_bytes import read_array
from offbeat.data.readers.long import recording_of_rows
from offbeat.data.readers.options import DEFAULTS, Label, ReadOptions
from offbeat.errors import DataError, FormatError, ParameterError, failing_as
from offbeat.files.limits import require_room
from offbeat.files.regular import existing_file, shorten
from offbeat.series.arrays import as_float
from offbeat.series.dates import parse_times
from offbeat.series.frames import Rows
from offbeat.series.labels import binary_labels
from offbeat.series.recording import Collection, Recording

__all__ = ["Arrays", "from_arrays", "read_npz"]

Arrays = dict[str, npt.NDArray[Any]]

_ARRAY = ".npy"
_MOST = 1000


def read_npz(path: str | Path, options: ReadOptions = DEFAULTS) -> Collection | Recording:
    """Read series, or one long one, from an ``.npz`` archive; nothing in it is unpickled.

    Parameters
    ----------
    path : str or Path
        The archive. ``X`` (or ``values``) has the shape (n_series, n_channels, n_times) or (n_series, n_times) for a
        collection, with ``y`` (or ``labels``), if present, of shape (n_series,). It is a recording if its shape is
        (n_times,), or (n_times, n_channels) beside an array ``timestamps``, or ``channels`` with one name a column,
        or with ``kind="recording"``; labels are then of shape (n_times,).
    options : ReadOptions
        ``label`` and ``time`` name the arrays of the labels and timestamps; the former may also be a column of a
        two-dimensional ``X``.

    Returns
    -------
    Collection or Recording
        Values of shape (n_series, n_channels, n_times) or (n_times, n_channels).

    Raises
    ------
    FormatError
        If it is no such archive, or holds pickled objects.
    DataError
        If it is missing, or has no such label.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "beats.npz")
    >>> np.savez(file, X=np.zeros((3, 2, 140)), y=["a", "b", "a"])
    >>> read_npz(file)
    Collection(3 series x 2 channels x 140 time steps, 2 classes)
    """
    path = existing_file(path)
    arrays = _load(path)
    name = next((name for name in ("X", "values") if name in arrays), None)
    if name is None:
        raise FormatError(f"expected an array X or values in {path}, but it holds {shorten(sorted(arrays)) or 'none'}")
    values = arrays.pop(name)
    # Names for the columns of a flat table say that they are channels, not time steps.
    is_flat = values.ndim == 2 and "timestamps" not in arrays and not options.is_recording
    is_named = is_flat and "channels" in arrays and arrays["channels"].size == values.shape[1] > 1
    is_series = values.ndim == 3 or (is_flat and not is_named)
    return from_arrays(path, values, arrays, options, "collection" if is_series else "recording")


def from_arrays(
    path: Path, values: npt.NDArray[Any], others: Arrays, options: ReadOptions, kind: str
) -> Collection | Recording:
    """Make the kind that the caller wants, or else ``kind``, of an array of values and what stands beside it.

    Raises
    ------
    FormatError
        If the values do not have a shape of that kind.
    DataError
        If the arrays do not fit together, or there is no such label.
    """
    kind = options.kind or kind
    shapes = {"collection": "(n_series, n_times) or (n_series, n_channels, n_times)", "recording": _LONG}
    if not values.size or values.ndim not in ((2, 3) if kind == "collection" else (1, 2)):
        raise FormatError(f"expected an array of shape {shapes[kind]} in {path}, but its shape is {values.shape}")
    values, labels = _split(path, values, others, options.label)
    values = as_float(values, kind)
    channels = tuple(map(str, others["channels"].tolist())) if "channels" in others else None
    if kind == "collection":
        return Collection(values, labels=labels, channels=channels, name=path.stem)  # type: ignore[arg-type]  # None becomes ch0, ch1 …
    return _recording(path, values, labels, channels, others, options)


_LONG = "(n_times,) or (n_times, n_channels)"


def _recording(
    path: Path,
    values: npt.NDArray[Any],
    labels: npt.NDArray[Any] | None,
    channels: tuple[str, ...] | None,
    others: Arrays,
    options: ReadOptions,
) -> Recording:
    values = values[:, None] if values.ndim == 1 else values
    for what, array in (("timestamps", others.get("timestamps")), ("labels", labels)):
        if array is not None and array.shape != (len(values),):
            raise FormatError(f"expected {len(values)} {what} in {path}, one a time step, got {array.shape}")
    name = "timestamps" if options.time is None else options.time
    if options.time is not None and name not in others:
        raise DataError(f"no array of {path} is called {name!r}: it holds {shorten(sorted(others)) or 'none'}")
    place = f"row {{}} (counted from 0) of {path}".format
    stamps = others.get(str(name))
    return recording_of_rows(
        Rows(
            values,
            channels,
            None if stamps is None else parse_times(pd.Series(stamps), place),
            None if labels is None else binary_labels(pd.Series(labels, name="labels"), place),
        ),
        options,
        path.stem,
    )


def _load(path: Path) -> Arrays:
    archived = failing_as(FormatError, f"{path} is no whole .npz archive", "write or download it again")
    with archived, zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if member.filename.endswith(_ARRAY)]
        if len(members) > _MOST:
            raise FormatError(f"expected an array X or values and a few beside it, but {path} holds {len(members):,}")
        # Each may be small enough by itself, so all of them are weighed together, against what is really there.
        require_room(sum(m.file_size for m in members) - path.stat().st_size, f"what is in {path}", FormatError)
        return {member.filename.removesuffix(_ARRAY): _array(archive, member, path) for member in members}


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> npt.NDArray[Any]:
    packed = member.compress_type != zipfile.ZIP_STORED
    with archive.open(member) as content:
        return read_array(content, member.file_size, f"the array {member.filename} of {path}", packed=packed)


def _split(
    path: Path, values: npt.NDArray[Any], arrays: Arrays, label: Label
) -> tuple[npt.NDArray[Any], npt.NDArray[Any] | None]:
    """Return the values without their labels, and the labels."""
    if label == "none":
        return values, None
    if label is None:
        return values, next((arrays[name] for name in ("y", "labels") if name in arrays), None)
    if isinstance(label, str) and label in arrays:
        return values, arrays[label]
    if isinstance(label, str) and label not in ("first", "last"):
        raise DataError(f"no array of {path} is called {label!r}: it holds {shorten(sorted(arrays))}")
    position = {"first": 0, "last": -1}[label] if isinstance(label, str) else label
    if values.ndim != 2 or not -values.shape[1] <= position < values.shape[1]:
        raise ParameterError(
            f"the array of {path} has the shape {values.shape} and no label column {label!r}: name an array"
        )
    return np.delete(values, position, axis=1), values[:, position]
