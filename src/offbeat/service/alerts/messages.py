"""Messages, in the layout in which they wait and in which the format ``json`` posts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from offbeat.events.severity import Severity
from offbeat.service.alerts.change import Change
from offbeat.service.alerts.events import Told
from offbeat.service.alerts.receiver import Receiver
from offbeat.service.alerts.wording import title_of

__all__ = ["VERSION", "iso", "messages_of", "test_messages"]

VERSION = 1
_BATCH = 256
"""Alerts in a request to Alertmanager, at most; Prometheus sends as many."""


def messages_of(
    receiver: Receiver, told: Told, *, is_repeat: bool = False, names_model: bool = True
) -> list[dict[str, Any]]:
    """Return what is to be sent: one message that names the first events and counts the rest, or all of them in parts.

    Parameters
    ----------
    receiver : Receiver
        Its settings.
    told : Told
        The events of a group.
    is_repeat : bool
        Whether it is a reminder.
    names_model : bool
        Whether the title names the model that the events have in common.

    Examples
    --------
    >>> receiver = Receiver(name="ops", url="http://localhost", shown=1)
    >>> from offbeat.service.alerts import Change
    >>> alerts = [{"status": "firing", **Change(f"web{i}", f"{i}", model="cpu").facts()} for i in range(3)]
    >>> [message] = messages_of(receiver, Told({"model": "cpu"}, alerts))
    >>> message["title"], len(message["alerts"]), message["n_more"]
    ('3 alarms: web0, web1 and 1 more (model cpu)', 1, 2)
    """
    takes_all = receiver.format == "alertmanager"
    size = _BATCH if takes_all else max(1, len(told.alerts))
    parts = [told.alerts[at : at + size] for at in range(0, len(told.alerts), size)]
    grouping = {name: value for name, value in told.grouping.items() if names_model or name != "model"}
    titles = [title_of(part, grouping, is_repeat=is_repeat) for part in parts]
    return [
        _message(receiver, told.grouping, part, len(part) if takes_all else receiver.shown, is_repeat, title)
        for part, title in zip(parts, titles, strict=True)
    ]


def test_messages(receiver: Receiver, now: float) -> list[dict[str, Any]]:
    """Return messages by which people see what arrives, and where: an event of each tier that is told, and its end.

    Alertmanager is not sent the end, of which it would tell nobody: what begins there ends by itself.
    """
    tiers = [tier for tier in (Severity.ALARM, Severity.WATCH) if tier >= receiver.tier]
    note = {"note": "this is a test, nothing is wrong"}
    begun = [Change("test", f"test-{tier.label}-{now:.0f}", tier, details=note).facts() for tier in tiers]
    times = {"opened_at": now, "closed_at": None}
    told = [{"status": "firing", **facts, "before": None, **times} for facts in begun]
    ended = [{**alert, "status": "resolved", "before": alert["severity"], "closed_at": now} for alert in told]
    has_end = receiver.resolve and receiver.format != "alertmanager"
    made = [message for alerts in (told, ended)[: 1 + has_end] for message in messages_of(receiver, Told({}, alerts))]
    return [{**message, "title": f"This is a test: {message['title']}"} for message in made]


def _message(
    receiver: Receiver,
    grouping: Mapping[str, str],
    alerts: Sequence[Mapping[str, Any]],
    shown: int,
    is_repeat: bool,
    title: str,
) -> dict[str, Any]:
    states = Counter(alert["status"] for alert in alerts)
    return {
        "version": VERSION,
        "receiver": receiver.name,
        "status": "firing" if states["firing"] else "resolved",
        "title": title,
        "group": dict(grouping),
        "n_firing": states["firing"],
        "n_resolved": states["resolved"],
        "n_more": max(0, len(alerts) - shown),
        "is_repeat": is_repeat,
        "link": receiver.link,
        "alerts": [
            {key: value for key, value in alert.items() if key != "is_new"} | {"link": _link_to(receiver, alert)}
            for alert in alerts[:shown]
        ],
    }


def _link_to(receiver: Receiver, alert: Mapping[str, Any]) -> str:
    """Return the address of a stream on the live page; that of the page for the test, which has no model."""
    if not (receiver.link and alert["model"]):
        return receiver.link
    page = receiver.link.partition("#")[0]
    return f"{page}#{urlencode({'stream': alert['stream'], 'model': alert['model']})}"


def iso(seconds: float) -> str:
    """Return a time in seconds from 1970 as text in UTC.

    Examples
    --------
    >>> iso(1_700_000_000.25)
    '2023-11-14T22:13:20.250Z'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
