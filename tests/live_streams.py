"""A model of two channels, streams of a point every five minutes, and a web server, for tests of the page."""

import threading
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest

import offbeat
from offbeat.service.app import service_app
from offbeat.service.points import MICRO, Point
from pushing import pushed

TestClient = pytest.importorskip("starlette.testclient", reason="needs httpx").TestClient

STEP = 300
"""Seconds between two points."""
BEGIN = 1_767_225_600
"""2026-01-01, in UTC."""
CHANNELS = ("cpu", "load")


def noise(n, seed):
    """Two channels of noise around 10, (n, 2)."""
    return 10.0 + np.random.default_rng(seed).normal(size=(n, 2))


def spike(n=4, height=40.0):
    """What no noise looks like, in the first channel."""
    return noise(n, n) + np.array([height, 0.0])


def learned():
    """A detector that learned from noise."""
    index = pd.date_range("2025-11-01", periods=6000, freq=f"{STEP}s", tz="UTC")
    frame = pd.DataFrame(noise(6000, 0), columns=CHANNELS, index=index)
    return offbeat.PCADetector(window=8, n_components=2, calibration="held-out", held_out=0.5).fit(frame)


class Streams:
    """Pushes points to a service, each stream from where it was left."""

    def __init__(self, service):
        self._service, self._n = service, {}

    def push(self, key, values):
        begin = self._n.get(key, 0)
        self._n[key] = begin + len(values)
        rows = enumerate(np.asarray(values, dtype=np.float64).tolist())
        return pushed(self._service, [Point(key, row, (BEGIN + (begin + at) * STEP) * MICRO) for at, row in rows])


def asking(service):
    """A client that asks the application of a service, without a server."""
    return TestClient(service_app(service))


@contextmanager
def serving(app):
    """Serve an application on a free port, and yield its address."""
    import uvicorn

    config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
