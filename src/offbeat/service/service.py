"""The service without the web: its models, data and engine, opened and closed together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from offbeat.files.lock import holding
from offbeat.service.database import Database
from offbeat.service.engine import Engine
from offbeat.service.feed import Feed
from offbeat.service.metrics import Metrics, State
from offbeat.service.models import Models, Reloaded
from offbeat.service.pruning import Keep
from offbeat.service.reading import Reader

__all__ = ["Service", "ServiceOptions"]


@dataclass(frozen=True)
class ServiceOptions:
    """Settings of a service."""

    max_queue: int = 50_000
    """Points that may wait; beyond that pushes are answered 429."""
    max_body: int = 8 << 20
    """Bytes of a request; beyond that it is answered 413."""
    max_streams: int = 100_000
    """How many streams there may be."""
    sync: str = "normal"
    """Whether each commit waits for the disk (full), so that it outlasts the machine, or only the process (normal)."""
    keep: Keep = field(default_factory=Keep)
    """How long points, scores and events are kept."""
    silent_after: float | None = None
    """Seconds without a point after which a stream is silent; by what is usual for each stream where not given."""
    watched: Sequence[str] = ()
    """Models, or patterns of their names, whose scores at *watch* make events, too; of others, only what the threshold
    flags does."""


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
        If there is no model, or the data cannot be used or is in use.
    """

    def __init__(self, models: Path, data: Path, options: ServiceOptions | None = None) -> None:
        self.options = options or ServiceOptions()
        self.metrics, self.models = Metrics(), Models(models)
        with ExitStack() as stack:
            stack.enter_context(holding(data))
            self.database = Database(data, self.options.sync)
            stack.callback(self.database.close)
            self.engine = Engine(
                self.database,
                self.models,
                self.metrics,
                max_queue=self.options.max_queue,
                max_streams=self.options.max_streams,
                keep=self.options.keep,
                silent_after=self.options.silent_after,
                watched=self.options.watched,
            )
            self.reader = Reader(self.database, self.engine.streams)
            self.metrics.follow(self._state)
            self.metrics.expect(self.models)
            self._held = stack.pop_all()

    @property
    def feed(self) -> Feed:
        """The changes of events."""
        return self.engine.feed

    def start(self) -> Self:
        """Read what is on disk, and begin to take pushes."""
        self.engine.start()
        return self

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Start it, and close it at the end of the block."""
        try:
            yield self.start()
        finally:
            self.close()

    def reload(self) -> Reloaded:
        """Load what has changed of models and thresholds; streams go on with it from their next points.

        What cannot be loaded is logged and told, and the earlier model stays in use.
        """
        found = self.models.reload()
        self.metrics.expect(self.models)
        # A stream may rest since its model was gone, or had other channels for a while.
        if "loaded" in found.models.values() or self.engine.streams.n_resting:
            self.engine.read_again()
        return found

    def close(self) -> None:
        """Answer what waits, write all to disk, and end."""
        with self._held:
            self.engine.stop()

    def _state(self) -> State:
        engine, models = self.engine, [(name,) for name in self.models]
        return State(engine.n_waiting, self.database.size(), models, self.models.failed, engine.streams.standings())
