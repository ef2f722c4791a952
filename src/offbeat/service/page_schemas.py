"""What thresholds look like in requests and answers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from offbeat.service.schemas import StreamOut

__all__ = ["PreviewOut", "RuledStreamOut", "ThresholdIn", "ThresholdOut"]


class ThresholdIn(BaseModel):
    """Which threshold a model shall have."""

    model_config = ConfigDict(extra="forbid", strict=True)

    alarms_per_week: float = Field(gt=0, lt=1e6, description="That a stream may raise while all is normal.")
    key: str | None = Field(
        None, description="Where each key has a model of its own: whose is changed. All of them without it."
    )


class RuleOut(BaseModel):
    """A threshold in force, or one that could be."""

    rule: str
    aim: str
    alarms_per_week: float | None = Field(description="None for rules that aim at something else.")
    threshold: float | None
    watch: float | None
    alarm: float | None
    moves: bool


class RuledStreamOut(StreamOut, RuleOut):
    """A stream at a glance, and its threshold."""


class RaisedOut(BaseModel):
    """An event that a threshold would have raised."""

    start_time: str
    end_time: str
    peak_time: str
    severity: Literal["normal", "watch", "alarm"]
    score: float | None


class ChoiceOut(RuleOut):
    """What a threshold would have raised."""

    choice: Literal["now", "half", "asked", "twice"]
    n_events: int
    a_week: float | None
    interval_95: tuple[float, float] | None = Field(description="Rates a week that the number is compatible with.")
    share_of_time: float | None
    weeks: list[dict[str, object]]
    events: list[RaisedOut]
    normal_raised: int = Field(description="Events said to be normal that it would raise.")
    real_raised: int = Field(description="Events said to be real that it would raise.")
    a_week_all: float | None = Field(description="The mean of the streams that were counted.")


class PreviewOut(BaseModel):
    """Thresholds side by side."""

    model: str
    key: str
    n_streams: int = Field(description="Streams of the model.")
    n_counted: int
    n_normal: int
    n_real: int
    choices: list[ChoiceOut]
    cautions: list[str]


class ThresholdOut(BaseModel):
    """A threshold before and now."""

    model: str
    n_models: int = Field(description="How many were written.")
    before: RuleOut
    now: RuleOut
