import numpy as np
import pytest

from offbeat import MatrixProfileDetector
from offbeat.detectors.scoring import nearest as room
from offbeat.detectors.scoring.concatenation import concatenated
from offbeat.detectors.scoring.nearest import Reference, z_normalised
from offbeat.errors import ShapeError
from offbeat.testing import long_wave, waves


def normalised(windows):
    spread = windows.std(axis=-1, keepdims=True)
    flat = np.ptp(windows, axis=-1, keepdims=True) == 0
    return np.where(flat, 0.0, windows - windows.mean(axis=-1, keepdims=True)) / np.where(flat, 1.0, spread)


def nearest(window, train):
    """The smallest z-normalised distance to a window of the training part without gaps; flat ones become zeros."""
    others = np.lib.stride_tricks.sliding_window_view(train, len(window))
    others = others[np.isfinite(others).all(axis=1)]
    return np.linalg.norm(normalised(others) - normalised(window), axis=1).min()


def test_scores_are_the_distance_to_the_nearest_normal_window():
    recording, probe = long_wave(260), long_wave(60, seed=1)
    detector = MatrixProfileDetector(window=16, fold="last").fit(recording)
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
    series, starts = concatenated(windows[:, None])
    np.testing.assert_array_equal(series[:, 0], [1, 2, 3, 4, np.nan, 9, 9, 8, 7])
    assert starts.tolist() == [0, 1, 5, 6]


def test_windows_follow_each_other_only_if_all_channels_do():
    windows = np.array([[[1.0, 2], [5, 6]], [[2, 3], [7, 8]]])
    assert concatenated(windows)[1].tolist() == [0, 3]


def test_series_of_a_collection():
    detector = MatrixProfileDetector().fit(waves(60), validation=waves(20, seed=1))
    odd = waves(2, seed=2)
    odd[0, 0, 10:16] = 0
    scores = detector.decision_function(odd)
    assert scores[0] > scores[1]


@pytest.fixture(params=["one by one", "products", "recurrence"])
def way(request, monkeypatch):
    """Compare windows in one of the ways that their number would choose."""
    monkeypatch.setattr(room, "_FEW", 10**9 if request.param == "one by one" else 0)
    monkeypatch.setattr(room, "_WORTH_COMPILING", 0.0 if request.param == "recurrence" else np.inf)
    monkeypatch.setattr(room, "_KERNEL", "none")
    # So small that there are several of them.
    monkeypatch.setattr(room, "_SLAB", 5000)
    monkeypatch.setattr(room, "_QUERIES", 50)
    monkeypatch.setattr(room, "_ROWS", 70)


def by_stumpy(query, history):
    return pytest.importorskip("stumpy").mass(query, history).min()


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("distance", [nearest, pytest.param(by_stumpy, marks=pytest.mark.slow)])  # compiles itself
@pytest.mark.parametrize("step", [1, 9])
@pytest.mark.parametrize("window", [3, 20, 100])
def test_distances_are_the_smallest(window, step, distance):
    rng = np.random.default_rng(window)
    history, probe = np.cumsum(rng.normal(size=700)), 1e3 + np.cumsum(rng.normal(size=300))
    history[300], history[400:450], probe[50:180] = np.nan, history[400], probe[50]
    queries = np.lib.stride_tricks.sliding_window_view(probe, window)[::step]
    distances, starts = Reference(history, window).nearest(queries)
    some = slice(None, None, 1 if step > 1 else 11)
    expected = [distance(query, history) for query in queries[some]]
    np.testing.assert_allclose(distances[some], expected, atol=1e-5)
    found = np.stack([history[at : at + window] for at in starts])
    np.testing.assert_allclose(
        np.linalg.norm(z_normalised(queries) - z_normalised(found), axis=1), distances, atol=1e-9
    )


@pytest.mark.usefixtures("way")
def test_where_nothing_but_opposites_is_there_gaps_are_not_found():
    history = np.concatenate([np.arange(8.0), [np.nan], np.full(5, np.nan), np.arange(8.0)])
    distances, starts = Reference(history, 8).nearest(-np.arange(8.0)[None])
    assert starts.tolist() == [0]
    np.testing.assert_allclose(distances, 2 * np.sqrt(8))


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(("n_history", "n_queries"), [(30, 2000), (2000, 30), (20, 1)])
def test_the_nearest_window_of_series_of_any_length(n_history, n_queries):
    rng = np.random.default_rng(n_history)
    history, probe = rng.normal(size=n_history), rng.normal(size=n_queries + 19)
    queries = np.lib.stride_tricks.sliding_window_view(probe, 20)
    distances, _ = Reference(history, 20).nearest(queries)
    some = slice(None, None, 41)
    np.testing.assert_allclose(distances[some], [nearest(query, history) for query in queries[some]], atol=1e-9)


@pytest.mark.parametrize("window", [1, 2])
def test_windows_too_short_for_a_shape_are_refused(window):
    with pytest.raises(ShapeError, match="3 time steps"):
        MatrixProfileDetector(window=window).fit(long_wave())
