"""The HTTP API of a Prometheus server: what time it is there, and the values of an expression on a grid of times."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from offbeat.errors import MissingExtraError, failing_as
from offbeat.service.sources.errors import SourceError
from offbeat.words import printable

__all__ = ["PrometheusServer"]

_CLOCK = 60.0
"""Seconds after which the server is asked again what time it is."""
_LARGEST = 256 * 2**20
_SHOWN = 200


class PrometheusServer:
    """Asks a server; whatever fails is a :class:`SourceError` that names it.

    Parameters
    ----------
    name : str
        What messages begin with.
    url : str
        The address, without ``/api/v1``; a password in it is in no message.
    authorization : str
        The value of the ``Authorization`` header; none where empty.
    timeout : float
        Seconds for an answer.
    steady : callable
        Returns seconds that never go back.

    Raises
    ------
    MissingExtraError
        If httpx is not installed.
    """

    def __init__(
        self, name: str, url: str, authorization: str, timeout: float, steady: Callable[[], float] = time.monotonic
    ) -> None:
        try:
            import httpx
        except ImportError as error:
            raise MissingExtraError(
                "Prometheus needs httpx, which is not installed: pip install 'offbeat[serve]'"
            ) from error
        self.name, self._url, self._timeout, self._steady = name, url, timeout, steady
        headers = {"Authorization": authorization} if authorization else {}
        self._client = httpx.Client(headers=headers, timeout=timeout, follow_redirects=False)
        where = urlsplit(url)
        self._shown = where._replace(netloc=where.netloc.rpartition("@")[2]).geturl()
        self._time, self._asked_at = 0.0, -math.inf

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def now(self) -> float:
        """Return the time of the server, in seconds from 1970; it is asked for once a minute."""
        steady = self._steady()
        if steady - self._asked_at >= _CLOCK:
            answer = self._asked("query", {"query": "time()"}, "scalar")
            with failing_as(SourceError, f"{self.name}: expected a time of Prometheus, got {answer!r:.60}"):
                # By when it was asked, not by when the answer came: late rather than early.
                self._time, self._asked_at = float(answer[1]), steady
        return self._time + steady - self._asked_at

    def matrix(self, query: str, first: int, last: int, step: float) -> list[dict[str, Any]]:
        """Return the series of an expression from one step to another, which are numbered from 1970."""
        times = {"start": f"{first * step:.3f}", "end": f"{last * step:.3f}", "step": f"{step:.3f}"}
        return self._asked("query_range", {"query": query, **times}, "matrix")

    def _asked(self, operation: str, form: Mapping[str, str], kind: str) -> list[Any]:
        """Return the result of an operation, which is to be of a kind."""
        content = self._answer(operation, form)
        with failing_as(SourceError, f"{self.name}: expected an answer of Prometheus, got {content[:60]!r}"):
            found = json.loads(content)
            if found["status"] != "success":
                raise SourceError(f"{self.name}: {printable(str(found.get('error', found)), _SHOWN)}")
            if found["data"]["resultType"] != kind:
                raise SourceError(f"{self.name}: expected a {kind}, got a {found['data']['resultType']}")
            return list(found["data"]["result"])

    def _answer(self, operation: str, form: Mapping[str, str]) -> bytes:
        import httpx

        address, ends = f"{self._url.rstrip('/')}/api/v1/{operation}", time.monotonic() + self._timeout
        content = bytearray()
        try:
            with self._client.stream("POST", address, data=dict(form)) as response:
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > _LARGEST or time.monotonic() > ends:
                        raise SourceError(f"{self.name}: the answer is too large or too slow: ask for less")
                if not response.is_success and not content.startswith(b"{"):
                    raise SourceError(f"{self.name}: status {response.status_code} from {self._shown}")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            what = printable(f"{type(error).__name__}: {error}", _SHOWN)
            raise SourceError(f"{self.name}: {self._shown} does not answer ({what})") from error
        return bytes(content)
