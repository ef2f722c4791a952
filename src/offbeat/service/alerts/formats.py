"""A message as a request: of our own JSON, for Slack's incoming webhooks, or for Alertmanager."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from offbeat.service.alerts.change import ANOMALY
from offbeat.service.alerts.messages import iso
from offbeat.service.alerts.queue import Waiting
from offbeat.service.alerts.receiver import Receiver
from offbeat.service.alerts.wording import sentence
from offbeat.version import __version__

__all__ = ["SIGNATURE", "Request", "request_of", "signature_of"]

SIGNATURE = "X-Offbeat-Signature"
_LONGEST_TEXT = 2_900
"""Characters of a block of Slack, which takes 3,000."""
_MISSED = 4
"""Repeats that Alertmanager may miss before it takes an alert for resolved; Prometheus gives it as many."""


@dataclass(frozen=True)
class Request:
    """What is posted."""

    url: str
    headers: dict[str, str]
    content: bytes


def request_of(receiver: Receiver, message: Waiting, now: float) -> Request:
    """Return a message as its receiver takes it, signed where there is a key."""
    path, content = _FORMATS[receiver.format](receiver, message, now)
    body = json.dumps(content, allow_nan=False).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"offbeat/{__version__}",
        "Idempotency-Key": message.id,
    }
    if receiver.authorization:
        headers["Authorization"] = receiver.authorization
    if receiver.key:
        headers[SIGNATURE] = signature_of(receiver.key, body)
    return Request(receiver.url.rstrip("/") + path if path else receiver.url, headers, body)


def signature_of(key: str, body: bytes) -> str:
    """Return what the header ``X-Offbeat-Signature`` holds for a body; compare it by ``hmac.compare_digest``.

    Examples
    --------
    >>> signature_of("key", b"{}")[:20]
    'sha256=a777724d943eb'
    """
    return "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def _as_json(receiver: Receiver, message: Waiting, now: float) -> tuple[str, Any]:
    alerts = [
        {**alert, "opened_at": iso(alert["opened_at"]), "closed_at": _iso(alert["closed_at"])}
        for alert in message.content["alerts"]
    ]
    return "", {"id": message.id, "made_at": iso(message.made), **message.content, "alerts": alerts}


def _as_slack(receiver: Receiver, message: Waiting, now: float) -> tuple[str, Any]:
    content = message.content
    title = f"{_sign(content)} *{_escaped(content['title'])}*"
    lines = [_line(alert) for alert in content["alerts"]]
    if content["n_more"]:
        lines.append(f"and {content['n_more']:,} more")
    blocks = [_section(title), *(_section(text) for text in _joined(lines))]
    if content["link"]:
        blocks.append(_section(f"<{content['link']}|All streams>"))
    return "", {"text": _escaped(content["title"]), "blocks": blocks}


def _sign(content: Mapping[str, Any]) -> str:
    if content["status"] != "firing":
        return ":large_green_circle:"
    severities = {alert["severity"] for alert in content["alerts"] if alert["status"] == "firing"}
    return ":red_circle:" if severities != {"watch"} else ":large_yellow_circle:"


def _line(alert: Mapping[str, Any]) -> str:
    text = _escaped(sentence(alert))
    return f"• {text} <{alert['link']}|Open>" if alert["link"] else f"• {text}"


def _as_alertmanager(receiver: Receiver, message: Waiting, now: float) -> tuple[str, Any]:
    posted: list[dict[str, Any]] = []
    for alert in message.content["alerts"]:
        # The tier is one of the labels, by which Alertmanager tells alerts apart: a raised event ends under the former.
        if alert["before"] not in (None, alert["severity"]):
            posted.append(_alert(receiver, message, alert, alert["before"], message.made))
        posted.append(_alert(receiver, message, alert, alert["severity"], _end(receiver, message, alert, now)))
    return "/api/v2/alerts", posted


def _end(receiver: Receiver, message: Waiting, alert: Mapping[str, Any], now: float) -> float:
    """Return when an alert ends, or ends by itself if nothing more is heard of it."""
    repeat = receiver.repeat or 3_600.0
    if alert["status"] == "firing":
        return now + _MISSED * repeat
    if alert["before"] is None:
        # Alertmanager tells nobody of what was over before it came: short events stay open for as long as it needs.
        return max(float(alert["closed_at"]), message.made + repeat)
    return float(alert["closed_at"])


def _alert(receiver: Receiver, message: Waiting, alert: Mapping[str, Any], tier: str, ends: float) -> dict[str, Any]:
    own = {
        "alertname": "offbeat" if alert["kind"] == ANOMALY else f"offbeat_{alert['kind']}",
        "stream": alert["stream"],
        "model": alert["model"],
        "severity": tier,
        "event": alert["event"],
    }
    labels = {name: value for name, value in {**alert["labels"], **own}.items() if value}
    made = {
        "labels": labels,
        "annotations": {"summary": sentence(alert), "details": json.dumps(alert["details"])},
        "startsAt": iso(alert["opened_at"]),
        "endsAt": iso(max(ends, alert["opened_at"] + 0.001)),
    }
    return {**made, "generatorURL": alert["link"]} if alert["link"] else made


def _iso(seconds: float | None) -> str | None:
    return None if seconds is None else iso(seconds)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:_LONGEST_TEXT]}}


def _joined(lines: list[str]) -> list[str]:
    """Return lines in as few texts as there must be."""
    texts = [""]
    for line in (line[:_LONGEST_TEXT] for line in lines):
        if texts[-1] and len(texts[-1]) + len(line) >= _LONGEST_TEXT:
            texts.append("")
        texts[-1] += ("\n" if texts[-1] else "") + line
    return [text for text in texts if text]


_FORMATS: dict[str, Callable[[Receiver, Waiting, float], tuple[str, Any]]] = {
    "json": _as_json,
    "slack": _as_slack,
    "alertmanager": _as_alertmanager,
}
