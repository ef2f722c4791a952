"""What Prometheus reads: counts and durations, with labels that only models and operations make more of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import prometheus_client as prometheus
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from offbeat.events.severity import Severity

__all__ = ["CHANGES", "Metrics", "State"]

CHANGES = ("opened", "worsened", "grew", "closed")
"""What the points of a stream can change of its events."""

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

State = dict[str, Any]
"""What is there now: ``waiting`` points, ``bytes`` of the database, ``streams`` (a model and a tier each)."""


class Metrics:
    """The metrics of one service, in a registry of their own.

    Examples
    --------
    >>> metrics = Metrics()
    >>> metrics.points.labels("scored").inc(3)
    >>> 'offbeat_points_total{status="scored"} 3.0' in metrics.text().decode()
    True
    """

    def __init__(self) -> None:
        self._registry = registry = prometheus.CollectorRegistry()
        self.points = prometheus.Counter(
            "offbeat_points", "Points, by what became of them.", ["status"], registry=registry
        )
        self.scores = prometheus.Counter("offbeat_scores", "Scores.", ["model", "tier"], registry=registry)
        self.changes = prometheus.Counter(
            "offbeat_event_changes", "Changes of events.", ["model", "change"], registry=registry
        )
        self.commits = prometheus.Histogram(
            "offbeat_commit_seconds", "Scoring and storing the pushes that waited.", buckets=_SECONDS, registry=registry
        )
        self.requests = prometheus.Histogram(
            "offbeat_request_seconds", "Requests.", ["route", "status"], buckets=_SECONDS, registry=registry
        )
        prometheus.ProcessCollector(registry=registry)

    def expect(self, models: Iterable[str]) -> None:
        """Show the changes of events of models before there are any: of a counter that begins at 1 no rate is seen."""
        for model in models:
            for change in CHANGES:
                self.changes.labels(model, change)

    def follow(self, state: Callable[[], State]) -> None:
        """Let gauges show what a function returns whenever they are read."""
        self.add(_Gauges(state))

    def add(self, collector: Collector) -> None:
        """Show what a collector finds whenever metrics are read."""
        self._registry.register(collector)

    def text(self) -> bytes:
        """Return all of it in the format of Prometheus."""
        return bytes(prometheus.generate_latest(self._registry))


class _Gauges(Collector):
    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def describe(self) -> Iterable[Any]:
        return ()

    def collect(self) -> Iterator[Any]:
        state = self._state()
        yield GaugeMetricFamily("offbeat_queue_points", "Points that wait.", state["waiting"])
        yield GaugeMetricFamily("offbeat_database_bytes", "Bytes in use in the database.", state["bytes"])
        streams = GaugeMetricFamily("offbeat_streams", "Streams.", labels=["model", "tier"])
        counts: Counter[tuple[str, int]] = Counter(state["streams"])
        for (model, tier), n in sorted(counts.items()):
            streams.add_metric([model, Severity(tier).label], n)
        yield streams
        events = GaugeMetricFamily("offbeat_open_events", "Events that go on.", labels=["model"])
        for model, n in sorted(state["events"].items()):
            events.add_metric([model], n)
        yield events
