"""The rhythm of a recording, found by autocorrelation: how long a window should be where none is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import uniform_filter1d
from scipy.signal import detrend, find_peaks

from offbeat.errors import ShapeError
from offbeat.series.recording import Recording

__all__ = ["find_period", "suggest_window"]

Values = npt.NDArray[np.float64]

_SHORTEST, _LONGEST = 4, 5000
_LEAST_CORRELATION = 0.3
"""A weaker rhythm than this says little about the next value."""
_WITHOUT_RHYTHM = 32
_ROUNDING = 1e-9
_HOUR, _DAY = 3_600.0, 86_400.0
_DAYS = 14
"""A recording that lasts so many days shows whether it has a daily rhythm."""
_SHAPE = 64
"""Time steps that hold a shape of what happens within a day, or more if they are not an hour. On metrics by the minute
twice as many place events twice as wide and find no more of them; half as many miss what lasts for hours."""


def find_period(X: Recording | npt.ArrayLike) -> int | None:
    """Return how many time steps pass until the recording repeats itself, or None where it has no rhythm.

    The highest peak of the autocorrelation counts, after a straight line has been taken out; of peaks all but as high
    (90 %) the first, since a multiple of a period is a period too. Several channels vote together. Of a recording of
    two weeks or more the moving mean of a day is taken out first, since a slow drift hides a daily rhythm; what is left
    is searched, and the recording as it is only where that shows none.

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
    X = X.longest if isinstance(X, Recording) else X
    values = np.asarray(X.values if isinstance(X, Recording) else X, dtype=np.float64)
    if values.ndim not in (1, 2):
        raise ShapeError(f"a recording has the shape (n_times, n_channels), got {values.ndim} axes")
    channels, day = list(values.reshape(len(values), -1).T), _steps_of_a_day(X)
    steady = None if day is None else _period_of([_without_drift(channel, day) for channel in channels])
    return steady or _period_of(channels)


def _period_of(channels: Sequence[Values]) -> int | None:
    longest = min(_LONGEST, len(channels[0]) // 2)
    if longest <= _SHORTEST:
        return None
    correlations = [_autocorrelation(channel)[: longest + 1] for channel in channels]
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

    Never more than a tenth of the recording, and never less than 2. Where the period is longer than a tenth, such as a
    week of a month, it is one day if the recording lasts for two weeks or more.

    A rhythm of half a day or longer is that of the sun and of people, and what goes wrong in it takes minutes or hours.
    Where a day has more than 64 time steps, windows then hold 64, or an hour if that is more: those of a whole day
    would blame half of it for a minute, and leave as much without a score.

    Examples
    --------
    >>> import numpy as np
    >>> suggest_window(np.sin(2 * np.pi * np.arange(2000) / 50))
    50
    >>> minutes = Recording(np.sin(2 * np.pi * np.arange(5 * 1440) / 1440), sampling_rate=1 / 60)
    >>> suggest_window(minutes)
    64
    """
    X = X.longest if isinstance(X, Recording) else X
    n_times = len(X.values) if isinstance(X, Recording) else len(np.asarray(X))
    window, day = find_period(X) or _WITHOUT_RHYTHM, _steps_of_a_day(X)
    if isinstance(X, Recording) and _SHAPE * X.step < _DAY <= 2 * window * X.step:
        window = min(window, max(_SHAPE, round(_HOUR / X.step)))
    if window > n_times // 10:
        window = min(n_times // 10, window if day is None else day)
    return max(2, window)


def _steps_of_a_day(X: Recording | npt.ArrayLike) -> int | None:
    """Return the time steps of a day, where the step is known and the recording long enough to show a daily rhythm."""
    if not (isinstance(X, Recording) and X.step > 0):
        return None
    steps = round(_DAY / X.step)
    return steps if steps >= _SHORTEST and len(X) >= _DAYS * steps else None


def _without_drift(channel: Values, span: int) -> Values:
    """Return a channel less its centred moving mean over ``span`` time steps; missing values are left out of means."""
    there = np.isfinite(channel)
    if not there.any():
        return channel
    centred = np.where(there, channel - channel[there].mean(), 0.0)
    counts = uniform_filter1d(there.astype(float), span, mode="constant")
    sums = uniform_filter1d(centred, span, mode="constant")
    rest = centred - np.divide(sums, counts, out=np.zeros(len(channel)), where=counts > 0.5 / span)
    # The rounding of running sums is no rhythm.
    rest[np.abs(rest) <= _ROUNDING * np.abs(centred).max()] = 0.0
    return np.where(there, rest, np.nan)


def _autocorrelation(channel: Values) -> Values:
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
