"""What can be asked about alerts and sources over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from offbeat.service.alerts.messages import iso
from offbeat.service.connections import Connected

__all__ = ["connection_routes"]


class ReceiverOut(BaseModel):
    """A receiver of alerts, and its messages since the start."""

    name: str
    format: Literal["json", "slack", "alertmanager"]
    open: int = Field(description="Open events, sent or waiting to be.")
    waiting: int = Field(description="Messages not delivered yet.")
    dead: int = Field(description="Messages that were given up, and can be revived.")
    suppressed: int = Field(description="Events never sent, as they ended within the cooldown of their stream.")
    history: int = Field(description="Changes of events of a history that was pushed, never sent.")
    sent: int
    failed_tries: int
    given_up: int
    last_sent: str | None
    last_error: str = Field(description="Of the last try; empty if that succeeded.")


class DeadOut(BaseModel):
    """A message that was given up."""

    id: str
    receiver: str
    title: str
    made: str
    given_up: str
    tries: int
    error: str


class TestIn(BaseModel):
    """Which receiver to test."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(description="The name of the receiver.")


class ReviveIn(BaseModel):
    """Which messages to try again."""

    model_config = ConfigDict(extra="forbid", strict=True)

    ids: list[str] | None = Field(None, description="All for null.")


class RevivedOut(BaseModel):
    """How many messages are tried again."""

    revived: int


class SourceOut(BaseModel):
    """A source, and its points since the start."""

    name: str
    state: Literal["running", "waiting", "failing", "ended", "stopped"] = Field(
        description="`waiting` while the service has no room for its points."
    )
    scored: int
    unscored: int
    repeated: int
    late: int
    refused: int
    waits: int = Field(description="How often it waited until the service had room.")
    failures: int
    error: str = Field(description="Why it fails; empty once it works again.")
    refusal: str = Field(description="Why the last point that was late or refused was so.")
    left_out: dict[str, int] = Field(description="Rows that are not points, by what is wrong with them.")


def connection_routes(connected: Connected) -> APIRouter:
    """Return the operations on what a service is connected to."""
    router = APIRouter(prefix="/v1")

    @router.get("/receivers", response_model=list[ReceiverOut])
    def receivers() -> list[dict[str, Any]]:
        """List the receivers of alerts."""
        return [_with_times(each, "last_sent") for each in connected.receivers()]

    @router.post("/receivers/test", status_code=202)
    def send_test(wanted: TestIn) -> dict[str, str]:
        """Send a test to a receiver: an event and its end; the list of receivers shows whether it arrived."""
        connected.send_test(wanted.name)
        return {"name": wanted.name}

    @router.get("/receivers/dead", response_model=list[DeadOut])
    def dead(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[dict[str, Any]]:
        """List the messages that were given up, newest first."""
        return [_with_times(each, "made", "given_up") for each in connected.dead(limit)]

    @router.post("/receivers/dead/revive", response_model=RevivedOut)
    def revive(wanted: ReviveIn) -> dict[str, int]:
        """Try given-up messages again."""
        return {"revived": connected.revive(wanted.ids)}

    @router.get("/sources", response_model=list[SourceOut])
    def sources() -> list[dict[str, Any]]:
        """List the sources that are read."""
        return connected.source_status()

    return router


def _with_times(facts: dict[str, Any], *names: str) -> dict[str, Any]:
    return {**facts, **{name: None if facts[name] is None else iso(facts[name]) for name in names}}
