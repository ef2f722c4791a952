"""Thresholds by their names."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from offbeat.errors import ParameterError
from offbeat.thresholds.base import Threshold

__all__ = ["threshold_classes", "threshold_from_name", "threshold_names"]


def threshold_names() -> tuple[str, ...]:
    """Return the names of all thresholds, sorted.

    Examples
    --------
    >>> "conformal" in threshold_names()
    True
    """
    return tuple(sorted(threshold_classes()))


def threshold_from_name(name: str, **params: Any) -> Threshold:
    """Make an unfitted threshold by its name.

    Raises
    ------
    ParameterError
        If there is no threshold of that name, or it has no such settings.

    Examples
    --------
    >>> threshold_from_name("quantile", false_alarms=0.02).target
    0.02
    """
    classes = threshold_classes()
    if name not in classes:
        raise ParameterError(f"no threshold named {name!r}: choose one of {', '.join(sorted(classes))}")
    signature = inspect.signature(classes[name])
    try:
        signature.bind(**params)
    except TypeError as error:
        takes = ", ".join(signature.parameters)
        raise ParameterError(
            f"the settings of the threshold {name!r} are {takes}, got {', '.join(params) or 'none'}"
        ) from error
    return classes[name](**params)


def threshold_classes() -> dict[str, type[Threshold]]:
    """Return every rule by its name."""
    found: Iterator[type[Threshold]] = _descendants(Threshold)
    return {kind.name: kind for kind in found if vars(kind).get("name")}


def _descendants(kind: type[Threshold]) -> Iterator[type[Threshold]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)
