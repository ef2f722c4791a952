"""What the detectors reach on the real heartbeats, split as the published results are."""

import numpy as np
import pytest

import offbeat
from offbeat.metrics import auroc


@pytest.fixture(scope="module")
def split(data_dir):
    return offbeat.normal_split(offbeat.load_data("ecg5000", data_dir=data_dir), "1")


def fitted(detector, split):
    return detector.fit(split.train, validation=split.validation)


def area(detector, split):
    return auroc(split.truth, detector.decision_function(split.evaluation))


def test_the_split_is_the_published_one(split):
    parts = [split.train_rows, split.validation_rows, split.test_rows, split.anomaly_rows]
    assert [len(rows) for rows in parts] == [2481, 219, 219, 2081]
    assert sorted(np.concatenate(parts)) == list(range(5000))
    assert set(split.train.labels) == {"1"} == set(split.validation.labels) == set(split.test.labels)
    assert set(split.anomalies.labels) == {"2", "3", "4", "5"}


def test_pca_baseline(split):
    assert area(fitted(offbeat.PCADetector(), split), split) > 0.98


def test_nearest_neighbour_baseline(split):
    assert area(fitted(offbeat.KNNDetector(), split), split) > 0.995


@pytest.mark.slow
def test_dense_autoencoder(split):
    assert area(fitted(offbeat.DenseAutoencoder(), split), split) >= 0.9975


@pytest.mark.slow
def test_lstm_autoencoder(split):
    detector = fitted(offbeat.LSTMAutoencoder(), split)
    assert area(detector, split) >= 0.996
    assert 1 - detector.predict(split.validation).mean() >= 0.95
    assert detector.predict(split.anomalies).mean() >= 0.995
