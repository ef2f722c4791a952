"""A saved model is a folder: ``config.json`` for people, ``weights.safetensors`` for arrays. No pickle.

This room knows the folder, not what is in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from safetensors.numpy import save

from offbeat.atomic import read_whole, writing_file, writing_folder
from offbeat.errors import MissingExtraError, ModelError, OffbeatError, OutputError, failing_as
from offbeat.files.places import check_folder_place, reporting

__all__ = [
    "FORMAT",
    "Arrays",
    "array_of",
    "check_model_place",
    "described_arrays",
    "digest",
    "is_model",
    "part_of",
    "read_arrays",
    "read_config",
    "read_model",
    "restoring",
    "write_arrays",
    "write_model",
]

_CHECKSUM = "checksum"
_DEEPEST = 50
"""Objects and lists within each other in a configuration."""
FORMAT = 1
"""The version of the folder's layout; a reader refuses a newer one."""

Arrays = dict[str, npt.NDArray[Any]]
_Read = TypeVar("_Read")
_FILES = {"config.json", "weights.safetensors"}
_UNSEEN = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""Files that systems leave in any folder they show; they are replaced with an older model."""


def check_model_place(folder: Path) -> None:
    """Refuse a place where no model can be written, before a training is spent on it.

    Raises
    ------
    OutputError
        If ``folder`` is a file, holds something that is no model, or may not be written.
    """
    check_folder_place(folder)
    with reporting(folder):
        if folder.is_dir() and not {entry.name for entry in folder.iterdir()} <= _FILES | _UNSEEN:
            raise OutputError(f"{folder} holds other files than a model: choose an empty or a new folder")


def is_model(folder: Path) -> bool:
    """Return whether a folder holds all the files of a model."""
    return all((folder / name).is_file() for name in _FILES)


def write_model(folder: Path, config: dict[str, Any], arrays: Arrays) -> Path:
    """Write a model folder beside its place and rename it; an older model there is replaced whole.

    Raises
    ------
    OutputError
        If it cannot be written, or if ``folder`` holds something that is no model.
    """
    check_model_place(folder)
    with writing_folder(folder) as beside:
        text = json.dumps({"format": FORMAT, **config}, indent=2, allow_nan=False)
        (beside / "config.json").write_text(text + "\n", encoding="utf-8")
        (beside / "weights.safetensors").write_bytes(_content(arrays, {}))
    return folder


def read_model(folder: Path) -> tuple[dict[str, Any], Arrays]:
    """Return the configuration and the arrays of a model folder.

    Raises
    ------
    ModelError
        If the folder is missing, damaged, or written by a newer version.
    """
    return _whole(folder, _read_model)


def read_config(folder: Path) -> dict[str, Any]:
    """Return the configuration of a model folder: plain values, from which nothing is made yet.

    Raises
    ------
    ModelError
        If the folder is missing, damaged, or written by a newer version.
    """
    return _whole(folder, _read_config)


def _whole(folder: Path, read: Callable[[Path], _Read]) -> _Read:
    """Read from a model folder that others may replace at the same time."""
    with failing_as(ModelError, f"the model at {folder} cannot be read", "check the path and its permissions"):
        return read_whole(folder, read)


def _read_model(folder: Path) -> tuple[dict[str, Any], Arrays]:
    config = _read_config(folder)
    with failing_as(ModelError, f"the model at {folder} is damaged: weights.safetensors cannot be read"):
        return config, _read(folder / "weights.safetensors")[0]


def _read_config(folder: Path) -> dict[str, Any]:
    if not any((folder / name).is_file() for name in _FILES):
        raise ModelError(f"no model at {folder}: expected a folder with config.json and weights.safetensors")
    with failing_as(ModelError, f"the model at {folder} is damaged: config.json cannot be read"):
        text = _regular(folder / "config.json").read_text(encoding="utf-8")
        config: dict[str, Any] = json.loads(text, parse_constant=_refuse)
        _require_shallow(config)
        # Half a character, as "\ud800" is, can be written in JSON but neither shown nor saved.
        json.dumps(config, ensure_ascii=False).encode()
        version = config["format"]
        if type(version) is not int or version < 1:
            raise ValueError(f"its format is {version!r}")
    if version > FORMAT:
        raise ModelError(
            f"the model at {folder} has the format {version}, but this offbeat reads up to {FORMAT}: upgrade offbeat"
        )
    return config


def described_arrays(folder: Path) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return type and shape of each array of a model folder; the values are not read.

    Raises
    ------
    ModelError
        If the file is missing or damaged.
    """
    path = folder / "weights.safetensors"
    with (
        failing_as(ModelError, f"the model at {folder} is damaged: weights.safetensors cannot be read"),
        safe_open(_regular(path), framework="numpy") as file,
    ):
        parts = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
        return {name: (part.get_dtype(), tuple(part.get_shape())) for name, part in parts.items()}


@contextmanager
def restoring(what: str, then: str = "") -> Iterator[None]:
    """Turn any error inside, where something is made of what was read, into "its parts do not fit together".

    Parameters
    ----------
    what : str
        What is restored, such as ``"the model at models/ecg"``.
    then : str
        What to do about it.

    Raises
    ------
    ModelError
        In place of the errors of parts that are missing, or of other types or sizes.
    MissingExtraError
        If a package is not installed that the model needs.
    """
    misfit = f"{what} is damaged: its parts do not fit together"
    with failing_as(ModelError, misfit, then):
        try:
            yield
        except MissingExtraError:
            raise
        except OffbeatError as error:
            raise ModelError(f"{misfit} ({error}){': ' * bool(then)}{then}") from error


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
    content = _content(arrays, notes)
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
        return _read(path)


def _content(arrays: Arrays, notes: dict[str, str]) -> bytes:
    """Return the bytes of a file of arrays and notes, with a checksum by which damage is found."""
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    content: bytes = save(whole, {**notes, _CHECKSUM: digest(whole)})
    return content


def _read(path: Path) -> tuple[Arrays, dict[str, str]]:
    with safe_open(_regular(path), framework="numpy") as file:
        arrays, notes = {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    # Files of earlier versions have none.
    if notes.pop(_CHECKSUM, None) not in (None, digest(arrays)):
        raise ModelError(f"{path} is damaged: its arrays are not those that were written")
    return arrays, notes


def _regular(path: Path) -> Path:
    """Return the path of a regular file: reading a pipe or a device would block."""
    if path.exists() and not path.is_file():
        raise OSError("it is not a file")
    return path


def _require_shallow(value: Any, left: int = _DEEPEST) -> None:
    """Refuse what is nested too deeply to be walked through."""
    if left < 0:
        raise RecursionError
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _require_shallow(part, left - 1)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number")
