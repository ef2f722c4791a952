"""Naming beats of the same patients: the rows of the data set on Kaggle, and what learns from them."""

import numpy as np
import pytest

from offbeat.bench.heartbeats.kaggle import KaggleSplit, kaggle_model, kaggle_protocol, kaggle_split, with_length
from offbeat.errors import DataError
from offbeat.metrics.calibration import calibration_error
from offbeat.records.aami import CLASSES
from offbeat.records.mitbih import DS1, DS2
from offbeat.series.collection import Collection


@pytest.fixture(scope="module")
def split(data_dir):
    return kaggle_split(data_dir)


def test_the_kaggle_split_is_that_of_kaggle(split):
    assert split.train.counts() == {"N": 72471, "S": 2223, "V": 5788, "F": 641, "Q": 6431}
    assert split.test.counts() == {"N": 18118, "S": 556, "V": 1448, "F": 162, "Q": 1608}
    both = set(split.train.groups) & set(split.test.groups)
    assert len(both) == 48


def test_the_same_vectors_between_patients(split):
    between = split.between_patients()
    assert set(between.train.groups) == set(DS1)
    assert set(between.test.groups) == set(DS2)
    assert abs(len(between.train) - 51021) < 30
    assert len(between.train) + len(between.test) < len(split.train) + len(split.test)


def test_rows_without_records_cannot_be_divided():
    rows = Collection(np.zeros((2, 9)), labels=["N", "V"])
    with pytest.raises(DataError, match="which record"):
        KaggleSplit(rows, rows).between_patients()


def test_the_length_of_a_beat_is_a_channel():
    rows = np.array([[0.0, 0.4, 0.0, 0.0], [1.0, 0.0, 0.2, 0.3], [0.0] * 4])
    seen = with_length(Collection(rows))
    assert seen.values[:, 1].tolist() == [[1, 1, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0]]
    assert (seen.values[:, 0] == rows).all()


def test_fewer_rows_keep_every_class(split):
    few = split.fewer(800)
    assert 800 <= len(few.train) < 830
    assert min(few.train.counts().values()) >= 8
    assert set(few.test.counts()) == set(CLASSES)


@pytest.mark.slow  # rocket is compiled anew
def test_a_quick_run_of_the_kaggle_protocol(split):
    outcomes = kaggle_protocol(split.fewer(600), epochs=1, kernels=84, trees=5, rocket_rows=200)
    assert len({found.name for found in outcomes}) == 4
    for found in outcomes:
        assert (found.missed, found.extra) == (0, 0)
        assert found.matrix.sum() == len(found.truth)
        # What is counted is what was thought most probable.
        assert found.matrix.trace() == (np.array(CLASSES)[found.probabilities.argmax(axis=1)] == found.truth).sum()
    main = outcomes[0]
    assert main.calibration_error == calibration_error(main.bins())
    assert main.calibration_error_before >= 0


def test_the_kaggle_model_is_a_valid_one():
    model = kaggle_model(epochs=2, random_state=3)
    model._validate()
    assert (model.train.epochs, model.random_state) == (2, 3)
