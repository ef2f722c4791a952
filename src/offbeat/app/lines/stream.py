"""An input of bytes, scored line by line, that may be stopped and killed, and goes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from offbeat.app.lines.keeping import Keeper, Progress
from offbeat.app.lines.scored import ScoredLines
from offbeat.app.lines.splitting import LONGEST, Line, Lines, Place, beyond
from offbeat.errors import OffbeatError
from offbeat.events import Event

__all__ = ["EventSink", "LineStream", "Output"]


class Output(Protocol):
    """Where scored lines go."""

    def write(self, line: str) -> None:
        """Write a line to where nothing of it is lost, or raise what ends the stream."""
        ...

    def sync(self) -> None:
        """See to it that all of it outlasts what the state outlasts."""
        ...


class EventSink(Protocol):
    """Where events go, one after the other."""

    def write(self, status: str, event: Event, key: str = "") -> None:
        """Take an event that is known or settled, or raise what ends the stream; it comes again then."""
        ...

    def sync(self) -> None:
        """See to it that all of it outlasts what the state outlasts."""
        ...


class LineStream:
    """Scores an input line by line, and keeps a state that never counts more than what was written.

    The contract: with a state, the outputs of all runs together hold each line of the input at least once, with the
    score that it has in the whole, however the runs ended, if each gets the lines after the place that the state names;
    exactly once unless a run was killed with no time to save. A line whose score is not known yet, or that could not be
    written, waits in the state.

    Parameters
    ----------
    scored : ScoredLines
        What scores.
    output : Output
        Where scored lines are written to.
    keeper : Keeper, optional
        Keeps the state. Without one, lines that wait for their scores are written without them at the end.
    events : sequence of EventSink
        Where events are written to. They are kept by the same contract as lines.
    longest : int
        Bytes of the longest line.
    same_input : bool
        Whether the input is that of the run before, from its start: what is done of it is passed over.
    """

    def __init__(
        self,
        scored: ScoredLines,
        output: Output,
        keeper: Keeper | None = None,
        events: Sequence[EventSink] = (),
        *,
        longest: int = LONGEST,
        same_input: bool = False,
    ) -> None:
        self.scored, self.output, self.keeper, self.events = scored, output, keeper, events
        self.same_input = same_input
        self.before = Progress() if keeper is None else keeper.load()
        self._owed = deque(self.before.owed)
        self._place = self.before.place if same_input else Place()
        self._lines = Lines(longest, self._place)
        if not same_input:
            scored.begin()

    @property
    def progress(self) -> Progress:
        """How far it has come."""
        return Progress(self._place, tuple(self._owed))

    def run(self, pieces: Iterable[bytes], stopped: Callable[[], bool] = lambda: False) -> None:
        """Score an input to its end, or until it is stopped, which takes effect between lines.

        Parameters
        ----------
        pieces : iterable of bytes
            The input, cut anywhere; empty pieces while nothing comes, so that the state is saved meanwhile.
        stopped : callable
            Whether to stop.

        Raises
        ------
        DataError
            If a header names other columns than the fitted channels, or the input is another one than before.
        """
        # From now on the place is one in this input.
        self._save()
        try:
            self._write([])
            self._score(pieces, stopped)
            if self.keeper is None:
                self._write(self.scored.rest())
        except (OffbeatError, OSError):
            # What was scored and not written is owed: the state counts as done what was done, and no more.
            self._save()
            raise
        self._save()

    def _score(self, pieces: Iterable[bytes], stopped: Callable[[], bool]) -> None:
        for piece in beyond(pieces, self._place, stopped) if self.same_input else pieces:
            for line in self._lines.push(piece):
                self._take(line)
                if stopped():
                    return
            if self.keeper is not None and self.keeper.is_due(self._place):
                self._save()
        if self._lines.cut_off and not stopped():
            what = f"it ends without a line feed after {self._lines.cut_off:,} bytes: not scored, as it may be cut off"
            self.scored.leave_out(self._place.n_lines + 1, "cut off", what)

    def _take(self, line: Line) -> None:
        if line.text is None:
            settled = self.scored.refuse(line.number, line.kind, line.what)
        else:
            settled = self.scored.take(line.number, line.text)
        self._place = line.place
        self._write(settled)
        if self.keeper is not None and self.keeper.is_due(self._place):
            self._save()

    def _write(self, settled: list[str]) -> None:
        self._owed += settled
        while self._owed:
            self.output.write(self._owed[0])
            self._owed.popleft()
        while self.events and self.scored.events:
            for sink in self.events:
                sink.write(*self.scored.events[0])
            self.scored.events.popleft()

    def _save(self) -> None:
        if self.keeper is not None:
            self.output.sync()
            for sink in self.events:
                sink.sync()
            self.keeper.save(self.progress)
