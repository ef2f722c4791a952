"""What stands before the application: who may ask, how much at once, and how long it takes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from offbeat.app.web import guarded
from offbeat.service.access import Access
from offbeat.service.metrics import Metrics
from offbeat.service.web_errors import failure

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Guard", "Limit", "Observed"]

_HERE = ("127.0.0.1", "localhost", "[::1]")
_READS = ("GET", "HEAD")


class Guard:
    """Passes on what its sender may ask.

    With keys, a request carries one as ``Authorization: Bearer …`` or ``X-API-Key``; pages and files without data are
    open. Without keys on a machine's own address, only requests to that address are answered: a page of another site
    in a browser on the machine is refused, also where its name points here (DNS rebinding).

    Parameters
    ----------
    app : ASGIApp
        Gets what is passed on.
    access : Access
        The keys.
    here_only : bool
        Whether the service is for this machine alone.
    is_open : tuple of str
        Paths, and beginnings of paths that end with a slash, that need no key.
    """

    def __init__(self, app: ASGIApp, access: Access, *, here_only: bool, is_open: tuple[str, ...] = ()) -> None:
        self._app, self._access, self._here_only, self._is_open = app, access, here_only, is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        refused = self._refused(scope)
        await (self._app if refused is None else refused)(scope, receive, guarded(send))

    def _refused(self, scope: Scope) -> Response | None:
        """Return the answer to a request that is not passed on; None for one that is."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if headers.get("origin", f"{scope['scheme']}://{host}").partition("://")[2] != host:
            return failure(403, "forbidden", "another site asked for this: open the page of the service itself")
        if not self._access.is_open:
            return None if self._needs_no_key(scope["path"]) else self._without_role(scope["method"], headers)
        if self._here_only and host not in _HERE and host.rpartition(":")[0] not in _HERE:
            return failure(403, "forbidden", "this service is for its own machine: ask at 127.0.0.1, or set keys")
        return None

    def _needs_no_key(self, path: str) -> bool:
        folders = tuple(each for each in self._is_open if each[1:].endswith("/"))
        return path in self._is_open or path.startswith(folders)

    def _without_role(self, method: str, headers: Headers) -> Response | None:
        role = self._access.role(_token(headers))
        if role is None:
            message = "expected an API key, got none that is known: send Authorization: Bearer KEY"
            return failure(401, "key", message, {"www-authenticate": "Bearer"})
        if role == "read" and method not in _READS:
            return failure(403, "forbidden", "expected a key to write, got one to read: use another")
        return None


class Limit:
    """Refuses bodies of more than so many bytes, whatever their header says of them.

    Parameters
    ----------
    app : ASGIApp
        Gets the others.
    largest : int
        Bytes.
    """

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self._app, self._largest = app, largest
        self._message = f"expected at most {largest:,} bytes in a request, got more: send it in parts"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length", "0")
        if not told.isdecimal() or int(told[:20]) > self._largest:
            await failure(413, "too_large", self._message)(scope, receive, send)
            return
        came = 0

        async def receive_limited() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > self._largest:
                raise HTTPException(413, self._message)
            return message

        await self._app(scope, receive_limited, send)


class Observed:
    """Measures how long each request takes, by its operation.

    Parameters
    ----------
    app : ASGIApp
        Answers.
    metrics : Metrics
        Count it.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def send_observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_observed)
        finally:
            # The template of the path, so that there are as many as there are operations.
            route = getattr(scope.get("route"), "path", "other")
            self._metrics.requests.labels(route, str(status)).observe(time.perf_counter() - begun)


def _token(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
