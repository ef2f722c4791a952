"""What Prometheus reads: counts and durations, with labels that only models and operations make more of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import prometheus_client as prometheus
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from offbeat.service.standing import Standing

__all__ = ["CHANGES", "Metrics", "State"]

CHANGES = ("opened", "worsened", "grew", "quieted", "again", "closed")
"""What the points of a stream can change of its events."""

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class State(NamedTuple):
    """What is there now."""

    n_waiting: int
    """Points that wait."""
    n_bytes: int
    """Of the database."""
    models: list[tuple[str]]
    """The names of all models."""
    failed: Mapping[str, str]
    """Those that are not in use as they are on disk, and why."""
    streams: list[Standing]


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
        self.missing = prometheus.Counter(
            "offbeat_missing_points",
            "Points that did not come, of streams with a regular step.",
            ["model"],
            registry=registry,
        )
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
        yield GaugeMetricFamily("offbeat_queue_points", "Points that wait.", state.n_waiting)
        yield GaugeMetricFamily("offbeat_database_bytes", "Bytes in use in the database.", state.n_bytes)
        failed = dict.fromkeys(state.models, 0) | {(name,): 1 for name in state.failed}
        yield _gauge("offbeat_model_failed", "Whether a model on disk could not be loaded.", ["model"], failed)
        tiers = Counter((each.stream.model, "none" if each.tier is None else each.tier.label) for each in state.streams)
        yield _gauge("offbeat_streams", "Streams; the tier of those without a score is none.", ["model", "tier"], tiers)
        # A model without any is shown, too: of a series that begins at 1 no change is seen.
        found: dict[str, Counter[tuple[str]]] = {name: Counter(dict.fromkeys(state.models, 0)) for name in _BY_MODEL}
        for each in state.streams:
            for name, (_, count) in _BY_MODEL.items():
                found[name][(each.stream.model,)] += count(each)
        for name, (what, _) in _BY_MODEL.items():
            yield _gauge(name, what, ["model"], found[name])
        ages = dict.fromkeys(state.models, 0.0)
        for each in state.streams:
            ages[(each.stream.model,)] = max(ages.get((each.stream.model,), 0.0), each.age or 0.0)
        yield _gauge("offbeat_longest_silence_seconds", "The largest age of a newest point.", ["model"], ages)


_BY_MODEL: dict[str, tuple[str, Callable[[Standing], int]]] = {
    "offbeat_open_events": ("Events that go on.", lambda each: each.n_open),
    "offbeat_silent_streams": ("Streams of which nothing has come for too long.", lambda each: each.is_silent),
    "offbeat_warming_up_streams": ("Streams without a score for now.", lambda each: each.n_until_scored > 0),
    "offbeat_sparse_streams": (
        "Streams of which more than a tenth of the newest points have no score.",
        lambda each: each.newest.is_sparse,
    ),
}


def _gauge(name: str, what: str, labels: list[str], values: Mapping[Any, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, what, labels=labels)
    for each, value in sorted(values.items()):
        family.add_metric(list(each), value)
    return family
