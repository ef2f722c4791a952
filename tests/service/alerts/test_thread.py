"""The thread that delivers, and the one that follows a feed."""

from dataclasses import dataclass, field

import pytest

from offbeat.service.alerts import Alerts, Change, Receiver
from offbeat.service.alerts.following import Following
from webhooks import status


def receiver(webhook, **settings):
    return Receiver(
        **({"name": "ops", "url": webhook.url, "group_wait": 0.0, "cooldown": 0.0, "wait": 0.01} | settings)
    )


def test_what_is_reported_arrives(tmp_path, webhook):
    with Alerts(tmp_path / "alerts.db", [receiver(webhook)]) as alerts:
        alerts.report([Change("web1", "e1")])
        webhook.wait_for(1)
        alerts.report([Change("web1", "e1", closed=True)])
        webhook.wait_for(2)
    assert [got.content["status"] for got in webhook.got] == ["firing", "resolved"]


def test_a_failing_receiver_that_recovers_gets_everything(tmp_path, webhook):
    webhook.answers = [status(500), status(502), webhook.hangs, status(429, Retry_After="0")]
    with Alerts(tmp_path / "alerts.db", [receiver(webhook, timeout=0.1)]) as alerts:
        for i in range(3):
            alerts.report([Change(f"web{i}", f"e{i}")])
        webhook.wait_for(5)
        while alerts.status()["ops"]["waiting"]:
            webhook.wait_for(len(webhook.got))
    told = {alert["stream"] for got in webhook.got for alert in got.content["alerts"]}
    assert told == {"web0", "web1", "web2"}


def test_a_hanging_receiver_holds_up_neither_reports_nor_others_nor_the_end(tmp_path, webhook):
    webhook.answers = [webhook.hangs]
    down, up = receiver(webhook, name="down", timeout=600.0), receiver(webhook, name="up", streams=("b",))
    with Alerts(tmp_path / "alerts.db", [down, up]) as alerts:
        alerts.report([Change("a", "e1")])
        webhook.wait_for(1)
        alerts.report([Change("b", "e2")])
        got = webhook.wait_for(2)
        assert got[1].content["receiver"] == "up"
        alerts.stop(patience=0.0)
    with Alerts(tmp_path / "alerts.db", [down]):
        again = webhook.wait_for(3)
    assert again[2].content["id"] == got[0].content["id"]


def test_without_receivers_nothing_runs(tmp_path):
    with Alerts(tmp_path / "alerts.db", []) as alerts:
        alerts.report([Change("web1", "e1")])
        assert alerts.status() == {}


@dataclass
class Entry:
    id: int
    what: str
    event: dict = field(default_factory=dict)


class Feed:
    def __init__(self, *entries):
        self.entries = list(entries)

    def after(self, position, limit=1000):
        return [entry for entry in self.entries if entry.id > position][:limit]

    def newest(self):
        return max((entry.id for entry in self.entries), default=0)

    def wait(self, timeout):
        return False


def entry(number, what, event="7", status="open"):
    facts = {"id": event, "key": "web1", "model": "cpu", "severity": "alarm", "score": 3.0, "status": status}
    return Entry(number, what, facts)


def test_a_feed_is_followed_from_what_is_new_and_then_from_where_it_stopped(bench, webhook):
    feed = Feed(entry(1, "opened", "old"))
    bench.begin()
    with Following(feed, bench.alerts):
        assert bench.alerts.position() == 1
    feed.entries += [entry(2, "opened"), entry(3, "grew")]
    bench.begin()
    following = Following(feed, bench.alerts)
    assert (following.step(), following.step()) == (2, 0)
    bench.step()
    feed.entries.append(entry(4, "closed", status="closed"))
    following.step()
    bench.step(2)
    assert [got.content["title"] for got in webhook.got] == ["1 alarm: web1 (model cpu)", "1 over: web1 (model cpu)"]
    assert bench.alerts.position() == 4


def test_a_quiet_event_is_over_and_told_again_if_it_goes_on(bench, webhook):
    bench.names_model, bench.now = False, 1_772_332_200.0
    feed = Feed()
    bench.begin()
    following = Following(feed, bench.alerts)
    times = {"start_time": "2026-03-01T02:24:00Z", "end_time": "2026-03-01T02:29:00Z"}
    whats = ("opened", "quieted", "again", "quieted", "closed")
    for number, what in enumerate(whats, 1):
        feed.entries.append(entry(number, what, status="closed" if what == "closed" else "open"))
        feed.entries[-1].event.update(times, verdict=None)
        following.step()
        bench.step(2)
    assert [got.content["title"] for got in webhook.got] == [
        "1 alarm: web1, since 02:24 UTC",
        "1 over: web1, ended 02:29 UTC",
        "1 alarm: web1, again, since 02:24 UTC",
        "1 over: web1, ended 02:29 UTC",
    ]
    assert [got.content["alerts"][0]["details"]["end"] for got in webhook.got] == [None, "quiet", None, "quiet"]


def test_a_level_that_stays_elsewhere_is_not_called_over(bench, webhook):
    bench.names_model = False
    feed = Feed()
    bench.begin(format="slack")
    following = Following(feed, bench.alerts)
    for number, what in enumerate(("opened", "quieted"), 1):
        feed.entries.append(entry(number, what))
        feed.entries[-1].event.update(verdict=None, **{"level": "cpu 90, usually 30"} if number == 2 else {})
        following.step()
        bench.step()
    assert webhook.got[1].content["text"] == "1 quiet, but not back to the usual level: web1"
    said = "web1: alarm: scores are below the threshold again, the level is not back, cpu 90, usually 30, score 3"
    assert said in webhook.got[1].body.decode()


def test_an_event_that_somebody_acknowledged_did_not_end(bench, webhook):
    bench.names_model = False
    feed = Feed()
    bench.begin(format="slack")
    following = Following(feed, bench.alerts)
    for number, what in enumerate(("opened", "acknowledged"), 1):
        feed.entries.append(entry(number, what))
        feed.entries[-1].event.update(verdict="normal" if number == 2 else None, end_time="2026-03-01T02:29:00Z")
        following.step()
        bench.step()
    assert webhook.got[1].content["text"] == "1 acknowledged: web1"
    assert "web1: alarm was acknowledged, score 3" in webhook.got[1].body.decode()


def test_a_verdict_that_is_taken_back_opens_no_event_that_is_over(bench, webhook):
    bench.begin()
    Following(Feed(entry(1, "acknowledged", status="closed")), bench.alerts).step()
    bench.step()
    assert webhook.got == []
    assert bench.alerts.status()["ops"]["open"] == 0


def test_a_feed_that_fails_is_asked_again(bench, monkeypatch, caplog):
    monkeypatch.setattr("offbeat.service.alerts.following._AFTER_ERROR", 0.0)
    bench.begin()
    feed = Feed()
    with Following(feed, bench.alerts):
        feed.entries.append(Entry(1, "opened", {}))
        while not caplog.records:
            pass
        feed.entries[:] = [entry(1, "opened")]
        while bench.alerts.position() != 1:
            pass
    assert bench.alerts.status()["ops"]["open"] == 1


@pytest.mark.parametrize("started", [False, True])
def test_to_stop_twice_is_harmless(tmp_path, webhook, started):
    alerts = Alerts(tmp_path / "alerts.db", [receiver(webhook)])
    if started:
        alerts.start()
    alerts.stop()
    alerts.stop()
