"""From what a caller gives to series of one shape, and from their scores back to what the caller gave."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, MissingValuesWarning, ShapeError
from offbeat.estimators.inputs import as_collection, as_recording
from offbeat.estimators.scaling import Scaler
from offbeat.series.magnitudes import require_size
from offbeat.series.recording import Collection, FloatArray, Recording
from offbeat.series.windows import Windows
from offbeat.words import plural

__all__ = ["Framed", "Framing", "Rows", "require_channels", "require_enough"]

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Framed:
    """Data as a detector sees it: the series of a collection, or the windows of a recording as a view of it.

    Attributes
    ----------
    data : Collection or Recording
        What came.
    windows : Windows or None
        How a recording was cut.
    series : array of shape (n_series, n_channels, n_times)
        The series, or the windows.
    complete : array of shape (n_series,)
        Which of them lack no value.
    """

    data: Collection | Recording
    windows: Windows | None
    series: FloatArray
    complete: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.series)

    @property
    def n_steps(self) -> int:
        """How many scores there are to give: one a series of a collection, one a time step of a recording."""
        return len(self.data)

    @property
    def step(self) -> float | None:
        """Seconds between the time steps of a recording; None where that is not known."""
        step = self.data.step if isinstance(self.data, Recording) else np.nan
        return None if np.isnan(step) else float(step)

    @property
    def ends(self) -> Rows:
        """Return for each row of ``series`` the index of the score that it is the first to be known for."""
        return np.arange(len(self)) if self.windows is None else self.windows.ends(len(self.data))

    def scaled(self, scaler: Scaler) -> npt.NDArray[np.float32]:
        """Return the scaled series; the windows of a recording are a view of the scaled recording."""
        if self.windows is None:
            return scaler.apply(self.series)
        whole = scaler.apply(self.data.values.T[None])[0].T
        return np.asarray(self.windows.slide(whole), dtype=np.float32)

    def warn(self, fate: str) -> None:
        """Warn where values are missing."""
        if not self.complete.all():
            what = "series" if self.windows is None else "windows"
            message = f"{np.sum(~self.complete)} of {len(self)} {what} hold missing values and are {fate}"
            warnings.warn(message, MissingValuesWarning, stacklevel=4)


@dataclass(frozen=True)
class Framing:
    """How a detector sees its data: a collection as it is, or a recording through windows.

    Parameters
    ----------
    windows : Windows or None
        None for collections.
    """

    windows: Windows | None

    def read(self, X: Any, n_times: int | None = None, channels: tuple[str, ...] | None = None) -> Framed:
        """Return ``X`` as the detector sees it; all finite or NaN, and of the shape and channels given."""
        data: Collection | Recording
        if self.windows is None:
            data = as_collection(X)
            _require_features(data)
            require_channels(data.channels, channels)
            series = data.values
        else:
            data = as_recording(X)
            _require_features(data)
            require_channels(data.channels, channels)
            series = self.windows.slide(data.values)
        if n_times is not None and series.shape[2] != n_times:
            raise ShapeError(
                f"this detector was fitted on series of {n_times} time steps, got series of {series.shape[2]}: "
                "cut or resample them to that length, or fit again"
            )
        require_size(data.values)
        return Framed(data, self.windows, series, self._complete(data))

    def labelled(self, y: npt.ArrayLike | None, framed: Framed) -> npt.NDArray[np.bool_]:
        """Return which series (or windows) hold a known anomaly."""
        if y is None:
            return np.zeros(len(framed), dtype=bool)
        known = np.asarray(y)
        if not np.isin(known, (0, 1)).all():
            raise DataError("y is 1 where an anomaly is known and 0 elsewhere, got other values")
        if known.shape != (framed.n_steps,):
            raise ShapeError(f"expected {framed.n_steps} labels in y, got an array of shape {known.shape}")
        return known.astype(bool) if self.windows is None else ~_without(known.astype(bool), self.windows)

    def hold_out(self, rows: Rows, share: float, seed: int) -> tuple[Rows, Rows]:
        """Keep a part of the rows aside: drawn at random, or of windows the last, with none that overlaps the rest."""
        n = max(1, round(len(rows) * share))
        if self.windows is None:
            order = np.random.default_rng(seed).permutation(len(rows))
            return rows[order[n:]], rows[order[:n]]
        held_out = rows[max(0, len(rows) - n) :]
        return rows[rows + self.windows.span <= held_out[:1].sum()], held_out

    def _complete(self, data: Collection | Recording) -> npt.NDArray[np.bool_]:
        if self.windows is None:
            return np.asarray(~np.isnan(data.values).any(axis=(1, 2)))
        return _without(np.asarray(np.isnan(data.values).any(axis=1)), self.windows)


def require_enough(train: FloatArray, held_out: FloatArray, windows: Windows | None) -> None:
    """Refuse data that nothing can be learned from."""
    what = "series" if windows is None else f"windows of {windows.span} time steps"
    if len(train) + len(held_out) == 0:
        raise DataError(f"there is nothing to learn from: expected normal {what} without missing values, got none")
    if len(train) < 2 or len(held_out) < 1:
        raise DataError(
            f"expected at least 2 normal {what} to learn from and 1 to hold out, but {len(train)} and {len(held_out)} "
            f"came, {plural(len(train) + len(held_out), 'sample')} without missing values and known anomalies: give "
            "more data" + (", or a shorter window" if windows else "")
        )
    if np.ptp(train) == 0 or not np.ptp(train, axis=(0, 2)).any():
        raise DataError("every value of the training data is the same: there is nothing to learn from a constant")


def _without(marked: npt.NDArray[np.bool_], windows: Windows) -> npt.NDArray[np.bool_]:
    """Return which windows hold no marked time step."""
    before = np.concatenate([[0], np.cumsum(marked)])
    ends = windows.ends(len(marked)) + 1
    return np.asarray(before[ends] == before[ends - windows.span])


def _require_features(data: Collection | Recording) -> None:
    """Refuse data without a channel, or without a time step in its series."""
    if 0 in data.values.shape[1:]:
        raise ShapeError(
            f"expected a channel and a time step at least, but found 0 feature(s) (shape=({len(data)}, 0)) while a "
            "minimum of 1 is required: give the columns of numbers"
        )


def require_channels(came: tuple[str, ...], fitted: tuple[str, ...] | None) -> None:
    """Refuse other channels than those a detector was fitted on."""
    if fitted is None or came == fitted:
        return
    n = len(fitted)
    if len(came) != n:
        raise ShapeError(
            f"this detector was fitted on {n} channel{'s'[: n != 1]} ({', '.join(fitted)}), got {len(came)} "
            f"({', '.join(came)}): give it the same ones, which .select([...]) picks out of more"
        )
    # Channels that were never named, there or here, are taken in their order.
    nameless = tuple(f"ch{i}" for i in range(n))
    if nameless not in (came, fitted):
        raise ShapeError(
            f"this detector was fitted on the channels {', '.join(fitted)}, got {', '.join(came)}: "
            "put them in that order with .select([...]), or rename them if they are the same"
        )
