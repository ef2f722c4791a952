"""Checkpoints of a training: replaced only by a complete one, and resumed only if complete."""

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

__all__ = ["CheckpointFiles", "Started", "resuming", "whole_checkpoint"]

_PARTS = ("epoch", "state_dict", "loops", "callbacks", "optimizer_states", "lr_schedulers")


class CheckpointFiles(TorchCheckpointIO):
    """Writes each checkpoint beside the last and renames it: a full disk leaves the last one as it is."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write one."""
        # Through memory: what torch raises on a full disk is no OSError, and gives no reason.
        content = BytesIO()
        torch.save(checkpoint, content)
        with writing_file(path) as beside:
            beside.write_bytes(content.getbuffer())


def whole_checkpoint(path: Path, callbacks: Iterable[Callback]) -> Path:
    """Return the path of a checkpoint that can be resumed: its bytes are those written, and no part is missing.

    Raises
    ------
    ModelError
        If it is damaged, or of another kind of training.
    """
    with _damaged(path):
        _require_checksums(path)
        checkpoint = _load(path)
        for name in _PARTS:
            checkpoint[name]
        # Lightning ignores empty states, and would go on without them.
        states = [checkpoint["callbacks"][callback.state_key] for callback in callbacks]
        if not all([*states, checkpoint["optimizer_states"], checkpoint["loops"]]):
            raise ValueError("a part of it is empty")
    return path


def _load(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        # Torch advises to load it with weights_only=False, which runs any code in it.
        raise ValueError("it holds more than tensors and plain values") from error


def _require_checksums(path: Path) -> None:
    """Refuse a file whose parts are not those written: torch does not compare checksums."""
    with zipfile.ZipFile(path) as parts:
        if any(part.compress_type != zipfile.ZIP_STORED for part in parts.infolist()):
            raise ValueError("it is compressed")
        spoilt = parts.testzip()
    if spoilt is not None:
        raise ValueError(f"{spoilt} has another checksum")


class Started(Callback):
    """Knows whether the training has begun, and so whether all of a checkpoint has been restored."""

    yes = False

    def on_train_start(self, trainer: Any, module: Any) -> None:
        """Note it."""
        self.yes = True


@contextmanager
def resuming(path: Path | None, started: Started | None = None) -> Iterator[None]:
    """Turn errors inside into "the checkpoint is damaged", if there is one and nothing was trained since.

    Raises
    ------
    ModelError
        In place of what Lightning raises for parts that do not fit the training.
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
    return failing_as(ModelError, f"the checkpoint {path} is damaged", "delete it to start the training anew")
