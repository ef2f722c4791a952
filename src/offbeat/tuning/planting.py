"""Synthetic anomalies, planted into normal data: what a detector is tried on where there are no labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.signal.windows import tukey

from offbeat.series.recording import FloatArray

__all__ = ["KINDS", "Planted", "kinds_in_turn", "plant", "plant_series"]

Values = npt.NDArray[np.float64]
Random = np.random.Generator

_SPACING = 5
"""At least as many windows of a recording for each anomaly, so that most of it stays normal."""
_MOST = 6
"""Anomalies in one copy of a recording, at most."""
_LEAST_CHANGE = 0.1
"""An anomaly that changes no value by this many standard deviations is none."""
_TRIES = 10


class Place(NamedTuple):
    """Where an anomaly is planted in one channel."""

    channel: Values
    """The whole channel, shape (n_times,)."""
    start: int
    length: int
    spread: float
    """Standard deviation of the channel in the data learned from."""

    @property
    def piece(self) -> Values:
        """What stands there now."""
        return self.channel[self.start : self.start + self.length]

    def size(self, low: float, high: float, rng: Random) -> float:
        """Return between so many standard deviations, up or down."""
        return float(rng.choice([-1.0, 1.0]) * rng.uniform(low, high) * self.spread)


def _spike(place: Place, rng: Random) -> Values:
    piece, width = place.piece.copy(), int(rng.integers(1, min(4, place.length) + 1))
    at = int(rng.integers(place.length - width + 1))
    piece[at : at + width] += place.size(1, 3, rng)
    return piece


def _noise(place: Place, rng: Random) -> Values:
    return place.piece + rng.normal(0.0, rng.uniform(0.2, 0.6) * place.spread, place.length)


def _flat(place: Place, rng: Random) -> Values:
    return np.full(place.length, place.piece[0])


def _scaled(place: Place, rng: Random) -> Values:
    factor = rng.uniform(0.3, 0.6) if rng.random() < 0.5 else rng.uniform(1.5, 2.0)
    mean = place.piece.mean()
    return np.asarray(mean + (place.piece - mean) * factor)


def _shifted(place: Place, rng: Random) -> Values:
    return place.piece + place.size(0.5, 1.5, rng)


def _ramp(place: Place, rng: Random) -> Values:
    return place.piece + np.linspace(0.0, place.size(0.5, 1.5, rng), place.length)


def _reversed(place: Place, rng: Random) -> Values:
    return place.piece[::-1]


def _warped(place: Place, rng: Random) -> Values:
    """Half of the piece at half its speed, or twice as much at twice its speed."""
    length, faster = place.length, rng.random() < 0.5
    source = place.channel[place.start : place.start + (2 if faster else 1) * length]
    until = min(len(source) - 1, 2 * length - 1 if faster else length / 2)
    return np.interp(np.linspace(0.0, until, length), np.arange(len(source)), source)


def _smoothed(place: Place, rng: Random) -> Values:
    width = max(3, place.length // 3)
    padded = np.pad(place.piece, (width // 2, width - 1 - width // 2), mode="edge")
    return np.convolve(padded, np.full(width, 1 / width), "valid")


def _from_elsewhere(place: Place, rng: Random) -> Values:
    at = int(rng.integers(len(place.channel) - place.length + 1))
    return place.channel[at : at + place.length]


KINDS: Mapping[str, Callable[[Place, Random], Values]] = {
    "spike": _spike,
    "noise": _noise,
    "flat": _flat,
    "scaled": _scaled,
    "shifted": _shifted,
    "ramp": _ramp,
    "reversed": _reversed,
    "warped": _warped,
    "smoothed": _smoothed,
    "from elsewhere": _from_elsewhere,
}
"""The kinds of anomalies: each returns what comes in the place of a piece of a channel."""


class Planted(NamedTuple):
    """A copy of a recording with anomalies in it."""

    values: FloatArray
    """Shape (n_times, n_channels)."""
    places: tuple[slice, ...]
    """The time steps from the first to the last that an anomaly changed."""
    kinds: tuple[str, ...]
    """Of the anomalies, in their order."""


def kinds_in_turn(rng: Random) -> Iterator[str]:
    """Yield kinds without end: each once in an order drawn at random, then all again."""
    while True:
        yield from map(str, rng.permutation(list(KINDS)))


def plant(values: FloatArray, spread: Values, window: int, kinds: Iterator[str], rng: Random) -> Planted:
    """Return a copy of a recording with a few anomalies, each half a window to two windows long.

    Parameters
    ----------
    values : array of shape (n_times, n_channels)
        Normal data.
    spread : array of shape (n_channels,)
        Standard deviation of each channel; 0 for those that are left as they are.
    window : int
        Time steps.
    kinds : iterator of str
        Names of :data:`KINDS`, one is taken for each anomaly; see :func:`kinds_in_turn`.
    rng : numpy.random.Generator
        Draws places, lengths and sizes.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> wave = np.sin(np.arange(1000) / 8)[:, None]
    >>> found = plant(wave, wave.std(axis=0), 50, iter(["flat", "noise", "shifted", "ramp"]), rng)
    >>> found.kinds
    ('flat', 'noise', 'shifted', 'ramp')
    >>> [bool((found.values != wave)[place].any()) for place in found.places]
    [True, True, True, True]
    """
    n_times = len(values)
    n_places = int(np.clip(n_times // max(_SPACING * window, 40), 1, _MOST))
    room = n_times // n_places
    changed, places, planted = values.copy(), [], []
    for number in range(n_places):
        length = _length(window // 2, 2 * window, room // 3, rng)
        first, last = number * room + room // 8, (number + 1) * room - room // 8 - length
        there = slice(first, max(first, last) + length)
        found = _altered(values, there, length, spread, kinds, rng)
        if found is not None:
            new, kind = found
            rows = np.flatnonzero((new[there] != values[there]).any(axis=1)) + there.start
            changed[there] = new[there]
            places.append(slice(int(rows[0]), int(rows[-1]) + 1))
            planted.append(kind)
    return Planted(changed, tuple(places), tuple(planted))


def plant_series(values: FloatArray, spread: Values, rng: Random) -> FloatArray:
    """Return copies of short series, each with one anomaly, an eighth to a half of the series long.

    Parameters
    ----------
    values : array of shape (n_series, n_channels, n_times)
        Normal series. Where none can be planted, as into a series of missing values, the copy is left out.
    spread, rng
        As of :func:`plant`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> curves = np.sin(np.arange(40) / 4) + 0.1 * rng.normal(size=(20, 1, 40))
    >>> bool((plant_series(curves, curves.std(axis=(0, 2)), rng) != curves).any(axis=(1, 2)).all())
    True
    """
    kinds, n_times = kinds_in_turn(rng), values.shape[2]
    whole, planted = slice(0, n_times), []
    for series in values:
        length = _length(n_times // 8, n_times // 2, n_times, rng)
        found = _altered(series.T, whole, length, spread, kinds, rng)
        if found is not None:
            planted.append(found[0].T)
    return np.array(planted).reshape(-1, *values.shape[1:])


def _length(shortest: int, longest: int, most: int, rng: Random) -> int:
    drawn = int(rng.integers(max(4, shortest), max(8, longest) + 1))
    return int(np.clip(drawn, 4, max(4, most)))


def _blended(old: Values, new: Values, kind: str) -> Values:
    """Return the new piece, its first and last quarter blended into the old: without, any jump at its ends tells it."""
    weights = np.ones(len(old)) if kind == "spike" else tukey(len(old) + 2, 0.5)[1:-1]
    return np.asarray(old + weights * (new - old))


def _altered(
    values: FloatArray, there: slice, length: int, spread: Values, kinds: Iterator[str], rng: Random
) -> tuple[FloatArray, str] | None:
    """Return a copy with one anomaly in some of its channels, and its kind; None where none can be planted."""
    lively = np.flatnonzero(spread > 0)
    if not len(lively):
        return None
    for _, kind in zip(range(_TRIES), kinds, strict=False):
        start = int(rng.integers(there.start, there.stop - length + 1))
        inside = slice(start, start + length)
        channels = rng.choice(lively, size=int(rng.integers(1, len(lively) + 1)), replace=False)
        new = values.copy()
        for channel in channels:
            place = Place(values[:, channel].astype(np.float64), start, length, float(spread[channel]))
            new[inside, channel] = _blended(place.piece, KINDS[kind](place, rng), kind)
        change = np.abs(new[inside] - values[inside])[:, channels] / spread[channels]
        # Not so where values are missing, before or after.
        if change.max() > _LEAST_CHANGE:
            return new, kind
    return None
