"""What a class says about its settings: name, type and bounds, default, and the sentence that explains each."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from offbeat.estimators.hints import words_of

__all__ = ["REQUIRED", "Setting", "sentences", "settings_of"]

REQUIRED = inspect.Parameter.empty
"""The default of a setting that has none."""

_SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.MULTILINE)
_ROLE = re.compile(r":\w+:`~?([^`]+)`")


class Setting(NamedTuple):
    """One setting of a class."""

    name: str
    type: str
    """Type and bounds in words, such as "a whole number from 1 to 256"."""
    default: Any
    """:data:`REQUIRED` where there is none."""
    sentence: str
    """What it does; empty where nothing says so."""


def settings_of(cls: type, hints: Mapping[str, Any]) -> dict[str, Setting]:
    """Return the settings that a class is made with, by name, in the order of its signature.

    Parameters
    ----------
    cls : type
        A dataclass or an estimator.
    hints : mapping
        The types of its settings by name, with their bounds.

    Examples
    --------
    >>> from typing import get_type_hints
    >>> from offbeat.training import TrainConfig
    >>> settings_of(TrainConfig, get_type_hints(TrainConfig, include_extras=True))["epochs"]._asdict()
    {'name': 'epochs', 'type': 'a whole number from 1 to 1,000,000', 'default': 50, 'sentence': 'How often ...'}
    """
    told = _documented(cls)
    found = {}
    for name, parameter in inspect.signature(cls).parameters.items():
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            stated, sentence = told.get(name, ("", ""))
            # A set of choices says more than "text".
            kind = stated if stated.startswith("{") else words_of(hints[name]) if name in hints else stated
            found[name] = Setting(name, kind, parameter.default, sentence)
    return found


def sentences(cls: type) -> dict[str, str]:
    """Return what a class says about each of its settings, by name.

    Examples
    --------
    >>> from offbeat.app.request import Request
    >>> sentences(Request)["data_dir"]
    'Look for data sets here first, then in $OFFBEAT_DATA.'
    """
    return {name: sentence for name, (_, sentence) in _documented(cls).items()}


def _documented(cls: type) -> dict[str, tuple[str, str]]:
    """Return type and sentence of each setting, as the docstrings of the class and of those above it state them."""
    found: dict[str, tuple[str, str]] = {}
    for each in cls.__mro__:
        if each.__module__.partition(".")[0] not in ("builtins", "abc", "sklearn", "typing"):
            for name, kind, sentence in [*_parameters(each), *_attributes(each)]:
                found.setdefault(name, (kind, sentence))
    return found


def _parameters(cls: type) -> Iterator[tuple[str, str, str]]:
    """Yield name, type and sentence of each entry in the section "Parameters" of the docstring."""
    parts = _SECTION.split(inspect.cleandoc(cls.__doc__ or ""))
    section = dict(zip(parts[1::2], parts[2::2], strict=True)).get("Parameters", "")
    for entry in re.split(r"\n(?=\S)", section.strip()):
        head, _, body = entry.partition("\n")
        names, _, kind = head.partition(" : ")
        for name in names.split(", "):
            if name.isidentifier():
                yield name, kind.strip(), _plain(body)


def _attributes(cls: type) -> Iterator[tuple[str, str, str]]:
    """Yield name and sentence of each annotated attribute with a string below it, as dataclasses are documented."""
    if "__dataclass_fields__" not in vars(cls):
        return
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    body = tree.body[0].body  # type: ignore[attr-defined]  # a class
    for field, below in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            yield field.target.id, "", _plain(str(below.value.value))  # type: ignore[union-attr]  # a name


def _plain(text: str) -> str:
    """Return text without line breaks and markup."""
    return _ROLE.sub(r"\1", " ".join(text.split())).replace("``", "")
