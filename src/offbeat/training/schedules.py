"""Schedules of the learning rate."""

from __future__ import annotations

import math
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

from offbeat.training.config import TrainConfig

__all__ = ["cosine_share", "scheduled"]


def scheduled(optimizer: Optimizer, config: TrainConfig, n_steps: int) -> Any:
    """Return the optimizer, with the schedule of the settings, in the form that Lightning expects."""
    if config.schedule == "constant":
        return optimizer
    schedule: LRScheduler
    if config.schedule == "cosine":
        schedule = LambdaLR(optimizer, lambda step: cosine_share(step, n_steps, config.warm_up))
    else:
        schedule = OneCycleLR(optimizer, config.learning_rate, total_steps=n_steps)
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def cosine_share(step: int, n_steps: int, warm_up: float) -> float:
    """Return the share of the peak at a step: up linearly, then down along half a cosine.

    Examples
    --------
    >>> [round(cosine_share(step, 10, 0.2), 2) for step in range(11)]
    [0.5, 1.0, 1.0, 0.96, 0.85, 0.69, 0.5, 0.31, 0.15, 0.04, 0.0]
    """
    rising = warm_up * n_steps
    if step < rising:
        return min(1.0, (step + 1) / rising)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - rising) / max(1.0, n_steps - rising))))
