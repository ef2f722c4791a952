"""Detectors that learn from several recordings at once."""

import warnings

import numpy as np
import pandas as pd
import pytest

from offbeat import MixedDetector, NaiveForecast, Panel, PCADetector, ProfileDetector, SeasonalBaseline, load
from offbeat.detectors.registry import REGISTRY
from offbeat.errors import DataError, LargeTrainingWarning, ParameterError, SampledDataWarning, ShapeError
from offbeat.series.joined import Joined
from offbeat.series.recording import Recording
from offbeat.thresholds import IncidentWarning


def host(seed, n=600, level=0.0):
    rng = np.random.default_rng(seed)
    return Recording(level + np.sin(np.arange(n) / 7) + rng.normal(0, 0.1, n), channels=["load"], name=f"web{seed}")


def of_windows():
    classes = [cls for cls in REGISTRY.classes().values() if "recordings" in cls.reads and not cls.trains]
    assert len(classes) > 5
    return sorted(classes, key=lambda cls: cls.name)


def example(cls):
    detector = cls.example()
    if "window" in cls.setting_names() and detector.kind != "recordings":
        detector.set_params(window=20)
    return detector


@pytest.mark.parametrize("cls", of_windows(), ids=lambda cls: cls.name)
def test_one_recording_in_a_list_is_that_recording(cls):
    alone, listed = example(cls).fit(host(1)), example(cls).fit([host(1)])
    new = host(3)
    np.testing.assert_array_equal(alone.decision_function(new), listed.decision_function(new))
    assert alone.threshold_.value_ == listed.threshold_.value_


@pytest.mark.parametrize("cls", of_windows(), ids=lambda cls: cls.name)
def test_each_recording_is_scored_as_if_it_had_not_been_learned_from(cls, tmp_path):
    recordings = [host(1), host(2, 400)]
    model = load(example(cls).fit(recordings).save(tmp_path / "model"))
    assert [stretch.name for stretch in model.learned_from_] == ["web1", "web2"]
    for each in recordings:
        unseen, seen = model.unseen_scores(each), model.decision_function(each)
        assert model.n_learned_of(each) == len(each)
        if not model.is_baseline or cls is PCADetector:  # naive forecasts learn next to nothing
            assert not np.array_equal(unseen, seen, equal_nan=True)
    assert model.n_learned_of(host(3)) == 0


def test_no_window_spans_two_recordings():
    one, two = host(1), host(2, 400)
    model = PCADetector(window=50).fit([one, two])
    assert np.sum(~np.isnan(model.train_scores_)) >= (600 - 49) + (400 - 49)
    # A step between the levels of two recordings is no step in either.
    apart = PCADetector(window=50, n_components=2).fit([host(1), host(2, level=9.0)])
    assert apart.decision_function(host(3)).mean() < 0.1
    assert apart.decision_function(host(3, level=9.0)).mean() < 0.1


def test_held_out_are_the_last_windows_of_each():
    model = PCADetector(window=10, calibration="held-out", held_out=0.25).fit([host(1, 109), host(2, 209)])
    assert len(model.held_out_scores_) == 25 + 50


def test_folds_are_parts_of_each_recording():
    joined = Joined.of([host(1, 110), host(2, 60)])
    view = PCADetector(window=10)._view()
    viewed = view.read(joined)
    rows = np.flatnonzero(viewed.complete)
    assert len(rows) == 101 + 51
    for learned, fold in view.folds(viewed, rows, 5, 0):
        assert (fold < 111).any()
        assert (fold >= 111).any()
        gaps = np.abs(learned[:, None] - fold)
        assert gaps.min() >= 10


def test_what_recordings_may_be_given_as():
    frames = {name: pd.DataFrame({"load": host(seed).values[:, 0]}) for seed, name in enumerate("ab")}
    expected = PCADetector(window=20).fit(frames).decision_function(host(7))
    for given in (list(frames.values()), Panel({k: Recording(v, channels=["load"]) for k, v in frames.items()})):
        np.testing.assert_array_equal(PCADetector(window=20).fit(given).decision_function(host(7)), expected)


def test_labels_of_the_recordings_are_left_out():
    odd = host(2)
    values, labels = odd.values.copy(), np.zeros(len(odd), dtype=int)
    values[300:320], labels[300:320] = 50.0, 1
    known = Recording(values, channels=["load"], labels=labels)
    assert PCADetector(window=20).fit([host(1), known]).threshold_.value_ < 1
    with pytest.raises(ParameterError, match="labels"):
        PCADetector(window=20).fit([host(1), known], labels)


def test_incidents_name_their_recording():
    values = host(2).values.copy()
    values[300:310] = 80.0
    with pytest.warns(IncidentWarning, match="of web2"):
        model = PCADetector(window=20).fit([host(1), Recording(values, channels=["load"], name="web2")])
    assert 280 <= model.incidents_[0].start <= 310


def test_what_cannot_be_learned_from_together():
    with pytest.raises(ShapeError, match="channels"):
        PCADetector(window=20).fit([host(1), Recording(np.zeros((50, 2)))])
    day = np.arange("2024-01-01", "2024-01-03", dtype="datetime64[h]")
    slow = Recording(np.arange(48.0), timestamps=day)
    fast = Recording(np.arange(48.0), sampling_rate=1.0)
    with pytest.raises(DataError, match="time between rows"):
        NaiveForecast().fit([slow, fast])
    with pytest.raises(ParameterError, match="memory"):
        MixedDetector(parts=(NaiveForecast(), PCADetector(n_components=2)), window=8, memory=50).fit([host(1), host(2)])
    with pytest.raises(ShapeError, match="2 recordings"):
        PCADetector().fit({"a": host(1), "b": host(2)})
    with pytest.raises(ShapeError, match="panel"):
        PCADetector(window=20).fit(host(1)).decision_function({"a": host(1), "b": host(2)})


def test_seasons_and_lengths_are_those_of_the_longest_recording():
    waves = [
        Recording(np.sin(2 * np.pi * np.arange(n) / 24) + 5 * k, name=str(k)) for k, n in enumerate((900, 300, 300))
    ]
    assert SeasonalBaseline().fit(waves).period_ == 24
    assert ProfileDetector().fit(waves).window_ == 24


def test_a_profile_learns_from_all_of_many_recordings():
    many = [host(seed, 1200, level=20.0 * seed) for seed in range(20)]
    with pytest.warns(SampledDataWarning, match="20 stretches"):
        model = ProfileDetector(window=24).fit(many)
    # A host that was passed over would be off all the time.
    assert [model.predict(host(90 + seed, 300, level=20.0 * seed)).mean() < 0.5 for seed in range(20)] == [True] * 20


def test_very_many_windows_at_once_are_told_with_a_stride_that_helps(monkeypatch):
    monkeypatch.setattr("offbeat.detectors.learning._LARGE", 20 * 10 * 700)
    series = [host(1, 500), host(2, 700)]
    with pytest.warns(LargeTrainingWarning, match="stride=2 "):
        PCADetector(window=10).fit(series)
    with warnings.catch_warnings():
        warnings.simplefilter("error", LargeTrainingWarning)
        PCADetector(window=10, stride=2).fit(series)
