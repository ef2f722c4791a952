"""The settings of a receiver: which alerts it gets, when, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from offbeat.errors import ParameterError
from offbeat.estimators.hints import Range
from offbeat.events.severity import Severity
from offbeat.service.config_file import secret, settings_of, tables_of

__all__ = ["Receiver", "read_receivers", "webhook_receiver"]

Seconds = Annotated[float, Range(0, 30 * 86_400)]
_USUAL = {"group_wait": 10.0, "cooldown": 300.0, "repeat": 0.0}
_USUAL_ALERTMANAGER = {"group_wait": 0.0, "cooldown": 0.0, "repeat": 60.0}
"""Alertmanager groups by itself, and takes what it does not hear of for some minutes for resolved."""


@dataclass(frozen=True)
class Receiver:
    """Where alerts go, and which.

    Parameters
    ----------
    name : str
        Names the receiver in messages, metrics and the queue; no two have the same.
    url : str
        Where messages are posted to; the address of Alertmanager without ``/api/v2/alerts``.
    url_env : str
        The environment variable that holds the address instead, where it is a secret, as that of a Slack webhook is.
    format : {"json", "slack", "alertmanager"}
        What is posted.
    minimum : {"watch", "alarm"}
        The lowest tier of events that are sent. With ``watch``, scores at *watch* open events as well.
    models, streams : sequence of str
        Only events of these models or streams; patterns such as ``web*`` are allowed. All where empty.
    group_by : sequence of str
        Events with the same values of these labels, within ``group_wait``, make one message; ``model``, ``stream`` and
        ``severity`` are labels, too. All events of a time make one where empty.
    group_wait : float, optional
        Seconds to wait for more events before a message is sent; 10, or 0 for Alertmanager, which groups by itself.
    cooldown : float, optional
        Seconds between two alerts about one stream; an event that ends within them is never sent. 300, or 0 for
        Alertmanager.
    resolve : bool
        Whether the end of an event is sent, too.
    silent_after : float
        Seconds without a new point after which a stream is reported as silent, if its next point is overdue, and
        seconds without a score after which it is reported as without scores; 0 for never.
    gone_after : float
        Seconds without a new point after which a stream counts as gone: its alert ends, and none begins.
    history_after : float
        An event that was last seen longer ago than these seconds when it is found is of a history that was pushed, and
        is not sent; 0 to send those, too.
    repeat : float, optional
        Seconds between reminders of what is still open; 0 for none. 60 for Alertmanager, else 0.
    shown : int
        Events listed in a message; the rest is counted. Alertmanager gets all.
    link : str
        The address of the live page for people, to which that of each stream is added.
    timeout : float
        Seconds that a receiver has to answer in, from the first byte to the last.
    tries : int
        How often a message is tried before it is given up and kept among the dead letters.
    wait, longest_wait : float
        Seconds after the first failure, doubled after each further one up to the longest, less up to a half by chance.
    secret_env : str
        The environment variable with the key that messages are signed with (HMAC-SHA256).
    authorization_env : str
        The environment variable with the value of the ``Authorization`` header, such as ``Bearer …``.

    Raises
    ------
    ParameterError
        If there is no address, or one that is not HTTP.
    """

    name: str
    url: str = field(default="", repr=False)
    url_env: str = ""
    format: Literal["json", "slack", "alertmanager"] = "json"
    minimum: Literal["watch", "alarm"] = "alarm"
    models: Sequence[str] = ()
    streams: Sequence[str] = ()
    group_by: Sequence[str] = ("model",)
    group_wait: Seconds | None = None
    cooldown: Seconds | None = None
    resolve: bool = True
    silent_after: Seconds = 900.0
    gone_after: Seconds = 86_400.0
    history_after: Seconds = 172_800.0
    repeat: Seconds | None = None
    shown: Annotated[int, Range(1, 100)] = 10
    link: str = ""
    timeout: Annotated[float, Range(0.01, 600)] = 10.0
    tries: Annotated[int, Range(1, 10_000)] = 20
    wait: Annotated[float, Range(0.001, 3_600)] = 1.0
    longest_wait: Annotated[float, Range(0.001, 86_400)] = 300.0
    secret_env: str = ""
    authorization_env: str = ""
    key: str = field(default="", init=False, repr=False)
    authorization: str = field(default="", init=False, repr=False)

    def __post_init__(self) -> None:
        if bool(self.url) == bool(self.url_env):
            raise ParameterError("expected url or url_env, one of them: give where to post to")
        url = self.url or secret(self.url_env, self.name)
        _require_address(url, f"the address in {self.url_env}" if self.url_env else f"url {self.url!r}")
        if self.link:
            _require_address(self.link, f"link {self.link!r}")
        if self.silent_after >= self.gone_after:
            raise ParameterError(
                f"expected silent_after to be shorter than gone_after, got {self.silent_after:g} and "
                f"{self.gone_after:g}: raise gone_after"
            )
        found: dict[str, Any] = {
            "url": url,
            "key": secret(self.secret_env, self.name),
            "authorization": secret(self.authorization_env, self.name),
        }
        usual = _USUAL_ALERTMANAGER if self.format == "alertmanager" else _USUAL
        found |= {name: value for name, value in usual.items() if getattr(self, name) is None}
        for name, value in found.items():
            object.__setattr__(self, name, value)

    @property
    def tier(self) -> Severity:
        """The lowest tier of events that are told."""
        return Severity[self.minimum.upper()]

    def concerns(self, model: str, stream: str) -> bool:
        """Return whether the receiver is told of a stream.

        Examples
        --------
        >>> Receiver(name="ops", url="http://localhost", streams=("web*",)).concerns("cpu", "web1")
        True
        """
        return _matches(model, self.models) and _matches(stream, self.streams)

    def is_history(self, last_time: float | None, now: float) -> bool:
        """Return whether an event that was last seen at a time is too old to tell of.

        Examples
        --------
        >>> ops = Receiver(name="ops", url="http://localhost", history_after=3600)
        >>> ops.is_history(0.0, now=7200.0), ops.is_history(7000.0, now=7200.0), ops.is_history(None, now=7200.0)
        (True, False, False)
        """
        return bool(self.history_after) and last_time is not None and last_time < now - self.history_after


def _require_address(url: str, what: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ParameterError(f"expected an address that begins with http:// or https://, got {what}: correct it")


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def webhook_receiver(url: str, **settings: Any) -> Receiver:
    """Return the receiver of one address, with the format that the address suggests.

    Examples
    --------
    >>> webhook_receiver("https://hooks.slack.com/services/T0/B0/x").format
    'slack'
    """
    host = urlsplit(url).hostname or ""
    form = "slack" if host == "hooks.slack.com" else "json"
    return Receiver(name="webhook", url=url, **({"format": form} | settings))


def read_receivers(found: Mapping[str, Any]) -> list[Receiver]:
    """Return the receivers of a configuration file, from its ``[[receivers]]``.

    Raises
    ------
    ParameterError
        If a setting is wrong.

    Examples
    --------
    >>> [made] = read_receivers({"receivers": [{"name": "ops", "url": "http://localhost:9000/hook"}]})
    >>> made.name, made.cooldown
    ('ops', 300.0)
    """
    return [settings_of(Receiver, table, where) for where, table in tables_of(found, "receivers")]
