"""The rhythm of a recording, found by autocorrelation: how long a window should be where none is given."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import detrend, find_peaks

from offbeat.errors import ShapeError
from offbeat.series.recording import Recording

__all__ = ["find_period", "suggest_window"]

_SHORTEST, _LONGEST = 4, 5000
_LEAST_CORRELATION = 0.3
"""A weaker rhythm than this says little about the next value."""
_WITHOUT_RHYTHM = 32


def find_period(X: Recording | npt.ArrayLike) -> int | None:
    """Return how many time steps pass until the recording repeats itself, or None where it has no rhythm.

    The highest peak of the autocorrelation counts, after a straight line has been taken out; of peaks all but as high
    (90 %) the first, since a multiple of a period is a period too. Several channels vote together.

    Parameters
    ----------
    X : Recording, or array of shape (n_times,) or (n_times, n_channels)
        Missing values are left out of the sums.

    Raises
    ------
    ShapeError
        If the array has another shape.

    Examples
    --------
    >>> import numpy as np
    >>> steps = np.arange(2000)
    >>> find_period(np.sin(2 * np.pi * steps / 24) + 0.3 * np.random.default_rng(0).normal(size=2000))
    24
    >>> find_period(np.random.default_rng(0).normal(size=2000)) is None
    True
    """
    values = np.asarray(X.values if isinstance(X, Recording) else X, dtype=np.float64)
    if values.ndim not in (1, 2):
        raise ShapeError(f"a recording has the shape (n_times, n_channels), got {values.ndim} axes")
    longest = min(_LONGEST, len(values) // 2)
    if longest <= _SHORTEST:
        return None
    correlations = [_autocorrelation(channel)[: longest + 1] for channel in values.reshape(len(values), -1).T]
    correlation = np.mean(correlations, axis=0)
    # What lies on the flank of lag 0 is smoothness, not rhythm.
    low = correlation < 0.5 * _LEAST_CORRELATION
    shortest = max(_SHORTEST, int(np.argmax(low)) if low.any() else 0)
    peaks, _ = find_peaks(correlation, height=_LEAST_CORRELATION)
    peaks = peaks[peaks >= shortest]
    if not len(peaks):
        return None
    first = peaks[np.argmax(correlation[peaks] >= 0.9 * correlation[peaks].max())]
    # Noise makes several peaks of one: the highest of them is nearest.
    same = peaks[np.abs(peaks - first) <= 0.1 * first]
    return int(same[np.argmax(correlation[same])])


def suggest_window(X: Recording | npt.ArrayLike) -> int:
    """Return a length for windows: one period of the recording, or 32 time steps where it has no rhythm.

    Never more than a tenth of the recording, and never less than 2.

    Examples
    --------
    >>> import numpy as np
    >>> suggest_window(np.sin(2 * np.pi * np.arange(2000) / 50))
    50
    """
    n_times = len(X.values) if isinstance(X, Recording) else len(np.asarray(X))
    return max(2, min(find_period(X) or _WITHOUT_RHYTHM, n_times // 10))


def _autocorrelation(channel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the autocorrelation at each lag, over the pairs of values that are both there."""
    there = np.isfinite(channel)
    if there.sum() < 2 or np.ptp(channel[there]) == 0:
        return np.zeros(len(channel))
    filled = np.zeros(len(channel))
    filled[there] = detrend(channel[there])
    # Squares of tiny numbers would be none.
    filled = np.ldexp(filled, -np.frexp(np.abs(filled).max())[1])
    size = next_fast_len(2 * len(channel))
    pairs = irfft(np.abs(rfft(there.astype(float), size)) ** 2, size)[: len(channel)]
    products = irfft(np.abs(rfft(filled, size)) ** 2, size)[: len(channel)]
    means = np.divide(products, pairs, out=np.zeros(len(channel)), where=pairs > 0.5)
    return np.asarray(means / means[0]) if means[0] > 0 else np.zeros(len(channel))
