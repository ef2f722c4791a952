import sys

import numpy as np
import pytest

from offbeat import MatrixProfileDetector
from offbeat.detectors.matrix_profile import _concatenated
from offbeat.errors import MissingExtraError, ShapeError
from offbeat.testing import long_wave, waves


def nearest(window, train):
    """The smallest z-normalised distance to a window of the training part."""
    length = len(window)
    own = (window - window.mean()) / window.std()
    distances = []
    for start in range(len(train) - length + 1):
        other = train[start : start + length]
        distances.append(np.sqrt((((other - other.mean()) / other.std() - own) ** 2).sum()))
    return min(distances)


def test_scores_are_the_distance_to_the_nearest_normal_window():
    recording, probe = long_wave(260), long_wave(60, seed=1)
    detector = MatrixProfileDetector(window=16).fit(recording)
    learned = detector.normal_[0]
    kept = recording[: len(learned), 0]
    np.testing.assert_allclose(detector.scaler_.undo(learned[None, None])[0, 0], kept, atol=1e-5)
    scores = detector.decision_function(probe)
    for step in (15, 33, 59):
        assert scores[step] == pytest.approx(nearest(probe[step - 15 : step + 1, 0], kept), abs=1e-3)


def test_level_and_size_do_not_matter():
    recording, probe = long_wave(260), long_wave(60, seed=1)
    detector = MatrixProfileDetector(window=16).fit(recording)
    np.testing.assert_allclose(
        detector.decision_function(7 * probe + 40)[15:], detector.decision_function(probe)[15:], atol=1e-3
    )


def test_windows_are_concatenated_where_they_overlap():
    windows = np.array([[1.0, 2, 3], [2, 3, 4], [9, 9, 8], [9, 8, 7]])
    np.testing.assert_array_equal(_concatenated(windows), [1, 2, 3, 4, np.nan, 9, 9, 8, 7])


def test_series_of_a_collection():
    detector = MatrixProfileDetector().fit(waves(60), validation=waves(20, seed=1))
    odd = waves(2, seed=2)
    odd[0, 0, 10:16] = 0
    scores = detector.decision_function(odd)
    assert scores[0] > scores[1]


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "stumpy", None)
    with pytest.raises(MissingExtraError, match=r"offbeat\[matrixprofile\]"):
        MatrixProfileDetector(window=16).fit(long_wave(260))


@pytest.mark.parametrize("window", [1, 2])
def test_windows_too_short_for_a_shape_are_refused(window):
    with pytest.raises(ShapeError, match="3 time steps"):
        MatrixProfileDetector(window=window).fit(long_wave())
