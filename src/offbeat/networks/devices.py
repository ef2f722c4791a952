"""The device that networks are trained on, and the one that they compute on."""

from __future__ import annotations

import os

from offbeat.errors import DeviceError
from offbeat.estimators.hints import require_choice

__all__ = ["VARIABLE", "computing_device", "devices", "require_device_choice", "training_device"]

CHOICES = ("auto", "cpu", "cuda", "mps")
VARIABLE = "OFFBEAT_DEVICE"
"""The environment variable that stands in for ``"auto"``, so that it reaches worker processes, too."""


def devices() -> tuple[str, ...]:
    """Return the devices of this machine, the fastest first; ``"cpu"`` is always the last.

    Examples
    --------
    >>> devices()[-1]
    'cpu'
    """
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return tuple(name for name, is_there in there.items() if is_there)


def training_device(device: str) -> str:
    """Return the device to train on; ``"auto"`` is the fastest of this machine.

    Raises
    ------
    DeviceError
        If this machine lacks the device.
    """
    return _asked_for(device) or devices()[0]


def computing_device(device: str) -> str:
    """Return the device to score or classify on; ``"auto"`` is the processor.

    A processor gives the same scores on every machine, needs no copies, and is the quickest where series come one at a
    time.

    Raises
    ------
    DeviceError
        If this machine lacks the device.
    """
    return _asked_for(device) or "cpu"


def require_device_choice(device: str) -> None:
    """Raise ParameterError for a device that no machine has."""
    require_choice("device", device, CHOICES)


def _asked_for(device: str) -> str | None:
    """Return the device that was asked for, by argument or else by the environment; None for ``"auto"``."""
    asked = (os.environ.get(VARIABLE) or "auto") if device == "auto" else device
    if asked == "auto":
        return None
    there = devices()
    if asked not in there:
        where = f"{VARIABLE}={asked}" if device == "auto" else repr(asked)
        raise DeviceError(f"expected a device of this machine, got {where}: choose {' or '.join(there)}")
    return asked
