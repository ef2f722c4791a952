"""What a service is connected to: sources that it reads, and receivers that it tells of events."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from offbeat.errors import ParameterError
from offbeat.events.severity import Severity
from offbeat.service.alerts import Alerts, Following, Heard, Receiver, Silence, Unscored
from offbeat.service.alerts.receiver import read_receivers
from offbeat.service.config_file import read_config, require_distinct
from offbeat.service.engine import QueueFullError
from offbeat.service.newest import Newest
from offbeat.service.points import STATUSES
from offbeat.service.service import Service
from offbeat.service.sources import Running, Settings, read_sources
from offbeat.service.stream import Stream

__all__ = ["Connected", "Connections", "alerts_file", "read_connections"]


@dataclass(frozen=True)
class Connections:
    """Settings of receivers and sources.

    Raises
    ------
    ParameterError
        If two of them have one name.
    """

    receivers: Sequence[Receiver] = ()
    sources: Sequence[Settings] = ()

    def __post_init__(self) -> None:
        require_distinct("receivers", (receiver.name for receiver in self.receivers))
        require_distinct("sources", (source.name for source in self.sources))

    @property
    def watched(self) -> tuple[str, ...]:
        """The models, or patterns of their names, of whose scores at *watch* somebody wants to be told."""
        asking = [receiver.models or ("*",) for receiver in self.receivers if receiver.tier <= Severity.WATCH]
        return tuple(sorted({name for names in asking for name in names}))


def read_connections(path: Path) -> Connections:
    """Return what a configuration file says, in its ``[[receivers]]`` and ``[[sources]]``.

    Raises
    ------
    FormatError, ParameterError
        If it is no such file, or a setting is wrong.
    """
    found = read_config(path, ("receivers", "sources"))
    try:
        return Connections(read_receivers(found), read_sources(found))
    except ParameterError as error:
        raise ParameterError(f"{path}: {error}") from error


def alerts_file(data: Path) -> Path:
    """Return where the alerts of a service wait: beside its data, so that its writer never waits for theirs.

    Examples
    --------
    >>> alerts_file(Path("offbeat.db"))
    PosixPath('offbeat.alerts.db')
    """
    return data.with_suffix(f".alerts{data.suffix}")


class Connected:
    """The sources and alerts of a service that runs; within a ``with``, which ends before the service does.

    Parameters
    ----------
    service : Service
        Started.
    connections : Connections
        Its settings.

    Raises
    ------
    MissingExtraError
        From ``with``, if a receiver needs a library that is not installed. A source says so in its status.
    """

    def __init__(self, service: Service, connections: Connections) -> None:
        self._service, self._connections = service, connections
        self.sources = [
            Running(each.open, each.name, service.engine, service.database.position, QueueFullError)
            for each in connections.sources
        ]

    @cached_property
    def alerts(self) -> Alerts:
        """Who is told of events."""
        path, models = alerts_file(self._service.database.path), self._service.models
        return Alerts(path, self._connections.receivers, names_model=lambda: len(models) > 1)

    def __enter__(self) -> Self:
        with ExitStack() as held:
            if self._connections.receivers:
                held.enter_context(self.alerts)
                silence = Silence(self._heard, self.alerts)
                held.enter_context(Following(self._service.feed, self.alerts, silence))
            for source in self.sources:
                held.enter_context(source)
            self._service.metrics.add(_ConnectionMetrics(self))
            self._held = held.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def _heard(self) -> list[Heard]:
        """Return what is known of the newest point of each stream, where it is known when it came."""
        streams, now = self._service.engine.streams, time.time()
        with streams.lock:
            known = list(streams.by_id.values())
        return [
            Heard(
                *(stream.model, stream.key, newest.arrived, newest.time),
                is_silent=streams.patience.is_over(newest, now),
                unscored=_unscored(stream),
            )
            for stream, newest in ((stream, stream.newest) for stream in known)
            if newest.arrived
        ]

    def receivers(self) -> list[dict[str, Any]]:
        """Return what became of the messages to each receiver."""
        if not self._connections.receivers:
            return []
        return [{"name": name, **status} for name, status in self.alerts.status().items()]

    def dead(self, limit: int) -> list[dict[str, Any]]:
        """Return the newest messages that were given up."""
        return self.alerts.dead(limit) if self._connections.receivers else []

    def send_test(self, name: str) -> None:
        """Send a receiver messages that say that they are a test: an event, and its end.

        Raises
        ------
        ParameterError
            If there is no receiver of that name.
        """
        known = {receiver.name: receiver for receiver in self._connections.receivers}
        if name not in known:
            raise ParameterError(f"expected a receiver ({', '.join(known) or 'there is none'}), got {name[:40]!r}")
        self.alerts.send_test(known[name])

    def revive(self, messages: Iterable[str] | None) -> int:
        """Let messages that were given up be tried again, and return how many these are."""
        return self.alerts.revive(messages) if self._connections.receivers else 0

    def source_status(self) -> list[dict[str, Any]]:
        """Return what each source does, and what became of its points."""
        return [{"name": source.name, **source.status()} for source in self.sources]


def _unscored(stream: Stream) -> Unscored:
    newest = stream.newest
    is_missing = newest.missing >= newest.scored and newest.missing != Newest().missing
    return Unscored(
        stream.is_blind,
        newest.scored_arrived,
        newest.scored if newest.is_ever_scored else None,
        stream.n_needed - stream.n_until_scored,
        stream.n_needed,
        stream.channels[newest.missing_channel] if newest.missing_channel >= 0 else None,
        newest.missing if is_missing else None,
    )


class _ConnectionMetrics(Collector):
    def __init__(self, connected: Connected) -> None:
        self._connected = connected

    def describe(self) -> Iterable[Any]:
        return ()

    def collect(self) -> Iterator[Any]:
        receivers, sources = self._connected.receivers(), self._connected.source_status()
        messages = CounterMetricFamily(
            "offbeat_alert_messages", "Messages to receivers.", labels=["receiver", "outcome"]
        )
        for each in receivers:
            for outcome in ("sent", "failed_tries", "given_up", "suppressed", "history"):
                messages.add_metric([each["name"], outcome], each[outcome])
        yield messages
        for name, what in (("open", "Events"), ("waiting", "Messages"), ("dead", "Messages given up")):
            gauge = GaugeMetricFamily(f"offbeat_alerts_{name}", f"{what}, by receiver.", labels=["receiver"])
            for each in receivers:
                gauge.add_metric([each["name"]], each[name])
            yield gauge
        points = CounterMetricFamily("offbeat_source_points", "Points of sources.", labels=["source", "status"])
        failures = CounterMetricFamily("offbeat_source_failures", "Failures of sources.", labels=["source"])
        waits = CounterMetricFamily(
            "offbeat_source_waits", "How often a source waited until there was room for its points.", labels=["source"]
        )
        running = GaugeMetricFamily("offbeat_source_up", "Whether a source can be read.", labels=["source"])
        for each in sources:
            for status in STATUSES:
                points.add_metric([each["name"], status], each[status])
            failures.add_metric([each["name"]], each["failures"])
            waits.add_metric([each["name"]], each["waits"])
            # One that has come to its end, as standard input does, is not to be mended.
            running.add_metric([each["name"]], float(each["state"] != "failing"))
        yield from (points, failures, waits, running)
