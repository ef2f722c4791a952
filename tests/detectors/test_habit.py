"""A stream gets used to what lasts, and not to incidents that come again."""

import warnings

import numpy as np
import pytest

from offbeat import OnlineDetector, ProfileDetector
from offbeat.detectors.scoring.habit import Habit
from offbeat.detectors.scoring.joins import look_back, look_back_apart
from offbeat.detectors.scoring.newest_window import NewestWindow
from offbeat.errors import ConstantWarning, MissingValuesWarning, ModelError
from offbeat.estimators.folder import read_arrays
from offbeat.testing import long_wave

PERIOD, KNOWN = 25, 4000


def wave(n, n_channels=1, seed=0):
    rng = np.random.default_rng(seed)
    steps = 2 * np.pi * np.arange(n)[:, None] / PERIOD
    return np.sin(steps + np.arange(n_channels)) + rng.normal(0, 0.05, (n, n_channels))


@pytest.fixture(scope="module", params=[1, 2])
def known(request):
    return wave(KNOWN, request.param, seed=1)


def live(known, **settings):
    return ProfileDetector(window=PERIOD, **settings).fit(known).live()


def with_incidents(n_channels, times):
    values = wave(max(times) + 200, n_channels, seed=2)
    for at in times:
        values[at : at + 8, 0] += 4
    return values


def highest(scores, times):
    return np.array([np.nanmax(scores[at : at + 8]) for at in times])


def test_an_incident_that_comes_again_is_as_anomalous_as_the_first_time(known):
    times = (300, 1300, 2300)
    values = with_incidents(known.shape[1], times)
    patient, hasty = live(known), live(known, patience=0.0)
    first, *again = highest(patient.decision_function(values), times)
    assert first > patient.threshold_.value_
    np.testing.assert_allclose(again, first, rtol=0.3)
    used_to = highest(hasty.decision_function(values), times)
    assert used_to[1:].max() < 0.5 * used_to[0]


def test_a_change_that_lasts_is_normal_in_the_end(known):
    values = wave(3000, known.shape[1], seed=2)
    values[1000:] += 4
    detector, forgetful = live(known), live(known, memory=0, adaptation=0)
    flagged = detector.threshold_.predict(detector.decision_function(values))
    # A twentieth of the training part is 200 time steps.
    assert flagged[1000:1100].all()
    assert not flagged[1400:].any()
    assert forgetful.threshold_.predict(forgetful.decision_function(values))[1000:].all()


def test_one_channel_that_changes_leaves_the_others_as_they_were():
    known, times = wave(KNOWN, 2, seed=1), (1500, 2000, 2500)
    values = with_incidents(2, times)
    values[600:, 1] += 4
    detector = live(known)
    found = highest(detector.decision_function(values), times)
    assert found.min() > detector.threshold_.value_


def test_a_channel_that_was_constant_goes_on_being_new_until_it_has_lasted():
    with pytest.warns(ConstantWarning):
        detector = live(np.full(400, 7.0))
    values = np.full(900, 7.0)
    values[[100, 200, 300]] = 8.0
    values[500:] = 8.0
    scores = detector.decision_function(values)
    assert scores[[100, 200, 300]].tolist() == [6.0, 6.0, 6.0]
    assert np.nanmax(scores[600:]) < 1
    online = OnlineDetector(detector)
    np.testing.assert_allclose([online.score_one(row) for row in values], scores, rtol=1e-6)


@pytest.mark.parametrize("placement", ["centre", "end"])
@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("stop", [0, 150, 390])
def test_a_stream_has_the_scores_of_the_whole_before_and_after(tmp_path, placement, n_channels, stop):
    settings = {"window": 8, "placement": placement, "memory": 60, "adaptation": 50, "patience": 0.1}
    detector = ProfileDetector(**settings).fit(long_wave(300, n_channels))
    values = long_wave(500, n_channels, seed=3)
    values[250], values[330:] = np.nan, values[330:] + 7
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingValuesWarning)
        whole = detector.decision_function(values)
    online = OnlineDetector(detector)
    online.update(values[:stop])
    again = OnlineDetector(detector).load_state(online.save_state(tmp_path / "state.safetensors"))
    expected = np.concatenate([np.full(online.delay, np.nan), whole[: len(whole) - online.delay]])
    np.testing.assert_allclose([again.score_one(row) for row in values[stop:]], expected[stop:], rtol=1e-6, atol=1e-6)


def test_a_state_with_a_share_that_is_none_is_refused(tmp_path):
    detector = ProfileDetector(window=8, placement="end", memory=60).fit(long_wave(300))
    online = OnlineDetector(detector)
    online.update(long_wave(200, seed=3))
    arrays, _ = read_arrays(online.save_state(tmp_path / "state.safetensors"))
    (name,) = (name for name in arrays if name.endswith(".share"))
    for wrong in (np.array([1.5]), np.array([np.nan])):
        with pytest.raises(ModelError):
            OnlineDetector(detector).restore({**arrays, name: wrong})


def test_the_past_counts_once_a_share_of_the_newest_time_was_unlike():
    alone, with_past = np.where(np.arange(400) % 100 < 5, 9.0, 0.0), np.full(400, -1.0)
    np.testing.assert_array_equal(Habit(1000, 0.1, unlike=2.0).of(alone, with_past), alone)
    lasting = np.full(400, 9.0)
    found = Habit(1000, 0.1, unlike=2.0).of(lasting, with_past)
    assert 95 < int(np.argmax(found < 0)) < 115
    lasting[::2] = np.nan
    found = Habit(1000, 0.1, unlike=2.0).of(lasting, with_past)
    assert 190 < int(np.argmax(found < 0)) < 230


def test_distances_to_the_known_part_alone_are_those_without_a_memory():
    values = wave(600, seed=3)[:, 0]
    values[450] = np.nan
    alone, with_past = look_back_apart(values, 20, 200, 100)
    for found, memory in ((alone, 0), (with_past, 100)):
        expected = look_back(values, 20, 200, memory)
        np.testing.assert_allclose(found.values, expected.values, atol=1e-9)
        np.testing.assert_array_equal(found.places, expected.places)
    assert np.nanmax(alone.values[1] - with_past.values[1]) > 0.01
    newest = NewestWindow(values[:200], 20, 100)
    pushed = []
    for value in values[200:].tolist():
        newest.push(value)
        pushed.append(newest.alone)
    np.testing.assert_allclose(np.array(pushed)[19:].T, alone.values, atol=1e-9)
