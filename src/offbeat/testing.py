"""The promises of every detector as checks that anyone can run, on detectors of their own too.

Each check takes an unfitted detector without a window, and raises AssertionError where a promise is broken.
"""

from __future__ import annotations

import random
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from offbeat.detectors.base import Detector
from offbeat.detectors.persistence import load
from offbeat.detectors.registry import detector_classes
from offbeat.errors import DataError, MissingValuesWarning, NotFittedError, OffbeatError
from offbeat.recording import Collection, Recording
from offbeat.thresholds import FewScoresWarning, Fixed, Quantile

__all__ = ["CHECKS", "check_detector", "discovered_detectors"]

Values = npt.NDArray[np.float64]
Check = Callable[[Detector], None]

_LENGTH, _WINDOW, _CLOSE = 24, 12, 1e-5


def discovered_detectors() -> list[Detector]:
    """Return one unfitted example of every detector class; raise AssertionError if none is found."""
    examples = [cls.example() for cls in detector_classes().values()]
    assert examples, "no detector was discovered: a suite that checks nothing must not pass"
    return examples


def check_detector(detector: Detector) -> None:
    """Run every check on an unfitted detector.

    Raises
    ------
    AssertionError
        If a promise is broken.

    Examples
    --------
    >>> from offbeat import PCADetector
    >>> check_detector(PCADetector(n_components=2))
    """
    for check in CHECKS:
        check(detector)


def waves(n: int = 60, n_channels: int = 1, seed: int = 0) -> Values:
    """Return ``(n, n_channels, 24)`` normal series: sines of random phase and a little noise."""
    rng = np.random.default_rng(seed)
    phase = rng.uniform(0, 0.6, (n, 1, 1)) + np.arange(n_channels)[:, None]
    return np.sin(np.arange(_LENGTH) / 3 + phase) + rng.normal(0, 0.05, (n, n_channels, _LENGTH))


def long_wave(n_times: int = 240, seed: int = 0) -> Values:
    """Return ``(n_times, 1)``: one long normal series."""
    rng = np.random.default_rng(seed)
    return np.sin(np.arange(n_times) / 3)[:, None] + rng.normal(0, 0.05, (n_times, 1))


def check_batch_invariance(detector: Detector) -> None:
    """The score of a series does not depend on what else is in the batch, on its size, or on the order."""
    fitted, series = _fitted(detector), waves(40, seed=1)
    together = fitted.decision_function(series)
    alone = np.concatenate([fitted.decision_function(series[i : i + 1]) for i in range(len(series))])
    _assert_close(alone, together, "a series scored alone and among others")
    order = np.random.default_rng(2).permutation(len(series))
    _assert_close(fitted.decision_function(series[order]), together[order], "a batch in another order")
    among_giants = np.concatenate([series[:5], 1000 * series[5:10]])
    _assert_close(fitted.decision_function(among_giants)[:5], together[:5], "a series beside much larger ones")


def check_chunk_invariance(detector: Detector) -> None:
    """How a recording is cut, or whether it goes on, does not change the scores; no window, no score."""
    fitted, recording = _fitted_with_window(detector), long_wave(90, seed=3)
    whole = fitted.decision_function(recording)
    assert np.isnan(whole[: _WINDOW - 1]).all(), "time steps before the first full window must score NaN"
    assert np.isfinite(whole[_WINDOW - 1 :]).all(), "every later time step must have a score"
    for cut in (_WINDOW, 37, 60):
        _assert_close(fitted.decision_function(recording[:cut]), whole[:cut], "a recording and its beginning")
    overlapped = fitted.decision_function(recording[40 - _WINDOW + 1 :])[_WINDOW - 1 :]
    _assert_close(overlapped, whole[40:], "a recording and its end")


def check_repeatable(detector: Detector) -> None:
    """Same seed, same scores; random states and inputs of the caller stay as they were."""
    series = waves()
    before, states = series.copy(), _random_states()
    first, second = _fit(clone(detector), series), _fit(clone(detector), series)
    probe = waves(10, seed=4)
    assert np.array_equal(first.decision_function(probe), second.decision_function(probe)), "same seed, other scores"
    assert _random_states() == states, "the caller's global random state was touched"
    assert np.array_equal(series, before), "the input was changed"


def check_parameters(detector: Detector) -> None:
    """``clone``, ``get_params`` and ``set_params`` round-trip, and ``fit`` leaves the settings alone."""
    settings = detector.get_params(deep=False)
    copy = clone(detector)
    assert repr(copy.get_params(deep=False)) == repr(settings), "clone changed a setting"
    assert repr(copy.set_params(**settings).get_params(deep=False)) == repr(settings), "set_params changed a setting"
    for name in ("window", "scaling", "held_out", "threshold", "tiers", "random_state"):
        assert name in settings, f"get_params lacks {name}"
    _fit(copy, waves())
    assert repr(copy.get_params(deep=False)) == repr(settings), "fit changed a setting"


def check_unfitted(detector: Detector) -> None:
    """Use before ``fit`` raises NotFittedError."""
    unfitted, series = clone(detector), waves(3)
    for call in (unfitted.decision_function, unfitted.predict, unfitted.detect, unfitted.explain, unfitted.save):
        _assert_raises(NotFittedError, partial(call, series))
    _assert_raises(NotFittedError, partial(unfitted.set_threshold, Fixed(1.0)))


def check_save_and_load(detector: Detector) -> None:
    """Save, load, score: equal scores, equal cuts, equal settings."""
    fitted, probe = _fitted(detector), waves(10, seed=5)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", FewScoresWarning)
        again = load(fitted.save(Path(folder) / "model"))
    _assert_close(again.decision_function(probe), fitted.decision_function(probe), "a model and its saved copy")
    assert again.threshold_.cut_ == fitted.threshold_.cut_, "the threshold changed on the way to disk"
    assert again.tiers_.cuts_ == fitted.tiers_.cuts_, "the tiers changed on the way to disk"
    assert type(again) is type(fitted), "another class came back"


def check_missing_values(detector: Detector) -> None:
    """A series with a missing value gets NaN and a warning; the others score as before; training leaves it out."""
    fitted, series = _fitted(detector), waves(10, seed=6)
    whole = fitted.decision_function(series)
    holed = series.copy()
    holed[3, 0, 5] = np.nan
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scores = fitted.decision_function(holed)
    assert any(issubclass(w.category, MissingValuesWarning) for w in caught), "missing values passed without a warning"
    assert np.isnan(scores[3]), "a series with missing values must score NaN"
    _assert_close(np.delete(scores, 3), np.delete(whole, 3), "series beside one with missing values")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingValuesWarning)
        retrained = _fit(clone(detector), np.concatenate([waves(), np.full((2, 1, _LENGTH), np.nan)]))
    assert np.isfinite(retrained.decision_function(series)).all(), "missing values spoiled the training"


def check_refusals(detector: Detector) -> None:
    """Data that cannot be used is refused by an error of offbeat."""
    fitted, series = _fitted(detector), waves(4)
    infinite = series.copy()
    infinite[0, 0, 0] = np.inf
    unusable: list[Any] = [
        infinite,
        series[:, :, :-1],
        np.repeat(series, 2, axis=1),
        series[0, 0],
        series[None],
        Recording(long_wave()),
        series.astype(str),
        [[1.0, 2.0], [3.0]],
    ]
    for data in unusable:
        _assert_raises(OffbeatError, partial(fitted.decision_function, data))
    for data in (series[:0], series[:1], np.ones((30, 1, _LENGTH)), np.full((30, 1, _LENGTH), np.nan), infinite):
        _assert_raises(DataError, partial(_fit, clone(detector), data))
    assert fitted.decision_function(series[:0]).shape == (0,), "no series must give no scores"


def check_refused_settings(detector: Detector) -> None:
    """A setting out of range is refused by ``fit``, not by ``__init__``."""
    for setting in ({"held_out": 0.0}, {"held_out": 1.0}, {"scaling": "loud"}, {"window": 0}, {"window": 2.5}):
        odd = clone(detector).set_params(**setting)
        _assert_raises(OffbeatError, partial(_fit, odd, waves()))


def check_recordings_refused(detector: Detector) -> None:
    """With a window, a recording that is too short or a collection is refused."""
    fitted = _fitted_with_window(detector)
    for data in (long_wave(_WINDOW - 1), waves(4), Collection(waves(4))):
        _assert_raises(OffbeatError, partial(fitted.decision_function, data))


def check_planted_anomaly(detector: Detector) -> None:
    """A planted anomaly scores above the median of normal series."""
    fitted, series = _fitted(detector), waves(20, seed=7)
    planted = series[:1].copy()
    planted[0, 0, 8:14] += 3.0
    assert fitted.decision_function(planted)[0] > np.median(fitted.decision_function(series)), "the anomaly hides"


def check_explanation(detector: Detector) -> None:
    """The shares of a score sum to it, time step by time step; the expected signal has the shape of the input."""
    fitted, series = _fitted(detector, n_channels=2), waves(6, n_channels=2, seed=8)
    told = fitted.explain(series)
    assert told.expected.shape == told.shares.shape == series.shape, "the explanation has another shape than the input"
    _assert_close(told.shares.sum(axis=(1, 2)), fitted.decision_function(series), "a score and the sum of its shares")
    with_window, recording = _fitted_with_window(detector), long_wave(60, seed=9)
    told = with_window.explain(recording)
    assert told.shares.shape == recording.shape, "the explanation of a recording has another shape"
    _assert_close(told.shares.sum(axis=1), with_window.decision_function(recording), "scores and the sums of shares")


def check_threshold(detector: Detector) -> None:
    """The threshold comes from held-out scores, and another one needs no new training."""
    fitted, probe = _fitted(detector), waves(12, seed=10)
    scores = fitted.decision_function(probe)
    expected = Quantile(0.05).fit(fitted.held_out_scores_).cut_
    assert fitted.threshold_.cut_ == expected, "the threshold is not that of the held-out scores"
    fitted.set_threshold(Fixed(float(np.median(scores))))
    assert np.array_equal(fitted.decision_function(probe), scores), "another threshold changed the scores"
    assert fitted.predict(probe).tolist() == (scores > np.median(scores)).astype(int).tolist(), "the cut is not used"
    events = fitted.detect(probe)
    flagged = np.flatnonzero(fitted.predict(probe)).tolist()
    assert [event.series for event in events] == flagged, "events and flags differ"


def check_known_anomalies(detector: Detector) -> None:
    """``y`` leaves known anomalies out of the training."""
    normal, probe = waves(), waves(8, seed=11)
    mixed = np.concatenate([normal, 10 + 5 * waves(5, seed=12)])
    known = np.repeat([0, 1], [len(normal), 5])
    clean, told = _fit(clone(detector), normal), _fit(clone(detector), mixed, known)
    _assert_close(told.decision_function(probe), clean.decision_function(probe), "with y and without the anomalies")


def check_inputs(detector: Detector) -> None:
    """Arrays, lists, other memory layouts and collections of the same values give the same scores."""
    fitted, series = _fitted(detector), waves(6, seed=13)
    expected = fitted.decision_function(series)
    locked = series.copy()
    locked.setflags(write=False)
    for data in (series[:, 0], series.tolist(), np.asfortranarray(series), locked, Collection(series)):
        _assert_close(fitted.decision_function(data), expected, "the same values in another form")
    constant = fitted.decision_function(np.zeros((1, 1, _LENGTH)))
    assert np.isfinite(constant).all(), "a constant series must have a finite score"


CHECKS: tuple[Check, ...] = (
    check_batch_invariance,
    check_chunk_invariance,
    check_repeatable,
    check_parameters,
    check_unfitted,
    check_save_and_load,
    check_missing_values,
    check_refusals,
    check_refused_settings,
    check_recordings_refused,
    check_planted_anomaly,
    check_explanation,
    check_threshold,
    check_known_anomalies,
    check_inputs,
)
"""Every promise, in the order they are checked."""


def _fit(detector: Detector, X: Any, y: Any = None) -> Detector:
    with warnings.catch_warnings():
        # The checks fit on a handful of series on purpose.
        warnings.simplefilter("ignore", FewScoresWarning)
        return detector.fit(X, y, validation=waves(20, X.shape[1], seed=99) if X.ndim == 3 and len(X) else None)


def _fitted(detector: Detector, n_channels: int = 1) -> Detector:
    return _fit(clone(detector), waves(n_channels=n_channels))


def _fitted_with_window(detector: Detector) -> Detector:
    return _fit(clone(detector).set_params(window=_WINDOW), long_wave())


def _assert_close(came: Values, expected: Values, what: str) -> None:
    assert came.shape == expected.shape, f"{what}: shapes {came.shape} and {expected.shape} differ"
    close = np.isclose(came, expected, rtol=_CLOSE, atol=_CLOSE, equal_nan=True)
    assert close.all(), f"{what}: scores differ by up to {np.nanmax(np.abs(came - expected)):.3g}"


def _assert_raises(kind: type[Exception], call: Callable[[], Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingValuesWarning)
        try:
            call()
        except kind:
            return
    raise AssertionError(f"expected {kind.__name__}, but nothing was raised")


def _random_states() -> tuple[Any, ...]:
    import torch

    numpy_state = np.random.get_state(legacy=True)  # noqa: NPY002  # the caller's state is what is checked
    return random.getstate(), str(numpy_state), torch.get_rng_state().numpy().tobytes()
