"""What happened to an event of a stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from offbeat.errors import ParameterError
from offbeat.events import Event
from offbeat.events.severity import Severity
from offbeat.service.labels import labels_of

__all__ = ["ANOMALY", "BLIND", "SILENT", "Change"]

ANOMALY: Final = "anomaly"
"""The kind of an event of which scores are too high."""
SILENT: Final = "silent"
"""The kind of one of which points do not come."""
BLIND: Final = "blind"
"""The kind of one of which points come, but have no scores."""


@dataclass(frozen=True)
class Change:
    """An event of a stream that opened, became more severe, or closed.

    Parameters
    ----------
    stream : str
        The key of the stream.
    event_id : str
        Names the event in all its changes, and no other event of any stream.
    severity : Severity
        The worst tier that the event has reached.
    closed : bool
        Whether the event is over: it is settled, or a person acknowledged it. An event is opened before it is closed.
    model : str
        The name of the model that scores the stream.
    details : mapping
        What else is known of the event, for JSON: ``score``, ``start_time``, ``end_time``, ``channels`` …
    labels : mapping of str to str
        Of the stream; those in its key where none are given, see :func:`labels_of`.
    kind : {"anomaly", "silent", "blind"}
        Whether scores are too high, points do not come, or points come and have no scores.
    last_time : float, optional
        When the event was last seen, in seconds from 1970 by the clock of its points: None says nothing of its age.

    Examples
    --------
    >>> change = Change.of("web1", "web1-7", Event(start=7, end=9, peak=8, score=3.5))
    >>> change.severity.label, change.details["score"]
    ('alarm', 3.5)
    """

    stream: str
    event_id: str
    severity: Severity = Severity.ALARM
    closed: bool = False
    model: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    kind: Literal["anomaly", "silent", "blind"] = "anomaly"
    last_time: float | None = None

    def __post_init__(self) -> None:
        if not self.event_id:
            raise ParameterError("expected an event to have an id, got an empty one: give one that no other event has")
        for name in ("stream", "event_id", "model"):
            # Half a character, which JSON can escape, is no text that a database takes.
            whole = getattr(self, name).encode(errors="backslashreplace").decode()
            object.__setattr__(self, name, whole)

    @classmethod
    def of(cls, stream: str, event_id: str, event: Event, *, closed: bool = False, model: str = "") -> Change:
        """Return the change of an :class:`Event`."""
        details = {name: value for name, value in event.to_dict().items() if name not in ("severity", "series")}
        return cls(stream, event_id, event.severity, closed, model, details)

    def facts(self) -> dict[str, Any]:
        """Return what an alert says of the event, for JSON."""
        return {
            "event": self.event_id,
            "kind": self.kind,
            "stream": self.stream,
            "model": self.model,
            "severity": self.severity.label,
            "labels": dict(self.labels or labels_of(self.stream)),
            "details": dict(self.details),
        }
