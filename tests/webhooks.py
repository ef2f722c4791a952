"""Receivers of alerts that answer as real ones do: well, badly, slowly or not at all."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behave = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Got:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def content(self):
        return json.loads(self.body)


class Webhook:
    """An HTTP server on this machine; ``answers`` are used up one a request, then all are well."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.answers: list[Behave] = []
        self.came = threading.Condition()
        self.released = threading.Event()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                with hook.came:
                    hook.got.append(Got(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                    behave = hook.answers.pop(0) if hook.answers else status(200)
                    hook.came.notify_all()
                behave(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def wait_for(self, n: int, timeout: float = 30.0) -> list[Got]:
        with self.came:
            assert self.came.wait_for(lambda: len(self.got) >= n, timeout), f"only {len(self.got)} of {n} came"
            return list(self.got)

    def hangs(self, handler: BaseHTTPRequestHandler) -> None:
        self.released.wait(60)
        handler.close_connection = True

    def trickles(self, handler: BaseHTTPRequestHandler) -> None:
        """Send a header that never ends, a byte at a time."""
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self.released.wait(0.02):
                handler.wfile.write(b"a")
        except OSError:
            pass
        handler.close_connection = True


def status(number: int, **headers: str) -> Behave:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(number)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "4")
        handler.end_headers()
        handler.wfile.write(b"text")

    return answer


def breaks_off(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
