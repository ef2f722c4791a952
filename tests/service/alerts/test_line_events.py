"""Events that are written one after the other, told as they come and at the end."""

from contextlib import suppress

import pytest

from offbeat import Event
from offbeat.service.alerts import Receiver, line_events
from offbeat.service.alerts.line_events import line_alerts

EVENT = Event(start=7, end=9, peak=8, score=3.0, known_at=8)


def receiver(webhook, **settings):
    return Receiver(**({"name": "ops", "url": webhook.url, "group_wait": 0.5, "cooldown": 0.0} | settings))


def told(webhook):
    return [(alert["stream"], got.content["status"]) for got in webhook.got for alert in got.content["alerts"]]


def test_what_is_known_at_the_end_is_told_at_the_end(webhook):
    with line_alerts(receiver(webhook), "cpu") as sink:
        for key in ("a", "b"):
            sink.write("known", EVENT, key)
        sink.write("settled", EVENT, "a")
        sink.sync()
    assert len(webhook.got) == 1
    assert {stream for stream, _ in told(webhook)} == {"a", "b"}


def test_what_could_not_be_delivered_waits_for_the_next_run(webhook, tmp_path, monkeypatch):
    monkeypatch.setattr(line_events, "_PATIENCE", 1.0)
    state, lines = tmp_path / "alerts.db", []
    with line_alerts(receiver(webhook, url="http://127.0.0.1:1"), "cpu", state, lines.append) as sink:
        sink.write("known", EVENT)
    assert "1 message could not be delivered" in lines[0]
    assert "kept" in lines[0]
    with line_alerts(receiver(webhook), "cpu", state, pytest.fail) as sink:
        sink.write("known", EVENT)
        sink.write("settled", EVENT)
    assert told(webhook) == [("cpu", "firing"), ("cpu", "resolved")]


def test_without_a_state_what_could_not_be_delivered_is_lost_and_said_to_be(webhook, monkeypatch):
    monkeypatch.setattr(line_events, "_PATIENCE", 0.6)
    lines = []
    with line_alerts(receiver(webhook, url="http://127.0.0.1:1", group_wait=0.0), "cpu", None, lines.append) as sink:
        sink.write("known", EVENT)
    assert "lost" in lines[0]


def test_an_error_in_between_does_not_keep_it_from_being_told(webhook):
    with suppress(KeyError), line_alerts(receiver(webhook), "cpu") as sink:
        sink.write("known", EVENT)
        raise KeyError
    assert told(webhook) == [("cpu", "firing")]
