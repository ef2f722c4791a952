"""Servers as they are: made-up measurements of ordinary hosts, and what goes wrong on them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from offbeat import Recording

__all__ = ["DAY", "KINDS", "STEP", "host", "planted"]

Array = npt.NDArray[np.float64]

STEP = 600.0
"""Seconds between two time steps."""
DAY = int(86_400 / STEP)
KINDS = ("daily", "weekly", "autoregressive", "heteroscedastic", "bursts")

_LENGTHS = {"spike": 3, "shift": DAY // 4, "flat": DAY // 4, "noise": DAY // 4}
"""Time steps of each kind of anomaly."""


def host(kind: str, weeks: int, seed: int) -> Recording:
    """Return some weeks of a host that nothing is wrong with, of one of :data:`KINDS`."""
    rng = np.random.default_rng([KINDS.index(kind), seed])
    n = weeks * 7 * DAY
    days = np.arange(n) / DAY
    wave = np.sin(2 * np.pi * (days - rng.uniform())) + 0.4 * np.sin(4 * np.pi * (days - rng.uniform()))
    noise = 0.2 * rng.normal(size=n)
    if kind == "weekly":
        wave *= np.where(days.astype(int) % 7 < 5, 1.0, 0.4)
    elif kind == "autoregressive":
        wave, noise = 0.7 * wave, lfilter([1.0], [1.0, -0.95], 0.15 * rng.normal(size=n))
    elif kind == "heteroscedastic":
        noise *= 0.5 + 1.25 * (1 + np.sin(2 * np.pi * days)) / 2
    elif kind == "bursts":
        for start in np.flatnonzero(rng.uniform(size=n) < 2 / DAY):
            noise[start : start + rng.integers(2, 8)] += rng.gamma(2.0, 0.5)
    return Recording(50 + 10 * (wave + noise), sampling_rate=1 / STEP, channels=["load"], name=f"{kind}-{seed}")


def planted(recording: Recording, seed: int) -> tuple[Recording, list[tuple[int, int]]]:
    """Return the recording with an anomaly a week, and where they are: spikes, shifts, flat and noisy stretches."""
    rng = np.random.default_rng([99, seed])
    values, spread = recording.values.copy(), float(np.std(recording.values))
    windows = []
    for number, start in enumerate(range(2 * DAY, len(values) - 2 * DAY, 7 * DAY)):
        name = list(_LENGTHS)[number % len(_LENGTHS)]
        begin = start + int(rng.integers(0, 3 * DAY))
        part = slice(begin, begin + _LENGTHS[name])
        if name == "spike":
            values[part] += 3 * spread
        elif name == "shift":
            values[part] += 1.5 * spread
        elif name == "flat":
            values[part] = values[begin]
        else:
            values[part] += rng.normal(size=(part.stop - begin, 1)) * spread
        windows.append((begin, part.stop))
    return Recording(values, sampling_rate=1 / STEP, channels=["load"], name=recording.name), windows
