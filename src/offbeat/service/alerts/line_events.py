"""Alerts of the events in lines that are scored as they arrive, without a service."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from offbeat.events import Event
from offbeat.service.alerts.alerts import Alerts
from offbeat.service.alerts.change import Change
from offbeat.service.alerts.receiver import Receiver
from offbeat.words import plural

__all__ = ["LineAlerts", "line_alerts"]

_PATIENCE = 10.0
"""Seconds in which what happened last is told, at the end."""


class LineAlerts:
    """Reports events as they are written: once as known, once as settled; the same again does no harm.

    Parameters
    ----------
    alerts : Alerts
        Gets them.
    model : str
        The name of the model.
    run : str
        Tells the events of this run from those of others; empty where a state makes all runs one.
    """

    def __init__(self, alerts: Alerts, model: str, run: str = "") -> None:
        self._alerts, self._model, self._run = alerts, model, run

    def write(self, status: str, event: Event, key: str = "") -> None:
        """Report an event."""
        # Where it was known never changes, and no other event of the stream was known there.
        name = "-".join(part for part in (self._run, self._model, key, str(event.known_at)) if part)
        change = Change.of(key or self._model, name, event, closed=status == "settled", model=self._model)
        self._alerts.report([change])

    def sync(self) -> None:
        """Do nothing: what is reported is on disk."""


@contextmanager
def line_alerts(
    receiver: Receiver, model: str, state: Path | None = None, report: Callable[[str], None] = lambda line: None
) -> Iterator[LineAlerts]:
    """Give what events are written to, and have told at the end what there is to tell.

    Parameters
    ----------
    receiver : Receiver
        Who is told.
    model : str
        The name of the model.
    state : Path, optional
        The file in which messages wait, also for the next run. Without one, what could not be told at the end is lost.
    report : callable
        Gets a line where not everything could be told.
    """
    with tempfile.TemporaryDirectory(prefix="offbeat-") as folder:
        path = Path(folder, "alerts.db") if state is None else state
        with Alerts(path, [receiver], names_model=lambda: False) as alerts:
            try:
                yield LineAlerts(alerts, model, "" if state is not None else uuid4().hex[:8])
            finally:
                if n_waiting := alerts.drain(_PATIENCE):
                    fate = "lost" if state is None else f"kept in {state} for the next run"
                    error = alerts.status()[receiver.name]["last_error"]
                    report(f"{plural(n_waiting, 'message')} could not be delivered ({error}): {fate}")
