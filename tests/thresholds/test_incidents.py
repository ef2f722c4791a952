import numpy as np
import pytest

from offbeat.thresholds.incidents import incidents


def smooth(seed, n=5000, window=20):
    noise = np.random.default_rng(seed).exponential(size=n + window - 1)
    return np.convolve(noise, np.ones(window) / window, mode="valid")


@pytest.mark.parametrize("window", [1, 20])
def test_clean_scores_hold_hardly_any(window):
    found = [len(incidents(smooth(seed), window)) for seed in range(100)]
    assert sum(found) <= 20
    assert np.count_nonzero(found) <= 10


def test_what_stands_out_is_found_highest_first():
    scores = smooth(0)
    scores[1000:1010] += 20
    scores[3000:3010] += 30
    peaks = incidents(scores, 20)
    assert len(peaks) == 2
    assert 3000 <= peaks[0] < 3010
    assert 1000 <= peaks[1] < 1010


def test_an_incident_does_not_hide_lower_ones():
    scores = smooth(1)
    scores[1000], scores[3000] = 1e6, 30.0
    assert incidents(scores, 20).tolist() == [1000, 3000]


def test_neighbours_in_a_collection_are_two():
    scores = np.random.default_rng(0).exponential(size=1000)
    scores[[300, 301]] = 100.0, 90.0
    assert incidents(scores).tolist() == [300, 301]


@pytest.mark.parametrize(
    "scores", [[], [np.nan] * 50, [1.0] * 500, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 99.0]], ids=len
)
def test_too_little_shows_nothing(scores):
    assert incidents(scores).tolist() == []


def test_rounding_is_no_incident():
    scores = np.ones(500)
    scores[7] += 1e-9
    assert incidents(scores).tolist() == []


def test_gaps_do_not_matter():
    scores = smooth(2)
    scores[1000] = 50.0
    scores[2000:2500] = np.nan
    assert incidents(scores, 20).tolist() == [1000]
