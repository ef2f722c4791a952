"""How something that is public goes: it still works, and says what to use instead and when it will be gone.

A ``DeprecationWarning`` points at the line that uses it. What is past the version named is an error in the tests of the
project, so that nothing outstays its time.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from offbeat.errors import ParameterError, warn

__all__ = ["DEPRECATED", "deprecated", "renamed_attribute", "renamed_parameter", "warn_deprecated"]

P = ParamSpec("P")
R = TypeVar("R")

DEPRECATED: dict[str, str] = {}
"""What goes, and the version in which it is gone: whatever the functions of this module were used on."""


def warn_deprecated(what: str, instead: str, gone_in: str) -> None:
    """Warn that something goes, at the first line on the way here that is no part of offbeat.

    Parameters
    ----------
    what, instead : str
        As one types them, such as ``"Detector.judge()"`` and ``"Detector.evaluate()"``.
    gone_in : str
        The version that has it no longer.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as seen:
    ...     warnings.simplefilter("always")
    ...     warn_deprecated("--noun", "--kind", "0.4")
    >>> str(seen[0].message)
    '--noun is deprecated and will be gone in offbeat 0.4: use --kind'
    """
    warn(f"{what} is deprecated and will be gone in offbeat {gone_in}: use {instead}", DeprecationWarning)


def deprecated(instead: str, gone_in: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a function or method that goes.

    Parameters
    ----------
    instead : str
        What to use.
    gone_in : str
        The version that has it no longer.

    Examples
    --------
    >>> @deprecated("evaluate()", gone_in="9.0")
    ... def judge() -> int:
    ...     return 1
    """

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        what = _listed(f"{function.__qualname__}()", function, gone_in)

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            warn_deprecated(what, instead, gone_in)
            return function(*args, **kwargs)

        return run

    return mark


def renamed_parameter(old: str, new: str, gone_in: str) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Let a function take a parameter by its old name, too.

    Parameters
    ----------
    old, new : str
        The names.
    gone_in : str
        The version that does not know the old one.

    Raises
    ------
    ParameterError
        From the function, where both are given.

    Examples
    --------
    >>> @renamed_parameter("noun", "kind", gone_in="9.0")
    ... def load(kind: str) -> str:
    ...     return kind
    """

    def mark(function: Callable[..., R]) -> Callable[..., R]:
        if new not in inspect.signature(function).parameters:
            raise ValueError(f"{function.__qualname__} has no parameter {new!r}")
        what = _listed(f"{function.__qualname__}({old}=)", function, gone_in)

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> R:
            if old in kwargs:
                if new in kwargs:
                    raise ParameterError(f"expected {new}=, got {old}= as well, its old name: leave that out")
                warn_deprecated(what, f"{new}=", gone_in)
                kwargs[new] = kwargs.pop(old)
            return function(*args, **kwargs)

        return run

    return mark


class renamed_attribute:
    """An attribute under its old name: ``cut_ = renamed_attribute("value_", gone_in="0.4")`` in a class.

    Parameters
    ----------
    new : str
        Its name now.
    gone_in : str
        The version that has the old name no longer.
    """

    def __init__(self, new: str, gone_in: str) -> None:
        self.new, self.gone_in = new, gone_in

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn what it is called, and of which class."""
        self.what = _listed(f"{owner.__qualname__}.{name}", owner, self.gone_in)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Return the attribute by its new name."""
        warn_deprecated(self.what, self.new, self.gone_in)
        return getattr(owner if instance is None else instance, self.new)

    def __set__(self, instance: Any, value: Any) -> None:
        """Set the attribute by its new name."""
        warn_deprecated(self.what, self.new, self.gone_in)
        setattr(instance, self.new, value)


def _listed(what: str, where: Any, gone_in: str) -> str:
    DEPRECATED[f"{where.__module__}.{what}"] = gone_in
    return what
