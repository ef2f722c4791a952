import warnings

import numpy as np
import pytest
from sklearn.base import clone

from offbeat import Collection, KNNDetector, PCADetector, Recording, load
from offbeat.detectors.folds import fitted_copy
from offbeat.errors import ModelError, ParameterError
from offbeat.thresholds import FewScoresWarning, IncidentWarning

WINDOW, INCIDENTS = 24, ((800, 803), (2000, 2020))
START = np.datetime64("2026-01-05T00:00", "s")


def wave(n=3000, seed=0):
    return np.sin(np.arange(n) * 2 * np.pi / 96) + 0.1 * np.random.default_rng(seed).normal(size=n)


def dirty_wave():
    values = wave()
    values[slice(*INCIDENTS[0])] += 4
    values[slice(*INCIDENTS[1])] -= 4
    return values


def recorded(values):
    return Recording(values, timestamps=START + np.arange(len(values)) * np.timedelta64(300, "s"))


def fitted(detector, data, **about):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewScoresWarning)
        warnings.simplefilter("ignore", IncidentWarning)
        return detector.fit(data, **about)


@pytest.fixture(scope="module", params=[PCADetector, KNNDetector])
def new(request):
    return request.param(window=WINDOW)


@pytest.fixture(scope="module")
def kept(new):
    return fitted(clone(new), recorded(dirty_wave()))


@pytest.fixture(scope="module")
def dropped(new):
    return fitted(clone(new).set_params(incidents="drop"), recorded(dirty_wave()))


def test_incidents_in_training_data_are_located(kept, dropped):
    for model in (kept, dropped):
        assert len(model.incidents_) == 2
        for event, (start, end) in zip(model.incidents_, INCIDENTS, strict=True):
            assert start - 3 <= event.start < event.end <= end + 3
            assert event.known_at >= event.start
            assert event.start_time == START + event.start * np.timedelta64(300, "s")


def test_a_warning_names_them(new):
    detector = clone(new)
    with pytest.warns(IncidentWarning, match=r"learned from 2 stretches that look like incidents: 2026-01-07 18:"):
        detector.fit(recorded(dirty_wave()))
    with pytest.warns(IncidentWarning, match=r"left out 2 stretches .* time step (79[89]|800), "):
        detector.set_params(incidents="drop").fit(dirty_wave())


def test_clean_data_hardly_ever_has_any(new):
    assert sum(bool(fitted(clone(new), wave(seed=seed)).incidents_) for seed in range(6)) <= 1


def test_they_do_not_set_thresholds(new, kept):
    clean = fitted(clone(new), recorded(wave()))
    assert np.nanmax(kept.held_out_scores_) > 2 * kept.threshold_.value_
    assert kept.threshold_.value_ == pytest.approx(clean.threshold_.value_, rel=0.5)
    assert len(kept.detect(dirty_wave())) >= len(kept.incidents_)


def test_kept_ones_are_learned_from(new, kept):
    """Scores are those of a model that has learned from all, bit by bit."""
    view = kept.scorer_.view
    viewed = view.read(dirty_wave())
    whole = fitted_copy(clone(new), view, viewed, np.arange(len(viewed)))
    assert np.array_equal(whole.decision_function(wave(seed=1)), kept.decision_function(wave(seed=1)), equal_nan=True)


def test_dropped_ones_are_not_learned_from(kept, dropped):
    """Nor are the windows that overlap with those that were flagged."""
    windows = 3000 - WINDOW + 1
    assert len(kept.train_scores_) == windows
    assert len(dropped.train_scores_) <= windows - sum(end - start + WINDOW for start, end in INCIDENTS)
    limit = 2 * dropped.threshold_.value_
    assert np.nanmax(dropped.train_scores_) < limit
    assert np.nanmax(dropped.held_out_scores_) < limit
    assert all(event.score > limit for event in dropped.incidents_)


def test_labelled_incidents_are_none(new):
    labels = np.zeros(3000, dtype=int)
    for start, end in INCIDENTS:
        labels[start:end] = 1
    assert fitted(clone(new), dirty_wave(), y=labels).incidents_ == []


def test_without_folds_nothing_is_said(new):
    assert fitted(clone(new).set_params(calibration="held-out"), dirty_wave()).incidents_ == []
    assert fitted(clone(new), dirty_wave(), validation=wave(seed=1)).incidents_ == []


def test_a_saved_model_keeps_them(kept, dropped, tmp_path):
    for model, name in ((kept, "kept"), (dropped, "dropped")):
        again = load(model.save(tmp_path / name))
        assert again.incidents_ == model.incidents_
        assert again.threshold_.value_ == model.threshold_.value_
        assert again.tiers_.values_ == model.tiers_.values_


def test_damaged_incidents_are_refused(kept, tmp_path):
    folder = kept.save(tmp_path / "model")
    file = folder / "config.json"
    file.write_text(file.read_text().replace('"severity": "alarm"', '"severity": "loud"'))
    with pytest.raises(ModelError):
        load(folder)


@pytest.mark.parametrize("incidents", ["keep", "drop"])
def test_series_of_a_collection(incidents):
    rng = np.random.default_rng(0)
    series = np.sin(np.arange(30) / 3) + 0.1 * rng.normal(size=(300, 1, 30))
    series[[40, 41]] += 6 * rng.normal(size=(2, 1, 30))
    detector = PCADetector(n_components=2, calibration="folds", incidents=incidents)
    with pytest.warns(IncidentWarning, match="2 series that look like incidents: series 40, series 41"):
        detector.fit(Collection(series))
    assert [event.series for event in detector.incidents_] == [40, 41]
    assert len(detector.train_scores_) == (300 if incidents == "keep" else 298)
    assert detector.threshold_.value_ < detector.incidents_[0].score


def test_wrong_settings_are_named():
    with pytest.raises(ParameterError, match="incidents"):
        PCADetector(window=WINDOW, incidents="forget").fit(wave())
