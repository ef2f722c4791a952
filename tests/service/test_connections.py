"""A service that reads sources and tells receivers, from points to messages and back."""

import json
import sqlite3
from contextlib import closing, contextmanager

import httpx
import numpy as np
import pytest

import offbeat
from offbeat.errors import ParameterError
from offbeat.service.alerts import Receiver
from offbeat.service.app import service_app
from offbeat.service.connections import Connected, Connections, alerts_file, read_connections
from offbeat.service.service import Service, ServiceOptions
from offbeat.service.sources.sql import SqlSettings
from served import served
from webhooks import Webhook, status


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    detector = offbeat.NaiveForecast(scaling="none", threshold=offbeat.Fixed(3.0)).fit(np.sin(np.arange(500.0)))
    folder = tmp_path_factory.mktemp("model") / "cpu"
    detector.save(folder)
    return folder


@pytest.fixture
def webhook():
    with Webhook() as made:
        yield made


class Bench:
    def __init__(self, client):
        self.client = client
        self.second = 1_700_000_000

    def push(self, key, *values):
        points = []
        for value in values:
            self.second += 1
            points.append({"key": key, "time": self.second, "values": value})
        answer = self.client.post("/v1/points", json={"points": points})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, path):
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


def receiver(webhook, **settings):
    common = {"name": "ops", "url": webhook.url, "group_wait": 0.0, "cooldown": 0.0, "wait": 0.01, "history_after": 0.0}
    return Receiver(**(common | settings))


@contextmanager
def serving(model, data, receivers=(), sources=(), **options):
    connections = Connections(receivers, sources)
    service = Service(model, data, ServiceOptions(watched=connections.watched, **options))
    with service.running(), Connected(service, connections) as connected:
        app = service_app(service, connected=connected)
        with served(app) as url, httpx.Client(base_url=url) as client:
            yield Bench(client)


NORMAL, ODD = [0.0, 0.1, 0.0, 0.1], [9.0]


def test_from_points_to_an_alert_and_to_its_end(model, tmp_path, webhook):
    with serving(model, tmp_path / "s.db", [receiver(webhook)]) as bench:
        bench.push("web1", *NORMAL, *ODD)
        [got] = webhook.wait_for(1)
        [alert] = got.content["alerts"]
        assert (got.content["status"], alert["stream"], alert["model"]) == ("firing", "web1", "cpu")
        details = alert["details"]
        assert details["score"] == pytest.approx(9.0, abs=0.2)
        # A model that does not scale does not know what is usual.
        assert (details["threshold"], list(details["values"].values()), details["usual"]) == (3.0, [9.0], {})
        bench.push("web1", *[9.0, 9.0, 9.0, 9.0, 9.0, 9.0])
        over = webhook.wait_for(2)[1].content
        assert (over["status"], over["alerts"][0]["event"]) == ("resolved", alert["event"])
        while bench.get("/v1/receivers")[0]["sent"] != 2:
            pass


def test_whoever_asks_for_watches_is_told_of_them_before_they_are_alarms(model, tmp_path, webhook):
    tiers = offbeat.Tiers(offbeat.Fixed(1.0), offbeat.Fixed(3.0))
    folder = offbeat.load(model).set_threshold(tiers=tiers).save(tmp_path / "cpu")
    watching, calm = receiver(webhook, minimum="watch", streams=("web1",)), receiver(webhook, name="calm")
    with serving(folder, tmp_path / "s.db", [watching, calm]) as bench:
        bench.push("web1", *NORMAL, 2.0)
        [got] = webhook.wait_for(1)
        assert (got.content["title"], got.content["receiver"]) == (
            "1 to watch: web1, since 2023-11-14 22:13 UTC",
            "ops",
        )
        bench.push("web1", 9.0)
        raised = {got.content["receiver"]: got.content["alerts"][0]["before"] for got in webhook.wait_for(3)[1:]}
        assert raised == {"ops": "watch", "calm": None}


def test_nobody_is_told_of_watches_of_other_models(model, tmp_path, webhook):
    watching = receiver(webhook, minimum="watch", models=("disk", "net*"))
    assert Connections([watching, receiver(webhook, name="b")]).watched == ("disk", "net*")
    assert Connections([receiver(webhook, minimum="watch")]).watched == ("*",)


def test_what_somebody_has_acknowledged_is_over_and_stays_so(model, tmp_path, webhook):
    with serving(model, tmp_path / "s.db", [receiver(webhook)]) as bench:
        bench.push("web1", *NORMAL, *ODD)
        event = webhook.wait_for(1)[0].content["alerts"][0]["event"]
        said = {"verdict": "normal", "note": "a deployment"}
        assert bench.client.post(f"/v1/events/{event}/acknowledge", json=said).status_code == 200
        assert webhook.wait_for(2)[1].content["status"] == "resolved"
        bench.push("web1", *[9.0] * 6)
        bench.push("web2", *NORMAL, *ODD)
        assert webhook.wait_for(3)[2].content["alerts"][0]["stream"] == "web2"


def test_a_receiver_that_fails_hangs_and_recovers_gets_what_happened_meanwhile(model, tmp_path, webhook):
    webhook.answers = [status(500), webhook.hangs, status(503)]
    with serving(model, tmp_path / "s.db", [receiver(webhook, timeout=0.2)]) as bench:
        bench.push("web1", *NORMAL, *ODD)
        webhook.wait_for(2)
        # The receiver hangs, and points are stored and scored all the same.
        assert bench.push("web2", *NORMAL, *ODD)["scored"] == 4
        while not {"web1", "web2"} <= _told(webhook):
            webhook.wait_for(len(webhook.got) + 1)


def _told(webhook):
    """Return the streams in messages that were taken: the first three tries were not."""
    return {alert["stream"] for got in webhook.got[3:] for alert in got.content["alerts"]}


def test_what_happened_while_alerts_were_off_is_told_after_a_restart(model, tmp_path, webhook):
    data = tmp_path / "s.db"
    with serving(model, data, [receiver(webhook)]) as bench:
        bench.push("web1", *NORMAL)
    with serving(model, data) as bench:
        bench.second += 10
        bench.push("web1", *ODD)
    with serving(model, data, [receiver(webhook)]):
        assert webhook.wait_for(1)[0].content["status"] == "firing"
    assert alerts_file(data).exists()


def test_messages_that_were_given_up_are_shown_and_revived(model, tmp_path, webhook):
    webhook.answers = [status(400)]
    with serving(model, tmp_path / "s.db", [receiver(webhook)]) as bench:
        bench.push("web1", *NORMAL, *ODD)
        webhook.wait_for(1)
        while not (letters := bench.get("/v1/receivers/dead")):
            pass
        assert letters[0]["error"] == "status 400: text"
        assert letters[0]["title"] == "1 alarm: web1, since 2023-11-14 22:13 UTC"
        metrics = bench.client.get("/metrics").text
        assert 'offbeat_alert_messages_total{outcome="given_up",receiver="ops"} 1.0' in metrics
        assert 'offbeat_alerts_dead{receiver="ops"} 1.0' in metrics
        assert bench.client.post("/v1/receivers/dead/revive", json={}).json() == {"revived": 1}
        assert webhook.wait_for(2)[1].content["id"] == letters[0]["id"]


def test_a_receiver_is_sent_a_test(model, tmp_path, webhook):
    with serving(model, tmp_path / "s.db", [receiver(webhook)]) as bench:
        assert bench.client.post("/v1/receivers/test", json={"name": "ops"}).status_code == 202
        assert all("This is a test" in got.content["title"] for got in webhook.wait_for(2))
        answer = bench.client.post("/v1/receivers/test", json={"name": "other"})
        assert (answer.status_code, "ops" in answer.text) == (422, True)


def test_a_stream_that_falls_silent_is_told_of_and_that_it_is_back_after_a_restart(model, tmp_path, webhook):
    listening = receiver(webhook, silent_after=1.0, link="http://live/")
    with serving(model, tmp_path / "s.db", [listening], silent_after=0.5) as bench:
        bench.push("web1", *NORMAL)
        [alert] = webhook.wait_for(1)[0].content["alerts"]
        assert (alert["kind"], alert["stream"], alert["link"]) == (
            "silent",
            "web1",
            "http://live/#stream=web1&model=cpu",
        )
        assert alert["details"]["last_time"] == "2023-11-14T22:13:24Z"
    with serving(model, tmp_path / "s.db", [listening], silent_after=0.5) as bench:
        bench.second += 10
        bench.push("web1", 0.0)
        over = webhook.wait_for(2)[1].content
        assert (over["title"], over["alerts"][0]["event"]) == ("1 back: web1", alert["event"])


def test_a_stream_that_lacks_values_all_the_time_is_told_of(model, tmp_path, webhook):
    with serving(model, tmp_path / "s.db", [receiver(webhook, silent_after=0.1)]) as bench:
        bench.push("web1", *NORMAL, *[None, 0.0, None] * 3)
        # A source may send on: without scores it is blind, not silent.
        [got] = webhook.wait_for(1)
        details = got.content["alerts"][0]["details"]
        assert got.content["title"] == "1 without scores: web1"
        assert (details["unscored_since"], details["missing_time"]) == ("2023-11-14T22:13:24Z", "2023-11-14T22:13:33Z")
        assert details["n_values"] < details["n_needed"]
        bench.push("web1", *NORMAL)
        assert webhook.wait_for(2)[1].content["title"] == "1 scored again: web1"


def test_without_connections_there_is_nothing(model, tmp_path):
    with serving(model, tmp_path / "s.db") as bench:
        assert bench.get("/v1/receivers") == bench.get("/v1/sources") == bench.get("/v1/receivers/dead") == []
        assert bench.client.post("/v1/receivers/dead/revive", json={"ids": ["x"]}).json() == {"revived": 0}
        assert bench.client.post("/v1/receivers/test", json={"name": "ops"}).status_code == 422
    assert not alerts_file(tmp_path / "s.db").exists()


def test_a_table_that_grows_is_scored_and_told_of_across_restarts(model, tmp_path, webhook):
    pytest.importorskip("sqlalchemy")
    table = tmp_path / "plant.db"
    columns = {"after": "id", "key": "host", "time": "t", "values": ("cpu",)}
    settings = SqlSettings(name="plant", url=f"sqlite:///{table}", table="readings", interval=0.0, **columns)
    with closing(sqlite3.connect(table)) as connection, connection:
        connection.execute("CREATE TABLE readings (id INTEGER PRIMARY KEY, host TEXT, t INTEGER, cpu REAL)")
    values = [*NORMAL, *ODD, *NORMAL]
    for begin in (0, 3, 6):
        with closing(sqlite3.connect(table)) as connection, connection:
            rows = [("web1", 1_700_000_000 + i, values[i]) for i in range(begin, begin + 3)]
            connection.executemany("INSERT INTO readings (host, t, cpu) VALUES (?, ?, ?)", rows)
        with serving(model, tmp_path / "s.db", [receiver(webhook)], [settings]) as bench:
            while (bench.get("/v1/streams")["streams"] or [{"n_points": 0}])[0]["n_points"] < begin + 3:
                pass
            assert bench.get("/v1/sources")[0]["repeated"] == 0
            assert 'offbeat_source_up{source="plant"} 1.0' in bench.client.get("/metrics").text
    assert webhook.wait_for(1)[0].content["alerts"][0]["stream"] == "web1"


def test_a_source_that_cannot_be_read_says_so_and_the_service_goes_on(model, tmp_path):
    settings = SqlSettings(name="plant", url=f"sqlite:///{tmp_path}/nowhere.db", table="readings", after="id")
    with serving(model, tmp_path / "s.db", sources=[settings]) as bench:
        while (found := bench.get("/v1/sources")[0])["state"] != "failing":
            pass
        assert "nowhere.db" in found["error"]
        assert 'offbeat_source_up{source="plant"} 0.0' in bench.client.get("/metrics").text
        assert bench.push("web1", *NORMAL)["scored"] == 3


def test_a_configuration_has_both(tmp_path):
    path = tmp_path / "offbeat.json"
    sources = [{"kind": "stdin", "name": "in"}]
    path.write_text(json.dumps({"receivers": [{"name": "ops", "url": "http://localhost"}], "sources": sources}))
    found = read_connections(path)
    assert (found.receivers[0].name, found.sources[0].name) == ("ops", "in")


@pytest.mark.parametrize(("kind", "names"), [("receivers", ("a", "a")), ("sources", ("b", "b")), ("sources", ("",))])
def test_names_that_do_not_tell_apart_are_refused(tmp_path, kind, names):
    more = {"receivers": {"url": "http://localhost"}, "sources": {"kind": "stdin"}}
    path = tmp_path / "offbeat.json"
    path.write_text(json.dumps({kind: [{"name": name, **more[kind]} for name in names]}))
    with pytest.raises(ParameterError, match=f"{kind} with different names"):
        read_connections(path)
