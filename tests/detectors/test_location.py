import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat import Fixed, KNNDetector, NaiveForecast, PCADetector, SeasonalBaseline
from offbeat.detectors.scoring.location import Blame, Flagged, apart, smallest_stretch, within
from offbeat.events import Event
from offbeat.events.runs import Runs
from offbeat.events.severity import Severity

WINDOW, SPIKE, SHIFT = 48, (700, 702), (1300, 1345)


def wave(n, seed):
    return np.sin(np.arange(n) * 2 * np.pi / 96) + 0.05 * np.random.default_rng(seed).normal(size=n)


def with_anomalies(values):
    values = values.copy()
    values[slice(*SPIKE)] += 3
    values[slice(*SHIFT)] += 2
    return values


@pytest.fixture(scope="module", params=[PCADetector, KNNDetector])
def detector(request):
    return request.param(window=WINDOW).fit(wave(2000, 0))


@pytest.fixture(scope="module")
def recording():
    return with_anomalies(wave(2000, 1))


def overlap(event, planted):
    """Return intersection over union."""
    inside = min(event.end, planted[1]) - max(event.start, planted[0])
    return max(0, inside) / (max(event.end, planted[1]) - min(event.start, planted[0]))


def test_events_lie_where_the_anomalies_are(detector, recording):
    spike, shift = detector.detect(recording)
    assert overlap(spike, SPIKE) >= 0.6
    assert overlap(shift, SHIFT) >= 0.6
    assert SPIKE[0] <= spike.peak < SPIKE[1]


def test_an_event_says_from_when_on_it_was_known(detector, recording):
    """When the last window is complete that the score of its first flagged time step comes from."""
    flagged = np.flatnonzero(detector.predict(recording))
    spike, shift = detector.detect(recording)
    assert spike.known_at == flagged[0] + WINDOW - 1
    assert shift.known_at == flagged[flagged > spike.known_at + WINDOW][0] + WINDOW - 1
    known = detector.decision_function(recording[: spike.known_at + 1])[flagged[0]]
    assert known == pytest.approx(detector.decision_function(recording)[flagged[0]], rel=1e-9)


def test_a_stream_knows_of_an_event_at_once(detector, recording):
    live = detector.live()
    spike, _ = live.detect(recording)
    assert spike.known_at == np.flatnonzero(live.predict(recording))[0] == SPIKE[0]
    assert overlap(spike, SPIKE) >= 0.6


def test_at_the_end_an_event_is_known_when_the_recording_ends(detector, recording):
    (spike,) = detector.detect(recording[: SPIKE[0] + 1])
    assert spike.known_at == SPIKE[0] == spike.end - 1


def test_score_and_severity_are_those_of_the_flagged_windows(detector, recording):
    scores = detector.decision_function(recording)
    spike, _ = detector.detect(recording)
    assert spike.score == scores[SPIKE[0] : SPIKE[1] + WINDOW].max()
    assert spike.severity == Severity.ALARM


def test_where_an_event_lies_depends_on_nothing_far_from_it(detector, recording):
    spike, shift = detector.detect(recording)
    assert detector.detect(recording[:1100]) == [spike]
    (later,) = detector.detect(recording[1100:])
    assert (later.start, later.end, later.peak) == (shift.start - 1100, shift.end - 1100, shift.peak - 1100)


def test_scores_at_hand_are_not_computed_again(detector, recording):
    scores = detector.decision_function(recording)
    assert detector.detect(recording, scores=scores) == detector.detect(recording)
    assert detector.detect(recording, scores=np.zeros(len(recording))) == []


def test_nothing_before_the_start_is_in_an_event(detector, recording):
    assert [event.start >= 1000 for event in detector.detect(recording, start=1000)] == [True]
    inside = SHIFT[0] + 10
    (cut,) = detector.detect(recording, start=inside)
    assert cut.start >= inside
    assert cut.known_at == inside + WINDOW - 1


def test_times_are_those_of_where_it_lies(detector, recording):
    import pandas as pd

    frame = pd.DataFrame({"load": recording}, pd.date_range("2026-01-01", periods=len(recording), freq="5min"))
    for event in detector.detect(frame):
        times = frame.index.to_numpy()
        assert event.start_time == times[event.start]
        assert event.end_time == times[event.end - 1]
        assert event.peak_time == times[event.peak]


@pytest.mark.parametrize("fold", ["mean", "max", "median"])
def test_folded_scores_are_known_a_window_later(fold, recording):
    detector = PCADetector(window=WINDOW, fold=fold).fit(wave(2000, 0))
    first = np.flatnonzero(detector.predict(recording))[0]
    event = detector.detect(recording)[0]
    assert event.known_at == first + WINDOW - 1
    assert overlap(event, SPIKE) > 0.5


@pytest.mark.parametrize("detector", [NaiveForecast(), SeasonalBaseline(period=96, seasons=2)], ids=["naive", "season"])
def test_forecasts_blame_what_they_forecast(detector):
    recording = wave(2000, 1)
    recording[700] += 5
    events = detector.fit(wave(2000, 0)).set_threshold(Fixed(2.0)).detect(recording)
    assert events[0].start == events[0].known_at == 700
    assert events[0].peak in (700, 701)


def test_close_events_are_joined_where_they_meet(detector, recording):
    """Runs of flagged windows that a gap keeps apart may have one cause."""
    scores = detector.decision_function(recording)
    scores[SPIKE[0] + 1] = 0.0
    assert len(detector.detect(recording, merge_gap=0, scores=scores)) == 2


# The pieces


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.floats(0.05, 1.0))
def test_no_shorter_stretch_holds_as_much(mass, share):
    mass = np.array(mass, dtype=float)
    start, end = smallest_stretch(mass, share)
    even = mass if mass.any() else np.ones(len(mass))
    need = share * even.sum() * (1 - 1e-6)
    assert even[start:end].sum() >= need
    shorter = end - start - 1
    assert all(even[at : at + shorter].sum() < share * even.sum() for at in range(len(mass) - shorter + 1))


@given(st.lists(st.booleans(), max_size=30), st.integers(0, 5), st.integers(0, 5))
def test_within_looks_at_each_step(marked, before, after):
    slow = [any(marked[max(0, t - after) : t + before + 1]) for t in range(len(marked))]
    assert within(np.array(marked, dtype=bool), before, after).tolist() == slow


def test_without_an_explanation_an_event_lies_in_the_middle():
    blame = Blame(Runs(np.array([20]), np.array([31])), span=11)
    ends = np.arange(20, 31)
    blame.add(ends, np.full((len(ends), 1, 11), 1 / 11))
    (start, end, peak) = blame.stretches(np.ones(40), 11)[0]
    assert start + end - 1 == 2 * 20  # windows that end from 20 to 30 cover 10 to 30
    assert peak == 20


@pytest.mark.parametrize("after", [range(1), range(5, 6), range(11)])
def test_what_is_flagged_for_long_is_not_cut_short(after):
    runs, span = Runs(np.array([100]), np.array([400])), 11
    blame, ends = Blame(runs, span=span, after=after), np.arange(100 + after.start, 399 + after.stop)
    shares = np.zeros((len(ends), 1, span))
    shares[:, :, -1 - after.start] = 1.0
    blame.add(ends, shares)
    start, end, _ = blame.stretches(np.ones(420), span)[0]
    low, high = Flagged(100, np.ones(300), span, after).certain
    assert 100 <= start <= low
    assert high <= end <= 400


def test_batches_do_not_matter():
    shares = np.random.default_rng(0).random((40, 2, 11))
    ends = np.arange(20, 60)
    whole, parts = (Blame(Runs(np.array([20]), np.array([60])), span=11) for _ in range(2))
    whole.add(ends, shares)
    for at in range(0, 40, 7):
        parts.add(ends[at : at + 7], shares[at : at + 7])
    assert whole.stretches(np.ones(60), 11) == parts.stretches(np.ones(60), 11)


def test_joined_events_keep_the_worst_of_both():
    low = Event(4, 6, 5, 1.0, Severity.ALARM, known_at=8)
    high = Event(5, 9, 7, 2.0, Severity.WATCH, (("a", 1.0),), known_at=9)
    far = Event(20, 21, 20, 0.5, known_at=22)
    assert apart([far, high, low]) == [Event(4, 9, 7, 2.0, Severity.ALARM, (("a", 1.0),), known_at=8), far]


# A lower threshold


def test_a_lower_threshold_loses_no_incident():
    """It makes one event of a long incident and a small one after it, which both are then in."""
    detector, values = PCADetector(window=WINDOW, fold="mean").fit(wave(2000, 0)), wave(2000, 1)
    values[700:760] += 4
    values[880:882] += 1
    scores = detector.decision_function(values)
    apart, joined = (
        detector.set_threshold(Fixed(share * scores[880:882].max())).detect(values, scores=scores)
        for share in (0.8, 0.3)
    )
    assert len(apart) == 2
    assert len(joined) == 1
    assert joined[0].start <= apart[0].start
    assert joined[0].end >= apart[1].end
    assert joined[0].peak == apart[0].peak


@given(
    thresholds=st.tuples(st.floats(0.5, 1), st.floats(0.5, 1)),
    span=st.integers(2, 12),
    later=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_every_peak_above_a_threshold_is_near_an_event_of_a_lower_one(thresholds, span, later, seed):
    random, after = np.random.default_rng(seed), range(span) if later else range(1)
    scores, shares = random.random(200) ** random.uniform(0.5, 6), random.random((200, 1, span)) ** 4
    scores[:span] = scores[-span:] = 0
    low, high = sorted(thresholds)
    lower, higher = (placed(scores, threshold, shares, span, after) for threshold in (low, high))
    for run, _ in higher:
        at = int(np.argmax(np.where(run, scores, -1)))
        about = range(at + after.start + 1 - span, at + after.stop)
        assert any(start < about.stop and about.start < end for _, (start, end, _) in lower)


def placed(scores, threshold, shares, span, after):
    """Return the runs above a threshold as masks, and where each is placed."""
    runs = Runs.of_mask(scores > threshold).joined(span)
    if not len(runs):
        return []
    blame = Blame(runs, span=span, after=after)
    blame.add(np.arange(span - 1, len(scores)), shares[span - 1 :])
    steps = np.arange(len(scores))
    masks = [(steps >= start) & (steps < end) for start, end in runs.pairs()]
    return list(zip(masks, blame.stretches(scores, span), strict=True))
