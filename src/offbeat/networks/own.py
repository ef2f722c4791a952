"""Modules of one's own by the import path of their class, ``package.module:Class``."""

from __future__ import annotations

import importlib
import os
import re
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offbeat.errors import MissingModuleError, ParameterError, failing_as

if TYPE_CHECKING:
    from torch import nn

__all__ = ["GROUP", "VARIABLE", "SavedPath", "class_of", "import_path"]

GROUP = "offbeat.modules"
"""The entry points by which an installed package allows saved models to name its classes."""
VARIABLE = "OFFBEAT_MODULES"
"""The environment variable that allows more of them: import paths with commas between."""

_OURS = (
    "offbeat.networks.dense_autoencoder:DenseAutoencoderNetwork",
    "offbeat.networks.lstm_autoencoder:LSTMAutoencoderNetwork",
)


class SavedPath(str):
    """An import path that a saved model gives, which alone does not allow to import anything."""

    __slots__ = ()


_NAME = r"[^\W\d]\w*(\.[^\W\d]\w*)*"
_PATH = re.compile(f"{_NAME}:{_NAME}")


def import_path(module: nn.Module | type[nn.Module] | str) -> str:
    """Return the import path of the class of a module.

    Examples
    --------
    >>> from torch import nn
    >>> import_path(nn.Linear(2, 2))
    'torch.nn.modules.linear:Linear'
    """
    if isinstance(module, str):
        return str(module)
    cls = module if isinstance(module, type) else type(module)
    return f"{cls.__module__}:{cls.__qualname__}"


def class_of(path: str) -> type[nn.Module]:
    """Return the class at an import path; this imports its module, which runs the code there.

    A path that comes from a saved model is imported only if something else than the model names it, too. The current
    folder is searched, after all others, for what the environment variable ``OFFBEAT_MODULES`` names, and for nothing
    else.

    Raises
    ------
    ParameterError
        If there is no such class of modules.
    MissingModuleError
        If the path comes from a saved model, and nothing else names it, or it is not there.

    Examples
    --------
    >>> class_of("torch.nn:Linear").__name__
    'Linear'
    >>> class_of(SavedPath("torch.nn:Linear"))
    Traceback (most recent call last):
    offbeat.errors.MissingModuleError: the model needs the module torch.nn:Linear: set...
    """
    from torch import nn

    if isinstance(path, SavedPath):
        _require_allowed(path)
    if not _PATH.fullmatch(path):
        raise ParameterError(f"expected a module as package.module:Class, got {path!r}")
    place, _, name = path.partition(":")
    if path in _named() and (here := str(Path.cwd())) not in sys.path:
        sys.path.append(here)  # to stay: its processes and its own imports need it, too
    kind = MissingModuleError if isinstance(path, SavedPath) else ParameterError
    then = f"install its package, or set {VARIABLE}={path}, with which the current folder is searched, too"
    with failing_as(kind, f"{path} cannot be imported", then):
        found: Any = importlib.import_module(place)
        for part in name.split("."):
            found = getattr(found, part)
    if not (isinstance(found, type) and issubclass(found, nn.Module)):
        raise ParameterError(f"expected a class of PyTorch modules, got {path}")
    return found


def _require_allowed(path: str) -> None:
    if path not in (*_OURS, *_named(), *(point.value for point in entry_points(group=GROUP))):
        raise MissingModuleError(
            f"the model needs the module {path}: set {VARIABLE}={path}, with which the current folder is searched, "
            f"too, install a package that has it among its entry points {GROUP!r}, or give offbeat.load its class as "
            "module"
        )


def _named() -> list[str]:
    """Return the import paths that the environment variable allows."""
    return [each.strip() for each in os.environ.get(VARIABLE, "").split(",")]
