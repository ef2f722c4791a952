"""What of the beats a classifier is given: everything, or all but one part, to measure what that part is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from offbeat.ecg.beats import RHYTHM_NAMES, Beats
from offbeat.series.collection import Collection

__all__ = ["EVERYTHING", "VARIANTS", "Variant"]


@dataclass(frozen=True)
class Variant:
    """What a classifier gets to see of the beats, to try what something is worth.

    Parameters
    ----------
    name : str
        What is different.
    prepare : callable
        From the beats of a record to those that are described.
    change : callable
        From their description to what is learned from and evaluated.
    """

    name: str
    prepare: Callable[[Beats], Beats] = lambda beats: beats
    change: Callable[[Collection], Collection] = lambda seen: seen


@dataclass(frozen=True, eq=False)
class _InMillivolts(Beats):
    """Beats that are described as they were recorded, not in units of what is usual."""

    def describe(self, lead: int = 0, labels: npt.ArrayLike | None = None, stretch: slice | None = None) -> Collection:
        seen = super().describe(lead, labels, stretch)
        return replace(seen, values=np.repeat(self.windows[stretch or slice(None), lead, None], 2, axis=1))


def _as_recorded(beats: Beats) -> Beats:
    return _InMillivolts(**vars(beats))


def _first_lead(beats: Beats) -> Beats:
    return replace(beats, leads=beats.leads[:1], windows=beats.windows[:, :1], quality=beats.quality[:, :1])


def _without_context(seen: Collection) -> Collection:
    return _features(seen, slice(len(RHYTHM_NAMES), None))


def _beat_and_context(seen: Collection) -> Collection:
    alone = replace(seen, values=seen.values[:, :1], channels=seen.channels[:1])
    return _features(alone, slice(len(RHYTHM_NAMES)))


def _features(seen: Collection, part: slice) -> Collection:
    assert seen.features is not None
    return replace(seen, features=seen.features[:, part], feature_names=seen.feature_names[part])


EVERYTHING = Variant("everything")
"""What the shipped model is given: all leads, in units of the usual beat, with the rhythm around."""

VARIANTS = (
    Variant("without the rhythm around the beat", change=_without_context),
    Variant("without the usual beat, in mV", _as_recorded, _beat_and_context),
    Variant("first lead only", _first_lead),
)
"""What is left out, one part at a time."""
