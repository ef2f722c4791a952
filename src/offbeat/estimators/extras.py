"""Packages that come with an extra of offbeat: ask for one by name, and say how to install what is missing."""

from __future__ import annotations

from importlib.util import find_spec
from typing import NamedTuple

from offbeat.errors import MissingExtraError

__all__ = ["has_extra", "require_extra"]


class _Extra(NamedTuple):
    called: str
    packages: tuple[str, ...]


_EXTRAS = {
    "deep": _Extra("PyTorch", ("torch", "lightning")),
    "report": _Extra("Matplotlib and Jinja2", ("matplotlib", "jinja2")),
    "fast": _Extra("numba", ("numba",)),
    "onnx": _Extra("ONNX", ("onnx", "onnxscript")),
    "onnxruntime": _Extra("ONNX Runtime", ("onnxruntime",)),
}


def has_extra(name: str) -> bool:
    """Return whether the packages of an extra are installed; none of them is imported.

    Examples
    --------
    >>> has_extra("deep")
    True
    """
    return all(map(_is_installed, _EXTRAS[name].packages))


def require_extra(name: str, what: str) -> None:
    """Refuse to go on without the packages of an extra; none of them is imported.

    Parameters
    ----------
    name : {"deep", "report", "fast", "onnx", "onnxruntime"}
        The extra; ``"onnxruntime"`` is the part of ``offbeat[onnx]`` that runs models.
    what : str
        What needs it, for the message.

    Raises
    ------
    MissingExtraError
        If one of them is not installed.
    """
    if not has_extra(name):
        extra = "onnx" if name == "onnxruntime" else name
        raise MissingExtraError(f"{what} needs {_EXTRAS[name].called}: pip install 'offbeat[{extra}]'")


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ImportError:  # a finder may refuse a package
        return False
