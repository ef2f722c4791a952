"""The last stage of a profile: it remembers the recording so far, and scores each window by that."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from offbeat.detectors.scoring.profile_channels import Past
from offbeat.detectors.scoring.profile_combination import Channels
from offbeat.detectors.scoring.profile_plan import Plan
from offbeat.detectors.scoring.profile_stream import ChannelStream, stream_of
from offbeat.errors import ModelError
from offbeat.estimators.arrays import Arrays, array_of, part_of
from offbeat.series.recording import FloatArray

__all__ = ["Profiling", "values_of"]

Values = npt.NDArray[np.float64]


class Profiling:
    """Scores time steps by the windows around them, compared with the training part and the recording so far.

    A value counts if it is in a window of ``plan.span`` time steps without missing values.

    Parameters
    ----------
    channels : Channels
        What is known of them.
    plan : Plan
        What is compared, and where scores are placed.
    past : Past
        How much of the past counts.
    """

    def __init__(self, channels: Channels, plan: Plan, past: Past) -> None:
        self.plan, self.past, self.delay = plan, past, plan.delay
        # A window of the whole span says all about the one time step that has so much of it behind.
        self.after = range(plan.delay, plan.delay + 1)
        self._channels = channels
        self._values = _Newest(past.windows + 4 * plan.span, len(channels.each))
        # No window ends at the first time steps.
        self._values.extend(np.full((plan.span - 1, len(channels.each)), np.nan))
        self._streams: dict[int, ChannelStream] = {}
        self._n_missed: int | None = None
        """How many windows were missing since the newest value that the streams took; None where they are paused."""

    def score_all(self, outputs: FloatArray, n_scores: int, scored: npt.NDArray[np.bool_] | None = None) -> Values:
        """Return all scores of a recording, from its windows, ``(n_windows, n_channels, span)``."""
        values, whole = values_of(outputs)
        return self.total(self.by_channel(values, whole if scored is None else whole & scored))

    def by_channel(self, values: FloatArray, whole: npt.NDArray[np.bool_]) -> Values:
        """Return the score of each channel, ``(n_channels, n_times)``, NaN for those that do not count.

        Parameters
        ----------
        values : array of shape (n_times, n_channels)
            NaN where a value is in no whole window.
        whole : array of shape (n_windows,)
            Which windows have no missing values.
        """
        ends = np.concatenate([np.zeros(self.plan.span - 1, dtype=bool), whole])
        # A whole window says all about a time step; the last one about those that follow, too: the recording is over.
        settled = np.append(ends[self.delay :], np.repeat(ends[-1:], self.delay))[: len(ends)]
        found = np.full(values.T.shape, np.nan)
        for number, channel in self._channels.counting.items() if settled.any() else ():
            found[number] = channel.scores(values[:, number], settled, self.past)
        return found

    def total(self, scores: Values) -> Values:
        """Return the score of all channels, ``(n_times,)``, from that of each."""
        return self._channels.total(scores[list(self._channels.counting)])

    def push(self, output: FloatArray) -> float:
        """Take the next window, ``(n_channels, span)``, or NaN, and return the score ``delay`` before its end."""
        if np.isnan(output).any():
            self._miss()
            return float("nan")
        if self._n_missed is None:
            # All values of the first window after a gap are known now.
            self._values.extend(output.T, over=self.plan.span - 1)
            self._resume(0)
        else:
            # Those of windows that ended in a gap, too, if it was bridged.
            newest = output[:, -1 - self._n_missed :]
            self._values.extend(newest.T, over=self._n_missed)
            for number, stream in self._streams.items():
                for value in newest[number].tolist():
                    stream.take(value)
        self._n_missed = 0
        return float(self._channels.total(np.array([[stream.score()] for stream in self._streams.values()]))[0])

    def _miss(self) -> None:
        """Take a missing window; the streams pause when no window can reach over so many."""
        self._values.extend(np.full((1, self._values.n_channels), np.nan))
        if self._n_missed is None:
            return
        self._n_missed += 1
        if self._n_missed == self.plan.span:
            self._n_missed = None
            for stream in self._streams.values():
                stream.pause()

    def arrays(self) -> Arrays:
        """Return what is remembered."""
        goes_on = 0 if self._n_missed is None else 1 + self._n_missed
        remembered = {"past": self._values.all.copy(), "goes_on": np.array([goes_on])}
        for number, stream in self._all_streams().items():
            remembered |= {f"{number}.{name}": array for name, array in stream.arrays().items()}
        return remembered

    def restore(self, arrays: Arrays) -> None:
        """Go on from what ``arrays`` returned."""
        past = array_of(arrays, "past", None, self._values.n_channels, gaps=True)
        goes_on, span = int(array_of(arrays, "goes_on", 1, kinds="i")[0]), self.plan.span
        self._n_missed = goes_on - 1 if goes_on else None
        taken = past[: len(past) - (self._n_missed or 0)]
        if not 0 <= goes_on <= span or len(taken) < span - 1 or (goes_on and np.isnan(taken[-span:]).any()):
            raise ModelError("expected the newest values of the recording, without gaps where it goes on")
        self._values.extend(past, over=len(self._values.all))
        if self._n_missed is not None:
            self._resume(self._n_missed)
        for number, stream in self._all_streams().items():
            stream.restore(part_of(arrays, f"{number}."))

    def _all_streams(self) -> dict[int, ChannelStream]:
        if not self._streams:
            self._streams = {
                number: stream_of(channel, self.past) for number, channel in self._channels.counting.items()
            }
        return self._streams

    def _resume(self, n_missed: int) -> None:
        """Let the streams go on with the newest window, which so many values that are missing follow."""
        values, span = self._values.all[: len(self._values.all) - n_missed], self.plan.span
        for number, stream in self._all_streams().items():
            stream.resume(values[:-span, number], values[-span:, number])


class _Newest:
    """The newest rows of a table that grows."""

    def __init__(self, room: int, n_channels: int) -> None:
        self.n_channels, self._room, self._n = n_channels, room, 0
        self._table = np.empty((2 * room, n_channels))

    @property
    def all(self) -> Values:
        """The rows, oldest first, as a view; at most twice as many as there has to be room for."""
        return self._table[: self._n]

    def extend(self, rows: FloatArray, over: int = 0) -> None:
        """Add rows in place of the newest ``over`` of them."""
        self._n -= over
        if self._n + len(rows) > len(self._table):
            kept = self._table[self._n - self._room + len(rows) : self._n].copy()
            self._table[: len(kept)], self._n = kept, len(kept)
        self._table[self._n : self._n + len(rows)] = rows
        self._n += len(rows)


def values_of(windows: FloatArray) -> tuple[Values, npt.NDArray[np.bool_]]:
    """Return the values in whole windows, ``(n_times, n_channels)``, NaN elsewhere; and which windows are whole."""
    if not len(windows):
        return np.empty((0, windows.shape[1])), np.empty(0, dtype=bool)
    values = np.concatenate([windows[0].T, windows[1:, :, -1]]).astype(np.float64)
    missing, span = np.append(0, np.cumsum(np.isnan(values).any(axis=1))), windows.shape[2]
    whole = missing[span:] == missing[:-span]
    covered = np.append(0, np.cumsum(np.concatenate([np.zeros(span - 1), whole, np.zeros(span - 1)])))
    values[covered[span:] == covered[:-span]] = np.nan
    return values, whole
