"""The kinds of sources, and how they are read from a configuration file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from offbeat.errors import ParameterError
from offbeat.service.config_file import settings_of, tables_of
from offbeat.service.sources.kafka import KafkaSettings
from offbeat.service.sources.parquet import ParquetSettings
from offbeat.service.sources.prometheus import PrometheusSettings
from offbeat.service.sources.source import Source
from offbeat.service.sources.sql import SqlSettings
from offbeat.service.sources.stdin import StdinSettings
from offbeat.words import did_you_mean

__all__ = ["KINDS", "Settings", "read_sources"]


class Settings(Protocol):
    """What a source is opened by."""

    @property
    def name(self) -> str:
        """Names the source and its position."""
        ...

    def open(self) -> Source:
        """Return the source, from which nothing was read yet."""
        ...


KINDS: dict[str, Any] = {
    "stdin": StdinSettings,
    "prometheus": PrometheusSettings,
    "kafka": KafkaSettings,
    "sql": SqlSettings,
    "parquet": ParquetSettings,
}


def read_sources(found: Mapping[str, Any]) -> list[Settings]:
    """Return the settings of the sources in a configuration file, from its ``[[sources]]``.

    Raises
    ------
    ParameterError
        If a setting is wrong.

    Examples
    --------
    >>> table = {"kind": "sql", "name": "plant", "url": "sqlite:///plant.db", "table": "readings", "after": "id"}
    >>> [made] = read_sources({"sources": [table]})
    >>> made.name, made.interval
    ('plant', 5.0)
    """
    made: list[Settings] = []
    for where, table in tables_of(found, "sources"):
        kind = table.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            hint = did_you_mean(kind, KINDS) if isinstance(kind, str) else ""
            raise ParameterError(
                f"{where}: expected kind to be one of {', '.join(KINDS)}, got {kind!r}: {hint}give one"
            )
        made.append(settings_of(KINDS[kind], {key: value for key, value in table.items() if key != "kind"}, where))
    return made
