"""What the API takes and answers, as its OpenAPI page describes it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "AcknowledgeIn",
    "EventOut",
    "ModelOut",
    "PushOut",
    "ReloadOut",
    "RemovedOut",
    "ScoreIn",
    "ScoreOut",
    "SeriesOut",
    "StreamOut",
    "StreamsOut",
]

Tier = Literal["normal", "watch", "alarm"]
_NESTED = list[float | None] | list[list[float | None]] | list[list[list[float | None]]]


class WarmingOut(BaseModel):
    """A stream that has no score yet, or none beside missing values."""

    model: str
    key: str
    n_values: int = Field(description="Values without a gap that it has.")
    n_needed: int = Field(description="Values that a score needs.")


class SparseOut(BaseModel):
    """A stream of which many points get no score, as values or points are missing again and again."""

    model: str
    key: str
    unscored: float = Field(description="The share of about the newest thousand points that has no score.")


class PushOut(BaseModel):
    """What became of each point of a push, in its order."""

    scored: int
    unscored: int = Field(description="Points that are stored, but with too few values for a score yet.")
    repeated: int = Field(description="Points that came before: answered as then, and not scored again.")
    late: int = Field(description="Points older than the newest one of their stream, and not among those kept.")
    refused: int
    status: list[Literal["scored", "unscored", "repeated", "late", "refused"]]
    score: list[float | None] = Field(description="The score that became known with each point; null for none.")
    tier: list[Tier | None] = Field(description="Null where there is no score.")
    messages: dict[str, str] = Field(description="Why points are late or refused, by their number in the push.")
    warming_up: list[WarmingOut] = Field(description="The streams of unscored points that have no scores for now.")
    sparse: list[SparseOut] = Field(description="Those of which more than a tenth of the newest points have no score.")


class StreamOut(BaseModel):
    """A stream at a glance."""

    model: str
    key: str
    state: Literal["scoring", "warming_up", "silent"] = Field(
        description="warming_up while it has no score, as it is new or values are missing; silent where nothing has "
        "come for too long."
    )
    tier: Tier | None = Field(
        description="That of the newest score, or of an open event if that is worse and not quiet; null where there is "
        "neither."
    )
    score: float | None
    time: str
    age: float | None = Field(description="Seconds since its newest point arrived.")
    usual_wait: float | None = Field(description="Seconds that usually pass between two arrivals.")
    n_points: int
    n_needed: int = Field(description="How many values without a gap a score needs.")
    n_until_scored: int = Field(description="How many more values it takes until there are scores.")
    unscored: float = Field(description="The share of about the newest thousand points that has no score.")
    n_open_events: int
    quiet_since: str | None = Field(
        description="Since when scores are normal although an event is open, as it may still go on."
    )
    delay: int = Field(description="How many points after a point its score is known.")
    channels: list[str]
    clock: Literal["time", "seq"]


class StreamsOut(BaseModel):
    """Streams at a glance."""

    streams: list[StreamOut]
    more: bool = Field(description="Whether there are further ones: ask for those with a higher `first`.")


class RemovedOut(BaseModel):
    """A stream that was deleted."""

    model: str
    key: str
    n_points: int = Field(description="Points that it had taken.")
    n_events: int = Field(description="Its events, which stay.")


class SeriesOut(BaseModel):
    """Points and scores of a stream, as columns; mean, low and high have one column a channel."""

    model: str
    key: str
    channels: list[str]
    delay: int
    n_points: int
    more: bool = Field(description="Whether there are earlier points in the range, which were not read.")
    time: list[str]
    mean: list[list[float | None]]
    low: list[list[float | None]]
    high: list[list[float | None]]
    score: list[float | None]
    tier: list[Tier]


class EventOut(BaseModel):
    """A run of anomalous time in a stream."""

    id: int
    model: str
    key: str
    status: Literal["open", "closed", "merged"]
    severity: Tier
    score: float | None
    start_time: str
    end_time: str
    peak_time: str
    known_time: str = Field(
        description="When its first score was above the threshold: before start_time where most of its scores come "
        "from later ones."
    )
    n_points: int
    quiet_since: str | None = Field(
        description="Since when an open event is quiet: scores are normal, but it may still go on. Null otherwise."
    )
    channels: dict[str, float] = Field(description="The share of each channel in the score.")
    verdict: Literal["normal", "real"] | None
    note: str
    acknowledged: str | None


class AcknowledgeIn(BaseModel):
    """What somebody says of an event."""

    model_config = ConfigDict(extra="forbid", strict=True)

    verdict: Literal["normal", "real"] | None = Field(description="Null takes it back.")
    note: str = Field("", max_length=2000)


class ModelOut(BaseModel):
    """A model."""

    model_config = ConfigDict(protected_namespaces=())

    name: str
    by_key: bool = Field(description="Whether each key has a model of its own.")
    gaps: Literal["fill", "keep"] = Field(
        description="What is done about missing points of a stream: they are filled as missing, or points are taken as "
        "they follow each other, as the model learned."
    )
    kind: str = Field(description="What it reads: recordings, which streams are, or collections.")
    detector: str
    channels: list[str]
    window: int
    rule: str
    n_models: int = Field(description="How many there are: one, or one for each key.")
    n_in_use: int = Field(description="How many of them are loaded.")
    threshold: float | None = Field(description="Of streams, as watch and alarm; null where keys have several.")
    watch: float | None
    alarm: float | None
    threshold_range: tuple[float | None, float | None] = Field(description="The lowest and the highest in use.")
    failed: str | None = Field(description="Why it is not in use as it is on disk; null where it is.")


class ScoreIn(BaseModel):
    """A recording, (n_times, n_channels) or (n_times,), or a collection of series, scored without a stream."""

    model_config = ConfigDict(extra="forbid", strict=True)

    values: _NESTED
    model: str | None = None
    key: str = Field("", description="Whose model, where each key has its own.")
    live: bool = Field(False, description="Score as a stream is scored: by what came before each point only.")


class ScoreOut(BaseModel):
    """The scores of a recording or a collection."""

    score: list[float | None]
    flag: list[int]
    tier: list[Tier]
    events: list[dict[str, object]]


class ReloadOut(BaseModel):
    """What became of each model that is not as before."""

    models: dict[str, Literal["loaded", "changed"]]
    failed: dict[str, str] = Field({}, description="Models on disk that cannot be loaded, and why.")
    error: dict[str, str] | None = Field(None, description="Code and message, where a model failed.")
