"""How severe an event is: the three tiers of the traffic light."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Severity"]


class Severity(IntEnum):
    """Clearly normal, look again, clear anomaly; ordered, so that the worst of several is their ``max``.

    Examples
    --------
    >>> Severity.WATCH.label, Severity.WATCH.colour
    ('watch', 'amber')
    >>> max(Severity.NORMAL, Severity.ALARM)
    <Severity.ALARM: 2>
    """

    NORMAL = 0
    WATCH = 1
    ALARM = 2

    @property
    def label(self) -> str:
        """The word in tables and files."""
        return self.name.lower()

    @property
    def colour(self) -> str:
        """The colour of the traffic light, in words."""
        return ("green", "amber", "red")[self]
