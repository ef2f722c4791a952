"""Errors as the API answers them: ``{"error": {"code": …, "message": …}}``, the message as everywhere in offbeat.

A message says what was expected, what came, and what to do.
"""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from offbeat.errors import ModelError, OffbeatError, OutputError
from offbeat.service.engine import NotStoredError, QueueFullError
from offbeat.service.reading import UnknownError
from offbeat.service.served import UnknownModelError
from offbeat.service.validation import validation_message

__all__ = ["answer_errors", "failure"]

_logger = logging.getLogger("offbeat.service")
_CODES: list[tuple[type[OffbeatError], int, str]] = [
    (QueueFullError, 429, "busy"),
    (NotStoredError, 503, "not_stored"),
    (UnknownModelError, 404, "unknown_model"),
    (UnknownError, 404, "unknown"),
    (ModelError, 503, "model"),
    (OutputError, 503, "output"),
    (OffbeatError, 422, "data"),
]
_NAMES = {401: "key", 403: "forbidden", 404: "unknown", 405: "method", 413: "too_large", 415: "content_type"}


def failure(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return an error as an answer."""
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


def answer_errors(app: FastAPI) -> None:
    """Let an application answer every error in the one form."""
    app.add_exception_handler(OffbeatError, _of_ours)
    app.add_exception_handler(RequestValidationError, _of_request)
    app.add_exception_handler(ValidationError, _of_request)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _unforeseen)


async def _of_ours(request: Request, error: Exception) -> JSONResponse:
    status, code = next((status, code) for kind, status, code in _CODES if isinstance(error, kind))
    return failure(status, code, str(error), {"retry-after": "1"} if status in (429, 503) else None)


async def _of_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError | ValidationError)
    return failure(422, "request", validation_message(error.errors()))


async def _of_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return failure(error.status_code, _NAMES.get(error.status_code, "request"), str(error.detail))


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    _logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return failure(500, "internal", "something went wrong in the service: see its log")
