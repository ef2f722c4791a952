"""Built-in collections: curves and heartbeats made from formulas, the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import ParameterError
from offbeat.series.recording import Collection

__all__ = ["HEARTBEAT_COUNTS", "heartbeats", "voltage_curves"]

Array = npt.NDArray[np.floating[Any]]

HEARTBEAT_COUNTS: Mapping[str, int] = {"1": 1200, "2": 500, "3": 60, "4": 90, "5": 20}
"""How many heartbeats of each kind :func:`heartbeats` makes by default."""

_SECONDS = 0.7
_R_PEAK = 0.3
_PREVIOUS_T = 0.28


def voltage_curves(
    n_normal: int = 1000, n_high: int = 1000, n_low: int = 1000, *, noise: float = 0.2, seed: int = 0
) -> Collection:
    """Make voltage curves that rise, hold and fall; some hold too high, some too low.

    Parameters
    ----------
    n_normal, n_high, n_low : int
        How many of each class; they follow each other in this order.
    noise : float
        Standard deviation of the Gaussian noise (V).
    seed : int
        Equal seeds give equal curves.

    Returns
    -------
    Collection
        Values of shape (n_normal + n_high + n_low, 1, 150) in volt, labels ``normal``, ``high`` and ``low``.

    Raises
    ------
    ParameterError
        If a count or the noise is negative, or there is nothing to make.

    References
    ----------
    The formula of the synthetic curves in E. T. Hoben, "HKN-ML-Code" (MIT licence).

    Examples
    --------
    >>> curves = voltage_curves(3, 2, 1, noise=0)
    >>> curves.counts()
    {'high': 2, 'low': 1, 'normal': 3}
    >>> curves.values[0, 0, [0, 49, 149]].tolist()
    [0.0, 5.0, 0.0]
    """
    shapes = {
        "normal": (n_normal, _curve(top=5.0, ripple=0.25, hold=5.0, fall=(5.0, 0.0))),
        "high": (n_high, _curve(top=5.0, ripple=0.5, hold=5.5, fall=(5.5, 0.5))),
        "low": (n_low, _curve(top=4.0, ripple=0.1, hold=4.5, fall=(1.5, 0.5))),
    }
    _check_counts({label: count for label, (count, _) in shapes.items()})
    if not noise >= 0:
        raise ParameterError(f"the noise is a standard deviation of 0 or more, got {noise}")
    values = np.concatenate([np.tile(curve, (count, 1)) for count, curve in shapes.values()])
    values += np.random.default_rng(seed).normal(0.0, noise, size=values.shape)
    labels = np.repeat(list(shapes), [count for count, _ in shapes.values()])
    return Collection(values, labels=labels, name="synthetic-curves")


def _curve(*, top: float, ripple: float, hold: float, fall: tuple[float, float]) -> Array:
    held = ripple * np.sin(np.linspace(5, 15, 50)) + hold
    return np.concatenate([np.linspace(0, top, 50), held, np.linspace(*fall, 50)])


# Height (mV), time from the R-peak (s) and width (s) of the waves P, Q, R, S, T.
_NORMAL = np.array([[0.15, -0.12, 1.2, -0.3, 0.35], [-0.17, -0.03, 0, 0.03, 0.25], [0.022, 0.01, 0.012, 0.012, 0.045]])
_ECTOPIC = np.array([[0, -0.15, 1.4, -0.6, -0.45], [-0.17, -0.07, 0, 0.08, 0.27], [0.022, 0.02, 0.034, 0.035, 0.06]])
_EARLY_P = _NORMAL + np.array([[-0.2, 0, 0, 0, 0], [0.05, 0, 0, 0, 0], [0, 0, 0, 0, 0]])


@dataclass(frozen=True)
class _Kind:
    """How one kind of heartbeat differs from a normal one."""

    coupling: tuple[float, float] = (0.85, 0.07)
    """Mean and standard deviation of the time since the R-peak before (s)."""
    ectopic: tuple[float, float] = (0.0, 0.0)
    """Smallest and largest share of the ventricle's own beat in the waves; between 0 and 1 it is a fusion beat."""
    waves: Array = field(default_factory=_NORMAL.copy)
    """The waves at share 0."""
    noise: float = 0.04
    """Typical standard deviation of the noise (mV)."""


_KINDS = {
    "1": _Kind(),
    "2": _Kind(coupling=(0.36, 0.03), ectopic=(0.5, 1.0)),
    "3": _Kind(coupling=(0.58, 0.05), ectopic=(0.3, 1.0)),
    "4": _Kind(coupling=(0.62, 0.06), waves=_EARLY_P),
    "5": _Kind(ectopic=(0.05, 0.6), noise=0.12),
}


def heartbeats(counts: Mapping[str, int] | None = None, *, n_times: int = 140, seed: int = 0) -> Collection:
    """Make single heartbeats of five kinds, like those of ECG5000 in number of samples, classes and scaling.

    A beat is a sum of five Gaussian waves (P, Q, R, S, T) whose heights, widths and times vary, on the tail of
    the T wave before, with baseline wander and noise. The kinds are ``1`` normal; ``2`` premature ventricular beat on
    the T wave before; ``3`` premature ventricular beat; ``4`` premature supraventricular beat, which differs from a
    normal one only by its early P wave; ``5`` something between ``1`` and ``3`` under heavy noise.

    Parameters
    ----------
    counts : mapping of str to int, optional
        How many of each kind, by label; :data:`HEARTBEAT_COUNTS` where it is not given.
    n_times : int
        Samples of each beat, which lasts 0.7 s with its R-peak at 0.3 s.
    seed : int
        Equal seeds give equal beats; the beats of one kind do not depend on how many there are of another.

    Returns
    -------
    Collection
        Values of shape (n_series, 1, n_times); each beat has mean 0 and standard deviation 1. Sorted by kind.

    Raises
    ------
    ParameterError
        If a kind is unknown, a count negative, nothing is to be made, or there are fewer than 20 samples.

    References
    ----------
    P. E. McSharry, G. D. Clifford, L. Tarassenko, L. A. Smith, "A dynamical model for generating synthetic
    electrocardiogram signals", IEEE Trans. Biomed. Eng. 50(3), 2003: waves as Gaussians around the R-peak.

    Examples
    --------
    >>> beats = heartbeats({"1": 3, "2": 2})
    >>> beats
    Collection(5 series x 1 channel x 140 time steps, 2 classes)
    >>> beats.labels.tolist()
    ['1', '1', '1', '2', '2']
    """
    counts = HEARTBEAT_COUNTS if counts is None else counts
    unknown = sorted(set(counts) - set(HEARTBEAT_COUNTS))
    if unknown:
        raise ParameterError(f"the kinds of heartbeats are {', '.join(HEARTBEAT_COUNTS)}, got {unknown[0]!r}")
    _check_counts(counts)
    if n_times < 20:
        raise ParameterError(f"a heartbeat has at least 20 samples, but n_times is {n_times}")
    beats = [
        _beats(_KINDS[label], count, n_times, np.random.default_rng([seed, int(label)]))
        for label, count in counts.items()
    ]
    labels = np.repeat(list(counts), list(counts.values()))
    return Collection(
        np.concatenate(beats),
        labels=labels,
        sampling_rate=n_times / _SECONDS,
        name="synthetic-heartbeats",
        domain="ecg",
    )


def _check_counts(counts: Mapping[str, int]) -> None:
    negative = [label for label, count in counts.items() if count < 0]
    if negative:
        raise ParameterError(f"a count is 0 or more, got {counts[negative[0]]} of {negative[0]!r}")
    if not sum(counts.values()):
        raise ParameterError("expected at least one series to make, but all counts are 0")


def _beats(kind: _Kind, count: int, n_times: int, rng: np.random.Generator) -> Array:
    """Return beats of one kind, each with mean 0 and standard deviation 1: (count, n_times)."""
    times = np.arange(n_times) * (_SECONDS / n_times) - _R_PEAK
    heights, centres, widths = _waves(kind, count, rng)
    shapes = np.exp(-0.5 * ((times - centres[:, :, None]) / widths[:, :, None]) ** 2)
    signal = np.sum(heights[:, :, None] * shapes, axis=1) + _wander(times, count, rng)
    signal += kind.noise * rng.lognormal(0.0, 0.4, size=(count, 1)) * rng.normal(size=signal.shape)
    signal -= signal.mean(axis=1, keepdims=True)
    return np.asarray(signal / signal.std(axis=1, ddof=1, keepdims=True))


def _waves(kind: _Kind, count: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return height, time and width of the five waves and of the T wave before: three times (count, 6)."""
    share = rng.uniform(*kind.ectopic, size=(count, 1))
    coupling = rng.normal(*kind.coupling, size=(count, 1))
    own = [start + share * (end - start) for start, end in zip(kind.waves, _ECTOPIC, strict=True)]
    # The T wave of the beat before falls into the window only if this beat comes early.
    before = [_NORMAL[0, -1], _PREVIOUS_T - coupling, _NORMAL[2, -1]]
    heights, centres, widths = (
        np.hstack([o, np.broadcast_to(b, (count, 1))]) for o, b in zip(own, before, strict=True)
    )
    heights = heights * rng.lognormal(0.0, 0.18, size=heights.shape)
    widths = widths * rng.lognormal(0.0, 0.12, size=widths.shape)
    jitter = rng.normal(0.0, [0.01, 0.002, 0, 0.002, 0.012, 0.01], size=centres.shape)
    # A faster heart repolarises earlier, so its T wave follows sooner.
    centres[:, 4:5] += 0.1 * (coupling - 0.85)
    return heights, centres + jitter + rng.normal(0.0, 0.003, size=(count, 1)), widths


def _wander(times: Array, count: int, rng: np.random.Generator) -> Array:
    """Return the slow drift of the baseline by breathing: (count, n_times) in mV."""
    frequency = rng.uniform(0.2, 0.5, size=(count, 1))
    phase = rng.uniform(0, 2 * np.pi, size=(count, 1))
    return np.asarray(rng.uniform(0, 0.15, size=(count, 1)) * np.sin(2 * np.pi * frequency * times + phase))
