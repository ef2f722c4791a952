"""The events of a stream are those of the whole recording."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offbeat import (
    DeepAnT,
    Fixed,
    KNNDetector,
    MixedDetector,
    NaiveForecast,
    OnlineDetector,
    PCADetector,
    Recording,
    SeasonalBaseline,
    Tiers,
    Tracking,
    TrainConfig,
)
from offbeat.detectors.online_events import OnlineEvents
from offbeat.detectors.online_state import restore_part
from offbeat.detectors.scoring.location import LONGEST
from offbeat.detectors.scoring.views import Found
from offbeat.errors import MissingValuesWarning, ModelError
from offbeat.events.severity import Severity

RNG = np.random.default_rng(0)
N = 700
WAVE = np.stack([np.sin(np.arange(N) / 7), np.cos(np.arange(N) / 5)], axis=1) + RNG.normal(0, 0.1, (N, 2))
ODD = WAVE[300:].copy()
ODD[60:62] += 3
ODD[110:140, 1] += 2
ODD[150:152, 0] -= 2
ODD[200:204] += RNG.normal(0, 1, (4, 2))
ODD[[165, 166, 300], [0, 1, 1]] = np.nan
ODD[-3:, 0] += 4
TIMES = np.datetime64("2026-03-01T00:00", "m") + 5 * np.arange(len(ODD)).astype("timedelta64[m]")
QUICK = TrainConfig(epochs=3, batch_size=64, learning_rate=5e-3, progress=False)
MOVING = {
    "threshold": Tracking(40, 300.0, step=1.0),
    "tiers": Tiers(Tracking(80, 300.0, step=1.0), Tracking(20, 300.0, step=1.0)),
}
DETECTORS = [
    DeepAnT(window=12, horizon=3, train=QUICK),
    DeepAnT(window=12, horizon=3, fold="max", train=QUICK),
    PCADetector(window=20, n_components=3),
    PCADetector(window=20, n_components=3, fold="mean", **MOVING),
    PCADetector(window=6, n_components=3, fold="median", threshold=Fixed(0.0)),
    KNNDetector(window=9, fold="max"),
    NaiveForecast(threshold=Fixed(0.5)),
    NaiveForecast(**MOVING),
    SeasonalBaseline(period=44, **MOVING),
    MixedDetector(parts=(NaiveForecast(), PCADetector(n_components=3)), window=15),
    MixedDetector(parts=(NaiveForecast(), SeasonalBaseline(period=0)), window=4, memory=150),
]


@pytest.fixture(
    scope="module", params=DETECTORS, ids=lambda model: f"{model.name}-{model.fold}-{model.threshold is not None}"
)
def model(request):
    return request.param.fit(WAVE[:300])


@pytest.fixture(scope="module")
def whole(model):
    return detected(model, Recording(ODD, timestamps=TIMES))


def detected(model, data):
    """Return the events of a recording by the scores that a stream knows: those of the last time steps stay open."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingValuesWarning)
        live = model.live()
        scores = live.decision_function(data)
        scores[len(scores) - live.scorer_.stage().delay :] = np.nan
        return live.detect(data, scores=scores)


def assert_same_events(found, expected):
    assert [places(event) for event in found] == [places(event) for event in expected]
    for one, other in zip(found, expected, strict=True):
        assert one.score == pytest.approx(other.score, rel=1e-5, abs=1e-6)
        assert dict(one.channels) == pytest.approx(dict(other.channels), rel=1e-3, abs=1e-4)


def places(event):
    return event.start, event.end, event.peak, event.known_at, event.severity, event.times()


def streamed(model, pieces, single=False, resumed=False, times=TIMES, event_tier=None):
    """Return the settled events of a stream of pieces, and those that begin to be known."""
    online, settled, begun, at = OnlineDetector(model, event_tier=event_tier), [], [], 0
    for piece in pieces:
        clock = times[at : at + len(piece)]
        at += len(piece)
        for values, when in zip(piece, clock, strict=True) if single else [(piece, clock)]:
            known = online.known_at
            if single:
                online.score_one(values, when)
            else:
                online.update(Recording(values, timestamps=when) if len(values) else values)
            settled += online.settled
            if online.known_at not in (known, None):
                begun.append(online.open_event)
            if resumed:
                online = OnlineDetector(model).restore(online.arrays())
    return settled + online.finish(), begun


@settings(max_examples=8)
@given(cuts=st.lists(st.integers(0, len(ODD)), max_size=12), resumed=st.booleans())
def test_the_events_of_a_stream_are_those_of_the_recording(model, whole, cuts, resumed):
    assert_same_events(streamed(model, np.split(ODD, sorted(cuts)), resumed=resumed)[0], whole)


@pytest.mark.parametrize("single", [False, True])
def test_scores_at_watch_make_events_where_that_is_asked_for(single):
    model = PCADetector(window=20, n_components=3).fit(WAVE[:300])
    watch, alarm = (Fixed(value) for value in model.live().tiers_.values_)
    assert watch.value < alarm.value == model.live().threshold_.value_
    settled, _ = streamed(model, [ODD], single=single, event_tier=Severity.WATCH)
    watched = detected(model.set_threshold(watch, Tiers(watch, alarm)), Recording(ODD, timestamps=TIMES))
    assert {event.severity for event in watched} == {Severity.WATCH, Severity.ALARM}
    assert_same_events(settled, watched)


def test_point_by_point_each_event_is_known_when_its_first_score_is(model, whole):
    settled, begun = streamed(model, [ODD], single=True, resumed=True)
    assert len(whole) >= 1
    assert_same_events(settled, whole)
    for event in begun:
        assert event.start < event.end <= event.known_at + 1
    # What is joined because it overlaps began more than once.
    assert {event.known_at for event in whole} <= {event.known_at for event in begun}


@settings(max_examples=40)
@given(
    marks=st.lists(st.tuples(st.integers(0, 399), st.integers(1, 60), st.floats(-9, 9)), max_size=9),
    cuts=st.lists(st.integers(0, 400), max_size=4),
    gaps=st.lists(st.integers(0, 399), max_size=2),
)
@pytest.mark.parametrize("fold", ["last", "mean"])
def test_any_anomalies(plain, fold, marks, cuts, gaps):
    values = WAVE[:400, :1].copy()
    for start, length, height in marks:
        values[start : start + length] += height
    values[gaps] = np.nan
    found, _ = streamed(plain[fold], np.split(values, sorted(cuts)))
    expected = detected(plain[fold], Recording(values, timestamps=TIMES[:400]))
    assert_same_events(found, expected)


@pytest.fixture(scope="module")
def plain():
    return {
        fold: PCADetector(window=7, n_components=2, fold=fold, threshold=Fixed(1.0)).fit(WAVE[300:, 0])
        for fold in ("last", "mean")
    }


class Graded:
    """Gives scores the severities that it was made with."""

    def __init__(self, severities):
        self.severities = severities

    def predict(self, scores):
        return self.severities


@pytest.fixture(scope="module")
def spiky():
    """Return models of three kinds of delay, and a recording in which any window may be the odd one."""
    values = np.random.default_rng(5).normal(size=(420, 1)) ** 3
    settings = [(2, "last"), (2, "mean"), (7, "last"), (7, "max")]
    return {key: PCADetector(window=key[0], n_components=1, fold=key[1]).fit(values) for key in settings}, values


@settings(max_examples=60)
@given(
    key=st.sampled_from([(2, "last"), (2, "mean"), (7, "last"), (7, "max")]),
    seed=st.integers(0, 10**6),
    toggles=st.lists(st.integers(1, 40), min_size=1, max_size=60),
    holes=st.floats(0, 0.6),
    cuts=st.lists(st.integers(0, 420), max_size=6),
    share=st.sampled_from([1.0, 1.0, 0.5, 0.2]),
)
def test_whatever_is_flagged_becomes_the_same_events(spiky, key, seed, toggles, holes, cuts, share):
    model, values, random = spiky[0][key], spiky[1], np.random.default_rng(seed)
    n, delay = len(values), OnlineDetector(model).delay
    scores, severities = random.exponential(size=n), random.integers(0, 3, n)
    flags = np.concatenate([np.full(length, i % 2) for i, length in enumerate(toggles)])
    flags = np.resize(flags, n) * (random.random(n) >= holes)
    flags[: key[0] - 1] = flags[n - delay :] = 0
    viewed = model.scorer_.read(values)
    gap = max(delay, round(share * key[0]))
    expected = model._events(
        viewed, Found(flags, scores, Graded(severities), model.channels_, range(delay + 1), merge_gap=gap)
    )
    # In a stream, each is known with a delay.
    late = [np.append(np.zeros(delay, found.dtype), found[: n - delay]) for found in (scores, flags, severities)]
    stream, found, at = OnlineEvents(model.scorer_, model.channels_, key[0], range(delay + 1), gap), [], 0
    padded = np.concatenate([np.full((key[0] + delay, 1), np.nan), values])
    for end in [*sorted(cuts), n]:
        stream.push(padded[at : end + key[0] + delay], *(of[at:end] for of in late))
        found, at, arrays = found + stream.settled, end, stream.arrays()
        stream = OnlineEvents(model.scorer_, model.channels_, key[0], range(delay + 1), gap)
        restore_part(stream, arrays)
    assert_same_events(found + stream.finish(padded[n:]), expected)


def long_event(window):
    """Return values of which all but the first are off, and more so in the middle."""
    values = 5 + WAVE[np.arange(3 * LONGEST * window) % N, 0]
    values[:window] -= 5
    values[len(values) // 2 :][:9] += 30
    return values


@pytest.mark.parametrize("fold", ["last", "mean"])
def test_an_event_of_any_length_is_one_and_takes_little_memory(fold):
    model = PCADetector(window=8, n_components=2, fold=fold, threshold=Fixed(0.05)).fit(WAVE[:300, 0])
    values = long_event(8)
    (expected,) = detected(model, values)
    assert expected.end - expected.start > 0.8 * len(values)
    assert abs(expected.peak - len(values) // 2) < 2 * 8
    online, settled = OnlineDetector(model), []
    for piece in np.split(values, range(100, len(values), 100)):
        online.update(Recording(piece, timestamps=TIMES[: len(piece)]))
        settled += online.settled
        assert sum(array.nbytes for array in online.arrays().values()) < 4 * 8 * (LONGEST + 4) * 8
        online = OnlineDetector(model).restore(online.arrays())
    assert not settled
    assert online.open_event.known_at == expected.known_at
    (found,) = online.finish()
    assert places(found)[:5] == places(expected)[:5]


def test_an_event_is_settled_a_window_after_its_last_flag():
    online = OnlineDetector(NaiveForecast(scaling="none", threshold=Fixed(3.0)).fit(WAVE[:, 0]))
    assert online.open_event is None
    online.update([0.0, 0.0, 5.0])
    begun = online.open_event
    assert (begun.known_at, begun.score, begun.severity) == (2, 5.0, Severity.ALARM)
    assert (begun.start, begun.end, begun.peak) == (2, 3, 2)
    states = []
    for value in (5.0, 5.0, 5.0):
        online.score_one(value)
        states.append((online.open_event is None, online.settled))
    # A window has two time steps here.
    assert states == [(False, []), (False, []), (True, [begun])]
    assert online.finish() == []
    online.score_one(9.0)
    assert online.settled == []
    assert [event.known_at for event in online.finish()] == [6]
    assert online.open_event is None
    assert online.reset().open_event is None


def test_times_are_those_that_are_known():
    online = OnlineDetector(NaiveForecast(scaling="none", threshold=Fixed(3.0)).fit(WAVE[:, 0]))
    online.update([0.0, 9.0])
    assert online.open_event.peak_time is None
    online.score_one(0.0, TIMES[2])
    online.score_one(0.0)
    (event,) = online.finish()
    assert event.times() == {"start_time": None, "end_time": TIMES[2], "peak_time": None}


def test_times_keep_their_zone(tmp_path):
    index = pd.date_range("2024-10-26", periods=160, freq="15min", tz="Europe/Berlin")
    whole = Recording(ODD[:160, 0], timestamps=index)
    detector = PCADetector(window=20, n_components=3, fold="last").fit(WAVE[:300, 0])
    at_once, stopped = OnlineDetector(detector), OnlineDetector(detector)
    stopped.update(whole[:62])
    resumed = OnlineDetector(detector).load_state(stopped.save_state(tmp_path / "state"))
    at_once.update(whole)
    resumed.update(whole[62:])
    expected = [event.times() for event in detector.detect(whole)]
    for online in (at_once, resumed):
        found = [event.times() for event in [*online.settled, *online.finish()]]
        assert found == expected
        assert {time.tz.key for times in found for time in times.values()} == {"Europe/Berlin"}


@pytest.fixture(scope="module")
def opened(plain):
    """Return a stream with an open event."""
    online = OnlineDetector(plain["mean"])
    values = WAVE[300:360, 0].copy()
    values[40::2] += 5
    online.update(Recording(values, timestamps=TIMES[:60]))
    assert online.open_event is not None
    return online


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("run", lambda run: run[:3]),
        ("run", lambda run: run.astype(float)),
        ("run", lambda run: np.add(run, [0, 30, 0, 0, 0])),
        ("run", lambda run: np.add(run, [9, 0, 0, 0, 0])),
        ("run", lambda run: np.add(run, [0, 0, 9, 0, 0])),
        ("run", lambda run: np.add(run, [0, 0, 0, 3, 0])),
        ("run", lambda run: run - [100, 100, 100, 0, 0]),
        ("levels", lambda levels: levels * np.nan),
        ("levels", lambda levels: levels[:2]),
        ("sums", lambda sums: -sums),
        ("sums", lambda sums: sums * np.nan),
        ("sums", lambda sums: sums[:-1]),
        ("times", lambda times: np.append(times, times)),
        ("times", lambda times: times.astype(float)),
        ("n_seen", lambda n_seen: n_seen + 1),
        ("placed", lambda placed: placed[1:]),
        ("placed", lambda placed: as_bytes('{"earlier": null, "pending": [], "clock": "O"}')),
        ("placed", lambda placed: as_bytes('{"earlier": null, "pending": [{}], "clock": "datetime64[s]"}')),
        ("placed", lambda placed: as_bytes('{"earlier": 1, "pending": [], "clock": "datetime64[s]"}')),
        ("placed", lambda placed: as_bytes("[]")),
        ("placed", lambda placed: None),
    ],
)
def test_a_damaged_open_event_is_refused(opened, name, change):
    whole = opened.arrays()
    changed = {**whole, f"events.{name}": change(whole[f"events.{name}"])}
    with pytest.raises(ModelError, match="damaged"):
        opened.restore({key: array for key, array in changed.items() if array is not None})
    for key, array in opened.arrays().items():
        np.testing.assert_array_equal(array, whole[key])


def as_bytes(text):
    return np.frombuffer(text.encode(), dtype=np.uint8)
