"""What watches a training: the best weights, the history, the progress."""

from __future__ import annotations

import copy
import logging
import math
import sys
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback, RichProgressBar
from torch import Tensor

from offbeat.training.config import TrainConfig

__all__ = ["BestWeights", "History", "progress_callbacks"]

_log = logging.getLogger("offbeat")


class BestWeights(Callback):
    """Keeps the weights of the epoch with the lowest validation loss, in memory and in checkpoints."""

    def __init__(self) -> None:
        self.loss, self.epoch = math.inf, -1
        self.weights: dict[str, Tensor] | None = None

    def on_validation_epoch_end(self, trainer: lightning.Trainer, module: Any) -> None:
        """Take the weights if they are the best so far."""
        loss = float(trainer.callback_metrics["val_loss"])
        if loss < self.loss:
            self.loss, self.epoch = loss, trainer.current_epoch
            weights = module.network.state_dict()
            self.weights = {name: tensor.detach().cpu().clone() for name, tensor in weights.items()}

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"loss": self.loss, "epoch": self.epoch, "weights": self.weights}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what a checkpoint kept."""
        self.loss, self.epoch, self.weights = state_dict["loss"], state_dict["epoch"], state_dict["weights"]


class History(Callback):
    """Keeps loss, validation loss and learning rate of every epoch."""

    def __init__(self) -> None:
        self.epochs: dict[str, list[float]] = {"loss": [], "val_loss": [], "lr": []}

    def on_train_epoch_end(self, trainer: lightning.Trainer, module: Any) -> None:
        """Write one epoch down."""
        for name in ("loss", "val_loss"):
            self.epochs[name].append(float(trainer.callback_metrics[name]))
        self.epochs["lr"].append(float(trainer.optimizers[0].param_groups[0]["lr"]))

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return copy.deepcopy(self.epochs)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what a checkpoint kept."""
        self.epochs = copy.deepcopy(state_dict)


class LoggedLines(Callback):
    """Where no bar can be drawn: about ten lines a training, through the logger ``offbeat``."""

    def on_train_epoch_end(self, trainer: lightning.Trainer, module: Any) -> None:
        """Log a line for the first, the last and about every tenth part of the epochs."""
        epoch, last = trainer.current_epoch + 1, trainer.max_epochs or 1
        if epoch in (1, last) or epoch % max(1, last // 10) == 0:
            losses = (float(trainer.callback_metrics[name]) for name in ("loss", "val_loss"))
            _log.info("epoch %d/%d: loss %.4f, validation loss %.4f", epoch, last, *losses)


def progress_callbacks(config: TrainConfig) -> list[Callback]:
    """Return a bar on a terminal, logged lines elsewhere, nothing where ``progress`` is False."""
    if config.progress is False:
        return []
    if config.progress or sys.stderr.isatty():
        return [RichProgressBar(leave=True, console_kwargs={"stderr": True})]
    return [LoggedLines()]
