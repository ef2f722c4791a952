import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, KFold, TimeSeriesSplit, cross_val_score, cross_validate

from offbeat import PCADetector
from offbeat.errors import ParameterError
from offbeat.metrics import SCORERS, average_precision, event_overlap, labels_to_windows, scorer

SETTINGS = {"vus-pr": {"buffer": 20}, "vus-roc": {"buffer": 20}}
ALL = {name: scorer(name, **SETTINGS.get(name, {})) for name in SCORERS}


@pytest.fixture(scope="module")
def recording():
    """Values and labels of a noisy wave with an anomaly every 500 time steps."""
    rng = np.random.default_rng(0)
    values, labels = np.sin(np.arange(2000) / 9) + rng.normal(0, 0.1, 2000), np.zeros(2000, dtype=int)
    for start in range(300, 2000, 500):
        values[start : start + 25] += rng.normal(0, 1, 25)
        labels[start : start + 25] = 1
    return values, labels


def test_every_scorer_gives_numbers_for_a_windowed_detector(recording):
    values, labels = recording
    parts = TimeSeriesSplit(n_splits=3, test_size=500)
    found = cross_validate(PCADetector(window=20), values, labels, scoring=ALL, cv=parts, error_score="raise")
    for name in SCORERS:
        assert np.all((found[f"test_{name}"] > 0) & (found[f"test_{name}"] <= 1))


def test_a_grid_search_finds_the_window_that_works(recording):
    values, labels = recording
    search = GridSearchCV(
        PCADetector(window=20),
        {"window": [2, 20], "fold": ["last", "mean"]},
        scoring=scorer("vus-pr", buffer=20),
        cv=TimeSeriesSplit(n_splits=3, test_size=500),
        error_score="raise",
    ).fit(values, labels)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_params_["window"] == 20
    assert search.best_score_ > 0.5


def test_a_collection_of_labelled_series():
    rng = np.random.default_rng(0)
    values = np.sin(np.linspace(0, 6, 40)) + rng.normal(0, 0.1, (60, 1, 40))
    labels = np.arange(60) % 5 == 0
    values[labels, :, 10:20] += 1
    found = cross_val_score(PCADetector(), values, labels.astype(int), scoring=scorer("auroc"), cv=KFold(3))
    assert np.all(found == 1)


def test_it_is_the_metric_where_there_are_scores(recording):
    values, labels = recording
    detector = PCADetector(window=20, fold="last").fit(values[:500], labels[:500])
    scores, decided = detector.decision_function(values), detector.predict(values)
    assert np.isnan(scores[:19]).all()
    assert ALL["average-precision"](detector, values, labels) == average_precision(labels[19:], scores[19:])
    events = event_overlap(labels_to_windows(decided[19:]), labels_to_windows(labels[19:]))
    assert ALL["event-f1"](detector, values, labels) == events.f1


def test_wrong_names_and_settings_are_told():
    with pytest.raises(ParameterError, match=r"vus-pr.*'vus_pr'"):
        scorer("vus_pr")
    with pytest.raises(ParameterError, match=r"vus-pr.*buffer"):
        scorer("vus-pr")
    with pytest.raises(ParameterError, match=r"f1.*beta"):
        scorer("f1", beta=2)
