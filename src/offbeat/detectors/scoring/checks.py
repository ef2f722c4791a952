"""What data must be for a detector to read it or to learn from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from offbeat.errors import ConstantWarning, DataError, IrregularTimeWarning, ShapeError, warn
from offbeat.series.magnitudes import require_size
from offbeat.series.recording import Collection, FloatArray, Recording
from offbeat.words import duration, plural

__all__ = [
    "require_enough",
    "require_features",
    "require_length",
    "require_variation",
    "values_of",
    "warn_of_another_step",
    "warn_of_constants",
    "with_channels",
]

_NAMED = 5
_SAME_STEP = 1.5
"""How many times as long a step may be as another one, to be taken for the same."""
Data = TypeVar("Data", bound=Collection | Recording)


def require_features(data: Collection | Recording) -> None:
    """Refuse data without a channel, or with series that have no time step."""
    if 0 in data.values.shape[1:]:
        raise ShapeError(
            f"expected a channel and a time step at least, but found 0 feature(s) (shape=({len(data)}, 0)) while a "
            "minimum of 1 is required: give the columns of numbers"
        )


def with_channels(data: Data, fitted: tuple[str, ...], advice: str = "") -> Data:
    """Return data with the channels that a detector was fitted on, in their order.

    Channels without names, in the data or in the model, are taken as they come.

    Parameters
    ----------
    data : Collection or Recording
        Its channels are looked at.
    fitted : tuple of str
        Those of the detector.
    advice : str
        What to do where they are others; of frames if not given.

    Raises
    ------
    ShapeError
        If some are missing, or there are others.
    """
    found, n = data.channels, len(fitted)
    if found == fitted or (len(found) == n and tuple(f"ch{i}" for i in range(n)) in (found, fitted)):
        return data
    missing, others = ([name for name in some if name not in of] for some, of in ((fitted, found), (found, fitted)))
    if not missing and not others:
        return data.select(fitted)  # type: ignore[return-value]  # of the same kind
    lacks = f"{_listed(missing)} {'is' if len(missing) == 1 else 'are'} missing"
    has = f"{_listed(others)} {'was' if len(others) == 1 else 'were'} not there"
    names = ", ".join(map(repr, fitted[:_NAMED])) + ", …" * (n > _NAMED)
    of_frames = "rename them if they are the same" if missing else f"leave it out, as frame[[{names}]] does"
    raise ShapeError(
        f"this detector was fitted on {n} channel{'s'[: n != 1]} ({_listed(fitted)}), got {len(found)}: "
        f"{'; '.join([lacks] * bool(missing) + [has] * bool(others))}: {advice or of_frames}"
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + ", …" * (len(names) > _NAMED)


def require_length(found: int, fitted: int) -> None:
    """Refuse series of another length than those that a detector was fitted on."""
    if found != fitted:
        raise ShapeError(
            f"this detector was fitted on series of {fitted} time steps, got series of {found}: "
            "cut or resample them to that length, or fit again"
        )


def require_enough(n_train: int, n_held_out: int, what: str, then: str) -> None:
    """Refuse to learn from too few series or windows.

    Parameters
    ----------
    n_train, n_held_out : int
        How many there are to learn from and to hold out.
    what : str
        What they are called, such as "windows of 20 time steps".
    then : str
        What to do about it, such as "give more data".
    """
    if n_train + n_held_out == 0:
        raise DataError(f"there is nothing to learn from: expected normal {what} without missing values, got none")
    if n_train < 2 or n_held_out < 1:
        raise DataError(
            f"expected at least 2 normal {what} to learn from and 1 to hold out, got {n_train} and {n_held_out}, "
            f"{plural(n_train + n_held_out, 'sample')} without missing values and known anomalies: {then}"
        )


def require_variation(train: FloatArray) -> None:
    """Refuse training data of shape ``(n_series, n_channels, n_times)`` that is constant."""
    if not np.ptp(train, axis=(0, 2)).any():
        raise DataError(
            "every value of the training data is the same: there is nothing to learn from a constant; the detector "
            "'profile' takes any other value for an anomaly"
        )


def warn_of_another_step(learned: float | None, given: float | None) -> None:
    """Warn where rows follow each other at another pace than those learned from, in seconds; None where unknown."""
    if not (learned and given) or 1 / _SAME_STEP < given / learned < _SAME_STEP:
        return
    warn(
        f"the rows are usually {duration(given)} apart, those learned from {duration(learned)}: windows of as many "
        "rows are of another length in time, and scores mean little; bring the data to the step learned from, such as "
        f"by regular({learned:g})",
        IrregularTimeWarning,
    )


def warn_of_constants(train: FloatArray, channels: tuple[str, ...]) -> None:
    """Warn of channels of training data, ``(n_series, n_channels, n_times)``, that are constant."""
    constant = [name for name, width in zip(channels, np.ptp(train, axis=(0, 2)), strict=True) if width == 0]
    if not constant:
        return
    named = f"{', '.join(constant[:_NAMED])}{', …' * (len(constant) > _NAMED)}"
    warn(
        f"constant in all of the data to learn from: {named}; nothing shows how it varies in normal times, so any "
        "other value there counts as an anomaly: if that is wrong, give more data to learn from",
        ConstantWarning,
    )


def values_of(value: float | Mapping[str, float] | npt.ArrayLike, channels: tuple[str, ...]) -> npt.NDArray[np.float64]:
    """Return the values of one time step in the order of the channels, given by name or in that order.

    Raises
    ------
    ShapeError
        If there is not one value for each channel.
    DataError
        If a value is infinite or not a number.
    """
    if isinstance(value, Mapping):
        missing = [name for name in channels if name not in value]
        if missing:
            raise ShapeError(f"expected a value for each of {', '.join(channels)}, got none for {missing[0]}")
        value = [value[name] for name in channels]
    try:
        values: npt.NDArray[np.float64] = np.asarray(value, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError) as error:
        raise DataError(f"expected numbers, got {value!r}") from error
    if len(values) != len(channels):
        raise ShapeError(
            f"expected {len(channels)} value{'s'[: len(channels) != 1]} ({', '.join(channels)}), got "
            f"{len(values)}: give one for each channel"
        )
    require_size(values)
    return values
