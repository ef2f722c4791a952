"""Receivers that fail, and processes that are killed."""

import sqlite3
from email.utils import formatdate

import pytest

from offbeat.errors import OutputError
from offbeat.service.alerts import Alerts, queue
from offbeat.service.alerts.courier import Courier
from webhooks import breaks_off, status


def ids(webhook):
    return [got.content["id"] for got in webhook.got]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (status(500), "status 500"),
        (status(404), "status 404"),
        (status(302, Location="http://127.0.0.1:1/elsewhere"), "redirects to http://127.0.0.1:1/elsewhere"),
        (breaks_off, "Error"),
    ],
)
def test_a_try_that_fails_is_repeated_with_the_same_id(bench, webhook, answer, said):
    bench.begin()
    webhook.answers = [answer]
    bench.opened()
    wait = bench.step()
    assert 0.5 <= wait <= 1.0
    assert said in bench.couriers[0].counts.last_error
    bench.step()
    assert len(webhook.got) == 1
    assert bench.step(after=wait) is None
    assert ids(webhook) == ids(webhook)[:1] * 2
    assert {got.headers["idempotency-key"] for got in webhook.got} == {ids(webhook)[0]}


@pytest.mark.parametrize("behaviour", ["hangs", "trickles"])
def test_a_receiver_that_never_finishes_its_answer_has_its_time(bench, webhook, behaviour):
    bench.begin(timeout=0.2)
    webhook.answers = [getattr(webhook, behaviour)]
    bench.opened()
    bench.step()
    assert "no answer within 0.2 s" in bench.couriers[0].counts.last_error
    bench.step(after=1.0)
    assert len(webhook.got) == 2


def test_an_address_without_a_receiver_is_tried_again(bench, webhook):
    bench.begin(bench.receiver(url="http://127.0.0.1:1/"))
    bench.opened()
    assert bench.step() > 0
    assert bench.alerts.status()["ops"]["waiting"] == 1


def test_waits_double_up_to_the_longest(bench, webhook):
    bench.begin(wait=1.0, longest_wait=60.0)
    webhook.answers = [status(503)] * 12
    bench.opened()
    waits = [bench.step()]
    for _ in range(9):
        waits.append(bench.step(after=waits[-1] + 0.001))
    assert all(2**i / 2 <= wait <= 2**i for i, wait in enumerate(waits[:5]))
    assert all(30 <= wait <= 60 for wait in waits[6:])


def test_a_receiver_may_say_when_to_come_again(bench, webhook):
    bench.begin()
    webhook.answers = [
        status(429, Retry_After="120"),
        status(429, Retry_After=formatdate(bench.now + 420, usegmt=True)),
        status(429, Retry_After="soon"),
        status(429, Retry_After="1e9"),
        status(429, Retry_After="99999999"),
    ]
    bench.opened()
    assert bench.step() == 120.0
    assert bench.step(after=120.0) == pytest.approx(300.0)
    assert bench.step(after=300.0) < 10.0
    assert bench.step(after=10.0) < 10.0
    assert bench.step(after=10.0) == 3_600.0


def test_what_a_receiver_does_not_want_is_given_up_at_once(bench, webhook):
    bench.begin()
    webhook.answers = [status(400)]
    bench.opened("web1")
    bench.step()
    bench.opened("web2")
    bench.step()
    assert len(set(ids(webhook))) == 2
    [letter] = bench.alerts.dead()
    assert (letter["title"], letter["error"], letter["tries"]) == ("1 alarm: web1", "status 400: text", 1)


def test_the_log_has_a_line_where_a_receiver_fails_now_and_then_and_one_where_it_works(bench, webhook, caplog):
    bench.begin(tries=10_000, wait=60.0, longest_wait=60.0)
    webhook.answers = [status(503)] * 200
    bench.opened()
    while len(webhook.got) < 201:
        bench.step(after=60.0)
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0] == "receiver ops does not take messages: status 503: text"
    assert lines[1].startswith("receiver ops does not take messages, 61 times in 1 hour")
    assert lines[-1].startswith("receiver ops takes messages again; it failed 200 times")
    assert len(lines) == 5


def test_each_message_that_is_given_up_is_counted_and_the_first_is_logged(bench, webhook, caplog):
    bench.begin()
    webhook.answers = [status(400)] * 20
    for i in range(20):
        bench.opened(f"web{i}")
        bench.step()
    assert bench.couriers[0].counts.given_up == 20
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]
    assert "/v1/receivers/dead" in caplog.text


@pytest.mark.parametrize("hours", [-24, 24])
def test_a_clock_that_is_set_holds_up_no_message(bench, webhook, hours):
    steady = [0.0]
    bench.begin(group_wait=10.0, cooldown=300.0, repeat=3_600.0)
    bench.couriers[0] = Courier(
        bench.alerts.receivers[0], bench.couriers[0]._connection, bench.clock, bench.send, steady=lambda: steady[0]
    )
    webhook.answers = [status(500)]
    bench.opened("a")
    bench.step(after=10.0)
    bench.opened("b")
    bench.now += 3_600.0 * hours
    for _ in range(20):
        steady[0] += 1.0
        bench.step(after=1.0)
    assert [got.content["title"] for got in webhook.got] == ["1 alarm: a", "1 alarm: a", "1 alarm: b"]


def test_a_message_is_given_up_after_its_tries_and_may_be_revived(bench, webhook):
    bench.begin(tries=3, longest_wait=1.0)
    webhook.answers = [status(500)] * 3
    bench.opened()
    bench.step(after=1.0)
    bench.step(after=1.0)
    bench.step(after=1.0)
    [letter] = bench.alerts.dead()
    assert (letter["tries"], bench.couriers[0].counts.given_up) == (3, 1)
    bench.step(5, after=10.0)
    assert len(webhook.got) == 3
    assert bench.alerts.revive([letter["id"]]) == 1
    bench.step(after=10.0)
    assert len(webhook.got) == 4
    assert bench.alerts.dead() == []


def test_messages_come_in_their_order_after_a_failure(bench, webhook):
    bench.begin()
    webhook.answers = [status(500)] * 2
    for stream in ("a", "b", "c"):
        bench.opened(stream)
        bench.step()
    bench.step(6, after=2.0)
    bench.step(6, after=2.0)
    told = [got.content["alerts"][0]["stream"] for got in webhook.got]
    assert told == ["a", "a", "a", "b", "c"]


def test_one_receiver_that_fails_holds_up_no_other(bench, webhook):
    bench.begin(bench.receiver(name="down", url="http://127.0.0.1:1/"), bench.receiver(name="up"))
    bench.opened()
    bench.step()
    assert len(webhook.got) == 1


def test_what_waits_outlasts_the_process(bench, webhook):
    bench.begin(group_wait=10.0)
    bench.opened("grouped")
    bench.begin(group_wait=10.0)
    webhook.answers = [status(500)]
    bench.step(after=10.0)
    bench.begin(group_wait=10.0)
    bench.step()
    assert len(set(ids(webhook))) == 1
    bench.begin(group_wait=10.0)
    bench.closed("grouped")
    bench.step(2, after=10.0)
    assert webhook.got[-1].content["status"] == "resolved"


def test_a_message_that_was_taken_before_a_kill_comes_again_with_its_id(bench, webhook, monkeypatch):
    bench.begin()
    bench.opened()

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(queue, "done", killed)
        with pytest.raises(KeyboardInterrupt):
            bench.step()
    bench.begin()
    bench.step()
    assert len(webhook.got) == 2
    assert len(set(ids(webhook))) == 1


def test_changes_are_noted_once_with_their_position(bench):
    bench.begin()
    assert bench.alerts.position() is None
    bench.alerts.report([], 7)
    assert bench.begin().alerts.position() == 7


def test_a_receiver_that_is_removed_leaves_its_messages_among_the_dead(bench):
    bench.begin(bench.receiver(name="old", url="http://127.0.0.1:1/"))
    bench.opened()
    bench.step()
    bench.begin(bench.receiver(name="new"))
    [letter] = bench.alerts.dead()
    assert letter["receiver"] == "old"
    assert bench.alerts.status()["new"]["open"] == 0


def test_the_queue_is_bounded(bench, monkeypatch):
    monkeypatch.setattr(queue, "LONGEST", 3)
    monkeypatch.setattr(queue, "MOST_DEAD", 2)
    bench.begin(bench.receiver(url="http://127.0.0.1:1/", longest_wait=1e4, wait=1e3))
    for i in range(7):
        bench.opened(f"web{i}")
        bench.step()
    assert bench.alerts.status()["ops"]["waiting"] == 3
    assert [letter["title"] for letter in bench.alerts.dead()] == ["1 alarm: web3", "1 alarm: web2"]


def test_a_change_between_reading_and_noting_is_not_lost(bench, webhook, monkeypatch):
    """Another connection cannot write between what is read of an event and what is noted about it."""
    from offbeat.service.alerts import events

    bench.begin()
    bench.opened()
    refused = []
    before = events.tell

    def tell(*given):
        other = sqlite3.connect(bench.path, timeout=0.0)
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            refused.append(str(error))
        finally:
            other.close()
        before(*given)

    monkeypatch.setattr(events, "tell", tell)
    bench.step()
    assert refused == ["database is locked"]


def test_a_file_that_is_something_else_is_refused(tmp_path):
    path = tmp_path / "alerts.db"
    path.write_text("no database " * 100)
    with pytest.raises(OutputError, match=r"alerts\.db"):
        Alerts(path, [])
    with pytest.raises(OutputError, match="nowhere"):
        Alerts(tmp_path / "nowhere" / "alerts.db", [])
