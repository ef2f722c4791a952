"""What a service finds when it starts: other models and thresholds, models that are gone, data of earlier versions."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import offbeat
from offbeat.errors import ModelError
from offbeat.service.database import Database
from offbeat.service.points import Removal
from offbeat.service.service import Service
from offbeat.service.writing import CHUNK
from pushing import (
    START,
    crashed_copy,
    fates,
    fitted,
    noisy_wave,
    points_of,
    pushed,
    recording_of,
    scores_of,
)

SCHEMA_1 = Path(__file__).with_name("schema_1.sql").read_text()
QUIET = np.sin(np.arange(CHUNK)[:, None] / 7)
SPIKE = np.full((6, 1), 9.0)


def crashed(folder, data, points, to):
    """What a kill leaves of a service that took points, and what it had told of events by then.

    There is a state, and points in the log since.
    """
    with Service(folder, data).running() as service:
        pushed(service, points[: CHUNK + 2])
        pushed(service, points[CHUNK + 2 :])
        left = crashed_copy(data, to)
        return left, service.feed.after(0)


def with_threshold(detector, value):
    return detector.set_threshold(offbeat.Fixed(value), offbeat.Tiers(offbeat.Fixed(value), offbeat.Fixed(2 * value)))


def test_a_restart_as_before_tells_nothing_again(model_folder, tmp_path):
    values = np.concatenate([noisy_wave(3 * CHUNK, 3), SPIKE])
    left, told = crashed(model_folder, tmp_path / "data.db", points_of("s", values), tmp_path / "left")
    assert "closed" in {change.what for change in told}
    with Service(model_folder, left).running() as service:
        assert service.feed.after(0) == told
        assert len(service.reader.events(status="open")) == 1


def test_events_of_a_model_that_is_gone_end_with_their_last_flagged_point(tmp_path):
    folder, points = fitted().save(tmp_path / "m"), points_of("s", np.concatenate([QUIET, SPIKE]))
    left, told = crashed(folder, tmp_path / "data.db", points, tmp_path / "left")
    assert told[0].what == "opened"
    fitted(seed=7).save(folder)
    for number in range(2):
        with Service(folder, left).running() as service:
            (event,) = service.reader.events()
            assert (event["status"], event["id"]) == ("closed", told[0].event["id"])
            assert event["end_time"] == f"{np.datetime64(START + len(points) - 1, 's')}Z"
            assert [change.what for change in service.feed.after(told[-1].id)] == ["closed"]
            left = crashed_copy(left, tmp_path / f"again-{number}")
    with Service(folder, left).running() as service:
        assert fates(pushed(service, points_of("s", SPIKE, len(points)))) == 6 * ["new"]
        opened = service.reader.events(status="open")
        # What goes on is an event of the new model.
        assert [each["n_points"] >= 1 for each in opened] == [True]
        assert opened[0]["id"] != told[0].event["id"]


@pytest.mark.parametrize("factor", [1e-3, 1e6], ids=["lower", "higher"])
def test_what_another_threshold_makes_of_the_points_in_the_log_is_stored(factor, tmp_path):
    detector = fitted()
    folder, points = detector.save(tmp_path / "m"), points_of("s", np.concatenate([QUIET, QUIET[:10], SPIKE]))
    left, told = crashed(folder, tmp_path / "data.db", points, tmp_path / "left")
    with_threshold(detector, factor * detector.threshold_.value_).save(folder)
    with Service(folder, left).running() as service:
        later = service.feed.after(told[-1].id)
        if factor > 1:
            assert [(change.what, change.event["status"]) for change in later] == [("closed", "closed")]
            assert service.reader.events(status="open") == []
        else:
            assert {change.what for change in later} == {"opened", "closed"}
            assert len(service.reader.events(status="open")) == 1
        n_told = service.feed.newest()
        again = crashed_copy(left, tmp_path / "again")
    with Service(folder, again).running() as service:
        assert service.feed.newest() == n_told


def test_a_model_that_changes_under_way_ends_open_events_where_it_had_them(tmp_path):
    folder = fitted().save(tmp_path / "m")
    with Service(folder, tmp_path / "data.db").running() as service:
        pushed(service, points_of("s", np.concatenate([QUIET, SPIKE])))
        (event,) = service.reader.events(status="open")
        fitted(seed=7).save(folder)
        service.reload()
        pushed(service, points_of("s", np.concatenate([SPIKE, QUIET]), len(QUIET) + len(SPIKE)))
        ended = service.reader.event(event["id"])
        assert ended["status"] == "closed"
        assert ended["end_time"] <= f"{np.datetime64(START + len(QUIET) + len(SPIKE), 's')}Z"
        whats = [change.what for change in service.feed.after(0) if change.event["id"] == event["id"]]
        assert whats.count("closed") == 1


def test_a_stream_whose_model_is_gone_does_not_keep_the_log_and_goes_on_later(detector, tmp_path):
    models, values = tmp_path / "models", noisy_wave(300, 2)
    for name in ("a", "b"):
        detector.save(models / name)
    left, _ = crashed(models, tmp_path / "data.db", points_of("s", values[:170], model="a"), tmp_path / "left")
    (models / "a").rename(tmp_path / "away")
    for _ in range(2):
        with Service(models, left).running() as service:
            assert service.engine.streams.n_resting == 1
            pushed(service, points_of("t", values[:5], model="b"))
        with closing(sqlite3.connect(left)) as database:
            assert database.execute("SELECT count(*) FROM log").fetchone() == (0,)
            assert database.execute("SELECT sum(n) FROM chunks WHERE stream = 1").fetchone() == (170,)
    (tmp_path / "away").rename(models / "a")
    with Service(models, left).running() as service:
        assert service.reader.stream("a", "s")["n_points"] == 170
        scores = scores_of(pushed(service, points_of("s", values[170:], 170, model="a")))
        again = crashed_copy(left, tmp_path / "again")
    expected = detector.live().decision_function(recording_of(values))
    np.testing.assert_allclose(scores, expected[170:], rtol=1e-5)
    with Service(models, again).running() as service:
        assert service.reader.stream("a", "s")["n_points"] == 300
        stored = service.reader.series("a", "s", n=1000)
    np.testing.assert_allclose(np.array(stored["score"], dtype=float), expected, rtol=1e-5)


def test_a_resting_stream_wakes_when_its_model_is_as_before(tmp_path):
    folder, data = fitted().save(tmp_path / "m"), tmp_path / "data.db"
    with Service(folder, data).running() as service:
        pushed(service, points_of("s", QUIET))
    fitted(n_channels=2).save(folder)
    with Service(folder, data).running() as service:
        assert pushed(service, points_of("s", np.ones((1, 2)), CHUNK))[0].status == "refused"
        fitted().save(folder)
        assert service.reload().models == {"m": "changed"}
        assert pushed(service, points_of("s", np.ones((1, 1)), CHUNK))[0].status == "scored"


def test_a_resting_stream_can_be_deleted(tmp_path):
    folder, data = fitted().save(tmp_path / "m"), tmp_path / "data.db"
    with Service(folder, data).running() as service:
        pushed(service, points_of("s", np.concatenate([QUIET, SPIKE])))
        (event,) = service.reader.events(status="open")
    fitted(n_channels=2).save(folder)
    with Service(folder, data).running() as service:
        removed = service.engine.remove(Removal("m", "s")).answer.result(timeout=60)
        assert (removed.n_events, service.engine.streams.n_resting) == (1, 0)
        assert service.reader.event(event["id"])["status"] == "closed"
        assert fates(pushed(service, points_of("s", np.ones((1, 2))))) == ["new"]


def test_readers_see_all_streams_while_they_are_read_again(service, monkeypatch):
    for key in ("a", "b"):
        pushed(service, points_of(key, QUIET))
    streams, seen = service.engine.streams, []
    new = streams._new

    def looked(*given):
        seen.append([each["n_points"] for each in service.reader.streams()])
        return new(*given)

    monkeypatch.setattr(streams, "_new", looked)
    service.engine.read_again()
    pushed(service, points_of("a", np.ones((1, 1)), len(QUIET)))
    assert seen == 2 * [2 * [len(QUIET)]]


def test_channels_are_compared_by_name(tmp_path):
    recordings = [offbeat.Recording(noisy_wave(900, 1, 2), channels=names) for names in (("a", "b"), ("b", "c"))]
    models = [offbeat.NaiveForecast(window=3).fit(each) for each in recordings]
    folder, data = models[0].save(tmp_path / "m"), tmp_path / "data.db"
    with Service(folder, data).running() as service:
        pushed(service, points_of("s", np.ones((5, 2))))
    models[1].save(folder)
    with Service(folder, data).running() as service:
        (refused,) = pushed(service, points_of("s", np.ones((1, 2)), 5))
        assert refused.status == "refused"
        assert "a model of the channels a, b, got one of b, c" in refused.message


def test_a_damaged_state_is_no_reason_not_to_start(model_folder, tmp_path):
    values, data = noisy_wave(2 * CHUNK, 1), tmp_path / "data.db"
    with Service(model_folder, data).running() as service:
        pushed(service, points_of("s", values[:200]))
    with closing(sqlite3.connect(data)) as database, database:
        database.execute("UPDATE states SET arrays = ?", (b"\x08\0\0\0\0\0\0\0{}      ",))
    with Service(model_folder, data).running() as service:
        scores = scores_of(pushed(service, points_of("s", values[200:], 200)))
        expected = next(iter(service.models.values())).live("").decision_function(recording_of(values))
    np.testing.assert_allclose(scores, expected[200:], rtol=1e-5)


def earlier(data, to):
    """The same data as the first version of the service would have written it."""
    with closing(sqlite3.connect(to)) as database, database:
        database.executescript(SCHEMA_1)
        database.execute("ATTACH ? AS now", (str(data),))
        for (name,) in database.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            if name.startswith("sqlite_"):
                continue
            columns = ", ".join(row[1] for row in database.execute(f"PRAGMA main.table_info({name})"))
            database.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM now.{name}")
        database.execute("UPDATE states SET newest = json_array(newest ->> 0, newest ->> 1, newest ->> 2)")
        database.execute("PRAGMA main.user_version = 1")
        database.commit()
    return to


def layout(path):
    with closing(sqlite3.connect(path)) as database:
        tables = "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
        found = {row[1]: row[0] for row in database.execute(tables)}
        columns = {name: database.execute(f"PRAGMA table_info({name})").fetchall() for name in found}
        return found, {name: [column[1:4] for column in of_table] for name, of_table in columns.items()}


def test_data_of_an_earlier_version_is_brought_up_to_date(model_folder, tmp_path):
    values = np.concatenate([noisy_wave(3 * CHUNK, 3), SPIKE])
    data = tmp_path / "data.db"
    with Service(model_folder, data).running() as service:
        pushed(service, points_of("s", values))
        series, events = service.reader.series(None, "s"), service.reader.events()
    old = earlier(data, tmp_path / "old.db")
    with Service(model_folder, old).running() as service:
        assert service.reader.series(None, "s") == series
        assert service.reader.events() == events
        rows = service.database.read("SELECT channels FROM streams")
        assert [json.loads(row["channels"]) for row in rows] == [["a"]]
        assert pushed(service, points_of("s", np.ones((1, 1)), len(values)))[0].status == "scored"
    fresh = Database(tmp_path / "fresh.db")
    fresh.close()
    assert layout(old) == layout(tmp_path / "fresh.db")


def test_data_of_a_later_version_is_refused(model_folder, tmp_path):
    with closing(sqlite3.connect(tmp_path / "data.db")) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(ModelError, match="99"):
        Service(model_folder, tmp_path / "data.db")
