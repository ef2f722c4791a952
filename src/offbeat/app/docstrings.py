"""What the docstrings of a class say about its settings. The help of a command reads it: nothing heavy is imported."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

__all__ = ["SECTION", "documented", "sentences"]

SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.MULTILINE)
"""The head of a section, by which a docstring is split into its beginning, and name and text of each."""
_ROLE = re.compile(r":\w+:`~?([^`]+)`")


def sentences(cls: type) -> dict[str, str]:
    """Return what a class says about each of its settings, by name.

    Examples
    --------
    >>> from offbeat.app.request import Request
    >>> sentences(Request)["data_dir"]
    'Look for data sets here first, then in $OFFBEAT_DATA.'
    """
    return {name: sentence for name, (_, sentence) in documented(cls).items()}


def documented(cls: type) -> dict[str, tuple[str, str]]:
    """Return type and sentence of each setting, as the section "Parameters" of the class and its bases states them."""
    found: dict[str, tuple[str, str]] = {}
    for each in cls.__mro__:
        for name, kind, sentence in _parameters(vars(each).get("__doc__") or ""):
            found.setdefault(name, (kind, sentence))
    return found


def _parameters(docstring: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, type and sentence of each entry in the section "Parameters"."""
    parts = SECTION.split(inspect.cleandoc(docstring))
    section = dict(zip(parts[1::2], parts[2::2], strict=True)).get("Parameters", "")
    for entry in re.split(r"\n(?=\S)", section.strip()):
        head, _, body = entry.partition("\n")
        names, _, kind = head.partition(" : ")
        for name in names.split(", "):
            if name.isidentifier():
                yield name, kind.partition(", default")[0].strip(), _plain(body)


def _plain(text: str) -> str:
    """Return text without line breaks and markup."""
    return _ROLE.sub(r"\1", " ".join(text.split())).replace("``", "")
