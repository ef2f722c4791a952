"""Roles in docstrings, such as those of Sphinx, as links of the site."""

from __future__ import annotations

import re
from typing import Any

import griffe

import offbeat

_ROLE = re.compile(r":(?:class|func|meth|attr|mod|data|exc|obj):`(~?)([\w.]+)`")
_LITERAL = re.compile(r"``([^`]+)``")
_PUBLIC = {f"{module}.{name}": f"offbeat.{name}" for name, module in offbeat._MODULES.items()}


def as_markdown(text: str) -> str:
    """Return the text of a docstring with roles as links, where they name something public, else as code."""
    return _LITERAL.sub(r"`\1`", _ROLE.sub(_link, text))


def _link(match: re.Match[str]) -> str:
    short, path = match.groups()
    shown = path.rpartition(".")[2] if short else path
    target = _public(path)
    return f"[`{shown}`][{target}]" if target else f"`{shown}`"


def _public(path: str) -> str | None:
    name = path.removeprefix("offbeat.")
    return f"offbeat.{name}" if name in offbeat.__all__ else _PUBLIC.get(path)


class Roles(griffe.Extension):
    """Reads the roles of every docstring."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of an object."""
        if obj.docstring:
            obj.docstring.value = as_markdown(obj.docstring.value)
