"""What a profile learns of the channels of its training part, and how that is saved."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from offbeat.detectors.scoring.profile_channels import Channel, Constant, Known, Past, distances_within, learn_channel
from offbeat.detectors.scoring.profile_combination import Channels
from offbeat.detectors.scoring.profile_plan import Plan
from offbeat.errors import ModelError
from offbeat.estimators.arrays import Arrays, array_of
from offbeat.series.recording import FloatArray

__all__ = ["SelfJoin", "restored"]

Values = npt.NDArray[np.float64]

_CONSTANT, _NOT, _KNOWN = range(3)


class SelfJoin:
    """A training part, and the distances of its windows: they are the same wherever scores are placed.

    Parameters
    ----------
    series : array of shape (n_times, n_channels)
        NaN where a value is missing.
    plan : Plan
        What is compared.
    """

    def __init__(self, series: FloatArray, plan: Plan) -> None:
        self._columns, self._counting = np.ascontiguousarray(series.T, dtype=np.float64), _counting(series)
        self._distances = [
            distances_within(values, plan) if counts == _KNOWN else []
            for values, counts in zip(self._columns, self._counting, strict=True)
        ]

    def learned(self, plan: Plan) -> tuple[Channels, Values]:
        """Return what is known of the channels, and the scores, ``(n_times,)``."""
        channels: list[Channel | None] = []
        scores = np.zeros(self._columns.shape)
        for number, (values, counts) in enumerate(zip(self._columns, self._counting, strict=True)):
            if counts == _KNOWN:
                channel, features = learn_channel(values, plan, self._distances[number])
                digits = [one.of(row) for one, row in zip(channel.digits(Past(0, 0)), features, strict=True)]
                scores[number] = channel.joined(np.array(digits))
                channels.append(channel)
            else:
                channels.append(Constant(float(np.nanmax(values)), plan) if counts == _CONSTANT else None)
        found = Channels.learned(channels, scores)
        return found, found.total(scores[list(found.counting)])


def restored(series: FloatArray, arrays: Arrays, kind: str, plan: Plan) -> Channels:
    """Return the channels of a training part from their saved distances.

    Raises
    ------
    ModelError
        If they do not fit.
    """
    channels: list[Channel | None] = []
    for number, (values, counts) in enumerate(zip(series.T, _counting(series), strict=True)):
        if counts == _KNOWN:
            n_samples = len(plan.curves) + 2
            samples = [np.sort(array_of(arrays, f"{kind}{number}.{place}", None)) for place in range(n_samples)]
            if not all(map(len, samples)):
                raise ModelError("expected some normal distances of each kind, got none")
            channels.append(Known(np.ascontiguousarray(values), samples, plan))
        else:
            channels.append(Constant(float(np.nanmax(values)), plan) if counts == _CONSTANT else None)
    return Channels.restored(channels, arrays, kind)


def _counting(series: FloatArray) -> list[int]:
    """Return how each channel counts, by how many values it has in the training part."""
    kinds = []
    for values in series.T:
        n_values = len(np.unique(values[~np.isnan(values)]))
        kinds.append({1: _CONSTANT, 2: _NOT}.get(n_values, _KNOWN))
    # Where there is nothing else, what has two values has to do.
    return kinds if _KNOWN in kinds or _CONSTANT in kinds else [_KNOWN] * len(kinds)
