"""Several recordings as one, so that a detector can learn from all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.series.recording import Recording

__all__ = ["BREAK", "Joined"]

BREAK = 1
"""Rows of missing values between two recordings: no window without missing values spans both."""
_TOLERANCE = 0.01
"""By which share the steps of recordings may differ that are learned from together."""


@dataclass(frozen=True, eq=False, repr=False)
class Joined(Recording):
    """Recordings one after the other, with a row of missing values between each two.

    Every window that would span two of them holds a missing value, so that nothing is learned from it. It has no
    timestamps, since those of the recordings may overlap.

    Examples
    --------
    >>> both = Joined.of([Recording([1.0, 2.0], name="web1"), Recording([3.0], name="web2")])
    >>> both.values.ravel().tolist(), both.begins, [part.name for part in both.parts]
    ([1.0, 2.0, nan, 3.0], (0, 3), ['web1', 'web2'])
    """

    of_parts: tuple[Recording, ...] = ()

    @classmethod
    def of(cls, recordings: Sequence[Recording]) -> Joined:
        """Join recordings with the same channels and the same time between rows.

        Raises
        ------
        DataError
            If there are none, or they differ in their channels or their steps.
        """
        if not recordings:
            raise DataError("expected at least one recording to learn from, got none")
        first = recordings[0]
        for each in recordings[1:]:
            _require_alike(first, each)
        gap = np.full((BREAK, len(first.channels)), np.nan, dtype=first.values.dtype)
        values = np.concatenate([rows for each in recordings for rows in (each.values, gap)][:-1])
        labels = None
        if any(each.labels is not None for each in recordings):
            labels = np.zeros(len(values), dtype=np.int8)
        domain = next((each.domain for each in recordings if each.domain), "")
        parts, start = [], 0
        for each in recordings:
            if labels is not None and each.labels is not None:
                labels[start : start + len(each)] = each.labels
            parts.append(each)
            start += len(each) + BREAK
        return cls(
            values,
            sampling_rate=first.sampling_rate,
            channels=first.channels,
            labels=labels,
            domain=domain,
            of_parts=tuple(parts),
        )

    @property
    def parts(self) -> tuple[Recording, ...]:
        """The recordings."""
        return self.of_parts

    @property
    def begins(self) -> tuple[int, ...]:
        """The time step at which each of them begins."""
        ends = np.cumsum([len(part) + BREAK for part in self.of_parts])
        return (0, *ends[:-1].tolist())

    @property
    def step(self) -> float:
        """Usual seconds between the time steps of each recording; NaN if unknown."""
        return self.of_parts[0].step

    def select(self, channels: Sequence[str]) -> Joined:
        """Return the named channels of each recording, in the order given."""
        return Joined.of([part.select(channels) for part in self.of_parts])

    def __getitem__(self, times: slice) -> Any:
        """Refuse to cut: the recordings are cut before they are joined."""
        raise ParameterError(f"expected recordings to be cut before they are joined, got {times!r} of a joined one")


def _require_alike(first: Recording, other: Recording) -> None:
    """Refuse recordings that one model cannot learn from together."""
    if other.channels != first.channels:
        raise ShapeError(
            f"expected recordings with the same channels, got {', '.join(first.channels)} in {_name(first)} and "
            f"{', '.join(other.channels)} in {_name(other)}: pick the common ones with .select([...]), or fit one "
            "model for each"
        )
    if abs(other.step - first.step) > _TOLERANCE * first.step:
        raise DataError(
            f"expected recordings with the same time between rows, got {first.step:g} s in {_name(first)} and "
            f"{other.step:g} s in {_name(other)}: put them on one grid with .regular(...), or fit one model for each"
        )


def _name(recording: Recording) -> str:
    return recording.name or "the first"
