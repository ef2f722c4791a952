"""A saved model is a folder: ``config.json`` for people, ``weights.safetensors`` for arrays. No pickle.

This room knows the folder, not what is in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from offbeat.atomic import read_whole, writing_folder
from offbeat.errors import (
    DeviceError,
    MissingExtraError,
    MissingModuleError,
    ModelError,
    OffbeatError,
    OutputError,
    PluginError,
    failing_as,
)
from offbeat.estimators.arrays import (
    Arrays,
    array_of,
    arrays_as_bytes,
    arrays_in_file,
    digest,
    file_on_disk,
    open_arrays,
    part_of,
    read_arrays,
    write_arrays,
)
from offbeat.files.places import check_folder_place, reporting

__all__ = [
    "FORMAT",
    "SCORE_MODEL",
    "STORE",
    "Arrays",
    "array_of",
    "check_model_place",
    "described_arrays",
    "digest",
    "is_model",
    "model_files",
    "part_of",
    "read_arrays",
    "read_config",
    "read_model",
    "restoring",
    "write_arrays",
    "write_model",
]

_DEEPEST = 50
"""Objects and lists within each other in a configuration."""
FORMAT = 1
"""The version of the folder's layout; a reader refuses a newer one."""

_Read = TypeVar("_Read")
STORE = "models.json"
"""The file by which a folder of models by key is recognised, see :mod:`offbeat.detectors.store`."""
SCORE_MODEL = "score.onnx"
"""The file in an exported model by which other programs score; it is never read here."""
_FILES = {"config.json", "weights.safetensors"}
_NO_FILES: Mapping[str, bytes] = {}
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
        if folder.is_dir() and not {entry.name for entry in folder.iterdir()} <= _FILES | {SCORE_MODEL} | _UNSEEN:
            raise OutputError(f"{folder} holds other files than a model: choose an empty or a new folder")


def is_model(folder: Path) -> bool:
    """Return whether a folder holds all the files of a model."""
    return all((folder / name).is_file() for name in _FILES)


def model_files(folder: Path) -> list[Path]:
    """Return the files in a folder that a model may be made of, by name."""
    return sorted(path for path in folder.glob("*") if path.suffix in (".json", ".safetensors"))


def write_model(folder: Path, config: dict[str, Any], arrays: Arrays, others: Mapping[str, bytes] = _NO_FILES) -> Path:
    """Write a model folder beside its place and rename it; an older model there is replaced whole.

    Parameters
    ----------
    folder : Path
        Where it goes.
    config : dict
        Plain values.
    arrays : dict
        Arrays by name.
    others : mapping
        The contents of files for other programs, by name.

    Raises
    ------
    OutputError
        If it cannot be written, or if ``folder`` holds something that is no model.
    """
    check_model_place(folder)
    with writing_folder(folder) as beside:
        text = json.dumps({"format": FORMAT, **config}, indent=2, allow_nan=False)
        (beside / "config.json").write_text(text + "\n", encoding="utf-8")
        (beside / "weights.safetensors").write_bytes(arrays_as_bytes(arrays, {}))
        for name, content in others.items():
            (beside / name).write_bytes(content)
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
        return config, arrays_in_file(folder / "weights.safetensors")[0]


def _read_config(folder: Path) -> dict[str, Any]:
    if (folder / STORE).is_file():
        raise ModelError(f"expected one model, but {folder} holds models by key: {_how_to_name_one(folder)}")
    if not any((folder / name).is_file() for name in _FILES):
        raise ModelError(f"no model at {folder}: expected a folder with config.json and weights.safetensors")
    with failing_as(ModelError, f"the model at {folder} is damaged: config.json cannot be read"):
        text = file_on_disk(folder / "config.json").read_text(encoding="utf-8")
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


def _how_to_name_one(folder: Path) -> str:
    first = min((entry.name for entry in folder.iterdir() if is_model(entry)), default="KEY")
    return f"name one of them, such as {folder / first}, or give many series"


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
        open_arrays(path) as file,
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
    DeviceError, MissingExtraError, MissingModuleError, PluginError
        If this machine lacks what the model needs.
    """
    misfit = f"{what} is damaged: its parts do not fit together"
    with failing_as(ModelError, misfit, then):
        try:
            yield
        except (DeviceError, MissingExtraError, MissingModuleError, PluginError):
            raise  # the folder is not to blame
        except OffbeatError as error:
            raise ModelError(f"{misfit} ({error}){': ' * bool(then)}{then}") from error


def _require_shallow(value: Any, left: int = _DEEPEST) -> None:
    """Refuse what is nested too deeply to be walked through."""
    if left < 0:
        raise RecursionError
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _require_shallow(part, left - 1)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number")
