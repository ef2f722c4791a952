"""NumPy's .npz archives: the series in ``X`` or ``values``, their classes in ``y`` or ``labels``."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.data.files import existing_file, shorten
from offbeat.errors import DataError, FormatError, ParameterError
from offbeat.recording import Collection

__all__ = ["read_npz"]

Arrays = dict[str, npt.NDArray[Any]]


def read_npz(path: str | Path, label: str | int | None = None) -> Collection:
    """Read series, and labels if there are any, from an ``.npz`` archive; nothing in it is unpickled.

    Parameters
    ----------
    path : str or Path
        The archive. ``X`` (or ``values``) has the shape (n_series, n_times) or (n_series, n_channels, n_times);
        ``y`` (or ``labels``), if present, (n_series,).
    label : {"first", "last", "none"}, str or int, optional
        The name of the array with the labels, or the column of a two-dimensional ``X`` that holds them.

    Returns
    -------
    Collection
        Values of shape (n_series, n_channels, n_times).

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
    values = arrays[name]
    if values.ndim not in (2, 3) or not values.size:
        raise FormatError(
            f"expected {name} of shape (n_series, n_times) or (n_series, n_channels, n_times) in {path}, "
            f"but its shape is {values.shape}"
        )
    values, labels = _split(path, values, arrays, label)
    return Collection(values, labels=labels, name=path.stem)


def _load(path: Path) -> Arrays:
    try:
        with zipfile.ZipFile(path), np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except ValueError as error:
        raise FormatError(
            f"{path} holds an array that is damaged or made of Python objects, which are never unpickled ({error}): "
            "save arrays of numbers, or of text for the labels"
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        raise FormatError(f"{path} is no whole .npz archive ({error}): write or download it again") from error


def _split(
    path: Path, values: npt.NDArray[Any], arrays: Arrays, label: str | int | None
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
        raise ParameterError(f"X of {path} has the shape {values.shape} and no label column {label!r}: name an array")
    return np.delete(values, position, axis=1), values[:, position]
