"""What messages say, in the layout in which they wait and in which the format ``json`` posts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from offbeat.events.severity import Severity
from offbeat.service.alerts.change import Change
from offbeat.service.alerts.events import Told
from offbeat.service.alerts.receiver import Receiver
from offbeat.words import plural, shorten

__all__ = ["VERSION", "iso", "messages_of", "sentence", "test_message", "title_of"]

VERSION = 1
_BATCH = 256
"""Alerts in a request to Alertmanager, at most; Prometheus sends as many."""
_WIDEST = 80


def messages_of(receiver: Receiver, told: Told, *, is_repeat: bool = False) -> list[dict[str, Any]]:
    """Return what is to be sent: one message that names the first events and counts the rest, or all of them in parts.

    Examples
    --------
    >>> receiver = Receiver(name="ops", url="http://localhost", shown=1)
    >>> alerts = [{"status": "firing", "stream": f"web{i}", "severity": "alarm", "model": "cpu"} for i in range(3)]
    >>> [message] = messages_of(receiver, Told({"model": "cpu"}, alerts))
    >>> message["title"], len(message["alerts"]), message["n_more"]
    ('3 alarms: web0, web1 and 1 more (model cpu)', 1, 2)
    """
    takes_all = receiver.format == "alertmanager"
    size = _BATCH if takes_all else max(1, len(told.alerts))
    parts = [told.alerts[at : at + size] for at in range(0, len(told.alerts), size)]
    return [
        _message(receiver, told.grouping, part, len(part) if takes_all else receiver.shown, is_repeat) for part in parts
    ]


def test_message(receiver: Receiver, now: float) -> dict[str, Any]:
    """Return a message by which people see that messages arrive: an event that is over, of no stream."""
    facts = Change("test", "test", Severity.WATCH).facts()
    times = {"before": None, "opened_at": now, "closed_at": now}
    [message] = messages_of(receiver, Told({}, [{"status": "resolved", **facts, **times}]))
    return {**message, "title": "This is a test: alerts of offbeat arrive here"}


def _message(
    receiver: Receiver, grouping: Mapping[str, str], alerts: Sequence[Mapping[str, Any]], shown: int, is_repeat: bool
) -> dict[str, Any]:
    states = Counter(alert["status"] for alert in alerts)
    return {
        "version": VERSION,
        "receiver": receiver.name,
        "status": "firing" if states["firing"] else "resolved",
        "title": title_of(alerts, grouping),
        "group": dict(grouping),
        "n_firing": states["firing"],
        "n_resolved": states["resolved"],
        "n_more": max(0, len(alerts) - shown),
        "is_repeat": is_repeat,
        "link": receiver.link,
        "alerts": [{key: value for key, value in alert.items() if key != "is_new"} for alert in alerts[:shown]],
    }


def title_of(alerts: Sequence[Mapping[str, Any]], grouping: Mapping[str, str]) -> str:
    """Return a message in one line."""
    firing = [alert for alert in alerts if alert["status"] == "firing"]
    over = [alert for alert in alerts if alert["status"] != "firing"]
    tiers = Counter(alert["severity"] for alert in firing)
    counts = [_counted(tiers[tier], tier) for tier in ("alarm", "watch") if tiers[tier]]
    if over:
        counts.append(f"{len(over):,} over")
    names = [shorten(alert["stream"], _WIDEST) for alert in (firing or over)]
    where = ", ".join(f"{name} {shorten(value, _WIDEST)}" for name, value in grouping.items() if value)
    return f"{' and '.join(counts)}: {_listed(list(dict.fromkeys(names)))}" + (f" ({where})" if where else "")


def sentence(alert: Mapping[str, Any]) -> str:
    """Return one line on an event: its stream, tier, score and the channels that caused it."""
    details = alert.get("details", {})
    parts = [f"{shorten(alert['stream'], _WIDEST)}: {alert['severity'] if alert['status'] == 'firing' else 'over'}"]
    if alert["status"] == "firing" and alert.get("before"):
        parts.append(f"before: {alert['before']}")
    score = details.get("score")
    if isinstance(score, int | float):
        parts.append(f"score {score:.4g}")
    if details.get("start_time"):
        parts.append(f"from {details['start_time']}")
    if alert["status"] != "firing" and details.get("end_time"):
        parts.append(f"to {details['end_time']}")
    shares = {name: share for name, share in (details.get("channels") or {}).items() if isinstance(share, int | float)}
    causes = sorted(shares, key=lambda name: -shares[name])[:3]
    if len(shares) > 1:
        parts.append("caused by " + ", ".join(f"{shorten(name, 40)} {shares[name]:.0%}" for name in causes))
    return ", ".join(parts)


def iso(seconds: float) -> str:
    """Return a time in seconds from 1970 as text in UTC.

    Examples
    --------
    >>> iso(1_700_000_000.25)
    '2023-11-14T22:13:20.250Z'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _counted(count: int, tier: str) -> str:
    return plural(count, tier) if tier == "alarm" else f"{count:,} to watch"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) < 3 else f"{names[0]}, {names[1]} and {len(names) - 2:,} more"
