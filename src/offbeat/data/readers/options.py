"""What a caller may say about a file that the file does not say itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from offbeat.errors import ParameterError

__all__ = ["DEFAULTS", "Duplicates", "Gaps", "Kind", "Label", "Order", "ReadOptions"]

Label = str | int | None
Kind = Literal["recording", "collection"]
Order = Literal["sort", "error"]
Duplicates = Literal["keep", "first", "last", "mean", "error"]
Gaps = Literal["keep", "nan", "interpolate", "last", "error"]


@dataclass(frozen=True)
class ReadOptions:
    """How to read a file, as :func:`offbeat.data.read` describes it.

    Examples
    --------
    >>> ReadOptions(kind="recording").kind
    'recording'
    """

    label: Label = None
    """Where the labels stand."""
    time: str | int | None = None
    """Where the timestamps stand; only recordings have them."""
    kind: Kind | None = None
    """What the file holds, where it does not say so."""
    order: Order = "sort"
    """What to do with time steps that are out of order."""
    duplicates: Duplicates = "keep"
    """What to do with time steps that share a timestamp."""
    gaps: Gaps = "keep"
    """What to do where rows are missing."""
    channels: Sequence[str] | str | None = None
    """The columns of a recording that are its channels; text names them between commas. All that are left if None."""

    def __post_init__(self) -> None:
        if self.kind not in (None, "recording", "collection"):
            raise ParameterError(f"kind is 'recording' or 'collection', got {self.kind!r}")
        for name, kind in (("order", Order), ("duplicates", Duplicates), ("gaps", Gaps)):
            if getattr(self, name) not in get_args(kind):
                raise ParameterError(f"{name} is one of {', '.join(get_args(kind))}, got {getattr(self, name)!r}")
        if self.kind == "collection" and self.time is not None:
            raise ParameterError(f"a collection has no timestamps: leave time={self.time!r} or kind='collection' out")

    @property
    def channel_names(self) -> list[str] | None:
        """The channels that the caller wants, by name."""
        if isinstance(self.channels, str):
            return [name.strip() for name in self.channels.split(",")]
        return None if self.channels is None else list(self.channels)

    @property
    def is_recording(self) -> bool:
        """Whether the caller wants one long recording."""
        return self.kind == "recording" or self.time is not None


DEFAULTS = ReadOptions()
"""Find everything out."""
