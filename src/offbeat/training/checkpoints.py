"""Checkpoints of a training: replaced only by a whole one, and gone on from only if they are whole."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from io import BytesIO
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch.callbacks import Callback

from offbeat.atomic import writing_file
from offbeat.errors import ModelError, failing_as

__all__ = ["CheckpointFiles", "Started", "going_on_from", "whole_checkpoint"]

_PARTS = ("epoch", "state_dict", "loops", "callbacks", "optimizer_states", "lr_schedulers")


class CheckpointFiles(TorchCheckpointIO):
    """Writes each checkpoint beside and renames it: a full disk leaves the one before as it is."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write one."""
        # By way of memory: what torch says of a full disk is no error of the system, and names no reason.
        content = BytesIO()
        torch.save(checkpoint, content)
        with writing_file(path) as beside:
            beside.write_bytes(content.getbuffer())


def whole_checkpoint(path: Path, callbacks: Iterable[Callback]) -> Path:
    """Return a checkpoint that can be gone on from: its bytes are those that were written, and no part is missing.

    Raises
    ------
    ModelError
        If it is damaged, or none of such a training.
    """
    with _damaged(path):
        _require_checksums(path)
        checkpoint = _load(path)
        for name in _PARTS:
            checkpoint[name]
        # Lightning passes over states that are empty, and would train on without them.
        states = [checkpoint["callbacks"][callback.state_key] for callback in callbacks]
        if not all([*states, checkpoint["optimizer_states"], checkpoint["loops"]]):
            raise ValueError("a part of it is empty")
    return path


def _load(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        # Torch advises to load it all the same, which runs whatever code is in it.
        raise ValueError("it holds more than tensors and plain values") from error


def _require_checksums(path: Path) -> None:
    """Refuse a file whose parts are not what was written, which torch does not look at."""
    with zipfile.ZipFile(path) as parts:
        if any(part.compress_type != zipfile.ZIP_STORED for part in parts.infolist()):
            raise ValueError("it is compressed")
        spoilt = parts.testzip()
    if spoilt is not None:
        raise ValueError(f"{spoilt} has another checksum")


class Started(Callback):
    """Knows whether the training has begun, and so whether all of a checkpoint has been taken up."""

    yes = False

    def on_train_start(self, trainer: Any, module: Any) -> None:
        """Note it."""
        self.yes = True


@contextmanager
def going_on_from(path: Path | None, started: Started | None = None) -> Iterator[None]:
    """Say of what goes wrong inside that the checkpoint is damaged, if there is one and nothing was trained since.

    Raises
    ------
    ModelError
        In place of whatever Lightning raises for parts that do not fit the training.
    """
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        if path is None or (started is not None and started.yes):
            raise
        with _damaged(path):
            raise error


def _damaged(path: Path) -> AbstractContextManager[None]:
    return failing_as(ModelError, f"the checkpoint {path} is damaged", "delete it, and the training starts anew")
