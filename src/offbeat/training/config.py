"""All settings of a training in one place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from offbeat.errors import ParameterError
from offbeat.estimators.hints import Count, Positive, Range, Seed, require_choice
from offbeat.estimators.settings import SettingsGroup

__all__ = ["TrainConfig"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "loss": ("l1", "l2"),
    "schedule": ("one-cycle", "cosine", "constant"),
    "monitor": ("val_loss", "macro_f1", "last"),
    "precision": ("32", "bf16"),
}
_NotNegative = Annotated[float, Range(0)]
_ShareOrNone = Annotated[float, Range(0, 1, open_high=True)]


@dataclass(frozen=True)
class TrainConfig(SettingsGroup):
    """Settings of a training.

    Parameters
    ----------
    epochs : int, default 50
        How often the training goes through the data, at most; more often where ``min_steps`` asks for it.
    min_steps : int, default 0
        Steps to take at least: of little data an epoch has few, and a network that has taken few has hardly learned
        more than the mean. Where ``epochs`` have fewer, there are more of them. Epochs that ``epoch_windows`` cuts
        short count as whole ones.
    batch_size : int, default 32
        Series in one step; the last batch of an epoch may be smaller.
    epoch_windows : int or None, default 2560
        Windows of a recording in one epoch, at most. Neighbouring windows overlap, so that a part of them holds almost
        as much as all; each epoch draws another part. The held-out windows that choose the best epoch are limited
        likewise, to evenly spaced ones. None takes all windows. Series of a collection are always taken whole.
    learning_rate : float, default 0.001
        The learning rate of Adam; where a schedule moves it, its peak.
    schedule : {"one-cycle", "cosine", "constant"}, default "one-cycle"
        ``"one-cycle"`` rises to the peak and falls to almost nothing (Smith 2018); ``"cosine"`` rises linearly for
        ``warm_up`` and falls along half a cosine (Loshchilov & Hutter 2017); ``"constant"`` stays.
    warm_up : float, default 0.05
        The share of all steps in which the ``"cosine"`` schedule rises.
    loss : {"l1", "l2"}, default "l1"
        ``"l1"`` mean absolute error, ``"l2"`` mean squared error; classifiers have their own loss.
    noise : float, default 0.0
        Standard deviation of Gaussian noise on the scaled input (the target stays clean); Vincent et al. 2008.
    weight_decay : float, default 0.0
        Decoupled weight decay (AdamW) of matrices, not of biases and norms; 0 is plain Adam.
    gradient_clip : float, default 1.0
        The largest norm of the gradient; 0 leaves it as it is.
    patience : int or None, default None
        Stop after that many epochs without a better ``monitor``; None never stops early.
    monitor : {"val_loss", "macro_f1", "last"}, default "val_loss"
        The best epoch is the one with the lowest ``"val_loss"``; or, where classes are learned, with the highest
        ``"macro_f1"``; or it is the ``"last"``: a few held-out patients say little about which is best.
    average : float, default 0.0
        Decay of a moving average of the weights, such as 0.999: the average is what is validated and kept (Polyak &
        Juditsky 1992); 0 keeps the weights themselves.
    seed : int or None, default None
        Seed of weights, shuffling and noise; None takes the estimator's ``random_state``.
    devices : int, default 1
        GPUs to train on at once (processes, on the processor), each with batches of its own: a step learns from
        ``devices`` times ``batch_size`` series. A script that asks for several starts its work below ``if __name__ ==
        "__main__"``. Not saved with a model.
    precision : {"32", "bf16"}, default "32"
        ``"bf16"`` is automatic mixed precision (recurrent layers stay in float32).
    threads : int or None, default None
        Threads that share each batch, never more than the machine has cores; None is one, which suits small matrices
        and busy machines.
    progress : bool or None, default None
        A progress bar; None shows it in a notebook and on a terminal, and elsewhere logs a line now and then (logger
        ``offbeat``).
    logger : Lightning logger, list of them or None, default None
        Any Lightning logger (TensorBoard, CSV, MLflow …). Not saved with a model.
    checkpoint_dir : str, Path or None, default None
        Where to keep a checkpoint after every epoch, in one folder for each training by its data and settings. The
        same training, started again after a stop, resumes there.

    Examples
    --------
    >>> reference = TrainConfig(epochs=150, batch_size=10, learning_rate=1e-3, schedule="constant")
    >>> TrainConfig(epochs=0).validate()
    Traceback (most recent call last):
    offbeat.errors.ParameterError: epochs is a whole number from 1 to 1,000,000, got 0
    """

    run_only: ClassVar[tuple[str, ...]] = ("devices", "progress", "logger", "checkpoint_dir")
    added_later: ClassVar[Mapping[str, Any]] = {"min_steps": 0}

    epochs: Count = 50
    min_steps: Annotated[int, Range(0, 1_000_000)] = 0
    batch_size: Count = 32
    epoch_windows: Count | None = 2560
    learning_rate: Positive = 1e-3
    schedule: str = "one-cycle"
    warm_up: _ShareOrNone = 0.05
    loss: str = "l1"
    noise: _NotNegative = 0.0
    weight_decay: _NotNegative = 0.0
    gradient_clip: _NotNegative = 1.0
    patience: Count | None = None
    monitor: str = "val_loss"
    average: _ShareOrNone = 0.0
    seed: Seed | None = None
    devices: Annotated[int, Range(1, 64)] = 1
    precision: str = "32"
    threads: Annotated[int, Range(1, 256)] | None = None
    progress: bool | None = None
    logger: Any = None
    checkpoint_dir: str | Path | None = None

    def validate(self) -> None:
        """Raise ParameterError for a setting of another type, or out of its range."""
        super().validate()
        if self.patience is not None and self.monitor == "last":
            raise ParameterError(f'patience is None with monitor="last", got {self.patience!r}')
        for name, choices in _CHOICES.items():
            require_choice(name, getattr(self, name), choices)

    def n_epochs(self, n_batches: int) -> int:
        """Return how many epochs of so many batches there are at most.

        Examples
        --------
        >>> TrainConfig(epochs=8, min_steps=2000).n_epochs(31), TrainConfig(epochs=8, min_steps=2000).n_epochs(311)
        (65, 8)
        """
        return max(self.epochs, math.ceil(self.min_steps / n_batches))

    def replaced(self, **given: Any) -> Self:
        """Return these settings with others in place of some; ``epochs`` without ``min_steps`` are exactly as many.

        Examples
        --------
        >>> TrainConfig(epochs=8, min_steps=2000).replaced(epochs=3).n_epochs(31)
        3
        """
        exact = {"min_steps": 0} if "epochs" in given else {}
        return replace(self, **{**exact, **given})

    def __deepcopy__(self, memo: object) -> Self:
        """Nothing in it changes, and a logger stays the one that it is."""
        return self
