import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import offbeat
from offbeat import (
    DeepAnT,
    KNNDetector,
    MixedDetector,
    NaiveForecast,
    OnlineDetector,
    PCADetector,
    Recording,
    SeasonalBaseline,
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
HOLED[[120, 121, 240], [0, 1, 1]] = np.nan


def whole_scores(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingValuesWarning)
        return model.decision_function(HOLED)


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


def test_tiers_of_single_scores():
    online = OnlineDetector(DETECTORS[1])
    cuts = online.detector.tiers_.values_
    assert [online.severity(score) for score in (np.nan, 0.0, cuts[0] * 1.001, cuts[1] * 1.001)] == [
        Severity.NORMAL,
        Severity.NORMAL,
        Severity.WATCH,
        Severity.ALARM,
    ]
    assert [online.is_anomalous(score) for score in (np.nan, 0.0, 1e9)] == [False, False, True]


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
