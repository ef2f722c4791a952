"""The file of a stream's state: its arrays, the model they belong to, and a digest that shows damage."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy.typing as npt

from offbeat.errors import ModelError, failing_as
from offbeat.estimators.folder import Arrays, digest, read_arrays, write_arrays

__all__ = ["ANEW", "Part", "read_state", "require_alike", "restore_part", "write_state"]

ANEW = "give the file of an earlier run, or a new name to begin anew"


class Part(Protocol):
    """Part of a stream that remembers something."""

    def arrays(self) -> Arrays:
        """Return what is remembered."""
        ...

    def restore(self, arrays: Arrays) -> None:
        """Go on from what ``arrays`` returned, or raise ModelError."""
        ...


def write_state(path: Path, arrays: Arrays, model: str) -> Path:
    """Write a state, whole or not at all.

    Raises
    ------
    OutputError
        If it cannot be written; an older one is left as it was then.
    """
    return write_arrays(path, arrays, {"model": model, "digest": digest(arrays)})


def read_state(path: Path, model: str) -> Arrays:
    """Return the arrays of a state.

    Raises
    ------
    ModelError
        If it is missing or damaged, or belongs to another model.
    """
    with failing_as(ModelError, f"the state in {path} cannot be read", ANEW):
        if path.exists() and not path.is_file():
            raise ModelError(f"the state in {path} cannot be read: expected a file")
        arrays, notes = read_arrays(path)
        whose = notes.get("model")
        if whose is None or notes.get("digest") != digest(arrays):
            raise ModelError(f"the state in {path} is damaged, or of an older version: {ANEW}")
        if whose != model:
            raise ModelError(
                f"the state in {path} belongs to another model, or to other thresholds that move: give the model as it "
                "was saved with, or a new name"
            )
    return arrays


def require_alike(array: npt.NDArray[Any], model: npt.NDArray[Any], *, length: bool = False) -> None:
    """Refuse an array of another type or shape; with ``length``, the first axis counts, too."""
    start = 0 if length else 1
    if array.dtype != model.dtype or array.ndim != model.ndim or array.shape[start:] != model.shape[start:]:
        raise ValueError(f"expected {model.dtype} of shape {model.shape}, got {array.dtype} of {array.shape}")


def restore_part(part: Part, saved: Arrays) -> None:
    """Let a new part of a stream go on from what such a part remembered; refuse whatever it would not have saved."""
    fresh = part.arrays()
    part.restore(saved)
    restored = part.arrays()
    for name in saved.keys() | fresh.keys():
        require_alike(saved[name], fresh[name])
        require_alike(saved[name], restored[name], length=True)
