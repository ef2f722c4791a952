"""The page, and what it asks for beyond the API: all streams at a glance, thresholds, and what was said of events."""

from __future__ import annotations

import hashlib
from importlib.resources import files as package_files
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from offbeat.service.acknowledged import acknowledged_rows, acknowledged_streams, check_rows
from offbeat.service.board import Board, Glance
from offbeat.service.page_schemas import PreviewOut, RuledStreamOut, ThresholdIn, ThresholdOut
from offbeat.service.points import micros_of
from offbeat.service.reading import UnknownError
from offbeat.service.service import Service
from offbeat.service.threshold_previews import preview_alarms
from offbeat.service.threshold_setting import set_alarms, stream_facts
from offbeat.service.turns import Turns

__all__ = ["page_routes"]

_PAGE = "live.html"
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_Model = Annotated[str | None, Query(description="The name of the model, where there are several.")]


def page_routes(service: Service) -> APIRouter:
    """Return the page of a service, and the operations that it adds to the API."""
    router = APIRouter()
    _add_files(router)
    _add_board(router, Board(service))
    _add_thresholds(router, service, Turns())

    @router.get("/v1/acknowledged", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
    def acknowledged(
        model: _Model = None,
        key: str | None = None,
        since: str | None = None,
        limit: Annotated[int, Query(ge=1, le=100_000_000, description="Refuse more rows than these.")] = 5_000_000,
    ) -> Response:
        """Read streams with what was said of their events as CSV, to fit and to evaluate on: key, time, values, label.

        The label is 1 in real events and 0 elsewhere; values are left out in events of which nobody said anything.
        Without a key, all streams of the model with an event of which somebody did.
        """
        streams = acknowledged_streams(service, model, key)
        begin = None if since is None else micros_of(since)
        check_rows(service, streams, begin, limit)
        rows = acknowledged_rows(service, streams, begin, keyed=key is None)
        return StreamingResponse(rows, media_type="text/csv; charset=utf-8")

    return router


def _add_files(router: APIRouter) -> None:
    page = _page_files()

    @router.get("/", include_in_schema=False)
    async def opened() -> Response:
        return Response(page[_PAGE], media_type=_KINDS[".html"])

    @router.get("/page/{name}", include_in_schema=False)
    async def file(name: str) -> Response:
        if name not in page:
            raise UnknownError("there is no such file: open the page at /")
        return Response(page[name], media_type=_KINDS[f".{name.rpartition('.')[2]}"])


def _page_files() -> dict[str, bytes]:
    """Return the files of the page by name; nothing else is served."""
    folder = package_files("offbeat.service").joinpath("page")
    return {each.name: each.read_bytes() for each in folder.iterdir() if f".{each.name.rpartition('.')[2]}" in _KINDS}


def _add_board(router: APIRouter, board: Board) -> None:
    @router.get("/v1/board", include_in_schema=False)
    def glance(
        request: Request,
        model: str | None = None,
        find: Annotated[str, Query(max_length=200)] = "",
        light: Annotated[list[str], Query()] = [],  # noqa: B006 (FastAPI reads it, nobody changes it)
        first: Annotated[int, Query(ge=0, le=1 << 30)] = 0,
        n: Annotated[int, Query(ge=1, le=100)] = 60,
    ) -> Response:
        # Read before what it is about, so that no change is missed.
        asked = hashlib.sha256(request.url.query.encode()).hexdigest()[:12]
        tag = f'"{board.version()}-{asked}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"etag": tag})
        return JSONResponse(board.shown(Glance(model, find, light, first, n)), headers={"etag": tag})


def _add_thresholds(router: APIRouter, service: Service, turns: Turns) -> None:
    @router.get("/v1/stream", response_model=RuledStreamOut)
    def stream(key: str, model: _Model = None) -> dict[str, Any]:
        """Read one stream at a glance, with the threshold that it has now."""
        return stream_facts(service, model, key)

    @router.get("/v1/models/{name}/preview", response_model=PreviewOut)
    def preview(name: str, key: str, alarms_per_week: Annotated[float, Query(gt=0, lt=1e6)]) -> dict[str, Any]:
        """Preview thresholds by alarms a week on the last month of a stream of the model; nothing is changed."""
        with turns.turn():
            return preview_alarms(service, name, key, alarms_per_week)

    @router.post("/v1/models/{name}/threshold", response_model=ThresholdOut)
    def threshold(name: str, asked: ThresholdIn) -> dict[str, Any]:
        """Set the threshold of a model by alarms a week: on disk, and for all its streams from their next points on."""
        return set_alarms(service, name, asked.alarms_per_week, asked.key)
