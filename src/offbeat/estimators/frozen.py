"""The settings of a fit stay with the model: neither later settings nor a fit that fails change it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sklearn.base import clone

__all__ = ["freeze", "in_force", "unless_it_fails"]

T = TypeVar("T")

_NAME = "settings_"


def freeze(estimator: Any) -> None:
    """Keep the present settings in ``settings_``, an unfitted copy."""
    setattr(estimator, _NAME, clone(estimator))


def in_force(estimator: T) -> T:
    """Return the object with the settings in force: a copy with those of the last fit, or the estimator itself.

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
    """Restore an estimator as it was before, if the code inside raises."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise
