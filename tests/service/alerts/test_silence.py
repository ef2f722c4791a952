"""Streams that fall silent are told of, and that they send again."""

import pytest

from offbeat.errors import ParameterError
from offbeat.service.alerts import Heard, Receiver, Silence, Unscored

DAY = 86_400.0


class Streams:
    """Streams that send when they are told to, and are overdue after a minute."""

    def __init__(self, bench, *keys, model="cpu"):
        self.bench, self.model, self.arrived = bench, model, {}
        self.send(*keys)

    def send(self, *keys):
        self.arrived |= dict.fromkeys(keys, self.bench.now)

    def __call__(self):
        return [
            Heard(self.model, key, arrived, 1_772_355_600_000_000, self.bench.now - arrived > 60.0)
            for key, arrived in self.arrived.items()
        ]


@pytest.fixture
def listening(bench):
    """Begin, again as after a kill, and look every so many seconds."""

    def begin(sending, **settings):
        bench.begin(**({"silent_after": 900.0} | settings))
        made = Silence(sending, bench.alerts, bench.clock, bench.clock)
        made.step()

        def look(after=0.0, n=1):
            for _ in range(n):
                bench.now += after
                made.step()
                bench.step(2)

        return look

    return begin


def told(webhook):
    return [got.content["title"] for got in webhook.got]


def test_a_stream_that_stops_is_told_of_once_and_again_when_it_sends(bench, webhook, listening):
    streams = Streams(bench, "web1", "web2")
    look = listening(streams)
    for _ in range(100):
        streams.send("web2")
        look(60.0)
    assert told(webhook) == ["1 silent: web1 (model cpu)"]
    [alert] = webhook.got[0].content["alerts"]
    assert (alert["kind"], alert["severity"], alert["details"]["silent_for"]) == ("silent", "alarm", 900)
    assert (alert["details"]["silent_since"], alert["details"]["last_time"]) == (
        "1970-01-12T13:46:40Z",
        "2026-03-01T09:00:00Z",
    )
    streams.send("web1")
    look(60.0)
    assert told(webhook)[1:] == ["1 back: web1 (model cpu)"]
    [again] = webhook.got[1].content["alerts"]
    assert (again["event"], again["status"], again["details"]["silent_for"]) == (alert["event"], "resolved", 6_060)
    look(900.0)
    assert len({alert["event"] for got in webhook.got for alert in got.content["alerts"]}) == 3


def test_streams_that_stop_together_are_one_message(bench, webhook, listening):
    look = listening(Streams(bench, *(f"web{i}" for i in range(200))), group_wait=10.0)
    look(900.0)
    look(10.0)
    assert told(webhook) == ["200 silent: web0, web1 and 198 more (model cpu)"]


def test_nobody_is_told_who_does_not_want_to(bench, webhook, listening):
    look = listening(Streams(bench, "web1"), silent_after=0.0)
    look(900.0, n=10)
    assert webhook.got == []


def test_silence_is_told_unless_somebody_says_otherwise(bench, webhook):
    bench.begin()
    silence = Silence(Streams(bench, "web1"), bench.alerts, bench.clock, bench.clock)
    bench.now += 900.0
    silence.step()
    bench.step()
    assert told(webhook) == ["1 silent: web1 (model cpu)"]


def test_each_receiver_has_a_time_of_its_own(bench, webhook):
    bench.begin(bench.receiver(name="soon", silent_after=60.0), bench.receiver(name="late", silent_after=600.0))
    silence = Silence(Streams(bench, "web1"), bench.alerts, bench.clock, bench.clock)
    silence.step()
    for n_told in (1, 2):
        bench.now += 540.0
        silence.step()
        bench.step(2)
        assert [got.content["receiver"] for got in webhook.got] == ["soon", "late"][:n_told]


def test_only_streams_that_concern_a_receiver_are_told(bench, webhook, listening):
    look = listening(Streams(bench, "web1", "db1"), streams=("db*",))
    look(900.0)
    assert told(webhook) == ["1 silent: db1 (model cpu)"]


def test_a_restart_neither_ends_a_silence_nor_delays_one(bench, webhook, listening):
    streams = Streams(bench, "web1", "web2")
    look = listening(streams)
    look(600.0)
    streams.send("web2")
    look(600.0)
    assert told(webhook) == ["1 silent: web1 (model cpu)"]
    # What came before the restart counts: web2 is told as soon as it has been silent for long enough.
    look = listening(streams)
    look(240.0)
    assert len(webhook.got) == 1
    streams.send("web1")
    look(60.0)
    assert told(webhook)[1:] == ["1 silent: web2; 1 back: web1 (model cpu)"]
    look = listening(streams)
    look(60.0, n=3)
    assert len(webhook.got) == 2


def test_what_is_gone_is_told_of_no_longer_and_never_again(bench, webhook, listening):
    streams = Streams(bench, "web1")
    look = listening(streams)
    look(900.0)
    look(DAY / 2, n=2)
    assert told(webhook) == ["1 silent: web1 (model cpu)", "1 gone: web1 (model cpu)"]
    look(DAY, n=2)
    look = listening(streams)
    look(900.0, n=3)
    assert len(webhook.got) == 2


def test_streams_that_are_deleted_are_gone(bench, webhook, listening):
    streams = Streams(bench, "web1")
    look = listening(streams)
    look(900.0)
    streams.arrived.clear()
    look(60.0)
    assert told(webhook) == ["1 silent: web1 (model cpu)", "1 gone: web1 (model cpu)"]


def test_a_stream_that_seldom_sends_is_not_silent_before_its_next_point_is_due(bench, webhook, listening):
    look = listening(lambda: [Heard("cpu", "web1", bench.now - 3_600.0, 0, False)])
    look(900.0, n=4)
    assert webhook.got == []


def test_a_silence_waits_for_no_cooldown_of_anomalies(bench, webhook, listening):
    look = listening(Streams(bench, "web1"), cooldown=DAY)
    bench.opened("web1", model="cpu")
    look()
    look(900.0)
    assert told(webhook) == ["1 alarm: web1 (model cpu)", "1 silent: web1 (model cpu)"]


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_is_set_and_a_machine_that_slept_make_no_silence(bench, webhook, hours):
    bench.begin(silent_after=900.0)
    steady, streams = [0.0], Streams(bench, "web1")
    silence = Silence(streams, bench.alerts, bench.clock, lambda: steady[0])
    for minute in range(60):
        steady[0] += 60.0
        bench.now += 60.0 + (3_600.0 * hours if minute == 30 else 0.0)
        silence.step()
        bench.step()
        streams.send("web1")
    assert webhook.got == []


@pytest.mark.parametrize(
    ("form", "said"), [("slack", "silent, no points since 1970-01-12T13:46:40Z"), ("alertmanager", "offbeat_silent")]
)
def test_every_format_says_what_is_the_matter(bench, webhook, listening, form, said):
    look = listening(Streams(bench, "web1"), format=form)
    look(900.0)
    assert said in webhook.got[0].body.decode()


class Blind:
    """A stream whose points come, and have no scores while it lacks a value."""

    def __init__(self, bench):
        self.bench, self.lacks, self.scored = bench, False, bench.now

    def __call__(self):
        now = self.bench.now
        self.scored = self.scored if self.lacks else now
        known = (3, 65, "cpu", 1_772_355_960_000_000) if self.lacks else (65, 65)
        return [Heard("m", "web1", now, 0, False, Unscored(self.lacks, self.scored, 1_772_355_840_000_000, *known))]


@pytest.mark.parametrize("form", ["json", "slack", "alertmanager"])
def test_a_stream_whose_points_have_no_scores_is_told_of_until_they_have(bench, webhook, listening, form):
    stream = Blind(bench)
    look = listening(stream, format=form, repeat=0.0)
    look(60.0, n=3)
    stream.lacks = True
    look(60.0, n=14)
    assert webhook.got == []
    look(60.0, n=2)
    # A restart tells nothing again.
    look = listening(stream, format=form, repeat=0.0)
    look(60.0, n=2)
    stream.lacks = False
    look(60.0, n=2)
    first, last = (got.body.decode() for got in webhook.got)
    if form == "json":
        assert told(webhook) == ["1 without scores: web1 (model m)", "1 scored again: web1 (model m)"]
        assert webhook.got[0].content["alerts"][0]["details"]["missing"] == "cpu"
    elif form == "slack":
        missing = "3 of 65 values in a row, cpu was missing at 2026-03-01T09:06:00Z"
        assert f"web1: no score since 2026-03-01T09:04:00Z, {missing}" in first
        assert "web1: has scores again, had none for 18.3 minutes" in last
    else:
        assert "offbeat_blind" in first


def test_a_silence_that_is_longer_than_what_is_gone_is_refused():
    with pytest.raises(ParameterError, match="gone_after"):
        Receiver(name="ops", url="http://localhost", silent_after=100.0, gone_after=100.0)
