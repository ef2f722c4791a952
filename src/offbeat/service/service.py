"""The service without the web: its models, data and engine, opened and closed together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from offbeat.service.database import Database
from offbeat.service.engine import Engine
from offbeat.service.feed import Feed
from offbeat.service.models import Models
from offbeat.service.reading import Reader

__all__ = ["Service", "ServiceOptions"]


@dataclass(frozen=True)
class ServiceOptions:
    """Settings of a service."""

    room: int = 50_000
    """Points that may wait; beyond that pushes are answered 429."""
    largest: int = 8 << 20
    """Bytes of a request; beyond that it is answered 413."""
    sync: str = "normal"
    """Whether each commit waits for the disk (full), so that it outlasts the machine, or only the process (normal)."""


class Service:
    """A service that runs.

    Parameters
    ----------
    models : Path
        A model, a folder of models by key, or a folder of several of these.
    data : Path
        The database; made where it is not there.
    options : ServiceOptions, optional
        Settings.

    Raises
    ------
    ModelError, OutputError
        If there is no model, or the data cannot be used.
    """

    def __init__(self, models: Path, data: Path, options: ServiceOptions | None = None) -> None:
        self.options = options or ServiceOptions()
        self.models = Models(models)
        self.database = Database(data, self.options.sync)
        self.engine = Engine(self.database, self.models, self.options.room)
        self.reader = Reader(self.database, self.engine.streams)

    @property
    def feed(self) -> Feed:
        """The changes of events."""
        return self.engine.feed

    def start(self) -> Self:
        """Begin to take pushes."""
        self.engine.start()
        return self

    def reload(self) -> dict[str, str]:
        """Load what has changed of models and thresholds; streams go on with it from their next points.

        Returns
        -------
        dict
            See :meth:`Models.reload`.
        """
        return self.models.reload()

    def close(self) -> None:
        """Answer what waits, write all to disk, and end."""
        self.engine.stop()
        self.database.close()
