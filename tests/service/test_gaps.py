"""Points that do not come: filled as missing in streams with a regular step, as in recordings on an even grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import offbeat
from offbeat.service import placing
from offbeat.service.gaps import KEPT, missing_steps
from offbeat.service.points import MICRO, Point
from offbeat.service.service import Service
from pushing import NAMES, START, crashed_copy, fates, noisy_wave, points_of, pushed, scores_of


def without(points, *gaps):
    return [point for step, point in enumerate(points) if not any(step in gap for gap in gaps)]


def batch_scores(detector, points):
    """The scores of the whole recording, on its even grid."""
    times = np.array([point.time for point in points]).view("datetime64[us]")
    values = np.array([point.values for point in points])
    recording = offbeat.Recording(values, timestamps=times, channels=NAMES[:1]).regular(fill="nan")
    with offbeat.errors.ignoring(offbeat.errors.MissingValuesWarning):
        return recording, detector.live().decision_function(recording)


@pytest.mark.parametrize("sizes", [[1000], [7, 1, 60, 3]], ids=["at once", "in pieces"])
def test_short_gaps_are_scored_as_on_the_even_grid_of_the_batch(service, detector, sizes):
    points = without(points_of("s", noisy_wave(400, 1)), [60], range(200, 205), range(300, 312))
    left = list(points)
    while left:
        size = sizes[len(left) % len(sizes)]
        assert set(fates(pushed(service, left[:size]))) == {"new"}
        left = left[size:]
    recording, expected = batch_scores(detector, points)
    found = service.reader.series(None, "s", n=1000)
    assert found["time"] == [f"{np.datetime64(each, 's')}Z" for each in recording.timestamps]
    np.testing.assert_allclose(np.array(found["score"], dtype=float), expected, rtol=1e-6)
    assert found["mean"][0][60] is None


def test_after_a_long_gap_a_stream_begins_anew(service, detector):
    values, span = noisy_wave(600, 1), detector.n_times_
    points = without(points_of("s", values), range(100, 500))
    results = pushed(service, points)
    expected = detector.live().decision_function(offbeat.Recording(values[500:], channels=NAMES[:1]))
    np.testing.assert_allclose(scores_of(results)[100:], expected, rtol=1e-6)
    assert [result.status for result in results[100 : 100 + span]] == ["unscored"] * (span - 1) + ["scored"]
    assert service.reader.stream(None, "s")["n_points"] == 200 + span


def test_points_of_a_gap_that_come_later_are_late_and_what_is_stored_survives_a_restart(service, tmp_path):
    points = points_of("s", noisy_wave(300, 1))
    pushed(service, without(points[:250], [200, 201]))
    assert [result.status for result in pushed(service, points[199:203])] == ["repeated", "late", "late", "repeated"]
    before = service.reader.series(None, "s")
    left = crashed_copy(service.database.path, tmp_path / "left")
    with Service(service.models.folder, left).running() as again:
        assert again.reader.series(None, "s") == before
        results = pushed(again, without(points[250:], [10]))
        assert again.reader.stream(None, "s")["n_points"] == 300
    np.testing.assert_array_equal(scores_of(results), scores_of(pushed(service, without(points[250:], [10]))))


def test_an_irregular_stream_and_one_by_numbers_have_no_gaps(service):
    rng = np.random.default_rng(0)
    places = np.cumsum(rng.integers(1, 100, 60)) + START
    assert len(pushed(service, [Point("s", 1.0, int(place) * MICRO) for place in places])) == 60
    pushed(service, [Point("n", 1.0, seq=number) for number in (*range(20), 40)])
    assert service.reader.stream(None, "s")["n_points"] == 60
    assert service.reader.stream(None, "n")["n_points"] == 21


def test_no_more_is_filled_in_one_commit_than_there_is_room_for(service, monkeypatch):
    monkeypatch.setattr(placing, "_MOST_FILLED", 15)
    points = [without(points_of(key, np.ones((60, 1))), range(20, 30)) for key in ("a", "b")]
    pushed(service, [*points[0], *points[1]])
    assert sorted(each["n_points"] for each in service.reader.streams()) == [55, 60]


@given(
    st.integers(1, 10**10),
    st.lists(st.floats(0.8, 1.2), min_size=KEPT, max_size=KEPT),
    st.integers(0, 50),
    st.floats(-0.4, 0.4),
)
def test_missing_steps_are_counted_by_the_nearest_step(usual, jitter, n_missing, off):
    steps = sorted(max(1, round(each * usual)) for each in jitter)
    steps[KEPT // 2] = usual
    found, step = missing_steps(steps, round(usual * (n_missing + 1 + off)))
    if usual > 100 and sorted(steps)[KEPT // 2] == usual:
        assert (found, step) == (n_missing if n_missing + 1 + off >= 1.5 else 0, usual)


def test_the_metrics_count_missing_points(service):
    pushed(service, without(points_of("s", np.ones((60, 1))), range(20, 25)))
    assert 'offbeat_missing_points_total{model="pca"} 5.0' in service.metrics.text().decode()


def irregular(n, seed, gaps):
    """A recording with some missing rows, as it is read by default: rows follow each other."""
    steps = np.where(np.random.default_rng(seed).random(n) < gaps, 4, 1)
    times = (START + np.cumsum(steps)).astype("datetime64[s]")
    return offbeat.Recording(noisy_wave(n, seed), timestamps=times, channels=NAMES[:1])


def points_at(recording, key):
    """Its rows as points of a stream."""
    places = recording.timestamps.astype("datetime64[us]").astype(np.int64).tolist()
    return [Point(key, value, place) for value, place in zip(recording.values[:, 0].tolist(), places, strict=True)]


@pytest.mark.parametrize("size", [400, 1])
def test_a_model_that_learned_across_gaps_scores_a_stream_as_the_recording(tmp_path, size):
    # Few enough gaps that a stream looks regular now and then, which is when missing points would be filled.
    learned, rest = irregular(600, 0, 0.1), irregular(400, 1, 0.1)
    detector = offbeat.PCADetector(window=12, threshold=offbeat.Quantile(0.2)).fit(learned)
    with Service(detector.save(tmp_path / "pca"), tmp_path / "data.db").running() as service:
        points = points_at(rest, "s")
        results = [each for first in range(0, 400, size) for each in pushed(service, points[first : first + size])]
        live = detector.live()
        np.testing.assert_allclose(scores_of(results), live.decision_function(rest), rtol=1e-6)
        assert sum(result.status == "unscored" for result in results) == 11
        expected = live.detect(rest)
        assert len(service.reader.events()) == len(expected) > 2
        assert service.reader.stream(None, "s")["unscored"] == 0


def test_points_without_a_score_are_counted_once_there_was_one(service):
    regular = points_of("a", noisy_wave(300, 1))
    pushed(service, [*regular, *points_at(irregular(600, 2, 0.1), "b")])
    shares = {each["key"]: each["unscored"] for each in service.reader.streams()}
    assert shares["a"] == 0
    assert 0.3 < shares["b"] < 1
    assert service.reader.sparse([(None, "a"), (None, "b")]) == [{"model": "pca", "key": "b", "unscored": shares["b"]}]
    assert 'offbeat_sparse_streams{model="pca"} 1.0' in service.metrics.text().decode()


def test_gaps_that_a_model_learned_across_are_saved_with_it(tmp_path):
    gappy, even = irregular(600, 0, 0.1), irregular(600, 0, 0.0)
    outage = offbeat.Recording(even.values[:500], timestamps=np.delete(even.timestamps, np.s_[300:400]))
    for recording, expected in ((gappy, True), (even, False), (even[:300], False), (outage, False)):
        detector = offbeat.PCADetector(window=12).fit(recording)
        assert detector.spans_gaps_ is offbeat.load(detector.save(tmp_path / "model")).spans_gaps_ is expected
    with pytest.warns(offbeat.errors.MissingValuesWarning):
        assert not offbeat.PCADetector(window=12).fit(gappy.regular(fill="nan")).spans_gaps_
