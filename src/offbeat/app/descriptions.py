"""Which settings a class has: name, type and bounds, default, and the sentence that explains each."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

from offbeat.app.docstrings import documented
from offbeat.estimators.hints import words_of

__all__ = ["REQUIRED", "Setting", "settings_of"]

REQUIRED = inspect.Parameter.empty
"""The default of a setting that has none."""


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
    stated = documented(cls)
    found = {}
    for name, parameter in inspect.signature(cls).parameters.items():
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            form, sentence = stated.get(name, ("", ""))
            # A set of choices says more than "text".
            kind = form if form.startswith("{") else words_of(hints[name]) if name in hints else form
            found[name] = Setting(name, kind, parameter.default, sentence)
    return found
