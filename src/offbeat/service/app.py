"""The application that a web server runs."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from offbeat.service.api import routes
from offbeat.service.service import Service
from offbeat.service.web_errors import answer_errors
from offbeat.version import __version__

__all__ = ["service_app"]


def service_app(service: Service) -> FastAPI:
    """Return the application of a service that has started.

    Parameters
    ----------
    service : Service
        It is closed by whoever started it, after the server has ended.
    """
    app = FastAPI(title="offbeat", version=__version__, docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    answer_errors(app)
    app.include_router(routes(service))

    @app.get("/health", include_in_schema=True)
    async def health() -> dict[str, Any]:
        """Whether the service answers."""
        return {"status": "ok"}

    @app.get("/ready")
    async def ready() -> JSONResponse:
        """Whether it takes points."""
        running = service.engine.is_running
        facts = {
            "status": "ready" if running else "ending",
            "models": len(service.models),
            "waiting": service.engine.n_waiting,
        }
        return JSONResponse(facts, 200 if running else 503)

    return app
