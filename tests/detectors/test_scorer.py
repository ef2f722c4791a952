import numpy as np
import pytest

from offbeat import Collection, Fixed, NaiveForecast, PCADetector, Recording, SeasonalBaseline, Windows
from offbeat.detectors.registry import detector_classes
from offbeat.detectors.scorer import Scorer
from offbeat.detectors.scoring.series_view import SeriesView
from offbeat.detectors.scoring.stages import PassThrough
from offbeat.detectors.scoring.views import View
from offbeat.detectors.scoring.windows_view import WindowsView
from offbeat.errors import DataError, IrregularTimeWarning, ModelError, NotFittedError
from offbeat.estimators.scaling import Scaler
from offbeat.testing import long_wave, waves

RECORDING, SERIES = long_wave(200, n_channels=2), waves(200, n_channels=2)


@pytest.fixture(scope="module")
def of_windows():
    return PCADetector(n_components=3, window=12).fit(RECORDING)


@pytest.fixture(scope="module")
def of_series():
    return PCADetector(n_components=3).fit(SERIES)


# The scorer


def test_scores_of_plain_arrays_are_those_of_the_detector(of_series):
    scorer = of_series.scorer_
    scores = scorer.score(scorer.scale(SERIES))
    np.testing.assert_array_equal(scores, of_series.decision_function(SERIES))
    expected, shares = scorer.explain(scorer.scale(SERIES))
    told = of_series.explain(SERIES)
    np.testing.assert_array_equal(expected, told.expected)
    np.testing.assert_array_equal(shares, told.shares)


def test_it_looks_at_the_last_time_steps_of_longer_series(of_windows):
    scorer, windows = of_windows.scorer_, Windows(20).slide(RECORDING)
    np.testing.assert_array_equal(scorer.scale(windows), scorer.scale(windows[:, :, -12:]))


def test_it_learns_from_plain_arrays_what_fit_learns(of_series):
    detector = PCADetector(n_components=3, held_out=0.25)
    Scorer(detector).fit(SERIES, SERIES[:4], ("a", "b"))
    assert detector.channels_ == ("a", "b")
    whole = PCADetector(n_components=3, threshold=Fixed(1.0)).fit(SERIES, validation=SERIES[:4])
    np.testing.assert_array_equal(
        detector.scorer_.score(detector.scorer_.scale(SERIES)), whole.decision_function(SERIES)
    )


def test_its_state_makes_another_one(of_windows):
    other = PCADetector(n_components=3, window=12)
    scorer = Scorer(other).restore(of_windows.scorer_.arrays(), of_windows.scaler_, of_windows.channels_, 12)
    np.testing.assert_array_equal(
        scorer.all_outputs(scorer.read(RECORDING)), of_windows.live().decision_function(RECORDING)[11:]
    )


def test_a_state_of_other_windows_is_refused(of_windows):
    other = Scorer(PCADetector(n_components=3, window=10))
    with pytest.raises(ModelError, match="10"):
        other.restore(of_windows.scorer_.arrays(), of_windows.scaler_, of_windows.channels_, 12)


def test_a_season_decides_the_view():
    scorer = Scorer(SeasonalBaseline(seasons=2))
    assert scorer.prepare(np.sin(2 * np.pi * np.arange(400) / 20)).span(400) == 41


def test_it_needs_a_fit_and_data_that_varies():
    with pytest.raises(NotFittedError):
        _ = PCADetector().scorer_
    with pytest.raises(DataError, match="constant"):
        Scorer(PCADetector()).fit(np.ones((5, 1, 8)), np.ones((2, 1, 8)), ("a",))


# The two views


@pytest.mark.parametrize("cls", detector_classes().values(), ids=lambda cls: cls.name)
def test_each_class_has_the_view_of_what_it_reads(cls):
    for kind, window in (("collections", None), ("recordings", 5)):
        if kind in cls.reads:
            detector = cls.example().set_params(window=window)
            assert Scorer(detector).prepare(RECORDING).reads == kind


VIEWS = [(SeriesView(), Collection(SERIES)), (WindowsView(Windows(6, horizon=2)), Recording(RECORDING))]


@pytest.mark.parametrize(("view", "data"), VIEWS, ids=["series", "windows"])
def test_views_have_one_face(view, data):
    assert isinstance(view, View)
    viewed = view.read(data)
    assert viewed.n_scores == len(data)
    assert len(viewed) == len(viewed.complete) == len(viewed.score_index)
    assert viewed.complete.all()
    assert viewed.series.shape[2] == view.span(viewed.series.shape[2])
    plain = Scaler(np.zeros(2), np.ones(2))
    np.testing.assert_array_equal(view.scaled(viewed, plain), viewed.series.astype(np.float32))
    train, held_out = view.hold_out(viewed, np.arange(len(viewed)), 0.2, seed=0)
    assert not set(train) & set(held_out)
    assert len(held_out) == round(0.2 * len(viewed))
    scores = view.stage("last").score_all(np.arange(float(len(viewed))), viewed.n_scores)
    np.testing.assert_array_equal(scores[viewed.score_index], np.arange(len(viewed)))


@pytest.mark.parametrize(("view", "data"), VIEWS, ids=["series", "windows"])
def test_gaps_and_labels_mark_the_same_series(view, data):
    values, known = data.values.copy(), np.zeros(len(data), dtype=int)
    known[7] = 1
    values[7] = np.nan
    viewed = view.read(type(data)(values))
    np.testing.assert_array_equal(view.labelled(known, viewed), ~viewed.complete)
    assert view.labelled(known, viewed)[viewed.score_index == 7].all()


def test_windows_kept_aside_overlap_none_of_those_learned_from():
    view = WindowsView(Windows(6, horizon=2))
    train, held_out = view.hold_out(view.read(np.zeros(57)), np.arange(50), 0.2, seed=0)
    assert train.max() + 8 <= held_out.min()


def test_series_are_recognised_by_fingerprints_and_recordings_by_stretches():
    series, recording = SeriesView(), WindowsView(Windows(6))
    viewed = recording.read(RECORDING)
    assert len(series.fingerprints(SERIES, SERIES[:2])) == 202
    assert series.stretches(series.read(SERIES)) == ()
    assert len(recording.fingerprints(viewed.series, viewed.series)) == 0
    assert [stretch.n_times for stretch in recording.stretches(viewed, viewed)] == [200]


def test_scores_of_series_pass_through():
    stage = PassThrough()
    assert stage.push(np.array(2.5)) == 2.5
    stage.restore(stage.arrays())
    assert stage.delay == 0


# Settings


def test_settings_are_those_of_all_classes_above():
    assert set(NaiveForecast.setting_names()) == set(NaiveForecast().get_params())
    assert NaiveForecast.setting_defaults()["window"] == 1
    assert PCADetector.setting_defaults()["window"] is None
    assert {"window", "horizon", "held_out"} <= NaiveForecast.setting_types().keys()
    NaiveForecast.setting_types().clear()
    assert NaiveForecast.setting_types()


def test_rows_at_another_pace_than_those_learned_from_are_told():
    detector = PCADetector(window=6).fit(Recording(RECORDING, sampling_rate=1 / 60))
    with pytest.warns(IrregularTimeWarning, match=r"usually 1 hour apart, those learned from 1 minute.*regular\(60\)"):
        detector.decision_function(Recording(RECORDING, sampling_rate=1 / 3600))
    detector.decision_function(Recording(RECORDING, sampling_rate=1 / 65))  # about the same
    detector.decision_function(RECORDING)  # nobody knows
