import numpy as np
import pytest
from pyod.models.ecod import ECOD
from pyod.models.knn import KNN
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM

from offbeat import (
    EstimatorDetector,
    Fixed,
    IsolationForestDetector,
    KNNDetector,
    OneClassSVMDetector,
    PCADetector,
    load,
)
from offbeat.detectors.scoring.forest import Forest
from offbeat.errors import DataError, MissingValuesWarning, ModelError, ParameterError
from offbeat.testing import check_batch_invariance, waves

EVERY_BASELINE = [
    PCADetector(n_components=2),
    KNNDetector(n_neighbors=3),
    OneClassSVMDetector(),
    IsolationForestDetector(n_estimators=20),
    EstimatorDetector(LocalOutlierFactor(novelty=True)),
]
every_baseline = pytest.mark.parametrize("detector", EVERY_BASELINE, ids=repr)


def fitted(detector, X=None):
    X = waves() if X is None else X
    return detector.set_params(threshold=Fixed(1.0)).fit(X, validation=X[:10])


def by_hand(train, X):
    """Scale as the detectors do, and lay the channels of each series one after the other."""
    scaled = np.empty(X.shape)
    for c in range(X.shape[1]):
        scaled[:, c] = (X[:, c] - train[:, c].mean()) / train[:, c].std()
    return scaled.reshape(len(X), -1)


# Principal components


@pytest.mark.parametrize("n_components", [1, 8, 20])
def test_components_by_the_covariance_are_those_of_sklearn(n_components):
    rng = np.random.default_rng(0)
    train = (rng.normal(size=(400, 5)) @ rng.normal(size=(5, 20)) + 0.1 * rng.normal(size=(400, 20)))[:, None]
    detector = fitted(PCADetector(n_components=n_components, scaling="none"), train)
    reference = PCA(n_components, svd_solver="covariance_eigh").fit(train[:, 0].astype(np.float32).astype(np.float64))
    np.testing.assert_allclose(detector.mean_, reference.mean_, rtol=0, atol=1e-12)
    np.testing.assert_allclose(detector.components_, reference.components_, rtol=0, atol=1e-12)
    residuals = train[:, 0] - reference.inverse_transform(reference.transform(train[:, 0]))
    np.testing.assert_allclose(detector.decision_function(train), (residuals**2).mean(axis=1), rtol=0, atol=1e-5)


# Nearest neighbours


@pytest.mark.parametrize("k", [1, 4])
def test_knn_is_the_mean_distance_to_the_nearest(k):
    train, probe = waves(30, 2), waves(6, 2, seed=1)
    detector = fitted(KNNDetector(n_neighbors=k), train)
    scores, expected = [], []
    for row in by_hand(train, probe):
        distances = [
            sum((a - b) ** 2 for a, b in zip(row, other, strict=True)) ** 0.5 for other in by_hand(train, train)
        ]
        nearest = sorted(range(len(train)), key=distances.__getitem__)[:k]
        scores.append(sum(distances[i] for i in nearest) / k)
        expected.append(sum(train[i] for i in nearest) / k)
    np.testing.assert_allclose(detector.decision_function(probe), scores, rtol=1e-5)
    np.testing.assert_allclose(detector.explain(probe).expected, expected, rtol=1e-4, atol=1e-5)


def test_knn_scores_few_series_as_it_does_many():
    train, probe = waves(300, 2), waves(40, 2, seed=1)
    detector = fitted(KNNDetector(n_neighbors=4), train)
    alone = [detector.decision_function(probe[i : i + 1])[0] for i in range(len(probe))]
    np.testing.assert_allclose(alone, detector.decision_function(probe), rtol=1e-12)


def test_knn_shares_stand_where_the_difference_is():
    train = waves(30, 2)
    probe = train[:1].copy()
    probe[0, 1, 7] += 4.0
    shares = fitted(KNNDetector(n_neighbors=1), train).explain(probe).shares[0]
    assert shares[1, 7] > 0.9 * shares.sum() > 1.0


def test_knn_scores_what_it_has_learned_as_zero():
    train = waves(30)
    told = fitted(KNNDetector(n_neighbors=1), train).explain(train)
    assert told.scores.tolist() == [0.0] * 30
    assert (told.shares == 0).all()


def test_knn_needs_as_many_series_as_neighbours():
    with pytest.raises(DataError, match="7 neighbours, got 6"):
        fitted(KNNDetector(n_neighbors=7), waves(6))


# Principal components


def test_pca_is_that_of_scikit_learn():
    train, probe = waves(50, 2), waves(6, 2, seed=1)
    detector = fitted(PCADetector(n_components=3, error="mse"), train)
    pca, rows = PCA(3).fit(by_hand(train, train)), by_hand(train, probe)
    missed = ((pca.inverse_transform(pca.transform(rows)) - rows) ** 2).mean(axis=1)
    np.testing.assert_allclose(detector.decision_function(probe), missed, rtol=1e-4)


def test_a_decomposition_that_does_not_converge_is_made_in_another_way(monkeypatch):
    asked = []

    class GivesUp(PCA):
        def fit(self, X, y=None):
            asked.append(len(X))
            raise np.linalg.LinAlgError("SVD did not converge")  # as LAPACK does for smap/T-3, with one thread

    train = waves(30, n_channels=2)
    usual = PCADetector(n_components=3).fit(train)
    monkeypatch.setattr("offbeat.detectors.classical.PCA", GivesUp)
    other = PCADetector(n_components=3).fit(train)
    assert asked
    np.testing.assert_allclose(
        other.decision_function(waves(9, n_channels=2)), usual.decision_function(waves(9, n_channels=2))
    )


def test_pca_takes_no_more_components_than_there_are():
    assert len(fitted(PCADetector(n_components=500), waves(10)).components_) == 10
    assert len(fitted(PCADetector(n_components=500), waves(60)).components_) == 24


# Isolation forests


@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_forest_scores_as_that_of_scikit_learn(n_channels):
    train, probe = waves(300, n_channels), waves(200, n_channels, seed=1)
    probe[::2] *= 3
    detector = fitted(IsolationForestDetector(n_estimators=30, random_state=5), train)
    rows, others = (detector.scaler_.apply(part).reshape(len(part), -1) for part in (train, probe))
    reference = IsolationForest(n_estimators=30, random_state=5).fit(rows)
    np.testing.assert_allclose(detector.decision_function(probe), -reference.score_samples(others), rtol=1e-12)


@pytest.mark.parametrize("n_rows", [2, 3, 20, 300])
def test_trees_of_any_depth_are_completed(n_rows):
    rng = np.random.default_rng(n_rows)
    # Whole numbers: many values lie on a threshold, and trees end early where rows are equal.
    rows = np.repeat(rng.integers(0, 4, size=(n_rows, 3)), 2, axis=0).astype(np.float32)
    reference = IsolationForest(n_estimators=20, random_state=0).fit(rows)
    probe = rng.integers(-1, 6, size=(500, 3)).astype(np.float32)
    np.testing.assert_allclose(Forest.of(reference).scores(probe), -reference.score_samples(probe), rtol=1e-12)


def test_a_forest_of_equal_rows_has_no_splits():
    reference = IsolationForest(n_estimators=3, random_state=0).fit(np.ones((40, 2), dtype=np.float32))
    forest = Forest.of(reference)
    assert forest.features.shape == (3, 0)
    np.testing.assert_allclose(
        forest.scores(np.zeros((5, 2), dtype=np.float32)), -reference.score_samples(np.zeros((5, 2)))
    )


@pytest.mark.parametrize(
    "damage",
    [
        lambda arrays: arrays["features"].__setitem__((0, 0), 7),
        lambda arrays: arrays["features"].__setitem__((0, 0), -1),
        lambda arrays: arrays.update(thresholds=arrays["thresholds"][:, :-1]),
        lambda arrays: arrays.update({name: arrays[name][:, :-1] for name in ("features", "thresholds", "depths")}),
        lambda arrays: arrays.update(average=np.zeros(1)),
        lambda arrays: arrays.update({name: arrays[name][1:] for name in ("features", "thresholds", "depths")}),
    ],
)
def test_a_damaged_forest_is_refused(damage):
    rows = np.random.default_rng(0).normal(size=(50, 7)).astype(np.float32)
    arrays = Forest.of(IsolationForest(n_estimators=4, random_state=0).fit(rows)).arrays()
    Forest.restored(arrays, 4, 7)
    damage(arrays)
    with pytest.raises(ModelError):
        Forest.restored(arrays, 4, 7)


# Estimators of other libraries


@pytest.mark.parametrize(
    ("estimator", "theirs"),
    [
        (LocalOutlierFactor(novelty=True), lambda e, rows: -e.score_samples(rows)),
        (IsolationForest(n_estimators=20, random_state=0), lambda e, rows: -e.score_samples(rows)),
        (OneClassSVM(), lambda e, rows: -e.score_samples(rows)),
        (make_pipeline(StandardScaler(), OneClassSVM()), lambda e, rows: -e.score_samples(rows)),
        (ECOD(), lambda e, rows: [e.decision_function(row[None])[0] for row in rows]),
        (KNN(), lambda e, rows: e.decision_function(rows)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_estimator_scores_as_it_does_alone_with_anomalies_high(estimator, theirs):
    train, probe = waves(60), waves(20, seed=1)
    probe[0, 0, 8:14] += 3.0
    detector = fitted(EstimatorDetector(estimator), train)
    scores = detector.decision_function(probe)
    assert not hasattr(estimator, "n_features_in_")
    alone = clone(estimator).fit(by_hand(train, train))
    np.testing.assert_allclose(scores, theirs(alone, by_hand(train, probe)), rtol=1e-3, atol=1e-3)
    assert scores[0] > np.median(scores)


def test_an_estimator_that_ranks_a_batch_within_itself_scores_row_by_row():
    rows = by_hand(waves(60), waves(20, seed=1))
    ecod = ECOD().fit(rows)
    assert abs(ecod.decision_function(rows)[0] - ecod.decision_function(rows[:1])[0]) > 0.1
    check_batch_invariance(EstimatorDetector(ECOD()))


@pytest.mark.parametrize(
    "estimator",
    [
        "LocalOutlierFactor",
        None,
        IsolationForest,
        LocalOutlierFactor(),
        LogisticRegression(),
        make_pipeline(StandardScaler(), LogisticRegression()),
        StandardScaler(),
    ],
    ids=str,
)
def test_what_is_no_outlier_detector_is_refused_by_fit(estimator):
    with pytest.raises(ParameterError, match="estimator"):
        EstimatorDetector(estimator).fit(waves())


@pytest.mark.parametrize(
    ("detector", "name"),
    [
        (KNNDetector(n_neighbors=0), "n_neighbors"),
        (PCADetector(n_components=0), "n_components"),
        (IsolationForestDetector(n_estimators=0), "n_estimators"),
        (OneClassSVMDetector(nu=0.0), "nu"),
        (OneClassSVMDetector(nu=1.1), "nu"),
    ],
)
def test_settings_out_of_range_are_refused_by_fit(detector, name):
    with pytest.raises(ParameterError, match=f"^{name} "):
        detector.fit(waves())


# Explanations


def spiked():
    """Five normal series of two channels with a spike each: channel 1, time steps 10 and 11."""
    probe = waves(5, 2, seed=1)
    probe[:, 1, 10:12] += 4.0
    return probe


@every_baseline
def test_shares_land_where_the_spike_is(detector):
    told = fitted(detector, waves(80, 2)).explain(spiked())
    # Of the score, for some estimators have scores below 0.
    parts = (told.shares / told.scores[:, None, None]).mean(axis=0)
    assert np.unravel_index(parts.argmax(), parts.shape) in {(1, 10), (1, 11)}
    assert parts[1].sum() > parts[0].sum()
    assert parts.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("detector", [OneClassSVMDetector(), KNNDetector(n_neighbors=3)], ids=["below 0", "above 0"])
def test_events_peak_where_the_spike_is(detector):
    events = fitted(detector, waves(80, 2)).set_threshold(Fixed(-100.0)).detect(spiked())
    assert {event.peak for event in events} <= {10, 11}
    assert all(dict(event.channels)["ch1"] > dict(event.channels)["ch0"] for event in events)
    assert len(events) == 5


def test_occlusion_is_what_the_score_loses_when_a_stretch_is_hidden():
    train, probe = waves(60, 2), spiked()
    detector = fitted(EstimatorDetector(OneClassSVM()), train)
    scores, normal = detector.decision_function(probe), np.median(train, axis=0)
    losses = np.zeros(probe.shape)
    for c in range(2):
        for steps in np.array_split(np.arange(24), 14):
            hidden = probe.copy()
            hidden[:, c, steps] = normal[c, steps]
            lost = scores - detector.decision_function(hidden)
            for step in steps:
                losses[:, c, step] = np.maximum(lost, 0) / len(steps)
    naive = losses / losses.sum(axis=(1, 2), keepdims=True) * scores[:, None, None]
    told = detector.explain(probe)
    np.testing.assert_allclose(told.shares, naive, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(told.expected, np.broadcast_to(normal, probe.shape), atol=1e-5)


def test_where_hiding_changes_nothing_the_shares_are_even():
    detector = fitted(EstimatorDetector(OneClassSVM()))
    told = detector.explain(detector.scaler_.undo(detector.middle_[None]))
    assert np.ptp(told.shares) == 0
    assert told.shares.sum() == pytest.approx(told.scores[0])


@every_baseline
def test_nothing_to_explain(detector):
    fitted(detector)
    assert detector.explain(waves(3)[:0]).shares.shape == (0, 1, 24)
    with pytest.warns(MissingValuesWarning):
        told = detector.explain(np.full((2, 1, 24), np.nan))
    assert np.isnan(told.shares).all()
    assert np.isnan(told.scores).all()


def test_a_loaded_pca_scores_to_the_last_bit(tmp_path):
    series = np.random.default_rng(0).normal(size=(200, 1, 16))
    detector = PCADetector(n_components=2).fit(series)
    loaded = load(detector.save(tmp_path / "model"))
    assert np.array_equal(loaded.decision_function(series + 0.1), detector.decision_function(series + 0.1))
