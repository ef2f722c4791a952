"""What a Prometheus server knows: the values of an expression on a grid of times, a stream for each set of labels."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from offbeat.errors import ParameterError
from offbeat.estimators.hints import Range
from offbeat.service.config_file import secret
from offbeat.service.labels import key_of
from offbeat.service.points import MICRO, Point, Push
from offbeat.service.sources.errors import SourceError
from offbeat.service.sources.prometheus_server import PrometheusServer
from offbeat.service.sources.source import Source

__all__ = ["Prometheus", "PrometheusSettings"]

_AT_ONCE = 50_000
"""Values in an answer, about."""
_MOST_STEPS = 1_000
"""Steps in an answer, at most; Prometheus gives 11,000."""
_PUSH = 5_000
_MOST_GONE = 10_000
"""Streams that have gone and are remembered, at most."""


@dataclass(frozen=True, kw_only=True)
class PrometheusSettings:
    """An expression that is asked for again and again, on a fixed grid of times.

    Parameters
    ----------
    name : str
        Names the source and its position.
    url : str
        The address of the server, without ``/api/v1``.
    query : str
        An expression in PromQL, whose series have one value a time each.
    queries : mapping of str to str
        Several instead, by the channel of the model that each is: series with the same labels are one stream.
    step : float
        Seconds from a time to the next, as in the data the model was fitted on.
    delay : float, optional
        Seconds that a time must have passed, so that all of its samples have come; a step by default.
    history : float
        Seconds before the first start to begin at.
    labels : sequence of str
        The labels that name the stream; all but ``__name__`` where empty.
    longest_gap : int
        Steps without a value that are taken for missing values, right before a series goes on, at most.
    timeout : float
        Seconds for an answer.
    authorization_env : str
        The environment variable with the value of the ``Authorization`` header, such as ``Bearer …``.
    model : str, optional
        The name of the model that scores the points, where the service has several.

    Raises
    ------
    ParameterError
        If there is not a query or several, or the address is not HTTP.
    """

    name: str
    url: str
    query: str = ""
    queries: Mapping[str, str] = field(default_factory=dict)
    step: Annotated[float, Range(0.001, 86_400)] = 15.0
    delay: Annotated[float, Range(0, 86_400)] | None = None
    history: Annotated[float, Range(0, 3_650 * 86_400)] = 0.0
    labels: Sequence[str] = ()
    longest_gap: Annotated[int, Range(0, 100_000)] = 1_000
    timeout: Annotated[float, Range(0.01, 3_600)] = 30.0
    authorization_env: str = ""
    model: str | None = None
    authorization: str = field(default="", init=False, repr=False)

    def __post_init__(self) -> None:
        if bool(self.query) == bool(self.queries):
            raise ParameterError("expected query or queries, one of them: give what to ask for")
        if not all(isinstance(query, str) and query for query in self.queries.values()):
            raise ParameterError("expected queries to be expressions by channel, got something else")
        if not self.url.startswith(("http://", "https://")):
            raise ParameterError(f"expected url to begin with http:// or https://, got {self.url!r}: correct it")
        object.__setattr__(self, "authorization", secret(self.authorization_env, self.name))

    def open(self) -> Prometheus:
        """Return the source."""
        return Prometheus(self)


class Prometheus(Source):
    """Asks a server for what is new.

    The position has the step up to which all was read, and for each stream that of its last value: what is missing
    between two values of a stream comes as missing values, so that its time steps stay even. The server is asked for
    the time: by a clock that is wrong here, samples would be passed over that are yet to come.

    Parameters
    ----------
    settings : PrometheusSettings
        What is asked.
    steady : callable
        Returns seconds that never go back.

    Raises
    ------
    MissingExtraError
        If httpx is not installed.
    """

    def __init__(self, settings: PrometheusSettings, steady: Callable[[], float] = time.monotonic) -> None:
        super().__init__(settings.name)
        self.settings = settings
        self._server = PrometheusServer(
            f"source {self.name}", settings.url, settings.authorization, settings.timeout, steady
        )
        self._queries: dict[str, str] = dict(settings.queries) or {"": settings.query}
        self._delay = settings.step if settings.delay is None else settings.delay
        self._until, self._last, self._n_series = 0, dict[str, int](), 1

    def pushes(self, position: str | None) -> Iterator[Push | None]:
        """Yield points in the order of time."""
        self._begin(position)
        while True:
            newest = self._newest()
            if newest <= self._until:
                yield None
                continue
            last = min(newest, self._until + self._n_steps())
            yield from self._read(self._until + 1, last)

    def close(self) -> None:
        """Close the connection."""
        self._server.close()

    def _newest(self) -> int:
        """Return the newest step of which all samples have come."""
        return int((self._server.now() - self._delay) // self.settings.step)

    def _n_steps(self) -> int:
        return max(1, min(_MOST_STEPS, _AT_ONCE // self._n_series))

    def _begin(self, position: str | None) -> None:
        step = self.settings.step
        if position is None:
            self._until = self._newest() - max(1, int(self.settings.history // step))
            self._stored = self._position()
            return
        with self._reading_position():
            found = json.loads(position)
            factor = float(found["step"]) / step
            self._until = int(found["until"] * factor)
            self._last = {str(key): int(number * factor) for key, number in found["last"].items()}
        self._stored = position

    def _position(self) -> str:
        return json.dumps({"until": self._until, "step": self.settings.step, "last": self._last})

    def _read(self, first: int, last: int) -> Iterator[Push | None]:
        """Yield what the steps from first to last have, in pushes of whole steps."""
        by_step: dict[int, list[Point]] = {}
        streams = self._found(first, last)
        self._n_series = max(1, len(streams))
        for key, found in sorted(streams.items()):
            for number, values in sorted(found.items()):
                for missing in range(max(self._last.get(key, number) + 1, number - self.settings.longest_gap), number):
                    by_step.setdefault(missing, []).append(self._point(key, missing, {}))
                by_step.setdefault(number, []).append(self._point(key, number, values))
                self._last[key] = number
        points: list[Point] = []
        for number in sorted(by_step):
            if len(points) >= _PUSH:
                # The position reaches no further than the answer before: after a kill, this one is asked for again, and
                # the service knows the points that it has by their times.
                yield Push(points, self.name, self._stored)
                points = []
            points += by_step[number]
        self._until = last
        self._forget()
        self._stored = self._position()
        yield Push(points, self.name, self._stored) if points else None

    def _forget(self) -> None:
        """Forget the streams that have been gone for longest, where they are many: containers come and go."""
        earliest = self._until - self.settings.longest_gap
        gone = [key for key, number in self._last.items() if number < earliest]
        if len(gone) > _MOST_GONE:
            gone.sort(key=lambda key: self._last[key])
            for key in gone[: -_MOST_GONE // 2]:
                del self._last[key]

    def _point(self, key: str, number: int, values: Mapping[str, float]) -> Point:
        time = round(number * self.settings.step * MICRO)
        row = {channel: values.get(channel, float("nan")) for channel in self._queries}
        return Point(key, row.get("", row), time, model=self.settings.model)

    def _found(self, first: int, last: int) -> dict[str, dict[int, dict[str, float]]]:
        """Return the values by stream, step and channel."""
        streams: dict[str, dict[int, dict[str, float]]] = {}
        for channel, query in self._queries.items():
            seen: set[str] = set()
            for series in self._server.matrix(query, first, last, self.settings.step):
                key = self._key(series.get("metric", {}))
                if key in seen:
                    raise SourceError(
                        f"source {self.name}: expected the labels to tell series apart, but two are {key!r}: name more "
                        "labels, or sum the series up in the query"
                    )
                seen.add(key)
                for moment, value in series.get("values", ()):
                    number = round(float(moment) / self.settings.step)
                    streams.setdefault(key, {}).setdefault(number, {})[channel] = _finite(value)
        return streams

    def _key(self, labels: Mapping[str, str]) -> str:
        names = self.settings.labels or sorted(name for name in labels if name != "__name__")
        return key_of({name: labels.get(name, "") for name in names}) or self.name


def _finite(value: str) -> float:
    found = float(value)
    return found if abs(found) < float("inf") else float("nan")
