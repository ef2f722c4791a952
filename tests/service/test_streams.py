"""Streams of a service: scored as the whole recording is, each point once, through stops and changes of models."""

import sqlite3
import time
from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest

import offbeat
from offbeat.errors import ModelError
from offbeat.service import served as served_models
from offbeat.service.engine import NotStoredError, QueueFullError
from offbeat.service.models import Reloaded
from offbeat.service.points import MICRO, Point, Push
from offbeat.service.served import Served, UnknownModelError
from offbeat.service.service import Service, ServiceOptions
from offbeat.service.writing import CHUNK
from pushing import START, crashed_copy, fates, fitted, noisy_wave, points_of, pushed, recording_of, scores_of

KEYS = ["web1", "web2", "db"]


def shuffled_pieces(streams, seed):
    """Points of several streams, mixed, in pushes of all sizes; those of a stream in order."""
    rng, left = np.random.default_rng(seed), {key: list(points) for key, points in streams.items()}
    pushes = []
    while any(left.values()):
        push = []
        for points in left.values():
            n = int(rng.choice([0, 1, 2, 7, 40, 300]))
            push += points[:n]
            del points[:n]
        order = rng.permutation(len(push))
        by_key = {key: iter([point for point in push if point.key == key]) for key in streams}
        pushes.append([next(by_key[push[index].key]) for index in order])
    return [push for push in pushes if push]


def received(service, pushes):
    """The scores of each stream, by what was answered."""
    found = {}
    for push in pushes:
        results = pushed(service, push)
        assert set(fates(results)) == {"new"}
        for point, result in zip(push, results, strict=True):
            found.setdefault(point.key, []).append(result.score)
    return {key: np.array(scores) for key, scores in found.items()}


@pytest.mark.parametrize("settings", [{}, {"fold": "mean"}, {"n_channels": 3}], ids=["last", "mean", "channels"])
def test_scores_and_events_are_those_of_the_whole_however_points_are_pushed(settings, tmp_path):
    detector = fitted(**settings)
    n_channels = settings.get("n_channels", 1)
    values = {key: noisy_wave(420 + 50 * number, number, n_channels) for number, key in enumerate(KEYS)}
    values["db"][100:103] = np.nan
    pushes = shuffled_pieces({key: points_of(key, of_key) for key, of_key in values.items()}, seed=1)
    live = detector.live()
    delay = offbeat.OnlineDetector(detector).delay
    with Service(detector.save(tmp_path / "model"), tmp_path / "data.db").running() as service:
        found = received(service, pushes)
        for key, of_key in values.items():
            recording = recording_of(of_key)
            with offbeat.errors.ignoring(offbeat.errors.MissingValuesWarning):
                expected = live.decision_function(recording)
                events = live.detect(recording)
            np.testing.assert_allclose(found[key][delay:], expected[: len(expected) - delay], rtol=1e-5)
            stored = service.reader.series(None, key, n=10_000)
            np.testing.assert_allclose(
                np.array(stored["score"], dtype=float)[: len(expected) - delay], found[key][delay:], rtol=1e-12
            )
            closed = service.reader.events(key=key, status="closed")[::-1]
            placed = [(f"{event.start_time}Z", f"{event.end_time}Z", len(event)) for event in events]
            assert [(each["start_time"], each["end_time"], each["n_points"]) for each in closed] == placed[
                : len(closed)
            ]
            assert len(closed) >= len(events) - 1


def test_a_killed_service_goes_on_as_if_nothing_had_happened(model_folder, detector, tmp_path):
    values = {key: noisy_wave(3 * CHUNK, seed) for seed, key in enumerate(KEYS)}
    data = tmp_path / "data.db"
    pushes = [
        [point for key in KEYS for point in points_of(key, values[key][step : step + 5], step)]
        for step in range(0, 3 * CHUNK, 5)
    ]
    found = {key: [] for key in KEYS}
    half = len(pushes) // 2
    for number, part in enumerate((pushes[:half], pushes[half:])):
        with Service(model_folder, data).running() as service:
            for key, scores in received(service, part).items():
                found[key] += scores.tolist()
            if number == 0:
                # The first service goes on to its end, but what is read is what a kill would have left of it.
                left = crashed_copy(data, tmp_path / "left")
                opened = len(service.reader.events())
        data = left
    for key in KEYS:
        expected = detector.live().decision_function(recording_of(values[key]))
        np.testing.assert_allclose(found[key], expected, rtol=1e-5)
    assert opened


def test_a_point_that_is_sent_again_is_answered_as_the_first_time(service):
    values = noisy_wave(2 * CHUNK + 20, 0)
    first = pushed(service, points_of("web1", values))
    again = pushed(service, points_of("web1", values))
    assert {result.status for result in again} == {"repeated"}
    np.testing.assert_array_equal(scores_of(again), scores_of(first))
    assert service.reader.stream(None, "web1")["n_points"] == len(values)
    within = pushed(service, 2 * points_of("web2", values[:3]))
    assert fates(within) == 3 * ["new"] + 3 * ["repeated"]


def test_late_points_are_named_and_change_nothing(service):
    values = noisy_wave(60, 0)
    pushed(service, points_of("web1", values[:30]))
    late = pushed(service, [Point("web1", 9.0, (START + 5) * MICRO + 1), Point("web1", 9.0, (START - 1) * MICRO)])
    assert [result.status for result in late] == ["late", "late"]
    assert "2026-02-25T" in late[0].message
    rest = pushed(service, points_of("web1", values[30:], 30))
    other = pushed(service, points_of("web2", values))
    np.testing.assert_allclose(scores_of(rest), scores_of(other)[30:], rtol=1e-6)


def test_a_time_far_ahead_is_refused_and_the_stream_goes_on(service):
    pushed(service, points_of("web1", noisy_wave(10, 1)))
    ahead = int(time.time() + 2 * 86_400) * MICRO
    (found,) = pushed(service, [Point("web1", 9.0, ahead)])
    assert found.status == "refused"
    assert "a day ahead" in found.message
    (after,) = pushed(service, points_of("web1", np.ones((1, 1)), 10))
    assert fates([after]) == ["new"]


def test_a_point_between_two_chunks_is_late_and_those_around_it_are_repeated(service):
    for first in (0, 3 * CHUNK, 6 * CHUNK):
        for start in (first, first + CHUNK):
            pushed(service, [Point("s", 1.0, seq=number) for number in range(start, start + CHUNK)])
    chunks = service.database.read("SELECT first_at, last_at FROM chunks ORDER BY first_at")
    gap = next(before["last_at"] for before, after in pairwise(chunks) if after["first_at"] > before["last_at"] + 1)
    sent = [Point("s", 1.0, seq=at) for at in (chunks[0]["first_at"] - 1, chunks[0]["first_at"], gap, gap + 1)]
    assert [result.status for result in pushed(service, sent)] == ["late", "repeated", "repeated", "late"]


def test_points_may_be_numbered_in_place_of_times(service):
    numbered = [Point("s", 1.0, seq=number) for number in (1, 2, 2, 5, 3)]
    assert fates(pushed(service, numbered)) == ["new", "new", "repeated", "new", "late"]
    timed = pushed(service, points_of("s", np.ones((1, 1))))
    assert timed[0].status == "refused"
    assert "seq" in timed[0].message


def test_the_time_of_a_numbered_point_may_be_the_first_of_all(service):
    pushed(service, [Point("s", 1.0, time=0, seq=7)])
    assert service.reader.stream(None, "s")["time"] == "1970-01-01T00:00:00Z"


def test_points_without_a_time_get_that_of_their_arrival(service):
    assert fates(pushed(service, 3 * [Point("s", 1.0)])) == 3 * ["new"]
    assert service.reader.stream(None, "s")["n_points"] == 3


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ([1.0, 2.0], "1 value"),
        ({"b": 1.0}, "'a'"),
        ({"a": 1.0, "b": 2.0}, "2"),
        (float("inf"), "finite"),
        (1e300, "1e+300"),
    ],
)
def test_points_that_do_not_fit_are_refused_alone(service, values, word):
    refused, other = pushed(service, [Point("s", values, START * MICRO), Point("s", {"a": None}, START * MICRO)])
    assert fates([refused, other]) == ["refused", "new"]
    assert word in refused.message


@pytest.mark.parametrize(
    ("point", "word"),
    [
        (Point("\ud800", 1.0, START * MICRO), "whole"),
        (Point("", 1.0, START * MICRO), "1 to 200"),
        (Point("k" * 201, 1.0, START * MICRO), "201"),
        (Point("s", 1.0, 2**63), "years"),
        (Point("s", 1.0, -(10**400)), "years"),
        (Point("s", 1.0, 2**63, seq=1), "years"),
        (Point("s", 1.0, seq=2**63), "seq"),
        (Point("s", 1.0, seq=-(10**400)), "seq"),
    ],
)
def test_points_that_cannot_be_stored_are_refused_wherever_they_come_from(service, point, word):
    good = points_of("good", np.ones((1, 1)))
    answer = service.engine.submit(Push([point, *good], "source", "1")).answer.result(timeout=60)
    assert fates(answer.results) == ["refused", "new"]
    assert word in answer.results[0].message


def test_what_cannot_be_written_is_not_answered_and_can_be_sent_again(service):
    values = noisy_wave(200, 3)
    first = pushed(service, points_of("web1", values[:50]))
    writer = service.database.writer
    writer.execute("CREATE TRIGGER full BEFORE INSERT ON log BEGIN SELECT RAISE(FAIL, 'the disk is full'); END")
    with pytest.raises(NotStoredError, match="full"):
        pushed(service, points_of("web1", values[50:90], 50) + points_of("new", values[:5]))
    assert not service.engine.is_running
    writer.execute("DROP TRIGGER full")
    rest = pushed(service, points_of("web1", values[50:], 50))
    assert service.engine.is_running
    assert {result.status for result in rest} == {"scored"}
    expected = pushed(service, points_of("web2", values))
    np.testing.assert_allclose([*scores_of(first), *scores_of(rest)], scores_of(expected), rtol=1e-6)


def test_a_push_that_cannot_be_scored_fails_alone(service):
    before = pushed(service, points_of("good", noisy_wave(30, 0)[:20]))
    # What is no number is kept out by whatever reads points: here it stands for an error that nobody foresaw.
    bad = Point("bad", ["none"], seq=1)
    with pytest.raises(NotStoredError):
        pushed(service, [bad])
    waiting = [service.engine.submit(Push([point])) for point in (bad, Point("new", 1.0, seq=1))]
    waiting[0].answer.exception(timeout=60)
    assert fates(waiting[1].answer.result(timeout=60).results) == ["new"]
    rest = pushed(service, points_of("good", noisy_wave(30, 0)[20:], 20))
    whole = pushed(service, points_of("whole", noisy_wave(30, 0)))
    np.testing.assert_allclose(scores_of([*before, *rest]), scores_of(whole), rtol=1e-6)


def test_a_push_whose_sender_went_away_is_not_stored(model_folder, tmp_path):
    service = Service(model_folder, tmp_path / "data.db")
    try:
        gone, there = (service.engine.submit(Push(points_of(key, np.ones((3, 1))))) for key in ("gone", "there"))
        assert gone.answer.cancel()
        service.start()
        assert len(there.answer.result(timeout=60).results) == 3
        assert not there.answer.cancel()
        assert [each["key"] for each in service.reader.streams()] == ["there"]
    finally:
        service.close()


def test_a_stream_rests_while_its_model_is_gone(detector, tmp_path):
    models, data, values = tmp_path / "models", tmp_path / "data.db", noisy_wave(300, 2)
    for name in ("a", "b"):
        detector.save(models / name)
    with Service(models, data).running() as service:
        scores = [*scores_of(pushed(service, points_of("s", values[:150], model="a")))]
        left = crashed_copy(data, tmp_path / "left")
    (models / "a").rename(tmp_path / "away")
    with Service(models, left).running() as service:
        assert pushed(service, points_of("s", values[150:], 150, model="a"))[0].status == "refused"
        (tmp_path / "away").rename(models / "a")
        assert service.reload() == Reloaded({"a": "loaded"}, {})
        scores += [*scores_of(pushed(service, points_of("s", values[150:], 150, model="a")))]
    np.testing.assert_allclose(scores, detector.live().decision_function(recording_of(values)), rtol=1e-5)


def test_a_model_of_other_channels_takes_over_no_stream(tmp_path):
    folder, data = fitted().save(tmp_path / "m"), tmp_path / "data.db"
    with Service(folder, data).running() as service:
        pushed(service, points_of("s", np.ones((50, 1))))
        fitted(n_channels=2).save(folder)
        service.reload()
        refused = pushed(service, points_of("s", np.ones((1, 1)), 50))[0]
        assert (refused.status, "channels" in refused.message) == ("refused", True)
        assert fates(pushed(service, points_of("t", np.ones((1, 2))))) == ["new"]
    with Service(folder, data).running() as service:
        assert [each["key"] for each in service.reader.streams()] == ["t"]
        assert pushed(service, points_of("s", np.ones((1, 2)), 50))[0].status == "refused"


def test_no_more_points_wait_than_there_is_room_for(model_folder, tmp_path):
    service = Service(model_folder, tmp_path / "data.db", ServiceOptions(max_queue=10))
    try:
        waiting = service.engine.submit(Push(points_of("s", np.ones((6, 1)))))
        with pytest.raises(QueueFullError, match="6"):
            service.engine.submit(Push(points_of("t", np.ones((5, 1)))))
        service.start()
        assert len(waiting.answer.result(timeout=60).results) == 6
    finally:
        service.close()
    with pytest.raises(QueueFullError, match="ends"):
        service.engine.submit(Push(points_of("s", np.ones((1, 1)))))


def test_streams_beyond_the_limit_are_refused(model_folder, tmp_path):
    with Service(model_folder, tmp_path / "data.db", ServiceOptions(max_streams=2)).running() as service:
        found = pushed(service, [Point(key, 1.0, START * MICRO) for key in "abc"])
        assert fates(found) == ["new", "new", "refused"]


def test_other_thresholds_and_models_take_over_streams_that_go_on(detector, tmp_path):
    values = noisy_wave(300, 5)
    folder = detector.save(tmp_path / "models" / "m")
    with Service(folder, tmp_path / "data.db").running() as service:
        before = pushed(service, points_of("s", values[:100]))
        fitted().set_threshold(offbeat.Fixed(0.0), offbeat.Tiers(offbeat.Fixed(0.0), offbeat.Fixed(1e9))).save(folder)
        assert service.reload() == Reloaded({"m": "changed"}, {})
        same = pushed(service, points_of("s", values[100:200], 100))
        assert {result.severity for result in same} == {1}
        other = fitted(seed=7)
        other.save(folder)
        service.reload()
        renewed = pushed(service, points_of("s", values[200:], 200))
    scores = detector.live().decision_function(recording_of(values))
    np.testing.assert_allclose([*scores_of(before), *scores_of(same)], scores[:200], rtol=1e-5)
    np.testing.assert_allclose(
        scores_of(renewed), other.live().decision_function(recording_of(values))[200:], rtol=1e-5
    )


def test_a_model_that_changed_while_the_service_was_off_takes_over_too(detector, tmp_path):
    values, folder, data = noisy_wave(300, 5), tmp_path / "m", tmp_path / "data.db"
    detector.save(folder)
    with Service(folder, data).running() as service:
        pushed(service, points_of("s", values[:200]))
    other = fitted(seed=7)
    other.save(folder)
    with Service(folder, data).running() as service:
        renewed = pushed(service, points_of("s", values[200:], 200))
        assert service.reader.stream(None, "s")["n_points"] == 300
    np.testing.assert_allclose(
        scores_of(renewed), other.live().decision_function(recording_of(values))[200:], rtol=1e-5
    )


def test_each_key_has_its_own_model_in_a_store_and_several_models_go_by_name(detector, tmp_path):
    store = offbeat.ModelStore.create(tmp_path / "models" / "hosts")
    for seed, key in enumerate(KEYS):
        store.save(key, fitted(seed=seed))
    detector.save(tmp_path / "models" / "all")
    values = noisy_wave(40, 9)
    with Service(tmp_path / "models", tmp_path / "data.db").running() as service:
        assert sorted(service.models) == ["all", "hosts"]
        for key in KEYS:
            scores = scores_of(pushed(service, points_of(key, values, model="hosts")))
            np.testing.assert_allclose(scores, store[key].live().decision_function(recording_of(values)), rtol=1e-5)
        unknown = [
            *points_of("other", values[:1], model="hosts"),
            *points_of("db", values[:1]),
            *points_of("db", values[:1], model="x"),
        ]
        assert [result.status for result in pushed(service, unknown)] == 3 * ["refused"]
        assert fates(pushed(service, points_of("db", values[:1], model="all"))) == ["new"]
        with pytest.raises(UnknownModelError):
            service.reader.series(None, "db")


def test_a_model_may_be_loaded_while_others_are_looked_at(tmp_path, monkeypatch):
    store, state_of = offbeat.ModelStore.create(tmp_path / "hosts"), served_models._state_of
    for key in ("a", "b"):
        store.save(key, fitted())
    served = Served("hosts", tmp_path / "hosts")
    served.live("a")

    def while_a_stream_begins(place):
        monkeypatch.setattr(served_models, "_state_of", state_of)
        served.live("b")
        return state_of(place)

    monkeypatch.setattr(served_models, "_state_of", while_a_stream_begins)
    assert not served.reload()


@pytest.mark.parametrize("fails", [False, True])
def test_streams_are_read_again_for_models_that_come_while_they_are_read(service, monkeypatch, fails):
    load, n_read = service.engine.streams.load, []

    def meanwhile():
        n_read.append(1)
        if len(n_read) == 1:
            if fails:
                raise sqlite3.OperationalError("the disk is full")
            service.engine.read_again()
        return load()

    monkeypatch.setattr(service.engine.streams, "load", meanwhile)
    service.engine.read_again()
    for number in range(3):
        with suppress(NotStoredError):
            pushed(service, points_of("s", np.ones((1, 1)), number))
    assert len(n_read) == 2
    assert service.engine.is_running


def test_a_folder_without_models_and_data_of_others_are_refused(model_folder, tmp_path):
    with pytest.raises(ModelError, match="model"):
        Service(tmp_path, tmp_path / "data.db")
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (x)").connection.close()
    with pytest.raises(ModelError, match=r"other\.db"):
        Service(model_folder, tmp_path / "other.db")
    (tmp_path / "text.db").write_text("no database, but long enough to have a header of one" * 9)
    with pytest.raises(ModelError, match=r"text\.db"):
        Service(model_folder, tmp_path / "text.db")
