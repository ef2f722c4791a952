"""Messages of a Kafka topic: JSON or CSV, a stream for each key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from logging import getLogger
from typing import Annotated, Any, Literal

from offbeat.app.lines.values import BadLine
from offbeat.errors import DataError, MissingExtraError, ParameterError
from offbeat.estimators.hints import Range
from offbeat.service.config_file import secret
from offbeat.service.points import Point, Push
from offbeat.service.sources.errors import SourceError
from offbeat.service.sources.layout import Bad, ColumnSettings, Layout
from offbeat.service.sources.source import Source
from offbeat.service.sources.text_rows import TextRows
from offbeat.words import printable

__all__ = ["Kafka", "KafkaSettings"]

_log = getLogger(__name__)
_PATIENCE = 0.2
_PUSH = 5_000
_ANSWER = 10.0
"""Seconds for the brokers to tell what there is."""
_OURS = ("bootstrap.servers", "group.id", "enable.auto.commit", "enable.auto.offset.store", "auto.offset.reset")
_Offsets = dict[str, dict[int, int]]


@dataclass(frozen=True, kw_only=True)
class KafkaSettings(ColumnSettings):
    """Topics whose messages are points.

    Parameters
    ----------
    brokers : str
        Addresses, such as ``kafka1:9092,kafka2:9092``.
    topics : sequence of str
        Their names.
    group : str
        The consumer group under which offsets are committed, for others to see how far the service is.
    format : {"json", "csv"}
        What messages are. A message of JSON is an object, a number, or a list of numbers.
    columns : sequence of str
        Those of CSV.
    start : {"earliest", "latest"}
        Where to begin with a partition for which neither the service nor the group has an offset.
    options : mapping
        Further settings of librdkafka, such as ``security.protocol``.
    options_env : mapping of str to str
        Those that are secrets, such as ``sasl.password``, by the environment variables that hold them.
    key, time
        See :class:`~offbeat.service.sources.layout.ColumnSettings`; without, those of the message. Without a ``time``,
        points are told apart by their offsets, so that all points of a stream have to come from one partition: by the
        key of their messages, or from a topic that has no other.
    """

    brokers: str
    topics: Sequence[str]
    group: str = "offbeat"
    format: Literal["json", "csv"] = "json"
    columns: Sequence[str] = ()
    start: Literal["earliest", "latest"] = "earliest"
    options: Mapping[str, Any] = field(default_factory=dict)
    options_env: Mapping[str, str] = field(default_factory=dict)
    most: Annotated[int, Range(1, 100_000)] = _PUSH
    secrets: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.topics:
            raise ParameterError("expected topics to be a list of names, got none: name one")
        if self.format == "csv" and not self.columns:
            raise ParameterError("expected columns beside format = 'csv': name those of the messages")
        if len(self.topics) > 1 and not self.time:
            raise ParameterError(
                "expected a column of the time where several topics are read, got none: give time, since offsets of "
                "different topics cannot be compared"
            )
        for name in (*self.options, *self.options_env):
            if name in _OURS:
                raise ParameterError(f"expected no {name} among the options: the service sets it")
        self.secrets.update({name: secret(variable, self.name) for name, variable in self.options_env.items()})

    def open(self) -> Kafka:
        """Return the source."""
        return Kafka(self)

    def consumer_options(self) -> dict[str, Any]:
        """Return the settings of librdkafka."""
        # An offset that the brokers do not have any more is none to skip what they still have.
        own = (self.brokers, self.group, False, False, "earliest")
        return {**self.options, **self.secrets, **dict(zip(_OURS, own, strict=True)), "enable.partition.eof": False}


class Kafka(Source):
    """Reads all partitions of some topics.

    The offsets that are stored with the points count, so that none is lost or doubled. What is committed to the brokers
    after that is for others to see, and to begin by where the service has nothing stored.

    Parameters
    ----------
    settings : KafkaSettings
        What is read.

    Raises
    ------
    MissingExtraError
        If confluent-kafka is not installed.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        try:
            import confluent_kafka
        except ImportError as error:
            raise MissingExtraError(
                "Kafka needs confluent-kafka, which is not installed: pip install 'offbeat[kafka]'"
            ) from error
        super().__init__(settings.name)
        self.settings, self.bad = settings, Bad(self.name, self.left_out)
        self._kafka = confluent_kafka
        self._layout, self._rows = settings.layout(), TextRows(settings.columns)
        self._needs_key = False
        try:
            self._consumer = confluent_kafka.Consumer(settings.consumer_options(), logger=_log)
        except (confluent_kafka.KafkaException, ValueError, TypeError) as error:
            raise SourceError(f"source {self.name}: {printable(str(error), 200)}: correct its options") from error

    def pushes(self, position: str | None) -> Iterator[Push | None]:
        """Yield the points of messages; the end of a topic is no end."""
        offsets = self._begin(position)
        while True:
            messages = self._messages()
            points = [point for message in messages if (point := self._point(message)) is not None]
            for message in messages:
                offsets.setdefault(message.topic(), {})[message.partition()] = message.offset() + 1
            # What has no points is passed over again after a restart, which does no harm.
            yield Push(points, self.name, json.dumps(offsets)) if points else None

    def acknowledge(self, push: Push) -> None:
        """Commit the offsets of a push that is on disk."""
        found = _offsets_of(push.position)
        partitions = [
            self._kafka.TopicPartition(topic, partition, offset)
            for topic, offsets in found.items()
            for partition, offset in offsets.items()
        ]
        try:
            self._consumer.commit(offsets=partitions, asynchronous=True)
        except self._kafka.KafkaException as error:
            _log.warning("source %s: offsets could not be committed: %s", self.name, error)

    def close(self) -> None:
        """Leave the brokers."""
        self._consumer.close()

    def _begin(self, position: str | None) -> _Offsets:
        """Go to where each partition is to be read from, and return the offsets that are stored."""
        with self._reading_position():
            stored = {} if position is None else _offsets_of(position)
        try:
            found = self._partitions()
            self._check_places(len(found))
            partitions = self._consumer.committed(found, timeout=_ANSWER)
            for each in partitions:
                offsets = stored.setdefault(each.topic, {})
                # All of them are stored with the first points, so that no partition begins "latest" a second time.
                offsets.setdefault(each.partition, each.offset if each.offset >= 0 else self._start(each))
                each.offset = offsets[each.partition]
            self._consumer.assign(partitions)
        except self._kafka.KafkaException as error:
            raise self._failed(error) from error
        return stored

    def _check_places(self, n_partitions: int) -> None:
        """Refuse to tell the points of a stream apart by offsets of several partitions."""
        by_offset = n_partitions > 1 and not self.settings.time
        if by_offset and self._layout.key:
            raise SourceError(
                f"source {self.name}: expected a column of the time, since the stream of a key in "
                f"{self._layout.key[0]!r} may come from each of {n_partitions} partitions, whose offsets cannot be "
                "compared: give time"
            )
        self._needs_key = by_offset

    def _start(self, partition: Any) -> int:
        """Return the offset to begin at where none is known."""
        lowest, next_one = self._consumer.get_watermark_offsets(partition, timeout=_ANSWER)
        return int(lowest if self.settings.start == "earliest" else next_one)

    def _partitions(self) -> list[Any]:
        found = []
        for topic in self.settings.topics:
            known = self._consumer.list_topics(topic, timeout=_ANSWER).topics[topic]
            if known.error is not None or not known.partitions:
                raise SourceError(f"source {self.name}: there is no topic {topic!r} yet")
            found += [self._kafka.TopicPartition(topic, number) for number in sorted(known.partitions)]
        return found

    def _messages(self) -> list[Any]:
        """Return the messages that are there."""
        found = []
        for message in self._consumer.consume(self.settings.most, _PATIENCE):
            error = message.error()
            if error is None:
                found.append(message)
            elif not error.retriable():
                raise self._failed(error)
        return found

    def _failed(self, error: Any) -> SourceError:
        return SourceError(f"source {self.name}: {printable(str(error), 200)}")

    def _point(self, message: Any) -> Point | None:
        try:
            text = (message.value() or b"").decode()
            key = (message.key() or b"").decode()
            if self._needs_key and not key:
                raise BadLine(
                    "without a key", "expected a message with a key where there are several partitions and no time"
                )
            kind, millis = message.timestamp()
            time = None if kind == self._kafka.TIMESTAMP_NOT_AVAILABLE else millis * 1_000
            point = self._read(text, key or self.name, time)
            # Messages may share their time, but not their offset; a key stays in its partition.
            return point if point is None or self.settings.time else point._replace(seq=message.offset())
        except UnicodeDecodeError:
            self.bad.add(DataError("expected UTF-8, got other bytes"))
        except DataError as error:
            self.bad.add(error)
        return None

    def _read(self, text: str, key: str, time: int | None) -> Point | None:
        if self.settings.format == "json" and not text.lstrip().startswith("{"):
            return _bare(text, key, time, self._layout)
        row = self._rows.read(text)
        return None if row is None else self._layout.point(row, key=key, time=time)


def _bare(text: str, key: str, time: int | None, layout: Layout) -> Point:
    """Return the point of a message that is a number, or a list of numbers."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise DataError(f"expected JSON, got {text[:40]!r}") from None
    cells = found if isinstance(found, list) else [found]
    row = {str(at): cell for at, cell in enumerate(cells)}
    point = Layout(model=layout.model).point(row, key=key, time=time)
    values = point.values if isinstance(point.values, Mapping) else {"0": point.values}
    return point._replace(values=list(values.values()))  # type: ignore[arg-type]


def _offsets_of(position: str) -> _Offsets:
    return {
        str(topic): {int(number): int(offset) for number, offset in offsets.items()}
        for topic, offsets in json.loads(position).items()
    }
