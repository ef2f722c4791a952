"""Score a recording as it arrives, point by point or in pieces, with the scores and decisions of the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from offbeat.detectors.base import Detector
from offbeat.detectors.online_events import FlaggedRun, OnlineEvents
from offbeat.detectors.online_state import ANEW, Part, read_state, require_alike, restore_part, write_state
from offbeat.detectors.scorer import BATCH, Scorer
from offbeat.detectors.scoring.checks import values_of, with_channels
from offbeat.detectors.scoring.decisions import Decisions
from offbeat.detectors.scoring.tails import Tail
from offbeat.detectors.scoring.views import Mask, Scores
from offbeat.errors import ParameterError
from offbeat.estimators.folder import Arrays, array_of, digest, part_of, restoring
from offbeat.estimators.hints import Range, validate_types
from offbeat.estimators.inputs import as_recording
from offbeat.events import Event
from offbeat.events.severity import Severity
from offbeat.series.bridging import bridged
from offbeat.series.magnitudes import require_size
from offbeat.series.recording import FloatArray
from offbeat.series.zones import Stamp, Times, Zone, in_utc

__all__ = ["OnlineDetector", "update_all"]

_MANY = 256
"""A piece of so many time steps is scored by itself."""
_MISSING = np.array(np.nan)


class OnlineDetector:
    """Scores a stream with a fitted detector, and remembers what it needs of the past.

    However a recording is cut into pieces, the scores are those of ``detector.live().decision_function`` for the whole
    recording, and the decisions those of its ``threshold_`` and ``tiers_`` for all of these scores. A score is decided
    once, when it becomes known: a threshold such as :class:`~offbeat.thresholds.Tracking` moves with each score.

    The events are those of its ``detect`` for the whole recording, by the scores that are known. One is known
    (:attr:`open_event`) with its first flagged score, and settled (:attr:`settled`) when so many time steps went by
    without another that it cannot go on.

    Parameters
    ----------
    detector : Detector
        Fitted, with a window. It is only read from: several streams may share one. Its threshold and tiers are read
        when the stream begins and by ``reset``.
    event_tier : Severity, optional
        Scores of this tier or a higher one make events, too, whether the threshold flags them or not; None: only what
        is flagged does.

    Attributes
    ----------
    detector : Detector
        What it is as a stream uses it, see :meth:`Detector.live`.
    delay : int
        How many time steps after a time step its score is known: 0, unless the detector folds scores by their mean,
        maximum or median. The scores of the last so many time steps stay open at the end of a stream.
    n_seen : int
        Time steps seen.

    Raises
    ------
    NotFittedError
        If the detector is not fitted.
    ParameterError
        If it has no window.

    Examples
    --------
    >>> import numpy as np
    >>> import offbeat
    >>> wave = np.sin(np.arange(500) / 5)
    >>> online = offbeat.OnlineDetector(offbeat.NaiveForecast(scaling="none").fit(wave))
    >>> online.n_until_scored
    2
    >>> online.score_one(1.0), online.score_one(1.5), online.n_until_scored
    (nan, 0.5, 0)
    >>> online.update([1.5, 3.5])
    array([0., 2.])
    >>> online.flags, online.flag, online.severity
    (array([0, 1]), True, <Severity.ALARM: 2>)
    >>> event = online.open_event
    >>> event.start, event.end, event.known_at, online.finish() == [event]
    (1, 4, 1, True)
    """

    def __init__(self, detector: Detector, *, event_tier: Severity | None = None) -> None:
        scorer = detector.scorer_
        if scorer.view.reads != "recordings":
            raise ParameterError(
                f"expected a detector with a window, got a {type(detector).__name__} fitted on a collection of short "
                "series: fit one with a window=…"
            )
        self._source, self.event_tier = detector, event_tier
        self.reset()

    def reset(self) -> Self:
        """Forget all that was seen; thresholds that move return to where they start."""
        self.detector = self._source.live()
        self._scorer, self._span = self.detector.scorer_, self.detector.n_times_
        self._stage, self._decisions = self._scorer.stage(), self._new_decisions()
        self.delay, self.n_seen = self._stage.delay, 0
        # When the score of a time step is known, the window that ends there lies so much further back; and a gap that
        # it begins in may be bridged from a value before it.
        self._max_gap = self._scorer.view.max_gap
        n_kept = self._max_gap + self._span + self.delay
        self._recent = np.full((len(self.detector.channels_), n_kept), np.nan)
        self._events = self._new_events()
        return self

    def score_one(self, value: float | Mapping[str, float] | npt.ArrayLike, time: Stamp | None = None) -> float:
        """Take the values of the next time step, and return the newest known score.

        Parameters
        ----------
        value : float, array of shape (n_channels,), or mapping from channel names
            NaN where a value is missing.
        time : datetime64 or pandas.Timestamp, optional
            Of the time step, for the times of events; they keep its time zone.

        Returns
        -------
        float
            The score of the time step ``delay`` before this one; NaN until the first window is full, and while a gap
            in the window is not over, or was too long to be bridged.

        Raises
        ------
        ShapeError
            If there is not one value for each channel.
        DataError
            If a value is infinite or not a number. The value is not remembered then.
        """
        newest = values_of(value, self.detector.channels_)
        self._recent[:, :-1] = self._recent[:, 1:]
        self._recent[:, -1] = newest
        self.n_seen += 1
        score = self._newest_score()
        self._decisions.push(score)
        stamp, zone = (None, None) if time is None else in_utc(time)
        self._find_events(self._recent.T, np.array([score]), None if stamp is None else np.array([stamp]), zone)
        return score

    def update(self, X: Any) -> npt.NDArray[np.float64]:
        """Take the next piece of the recording, and return a score for each of its time steps.

        Parameters
        ----------
        X : Recording, frame, or array of shape (n_times, n_channels) or (n_times,)
            Of any length, 0 included.

        Returns
        -------
        array of shape (n_times,)
            What ``score_one`` would return for each time step in turn.

        Raises
        ------
        ShapeError, DataError
            As ``decision_function`` does. The piece is not remembered then.
        """
        recording = with_channels(as_recording(X), self.detector.channels_)
        require_size(recording.values)
        return self._take_piece(recording.values, recording.timestamps, recording.zone)

    def _take_piece(self, values: FloatArray, times: Times | None, zone: Zone | None) -> npt.NDArray[np.float64]:
        known, n_new = np.concatenate([self._recent.T, values]), self._n_new_windows(len(values))
        outputs: Sequence[FloatArray] = ()
        if n_new:
            before = min(self.n_seen, self._max_gap + self._span - 1)
            viewed = self._scorer.view.read(known[len(known) - len(values) - before :])
            newest = zip(self._scorer.all_outputs(viewed)[-n_new:], viewed.scored[-n_new:].tolist(), strict=True)
            outputs = [output if scored else _MISSING for output, scored in newest]
        return self._take_outputs(known, len(values), outputs, times, zone)

    def _n_new_windows(self, n: int) -> int:
        """Return how many windows end in the next ``n`` time steps."""
        return max(0, min(n, self.n_seen + n - self._span + 1))

    def _new_windows(self, known: FloatArray, n: int) -> tuple[FloatArray, Mask]:
        """Return the windows that end in the last ``n`` of the known values, and which of them get a score.

        Windows have the shape ``(n_windows, n_channels, span)``.
        """
        n_new = self._n_new_windows(n)
        if not n_new:
            return np.empty((0, known.shape[1], self._span)), np.empty(0, dtype=bool)
        new = self._bridged(known, self._span - 1 + n_new)
        windows = new.T[None] if n_new == 1 else sliding_window_view(new, self._span, axis=0)
        in_gap = np.isnan(known[len(known) - n_new :]).any(axis=1)
        return windows, np.asarray(~in_gap & ~np.isnan(windows).any(axis=(1, 2)))

    def _bridged(self, known: FloatArray, n: int) -> FloatArray:
        """Return the last ``n`` of the known values, ``(n_times, n_channels)``, with short gaps bridged."""
        return bridged(known[-n - self._max_gap :], self._max_gap)[-n:]

    def _take_outputs(
        self,
        known: FloatArray,
        n: int,
        outputs: Sequence[FloatArray],
        times: Times | None,
        zone: Zone | None,
    ) -> npt.NDArray[np.float64]:
        """Take the outputs for the windows that end in the last ``n`` of the known values."""
        scores = np.full(n, np.nan)
        for step, output in enumerate(outputs, start=n - len(outputs)):
            scores[step] = self._stage.push(output)
        self._recent = known[n:].T.copy()
        self.n_seen += n
        if n == 1:
            self._decisions.push(float(scores[0]))
        else:
            self._decisions.push_all(scores)
        self._find_events(known, scores, times, zone)
        return scores

    @property
    def recent(self) -> FloatArray:
        """The newest values that are remembered, ``(n_remembered, n_channels)``; NaN before the first and in gaps."""
        return self._recent.T.copy()

    @property
    def n_remembered(self) -> int:
        """How many of the newest time steps scores and events still depend on."""
        return self._recent.shape[1]

    @property
    def n_until_scored(self) -> int:
        """How many more time steps without missing values it takes until scores are known; 0 while they are.

        A new stream needs ``detector.n_times_`` of them, a window, and has its first score with the last of these. A
        gap takes one, by which it is bridged; one too long for that makes it wait until a window lies behind it.
        """
        if not np.isnan(self._bridged(self._recent.T, self._span)).any():
            return 0
        # What is still missing then is in no gap that any value bridges.
        with_next = np.concatenate([self._recent.T, np.zeros((1, len(self._recent)))])
        missing = np.flatnonzero(np.isnan(self._bridged(with_next, self._span)).any(axis=1))
        return int(missing[-1]) + 2 if len(missing) else 1

    @property
    def flags(self) -> npt.NDArray[np.int64]:
        """1 for each score of the last ``score_one`` or ``update`` above the threshold, else 0; ``(n_times,)``."""
        return np.array(self._decisions.flags, dtype=np.int64)

    @property
    def severities(self) -> npt.NDArray[np.int64]:
        """The tiers of the same scores as numbers, see :class:`~offbeat.Severity`; ``(n_times,)``."""
        return np.array(self._decisions.severities, dtype=np.int64)

    @property
    def flag(self) -> bool:
        """Whether the newest of the last call's scores is above the threshold; False where it is NaN."""
        return any(self._decisions.flags[-1:])

    @property
    def severity(self) -> Severity:
        """The tier of the newest of the last call's scores; normal where it is NaN."""
        return Severity(max(self._decisions.severities[-1:], default=0))

    @property
    def open_event(self) -> Event | None:
        """The event that is known and may go on, with its worst score so far, placed as if it were over; or None."""
        return self._events.open_event

    @property
    def known_at(self) -> int | None:
        """The time step at which the open event was known; None where none is open."""
        return self._events.known_at

    @property
    def run(self) -> FlaggedRun | None:
        """How long and how severe the open event is so far, without placing it; None where none is open."""
        return self._events.run

    @property
    def closing(self) -> list[Event]:
        """The events that are over, but may still be joined with a later one, in the order of time."""
        return self._events.closing

    @property
    def settled(self) -> list[Event]:
        """The events that the last ``score_one``, ``update`` or ``finish`` settled, in the order of time."""
        return list(self._events.settled)

    def finish(self) -> list[Event]:
        """Settle the events that may still go on, as at the end of a recording, and return them.

        What is flagged after that begins another event.
        """
        return list(self._events.finish(self._recent.T))

    def confirm(self) -> None:
        """Say that the last alarm was real: thresholds that rose for it take that back; fixed ones stay as they are."""
        self._decisions.confirm()

    def surprise(self, score: float) -> float:
        """Return how rare a score is, as −log10 of a probability; see :meth:`Detector.surprise`.

        Raises
        ------
        DataError
            If there are too few held-out normal scores to tell.
        """
        return self._tail.neg_log10_p_of_one(score)

    def save_state(self, path: str | Path) -> Path:
        """Write what is remembered to a file, so that the stream can be resumed; no pickle.

        Raises
        ------
        OutputError
            If it cannot be written; an older file is unchanged then.
        """
        return write_state(Path(path), self.arrays(), self.fingerprint())

    def load_state(self, path: str | Path) -> Self:
        """Resume from what ``save_state`` wrote.

        Raises
        ------
        ModelError
            If the file is missing or damaged, or belongs to another model. The stream is unchanged then.
        """
        return self.restore(read_state(Path(path), self.fingerprint()))

    def arrays(self) -> Arrays:
        """Return what is remembered."""
        parts: dict[str, Part] = {"stage": self._stage, "decisions": self._decisions, "events": self._events}
        remembered = {f"{name}.{key}": array for name, part in parts.items() for key, array in part.arrays().items()}
        return {"recent": self._recent.copy(), "n_seen": np.array(self.n_seen), **remembered}

    def restore(self, arrays: Arrays) -> Self:
        """Resume from what ``arrays`` returned.

        Raises
        ------
        ModelError
            If it does not fit. The stream is unchanged then.
        """
        stage, decisions, events = self._scorer.stage(), self._new_decisions(), self._new_events()
        with restoring("the state of the stream", ANEW):
            recent, seen = np.array(arrays["recent"]), np.ravel(arrays["n_seen"])
            n_seen = int(array_of({"n_seen": seen}, "n_seen", 1, kinds="iu")[0])
            validate_types({"n_seen": n_seen}, {"n_seen": Annotated[int, Range(0, 2**53)]})
            require_alike(recent, self._recent)
            if recent.shape != self._recent.shape:
                raise ValueError(f"expected values of shape {self._recent.shape}, got {recent.shape}")
            require_size(recent)
            restore_part(stage, part_of(arrays, "stage."))
            restore_part(decisions, part_of(arrays, "decisions."))
            restore_part(events, events.of_today(part_of(arrays, "events.")))
            if events.n_seen != n_seen:
                raise ValueError(f"expected events of {n_seen} time steps, got {events.n_seen}")
        self._stage, self._decisions, self._recent, self.n_seen = stage, decisions, recent, n_seen
        self._events = events
        return self

    def fingerprint(self) -> str:
        """Return a digest that identifies the model by its channels, scaling, held-out scores and moving thresholds."""
        detector = self.detector
        parts = {
            "name": np.array([detector.name, *detector.channels_]),
            "held_out": detector.held_out_scores_,
            "shift": detector.scaler_.shift,
            "scale": detector.scaler_.scale,
            "recent": np.array(self._recent.shape),
            **self._scorer.stage().arrays(),
            # Where thresholds that move start; a fixed threshold may be another one when the stream goes on.
            **self._new_decisions().arrays(),
        }
        return digest(parts)

    @cached_property
    def _tail(self) -> Tail:
        return self.detector.normal_tail()

    def _new_decisions(self) -> Decisions:
        return Decisions(self.detector.threshold_, self.detector.tiers_)

    def _new_events(self) -> OnlineEvents:
        return OnlineEvents(self._scorer, self.detector.channels_, self._span, self._stage.after, self._scorer.view.gap)

    def _find_events(self, known: FloatArray, scores: Scores, times: Times | None, zone: Zone | None) -> None:
        flags, severities = self._decisions.flags, self._decisions.severities
        if self.event_tier is not None:
            flags = np.maximum(flags, np.greater_equal(severities, self.event_tier))
        self._events.push(known, scores, flags, severities, times, zone)

    def _newest_score(self) -> float:
        """Return the score that the newest values make known."""
        if self.n_seen < self._span:
            return float("nan")
        newest = self._bridged(self._recent.T, self._span).T[None]
        if np.isnan(newest).any():
            return self._stage.push(np.array(np.nan))
        return self._stage.push(self._scorer.outputs(self._scorer.scale(newest))[0])


def update_all(
    onlines: Sequence[OnlineDetector], pieces: Sequence[FloatArray], times: Sequence[Times]
) -> list[npt.NDArray[np.float64]]:
    """Take the next piece of each of several streams of one model, and compute all their windows together.

    Parameters
    ----------
    onlines : sequence of OnlineDetector
        Each once, made of the very same ``detector``.
    pieces : sequence of array of shape (n_times, n_channels)
        Finite or NaN, one for each stream.
    times : sequence of array of shape (n_times,)
        ``datetime64`` of the time steps of each.

    Returns
    -------
    list of array of shape (n_times,)
        What ``update`` of each stream would return.

    Examples
    --------
    >>> import offbeat
    >>> detector = offbeat.NaiveForecast(scaling="none").fit(np.sin(np.arange(500.0))).live()
    >>> streams = [OnlineDetector(detector), OnlineDetector(detector)]
    >>> clock = np.arange(3).astype("datetime64[s]")
    >>> update_all(streams, [np.array([[1.0], [1.5]]), np.array([[1.0], [4.0], [4.0]])], [clock[:2], clock])
    [array([nan, 0.5]), array([nan,  3.,  0.])]
    """
    short = [number for number, piece in enumerate(pieces) if len(piece) < _MANY]
    knowns = {number: np.concatenate([onlines[number]._recent.T, pieces[number]]) for number in short}
    found = [onlines[number]._new_windows(known, len(pieces[number])) for number, known in knowns.items()]
    outputs = iter(_outputs_of(onlines[0].detector.scorer_, found) if found else ())
    scores = []
    for number, (online, piece, clock) in enumerate(zip(onlines, pieces, times, strict=True)):
        known = knowns.get(number)
        if known is None:
            scores.append(online._take_piece(piece, clock, None))
        else:
            scores.append(online._take_outputs(known, len(piece), next(outputs), clock, None))
    return scores


def _outputs_of(scorer: Scorer, windows: Sequence[tuple[FloatArray, Mask]]) -> Iterator[Sequence[FloatArray]]:
    """Yield the outputs for each of some arrays of windows, ``(n_windows, n_channels, span)``; NaN if not wanted."""
    stacked = np.concatenate([each for each, _ in windows])
    wanted = np.flatnonzero(np.concatenate([each for _, each in windows]))
    found: list[FloatArray] = [_MISSING] * len(stacked)
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        for row, output in zip(batch.tolist(), scorer.outputs(scorer.scale(stacked[batch])), strict=True):
            found[row] = output
    ends = np.cumsum([len(each) for each, _ in windows]).tolist()
    return (found[start:end] for start, end in zip([0, *ends], ends, strict=False))
