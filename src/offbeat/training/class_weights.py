"""The weight of a series of each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import ParameterError

__all__ = ["class_weights"]


def class_weights(
    weight: str | float | Mapping[Any, float] | Sequence[float] | None,
    classes: Sequence[Any],
    counts: npt.NDArray[np.int64],
    beta: float = 0.999,
) -> npt.NDArray[np.float64]:
    """Return the weight of a series of each class; the mean over all training series is 1.

    Parameters
    ----------
    weight : {"balanced", "effective"}, float, mapping, sequence or None
        ``"balanced"`` weighs by 1 / count, a number p by 1 / count**p (0.5 is between none and balanced),
        ``"effective"`` by 1 / the effective number of series, ``(1 - beta**count) / (1 - beta)`` (Cui et al. 2019); a
        mapping has a number for each class (1 where it has none), a sequence one for each class in order; None weighs
        all equally.
    classes : sequence
        The classes, in order.
    counts : array of shape (n_classes,)
        Training series of each.
    beta : float
        The parameter of ``"effective"``: from 0 (no weights) to almost 1 (balanced).

    Raises
    ------
    ParameterError
        If the weights are none of these, negative, or all 0.

    Examples
    --------
    >>> class_weights("balanced", ["N", "V"], np.array([90, 10])).round(3)
    array([0.556, 5.   ])
    """
    raw = _raw(weight, classes, counts, beta)
    total = float(raw @ counts)
    if not np.all(np.isfinite(raw)) or np.any(raw < 0) or total <= 0:
        raise ParameterError(f"class weights are numbers of at least 0, some above, got {weight!r}")
    return np.asarray(raw * (counts.sum() / total), dtype=np.float64)


def _raw(weight: Any, classes: Sequence[Any], counts: npt.NDArray[np.int64], beta: float) -> npt.NDArray[np.float64]:
    if weight is None:
        return np.ones(len(classes))
    if isinstance(weight, str) and weight == "effective":
        effective = (1.0 - np.power(beta, np.maximum(counts, 1.0))) / (1.0 - beta)
        return np.asarray(1.0 / effective, dtype=np.float64)
    if (isinstance(weight, str) and weight == "balanced") or (isinstance(weight, int | float) and weight >= 0):
        power: npt.NDArray[np.float64] = np.maximum(counts, 1.0) ** -(1.0 if isinstance(weight, str) else weight)
        return power
    if isinstance(weight, Mapping):
        # A saved model gives the classes back as text.
        by_text = {str(key): value for key, value in weight.items()}
        unknown = sorted(set(by_text) - {str(label) for label in classes})
        if unknown:
            raise ParameterError(
                f"class weights name {unknown[0]!r}, but the classes are {', '.join(map(str, classes))}"
            )
        return np.array([float(by_text.get(str(label), 1.0)) for label in classes])
    if isinstance(weight, str) or not isinstance(weight, Sequence | np.ndarray) or len(weight) != len(classes):
        raise ParameterError(
            "class_weight is 'balanced', 'effective', a power of at least 0, a number for each of the "
            f"{len(classes)} classes, by name or in their order, or None, got {weight!r}"
        )
    return np.array(weight, dtype=np.float64)
