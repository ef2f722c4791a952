"""One request to a receiver, and what its answer means for the message."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from offbeat.errors import MissingExtraError
from offbeat.service.alerts.formats import Request
from offbeat.words import printable

if TYPE_CHECKING:
    import httpx

__all__ = ["Answer", "client", "post"]

_HOPELESS = {400, 413, 422}
"""Statuses that say that the message itself is not wanted: it will not be at the next try either."""
_LONGEST_WAIT = 3_600.0
"""Seconds that a receiver may ask to be left alone, at most."""
_SHOWN = 200


@dataclass(frozen=True)
class Answer:
    """What came of a try.

    Parameters
    ----------
    error : str
        What went wrong; empty where the message was taken.
    is_final : bool
        Whether another try is pointless.
    wait : float, optional
        Seconds to wait before the next try, where the receiver said so.
    """

    error: str = ""
    is_final: bool = False
    wait: float | None = None


def client() -> httpx.AsyncClient:
    """Return a client that follows no redirects: a signed message is for the address that was given.

    Raises
    ------
    MissingExtraError
        If httpx is not installed.
    """
    try:
        import httpx
    except ImportError as error:
        raise MissingExtraError("alerts need httpx, which is not installed: pip install 'offbeat[serve]'") from error
    return httpx.AsyncClient(follow_redirects=False)


async def post(session: httpx.AsyncClient, request: Request, timeout: float, now: float) -> Answer:
    """Post once and return what came of it, after ``timeout`` seconds at the latest, however slowly an answer comes."""
    import httpx

    try:
        # The timeouts of httpx are of each read and write: an answer that trickles in would keep all of them.
        async with (
            asyncio.timeout(timeout),
            session.stream(
                "POST", request.url, content=request.content, headers=request.headers, timeout=timeout
            ) as response,
        ):
            if response.is_success:
                return Answer()
            return _refusal(response, await _beginning(response), now)
    except TimeoutError:
        return Answer(f"no answer within {timeout:g} s")
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
        return Answer(printable(f"{type(error).__name__}: {error}", _SHOWN))


async def _beginning(response: httpx.Response) -> str:
    content = b""
    async for piece in response.aiter_raw():
        content += piece
        if len(content) >= _SHOWN:
            break
    return printable(content[:_SHOWN].decode(errors="replace"), _SHOWN)


def _refusal(response: Any, text: str, now: float) -> Answer:
    status = response.status_code
    if response.is_redirect:
        text = f"it redirects to {printable(response.headers.get('location', ''), _SHOWN)}: give that address as url"
    return Answer(
        f"status {status}" + f": {text}" * bool(text),
        is_final=status in _HOPELESS,
        wait=_asked(response.headers.get("retry-after"), now),
    )


def _asked(value: str | None, now: float) -> float | None:
    """Return the seconds of a Retry-After header, which has them or a date."""
    if value is None:
        return None
    try:
        seconds = float(value) if value.strip().isdecimal() else _seconds_to(value, now)
    except (ValueError, TypeError):
        return None
    return min(max(0.0, seconds), _LONGEST_WAIT)


def _seconds_to(date: str, now: float) -> float:
    found = parsedate_to_datetime(date)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() - now
