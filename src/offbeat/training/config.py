"""All settings of a training in one place."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self, get_type_hints

from offbeat.errors import ParameterError
from offbeat.hints import judge_types

__all__ = ["TrainConfig"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "loss": ("l1", "l2"),
    "schedule": ("one-cycle", "cosine", "constant"),
    "monitor": ("val_loss", "macro_f1", "last"),
    "device": ("auto", "cpu", "cuda", "mps"),
    "precision": ("32", "bf16"),
}


@dataclass(frozen=True)
class TrainConfig:
    """Settings of a training.

    Examples
    --------
    >>> reference = TrainConfig(epochs=150, batch_size=10, learning_rate=1e-3, schedule="constant")
    >>> TrainConfig(epochs=0).judge()
    Traceback (most recent call last):
    offbeat.errors.ParameterError: epochs is a number of at least 1, but 0 came
    """

    epochs: int = 50
    """How often the training goes through the data, at most."""
    batch_size: int = 32
    """Series in one step; the last batch of an epoch may be smaller."""
    learning_rate: float = 1e-3
    """The learning rate of Adam; where a schedule moves it, its peak."""
    schedule: str = "one-cycle"
    """``"one-cycle"`` rises to the peak and falls to almost nothing (Smith 2018); ``"cosine"`` rises in a straight line
    for ``warm_up`` and falls along half a cosine (Loshchilov & Hutter 2017); ``"constant"`` stays."""
    warm_up: float = 0.05
    """The share of all steps in which the ``"cosine"`` schedule rises."""
    loss: str = "l1"
    """``"l1"`` mean absolute error, ``"l2"`` mean squared error; what tells classes apart has its own loss."""
    noise: float = 0.0
    """Standard deviation of Gaussian noise on the scaled input (the target stays clean); Vincent et al. 2008."""
    weight_decay: float = 0.0
    """Decoupled weight decay (AdamW) of matrices, not of biases and norms; 0 is plain Adam."""
    gradient_clip: float = 1.0
    """The largest norm of the gradient; 0 leaves it as it is."""
    patience: int | None = None
    """Stop after that many epochs without a better ``monitor``; None never stops early."""
    monitor: str = "val_loss"
    """The best epoch has the lowest ``"val_loss"``; or, where classes are learned, the highest ``"macro_f1"``; or it is
    the ``"last"``: a few patients held out say little of which is best."""
    average: float = 0.0
    """Decay of a moving average of the weights, such as 0.999: the average is what is validated and kept (Polyak &
    Juditsky 1992); 0 keeps the weights themselves."""
    seed: int | None = None
    """Seed of weights, shuffling and noise; None takes the detector's ``random_state``."""
    device: str = "auto"
    """``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"``: Lightning's accelerator."""
    precision: str = "32"
    """``"32"``, or ``"bf16"`` for automatic mixed precision (recurrent layers stay in float32)."""
    threads: int | None = None
    """Threads that share each batch; None is one, which suits small matrices and busy machines."""
    progress: bool | None = None
    """A progress bar; None shows it on a terminal, and elsewhere logs a line now and then (logger ``offbeat``)."""
    logger: Any = None
    """Any Lightning logger (TensorBoard, CSV, MLflow …) or a list of them. Not saved with a model."""
    checkpoint_dir: str | Path | None = None
    """Where to keep a checkpoint after every epoch, in a folder for each training by its data and settings. The same
    training, started again after a stop, goes on from there."""

    def judge(self) -> None:
        """Raise ParameterError for a setting of another type, or out of its range."""
        judge_types({field.name: getattr(self, field.name) for field in fields(self)}, get_type_hints(type(self)))
        for name in ("epochs", "batch_size"):
            self._require(name, getattr(self, name) >= 1, "a number of at least 1")
        self._require("learning_rate", self.learning_rate > 0, "a number above 0")
        for name in ("noise", "weight_decay", "gradient_clip"):
            self._require(name, getattr(self, name) >= 0, "a number of at least 0")
        self._require("warm_up", 0 <= self.warm_up < 1, "a share from 0 up to, but not including, 1")
        self._require("average", 0 <= self.average < 1, "a number from 0 up to, but not including, 1")
        self._require("threads", self.threads is None or self.threads > 0, "None or a number above 0")
        self._require("seed", self.seed is None or 0 <= self.seed < 2**32, "None or a number from 0 to 2**32 - 1")
        self._require("patience", self.patience is None or self.patience > 0, "None or a number above 0")
        self._require("patience", self.patience is None or self.monitor != "last", 'None with monitor="last"')
        for name, choices in _CHOICES.items():
            self._require(name, getattr(self, name) in choices, f"one of {', '.join(choices)}")

    def __deepcopy__(self, memo: object) -> Self:
        """Nothing in it changes, and a logger stays the one that it is."""
        return self

    def essence(self) -> dict[str, Any]:
        """Return the settings that make the result what it is, without those of the run (progress, logger, folder)."""
        run_only = ("progress", "logger", "checkpoint_dir")
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name not in run_only}

    def _require(self, name: str, holds: bool, expected: str) -> None:
        if not holds:
            raise ParameterError(f"{name} is {expected}, but {getattr(self, name)!r} came")
