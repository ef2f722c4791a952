"""Cut a recording into windows, and put the scores of windows back on the time axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from offbeat.errors import ParameterError, ShapeError
from offbeat.series.recording import FloatArray

__all__ = ["FOLDS", "Windows", "fold_one"]

FOLDS = ("last", "mean", "max", "median")
"""The ways to fold the scores of windows back, see :meth:`Windows.fold`."""

_BLOCK, _GROUP = 64, 32
"""Rows of a block, and blocks in one go: what lies between them stays in the processor's cache."""
_SLAB = 1 << 20
"""Numbers that a fold sorts in one go, so that its memory stays bounded."""
_SHARE, _LONGEST_GAP = 20, 3
"""Bridged are gaps of one in so many time steps of a window, rounded, and of so many time steps at most."""


@dataclass(frozen=True)
class Windows:
    """Windows of one length, one starting every ``stride`` time steps.

    Parameters
    ----------
    length : int
        Time steps in a window.
    stride : int
        Time steps between the starts of two windows.
    horizon : int
        Time steps after each window that are forecast from it; 0 where nothing is forecast.

    Raises
    ------
    ParameterError
        If one of them is not a whole number of at least 1 (``horizon``: 0).

    Examples
    --------
    >>> import numpy as np
    >>> windows = Windows(3)
    >>> windows.slide(np.arange(5.0)[:, None])[:, 0]
    array([[0., 1., 2.],
           [1., 2., 3.],
           [2., 3., 4.]])
    >>> windows.fold(np.array([7.0, 8.0, 9.0]), n_times=5)
    array([nan, nan,  7.,  8.,  9.])
    >>> windows.fold(np.array([7.0, 8.0, 9.0]), n_times=5, how="mean")
    array([7. , 7.5, 8. , 8.5, 9. ])
    """

    length: int
    stride: int = 1
    horizon: int = 0

    def __post_init__(self) -> None:
        for name, least in (("length", 1), ("stride", 1), ("horizon", 0)):
            value = getattr(self, name)
            if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
                raise ParameterError(f"the {name} of windows must be a whole number of at least {least}, got {value!r}")

    @property
    def span(self) -> int:
        """Time steps of a window and its horizon together."""
        return self.length + self.horizon

    @property
    def reach(self) -> int:
        """Time steps that the score of a window is about: its horizon if there is one, else all of it."""
        return self.horizon or self.length

    @property
    def max_gap(self) -> int:
        """How long a gap of a channel may be to be bridged: too short to make a score of its own.

        Examples
        --------
        >>> [Windows(length).max_gap for length in (9, 10, 30, 65)]
        [0, 1, 2, 3]
        """
        return min(_LONGEST_GAP, (self.span + _SHARE // 2) // _SHARE)

    def count(self, n_times: int) -> int:
        """Return how many windows fit into ``n_times`` time steps."""
        return max(0, (n_times - self.span) // self.stride + 1)

    def ends(self, n_times: int) -> npt.NDArray[np.intp]:
        """Return the last time step of each window, its horizon included."""
        return np.arange(self.count(n_times)) * self.stride + self.span - 1

    def slide(self, values: FloatArray) -> FloatArray:
        """Return the windows of a recording, each with its horizon, as a view without a copy.

        Parameters
        ----------
        values : array of shape (n_times, n_channels)

        Returns
        -------
        array of shape (n_windows, n_channels, length + horizon)

        Raises
        ------
        ShapeError
            If the recording is shorter than one window.
        """
        if len(values) < self.span:
            ahead = f" and {self.horizon} to forecast" if self.horizon else ""
            raise ShapeError(
                f"expected at least the {self.length} time steps of a window{ahead}, got a recording of {len(values)}: "
                "give a longer recording or fit with a shorter window"
            )
        return sliding_window_view(values, self.span, axis=0)[:: self.stride]

    def fold(self, window_scores: FloatArray, n_times: int, how: str = "last") -> npt.NDArray[np.float64]:
        """Put the scores of windows back on the time axis.

        Parameters
        ----------
        window_scores : array of shape (n_windows,) or (n_windows, reach)
            One score for each window, or one for each time step that a window is about.
        n_times : int
            Time steps of the recording.
        how : {"last", "mean", "max", "median"}
            ``"last"`` gives a time step the score of the window that ends there, which depends on nothing after it. The
            others combine all windows that are about the time step and have a score, and so look up to ``reach - 1``
            time steps ahead; at either end, and beside missing values, there are fewer of them.

        Returns
        -------
        array of shape (n_times,)
            NaN where no window with a score ends, or none is about the time step. With folds other than ``"last"`` the
            scores of the last ``reach - 1`` time steps change when the recording goes on.

        Raises
        ------
        ShapeError
            If the number of scores does not fit.
        ParameterError
            If ``how`` is none of these.
        """
        if how not in FOLDS:
            raise ParameterError(f"expected how to be one of {', '.join(FOLDS)}, got {how!r}")
        n = self.count(n_times)
        if len(window_scores) != n or window_scores.shape[1:] not in ((), (self.reach,)):
            raise ShapeError(
                f"expected scores of the {n} windows in {n_times} time steps, {self.reach} each at most, got shape "
                f"{window_scores.shape}"
            )
        folded = np.full(n_times, np.nan)
        if n and (how == "last" or self.reach == 1):
            folded[self.ends(n_times)] = window_scores if window_scores.ndim == 1 else window_scores[:, -1]
        elif n and window_scores.ndim == 1 and how in _MOVING:
            self._fold_single(window_scores, folded, how)
        elif n:
            self._fold_whole(window_scores, folded, how)
            self._fold_edges(window_scores, folded, how)
        return folded

    def _fold_single(self, window_scores: FloatArray, folded: npt.NDArray[np.float64], how: str) -> None:
        """Fold one score a window: by a moving mean or maximum, in which windows before the first are missing ones."""
        n, (ufunc, neutral) = len(window_scores), _MOVING[how]
        for offset in range(min(self.stride, self.reach)):
            n_covering = len(range(offset, self.reach, self.stride))
            padded = np.pad(window_scores.astype(np.float64), n_covering - 1, constant_values=neutral)
            at, missing = np.arange(n + n_covering - 1), np.isnan(padded)
            n_known = np.minimum(np.minimum(at + 1, len(at) - at), min(n, n_covering))
            if missing.any():
                padded[missing] = neutral
                n_known = n_known - _moving(np.add, 0.0, missing, n_covering)
            found = _moving(ufunc, neutral, padded, n_covering)
            if how == "mean":
                found /= np.maximum(n_known, 1)
            found[n_known == 0] = np.nan
            steps = self.span - self.reach + offset + self.stride * at
            inside = steps < len(folded)
            folded[steps[inside]] = found[inside]

    def _fold_whole(self, window_scores: FloatArray, folded: npt.NDArray[np.float64], how: str) -> None:
        """Fold what all windows about a time step give, where there are all of them."""
        missing = np.isnan(window_scores)
        gone = missing.view(np.uint8) if missing.any() else None
        if window_scores.ndim == 1:
            shape = len(window_scores), self.reach
            window_scores = np.broadcast_to(window_scores[:, None], shape)
            gone = None if gone is None else np.broadcast_to(gone[:, None], shape)
        # What is `offset` steps into the reach of window i is `offset + stride` into that of window i - 1, and so on.
        for offset in range(min(self.stride, self.reach)):
            covering = window_scores[:, offset :: self.stride]
            without = None if gone is None else gone[:, offset :: self.stride]
            n_covering = covering.shape[1]
            first = self.span - self.reach + offset + (n_covering - 1) * self.stride
            if len(covering) >= n_covering:
                folded[first :: self.stride][: len(covering) - n_covering + 1] = _REDUCE[how](covering, without)

    def _fold_edges(self, window_scores: FloatArray, folded: npt.NDArray[np.float64], how: str) -> None:
        """Fold what fewer windows give, where the others would begin before the recording or end after it."""
        begin = self.span - self.reach
        first_whole, last = self.span - self.stride, (len(window_scores) - 1) * self.stride
        steps = np.arange(begin, min(last + self.span, len(folded)))
        for step in steps[(steps < first_whole) | (steps >= last + begin + self.stride)].tolist():
            covering = np.arange(max(0, -(-(step - self.span + 1) // self.stride)), (step - begin) // self.stride + 1)
            covering = covering[covering < len(window_scores)]
            some = window_scores[covering]
            if some.ndim == 2:
                some = some[np.arange(len(some)), step - begin - covering * self.stride]
            if len(some):
                folded[step] = fold_one(some, how)


def fold_one(scores: FloatArray, how: str) -> float:
    """Return the scores of all windows about one time step, folded; those that are NaN are left out.

    Examples
    --------
    >>> fold_one(np.array([1.0, 2.0, np.nan, 6.0]), "mean")
    3.0
    """
    known = scores[~np.isnan(scores)]
    return float(_REDUCE_ONE[how](known)) if len(known) else float("nan")


_Gone = npt.NDArray[np.uint8] | None
"""1 for each score that is NaN, else 0; None where none is."""


def _diagonal_medians(values: FloatArray, gone: _Gone) -> npt.NDArray[np.float64]:
    """Return the median of each whole diagonal ``values[i, 0], values[i - 1, 1] …``."""
    n, width = values.shape
    down, right = values.strides
    diagonals = as_strided(values[width - 1 :], (n - width + 1, width), (down, right - down), writeable=False)
    parts = np.array_split(diagonals, -(-diagonals.size // _SLAB))
    return np.concatenate([np.median(part, axis=1) if gone is None else _median_of_known(part) for part in parts])


def _median_of_known(rows: FloatArray) -> npt.NDArray[np.float64]:
    """Return the median of each row, NaN left out."""
    ordered, n_known = np.sort(rows, axis=1), rows.shape[1] - np.isnan(rows).sum(axis=1)
    middle = np.maximum(np.stack([n_known - 1, n_known], axis=1), 0) // 2
    return np.asarray(np.take_along_axis(ordered, middle, axis=1).mean(axis=1))


def _diagonal_means(values: FloatArray, gone: _Gone) -> npt.NDArray[np.float64]:
    n_known = _n_known(values, gone)
    sums = _along_diagonals(np.add, 0.0, values, gone)
    return np.asarray(np.divide(sums, n_known, out=np.full(len(sums), np.nan), where=n_known > 0))


def _diagonal_maxima(values: FloatArray, gone: _Gone) -> npt.NDArray[np.float64]:
    return np.where(_n_known(values, gone) > 0, _along_diagonals(np.maximum, -np.inf, values, gone), np.nan)


def _n_known(values: FloatArray, gone: _Gone) -> npt.NDArray[np.float64]:
    """Return how many scores each whole diagonal has that are not NaN."""
    width = values.shape[1]
    return np.asarray(width - _along_diagonals(np.add, 0, gone)) if gone is not None else np.array([float(width)])


def _along_diagonals(
    ufunc: np.ufunc, neutral: float, values: npt.NDArray[Any], gone: _Gone = None
) -> npt.NDArray[np.float64]:
    """Return ``ufunc`` along each whole diagonal ``values[i, 0], values[i - 1, 1] …``, but for what is gone.

    A block of rows, each shifted by one against the row above, has its diagonals in columns::

        a0 a1 a2 .  .
        .  b0 b1 b2 .
        .  .  c0 c1 c2

    and a column of short rows is quick to sum up. Blocks share diagonals with their neighbours, ``reach / block`` of
    them, so what the blocks gave is laid over each other in the same manner.
    """
    n, width = values.shape
    wide = _BLOCK + width - 1
    n_blocks = -(-n // _BLOCK)
    shifted = np.full((_GROUP, _BLOCK, wide), neutral, dtype=values.dtype)
    group, row, column = shifted.strides
    slots = as_strided(shifted, (_GROUP, _BLOCK, width), (group, row + column, column))
    sums = np.empty((n_blocks, wide))
    for block in range(0, n_blocks, _GROUP):
        rows = values[block * _BLOCK : (block + _GROUP) * _BLOCK]
        whole, rest = divmod(len(rows), _BLOCK)
        slots[:whole] = rows[: whole * _BLOCK].reshape(whole, _BLOCK, width)
        if rest:
            slots[whole] = neutral
            slots[whole, :rest] = rows[whole * _BLOCK :]
        if gone is not None:
            np.copyto(shifted, neutral, where=np.isnan(shifted))
        some = sums[block : block + _GROUP]
        ufunc.reduce(shifted[: len(some)], axis=1, out=some)
    n_shared = -(-wide // _BLOCK)
    total = np.full((n_blocks + n_shared, _BLOCK), neutral, dtype=sums.dtype)
    for shared in range(n_shared):
        part = sums[:, shared * _BLOCK : (shared + 1) * _BLOCK]
        there = total[shared : shared + n_blocks, : part.shape[1]]
        ufunc(there, part, out=there)
    return total.reshape(-1)[width - 1 : n]


def _moving(ufunc: np.ufunc, neutral: float, values: npt.NDArray[Any], width: int) -> npt.NDArray[np.float64]:
    """Return ``ufunc`` of each ``width`` values in a row.

    They are the end of one block of ``width`` values and the beginning of the next, so that nothing has to be taken
    back from a running sum: a large value leaves no rounding error behind.
    """
    n = len(values)
    blocks = np.full((-(-n // width), width), neutral, dtype=np.float64)
    blocks.reshape(-1)[:n] = values
    until = ufunc.accumulate(blocks, axis=1).reshape(-1)[width - 1 : n]
    since = ufunc.accumulate(blocks[:, ::-1], axis=1)[:, ::-1].reshape(-1)[: n - width + 1]
    found = np.asarray(ufunc(since, until))
    found[::width] = until[::width]
    return found


_MOVING: dict[str, tuple[np.ufunc, float]] = {"mean": (np.add, 0.0), "max": (np.maximum, -np.inf)}

_REDUCE_ONE: dict[str, Callable[[FloatArray], Any]] = {"mean": np.mean, "max": np.max, "median": np.median}

_REDUCE: dict[str, Callable[[FloatArray, _Gone], npt.NDArray[np.float64]]] = {
    "mean": _diagonal_means,
    "max": _diagonal_maxima,
    "median": _diagonal_medians,
}
