"""The memory that a network would take, found before it is taken."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from offbeat.errors import OffbeatError, ParameterError
from offbeat.files.limits import require_room

__all__ = ["require_network_room"]


def require_network_room(build: Callable[[], nn.Module], kind: type[OffbeatError] = ParameterError) -> None:
    """Refuse settings that ask for a network of more weights than there is room for.

    Parameters
    ----------
    build : callable
        Returns the network; called on torch's *meta* device, where tensors have a shape and no values.
    kind : type
        The error to raise.

    Raises
    ------
    ParameterError
        Or ``kind``, if its weights take more than :func:`offbeat.files.limits.largest_expansion`.

    Examples
    --------
    >>> require_network_room(lambda: nn.Linear(100, 100))
    >>> require_network_room(lambda: nn.Linear(100_000, 100_000))
    Traceback (most recent call last):
    offbeat.errors.ParameterError: a network of these sizes would take 40 GB of memory...
    """
    try:
        with torch.device("meta"):
            weights = sum(part.nbytes for part in build().state_dict().values())
    except OffbeatError:
        raise
    except Exception:  # a module of one's own may need values to be made
        return
    require_room(weights, "a network of these sizes", kind)
