"""A saved model is a folder: ``config.json`` for people, ``weights.safetensors`` for arrays. No pickle.

This room knows the folder, not what is in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save

from offbeat.atomic import read_whole, writing_file, writing_folder
from offbeat.errors import ModelError, OffbeatError, OutputError, failing_as
from offbeat.places import check_folder_place, reporting

__all__ = [
    "FORMAT",
    "Arrays",
    "check_model_place",
    "is_model",
    "part_of",
    "read_arrays",
    "read_model",
    "restoring",
    "write_arrays",
    "write_model",
]

FORMAT = 1
"""The version of the folder's layout; a reader refuses a newer one."""

Arrays = dict[str, npt.NDArray[Any]]
_FILES = {"config.json", "weights.safetensors"}
_UNSEEN = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""What systems leave in any folder that they show; it goes with an older model."""


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
    """Write a model folder beside and rename it into place; an older model of that name is replaced whole.

    Raises
    ------
    OutputError
        If it cannot be written, or if ``folder`` holds something that is no model.
    """
    check_model_place(folder)
    with writing_folder(folder) as beside:
        text = json.dumps({"format": FORMAT, **config}, indent=2, allow_nan=False)
        (beside / "config.json").write_text(text + "\n", encoding="utf-8")
        content = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
        (beside / "weights.safetensors").write_bytes(content)
    return folder


def read_model(folder: Path) -> tuple[dict[str, Any], Arrays]:
    """Return the configuration and the arrays of a model folder.

    Raises
    ------
    ModelError
        If the folder is missing, damaged, or written by a newer version.
    """
    with failing_as(ModelError, f"the model at {folder} cannot be read", "check the path and its permissions"):
        return read_whole(folder, _read_model)


def _read_model(folder: Path) -> tuple[dict[str, Any], Arrays]:
    if not any((folder / name).is_file() for name in _FILES):
        raise ModelError(f"no model at {folder}: expected a folder with config.json and weights.safetensors")
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        version = int(config["format"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"the model at {folder} is damaged: config.json cannot be read ({_why(error)})") from error
    if version > FORMAT:
        raise ModelError(
            f"the model at {folder} has the format {version}, but this offbeat reads up to {FORMAT}: upgrade offbeat"
        )
    try:
        arrays = load_file(folder / "weights.safetensors")
    except (OSError, SafetensorError) as error:
        raise ModelError(f"the model at {folder} is damaged: weights.safetensors cannot be read ({error})") from error
    return config, arrays


@contextmanager
def restoring(folder: Path) -> Iterator[None]:
    """Make a model from what was read inside; whatever goes wrong says that the parts do not fit together.

    Raises
    ------
    ModelError
        In place of the errors of parts that are missing, or of other types or sizes.
    """
    try:
        yield
    except (LookupError, TypeError, AttributeError, RuntimeError, OffbeatError, ValueError) as error:
        why = _why(error).partition("\n")[0]
        raise ModelError(f"the model at {folder} is damaged: its parts do not fit together ({why})") from error


def part_of(arrays: Arrays, prefix: str) -> Arrays:
    """Return the arrays whose names begin so, by the rest of their names.

    Examples
    --------
    >>> part_of({"a.x": np.zeros(1), "b.x": np.ones(1)}, "b.")
    {'x': array([1.])}
    """
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def write_arrays(path: Path, arrays: Arrays, notes: dict[str, str]) -> Path:
    """Write arrays, and notes on them, as one safetensors file, beside and then renamed.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    content = save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, notes)
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
    try:
        with safe_open(path, framework="numpy") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path} cannot be read: expected a file that offbeat wrote ({error})") from error


def _why(error: Exception) -> str:
    return f"no {error} in it" if isinstance(error, KeyError) else str(error)
