"""The web part of a review: what the page asks for and says, over HTTP, on this machine alone."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from importlib.resources import files as package_files
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from offbeat.app.review.facts import change_facts, record_facts, state_facts
from offbeat.app.review.guard import Guard
from offbeat.app.review.session import Change, ReviewSession
from offbeat.app.review.signals import peak_near, piece
from offbeat.errors import OffbeatError, OutputError, ParameterError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

__all__ = ["review_app"]

_PAGE = "review.html"
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_LARGEST = 1 << 20  # bytes of a request

Said = dict[str, Any]
Answer = Callable[[Request], Awaitable[Response]]


def review_app(session: ReviewSession, token: str, finish: Callable[[], None] = lambda: None) -> ASGIApp:
    """Return the application that serves one review.

    Its requests are answered one after the other, so that none sees half of another's change.

    Parameters
    ----------
    session : ReviewSession
        What is reviewed.
    token : str
        The first part of the path of every address, known to whom the address was given.
    finish : callable
        Called when the person is done.
    """
    page = _page_files()

    async def file(request: Request) -> Response:
        name = request.path_params.get("name", _PAGE)
        if name not in page:
            return PlainTextResponse("there is no such file", 404)
        return Response(page[name], media_type=_KINDS[f".{name.rpartition('.')[2]}"])

    async def record(request: Request) -> Response:
        return JSONResponse(record_facts(session))

    async def signal(request: Request) -> Response:
        return JSONResponse(piece(session.record, *(_number(request, name) for name in ("start", "stop", "points"))))

    async def peak(request: Request) -> Response:
        return JSONResponse({"sample": peak_near(session.record, _number(request, "near"))})

    async def save(request: Request) -> Response:
        said = await _said(request)
        place = session.save_copy() if said.get("copy") is True else session.save()
        return JSONResponse({"saved": str(place), "reviewed": session.reviewed, "state": state_facts(session)})

    async def done(request: Request) -> Response:
        await _said(request)
        session.finish()
        finish()
        return JSONResponse({"reviewed": session.reviewed, "state": state_facts(session)})

    def step(take: Callable[[Said], Change]) -> Answer:
        async def answer(request: Request) -> Response:
            return JSONResponse(change_facts(session, take(await _said(request))))

        return answer

    asked = {"/": file, "/page/{name}": file, "/record": record, "/signal": signal, "/peak": peak}
    steps = {
        "/name": lambda said: session.name(_whole(said, "number"), _text(said, "name")),
        "/confirm": lambda said: session.confirm(_wholes(said, "numbers")),
        "/add": lambda said: session.add(_whole(said, "sample"), _text(said, "name")),
        "/undo": lambda said: session.undo(),
    }
    told = {"/save": save, "/done": done, **{path: step(take) for path, take in steps.items()}}
    routes = [Route(path, answer, methods=["GET"]) for path, answer in asked.items()]
    routes += [Route(path, answer, methods=["POST"]) for path, answer in told.items()]
    return Guard(Starlette(routes=routes, exception_handlers={OffbeatError: _failed}), token)


async def _failed(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 409 if isinstance(error, OutputError) else 400)


def _page_files() -> dict[str, bytes]:
    """Return the files of the page by name; nothing else is served."""
    folder = package_files("offbeat.app.review").joinpath("page")
    return {each.name: each.read_bytes() for each in folder.iterdir() if f".{each.name.rpartition('.')[2]}" in _KINDS}


async def _said(request: Request) -> Said:
    """Return what the page says, a JSON object."""
    if request.headers.get("content-type") != "application/json":
        raise ParameterError(f"expected JSON, got {request.headers.get('content-type')!r}")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            raise ParameterError(f"expected up to {_LARGEST:,} bytes at once, got more")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise ParameterError("expected a JSON object, got something else")
    return said


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise ParameterError(f"expected a whole number as {name}, got {text[:20]!r}")
    return int(text)


def _whole(said: Said, name: str) -> int:
    value = said.get(name)
    if type(value) is not int:
        raise ParameterError(f"expected a whole number as {name}, got {str(value)[:20]!r}")
    return value


def _wholes(said: Said, name: str) -> list[int]:
    values = said.get(name)
    if not isinstance(values, list):
        raise ParameterError(f"expected a list as {name}, got {str(values)[:20]!r}")
    return [_whole({name: value}, name) for value in values]


def _text(said: Said, name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str):
        raise ParameterError(f"expected text as {name}, got {str(value)[:20]!r}")
    return value
