"""All streams at a glance: what is counted, in which order, and that nothing is sent twice."""

import numpy as np
import pytest

import offbeat
from live_streams import Streams, asking, noise, spike
from offbeat.service.service import Service


def pushed_three(streams):
    for number, key in enumerate(("web-1", "web-2", "db-1")):
        streams.push(key, noise(200, number + 1))
    streams.push("web-2", spike())
    return streams


@pytest.fixture(scope="module")
def lasting(detector, tmp_path_factory):
    """Asks a service with three streams, one of them at alarm."""
    folder = tmp_path_factory.mktemp("three")
    detector.save(folder / "models" / "web")
    with Service(folder / "models", folder / "data.db").running() as service:
        pushed_three(Streams(service))
        yield asking(service)


@pytest.fixture
def three(streams):
    return pushed_three(streams)


def shown(client, **wanted):
    answer = client.get("/v1/board", params=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_worst_come_first_and_are_counted(lasting):
    found = shown(lasting)
    assert [tile["key"] for tile in found["streams"]] == ["web-2", "db-1", "web-1"]
    assert found["counts"] == {"alarm": 1, "watch": 0, "silent": 0, "warming_up": 0, "normal": 2}
    assert found["models"] == ["web"]
    worst = found["streams"][0]
    assert (worst["light"], worst["n_open"]) == ("alarm", 1)
    assert (found["events"]["n_open"], found["events"]["n_unsaid"]) == (1, 1)


def test_a_tile_has_the_newest_points_summed_up(lasting):
    tile = shown(lasting)["streams"][0]
    assert len(tile["score"]) == len(tile["tiers"]) == len(tile["values"][0]) == 60
    assert tile["tiers"].endswith("22")
    assert set(tile["tiers"][:50]) <= {"0", "1"}
    assert max(tile["values"][0]) > 40 > max(tile["values"][1])
    assert tile["score"][-1] > tile["threshold"]


def test_a_tile_shows_the_channels_to_blame_first(tmp_path):
    rng, names = np.random.default_rng(0), ("cpu", "disk", "load", "net", "latency")
    detector = offbeat.PCADetector(window=8, n_components=2).fit(
        offbeat.Recording(rng.normal(size=(600, 5)), channels=names)
    )
    detector.save(tmp_path / "web")
    with Service(tmp_path / "web", tmp_path / "data.db").running() as service:
        streams, client = Streams(service), asking(service)
        quiet, odd = rng.normal(size=(40, 5)), rng.normal(size=(3, 5)) + np.array([0, 0, 0, 0, 60.0])
        streams.push("web1", quiet)
        assert shown(client)["streams"][0]["shown"] == ["cpu", "disk", "load"]
        streams.push("web1", odd)
        for n_after in (0, 40):  # while the event is open, and after it
            streams.push("web1", rng.normal(size=(n_after, 5)) if n_after else odd)
            tile = shown(client)["streams"][0]
            assert (tile["shown"][0], max(tile["values"][0]) > 50) == ("latency", True)


def test_a_tile_reaches_back_beyond_what_is_in_memory(streams, client, service):
    values = noise(400, 1)
    for begin in range(0, 400, 50):
        streams.push("s", values[begin : begin + 50])
    (stream,) = service.engine.streams.by_id.values()
    assert len(stream.tail) < 120
    expected = values[-120:, 0].reshape(60, 2).max(axis=1)
    np.testing.assert_allclose(shown(client)["streams"][0]["values"][0], expected, rtol=1e-3)


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        ({"find": "WEB"}, ["web-2", "web-1"]),
        ({"light": ["normal", "watch"]}, ["db-1", "web-1"]),
        ({"light": "alarm", "find": "db"}, []),
        ({"n": 2}, ["web-2", "db-1"]),
        ({"n": 2, "first": 2}, ["web-1"]),
        ({"n": 2, "first": 900}, ["web-1"]),
        ({"model": "web", "find": "-1"}, ["db-1", "web-1"]),
        ({"model": "other"}, []),
    ],
)
def test_streams_are_filtered_and_come_in_pages(lasting, wanted, keys):
    assert [tile["key"] for tile in shown(lasting, **wanted)["streams"]] == keys


def test_what_is_as_before_is_not_sent_again(three, client):
    first = client.get("/v1/board")

    def again(query=""):
        return client.get(f"/v1/board{query}", headers={"if-none-match": first.headers["etag"]}).status_code

    assert again() == 304
    assert again("?n=2") == 200
    three.push("web-1", noise(1, 9))
    assert again() == 200


@pytest.mark.parametrize("what", ["a verdict", "a threshold"])
def test_whatever_changes_is_sent(three, client, what):
    first = client.get("/v1/board")
    number = client.get("/v1/events").json()[0]["id"]
    if what == "a verdict":
        client.post(f"/v1/events/{number}/acknowledge", json={"verdict": "real"})
    else:
        client.post("/v1/models/web/threshold", json={"alarms_per_week": 5})
    now = client.get("/v1/board", headers={"if-none-match": first.headers["etag"]})
    assert now.status_code == 200
    if what == "a verdict":
        assert now.json()["events"]["n_unsaid"] == 0
        assert now.json()["events"]["version"] != first.json()["events"]["version"]
    else:
        assert now.json()["streams"][0]["threshold"] < first.json()["streams"][0]["threshold"]


def test_only_files_of_the_page_are_served(client):
    page = client.get("/")
    assert "page/main.js" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert client.get("/page/main.js").headers["content-type"].startswith("text/javascript")
    for name in ("none.js", "..%2Fapi.py", "__init__.py", "schema.sql"):
        assert client.get(f"/page/{name}").status_code == 404
