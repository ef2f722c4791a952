"""The application that a web server runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response

from offbeat.service.access import Access
from offbeat.service.api import routes, schema_of
from offbeat.service.connection_routes import connection_routes
from offbeat.service.connections import Connected, Connections
from offbeat.service.docs_page import docs_page, docs_style
from offbeat.service.guard import Guard, Limit, Observed
from offbeat.service.page_routes import page_routes
from offbeat.service.parameters import check_parameters
from offbeat.service.service import Service
from offbeat.service.web_errors import answer_errors
from offbeat.version import __version__

if TYPE_CHECKING:
    from starlette.types import ASGIApp

__all__ = ["service_app"]

_OPEN = ("/", "/page/", "/health", "/ready", "/docs", "/docs.css", "/openapi.json")
"""Nothing there tells of data."""
_METRICS = "text/plain; version=0.0.4; charset=utf-8"


def service_app(
    service: Service,
    access: Access | None = None,
    *,
    here_only: bool = False,
    connected: Connected | None = None,
) -> ASGIApp:
    """Return the application of a service.

    Parameters
    ----------
    service : Service
        Started, and closed by whoever started it after the server has ended.
    access : Access, optional
        The keys; none where None.
    here_only : bool
        Whether only requests to this machine's own name are answered, where there are no keys.
    connected : Connected, optional
        Its sources and alerts.
    """
    app = FastAPI(title="offbeat", version=__version__, description=__doc__, openapi_url=None, redirect_slashes=False)
    answer_errors(app)
    for router in (
        routes(service),
        connection_routes(connected or Connected(service, Connections())),
        page_routes(service),
    ):
        app.include_router(router, dependencies=[Depends(check_parameters)])
    _add_facts(app, service)
    _add_docs(app)
    limited = Limit(app, service.options.max_body)
    return Observed(Guard(limited, access or Access(), here_only=here_only, is_open=_OPEN), service.metrics)


def _add_facts(app: FastAPI, service: Service) -> None:
    @app.get("/health")
    async def health() -> dict[str, str]:
        """Whether the service answers."""
        return {"status": "ok"}

    @app.get("/ready")
    async def ready() -> JSONResponse:
        """Whether it takes points; 503 where it does not. And how many models are not in use as they are on disk."""
        running = service.engine.is_running
        facts: dict[str, Any] = {
            "status": "ready" if running else "not ready",
            "waiting": service.engine.n_waiting,
            "failed_models": len(service.models.failed),
        }
        return JSONResponse(facts, 200 if running else 503)

    @app.get("/metrics", response_class=Response)
    def metrics() -> Response:
        """Metrics for Prometheus."""
        return Response(service.metrics.text(), media_type=_METRICS)


def _add_docs(app: FastAPI) -> None:
    @app.get("/openapi.json", include_in_schema=False)
    async def schema() -> dict[str, Any]:
        return schema_of(app)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(schema_of(app)))

    @app.get("/docs.css", include_in_schema=False)
    async def style() -> Response:
        return Response(docs_style, media_type="text/css")
