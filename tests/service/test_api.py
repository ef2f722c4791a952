"""What is asked and told over HTTP: formats, limits, keys, metrics, and what hostile requests get."""

import json
import re
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offbeat.errors import FormatError, ParameterError
from offbeat.service.access import Access, add_key
from offbeat.service.app import service_app
from offbeat.service.points import Push
from offbeat.service.service import Service, ServiceOptions
from pushing import START, crashed_copy, fates, noisy_wave, points_of, pushed, recording_of, scores_of

TestClient = pytest.importorskip("starlette.testclient", reason="needs httpx").TestClient
JSON, LINES, CSV = "application/json", "application/x-ndjson", "text/csv"


@pytest.fixture
def client(service):
    return TestClient(service_app(service), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def lasting(model_folder, tmp_path_factory):
    """A client whose service lasts for all tests that ask a lot."""
    options = ServiceOptions(max_body=20_000)
    with Service(model_folder, tmp_path_factory.mktemp("data") / "data.db", options).running() as running:
        yield TestClient(service_app(running), raise_server_exceptions=False)


def post(client, body, kind=JSON, path="/v1/points"):
    return client.post(path, content=body, headers={"content-type": kind})


def message_of(answer):
    assert set(answer.json()) == {"error"}
    return answer.json()["error"]["message"]


def test_points_come_as_json_lines_and_csv(client):
    point = {"key": "s", "time": "2026-03-01T10:00:00Z", "values": {"a": 0.5}}
    later = [{**point, "time": f"2026-03-01T12:00:0{second}+01:00"} for second in range(3)]
    bodies = [
        (json.dumps({"points": [point]}), JSON),
        ("\n".join(map(json.dumps, later)), LINES),
        ("key,time,a\ns,2026-03-01T11:00:03,0.5\ns,2026-03-01T11:00:04,\n", f"{CSV}; charset=utf-8"),
    ]
    answers = [post(client, *body) for body in bodies]
    assert [answer.json()["unscored"] for answer in answers] == [1, 3, 2]
    assert [post(client, *body).json()["repeated"] for body in bodies] == [1, 3, 2]
    series = client.get("/v1/series", params={"key": "s"}).json()
    assert series["time"][-1] == "2026-03-01T11:00:04Z"
    assert series["mean"] == [[0.5] * 5 + [None]]


def test_a_series_is_summed_up_in_a_range_of_time(service, client):
    values = noisy_wave(500, 0)
    scores = scores_of(pushed(service, points_of("s", values)))
    found = client.get("/v1/series", params={"key": "s", "n": 10}).json()
    parts = np.array_split(np.arange(500), 10)
    np.testing.assert_allclose(found["mean"][0], [values[part].mean() for part in parts])
    np.testing.assert_allclose(found["high"][0], [values[part].max() for part in parts])
    np.testing.assert_allclose(found["score"], [np.nanmax(scores[part]) for part in parts])
    start, stop = (f"{np.datetime64(START + second, 's')}Z" for second in (100, 103))
    found = client.get("/v1/series", params={"key": "s", "start": start, "stop": stop}).json()
    np.testing.assert_allclose(found["mean"][0], values[100:103, 0])
    empty = client.get("/v1/series", params={"key": "s", "start": "2050-01-01"}).json()
    assert (empty["n_points"], empty["score"]) == (0, [])


def test_streams_come_in_pages_and_more_says_so(service, client):
    pushed(service, [point for key in "cab" for point in points_of(key, [[1.0]])])
    pages = [client.get("/v1/streams", params={"limit": 2, "first": first}).json() for first in (0, 2, 4)]
    assert [[each["key"] for each in page["streams"]] for page in pages] == [["a", "b"], ["c"], []]
    assert [page["more"] for page in pages] == [True, False, False]
    assert client.get("/v1/streams", params={"limit": 0}).status_code == 422


def test_of_many_points_the_newest_are_read_and_more_says_so(service, client):
    values = noisy_wave(700, 0)
    for first in range(0, 700, 140):
        pushed(service, points_of("s", values[first : first + 140], first))
    for limit, more in ((50, True), (300, True), (699, True), (700, False), (5000, False)):
        found = client.get("/v1/series", params={"key": "s", "limit": limit, "n": 1000}).json()
        assert (found["n_points"], found["more"]) == (min(limit, 700), more)
        np.testing.assert_array_equal(found["mean"][0], values[-limit:, 0])
    assert client.get("/v1/series", params={"key": "s", "limit": 0}).status_code == 422


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/v1/events?stauts=open", ["'stauts'", "did you mean 'status'"]),
        ("/v1/streams?page=2", ["model", "'page'"]),
        ("/v1/models?key=s", ["no parameters", "'key'"]),
        ("/v1/receivers?name=x", ["no parameters"]),
        ("/v1/board?tier=alarm", ["light"]),
    ],
)
def test_parameters_that_nobody_knows_are_refused(lasting, path, words):
    answer = lasting.get(path)
    assert answer.status_code == 422
    assert all(word in message_of(answer) for word in words)


def test_a_stream_is_deleted_and_begins_anew_but_its_events_stay(service, client, tmp_path):
    values = noisy_wave(400, 0)
    first = scores_of(pushed(service, points_of("s", np.concatenate([values, [[40.0]]]))))
    pushed(service, points_of("t", values[:20]))
    events = client.get("/v1/events").json()
    assert events[0]["status"] == "open"
    removed = client.delete("/v1/stream", params={"key": "s", "model": "pca"})
    assert removed.json() == {"model": "pca", "key": "s", "n_points": 401, "n_events": len(events)}
    assert client.get("/v1/series", params={"key": "s"}).status_code == 404
    assert [each["key"] for each in client.get("/v1/streams").json()["streams"]] == ["t"]
    after = client.get("/v1/events").json()
    assert [each["id"] for each in after] == [each["id"] for each in events]
    assert {each["status"] for each in after} == {"closed"}
    assert service.feed.after(0)[-1].what == "closed"
    assert client.delete("/v1/stream", params={"key": "s"}).status_code == 404
    # Points that would have been late, and events with the same numbers of points.
    again = scores_of(pushed(service, points_of("s", values)))
    np.testing.assert_array_equal(again, first[:400])
    assert len(client.get("/v1/events", params={"limit": 1000}).json()) > len(events)
    with Service(service.models.folder, crashed_copy(service.database.path, tmp_path / "left")).running() as restarted:
        assert restarted.reader.stream(None, "s")["n_points"] == 400
        assert len(restarted.reader.events()) == len(service.reader.events())


def test_a_stream_whose_clock_was_wrong_is_deleted_while_its_points_are_in_the_log(service, client, tmp_path):
    pushed(service, points_of("s", noisy_wave(60, 0)[:9], first=10**6))
    assert pushed(service, points_of("s", [[1.0]]))[0].status == "late"
    client.delete("/v1/stream", params={"key": "s"})
    left = crashed_copy(service.database.path, tmp_path / "left")
    with Service(service.models.folder, left).running() as restarted:
        assert fates(pushed(restarted, points_of("s", [[1.0]]))) == ["new"]
        assert restarted.reader.stream(None, "s")["n_points"] == 1


def test_events_are_listed_and_acknowledged(service, client):
    pushed(service, points_of("s", noisy_wave(500, 0)))
    events = client.get("/v1/events").json()
    assert len(events) > 2
    page = client.get("/v1/events", params={"limit": 1, "before": events[0]["id"]}).json()
    assert page == events[1:2]
    number = events[0]["id"]
    said = client.post(f"/v1/events/{number}/acknowledge", json={"verdict": "real", "note": "a pump"}).json()
    assert (said["verdict"], said["note"]) == ("real", "a pump")
    assert client.get("/v1/events", params={"verdict": "real"}).json() == [said]
    assert len(client.get("/v1/events", params={"verdict": "none"}).json()) == len(events) - 1
    assert client.get(f"/v1/events/{number}").json() == said
    assert client.post("/v1/events/999999/acknowledge", json={"verdict": "real"}).status_code == 404
    assert client.post(f"/v1/events/{number}/acknowledge", json={"verdict": "maybe"}).status_code == 422


def test_a_batch_is_scored_without_a_stream(service, client, detector):
    values = noisy_wave(200, 0)
    expected = detector.decision_function(recording_of(values))
    found = client.post("/v1/score", json={"values": values[:, 0].tolist()}).json()
    np.testing.assert_allclose(found["score"], expected)
    assert len(found["events"]) == len(detector.detect(recording_of(values)))
    live = client.post("/v1/score", json={"values": values.tolist(), "live": True}).json()
    np.testing.assert_allclose(
        np.array(live["score"], dtype=float), detector.live().decision_function(recording_of(values))
    )
    assert client.get("/v1/streams").json() == {"streams": [], "more": False}
    uneven = client.post("/v1/score", json={"values": [[1.0], [1.0, 2.0]]})
    assert uneven.status_code == 422
    assert "one length" in message_of(uneven)


def test_what_is_larger_than_allowed_or_has_no_room_is_turned_away(model_folder, tmp_path):
    service = Service(model_folder, tmp_path / "data.db", ServiceOptions(max_queue=2, max_body=1000))
    try:
        client = TestClient(service_app(service), raise_server_exceptions=False)
        body = json.dumps({"points": [{"key": "s", "values": 1.0}] * 200}).encode()
        assert post(client, body).status_code == 413
        assert post(client, iter([body[:900], body[900:]])).status_code == 413
        assert client.get("/ready").status_code == 503
        service.engine.submit(Push(points_of("s", np.ones((2, 1)))))
        full = post(client, b'{"points": [{"key": "s", "values": 1}]}')
        assert (full.status_code, full.headers["retry-after"]) == (429, "1")
        assert message_of(full)
    finally:
        service.close()


def test_keys_say_who_may_read_and_write(service, tmp_path):
    keys = tmp_path / "keys.json"
    read, write = add_key(keys, "grafana", "read"), add_key(keys, "hosts", "write")
    assert read not in keys.read_text()
    client = TestClient(service_app(service, Access(keys)))

    def status(token, method, path, **asked):
        headers = {"authorization": f"Bearer {token}", "content-type": JSON}
        return client.request(method, path, headers=headers, **asked).status_code

    body = {"content": b'{"points": [{"key": "s", "values": 1}]}'}
    assert [status(token, "POST", "/v1/points", **body) for token in (read, write, "no")] == [403, 200, 401]
    assert [status(token, "DELETE", "/v1/stream?key=s") for token in (read, "no", write)] == [403, 401, 200]
    assert [status(token, "GET", "/v1/streams") for token in (read, write, "no")] == [200, 200, 401]
    assert status("no", "GET", "/metrics") == 401
    assert client.get("/v1/streams", headers={"x-api-key": read}).status_code == 200
    assert [client.get(path).status_code for path in ("/health", "/docs", "/v1/models", "/docs/../v1/models")] == [
        200,
        200,
        401,
        401,
    ]
    again = add_key(keys, "hosts", "read")
    assert [Access(keys).role(token) for token in (write, again)] == [None, "read"]
    with pytest.raises(ParameterError, match="NAME"):
        add_key(keys, "x", "admin")
    keys.write_text("{}")
    with pytest.raises(FormatError, match="keys"):
        Access(keys)


def test_pages_of_other_sites_are_refused(service):
    client = TestClient(service_app(service, here_only=True), base_url="http://127.0.0.1:8000")
    assert client.get("/v1/streams").status_code == 200
    assert client.get("/v1/streams", headers={"origin": "http://evil.example"}).status_code == 403
    assert client.get("/v1/streams", headers={"host": "evil.example:8000"}).status_code == 403


def test_metrics_have_labels_of_models_and_operations_only(service, client):
    post(client, json.dumps({"points": [{"key": f"host{n}", "values": 1.0} for n in range(30)]}))
    client.get("/v1/nowhere/there")
    found = client.get("/metrics").text
    assert 'offbeat_points_total{status="unscored"} 30.0' in found
    assert 'offbeat_streams{model="pca",tier="none"} 30.0' in found
    assert 'offbeat_silent_streams{model="pca"} 0.0' in found
    assert 'route="/v1/points",status="200"' in found
    assert "host1" not in found
    assert "nowhere" not in found


def test_the_api_is_described_without_anything_from_elsewhere(client):
    page = client.get("/docs").text
    described = client.get("/openapi.json").json()
    for path in described["paths"]:
        assert path in page
    assert described["components"]["schemas"]["PointsIn"]["properties"]["points"]
    assert not re.search(r"https?://", page)


@pytest.mark.parametrize(
    ("body", "kind", "word"),
    [
        (b"", JSON, "JSON"),
        (b"{", JSON, "JSON"),
        (b"[" * 5000, JSON, "recursion"),
        (b'{"points": []}', JSON, "at least 1"),
        (b'{"points": {}}', JSON, "points"),
        (b'{"points": [{"key": "s", "values": 1}], "other": 1}', JSON, "other"),
        (b'{"points": [{"key": "\xff", "values": 1}]}', JSON, "JSON"),
        (b"\xff\xfe", LINES, "JSON"),
        (b'{\n"points": []\n}', LINES, "in each line"),
        (b"\n\n", LINES, "none"),
        (b"a,b\n1,2\n", CSV, "key"),
        (b"key,a\n\xff,1\n", CSV, "UTF-8"),
        (b"<x/>", "text/xml", "content type"),
    ],
)
def test_a_body_that_cannot_be_read_says_what_is_wrong(lasting, body, kind, word):
    answer = post(lasting, body, kind)
    assert answer.status_code == 422
    assert word in message_of(answer)


GOOD = {"key": "beside", "values": 1.0}


@pytest.mark.parametrize(
    ("point", "word"),
    [
        ({"key": "", "values": 1}, "key"),
        ({"values": 1}, "key"),
        (17, "object"),
        ({"key": "s"}, "values"),
        ({"key": "s", "values": "high"}, "'high'"),
        ({"key": "s", "values": True}, "values"),
        ({"key": "s", "values": 1, "time": "soon"}, "soon"),
        ({"key": "s", "values": 1, "time": 1e300}, "seconds"),
        ({"key": "s", "values": 1, "time": "9999-12-31T23:59:59-05:00"}, "2254"),
        ({"key": "s", "values": 1, "time": "0001-01-01T00:00:00+14:00"}, "1685"),
        ({"key": "s", "values": 1, "seq": 1.5}, "seq"),
        ({"key": "s", "values": 1, "other": 1}, "other"),
        ({"key": "s", "values": [1, 2]}, "1 value"),
    ],
)
@pytest.mark.parametrize("kind", [JSON, LINES])
def test_a_bad_point_is_refused_by_itself_and_named(lasting, point, word, kind):
    points = [GOOD, point, GOOD]
    body = json.dumps({"points": points}) if kind == JSON else "\n".join(map(json.dumps, points))
    found = post(lasting, body, kind).json()
    assert [status == "refused" for status in found["status"]] == [False, True, False]
    assert (found["score"][1], found["tier"][1]) == (None, None)
    assert list(found["messages"]) == ["1"]
    assert found["messages"]["1"].startswith(f"point 1 of {point.get('key', '') if point != 17 else ''!r}: ")
    assert word in found["messages"]["1"]


@pytest.mark.parametrize(("row", "word"), [("s,1,2", "fields in line 3"), ("s,x", "'x'"), (",1", "key")])
def test_a_bad_row_is_refused_by_itself(lasting, row, word):
    found = post(lasting, f"key,a\nbeside,1\n{row}\nbeside,2\n", CSV).json()
    assert [status == "refused" for status in found["status"]] == [False, True, False]
    assert word in found["messages"]["1"]


def test_one_bad_point_does_not_keep_many_others_out(client):
    points = [{"key": "s", "time": START + step, "values": 1.0} for step in range(2000)]
    points[700]["values"] = "n/a"
    found = post(client, json.dumps({"points": points})).json()
    assert (found["refused"], found["scored"] + found["unscored"]) == (1, 1999)


def test_points_without_a_score_have_no_tier_and_say_what_is_missing(service, client, detector):
    first = [{"key": "s", "time": START + step, "values": 1.0} for step in range(10)]
    found = post(client, json.dumps({"points": [*first, {**first[0], "time": START - 1}]})).json()
    needed = detector.n_times_
    assert (found["unscored"], found["scored"], found["late"]) == (10, 0, 1)
    assert set(found["tier"]) == set(found["score"]) == {None}
    assert found["warming_up"] == [{"model": "pca", "key": "s", "n_values": 10, "n_needed": needed}]
    stream = client.get("/v1/streams").json()["streams"][0]
    assert (stream["state"], stream["tier"], stream["n_until_scored"]) == ("warming_up", None, needed - 10)
    assert 'offbeat_warming_up_streams{model="pca"} 1.0' in client.get("/metrics").text
    rest = [{"key": "s", "time": START + step, "values": 1.0} for step in range(10, needed)]
    found = post(client, json.dumps({"points": rest})).json()
    assert (found["status"][-1], found["tier"][-1] is None, found["warming_up"]) == ("scored", False, [])
    stream = client.get("/v1/streams").json()["streams"][0]
    assert (stream["state"], stream["tier"] is None, stream["n_until_scored"]) == ("scoring", False, 0)


@pytest.mark.parametrize("number", [10**20, -(10**20)])
def test_ids_that_no_event_can_have_are_refused(lasting, number):
    assert lasting.get(f"/v1/events/{number}").status_code == 422
    assert lasting.get("/v1/events", params={"before": number}).status_code == 422
    assert lasting.post(f"/v1/events/{number}/acknowledge", json={"verdict": None}).status_code == 422
    assert lasting.get(f"/v1/events/{2**63 - 1}").status_code == 404


NUMBERS = st.one_of(st.floats(), st.integers(), st.none(), st.booleans(), st.text(max_size=3))
VALUES = st.recursive(
    NUMBERS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
FIELDS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("key", "values", "time", "seq", "model", "points", "verdict"), VALUES)
)
TEXTS = st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))
BODIES = st.one_of(
    TEXTS,
    st.lists(FIELDS, max_size=3).map(lambda points: json.dumps({"points": points}).encode()),
    FIELDS.map(lambda point: json.dumps({"points": [{"key": "s", "values": 1.0} | point]}).encode()),
    TEXTS.map(lambda text: b"key,time,a\n" + text),
    VALUES.map(lambda value: json.dumps({"values": value}).encode()),
)
ASKED = (
    *("/v1/series", "/v1/events", "/v1/streams", "/v1/models/pca/preview", "/v1/events/{}", "/v1/stream", "/v1/board"),
    *("/v1/acknowledged", "/page/{}"),
)
PATHS = ("/v1/points", "/v1/score", "/v1/events/1/acknowledge", "/v1/models/pca/threshold")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=BODIES, kind=st.sampled_from([JSON, LINES, CSV, "text/html", ""]), path=st.sampled_from(PATHS))
def test_no_request_makes_the_service_fail(lasting, body, kind, path):
    answer = post(lasting, body, kind, path)
    assert answer.status_code < 500, answer.text
    json.loads(answer.text)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    path=st.sampled_from(ASKED),
    given=st.dictionaries(
        st.sampled_from(["key", "model", "start", "stop", "since", "before", "limit", "n", "status", "first", "find"]),
        st.text(max_size=20) | st.integers().map(str) | st.floats().map(str) | st.datetimes().map(str),
        max_size=4,
    ),
)
def test_no_question_makes_the_service_fail(lasting, path, given):
    answer = lasting.get(path.format(quote(given.get("n", "1"), safe="")), params=given)
    assert answer.status_code < 500, answer.text
