"""The web part: what can be asked and told over HTTP."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, FastAPI, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from offbeat.errors import DataError
from offbeat.events.severity import Severity
from offbeat.service.bodies import PointsIn, Unread, points_of
from offbeat.service.model_facts import failed_error, model_facts
from offbeat.service.points import STATUSES, Point, Push, Removal, Result, micros_of
from offbeat.service.reading import MOST_POINTS
from offbeat.service.schemas import (
    AcknowledgeIn,
    EventOut,
    ModelOut,
    PushOut,
    ReloadOut,
    RemovedOut,
    ScoreIn,
    ScoreOut,
    SeriesOut,
    StreamsOut,
)
from offbeat.service.served import Served
from offbeat.service.service import Service
from offbeat.service.turns import Turns

__all__ = ["routes", "schema_of"]

_LABELS = tuple(tier.label for tier in Severity)
_Model = Annotated[str | None, Query(description="The name of the model, where there are several.")]
_LARGEST_ID = 2**63 - 1
_LARGE = 64 << 10
"""Bytes of a push that is read beside the event loop."""
_SHOWN = 40
_Event = Annotated[int, Path(ge=0, le=_LARGEST_ID)]
_Time = Annotated[str | None, Query(description="ISO 8601.")]


def routes(service: Service) -> APIRouter:
    """Return the operations on a service."""
    router, turns = APIRouter(prefix="/v1"), Turns()
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/PointsIn"}}}}

    @router.post("/points", response_model=PushOut, openapi_extra={"requestBody": body})
    async def push(request: Request) -> dict[str, Any]:
        """Store and score points of any streams; the answer comes when all of it is on disk."""
        content, kind = await request.body(), request.headers.get("content-type", "")
        # What takes long must not keep others from being answered.
        apart = len(content) > _LARGE
        points = await run_in_threadpool(points_of, kind, content) if apart else points_of(kind, content)
        good = [point for point in points if isinstance(point, Point)]
        pushed = Push(good)
        results = (await asyncio.wrap_future(service.engine.submit(pushed).answer)).results if good else []
        return await run_in_threadpool(answered, points, results) if apart else answered(points, results)

    def answered(points: Sequence[Point | Unread], results: Sequence[Result]) -> dict[str, Any]:
        found = iter(results)
        whole = [next(found) if isinstance(each, Point) else Result("refused", message=each.message) for each in points]
        unscored = {
            (each.model, each.key)
            for each, result in zip(points, whole, strict=True)
            if isinstance(each, Point) and result.status == "unscored"
        }
        reader = service.reader
        about = {"warming_up": reader.warming_up(unscored), "sparse": reader.sparse(unscored)}
        return _answered(points, whole) | about

    @router.get("/streams", response_model=StreamsOut)
    def streams(
        model: _Model = None,
        first: Annotated[int, Query(ge=0, le=1 << 30, description="The number of the first one, from 0.")] = 0,
        limit: Annotated[int, Query(ge=1, le=10_000, description="At most so many.")] = 1000,
    ) -> dict[str, Any]:
        """List streams, by model and key."""
        found = service.reader.streams(model, first, limit + 1)
        return {"streams": found[:limit], "more": len(found) > limit}

    @router.delete("/stream", response_model=RemovedOut)
    async def remove(key: str, model: _Model = None) -> dict[str, Any]:
        """Delete a stream: its points, scores and state. Its events stay, and those that go on are closed.

        A later point with its key begins another stream.
        """
        removal = service.engine.remove(Removal(model, key))
        return (await asyncio.wrap_future(removal.answer))._asdict()

    @router.get("/series", response_model=SeriesOut)
    def series(
        key: str,
        model: _Model = None,
        start: _Time = None,
        stop: _Time = None,
        n: Annotated[int, Query(ge=1, le=20_000)] = 1000,
        limit: Annotated[
            int, Query(ge=1, le=MOST_POINTS, description="Of the range, the newest so many points.")
        ] = MOST_POINTS,
    ) -> dict[str, Any]:
        """Read points and scores of a stream, summed up to n of them."""
        return service.reader.series(model, key, _micros(start), _micros(stop), n, limit)

    @router.get("/events", response_model=list[EventOut])
    def events(
        model: _Model = None,
        key: str | None = None,
        status: Literal["open", "closed"] | None = None,
        verdict: Literal["normal", "real", "none"] | None = None,
        since: _Time = None,
        before: Annotated[int | None, Query(ge=0, le=_LARGEST_ID)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> list[dict[str, Any]]:
        """Read events, the newest first."""
        return service.reader.events(
            model=model, key=key, status=status, verdict=verdict, since=_micros(since), before=before, limit=limit
        )

    @router.get("/events/{number}", response_model=EventOut)
    def event(number: _Event) -> dict[str, Any]:
        """Read one event."""
        return service.reader.event(number)

    @router.post("/events/{number}/acknowledge", response_model=EventOut)
    def acknowledge(number: _Event, said: AcknowledgeIn) -> dict[str, Any]:
        """Say whether an event was normal or real."""
        return service.reader.acknowledge(number, said.verdict, said.note)

    @router.get("/models", response_model=list[ModelOut])
    def models() -> list[dict[str, Any]]:
        """List the models."""
        return [model_facts(each, service.models.failed.get(each.name)) for each in service.models.values()]

    @router.post("/score", response_model=ScoreOut)
    def score(given: ScoreIn) -> dict[str, Any]:
        """Score a recording or a collection of series, without a stream."""
        with turns.turn():
            return _scored(service.models.named(given.model), given)

    @router.post("/reload", response_model=ReloadOut, responses={409: {"model": ReloadOut}})
    def reload(response: Response) -> dict[str, Any]:
        """Load models and thresholds that have changed on disk; streams go on.

        409 where a model on disk cannot be loaded, or is gone: the earlier one stays in use.
        """
        found = service.reload()
        if not found.failed:
            return {"models": found.models}
        response.status_code = 409
        return {"models": found.models, "failed": found.failed, "error": failed_error(found)}

    return router


def schema_of(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI schema of an application with these routes.

    The body of a push is read here, not by FastAPI, so that it may be lines as well: its schema is added.
    """
    schema = app.openapi()
    points = PointsIn.model_json_schema(ref_template="#/components/schemas/{model}")
    schema["components"]["schemas"] |= {**points.pop("$defs"), "PointsIn": points} if "$defs" in points else {}
    return schema


def _micros(text: str | None) -> int | None:
    return None if text is None else micros_of(text)


def _answered(points: Sequence[Point | Unread], results: Sequence[Result]) -> dict[str, Any]:
    counts = Counter(result.status for result in results)
    known = [math.isfinite(result.score) for result in results]
    return {
        **{status: counts[status] for status in STATUSES},
        "status": [result.status for result in results],
        "score": [result.score if is_known else None for result, is_known in zip(results, known, strict=True)],
        "tier": [
            _LABELS[result.severity] if is_known else None for result, is_known in zip(results, known, strict=True)
        ],
        "messages": {
            str(number): f"point {number} of {point.key[:_SHOWN]!r}: {result.message}"
            for number, (point, result) in enumerate(zip(points, results, strict=True))
            if result.message
        },
    }


def _scored(served: Served, given: ScoreIn) -> dict[str, Any]:
    detector = served.detector(given.key)
    detector = detector.live() if given.live else detector
    try:
        values = np.array(given.values, dtype=np.float64)
    except ValueError:
        raise DataError(
            "expected rows of one length, got others: give each time step, or series, as many values"
        ) from None
    scores = np.asarray(detector.decision_function(values))
    return {
        "score": [score if math.isfinite(score) else None for score in scores.tolist()],
        "flag": detector.threshold_.predict(scores).tolist(),
        "tier": [_LABELS[tier] for tier in detector.tiers_.predict(scores).tolist()],
        "events": [event.to_dict() for event in detector.detect(values, scores=scores)],
    }
