"""Titles and sentences: what people read of alerts, in any format."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from offbeat.service.alerts.change import ANOMALY, BLIND, SILENT
from offbeat.words import duration, plural, shorten

__all__ = ["sentence", "title_of"]

_WIDEST = 80
_MOST = 3
"""Channels that are named, at most."""


def title_of(alerts: Sequence[Mapping[str, Any]], grouping: Mapping[str, str], *, is_repeat: bool = False) -> str:
    """Return a message in one line: what is the matter, with which streams, and where there is one of them, since when.

    Examples
    --------
    >>> from offbeat.service.alerts import Change
    >>> details = {"start_time": "2026-03-01T02:24:00Z", "channels": {"cpu": 0.9, "io": 0.1}}
    >>> facts = Change("db16", "7", details=details).facts()
    >>> title_of([{"status": "firing", "opened_at": 1_772_331_900.0, **facts}], {})
    '1 alarm: db16, cpu, since 02:24 UTC'
    """
    found: dict[str, list[Mapping[str, Any]]] = {state: [] for state in _STATES}
    for alert in alerts:
        found[_state(alert)].append(alert)
    parts = [f"{_counted(len(each), state)}: {_named(each)}" for state, each in found.items() if each]
    where = ", ".join(f"{name} {shorten(value, _WIDEST)}" for name, value in grouping.items() if value)
    return "Still " * is_repeat + "; ".join(parts) + (f" ({where})" if where else "")


def _named(alerts: Sequence[Mapping[str, Any]]) -> str:
    """Return the streams of alerts; of one alert also the channel to blame, and since when or until when it was."""
    if len(alerts) > 1:
        return _listed([shorten(alert["stream"], _WIDEST) for alert in alerts])
    [alert] = alerts
    details, is_over = alert.get("details", {}), alert["status"] != "firing"
    parts = [shorten(alert["stream"], _WIDEST)]
    if not is_over:
        parts += [shorten(name, 40) for name in _causes(details)[:1]]
    parts += ["again"] * (not is_over and bool(details.get("is_again")))
    time = None if _is_acknowledged(alert) else details.get("end_time" if is_over else "start_time")
    # A stream without times has numbers of points as places.
    if isinstance(time, str):
        parts.append(f"{'ended' if is_over else 'since'} {_clock(time, alert.get('opened_at'))}")
    return ", ".join(parts)


def _clock(time: str, known: float | None) -> str:
    """Return a time as hours and minutes, in UTC if its zone is known; with its day unless it became known on that."""
    try:
        found = datetime.fromisoformat(time)
    except ValueError:
        return shorten(time, 40)
    zone = "" if found.tzinfo is None else " UTC"
    found = found if found.tzinfo is None else found.astimezone(UTC)
    is_same = known is not None and datetime.fromtimestamp(known, UTC).date() == found.date()
    return f"{found:%H:%M}{zone}" if is_same else f"{found:%Y-%m-%d %H:%M}{zone}"


def _causes(details: Mapping[str, Any]) -> list[str]:
    """Return the channels with the highest shares of the score, the highest first; none where there is only one."""
    shares = _shares(details)
    return sorted(shares, key=lambda name: -shares[name])[:_MOST] if len(shares) > 1 else []


def _shares(details: Mapping[str, Any]) -> dict[str, float]:
    return _numbers(details.get("channels"))


def _numbers(found: Mapping[str, Any] | None) -> dict[str, float]:
    return {name: value for name, value in (found or {}).items() if isinstance(value, int | float)}


def sentence(alert: Mapping[str, Any]) -> str:
    """Return one line on an event: its stream, what is the matter, and what is known of it."""
    details = alert.get("details", {})
    parts = _of_anomaly(alert, details) if alert["kind"] == ANOMALY else _LACKS[alert["kind"]](details)
    parts += [shorten(details["note"], _WIDEST)] if details.get("note") else []
    return f"{shorten(alert['stream'], _WIDEST)}: {', '.join(parts)}"


def _of_silence(details: Mapping[str, Any]) -> list[str]:
    length = duration(float(f"{details['silent_for']:.2g}"))
    if details["end"] == "back":
        return [f"sends again, was silent for {length}"]
    if details["end"]:
        return [f"no points for {length}, taken for gone"]
    return [f"silent, no points since {details['silent_since']}"]


def _of_blindness(details: Mapping[str, Any]) -> list[str]:
    length, since = duration(float(f"{details['unscored_for']:.2g}")), details["unscored_since"]
    if details["end"] == "scored":
        return [f"has scores again, had none for {length}"]
    if details["end"]:
        return [f"no score for {length}, taken for gone"]
    parts = [f"no score since {since}" if since else f"no score since its first point {length} ago"]
    parts.append(f"{details['n_values']} of {details['n_needed']} values in a row")
    if details["missing_time"]:
        what = "all values were" if details["missing"] is None else f"{shorten(details['missing'], 40)} was"
        parts.append(f"{what} missing at {details['missing_time']}")
    return parts


_LACKS: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {SILENT: _of_silence, BLIND: _of_blindness}


def _of_anomaly(alert: Mapping[str, Any], details: Mapping[str, Any]) -> list[str]:
    is_over = alert["status"] != "firing"
    level = shorten(details.get("level") or "", _WIDEST) if is_over else ""
    quiet = f": scores are below the threshold again, the level is not back, {level}" if level else " is over"
    said = " was acknowledged" if _is_acknowledged(alert) else quiet if is_over else ""
    parts = [alert["severity"] + (said or " again" * bool(details.get("is_again")))]
    if not is_over and alert.get("before") not in (None, alert["severity"]):
        parts.append(f"was {alert['before']}")
    parts += _of_score(details)
    if details.get("start_time"):
        parts.append(f"from {_to_seconds(details['start_time'])}")
    if is_over and details.get("end_time"):
        parts.append(f"to {_to_seconds(details['end_time'])}")
    return parts + _of_channels(details)


def _of_score(details: Mapping[str, Any]) -> list[str]:
    score, threshold = details.get("score"), details.get("threshold")
    if not isinstance(score, int | float):
        return []
    return [f"score {score:.4g}" + (f" (threshold {threshold:.4g})" if isinstance(threshold, int | float) else "")]


def _of_channels(details: Mapping[str, Any]) -> list[str]:
    """Return what is known of the channels to blame: their shares, and their values beside the usual ones."""
    shares, causes = _shares(details), _causes(details)
    if causes:
        return [
            "caused by " + ", ".join(f"{shorten(name, 40)} {shares[name]:.0%}{_seen(details, name)}" for name in causes)
        ]
    return [f"{shorten(name, 40)}{seen}" for name in shares if (seen := _seen(details, name))]


def _seen(details: Mapping[str, Any], name: str) -> str:
    values, usual = _numbers(details.get("values")), _numbers(details.get("usual"))
    if name not in values:
        return ""
    return f" ({values[name]:.4g}" + (f", usually {usual[name]:.4g}" if name in usual else "") + ")"


def _to_seconds(time: str) -> str:
    """Return a time as text without parts of a second."""
    return re.sub(r"\.\d+", "", time)


_STATES = ("alarm", "watch", "silent", "blind", "changed", "over", "acknowledged", "back", "scored", "gone")
"""What the events of a message are, in the order in which its title counts them."""


def _state(alert: Mapping[str, Any]) -> str:
    if alert["kind"] != ANOMALY:
        return str(alert["details"].get("end") or alert["kind"])
    if alert["status"] == "firing":
        return str(alert["severity"])
    if _is_acknowledged(alert):
        return "acknowledged"
    return "changed" if alert.get("details", {}).get("level") else "over"


def _is_acknowledged(alert: Mapping[str, Any]) -> bool:
    return bool(alert["status"] != "firing" and alert.get("details", {}).get("end") == "acknowledged")


def _counted(count: int, state: str) -> str:
    words = {
        "alarm": plural(count, "alarm"),
        "watch": f"{count:,} to watch",
        "blind": f"{count:,} without scores",
        "scored": f"{count:,} scored again",
        "changed": f"{count:,} quiet, but not back to the usual level",
    }
    return words.get(state, f"{count:,} {state}")


def _listed(names: Sequence[str]) -> str:
    names = list(dict.fromkeys(names))
    return ", ".join(names) if len(names) < 3 else f"{names[0]}, {names[1]} and {len(names) - 2:,} more"
