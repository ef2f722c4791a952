"""One channel of a profile as a stream: what it remembers of the past, and the score that the newest value settles."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque

import numpy as np
import numpy.typing as npt

from offbeat.detectors.scoring.newest_window import NewestWindow
from offbeat.detectors.scoring.profile_channels import Channel, Constant, Known, Past
from offbeat.detectors.scoring.profile_plan import JUMP
from offbeat.errors import ModelError
from offbeat.estimators.arrays import Arrays, array_of
from offbeat.series.recording import FloatArray

__all__ = ["ChannelStream", "stream_of"]

Values = npt.NDArray[np.float64]


class ChannelStream(ABC):
    """Scores one channel value by value."""

    @abstractmethod
    def resume(self, past: FloatArray, newest: FloatArray) -> None:
        """Begin, or go on after a gap, with the past and the values since that gap."""

    @abstractmethod
    def take(self, value: float) -> None:
        """Take the next value."""

    @abstractmethod
    def score(self) -> float:
        """Return the score that the values taken settle; to be called once for each time step that has one."""

    @abstractmethod
    def pause(self) -> None:
        """Take notice of a gap."""

    @abstractmethod
    def arrays(self) -> Arrays:
        """Return what is remembered besides the past."""

    @abstractmethod
    def restore(self, arrays: Arrays) -> None:
        """Go on from what ``arrays`` returned, once resumed."""


def stream_of(channel: Channel, past: Past) -> ChannelStream:
    """Return the stream of a channel, with nothing remembered."""
    return _KnownStream(channel, past) if isinstance(channel, Known) else _ConstantStream(channel, past)


class _KnownStream(ChannelStream):
    def __init__(self, channel: Known, past: Past) -> None:
        self._channel, self._past, self._habit, plan = channel, past, past.habit(), channel.plan
        self._digits = [channel.digits(side) for side in past.sides]
        self._comparisons = plan.comparisons
        self._windows: list[NewestWindow] = []
        # By side, the distances that the mean at the time step of the score is taken of, and those after it.
        waiting = [plan.width(each) + plan.delay - plan.ahead(each) for each in self._comparisons]
        self._distances = [[np.full((3, n), np.nan) for n in waiting] for _ in past.sides]
        self._values: deque[float] = deque(maxlen=plan.delay + JUMP + 1)
        self._total, self._count, self._delay = channel.total, channel.count, plan.delay

    def resume(self, past: FloatArray, newest: FloatArray) -> None:
        known = self._channel.known
        if not self._windows:
            self._windows = [
                NewestWindow(each.series(known), each.length, self._past.windows, each.kinds)
                for each in self._comparisons
            ]
        for each, window in zip(self._comparisons, self._windows, strict=True):
            window.restart(each.series(past))
        # The first step leads from here; after a gap it is missing.
        self._values.clear()
        self._values.extend(past[len(past) - 1 :].tolist())
        for value in newest.tolist():
            self.take(value)

    def take(self, value: float) -> None:
        before = self._values[-1] if self._values else np.nan
        if len(self._values) > self._delay:
            self._count_in(self._values[-1 - self._delay])
        self._values.append(value)
        for number, (each, window) in enumerate(zip(self._comparisons, self._windows, strict=True)):
            with_past = window.push(value - before if each.steps else value)
            for side, distances in zip(self._past.sides, self._distances, strict=True):
                distances[number][:, :-1] = distances[number][:, 1:]
                distances[number][:, -1] = with_past if side.windows else window.alone

    def score(self) -> float:
        found = [self._rarity(number, side) for number, side in enumerate(self._past.sides)]
        return self._habit.push(*found) if self._past.patience else found[0]

    def _rarity(self, number: int, side: Past) -> float:
        """Return the score by one of the sides."""
        channel, features = self._channel, []
        for each, distances in zip(self._comparisons, self._distances[number], strict=True):
            width = channel.plan.width(each)
            means = distances[:, 0] if width == 1 else distances[:, :width].mean(axis=1)
            features += [means[kind] for kind in each.kinds]
        value, before = self._values[-1 - self._delay], self._values[-1 - self._delay - JUMP]
        total, count = (self._total, self._count) if side.windows else (channel.total, channel.count)
        features += [abs(value - total / max(count, 1)), abs(value - before)]
        digits = [one.push(float(feature)) for one, feature in zip(self._digits[number], features, strict=True)]
        return float(channel.joined(np.array(digits)[:, None])[0])

    def pause(self) -> None:
        for value in list(self._values)[-1 - self._delay :]:
            self._count_in(value)
        self._values.clear()

    def arrays(self) -> Arrays:
        newest = {f"newest{number}": one.newest for number, one in enumerate(self._digits[-1])}
        return {"mean": np.array([self._total, self._count], dtype=np.float64), **self._habit.arrays(), **newest}

    def restore(self, arrays: Arrays) -> None:
        self._total, self._count = array_of(arrays, "mean", 2).tolist()
        self._habit.restore(arrays)
        for number, one in enumerate(self._digits[-1]):
            newest = array_of(arrays, f"newest{number}", None)
            if len(newest) > self._past.scores:
                raise ModelError(f"expected at most {self._past.scores} remembered distances, got {len(newest)}")
            one.restore(newest)

    def _count_in(self, value: float) -> None:
        if self._past.windows and not np.isnan(value):
            self._total += value
            self._count += 1


class _ConstantStream(ChannelStream):
    def __init__(self, channel: Channel, past: Past) -> None:
        assert isinstance(channel, Constant)
        self._channel, self._past, self._habit = channel, past, past.habit()
        self._novelties = [channel.novelty(side) for side in past.sides]
        wait = channel.plan.delay - (channel.length - 1 - channel.behind)
        self._newest: list[deque[float]] = [deque(maxlen=channel.length + wait) for _ in past.sides]

    def resume(self, past: FloatArray, newest: FloatArray) -> None:
        self._novelties = [self._channel.novelty(side) for side in self._past.sides]
        for novelty, found in zip(self._novelties, self._newest, strict=True):
            novelty.extend(past)
            found.extend(novelty.extend(newest).tolist())

    def take(self, value: float) -> None:
        for novelty, found in zip(self._novelties, self._newest, strict=True):
            found.append(novelty.push(value))

    def score(self) -> float:
        found = list(map(self._rarity, self._newest))
        return self._habit.push(*found) if self._past.patience else found[0]

    def _rarity(self, newest: deque[float]) -> float:
        around = np.array(newest)[: self._channel.length]
        return float(self._channel.joined(np.array([[max(around[self._channel.behind], around.mean())]]))[0])

    def pause(self) -> None:
        for found in self._newest:
            found.clear()

    def arrays(self) -> Arrays:
        return self._habit.arrays()

    def restore(self, arrays: Arrays) -> None:
        self._habit.restore(arrays)
