"""Named arrays as a model or a state keeps them: picked, checked and digested, in safetensors files with a checksum."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from safetensors.numpy import save

from offbeat.atomic import writing_file
from offbeat.errors import ModelError, failing_as

__all__ = [
    "Arrays",
    "array_of",
    "arrays_as_bytes",
    "arrays_in_file",
    "digest",
    "file_on_disk",
    "open_arrays",
    "part_of",
    "read_arrays",
    "write_arrays",
]

_CHECKSUM = "checksum"

Arrays = dict[str, npt.NDArray[Any]]


def part_of(arrays: Arrays, prefix: str) -> Arrays:
    """Return the arrays whose names begin with a prefix, by the rest of their names.

    Examples
    --------
    >>> part_of({"a.x": np.zeros(1), "b.x": np.ones(1)}, "b.")
    {'x': array([1.])}
    """
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def array_of(arrays: Arrays, name: str, *shape: int | None, kinds: str = "f", gaps: bool = False) -> npt.NDArray[Any]:
    """Return an array that a model needs, if it has the expected type and shape.

    Parameters
    ----------
    arrays : mapping
        Arrays by name.
    name : str
        The one wanted.
    *shape : int or None
        The size of each axis; None for any.
    kinds : str
        NumPy's letters for kinds of types: ``"f"`` floats, ``"i"`` and ``"u"`` whole numbers.
    gaps : bool
        Whether values may be missing (NaN) or infinite.

    Raises
    ------
    ModelError
        If it is missing, or has another type or shape.

    Examples
    --------
    >>> array_of({"mean": np.zeros(3)}, "mean", 4)
    Traceback (most recent call last):
    offbeat.errors.ModelError: expected an array 'mean' of shape (4,), got float64 of shape (3,)
    """
    if name not in arrays:
        raise ModelError(f"expected an array {name!r}, got none")
    array = arrays[name]
    fits = array.ndim == len(shape) and all(n in (size, None) for n, size in zip(shape, array.shape, strict=True))
    if array.dtype.kind not in kinds or not fits:
        expected = ", ".join("any" if n is None else str(n) for n in shape) + "," * (len(shape) == 1)
        raise ModelError(f"expected an array {name!r} of shape ({expected}), got {array.dtype} of shape {array.shape}")
    if not gaps and array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ModelError(f"expected finite values in the array {name!r}, got others")
    return array


def digest(arrays: Arrays) -> str:
    """Return a digest of 128 bits of arrays, including their names, types and shapes."""
    key = blake2b(digest_size=16)
    for name in sorted(arrays):
        # As a file has it: with one axis at least.
        array = np.ascontiguousarray(arrays[name])
        key.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        key.update(array.tobytes())
    return key.hexdigest()


def write_arrays(path: Path, arrays: Arrays, notes: dict[str, str]) -> Path:
    """Write arrays, and notes on them, as one safetensors file, beside and then renamed.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    content = arrays_as_bytes(arrays, notes)
    with writing_file(path) as beside:
        beside.write_bytes(content)
    return path


def read_arrays(path: Path) -> tuple[Arrays, dict[str, str]]:
    """Return the arrays and the notes of a file that ``write_arrays`` wrote.

    Raises
    ------
    ModelError
        If it is missing or damaged.
    """
    with failing_as(ModelError, f"{path} cannot be read: expected a file that offbeat wrote"):
        return arrays_in_file(path)


def arrays_as_bytes(arrays: Arrays, notes: dict[str, str]) -> bytes:
    """Return the bytes of a file of arrays and notes, with a checksum by which damage is found."""
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    content: bytes = save(whole, {**notes, _CHECKSUM: digest(whole)})
    return content


def arrays_in_file(path: Path) -> tuple[Arrays, dict[str, str]]:
    """Return the arrays and the notes of a file, with whatever error its library raises for a damaged one.

    Raises
    ------
    ModelError
        If the arrays do not have the checksum that they were written with.
    """
    with open_arrays(path) as file:
        arrays, notes = {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    # Files of earlier versions have none.
    if notes.pop(_CHECKSUM, None) not in (None, digest(arrays)):
        raise ModelError(f"{path} is damaged: its arrays are not those that were written")
    return arrays, notes


def open_arrays(path: Path) -> safe_open:
    """Open a safetensors file whose arrays are read one by one, as they are asked for."""
    return safe_open(file_on_disk(path), framework="numpy")


def file_on_disk(path: Path) -> Path:
    """Return the path of a regular file: reading a pipe or a device would block."""
    if path.exists() and not path.is_file():
        raise OSError("it is not a file")
    return path
