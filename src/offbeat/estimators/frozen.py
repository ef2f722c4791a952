"""What a fit used stays with the model: neither later settings nor a fit that fails change what is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sklearn.base import clone

__all__ = ["freeze", "in_force", "unless_it_fails"]

T = TypeVar("T")

_NAME = "settings_"


def freeze(estimator: Any) -> None:
    """Keep the settings as they are now in ``settings_``, an unfitted copy that nobody else holds."""
    setattr(estimator, _NAME, clone(estimator))


def in_force(estimator: T) -> T:
    """Return what holds the settings that count: those that the fit used, or before a fit its own.

    Examples
    --------
    >>> from sklearn.decomposition import PCA
    >>> pca = PCA(3)
    >>> freeze(pca)
    >>> in_force(pca.set_params(n_components=5)).n_components
    3
    """
    frozen: T = vars(estimator).get(_NAME, estimator)
    return frozen


@contextmanager
def unless_it_fails(estimator: Any) -> Iterator[None]:
    """Let what stands inside change an estimator; where it raises, everything is as it was before."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise
