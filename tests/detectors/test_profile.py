import warnings

import numpy as np
import pytest
from scipy.stats import gamma

from offbeat import OnlineDetector, ProfileDetector, Recording, load, load_data
from offbeat.detectors.scoring.digits import Digits
from offbeat.detectors.scoring.profile_plan import plan_of
from offbeat.errors import (
    ConstantWarning,
    MissingValuesWarning,
    ModelError,
    ParameterError,
    SampledDataWarning,
    ShapeError,
)
from offbeat.estimators.folder import read_arrays
from offbeat.testing import long_wave
from offbeat.testing.recordings import check_streaming

PERIOD = 25


def wave(n, n_channels=1, seed=0):
    rng = np.random.default_rng(seed)
    steps = 2 * np.pi * np.arange(n)[:, None] / PERIOD
    return np.sin(steps + np.arange(n_channels)) + rng.normal(0, 0.05, (n, n_channels))


def odd_wave(n=1500, n_channels=1, at=1100):
    values = wave(n, n_channels)
    values[at : at + 15, 0] = values[at, 0]
    return values


@pytest.fixture(scope="module")
def centred():
    return ProfileDetector().fit(wave(600, seed=1))


@pytest.fixture(scope="module")
def several():
    values = wave(600, 3, seed=1)
    values[:, 1] = 4.0
    values[:, 2] = np.arange(600) % 40 < 20
    with pytest.warns(ConstantWarning, match="ch1"):
        return ProfileDetector(window=PERIOD).fit(values)


def test_a_window_is_one_period_where_none_is_given(centred):
    assert centred.window_ == PERIOD
    assert ProfileDetector(window=12).fit(wave(600)).window_ == 12


def test_an_anomaly_is_found_where_it_is(centred):
    scores = centred.decision_function(odd_wave())
    assert 1100 <= np.nanargmax(scores) < 1115
    assert np.nanmax(scores) > 4 > np.nanquantile(scores[:1050], 0.99)
    assert [event for event in centred.detect(odd_wave()) if event.start < 1115 and event.end > 1100]


def test_what_happens_again_is_known_by_then(centred):
    twice = odd_wave()
    twice[1300:1315, 0] = twice[1300, 0] + twice[1100:1115, 0] - twice[1100, 0]
    twice[1250:1350] = twice[1050:1150]
    scores = centred.decision_function(twice)
    assert np.nanmax(scores[1290:1330]) < 0.5 * np.nanmax(scores[1090:1130])
    forgetful = ProfileDetector(memory=0).fit(wave(600, seed=1)).decision_function(twice)
    np.testing.assert_allclose(forgetful[1300:1310], forgetful[1100:1110], rtol=0.2)


def test_at_the_end_no_score_depends_on_what_follows():
    detector, values = ProfileDetector(placement="end").fit(wave(600, seed=1)), odd_wave()
    whole = detector.decision_function(values)
    np.testing.assert_allclose(detector.decision_function(values[:1110]), whole[:1110], rtol=1e-9)
    assert detector.is_adaptive
    assert OnlineDetector(detector).delay == 0


def test_at_the_centre_a_finished_recording_is_scored_to_its_end(centred):
    values = odd_wave()
    whole, cut = centred.decision_function(values), centred.decision_function(values[:1200])
    delay = centred.scorer_.stage().delay
    np.testing.assert_allclose(cut[: 1200 - delay], whole[: 1200 - delay], rtol=1e-9)
    assert np.isfinite(cut[1200 - delay :]).all()


def test_no_event_is_as_long_as_is_asked_for(centred):
    odd = odd_wave()
    assert len(centred.detect(odd))
    assert list(centred.detect(odd, min_length=len(odd))) == []


def test_what_is_too_short_is_told_how_long_it_must_be_and_for_which_window():
    detector = ProfileDetector(window=20).fit(wave(600))
    told = "at least 79 time steps, as many as a score depends on with a window of 20, got 3:"
    with pytest.raises(ShapeError, match=told):
        detector.decision_function(wave(3))
    assert len(detector.decision_function(wave(79))) == 79


@pytest.mark.parametrize("placement", ["centre", "end"])
@pytest.mark.parametrize(("adaptation", "refractory"), [(0, 0.0), (50, 0.0), (50, 0.1)])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_stream_has_the_scores_of_the_whole(placement, adaptation, refractory, n_channels):
    detector = ProfileDetector(window=8, placement=placement, memory=60, adaptation=adaptation, refractory=refractory)
    detector.fit(long_wave(300, n_channels))
    values = long_wave(500, n_channels, seed=3)
    values[200, 0], values[330:340, 0], values[400], values[250:255, 0] = np.nan, 7.0, 1e7, np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingValuesWarning)
        whole = detector.decision_function(values)
    online = OnlineDetector(detector)
    expected = np.concatenate([np.full(online.delay, np.nan), whole[: len(whole) - online.delay]])
    np.testing.assert_allclose([online.score_one(row) for row in values], expected, rtol=1e-6, atol=1e-6)
    assert np.isfinite(expected).sum() > 300


@pytest.mark.parametrize("stop", [10, 150, 201, 205, 260])
def test_a_stream_goes_on_from_its_state(tmp_path, stop):
    settings = {"placement": "end", "memory": 60, "adaptation": 50, "refractory": 0.1}
    detector = ProfileDetector(window=8, **settings).fit(long_wave(300))
    values = long_wave(350, seed=3)
    values[200] = np.nan
    straight = OnlineDetector(detector).update(values)
    online = OnlineDetector(detector)
    online.update(values[:stop])
    state = online.save_state(tmp_path / "state.safetensors")
    again = OnlineDetector(detector).load_state(state)
    np.testing.assert_allclose(again.update(values[stop:]), straight[stop:], rtol=1e-6, atol=1e-6)


def test_a_score_counts_fully_only_where_none_as_high_was_just_before():
    plain = ProfileDetector(window=PERIOD, placement="end").fit(wave(600, seed=1))
    once = ProfileDetector(window=PERIOD, placement="end", refractory=0.2).fit(wave(600, seed=1))
    values = odd_wave()
    full, lowered = plain.decision_function(values), once.decision_function(values)
    at = int(np.nanargmax(full))
    assert lowered[at] == full[at]
    np.testing.assert_allclose(lowered[at + 1 : at + 121], 0.1 * full[at + 1 : at + 121])
    np.testing.assert_allclose(np.nansum(once.explain(values).shares, axis=1)[at + 5], lowered[at + 5], rtol=1e-6)


@pytest.mark.parametrize("memory", [0, 8_000])
def test_a_stream_that_waits_finds_the_events_of_the_whole(memory):
    check_streaming(ProfileDetector(window=8, placement="centre", memory=memory))


def test_the_first_time_steps_of_a_recording_are_scored(centred):
    values = wave(400, seed=4)
    values[60:75] = values[60]
    scores = centred.decision_function(values)
    assert np.isfinite(scores[2 * PERIOD :]).all()
    assert 60 <= np.nanargmax(scores) < 75


def test_an_event_in_the_last_time_steps_lies_there(centred):
    values = odd_wave(n=1112)
    events = centred.detect(values)
    assert max(events, key=lambda event: event.score).start in range(1050, 1112)
    assert all(event.end <= len(values) for event in events)


def test_a_channel_with_two_values_does_not_count_and_a_constant_one_is_certain(several):
    values = wave(900, 3, seed=2)
    values[:, 1], values[:, 2] = 4.0, np.arange(900) % 40 < 20
    plain = several.decision_function(values)
    values[:, 2] = np.random.default_rng(0).random(900) < 0.5
    np.testing.assert_array_equal(several.decision_function(values), plain)
    values[500:530, 1] = 4.1
    scores = several.decision_function(values)
    assert np.nanargmax(scores) in range(500, 530)
    shares = several.explain(values).shares
    np.testing.assert_allclose(shares.sum(axis=1), scores, rtol=1e-9)
    assert shares[515, 1] > shares[515, 0] > shares[515, 2] == 0


def test_a_channel_that_was_constant_is_off_where_a_value_is_new():
    with pytest.warns(ConstantWarning):
        detector = ProfileDetector().fit(np.full(400, 7.0))
    values, length = np.full(3000, 7.0), detector.window_
    values[500], values[1000:] = 7.1, np.random.default_rng(0).normal(size=2000)
    scores = detector.decision_function(values)
    assert scores[500] == 6.0 > detector.threshold_.value_ > scores[499] > 0
    assert set(scores[1000 : 1000 + length]) == {6.0}
    # What keeps coming is not new for long.
    assert np.nanmax(scores[2500:]) < 0.1
    online = OnlineDetector(detector)
    online.update(values)
    for once, long, *later in (detector.detect(values), online.settled + online.finish()):
        assert len(later) < 3
        assert (once.start, once.end) == (500, 501)
        assert abs(long.start - 1000) <= length
        assert length / 2 <= long.end - 1000 <= 5 * length


@pytest.mark.parametrize("alike", [False, True])
def test_several_channels_have_digits_like_one(alike):
    noise = np.random.default_rng(0).normal(size=(6000, 4))
    if alike:
        noise = noise[:, :1] + 0.3 * noise
    detector = ProfileDetector(window=10, memory=0).fit(noise[:1500])
    scores = detector.decision_function(noise)[1500:]
    # A digit is ten times rarer, however many channels there are, and whether they are alike.
    assert 0.5 < np.nanmean(scores > 1) / 0.1 < 2
    assert 0.3 < np.nanmean(scores > 2) / 0.01 < 3
    # By the definition, near and far.
    channels = detector._channels
    sums = gamma(channels.shape, scale=channels.mean / channels.shape)
    for mean in (0.2, 0.5, 1.0, 3.0):
        total = channels.total(np.full((4, 1), mean))[0]
        assert total == pytest.approx(-sums.logsf(mean) / np.log(10), rel=1e-3)
    rising = channels.total(np.tile(np.geomspace(0.01, 1e4, 3000), (4, 1)))
    assert np.isfinite(rising).all()
    assert (np.diff(rising) >= 0).all()


def test_the_channel_that_is_off_has_the_larger_share():
    detector = ProfileDetector(window=PERIOD).fit(wave(600, 2, seed=1))
    shares = detector.explain(odd_wave(n_channels=2)).shares[1107]
    assert shares[0] > shares[1] > 0


def test_what_is_expected_is_the_nearest_window_of_the_history(centred):
    values = odd_wave()
    expected = centred.explain(values).expected
    usual = np.abs(expected - values)[200:1050]
    assert usual.mean() < 0.15
    assert np.abs(expected - values)[1105:1115].mean() > 3 * usual.mean()


def test_an_incident_of_minutes_is_an_event_of_minutes():
    rng, n = np.random.default_rng(5), 4 * 1440
    values = 30 + 20 * np.sin(2 * np.pi * np.arange(n) / 1440) + rng.normal(0, 1.5, n)
    values[5000:5025] += 40
    minutes = Recording(values, sampling_rate=1 / 60)
    detector = ProfileDetector().fit(minutes[: 3 * 1440])
    assert detector.live().n_times_ == 2 * detector.window_ == 128  # a single channel is compared at twice the length
    (event,) = detector.detect(minutes, start=3 * 1440)
    assert event.start <= 5000 < 5025 <= event.end
    assert len(event) <= 128


def test_the_peak_of_an_event_is_where_windows_are_unlike_the_past(centred):
    event = max(centred.detect(odd_wave()), key=lambda event: event.score)
    assert 1100 <= event.peak < 1115


def test_what_is_most_like_is_found_in_the_training_part_or_the_past(centred):
    values = odd_wave()
    values[1300:1400] = values[1060:1160]
    like = centred.most_like(values)
    assert (like[1340:1400] == np.arange(1100, 1160)).all()
    assert (like[PERIOD - 1 : 600] < np.arange(PERIOD - 1, 600)).all()
    assert like[PERIOD - 1] < 0
    assert (like[: PERIOD - 1] == -601).all()


def test_what_was_compared_for_other_values_is_not_taken_again():
    known, first, second = wave(600, seed=1), odd_wave(), wave(1500, seed=6)
    detector, alone = (ProfileDetector(window=PERIOD).fit(known) for _ in range(2))
    detector.decision_function(first)
    np.testing.assert_array_equal(detector.most_like(second), alone.most_like(second))
    np.testing.assert_array_equal(detector.most_like(first), alone.most_like(first))
    detector.explain(first)
    np.testing.assert_array_equal(detector.decision_function(first), alone.decision_function(first))


def test_what_is_most_like_is_counted_over_all_recordings_learned_from():
    first, second, third, values = wave(700, seed=1), wave(500, seed=2), wave(900, seed=3), odd_wave()
    second[300:340] += np.linspace(0, 3, 40)[:, None]
    values[1300:1340] = second[300:340]
    detector = ProfileDetector(window=PERIOD).fit([Recording(part) for part in (first, second, third)])
    assert (detector.most_like(values)[1330:1340] == 700 + np.arange(330, 340) - 2100).all()


def test_what_is_most_like_is_told_by_its_time_where_parts_were_not_learned_from(tmp_path):
    known, values = wave(600, seed=1), odd_wave()
    known[200:230] = np.nan
    known[400:440] += np.linspace(0, 3, 40)[:, None]
    values[1300:1340] = known[400:440]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingValuesWarning)
        detector = ProfileDetector(window=PERIOD).fit(known)
    for model in (detector, load(detector.save(tmp_path / "model"))):
        assert (model.most_like(values)[1330:1340] == np.arange(430, 440) - 600).all()


def test_held_out_scores_are_as_high_as_those_of_other_normal_data():
    """Without a past that makes the history longer, that is; the threshold then holds for what follows."""
    detector = ProfileDetector(memory=0).fit(wave(900, seed=1))
    fresh = detector.decision_function(wave(3000, seed=7))
    for level in (0.5, 0.9):
        assert abs(np.nanquantile(fresh, level) - np.nanquantile(detector.held_out_scores_, level)) < 0.2


def test_of_a_long_training_part_stretches_are_learned_from():
    values = wave(9000, 5)
    with pytest.warns(SampledDataWarning, match="8 stretches of 1,000 windows"):
        detector = ProfileDetector(window=8, memory=0).fit(values)
    assert len(detector.train_scores_) == 8000
    assert len(detector.normal_) < 8000 + 9 * detector.n_times_
    # From the first to the last time steps.
    scored = np.flatnonzero(np.isfinite(detector.held_out_scores_))
    assert scored[0] == 0
    assert scored[-1] > 8950
    scores = detector.decision_function(odd_wave(n_channels=5))
    assert 1095 <= np.nanargmax(scores) < 1120


def test_windows_learned_from_are_not_compared_with_themselves(centred):
    """Else they would all be found, at no distance."""
    assert np.isin(centred.held_out_scores_[~np.isnan(centred.held_out_scores_)], centred.train_scores_).all()
    assert centred.train_scores_.max() > 1


def test_a_saved_model_scores_alike(several, tmp_path):
    values = wave(400, 3, seed=5)
    again = load(several.save(tmp_path / "model"))
    np.testing.assert_array_equal(again.decision_function(values), several.decision_function(values))
    assert (again.window_, again.placement) == (several.window_, "auto")


def test_a_state_that_does_not_fit_is_refused(tmp_path):
    detector = ProfileDetector(window=8, placement="end", memory=60, adaptation=50).fit(long_wave(300))
    online = OnlineDetector(detector)
    online.update(long_wave(200, seed=3))
    arrays, _ = read_arrays(online.save_state(tmp_path / "state.safetensors"))
    for name, wrong in (
        ("stage.run", np.array([7])),
        ("stage.0.newest0", np.zeros(51)),
        ("stage.past", np.zeros((3, 1))),
    ):
        with pytest.raises(ModelError):
            OnlineDetector(detector).restore({**arrays, name: wrong})


def test_settings_out_of_range_are_refused():
    for wrong in ({"placement": "start"}, {"fold": "mean"}, {"stride": 2}, {"memory": -1}, {"window": 0}):
        with pytest.raises(ParameterError):
            ProfileDetector(**wrong).fit(wave(300))


def test_lengths_fit_into_the_training_part():
    assert [each.length for each in plan_of(50, 90, 1, "centre").comparisons] == [25, 30, 25, 30]
    assert [each.length for each in plan_of(4, 1000, 1, "end").comparisons] == [8, 8]
    assert [(each.length, len(each.kinds)) for each in plan_of(50, 1000, 3, "end").comparisons] == [(50, 3), (50, 1)]


def test_times_of_a_recording_stay_with_its_events(centred):
    values = odd_wave()
    times = np.datetime64("2026-05-01") + np.arange(len(values)) * np.timedelta64(60, "s")
    events = centred.detect(Recording(values, timestamps=times))
    assert any(event.peak_time == times[event.peak] for event in events)


def test_digits_are_ranks_below_and_exponential_above():
    digits = Digits(np.random.default_rng(0).exponential(size=20_000))
    np.testing.assert_allclose(digits.of(np.log([2, 10, 100, 1e6])), [0.301, 1, 2, 6], atol=0.2)
    assert np.isnan(digits.of(np.array([np.nan]))).all()


def test_digits_are_the_same_whether_ties_are_counted_at_once_or_one_by_one():
    rng = np.random.default_rng(0)
    sample, values = np.round(rng.exponential(size=3000), 2), np.round(rng.exponential(size=500), 2)
    sample[:1500] = values[:200] = 0.0
    at_once = Digits(sample).of(values)
    one_by_one = [Digits(sample, memory=1).push(value) for value in values]
    np.testing.assert_allclose(at_once, one_by_one, rtol=1e-10)


@pytest.mark.parametrize("noise", [0, 1e-13])
def test_digits_do_not_hang_on_rounding(noise):
    """A sample of equal numbers, but for rounding, has no order."""
    sample = 1.0 + noise * np.arange(100)
    values = 1.0 + np.array([-1e-12, 0, 1e-12])
    assert np.ptp(Digits(sample).of(values)) < 1e-8


def test_digits_that_adapt_forget_what_is_old():
    digits = Digits(np.random.default_rng(0).normal(size=200), memory=300)
    first = digits.push(8.0)
    for value in np.random.default_rng(1).normal(8, 1, 300):
        digits.push(value)
    assert first > 10 > 1 > digits.push(8.0)
    for value in np.random.default_rng(2).normal(size=300):
        digits.push(value)
    assert digits.push(8.0) > 5
    assert len(digits.newest) == 300


@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_stream_is_scored_as_by_a_detector_that_was_made_for_streams(tmp_path, n_channels):
    known, values = long_wave(300, n_channels), long_wave(200, n_channels, seed=3)
    both, ends = (ProfileDetector(window=8, placement=place, scaling="none").fit(known) for place in ("auto", "end"))
    both.save(tmp_path / "both")
    for live in (both.live(), load(tmp_path / "both").live()):
        np.testing.assert_array_equal(live.decision_function(values), ends.decision_function(values))
        first = int(np.flatnonzero(~np.isnan(live.held_out_scores_))[0])
        np.testing.assert_allclose(
            live.held_out_scores_[first:], ends.held_out_scores_[-len(live.held_out_scores_) :][first:]
        )
        assert live.live() is live
    assert both.scorer_.stage().delay > both.live().scorer_.stage().delay == 0
    online = OnlineDetector(both)
    np.testing.assert_allclose(online.update(values), ends.decision_function(values), rtol=1e-6, atol=1e-6)


def test_validation_data_set_the_thresholds_of_recordings_and_of_streams():
    both, ends = (
        ProfileDetector(window=8, placement=place, scaling="none").fit(
            long_wave(300), validation=long_wave(250, seed=5)
        )
        for place in ("auto", "end")
    )
    live = both.live().held_out_scores_
    # The first windows of a stream are shorter than those of a finished recording, and what they show is known later.
    assert np.corrcoef(live[-150:], ends.held_out_scores_[-150:])[0, 1] > 0.95
    assert np.isfinite(both.held_out_scores_).sum() > 150


def test_incidents_a_few_windows_apart_are_events_of_their_own():
    """A score depends on up to four windows; what is joined is told in windows as people chose them."""
    recording = load_data("synthetic-metrics")
    normal, _ = recording.split()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        detector = ProfileDetector().fit(normal)
    known = np.flatnonzero(np.diff(np.concatenate([[0], recording.labels, [0]]))).reshape(-1, 2)
    met = [
        [number for number, (start, end) in enumerate(known) if event.start < end and start < event.end]
        for event in detector.detect(recording)
    ]
    assert sorted(number for each in met for number in each) == [0, 1, 2, 3]
    assert max(map(len, met)) == 1
