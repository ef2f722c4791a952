"""Built-in recordings: the load of a server, five minutes a time step, with four kinds of anomalies."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import ParameterError
from offbeat.series.recording import Recording

__all__ = ["server_metrics"]

Array = npt.NDArray[np.floating[Any]]

_DAY = 288
_LEARNED = 0.4
_SHORTEST = 400
_LENGTHS = {"spike": 4, "shift": 60, "flat": 72, "pattern": 144}
"""Time steps of each kind of anomaly, in the order they come in."""


def server_metrics(n_times: int = 4000, *, noise: float = 1.5, seed: int = 0) -> Recording:
    """Make the load of a server in percent: days and nights, noise, and four labelled anomalies.

    The first 40 % are free of anomalies. The rest has, in this order, a spike, a level shift, a stretch where the value
    stands still, and half a day with a pattern of its own; each lies at random in its quarter.

    Parameters
    ----------
    n_times : int
        Time steps of five minutes.
    noise : float
        Standard deviation of the noise (percentage points); neighbouring time steps are correlated.
    seed : int
        Equal seeds give equal recordings.

    Returns
    -------
    Recording
        Values of shape (n_times, 1), with timestamps, labels and ``train_end``.

    Raises
    ------
    ParameterError
        If there are fewer than 400 time steps, or the noise is negative.

    Examples
    --------
    >>> load = server_metrics()
    >>> load
    Recording(4000 time steps x 1 channel (cpu))
    >>> load.train_end, int(load.labels.sum())
    (1600, 280)
    """
    if n_times < _SHORTEST:
        raise ParameterError(f"such a recording has at least {_SHORTEST} time steps, but n_times is {n_times}")
    if not noise >= 0:
        raise ParameterError(f"the noise is a standard deviation of 0 or more, got {noise}")
    rng = np.random.default_rng(seed)
    times = np.arange(n_times)
    values, labels = _days(times) + _noise(n_times, noise, rng), np.zeros(n_times, dtype=np.int8)
    train_end = round(_LEARNED * n_times)
    quarter = (n_times - train_end) // len(_LENGTHS)
    for number, (kind, length) in enumerate(_LENGTHS.items()):
        length = min(length, quarter // 2)  # noqa: PLW2901
        start = train_end + number * quarter + int(rng.integers(quarter - length))
        part = slice(start, start + length)
        values[part] = _anomaly(kind, values[part], times[part])
        labels[part] = 1
    stamps = np.datetime64("2024-01-01T00:00:00") + times * np.timedelta64(300, "s")
    return Recording(
        values, timestamps=stamps, channels=("cpu",), labels=labels, name="synthetic-metrics", train_end=train_end
    )


def _days(times: npt.NDArray[Any]) -> Array:
    """Return the load without noise: busy by day, with a second, lower peak in the evening."""
    turn = 2 * np.pi * times / _DAY
    return np.asarray(40 - 16 * np.cos(turn) - 5 * np.cos(2 * turn - 1))


def _noise(n_times: int, deviation: float, rng: np.random.Generator) -> Array:
    fresh, kept = rng.normal(size=n_times), 0.6
    noise = np.empty(n_times)
    before = fresh[0]
    for i, new in enumerate(fresh):
        before = kept * before + np.sqrt(1 - kept**2) * new
        noise[i] = before
    return deviation * noise


def _anomaly(kind: str, values: Array, times: npt.NDArray[Any]) -> Array:
    if kind == "spike":
        return np.minimum(values + 45, 100)
    if kind == "shift":
        return values + 20
    if kind == "flat":
        return np.full_like(values, values[0])
    # The same height, but six times as fast: only the course tells.
    return np.asarray(values - _days(times) + 40 - 16 * np.cos(12 * np.pi * times / _DAY))
