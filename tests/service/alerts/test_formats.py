"""What is posted, in each format."""

import hashlib
import hmac
import json
from datetime import datetime
from urllib.parse import parse_qs

import pytest

from offbeat import Event
from offbeat.events.severity import Severity
from offbeat.service.alerts import Change


def test_json_has_all_that_is_documented(bench, webhook):
    bench.begin(link="http://live")
    event = Event(start=3, end=9, peak=5, score=4.25, channels=(("cpu", 0.75), ("io", 0.25)))
    bench.alerts.report([Change.of("host=web1", "e1", event, model="m")])
    bench.step()
    [got] = webhook.got
    content = got.content
    assert content.pop("id") == got.headers["idempotency-key"]
    assert content.pop("made_at") == "1970-01-12T13:46:40.000Z"
    [alert] = content.pop("alerts")
    assert content == {
        "version": 1,
        "receiver": "ops",
        "status": "firing",
        "title": "1 alarm: host=web1, cpu (model m)",
        "group": {"model": "m"},
        "n_firing": 1,
        "n_resolved": 0,
        "n_more": 0,
        "is_repeat": False,
        "link": "http://live",
    }
    assert (alert["labels"], alert["closed_at"], alert["details"]["channels"]) == (
        {"host": "web1"},
        None,
        {"cpu": 0.75, "io": 0.25},
    )


def test_a_signature_is_that_of_the_bytes_that_were_posted(bench, webhook, monkeypatch):
    monkeypatch.setenv("HOOK_KEY", "very secret")
    monkeypatch.setenv("HOOK_AUTH", "Bearer 123")
    bench.begin(secret_env="HOOK_KEY", authorization_env="HOOK_AUTH")
    bench.opened()
    bench.step()
    [got] = webhook.got
    expected = hmac.new(b"very secret", got.body, hashlib.sha256).hexdigest()
    assert got.headers["x-offbeat-signature"] == f"sha256={expected}"
    assert got.headers["authorization"] == "Bearer 123"


def test_nothing_is_signed_without_a_key(bench, webhook):
    bench.begin()
    bench.opened()
    bench.step()
    assert "x-offbeat-signature" not in webhook.got[0].headers
    assert "authorization" not in webhook.got[0].headers


def test_slack_gets_blocks_within_its_limits(bench, webhook):
    bench.begin(format="slack", shown=100, link="http://live")
    for i in range(150):
        bench.opened(f"<!channel> & {'x' * 200}{i}")
    bench.step()
    content = webhook.got[0].content
    texts = [block["text"]["text"] for block in content["blocks"]]
    assert content["text"].startswith("150 alarms: &lt;!channel&gt; &amp; xx")
    assert texts[0].startswith(":red_circle: *150 alarms")
    assert "and 50 more" in texts[-2]
    assert texts[-1] == "<http://live|All streams>"
    assert len(texts) <= 50
    assert all(len(text) <= 3_000 for text in texts)
    assert "<!channel>" not in json.dumps(content)


def test_a_message_is_read_without_the_manual(bench, webhook):
    bench.begin(format="slack", minimum="watch", group_by=())
    bench.now = moment("2026-03-01T09:02:00Z")
    times = {"start_time": "2026-03-01T09:00:00.123456Z", "end_time": "2026-03-01T09:05:00Z"}
    shares = {"cpu": 0.75, "io": 0.25}
    seen = {"threshold": 3.14159, "values": {"cpu": 93.456, "io": 4}, "usual": {"cpu": 12.0}}
    bench.opened("web1", details={"score": 8.91234, **times, "channels": shares, **seen})
    bench.opened("web2", severity=Severity.WATCH, details={"score": 3, **times})
    bench.opened("web3")
    bench.step()
    bench.closed("web1", details={"score": 8.91234, **times, "channels": shares})
    bench.opened("web2", details={"score": 5, **times})
    bench.step()
    said = [block["text"]["text"] for got in webhook.got for block in got.content["blocks"]]
    assert said == [
        ":red_circle: *2 alarms: web1, web3; 1 to watch: web2, since 09:00 UTC*",
        "• web1: alarm, score 8.912 (threshold 3.142), from 2026-03-01T09:00:00Z, "
        "caused by cpu 75% (93.46, usually 12), io 25% (4)\n• web3: alarm\n"
        "• web2: watch, score 3, from 2026-03-01T09:00:00Z",
        ":red_circle: *1 alarm: web2, since 09:00 UTC; 1 over: web1, ended 09:05 UTC*",
        "• web2: alarm, was watch, score 5, from 2026-03-01T09:00:00Z\n"
        "• web1: alarm is over, score 8.912, from 2026-03-01T09:00:00Z, to 2026-03-01T09:05:00Z, "
        "caused by cpu 75%, io 25%",
    ]


@pytest.mark.parametrize(
    ("now", "title"),
    [
        ("2026-03-01T02:26:00Z", "1 alarm: db16, cpu, since 02:24 UTC"),
        ("2026-03-02T02:26:00Z", "1 alarm: db16, cpu, since 2026-03-01 02:24 UTC"),
    ],
)
@pytest.mark.parametrize("form", ["json", "slack"])
def test_a_title_names_the_channel_to_blame_and_since_when_and_not_the_only_model(bench, webhook, form, now, title):
    bench.names_model, bench.now = False, moment(now)
    bench.begin(format=form)
    details = {"start_time": "2026-03-01T03:24:00+01:00", "channels": {"io": 0.2, "cpu": 0.8}}
    bench.opened("db16", model="models_live", details=details)
    bench.step()
    content = webhook.got[0].content
    assert content["title" if form == "json" else "text"] == title


def moment(text):
    return datetime.fromisoformat(text).timestamp()


def test_alertmanager_is_told_of_the_end_by_its_time(bench, webhook):
    bench.begin(format="alertmanager", repeat=60.0)
    began = bench.now
    bench.opened("host=web1", model="cpu")
    bench.step()
    bench.now += 30.0
    bench.closed("host=web1", model="cpu")
    bench.step()
    first, last = (got.content[0] for got in webhook.got)
    assert {got.path for got in webhook.got} == {"/api/v2/alerts"}
    assert first["labels"] == last["labels"]
    assert first["labels"] == {
        "alertname": "offbeat",
        "host": "web1",
        "stream": "host=web1",
        "model": "cpu",
        "severity": "alarm",
        "event": "host=web1-1",
    }
    assert (moment(first["startsAt"]), moment(first["endsAt"])) == (began, began + 240.0)
    assert (moment(last["startsAt"]), moment(last["endsAt"])) == (began, began + 30.0)


def test_alertmanager_hears_of_open_events_again_before_it_forgets_them(bench, webhook):
    bench.begin(format="alertmanager")
    bench.opened()
    bench.step()
    for _ in range(3):
        bench.step(after=60.0)
    ends = [moment(got.content[0]["endsAt"]) - bench.now for got in webhook.got]
    assert ends == [60.0, 120.0, 180.0, 240.0]


def test_alertmanager_has_time_to_tell_of_what_was_over_before_it_came(bench, webhook):
    bench.begin(format="alertmanager")
    bench.opened()
    bench.now += 1.0
    bench.closed()
    bench.step(after=1.0)
    [[alert]] = [got.content for got in webhook.got]
    assert moment(alert["endsAt"]) == bench.now + 60.0


def test_alertmanager_sees_a_raised_event_end_under_its_former_tier(bench, webhook):
    bench.begin(format="alertmanager", minimum="watch")
    bench.opened(severity=Severity.WATCH)
    bench.step()
    bench.opened(severity=Severity.ALARM)
    bench.step(after=10.0)
    former, present = webhook.got[1].content
    assert (former["labels"]["severity"], moment(former["endsAt"])) == ("watch", bench.now)
    assert (present["labels"]["severity"], moment(present["endsAt"]) > bench.now) == ("alarm", True)


def test_alertmanager_gets_all_of_many_in_parts(bench, webhook):
    bench.begin(format="alertmanager", group_by=())
    for i in range(600):
        bench.opened(f"web{i}")
    bench.step(3)
    assert [len(got.content) for got in webhook.got] == [256, 256, 88]
    assert len({alert["labels"]["stream"] for got in webhook.got for alert in got.content}) == 600


@pytest.mark.parametrize("form", ["json", "slack", "alertmanager"])
def test_strange_names_and_scores_are_valid_json(bench, webhook, form):
    bench.begin(format=form)
    event = Event(start=0, end=1, peak=0, score=float("inf"), channels=(("a\x1b[31m", float("nan")), ("\ud800", 1.0)))
    bench.alerts.report([Change.of("\x00\ud800 name\n", "e", event)])
    bench.step()
    assert json.loads(webhook.got[0].body, parse_constant=pytest.fail)


@pytest.mark.parametrize("form", ["json", "slack", "alertmanager"])
def test_a_test_says_that_it_is_one_and_leaves_nothing_open(bench, webhook, form):
    bench.begin(format=form)
    bench.alerts.send_test(bench.alerts.receivers[0])
    bench.step(3)
    assert all("this is a test" in got.body.decode() for got in webhook.got)
    # What ends as soon as it begins is told to nobody by Alertmanager, where it ends by itself.
    assert len(webhook.got) == (1 if form == "alertmanager" else 2)
    assert bench.alerts.status()["ops"]["open"] == 0


def test_a_test_is_of_what_a_receiver_is_told(bench, webhook):
    bench.begin(bench.receiver(name="all", minimum="watch"), bench.receiver(name="few", resolve=False))
    for receiver in bench.alerts.receivers:
        bench.alerts.send_test(receiver)
    bench.step(3)
    told = [(got.content["receiver"], got.content["status"], got.content["title"]) for got in webhook.got]
    assert sorted(told) == [
        ("all", "firing", "This is a test: 1 alarm: test; 1 to watch: test"),
        ("all", "resolved", "This is a test: 2 over: test"),
        ("few", "firing", "This is a test: 1 alarm: test"),
    ]
    begun, ended = (got.content["alerts"] for got in webhook.got if got.content["receiver"] == "all")
    assert [alert["event"] for alert in begun] == [alert["event"] for alert in ended]


def test_links_open_the_stream_on_the_live_page(bench, webhook):
    bench.begin(link="https://live.example.org/#all")
    bench.opened("host=web 1,site=köln&co", model="cpu")
    bench.step()
    [alert] = webhook.got[0].content["alerts"]
    page, _, asked = alert["link"].partition("#")
    assert page == "https://live.example.org/"
    assert parse_qs(asked) == {"stream": ["host=web 1,site=köln&co"], "model": ["cpu"]}


@pytest.mark.parametrize("form", ["slack", "alertmanager"])
def test_other_formats_have_the_link_of_each_stream(bench, webhook, form):
    bench.begin(format=form, link="https://live.example.org/")
    bench.opened("a|b>", model="cpu")
    bench.step()
    assert "https://live.example.org/#stream=a%7Cb%3E&model=cpu" in webhook.got[0].body.decode()
