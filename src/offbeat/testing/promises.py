"""The promises of every detector, whether it reads collections or recordings."""

from __future__ import annotations

import tempfile
import warnings
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from offbeat.detectors.base import Detector
from offbeat.detectors.saving import load
from offbeat.detectors.scoring.tails import tail_of
from offbeat.errors import ConstantWarning, DataError, MissingValuesWarning, NotFittedError, OffbeatError, ignoring
from offbeat.series.recording import Collection, Recording
from offbeat.testing.material import (
    LENGTH,
    Values,
    assert_close,
    assert_raises,
    fit,
    fitted,
    fitted_on_recording,
    long_wave,
    normal_data,
    probe_data,
    random_states,
    reads_collections,
    waves,
)
from offbeat.thresholds import FewScoresWarning, Fixed, IncidentWarning


def check_repeatable(detector: Detector) -> None:
    """Same seed, same scores; random states and inputs of the caller stay as they were."""
    normal, probe = normal_data(detector), probe_data(detector, seed=4)
    before, states = normal.copy(), random_states()
    first, second = fitted(detector), fit(clone(detector), normal)
    scores = first.decision_function(probe), second.decision_function(probe)
    assert np.array_equal(*scores, equal_nan=True), "the same seed gave other scores"
    assert random_states() == states, "the caller's global random state was touched"
    assert np.array_equal(normal, before), "the input was changed"


def check_parameters(detector: Detector) -> None:
    """``clone``, ``get_params`` and ``set_params`` round-trip, and ``fit`` leaves the settings alone."""
    settings = detector.get_params(deep=False)
    copy = clone(detector)
    assert repr(copy.get_params(deep=False)) == repr(settings), "clone changed a setting"
    assert repr(copy.set_params(**settings).get_params(deep=False)) == repr(settings), "set_params changed a setting"
    for name in ("window", "scaling", "held_out", "threshold", "tiers", "random_state", "fold", "stride"):
        assert name in settings, f"get_params lacks {name}"
    fit(copy, normal_data(detector))
    assert repr(copy.get_params(deep=False)) == repr(settings), "fit changed a setting"


def check_facts(detector: Detector) -> None:
    """The facts stated on the class hold for its settings and for a fitted model."""
    assert set(detector.reads) <= {"collections", "recordings"}, "reads names an unknown kind of data"
    assert detector.trains == ("train" in detector.setting_names()), "trains, but no setting train; or the reverse"
    assert detector.setting_defaults().keys() <= set(detector.setting_names()), "a default without a setting"
    model = fitted(detector)
    assert model.trains == ("history_" in vars(model)), "trains, but no history_ after fit; or the reverse"
    assert model.adapts or not model.is_adaptive, "it is adaptive, but its class does not say adapts"


def check_unfitted(detector: Detector) -> None:
    """Use before ``fit`` raises NotFittedError."""
    unfitted, probe = clone(detector), probe_data(detector)
    for call in (unfitted.decision_function, unfitted.predict, unfitted.detect, unfitted.explain, unfitted.save):
        assert_raises(NotFittedError, partial(call, probe))
    assert_raises(NotFittedError, partial(unfitted.set_threshold, Fixed(1.0)))


def check_save_and_load(detector: Detector) -> None:
    """After saving and loading, scores, thresholds and the class are the same."""
    model, probe = fitted(detector), probe_data(detector, seed=5)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", FewScoresWarning)
        warnings.simplefilter("ignore", IncidentWarning)
        again = load(model.save(Path(folder) / "model"), **_given_again(detector))
    assert_close(again.decision_function(probe), model.decision_function(probe), "a model and its saved copy")
    assert again.threshold_.value_ == model.threshold_.value_, "saving changed the threshold"
    assert again.tiers_.values_ == model.tiers_.values_, "saving changed the tiers"
    assert type(again) is type(model), "expected a model of the same class"


def _given_again(detector: Detector) -> dict[str, Any]:
    """Return the settings that a saved model holds only by name, such as a class of a notebook: loading takes them."""
    names = [name for name in detector.given_on_loading if name not in detector.run_only]
    return {name: value for name in names if not isinstance(value := getattr(detector, name), str)}


def check_settings_are_frozen(detector: Detector) -> None:
    """A fitted model and its saved copy keep the settings of the fit; other settings count from the next fit on.

    Every setting is set to an object that no code can use, so that any code that still reads it fails.
    """
    kinds = [(fitted(detector), probe_data(detector, 4, seed=5))]
    if "recordings" in detector.reads and reads_collections(detector):
        kinds.append((fitted_on_recording(detector), long_wave(30, seed=5)))
    for model, probe in kinds:
        before = _all_results(model, probe)
        model.set_params(**{name: object() for name in model.get_params(deep=False)})
        _assert_same_results(_all_results(model, probe), before, "set_params changed the results of a fitted model")
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore", FewScoresWarning)
            warnings.simplefilter("ignore", IncidentWarning)
            again = load(model.save(Path(folder) / "model"), **_given_again(detector))
        _assert_same_results(_all_results(again, probe), before, "set_params changed the saved model")
    other = "minmax" if detector.scaling != "minmax" else "robust"
    settings = detector.get_params(deep=False)
    model = fit(kinds[0][0].set_params(**settings | {"scaling": other}), normal_data(detector))
    assert model.settings_.scaling == other, "the next fit did not use the new settings"


def _all_results(model: Detector, probe: Values) -> list[npt.NDArray[Any]]:
    explanation, events = model.explain(probe), model.detect(probe)
    spans = np.array([(event.start, event.end, event.peak) for event in events])
    values = np.array([model.threshold_.value_, *model.tiers_.values_])
    return [
        model.decision_function(probe),
        model.predict(probe),
        explanation.expected,
        explanation.shares,
        spans,
        values,
    ]


def _assert_same_results(found: list[npt.NDArray[Any]], expected: list[npt.NDArray[Any]], what: str) -> None:
    for one, other in zip(found, expected, strict=True):
        assert_close(one, other, what)


def check_units(detector: Detector) -> None:
    """The unit of the values does not matter, however small; values far from the training data have finite scores."""
    if detector.scaling == "none":
        return
    # A power of two changes no digit, so that networks see exactly the same numbers.
    tiny, normal, probe = 2.0**-700, normal_data(detector), probe_data(detector, 6, seed=5)
    plain, other = fitted(detector), fit(clone(detector), tiny * normal, unit=tiny)
    scores = plain.decision_function(probe)
    assert_close(other.decision_function(tiny * probe), scores, "values in another unit")
    far_off = other.decision_function(probe)
    assert np.array_equal(np.isfinite(far_off), np.isfinite(scores)), "values far off have no finite scores"


def check_missing_values(detector: Detector) -> None:
    """Missing values give NaN and a warning, and leave other scores alone; training leaves them out.

    A time step of a recording keeps its score if one of the windows that the score comes from is whole. A short gap
    takes only the windows that end in it, see :attr:`offbeat.series.windows.Windows.max_gap`.
    """
    model, probe = fitted(detector), probe_data(detector, seed=6)
    whole, holed = model.decision_function(probe), probe.copy()
    if reads_collections(detector):
        holed[3, 0, 5], touched = np.nan, np.arange(len(whole)) == 3
        gone, kept = touched, ~touched
        spoiled = np.concatenate([normal_data(detector), np.full((2, 1, LENGTH), np.nan)])
    else:
        bridged, steps = model.scorer_.view.max_gap, np.arange(len(whole))
        _check_short_gap(model, probe, bridged)
        holed[50 : 51 + bridged, 0], until = np.nan, 50 + bridged + model.n_times_
        after = model.scorer_.stage().after
        touched = (steps >= 50 - after.stop + 1) & (steps < until)
        gone = (steps >= 50 - after.start) & (steps < until - after.stop + 1)
        ends = np.concatenate([steps[model.n_times_ - 1 : 50], steps[until:]])
        kept = np.isin(steps, ends[:, None] - np.array(after))
        spoiled = np.concatenate([normal_data(detector), np.full((2, 1), np.nan)])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scores = model.decision_function(holed)
    assert any(issubclass(w.category, MissingValuesWarning) for w in caught), "missing values gave no warning"
    assert np.isnan(scores[gone]).all(), "series and windows with missing values must score NaN"
    assert np.isfinite(scores[kept]).all(), "what a whole window is about must have a score"
    # An adaptive detector remembers nothing of the missing part, so its later scores differ.
    alike = ~touched & (np.arange(len(whole)) < np.argmax(touched)) if model.is_adaptive else ~touched
    assert_close(scores[alike], whole[alike], "scores beside missing values")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingValuesWarning)
        retrained = fit(clone(detector), spoiled)
    found = np.isfinite(retrained.decision_function(probe))
    assert np.array_equal(found, np.isfinite(whole)), "missing values changed what can be scored after training"


def _check_short_gap(model: Detector, probe: Values, n: int) -> None:
    """Raise AssertionError unless windows over a gap that is bridged have scores, all but those that end in it."""
    holed, whole = probe.copy(), model.decision_function(probe)
    holed[50 : 50 + n, 0] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingValuesWarning)
        scores = model.decision_function(holed)
    steps, after = np.arange(len(whole)), model.scorer_.stage().after
    gone = (steps >= 50 - after.start) & (steps < 50 + n - after.stop + 1)
    assert np.array_equal(np.isnan(scores), np.isnan(whole) | gone), "a short gap took other scores than its own"


def check_refusals(detector: Detector) -> None:
    """Unusable data is refused with an error of offbeat."""
    model, probe = fitted(detector), probe_data(detector)
    infinite = probe.copy()
    infinite.flat[3] = np.inf
    doubled = np.repeat(probe, 2, axis=1)
    unusable: list[Any] = [infinite, doubled, probe.astype(str), [[1.0, 2.0], [3.0]]]
    if reads_collections(detector):
        unusable += [probe[:, :, :-1], probe[0, 0], probe[None], Recording(long_wave())]
        poor: list[Any] = [probe[:0], probe[:1], np.full((30, 1, LENGTH), np.nan)]
        assert model.decision_function(probe[:0]).shape == (0,), "no series must give no scores"
    else:
        unusable += [probe[: model.n_times_ - 1], probe[:0], waves(4), Collection(waves(4))]
        poor = [probe[:0], probe[:2], np.full((200, 1), np.nan)]
    for data in unusable:
        assert_raises(OffbeatError, partial(model.decision_function, data))
    for data in [*poor, infinite]:
        assert_raises(DataError, partial(fit, clone(detector), data))


def check_constants(detector: Detector) -> None:
    """What never varies is refused by ``fit``; or there is a warning, and any other value is found, nothing else."""
    constant = np.full((30, 1, LENGTH) if reads_collections(detector) else (200, 1), 0.1)
    if not detector.learns_constants:
        assert_raises(DataError, partial(fit, clone(detector), constant))
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = fit(clone(detector), constant)
    assert any(issubclass(w.category, ConstantWarning) for w in caught), "a constant channel gave no warning"
    for one in (model, model.live()):
        assert one.predict(constant).sum() == 0, "the value that all of the training data has is flagged"
        assert np.nanmax(one.decision_function(constant)) <= one.threshold_.value_ < np.inf, "no finite threshold"
        other = constant.copy()
        other[100] += 1e-3
        flagged = np.flatnonzero(one.predict(other))
        assert len(flagged), "expected the only other value to be flagged"
        assert (np.abs(flagged - 100) < one.n_times_).all(), "what is no window from another value is flagged"


def check_refused_settings(detector: Detector) -> None:
    """Settings out of range are refused by ``fit``, not by ``__init__``."""
    odd: list[dict[str, Any]] = [{"held_out": 0.0}, {"held_out": 1.0}, {"scaling": "loud"}]
    odd += [{"window": 0}, {"window": 2.5}, {"fold": "sum"}, {"stride": 0}]
    for setting in odd:
        unfit = clone(detector).set_params(**setting)
        assert_raises(OffbeatError, partial(fit, unfit, normal_data(detector)))


def check_planted_anomaly(detector: Detector) -> None:
    """A planted anomaly scores above the median of normal data."""
    model, probe = fitted(detector), probe_data(detector, 20, seed=7)
    usual, planted = np.nanmedian(model.decision_function(probe)), probe.copy()
    if reads_collections(detector):
        planted[0, 0, 8:14] += 3.0
        score = model.decision_function(planted[:1])[0]
    else:
        planted[60:66] += 3.0
        score = np.nanmax(model.decision_function(planted)[60:])
    assert score > usual, "the planted anomaly scores no higher than normal data"


def check_explanation(detector: Detector) -> None:
    """The shares of a score sum to it; the expected signal has the shape of the input."""
    model, probe = fitted(detector, n_channels=2), probe_data(detector, 6, n_channels=2, seed=8)
    explanation = model.explain(probe)
    assert explanation.expected.shape == explanation.shares.shape == probe.shape, (
        "the explanation has another shape than the input"
    )
    shares = explanation.shares.sum(axis=tuple(range(1, probe.ndim)))
    assert_close(shares, model.decision_function(probe), "a score and the sum of its shares")


def check_threshold(detector: Detector) -> None:
    """The threshold comes from held-out scores, that of a stream from those of one; another needs no new training."""
    model, probe = fitted(detector), probe_data(detector, seed=10)
    scores = model.decision_function(probe)
    for one in (model, model.live()):
        view = one.scorer_.view
        about: Any = {"window": view.overlap(one.n_times_), "step": one.step_, "digits": one.scores_digits}
        with ignoring(FewScoresWarning):  # which the fit has told of
            expected = view.default_threshold().fit(one.held_out_scores_, **about).value_
        assert one.threshold_.value_ == expected, "the threshold is not that of the held-out scores"
    middle = float(np.nanmedian(scores))
    model.set_threshold(Fixed(middle))
    assert np.array_equal(model.decision_function(probe), scores, equal_nan=True), "another threshold changed scores"
    flags = model.predict(probe)
    assert flags.tolist() == (scores > middle).astype(int).tolist(), "the threshold value is not used"
    events = model.detect(probe, merge_gap=0)
    if reads_collections(detector):
        assert [event.series for event in events] == np.flatnonzero(flags).tolist(), "events and flags differ"
    else:
        begun = np.flatnonzero(np.diff(flags, prepend=0) == 1) + model.scorer_.stage().delay
        begun = np.minimum(begun, len(flags) - 1)  # at the end all scores are known
        assert events, "nothing is found above the median"
        assert {event.known_at for event in events} <= set(begun.tolist()), (
            "an event is known when no flagged run begins"
        )
        assert all(one.end < other.start for one, other in pairwise(events)), "events overlap"
        assert max(event.score for event in events) == np.nanmax(scores), "the highest score is in no event"


def check_surprise(detector: Detector) -> None:
    """On the common scale, scores keep their order and gaps, and half the normal scores are above 0.3."""
    model, probe = fitted(detector), probe_data(detector, 60, seed=14)
    probe.flat[-1] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingValuesWarning)
        scores, rarities = model.decision_function(probe), model.surprise(probe)
    assert rarities.shape == scores.shape, "the surprises have another shape than the scores"
    assert np.array_equal(np.isnan(rarities), np.isnan(scores)), "a surprise without a score, or the reverse"
    known = ~np.isnan(scores)
    assert (np.diff(rarities[known][np.argsort(scores[known])]) >= 0).all(), "surprise does not rise with the score"
    normal = model.held_out_scores_[np.isfinite(model.held_out_scores_)]
    middle = float(np.median(tail_of(normal).neg_log10_p(normal)))
    assert abs(middle - np.log10(2)) < 0.1, f"the median of the normal scores has the surprise {middle:.2f}, not 0.3"


def check_known_anomalies(detector: Detector) -> None:
    """``y`` leaves known anomalies out of the training."""
    normal, probe = normal_data(detector), probe_data(detector, 8, seed=11)
    odd = 10 + 5 * (waves(5, seed=12) if reads_collections(detector) else long_wave(40, seed=12))
    known = np.repeat([0, 1], [len(normal), len(odd)])
    clean, labelled = fitted(detector), fit(clone(detector), np.concatenate([normal, odd]), known)
    assert_close(labelled.decision_function(probe), clean.decision_function(probe), "with y and without the anomalies")


def check_inputs(detector: Detector) -> None:
    """Arrays, lists, other memory layouts and kinds of the same values give the same scores."""
    model, probe = fitted(detector), probe_data(detector, 6, seed=13)
    expected = model.decision_function(probe)
    locked = probe.copy()
    locked.setflags(write=False)
    kind: Any = Collection(probe) if reads_collections(detector) else Recording(probe)
    for data in (probe[:, 0], probe.tolist(), np.asfortranarray(probe), locked, kind):
        assert_close(model.decision_function(data), expected, "the same values in another form")
    constant = model.decision_function(np.zeros((1, 1, LENGTH)) if reads_collections(detector) else np.zeros((90, 1)))
    assert np.isfinite(constant[-1:]).all(), "a constant series must have a finite score"
