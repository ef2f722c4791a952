"""What the code of one's own is, so that a result of earlier code is not taken for one of today's."""

from __future__ import annotations

import inspect
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from offbeat.errors import OffbeatError

__all__ = ["source_of"]

_KNOWN = sys.stdlib_module_names | {"numpy", "offbeat", "pandas", "pyod", "scipy", "sklearn", "torch"}
"""Packages whose code a version stands for."""
_RUN = secrets.token_hex(8)
"""Stands for code that cannot be read: its results are not those of another run."""


def source_of(detector: Any) -> str:
    """Return a digest of the code that a detector brings along; empty where all of it is of offbeat and its libraries.

    It changes with the source of the classes of one's own among the detector and its settings: with the file of their
    module, or all Python files of its package. Other files that they import do not count. Where a source cannot be
    read, it changes with each run. The weights of a PyTorch module that is made already count, too.

    Examples
    --------
    >>> from offbeat import PCADetector
    >>> source_of(PCADetector())
    ''
    """
    found = sorted({part for value in _values(detector) for part in _parts(value)})
    return blake2b("\n".join(found).encode(), digest_size=6).hexdigest() if found else ""


def _values(value: Any) -> Iterator[Any]:
    """Yield an object and all that is in it."""
    yield value
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from _values(each)
    elif hasattr(value, "get_params") and not isinstance(value, type):
        settings = value.get_params(deep=False)
        yield from _values(settings)
        if isinstance(path := settings.get("module"), str):
            from offbeat.networks.own import class_of

            with suppress(OffbeatError):  # the trial says it
                yield class_of(path)


def _parts(value: Any) -> Iterator[str]:
    cls = value if isinstance(value, type) or inspect.isfunction(value) else type(value)
    for each in getattr(cls, "__mro__", (cls,)):
        if each.__module__.partition(".")[0] not in _KNOWN:
            yield _source(each)
            if hasattr(value, "state_dict") and not isinstance(value, type):
                yield _weights(value)


def _source(cls: Any) -> str:
    """Return a digest of where a class or function comes from."""
    root = sys.modules.get(cls.__module__.partition(".")[0])
    try:
        if folders := getattr(root, "__path__", None):
            files = sorted(file for folder in folders for file in Path(folder).rglob("*.py"))
            return _digest(b"\0".join(file.read_bytes() for file in files))
        if file := getattr(root, "__file__", None):
            return _digest(Path(file).read_bytes())
        return _digest(inspect.getsource(cls).encode())
    except (OSError, TypeError):
        return f"{_RUN} {id(cls)}"


def _weights(module: Any) -> str:
    weights = module.state_dict()
    return _digest(b"\0".join(weights[name].cpu().numpy().tobytes() for name in sorted(weights)))


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=8).hexdigest()
