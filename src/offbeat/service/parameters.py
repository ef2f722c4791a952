"""Which parameters a request may have in its address."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from offbeat.errors import ParameterError
from offbeat.words import did_you_mean

__all__ = ["check_parameters"]


async def check_parameters(request: Request) -> None:
    """Refuse parameters that an operation does not know: what is misspelt would change nothing, in silence.

    A dependency of routers.

    Raises
    ------
    ParameterError
        If there is such a parameter.
    """
    route: Any = request.scope["route"]
    known = [each.alias for each in route.dependant.query_params]
    for name in request.query_params:
        if name not in known:
            expected = f"the parameters {', '.join(known)}" if known else "no parameters"
            hint = did_you_mean(name, known)
            raise ParameterError(f"expected {expected}, got {name[:40]!r}: {hint or 'leave it out, or see /docs'}")
