"""Who may talk to the server of a review: the page that it sent itself, on this machine, by the address it printed."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from offbeat.app.web import guarded

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Guard"]

_HERE = ("127.0.0.1", "localhost")


class Guard:
    """Passes requests on to an application, if their address begins with the token and comes from its own page.

    A page of another site knows no token, and a name of another site that points to this machine (DNS rebinding) is not
    ours.

    Parameters
    ----------
    app : ASGIApp
        Gets the address without the token.
    token : str
        The first part of the path of every address.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        refused = self._refused(scope)
        answer = self._app if refused is None else refused
        await answer(scope if refused else self._inner(scope), receive, guarded(send))

    def _refused(self, scope: Scope) -> PlainTextResponse | None:
        """Return the answer to a request that is not passed on; None for one that is."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if scope["type"] != "http" or host.rpartition(":")[0] not in _HERE:
            return PlainTextResponse("this server is for 127.0.0.1 only", 403)
        if headers.get("origin", f"http://{host}") != f"http://{host}":
            return PlainTextResponse("another page asked for this", 403)
        first = scope["path"].lstrip("/").partition("/")[0]
        if not secrets.compare_digest(first.encode(), self._token.encode()):
            return PlainTextResponse("open the whole address that offbeat review printed", 403)
        return None

    def _inner(self, scope: Scope) -> Scope:
        path = scope["path"].removeprefix(f"/{self._token}") or "/"
        return {**scope, "path": path, "raw_path": path.encode()}
