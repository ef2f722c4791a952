from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest


@dataclass
class Site:
    """A site on this machine that can misbehave: each fault is used up by one request."""

    url: str
    contents: dict[str, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        name = request.path.removeprefix("/")
        self.requests.append(name)
        fault = self.faults.pop(0) if self.faults else ""
        body = self.contents.get(name)
        request.send_response(200 if body is not None else 404)
        request.send_header("Content-Length", str(len(body or b"")))
        request.end_headers()
        sent = {"truncated": (body or b"")[: len(body or b"") // 2], "corrupt": b"x" * len(body or b"")}
        request.wfile.write(sent.get(fault, body or b""))


@pytest.fixture
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.serve(self)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield here
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any data: nothing named by the environment, and the user cache in an empty folder."""
    monkeypatch.delenv("OFFBEAT_DATA", raising=False)
    cache = tmp_path / "cache"
    monkeypatch.setattr("pooch.os_cache", lambda project: cache / project)
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    return cache / "offbeat"


@pytest.fixture
def untouched_global_generator() -> Iterator[None]:
    """Fail a test that moves numpy's global generator on."""
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    yield
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
