"""Callbacks of a training: the best weights, their average, the history, the progress."""

from __future__ import annotations

import copy
import logging
import math
import sys
import time
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, RichProgressBar
from torch import Tensor

from offbeat.progress import in_notebook
from offbeat.training.config import TrainConfig
from offbeat.training.notebook_bar import NotebookBar
from offbeat.words import to_go

__all__ = ["AveragedWeights", "BestWeights", "Handover", "History", "progress_callbacks"]

_log = logging.getLogger("offbeat")


class BestWeights(Callback):
    """Keeps the weights of the best epoch by what is monitored, in memory and in checkpoints.

    Among epochs that are equally good the one of the lowest validation loss is the best; one whose loss is not finite
    never is.
    """

    def __init__(self, monitor: str = "val_loss") -> None:
        self.monitor = monitor
        self.badness, self.epoch = (math.inf, math.inf), -1
        self.weights: dict[str, Tensor] | None = None

    def on_validation_end(self, trainer: lightning.Trainer, module: Any) -> None:
        """Keep the weights if they are the best so far."""
        loss = float(trainer.callback_metrics["val_loss"])
        badness = (self._badness(trainer, loss), loss)
        if math.isfinite(loss) and badness < self.badness:
            self.badness, self.epoch = badness, trainer.current_epoch
            weights = module.network.state_dict()
            self.weights = {name: tensor.detach().cpu().clone() for name, tensor in weights.items()}

    def _badness(self, trainer: lightning.Trainer, loss: float) -> float:
        if self.monitor == "last":
            return -float(trainer.current_epoch)
        return loss if self.monitor == "val_loss" else -float(trainer.callback_metrics[self.monitor])

    def state_dict(self) -> dict[str, Any]:
        """Return the state for a checkpoint."""
        return {"badness": list(self.badness), "epoch": self.epoch, "weights": self.weights}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state from a checkpoint."""
        (badness, loss), self.epoch = state_dict["badness"], int(state_dict["epoch"])
        self.badness = float(badness), float(loss)
        self.weights = state_dict["weights"]


class AveragedWeights(Callback):
    """Keeps a moving average of the weights, which replaces them while the network is validated.

    The decay grows towards its final value, so that the initial weights are soon forgotten. Lightning's
    ``WeightAveraging`` swaps the weights back before ``val_loss`` is known, too early for :class:`BestWeights`.
    """

    def __init__(self, decay: float) -> None:
        self.decay, self.steps = decay, 0
        self.average: dict[str, Tensor] | None = None
        self.own: dict[str, Tensor] = {}

    def on_train_start(self, trainer: Any, module: Any) -> None:
        """Follow every step of the optimizer."""
        trainer.optimizers[0].register_step_post_hook(lambda *_: self._follow(module))

    @torch.no_grad()
    def _follow(self, module: Any) -> None:
        """Move the average towards the weights after a step."""
        self.steps += 1
        weights = module.network.state_dict()
        if self.average is None:
            self.average = {name: tensor.detach().clone() for name, tensor in weights.items()}
        share = 1.0 - min(self.decay, (1 + self.steps) / (10 + self.steps))
        for name, mean in self.average.items():
            if mean.is_floating_point():
                mean.lerp_(weights[name].to(mean.device), share)
            else:
                mean.copy_(weights[name])

    def on_validation_start(self, trainer: Any, module: Any) -> None:
        """Put the average in."""
        if self.average is not None:
            self.own = {name: tensor.detach().clone() for name, tensor in module.network.state_dict().items()}
            module.network.load_state_dict(self.average)

    def on_validation_end(self, trainer: Any, module: Any) -> None:
        """Put the weights back."""
        if self.own:
            module.network.load_state_dict(self.own)
            self.own = {}

    def state_dict(self) -> dict[str, Any]:
        """Return the state for a checkpoint."""
        return {"steps": self.steps, "average": self.average}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state from a checkpoint."""
        self.steps, self.average = state_dict["steps"], state_dict["average"]


class History(Callback):
    """Keeps loss, validation loss and learning rate of every epoch, and the findings of the task."""

    def __init__(self) -> None:
        self.epochs: dict[str, list[Any]] = {"loss": [], "val_loss": [], "lr": []}

    def on_train_epoch_end(self, trainer: lightning.Trainer, module: Any) -> None:
        """Record one epoch."""
        for name in ("loss", "val_loss"):
            self.epochs[name].append(float(trainer.callback_metrics[name]))
        self.epochs["lr"].append(float(trainer.optimizers[0].param_groups[0]["lr"]))
        for name, value in module.findings().items():
            self.epochs.setdefault(name, []).append(value)

    def state_dict(self) -> dict[str, Any]:
        """Return the state for a checkpoint."""
        return copy.deepcopy(self.epochs)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state from a checkpoint."""
        if not self.epochs.keys() <= state_dict.keys() or len(set(map(len, state_dict.values()))) > 1:
            raise ValueError("its history is not that of whole epochs")
        self.epochs = copy.deepcopy(state_dict)


class Handover(Callback):
    """Hands what the callbacks of the first of several processes have kept to the process that started them.

    Parameters
    ----------
    path : Path
        A file that both can reach.
    *callbacks : Callback
        Whose states are handed over.
    """

    def __init__(self, path: Path, *callbacks: Callback) -> None:
        self.path, self.callbacks = path, callbacks

    def on_fit_end(self, trainer: lightning.Trainer, module: Any) -> None:
        """Write the states, where there are several processes."""
        if trainer.world_size > 1 and trainer.is_global_zero:
            torch.save([callback.state_dict() for callback in self.callbacks], self.path)

    def take(self) -> None:
        """Read the states, where they were written."""
        if not self.path.is_file():
            return
        states = torch.load(self.path, map_location="cpu", weights_only=True)
        for callback, state in zip(self.callbacks, states, strict=True):
            callback.load_state_dict(state)


class LoggedLines(Callback):
    """Logs about ten lines a training through the logger ``offbeat``, where no bar can be drawn."""

    begun, epochs_before = 0.0, 0

    def on_train_start(self, trainer: lightning.Trainer, module: Any) -> None:
        """Remember when the training, or the rest of one that is resumed, began."""
        self.begun, self.epochs_before = time.monotonic(), trainer.current_epoch

    def on_train_epoch_end(self, trainer: lightning.Trainer, module: Any) -> None:
        """Log a line for the first, the last and about every tenth part of the epochs."""
        epoch, last = trainer.current_epoch + 1, trainer.max_epochs or 1
        if epoch in (1, last) or epoch % max(1, last // 10) == 0:
            losses = (float(trainer.callback_metrics[name]) for name in ("loss", "val_loss"))
            pace = (time.monotonic() - self.begun) / (epoch - self.epochs_before)
            _log.info(
                "epoch %d/%d: loss %.4f, validation loss %.4f%s", epoch, last, *losses, to_go(pace * (last - epoch))
            )


def progress_callbacks(config: TrainConfig) -> list[Callback]:
    """Return a bar in a notebook or on a terminal, logged lines elsewhere, nothing where ``progress`` is False."""
    if config.progress is False:
        return []
    if in_notebook():
        return [NotebookBar()]
    if config.progress or sys.stderr.isatty():
        return [RichProgressBar(leave=True, console_kwargs={"stderr": True})]
    return [LoggedLines()]
