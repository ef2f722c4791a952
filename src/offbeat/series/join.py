"""Collections joined into one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import ShapeError
from offbeat.series.collection import Collection

__all__ = ["join"]


def join(collections: Sequence[Collection], *, name: str | None = None) -> Collection:
    """Return the series of all collections, in order.

    Labels, groups and the sampling rate are kept where all collections have them. Class names are merged, and the
    domain is the first that is not empty.

    Parameters
    ----------
    collections : sequence of Collection
        At least one, all with equal channels and number of time steps.
    name : str, optional
        What to call the result; the name of the first where it is not given.

    Returns
    -------
    Collection
        Values of shape (sum of n_series, n_channels, n_times).

    Raises
    ------
    ShapeError
        If there are none, or their channels or lengths differ.

    Examples
    --------
    >>> a = Collection(np.zeros((2, 8)), labels=["x", "y"])
    >>> join([a, a[:1]]).labels.tolist()
    ['x', 'y', 'x']
    """
    if not collections:
        raise ShapeError("expected at least one collection to join, got none")
    first = collections[0]
    for other in collections:
        if (other.channels, other.n_times) != (first.channels, first.n_times):
            raise ShapeError(f"expected equal channels and lengths to join, but {first} and {other} differ")
    rates = {c.sampling_rate for c in collections}
    described = len({c.feature_names for c in collections}) == 1
    features = _all_or_none([c.features for c in collections]) if described else None
    return Collection(
        np.concatenate([c.values for c in collections]),
        labels=_all_or_none([c.labels for c in collections]),
        channels=first.channels,
        class_names={label: name for c in collections for label, name in c.class_names.items()},
        sampling_rate=rates.pop() if len(rates) == 1 else None,
        groups=_all_or_none([c.groups for c in collections]),
        features=features,
        feature_names=() if features is None else first.feature_names,
        name=first.name if name is None else name,
        domain=next((c.domain for c in collections if c.domain), ""),
    )


def _all_or_none(parts: Sequence[npt.NDArray[Any] | None]) -> npt.NDArray[Any] | None:
    present = [part for part in parts if part is not None]
    return np.concatenate(present) if len(present) == len(parts) else None
