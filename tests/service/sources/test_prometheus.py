"""A server that answers as Prometheus does."""

import json
import math
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from offbeat.errors import ParameterError
from offbeat.service.sources import SourceError
from offbeat.service.sources.prometheus import Prometheus, PrometheusSettings

from .conftest import Clock

STEP = 10.0
NOW = 1_000_000.0


class Server:
    """Has series by expression and labels: values by time."""

    def __init__(self, clock):
        self.series, self.asked, self.broken, self.status = {}, [], None, 200
        self.clock = clock
        self.headers = {}
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                form = {
                    k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["content-length"])).decode()).items()
                }
                if self.path.endswith("/query_range"):
                    server.asked.append(form)
                server.headers = dict(self.headers)
                content = server.broken if server.broken is not None else json.dumps(server.answer(form)).encode()
                self.send_response(server.status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def answer(self, form):
        if form["query"] == "time()":
            now = self.clock()
            return {"status": "success", "data": {"resultType": "scalar", "result": [now, f"{now:.3f}"]}}
        start, end, step = (float(form[name]) for name in ("start", "end", "step"))
        times = [start + i * step for i in range(round((end - start) / step) + 1)]
        if len(times) > 11_000:
            return {"status": "error", "errorType": "bad_data", "error": "exceeded maximum resolution"}
        found = []
        for labels, values in self.series.get(form["query"], {}).items():
            rows = [[time, values[time]] for time in times if time in values]
            if rows:
                found.append({"metric": dict(labels), "values": rows})
        return {"status": "success", "data": {"resultType": "matrix", "result": found}}

    def put(self, host, values, query="up", **labels):
        key = tuple({"__name__": "up", "host": host, **labels}.items())
        self.series.setdefault(query, {}).setdefault(key, {}).update(values)

    def close(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server(clock):
    pytest.importorskip("httpx", reason="needs the extra serve")
    made = Server(clock)
    yield made
    made.close()


@pytest.fixture
def clock():
    return Clock(NOW)


def source(server, steady=None, **settings):
    common = {"name": "prom", "url": server.url, "step": STEP, "delay": 0.0, "history": 100.0}
    made = PrometheusSettings(**(common | ({} if "queries" in settings else {"query": "up"}) | settings))
    return Prometheus(made, steady or Clock(0.0))


def steps(first, last):
    return {NOW + STEP * number: str(number) for number in range(first, last + 1)}


def of(kept, key):
    return [point.values for point in kept.points if point.key == key]


def test_a_grid_of_times_is_read_once_across_restarts(server, clock, kept):
    server.put("a", steps(-50, 100))
    server.put("b", steps(-50, 100))
    kept.read(source(server))
    for _ in range(3):
        clock.now += 35.0
        kept.read(source(server))
    assert of(kept, "host=a") == of(kept, "host=b") == [float(i) for i in range(-9, 11)]
    assert [point.time for point in kept.points[:2]] == [(NOW - 90) * 1e6] * 2


def test_it_waits_until_all_samples_have_come(server, clock, kept):
    server.put("a", steps(-50, 0))
    kept.read(source(server, delay=25.0))
    assert of(kept, "host=a")[-1] == -3.0


def test_what_is_missing_between_two_values_is_missing_values(server, clock, kept):
    server.put("a", {**steps(-9, -6), **steps(-2, -1)})
    server.put("b", steps(-9, 0))
    kept.read(source(server))
    clock.now += 50.0
    server.put("a", steps(4, 5))
    server.put("b", steps(1, 5))
    kept.read(source(server))
    nan = math.nan
    assert str(of(kept, "host=a")) == str([-9.0, -8.0, -7.0, -6.0, *[nan] * 3, -2.0, -1.0, *[nan] * 4, 4.0, 5.0])
    assert of(kept, "host=b") == [float(i) for i in range(-9, 6)]


def test_a_long_gap_is_filled_only_right_before_a_value(server, clock, kept):
    server.put("a", {**steps(-9, -9), **steps(0, 0)})
    kept.read(source(server, longest_gap=2))
    assert str(of(kept, "host=a")) == "[-9.0, nan, nan, 0.0]"


def test_a_kill_neither_loses_nor_repeats(server, clock, kept, monkeypatch):
    monkeypatch.setattr("offbeat.service.sources.prometheus._PUSH", 4)
    monkeypatch.setattr("offbeat.service.sources.prometheus._MOST_STEPS", 7)
    for host in "abc":
        server.put(host, {**steps(-50, -5), **steps(-2, 0)})
    last = 0
    for n_pushes in (1, 2, 1, 5, 3, 99):
        kept.read(source(server, history=400.0), n_pushes=n_pushes)
        assert len(kept.points) >= last
        last = len(kept.points)
    expected = [*(float(i) for i in range(-39, -4)), math.nan, math.nan, -2.0, -1.0, 0.0]
    assert {str(of(kept, f"host={host}")) for host in "abc"} == {str(expected)}


def test_a_long_history_is_asked_for_in_parts(server, clock, kept):
    server.put("a", steps(-3_000, 0))
    kept.read(source(server, history=30_000.0))
    assert len(of(kept, "host=a")) == 3_000
    assert len(server.asked) == 3


def test_several_expressions_are_channels(server, clock, kept):
    server.put("a", steps(-9, 0), query="cpu")
    server.put("a", steps(-9, -5), query="io")
    kept.read(source(server, queries={"cpu": "cpu", "io": "io"}))
    assert kept.points[0].values == {"cpu": -9.0, "io": -9.0}
    assert str(kept.points[-1].values) == "{'cpu': 0.0, 'io': nan}"


def test_what_is_not_finite_is_missing(server, clock, kept):
    server.put("a", {NOW - 10: "NaN", NOW: "+Inf"})
    kept.read(source(server))
    assert str(of(kept, "host=a")) == "[nan, nan]"


def test_labels_name_streams_and_must_tell_them_apart(server, clock, kept):
    server.put("a", steps(-9, 0), port="1")
    server.put("a", steps(-9, 0), port="2")
    kept.read(source(server, labels=("port",)))
    assert {point.key for point in kept.points} == {"port=1", "port=2"}
    with pytest.raises(SourceError, match="host=a"):
        kept.read(source(server, name="other", labels=("host",)))


@pytest.mark.parametrize(
    ("status", "content", "said"),
    [
        (400, b'{"status": "error", "errorType": "bad_data", "error": "parse error at 7"}', "parse error at 7"),
        (200, b"<html>", "answer of Prometheus"),
        (200, b"[" * 10_000, "answer of Prometheus"),
        (200, b'{"status": "success", "data": {"resultType": "vector", "result": []}}', "got a vector"),
        (200, b'{"status": "success", "data": {"resultType": "scalar", "result": []}}', "a time of Prometheus"),
        (502, b"bad gateway", "502"),
        (302, b"", "302"),
    ],
)
def test_an_answer_that_is_none_is_named(server, clock, kept, status, content, said):
    server.status, server.broken = status, content
    with pytest.raises(SourceError, match=said):
        kept.read(source(server))


def test_no_server_is_named(server, clock, kept):
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:1 does not answer") as raised:
        kept.read(source(server, url="http://me:secret@127.0.0.1:1"))
    assert "secret" not in str(raised.value)


def test_the_authorization_comes_from_the_environment(server, clock, kept, monkeypatch):
    monkeypatch.setenv("PROM", "Bearer secret")
    made = source(server, authorization_env="PROM")
    assert "secret" not in repr(made.settings)
    kept.read(made)
    assert server.headers["Authorization"] == "Bearer secret"


def test_another_step_goes_on_at_the_same_time(server, clock, kept):
    server.put("a", steps(-50, 50))
    kept.read(source(server))
    clock.now += 40.0
    kept.read(source(server, step=20.0))
    assert of(kept, "host=a")[-3:] == [0.0, 2.0, 4.0]


def test_the_time_is_that_of_the_server_and_a_clock_that_runs_on(server, clock, kept):
    server.put("a", steps(-50, 100))
    steady = Clock(5.0)
    made = source(server, steady)
    pushes = made.pushes(None)
    while (push := next(pushes)) is not None:
        kept.submit(push)
    for seconds in (30.0, 25.0, 20.0):
        # The clock of the server is asked for once a minute, and may be set meanwhile.
        steady.now += seconds
        clock.now += seconds + (200.0 if seconds == 25.0 else 0.0)
        while (push := next(pushes)) is not None:
            kept.submit(push)
    made.close()
    assert of(kept, "host=a") == [float(i) for i in range(-9, 28)]


def test_streams_that_are_gone_are_not_remembered_for_ever(server, clock, kept, monkeypatch):
    monkeypatch.setattr("offbeat.service.sources.prometheus._MOST_GONE", 20)
    server.put("stays", steps(-9, 1_000))
    for day in range(10):
        for pod in range(10):
            server.put(f"{day}-{pod}", steps(10 * day, 10 * day + 5))
    for _ in range(20):
        clock.now += 100.0
        kept.read(source(server, longest_gap=2))
    remembered = json.loads(kept.positions["prom"])["last"]
    assert 10 < len(remembered) <= 21
    assert {"host=stays", "host=9-9"} <= {*remembered}


def test_a_stream_that_was_gone_for_long_has_a_gap_before_it_goes_on(server, clock, kept):
    server.put("a", {**steps(-9, -5), **steps(40, 41)})
    kept.read(source(server, longest_gap=3))
    for _ in range(5):
        clock.now += 100.0
        kept.read(source(server, longest_gap=3))
    assert str(of(kept, "host=a")) == "[-9.0, -8.0, -7.0, -6.0, -5.0, nan, nan, nan, 40.0, 41.0]"


@pytest.mark.parametrize("given", [{"query": ""}, {"query": "a", "queries": {"b": "b"}}, {"url": "prom:9090"}])
def test_settings_that_contradict_are_refused(given):
    with pytest.raises(ParameterError, match="expected"):
        PrometheusSettings(**({"name": "prom", "url": "http://localhost:9090", "query": "up"} | given))
