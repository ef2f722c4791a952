import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

import offbeat
from offbeat import (
    DeepAnT,
    Fixed,
    KNNDetector,
    MixedDetector,
    NaiveForecast,
    OnlineDetector,
    PCADetector,
    Recording,
    SeasonalBaseline,
    Tiers,
    Tracking,
    TrainConfig,
)
from offbeat.errors import DataError, MissingValuesWarning, ModelError, NotFittedError, ParameterError, ShapeError
from offbeat.events.severity import Severity

RNG = np.random.default_rng(0)
WAVE = np.stack([np.sin(np.arange(700) / 7), np.cos(np.arange(700) / 5)], axis=1) + RNG.normal(0, 0.1, (700, 2))
QUICK = TrainConfig(epochs=3, batch_size=64, learning_rate=5e-3, progress=False)
DETECTORS = [
    DeepAnT(window=12, horizon=3, train=QUICK).fit(WAVE[:400]),
    PCADetector(window=20, fold="mean").fit(WAVE[:400]),
    KNNDetector(window=9, fold="max").fit(WAVE[:400]),
    SeasonalBaseline(period=44).fit(WAVE[:400]),
    MixedDetector(parts=(NaiveForecast(), PCADetector(n_components=3)), window=15).fit(WAVE[:400]),
    MixedDetector(parts=(NaiveForecast(), SeasonalBaseline(period=0)), window=4, memory=150).fit(WAVE[:400]),
]
HOLED = WAVE[300:].copy()
HOLED[[60, 120, 121, 240], [1, 0, 1, 1]] = np.nan
HOLED[150:156, 0] = np.nan


def whole_scores(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingValuesWarning)
        return model.live().decision_function(HOLED)


@pytest.mark.parametrize("model", DETECTORS, ids=lambda d: f"{d.name}-{d.fold}-{getattr(d, 'memory', 0)}")
@settings(max_examples=15)
@given(cuts=st.lists(st.integers(0, len(HOLED)), max_size=12), single=st.booleans())
def test_cutting_a_recording_anywhere_never_changes_a_score(model, cuts, single):
    whole, online, scores = whole_scores(model), OnlineDetector(model), []
    for piece in np.split(HOLED, sorted(cuts)):
        if single and len(piece) < 40:
            scores += [online.score_one(row) for row in piece]
        else:
            scores += online.update(piece).tolist()
    delay = online.delay
    np.testing.assert_allclose(scores[delay:], whole[: len(whole) - delay], rtol=1e-6, atol=1e-6)
    assert np.isnan(scores[:delay]).all()
    assert online.n_seen == len(HOLED)


@pytest.mark.parametrize("model", DETECTORS, ids=lambda d: f"{d.name}-{d.fold}-{getattr(d, 'memory', 0)}")
def test_a_stream_tells_how_many_values_it_needs_until_it_scores(model, tmp_path):
    online, gap = OnlineDetector(model), np.full(2, np.nan)
    needed = online.n_until_scored
    assert needed == online.detector.n_times_
    for step, row in enumerate(WAVE[: needed + 3]):
        assert online.n_until_scored == max(0, needed - step)
        assert np.isnan(online.score_one(row)) == (online.n_until_scored > 0)
    resumed = OnlineDetector(model)
    resumed.update(WAVE[:2])
    again = OnlineDetector(model).load_state(resumed.save_state(tmp_path / "state"))
    assert again.n_until_scored == resumed.n_until_scored == max(0, needed - 2)
    max_gap = model.scorer_.view.max_gap
    for n_missing in range(1, max_gap + 2):
        # With a fold that looks ahead, other windows are about the time step that is scored now.
        assert np.isnan(online.score_one(gap)) or online.delay
        assert online.n_until_scored == (1 if n_missing <= max_gap else needed)
    online.update(WAVE[:needed])
    assert online.n_until_scored == 0
    assert online.reset().n_until_scored == needed


def test_what_arrives_is_taken_by_name_or_by_place():
    model = NaiveForecast(scaling="none").fit(Recording(WAVE, channels=["load", "heat"]))
    online = OnlineDetector(model)
    assert np.isnan(online.score_one({"heat": 1.0, "load": 2.0, "other": 9.0}))
    assert online.score_one((5.0, 5.0)) == 5.0
    assert online.update(Recording(np.array([[5.0, 6.0]]), channels=["load", "heat"])).tolist() == [1.0]
    assert online.update(np.empty((0, 2))).shape == (0,)


def test_bad_input_is_refused_and_forgotten():
    online = OnlineDetector(NaiveForecast(scaling="none").fit(WAVE))
    online.update([[0.0, 0.0]])
    with pytest.raises(ShapeError, match="2 values"):
        online.score_one(1.0)
    with pytest.raises(ShapeError, match="none for ch1"):
        online.score_one({"ch0": 1.0})
    with pytest.raises(DataError, match="expected numbers"):
        online.score_one(["a", 1.0])
    with pytest.raises(DataError, match="finite"):
        online.score_one([np.inf, 1.0])
    with pytest.raises(DataError, match="finite"):
        online.update([[0.0, 1.0], [np.inf, 1.0]])
    with pytest.raises(ShapeError, match="2 channels"):
        online.update([1.0, 2.0])
    assert online.n_seen == 1
    assert online.score_one([3.0, 4.0]) == 5.0


def test_flags_and_tiers_are_those_of_the_last_call():
    online = OnlineDetector(NaiveForecast(scaling="none", threshold=Fixed(3.0)).fit(WAVE[:, 0]))
    low, high = online.detector.tiers_.values_
    assert (online.flag, online.severity, online.flags.shape) == (False, Severity.NORMAL, (0,))
    steps = [0.0, 0.0, (low + high) / 2, high * 1.001, 5.0, np.nan]
    levels = np.cumsum([0, *steps])
    one_by_one = []
    for value in levels:
        online.score_one(value)
        assert online.flags.tolist() == [online.flag]
        assert online.severities.tolist() == [online.severity]
        one_by_one.append((online.flag, online.severity))
    assert [int(severity) for _, severity in one_by_one] == [0, 0, 0, 1, 2, 2, 0]
    assert [flag for flag, _ in one_by_one] == [False] * 4 + [True, True, False]
    online.reset().update(levels)
    assert list(zip(online.flags == 1, online.severities, strict=True)) == one_by_one
    assert (online.flag, online.severity) == (False, Severity.NORMAL)
    online.update([])
    assert online.flags.shape == online.severities.shape == (0,)


DRIFTING = np.cumsum(RNG.normal(0, np.linspace(1, 9, 900)))
TIERS = Tiers(Tracking(60, 600.0, step=1.0), Tracking(20, 600.0, step=1.0, floor=True))


@pytest.fixture(scope="module", params=["last", "mean"])
def tracking(request):
    """Return a model whose threshold and tiers move, and its decisions on a recording that drifts."""
    rule = Tracking(20, 600.0, step=1.0)
    model = PCADetector(window=6, n_components=2, fold=request.param, threshold=rule, tiers=TIERS).fit(DRIFTING[:300])
    holed = DRIFTING[300:].copy()
    holed[200] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingValuesWarning)
        scores = model.decision_function(holed)
    return model, holed, model.threshold_.predict(scores), model.tiers_.predict(scores)


def decided(online, piece, single=False):
    """Return the flags and severities of a piece."""
    if not single:
        online.update(piece)
        return np.stack([online.flags, online.severities], axis=1)
    rows = [(online.score_one(value), online.flag, online.severity)[1:] for value in piece]
    return np.array(rows, dtype=int).reshape(-1, 2)


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(0, 600), max_size=8), single=st.booleans(), resumed=st.booleans())
def test_moving_thresholds_decide_the_same_however_a_recording_is_cut(tracking, cuts, single, resumed):
    model, recording, flags, severities = tracking
    online, found = OnlineDetector(model), []
    for piece in np.split(recording, sorted(cuts)):
        found.append(decided(online, piece, single))
        if resumed:
            online = OnlineDetector(model).restore(online.arrays())
    found = np.concatenate(found)[online.delay :]
    assert flags.sum() > 15
    assert set(severities) == {0, 1, 2}
    np.testing.assert_array_equal(found, np.stack([flags, severities], axis=1)[: len(found)])


def test_a_moving_threshold_goes_on_from_a_file(tracking, tmp_path):
    model, recording, flags, _ = tracking
    online = OnlineDetector(model)
    before = decided(online, recording[:400])
    again = OnlineDetector(model).load_state(online.save_state(tmp_path / "state"))
    found = np.concatenate([before, decided(again, recording[400:])])[online.delay :, 0]
    np.testing.assert_array_equal(found, flags[: len(found)])
    assert found[400:].sum() < decided(OnlineDetector(model), recording[400:])[:, 0].sum()


def test_a_saved_model_keeps_its_moving_thresholds(tracking, tmp_path):
    model, recording, *_ = tracking
    again = offbeat.load(model.save(tmp_path / "model"))
    np.testing.assert_array_equal(decided(OnlineDetector(again), recording), decided(OnlineDetector(model), recording))


def test_a_state_fits_the_rules_that_move_and_any_fixed_threshold(tracking, tmp_path):
    model, recording, *_ = tracking
    online = OnlineDetector(model)
    online.update(recording[:100])
    state = online.save_state(tmp_path / "state")
    other = clone(model).set_params(threshold=Tracking(500, 600.0, step=1.0)).fit(DRIFTING[:300])
    with pytest.raises(ModelError, match="another model"):
        OnlineDetector(other).load_state(state)
    fixed = clone(model).set_params(threshold=Fixed(1.0), tiers=None).fit(DRIFTING[:300])
    state = OnlineDetector(fixed).save_state(tmp_path / "state")
    fixed.set_threshold(Fixed(2.0))
    assert OnlineDetector(fixed).load_state(state).n_seen == 0


def test_a_confirmed_alarm_is_followed_by_the_flags_of_a_lower_threshold(tracking):
    model, recording, flags, _ = tracking
    plain, confirmed = OnlineDetector(model), OnlineDetector(model)
    stop = int(np.flatnonzero(flags)[0]) + plain.delay + 1
    plain.update(recording[:stop])
    confirmed.update(recording[:stop])
    confirmed.confirm()
    assert confirmed.arrays()["decisions.flag.level"] < plain.arrays()["decisions.flag.level"]
    after = decided(confirmed, recording[stop:])[:, 0]
    assert after.sum() >= decided(plain, recording[stop:])[:, 0].sum()


def test_one_scale_for_a_score_and_for_all():
    model = DETECTORS[1]
    online, scores = OnlineDetector(model), model.decision_function(WAVE[400:])
    np.testing.assert_allclose([online.surprise(score) for score in scores], model.surprise(WAVE[400:]), rtol=1e-9)
    assert np.isnan(online.surprise(np.nan))
    assert online.surprise(np.inf) == 100


@pytest.mark.parametrize("model", DETECTORS, ids=lambda d: f"{d.name}-{d.fold}-{getattr(d, 'memory', 0)}")
def test_a_stream_goes_on_after_a_stop(model, tmp_path):
    whole = OnlineDetector(model).update(HOLED)
    for stop in (0, 1, 5, 130, 250):
        online = OnlineDetector(model)
        first = online.update(HOLED[:stop])
        state = online.save_state(tmp_path / "state.safetensors")
        after = OnlineDetector(model).load_state(state)
        assert after.n_seen == stop
        np.testing.assert_allclose(np.concatenate([first, after.update(HOLED[stop:])]), whole, rtol=1e-6, atol=1e-6)


def test_a_state_of_another_model_or_a_broken_one(tmp_path):
    state = OnlineDetector(DETECTORS[0]).save_state(tmp_path / "state.safetensors")
    with pytest.raises(ModelError, match="another model"):
        OnlineDetector(DETECTORS[1]).load_state(state)
    state.write_bytes(b"half a file")
    with pytest.raises(ModelError, match="cannot be read"):
        OnlineDetector(DETECTORS[0]).load_state(state)
    online = OnlineDetector(DETECTORS[0])
    online.update(HOLED[:50])
    with pytest.raises(ModelError, match="cannot be read"):
        online.load_state(tmp_path / "none")
    assert online.n_seen == 50


def test_only_fitted_detectors_with_a_window():
    with pytest.raises(NotFittedError):
        OnlineDetector(DeepAnT())
    curves = offbeat.load_data("synthetic-curves").where("normal")[:300]
    with pytest.raises(ParameterError, match="window"):
        OnlineDetector(PCADetector().fit(curves))
