"""Small data sets and tools for the checks."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from offbeat.detectors.base import Detector
from offbeat.errors import MissingValuesWarning
from offbeat.thresholds import FewScoresWarning, IncidentWarning

Values = npt.NDArray[np.float64]

LENGTH, WINDOW, CLOSE = 24, 12, 1e-5


def waves(n: int = 60, n_channels: int = 1, seed: int = 0) -> Values:
    """Return ``(n, n_channels, 24)`` normal series: sines of random phase and a little noise."""
    rng = np.random.default_rng(seed)
    phase = rng.uniform(0, 0.6, (n, 1, 1)) + np.arange(n_channels)[:, None]
    return np.sin(np.arange(LENGTH) / 3 + phase) + rng.normal(0, 0.05, (n, n_channels, LENGTH))


def long_wave(n_times: int = 240, n_channels: int = 1, seed: int = 0) -> Values:
    """Return ``(n_times, n_channels)``: one long normal series."""
    rng = np.random.default_rng(seed)
    return np.sin(np.arange(n_times)[:, None] / 3 + np.arange(n_channels)) + rng.normal(0, 0.05, (n_times, n_channels))


def reads_collections(detector: Detector) -> bool:
    """Return whether the checks use collections for this detector, else recordings."""
    return "collections" in detector.reads and detector.window is None


def normal_data(detector: Detector, n_channels: int = 1) -> Values:
    """Return normal data that the detector reads."""
    return waves(n_channels=n_channels) if reads_collections(detector) else long_wave(300, n_channels)


def probe_data(detector: Detector, n: int = 12, n_channels: int = 1, seed: int = 1) -> Values:
    """Return other normal data that it reads: ``n`` series, or a recording with more than ``n`` windows."""
    if reads_collections(detector):
        return waves(n, n_channels, seed)
    return long_wave(60 + n, n_channels, seed)


def fit(detector: Detector, X: Any, y: Any = None, unit: float = 1.0, beside: Values | None = None) -> Detector:
    """Fit without warnings that there is little data; collections with validation data, in the same unit as X."""
    if beside is None and X.ndim == 3 and len(X):
        beside = unit * waves(20, X.shape[1], seed=99)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewScoresWarning)
        warnings.simplefilter("ignore", IncidentWarning)
        return detector.fit(X, y, validation=beside)


def fitted(detector: Detector, n_channels: int = 1) -> Detector:
    """Return a fitted copy."""
    learn = partial(fit, clone(detector), normal_data(detector, n_channels))
    return _once(detector, ("normal data", n_channels), learn)


def fitted_on_recording(detector: Detector, n_channels: int = 1, **settings: Any) -> Detector:
    """Return a copy with a window, fitted on a recording.

    The threshold comes from another one, since held-out parts would need a training each.
    """
    unfitted = clone(detector).set_params(window=WINDOW, **settings)
    learn = partial(fit, unfitted, long_wave(300, n_channels), beside=long_wave(150, n_channels, seed=99))
    return _once(detector, ("recording", n_channels, repr(settings)), learn)


_models: WeakKeyDictionary[Detector, dict[tuple[Any, ...], Detector]] = WeakKeyDictionary()


def _once(detector: Detector, what: tuple[Any, ...], learn: Callable[[], Detector]) -> Detector:
    """Return a copy of the model that was learned for another check of this detector, or learn it now.

    Most checks need the same model, and a network takes long to learn compared with what they do with it.
    """
    known = _models.setdefault(detector, {})
    key = (repr(detector.get_params()), *what)
    if key not in known:
        known[key] = learn()
    return deepcopy(known[key])


def assert_close(found: npt.ArrayLike, expected: npt.ArrayLike, what: str, close: float = CLOSE) -> None:
    """Raise AssertionError unless the scores are equal up to float32 rounding."""
    one, other = np.asarray(found), np.asarray(expected)
    assert one.shape == other.shape, f"{what}: shapes {one.shape} and {other.shape} differ"
    same = np.isclose(one, other, rtol=close, atol=close, equal_nan=True)
    assert same.all(), f"{what}: scores differ by up to {np.nanmax(np.abs(one - other)):.3g}"


def assert_raises(kind: type[Exception], call: Callable[[], Any]) -> None:
    """Raise AssertionError unless the call raises an error of that kind."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingValuesWarning)
        try:
            call()
        except kind:
            return
    raise AssertionError(f"expected {kind.__name__}, but nothing was raised")


def random_states() -> tuple[Any, ...]:
    """Return the global random states."""
    import torch

    numpy_state = np.random.get_state(legacy=True)  # noqa: NPY002  # the caller's state is what is checked
    return random.getstate(), str(numpy_state), torch.get_rng_state().numpy().tobytes()
