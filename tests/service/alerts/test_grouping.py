"""What is told, and when."""

import pytest

from offbeat.events.severity import Severity


def told(got):
    return {alert["stream"] for alert in got.content["alerts"]}


def titles(webhook):
    return [got.content["title"] for got in webhook.got]


def test_two_hundred_streams_at_once_are_one_message(bench, webhook):
    bench.begin(group_wait=10.0, shown=5)
    for i in range(200):
        bench.opened(f"web{i}", model="cpu")
    bench.step(after=9.0)
    assert webhook.got == []
    bench.step(2, after=1.0)
    [got] = webhook.got
    assert got.content["title"] == "200 alarms: web0, web1 and 198 more (model cpu)"
    assert (got.content["n_firing"], len(got.content["alerts"]), got.content["n_more"]) == (200, 5, 195)


def test_the_most_severe_come_first(bench, webhook):
    bench.begin(minimum="watch", shown=2)
    bench.opened("a", severity=Severity.WATCH)
    bench.opened("b", severity=Severity.ALARM)
    bench.step()
    assert [alert["stream"] for alert in webhook.got[0].content["alerts"]] == ["b", "a"]


@pytest.mark.parametrize(("group_by", "n_messages"), [((), 1), (("model",), 2), (("site",), 2), (("stream",), 4)])
def test_groups_are_made_by_labels(bench, webhook, group_by, n_messages):
    bench.begin(group_by=group_by)
    for host in ("a", "b"):
        bench.opened(f"host={host},site=berlin", model="cpu")
        bench.opened(f"host={host},site=rome", model="disk")
    bench.step(6)
    assert len(webhook.got) == n_messages
    assert {tuple(got.content["group"]) for got in webhook.got} == {group_by}


def test_the_end_of_what_was_told_is_told(bench, webhook):
    bench.begin()
    bench.opened()
    bench.step()
    bench.closed()
    bench.step(2, after=60.0)
    assert [got.content["status"] for got in webhook.got] == ["firing", "resolved"]
    assert titles(webhook) == ["1 alarm: web1", "1 over: web1"]


def test_no_end_is_told_where_none_is_wanted(bench, webhook):
    bench.begin(resolve=False)
    bench.opened()
    bench.step()
    bench.closed()
    bench.step(2)
    assert len(webhook.got) == 1


def test_an_event_that_is_over_before_its_message_is_one_message(bench, webhook):
    bench.begin(group_wait=10.0)
    bench.opened()
    bench.closed()
    bench.step(3, after=10.0)
    assert titles(webhook) == ["1 over: web1"]


def test_a_lower_tier_is_told_once_it_is_raised(bench, webhook):
    bench.begin()
    bench.opened(severity=Severity.WATCH)
    bench.step()
    assert webhook.got == []
    bench.opened(severity=Severity.ALARM)
    bench.step()
    assert titles(webhook) == ["1 alarm: web1"]


def test_a_lower_tier_that_closes_is_never_told(bench, webhook):
    bench.begin()
    bench.opened(severity=Severity.WATCH)
    bench.closed(severity=Severity.WATCH)
    bench.step(2)
    assert webhook.got == []


def test_what_was_told_is_told_again_when_it_is_raised_and_only_then(bench, webhook):
    bench.begin(minimum="watch", cooldown=600.0)
    for severity in (Severity.WATCH, Severity.WATCH, Severity.ALARM, Severity.ALARM):
        bench.opened(severity=severity)
        bench.step(2)
    assert [got.content["alerts"][0]["severity"] for got in webhook.got] == ["watch", "alarm"]
    assert [got.content["alerts"][0]["before"] for got in webhook.got] == [None, "watch"]


def test_a_stream_that_comes_and_goes_is_told_once_in_its_cooldown(bench, webhook):
    bench.begin(cooldown=300.0, resolve=False)
    for i in range(20):
        bench.opened("web1", f"event{i}")
        bench.step(after=5.0)
        bench.closed("web1", f"event{i}")
        bench.step(after=5.0)
    assert len(webhook.got) == 1
    assert bench.alerts.status()["ops"]["suppressed"] == 19


def test_what_is_still_open_after_the_cooldown_is_told(bench, webhook):
    bench.begin(cooldown=300.0, resolve=False)
    bench.opened("web1", "first")
    bench.step()
    bench.closed("web1", "first")
    bench.opened("web1", "second")
    wait = bench.step(after=100.0)
    assert (len(webhook.got), wait) == (1, 200.0)
    bench.step(after=200.0)
    assert webhook.got[1].content["alerts"][0]["event"] == "second"


def test_a_more_severe_event_does_not_wait_for_the_cooldown(bench, webhook):
    bench.begin(minimum="watch", cooldown=300.0)
    bench.opened("web1", "first", severity=Severity.WATCH)
    bench.step()
    bench.opened("web1", "second", severity=Severity.WATCH)
    bench.step(after=10.0)
    assert len(webhook.got) == 1
    bench.opened("web1", "second", severity=Severity.ALARM)
    bench.step()
    assert webhook.got[1].content["alerts"][0]["event"] == "second"


def test_the_cooldown_of_one_stream_holds_up_no_other(bench, webhook):
    bench.begin(cooldown=300.0)
    bench.opened("web1", model="cpu")
    bench.step()
    bench.opened("web2", model="cpu")
    bench.step(after=1.0)
    # A stream is that of a model: another may score the same key.
    bench.opened("web1", "web1-disk", model="disk")
    bench.step(after=1.0)
    assert titles(webhook) == [
        f"1 alarm: {name}" for name in ("web1 (model cpu)", "web2 (model cpu)", "web1 (model disk)")
    ]


def test_a_receiver_is_told_only_what_concerns_it(bench, webhook):
    bench.begin(
        bench.receiver(name="web", streams=("web*",)),
        bench.receiver(name="disk", models=("disk",), minimum="watch"),
    )
    bench.opened("web1", model="cpu")
    bench.opened("db1", model="disk", severity=Severity.WATCH)
    bench.step(2)
    assert {(got.content["receiver"], got.content["alerts"][0]["stream"]) for got in webhook.got} == {
        ("web", "web1"),
        ("disk", "db1"),
    }


def test_what_is_still_open_is_repeated(bench, webhook):
    bench.begin(repeat=3_600.0)
    bench.opened("web1")
    bench.opened("web2")
    assert bench.step() == 3_600.0
    bench.closed("web1")
    bench.step()
    bench.step(after=3_600.0)
    assert titles(webhook) == ["2 alarms: web1, web2", "1 over: web1", "Still 1 alarm: web2"]
    assert [got.content["is_repeat"] for got in webhook.got] == [False, False, True]


def test_nothing_is_repeated_where_nothing_is_open(bench, webhook):
    bench.begin(repeat=3_600.0)
    bench.step(3, after=3_600.0)
    assert webhook.got == []


def test_a_close_that_comes_twice_is_told_once(bench, webhook):
    bench.begin()
    bench.opened()
    bench.step()
    for _ in range(2):
        bench.closed()
        bench.step(2)
    assert len(webhook.got) == 2


def test_events_of_a_history_are_not_told_until_they_reach_the_present(bench, webhook):
    bench.begin(history_after=3_600.0)
    bench.opened("web1", last_time=bench.now - 7_200.0)
    bench.opened("web2", last_time=bench.now - 1_800.0)
    bench.opened("web3")
    bench.step(3)
    assert told(webhook.got[-1]) == {"web2", "web3"}
    assert bench.alerts.status()["ops"]["history"] == 1
    bench.opened("web1", last_time=bench.now)
    bench.step(3)
    assert told(webhook.got[-1]) == {"web1"}
