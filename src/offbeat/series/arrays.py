"""The parts of recordings and collections: arrays of numbers, names of channels, labels, rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError, RoundedValuesWarning, ShapeError, warn
from offbeat.files.limits import require_room
from offbeat.words import DOMAINS

__all__ = [
    "FloatArray",
    "as_domain",
    "as_float",
    "as_labels",
    "as_train_end",
    "channel_names",
    "moved_train_end",
    "natural_order",
    "pick_channels",
    "require_rate",
    "text_array",
    "warn_of_large_integers",
]

FloatArray = npt.NDArray[np.floating[Any]]

_TEXT = 16  # bytes a character takes in an array, and in the copies that sorting and choosing make of it
_WHOLE = 2**53  # up to here a float holds every whole number exactly


def as_float(values: npt.ArrayLike, kind: str) -> FloatArray:
    """Return ``values`` as a float array; float32 stays float32.

    Raises
    ------
    DataError
        If they are no real numbers.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(
            f"expected numbers in rows of one length for a {kind}, but NumPy cannot read them: {error}"
        ) from error
    if array.dtype.kind == "c":
        raise DataError(f"Complex data not supported: a {kind} holds real numbers; give their real part or their size")
    if array.dtype.kind == "O":
        array = _numbers_of_objects(array, kind)
    if array.dtype.kind not in "fiub":
        raise DataError(
            f"a {kind} holds numbers, but its values are of type {array.dtype}: "
            "give the columns of numbers alone, or name the one that holds the labels"
        )
    if array.dtype in (np.float32, np.float64):
        return array
    if array.dtype.kind in "iu":
        warn_of_large_integers(array.astype(np.float64))
    return array.astype(np.float64)


def _numbers_of_objects(array: npt.NDArray[Any], kind: str) -> FloatArray:
    """Return an array of Python's numbers as floats, None as NaN."""
    found = np.empty(array.shape)
    for place, cell in np.ndenumerate(array):
        try:
            found[place] = np.nan if cell is None else float(cell)
        except (TypeError, ValueError, OverflowError) as error:
            where = ", ".join(map(str, place))
            raise DataError(
                f"a {kind} holds numbers, but its values are objects, and that at [{where}] is none: {cell!r:.40}; "
                "leave it out, or convert the array with astype(float)"
            ) from error
    return found


def warn_of_large_integers(whole: FloatArray) -> None:
    """Warn where whole numbers are too large to keep all their digits as floats."""
    largest = float(np.max(np.abs(whole), initial=0, where=~np.isnan(whole)))
    if largest >= _WHOLE:
        warn(
            f"whole numbers as large as {largest:.17g} keep only 16 digits: if they are identifiers, leave "
            "them out or write them as text",
            RoundedValuesWarning,
        )


def channel_names(channels: Sequence[str] | None, count: int) -> tuple[str, ...]:
    """Return one name for each of ``count`` channels, all different; ``ch0``, ``ch1`` … where none are given."""
    names = tuple(f"ch{i}" for i in range(count)) if channels is None else tuple(map(str, channels))
    if len(names) != count:
        raise ShapeError(f"expected {count} channel names, one for each channel, got {len(names)}: {names}")
    if len(set(names)) != len(names):
        raise DataError(f"channel names must differ from each other, got these: {names}")
    return names


def pick_channels(wanted: Sequence[str], have: tuple[str, ...]) -> list[int]:
    """Return where the wanted channels stand among those there are."""
    wanted = [wanted] if isinstance(wanted, str) else wanted
    missing = [name for name in wanted if name not in have]
    if missing:
        raise ShapeError(f"no channel named {missing[0]!r}: the channels are {', '.join(have)}")
    return [have.index(name) for name in wanted]


def as_labels(labels: npt.ArrayLike) -> npt.NDArray[np.str_]:
    """Return class labels as text; whole numbers lose their decimal point.

    Examples
    --------
    >>> as_labels([1.0, 2.0])
    array(['1', '2'], dtype='<U1')
    """
    array = np.asarray(labels)
    if array.dtype.kind == "f" and np.all((array == np.round(array)) & (np.abs(array) <= _WHOLE)):
        array = array.astype(np.int64)
    return text_array([str(item) for item in array.tolist()], "the labels")


def text_array(texts: Sequence[str], what: str) -> npt.NDArray[np.str_]:
    """Return texts as an array, in which each takes as much room as the longest.

    Raises
    ------
    DataError
        If that is more than may be made of a file, see :func:`offbeat.files.limits.require_room`.
    """
    require_room(_TEXT * len(texts) * max(map(len, texts), default=0), what)
    return np.array(texts, dtype=np.str_)


def as_domain(domain: str) -> str:
    """Return what data is about, if it is one of :data:`offbeat.words.DOMAINS`."""
    if domain not in DOMAINS:
        raise ParameterError(f"a domain is one of {', '.join(map(repr, DOMAINS))}, got {domain!r}")
    return domain


def require_rate(rate: Any) -> None:
    """Refuse what is no sampling rate.

    Raises
    ------
    DataError
        If it is neither a number above 0 nor None.
    """
    if rate is None or (isinstance(rate, int | float | np.integer | np.floating) and 0 < rate < math.inf):
        return
    shape = np.shape(rate)
    told = f"an array of shape {shape}; times are given as timestamps=" if shape else repr(rate)
    raise DataError(f"expected a sampling rate in Hz, a number above 0 or None, got {told}")


def natural_order(label: str) -> tuple[int, float, str]:
    """Return a key that sorts numbers by value, and before words."""
    try:
        return (0, float(label), label)
    except ValueError:
        return (1, 0.0, label)


def as_train_end(given: int, n_times: int) -> int:
    """Return the row at which the part to learn from ends, if it is one of the recording."""
    if not isinstance(given, int | np.integer) or isinstance(given, bool) or not 0 <= given <= n_times:
        raise DataError(f"train_end is a row from 0 to {n_times} of this recording, got {given!r}")
    return int(given)


def moved_train_end(train_end: int, times: slice, n_times: int) -> int | None:
    """Return how many of the rows before ``train_end`` a slice takes; None where it runs backwards."""
    start, stop, step = times.indices(n_times)
    return len(range(start, min(stop, train_end), step)) if step > 0 else None
