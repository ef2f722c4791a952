"""Lines of text in, scored lines out: CSV or JSON, whichever comes."""

from __future__ import annotations

import json
import math
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from offbeat.app.lines.csv_lines import CsvLines, NoColumns
from offbeat.app.lines.event_file import STATUSES
from offbeat.app.lines.formats import HEADER, Format, Row, check_text, format_of, header, written
from offbeat.app.lines.streams import Stream, Streams
from offbeat.app.lines.times import time_of
from offbeat.app.lines.values import BadLine
from offbeat.app.scales import score_column
from offbeat.detectors.online import OnlineDetector
from offbeat.detectors.online_state import ANEW
from offbeat.errors import DataError, ParameterError
from offbeat.estimators.folder import Arrays, restoring
from offbeat.events import Event
from offbeat.events.severity import Severity

__all__ = ["ScoredLines"]


class ScoredLines:
    r"""Scores lines as they come, and goes on after broken ones.

    The first line determines the format: a JSON object a line, or CSV with or without a header. Values are taken by the
    names of the fitted channels; without names by their place, after a time if there is one column more. What came is
    written back with ``score``, ``flag`` and ``tier`` added, which are empty where there is no score.

    Each line stands alone: a quote is closed on the line that opens it. A number is a decimal one in ASCII and finite
    (``1_0``, ``0x10`` and ``inf`` are none); an empty field, ``nan``, ``null``, ``none``, ``na``, ``n/a`` and ``?`` are
    missing values, as are null and NaN in JSON, where a number may stand in quotes, and each key once. A line with
    control characters is bad. Blank lines are left out. The very same header again, as in a log that was begun anew,
    is left out as well; a header that puts the channels elsewhere is followed and written.

    Parameters
    ----------
    online : OnlineDetector
        Goes on from what it remembers.
    bad_lines : {"skip", "missing"}
        A line that cannot be read is left out, as though it had not come; or its values are taken for missing, so that
        the windows it is in have no score.
    flagged_only : bool
        Whether only headers and lines above the threshold are returned.
    scale : {"raw", "surprise"}
        How scores are written: as they are, in ``score``; or by how rare they are, in ``surprise``.
    with_events : bool
        Whether events are collected in ``events``.
    streams : Streams, optional
        A stream for each key, in place of one for all lines; ``online`` is then what the streams have in common.
    report : callable, optional
        Gets the number of each line that is bad or changes the columns, from 1, and what is wrong.

    Attributes
    ----------
    n_rows, n_scored, n_blank, n_flagged, n_headers : int
        Lines read, those whose scores were settled, those of them without one, those flagged; headers returned.
    n_repeated : int
        Headers left out because they came before.
    events : deque of (status, Event, key)
        Events that began to be known, and those that were settled; whoever writes them takes them out.
    bad : Counter
        Lines that could not be read, by what was wrong.

    Raises
    ------
    ParameterError
        If there is no such way to treat bad lines, or no such scale.
    DataError
        If there are too few held-out scores for a surprise.

    Examples
    --------
    >>> import numpy as np
    >>> import offbeat
    >>> detector = offbeat.NaiveForecast(scaling="none", threshold=offbeat.Fixed(3.0)).fit(np.sin(np.arange(500.0)))
    >>> scored = ScoredLines(offbeat.OnlineDetector(detector))
    >>> print(*scored.feed(["t,load", "9:00,1.0", "9:05,1.5", "9:10,oops", "9:15,6.5"]), sep="\n")
    t,load,score,flag,tier
    9:00,1.0,,,
    9:05,1.5,0.5,0,normal
    9:15,6.5,5,1,alarm
    >>> scored.n_bad, dict(scored.bad)
    (1, {'not a number': 1})
    """

    def __init__(
        self,
        online: OnlineDetector,
        *,
        bad_lines: str = "skip",
        flagged_only: bool = False,
        scale: str = "raw",
        with_events: bool = False,
        streams: Streams | None = None,
        report: Callable[[int, str], None] = lambda number, what: None,
    ) -> None:
        if bad_lines not in ("skip", "missing"):
            raise ParameterError(f"bad lines are treated as one of skip, missing, got {bad_lines!r}")
        self.streams = streams or Streams(online)
        if self.streams.key and bad_lines == "missing":
            raise ParameterError(
                "a line that cannot be read has no key, so it cannot be missing values: skip bad lines"
            )
        self.online, self.bad_lines, self.flagged_only, self.report = online, bad_lines, flagged_only, report
        self.added = (score_column(scale), "flag", "tier")
        self._is_surprise = scale == "surprise"
        # A model with too few held-out scores is refused before the first line.
        self._on_scale(online, 0.0)
        self.n_rows = self.n_scored = self.n_blank = self.n_flagged = self.n_headers = self.n_repeated = 0
        self.bad: Counter[str] = Counter()
        self.with_events, self.events = with_events, deque[tuple[str, Event, str]]()
        self._format: Format | None = None
        self._at_start = True

    @property
    def n_waiting(self) -> int:
        """Lines whose scores are not known yet, those of streams that go on included."""
        return self.streams.n_waiting

    @property
    def n_bad(self) -> int:
        """Lines that could not be read."""
        return self.bad.total()

    def feed(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield each scored line, as soon as its score is known; at the end those that wait for theirs, without one.

        Parameters
        ----------
        lines : iterable of str
            Whole lines, with their ends or without.

        Raises
        ------
        DataError
            If a header names other columns than the fitted channels.
        """
        for number, line in enumerate(lines, start=1):
            yield from self.take(number, line.removesuffix("\n").rstrip("\r"))
        yield from self.rest()

    def take(self, number: int, line: str) -> list[str]:
        """Take the next line, without its end, and return the lines whose scores it settles.

        Raises
        ------
        DataError
            If it is the first one, and a header that names other columns than the fitted channels.
        """
        if self._at_start:
            line = line.removeprefix("\ufeff")
        if not line.strip(" \t"):
            return []
        try:
            return self._taken(number, line)
        except BadLine as error:
            return self.refuse(number, error.kind, str(error))
        except NoColumns as error:
            if self._at_start:
                raise
            return self.refuse(number, "not CSV", str(error))
        except DataError as error:
            return self.refuse(number, "out of range", str(error))

    def refuse(self, number: int, kind: str, what: str) -> list[str]:
        """Leave out a line that cannot be read, or take it for missing values; return the lines it settles."""
        self.leave_out(number, kind, what)
        if self.bad_lines == "skip" or self._format is None:
            return []
        key, stream = self.streams.of(())
        score = self._score(key, stream, [math.nan] * len(self.online.detector.channels_), ())
        return self._put(stream, Row("", None), score)

    def leave_out(self, number: int, kind: str, what: str) -> None:
        """Count and report a bad line."""
        self.bad[kind] += 1
        self.report(number, what)

    def rest(self) -> list[str]:
        """Return the lines that wait, without the scores that will not be known any more, and settle open events."""
        settled = []
        for key, stream in self.streams.by_key.items():
            if self.with_events:
                self.events += [("settled", event, key) for event in stream.online.finish()]
            while stream.waiting:
                settled += self._next(stream, math.nan)
        return settled

    def begin(self) -> None:
        """Be ready for another input, which may have a header again."""
        self._at_start = True

    def state(self) -> str:
        """Return what is remembered of the lines, beside what the detector remembers, as JSON."""
        first = None if self._format is None else self._format.first
        events = [(status, event.to_dict(), key) for status, event, key in self.events]
        waiting, models = self.streams.waiting(), self.streams.models()
        return json.dumps(
            {"first": first, "at_start": self._at_start, "waiting": waiting, "models": models, "events": events}
        )

    def restore(self, state: str, arrays: Arrays) -> None:
        """Take up what ``state`` gave, and the detector what it gave then.

        Raises
        ------
        ModelError
            If it is none. Nothing is changed then.
        """
        with restoring("the state of the lines", ANEW):
            saved = json.loads(state)
            first, at_start = saved["first"], bool(saved["at_start"])
            waiting = {str(key): [Row(*row) for row in rows] for key, rows in saved["waiting"].items()}
            texts = [row for rows in waiting.values() for row in rows]
            if not all(isinstance(style, str) and isinstance(text, str | None) for style, text in texts):
                raise TypeError("expected lines of text")
            events = deque((str(status), Event.from_dict(event), str(key)) for status, event, key in saved["events"])
            if not {status for status, _, _ in events} <= {*STATUSES}:
                raise ValueError("expected events that are known or settled")
            channels = self.online.detector.channels_
            known = None if first is None else format_of(first, channels, None, self.added, at_start=True)
            streams = self.streams.restored(waiting, dict(saved["models"]), arrays)
        self._format, self._at_start, self.streams, self.events = known, at_start, streams, events

    def _taken(self, number: int, line: str) -> list[str]:
        check_text(line)
        form = format_of(line, self.online.detector.channels_, self._format, self.added, at_start=self._at_start)
        if form.is_header(line):
            return self._head(number, form)
        values, text, others = form.read(line)
        key, stream = self.streams.of(others)
        score = self._score(key, stream, values, others)
        self._format, self._at_start = form, False
        self.n_rows += 1
        return self._put(stream, Row(form.style, text), score)

    def _score(self, key: str, stream: Stream, values: list[float], others: Iterable[tuple[str, Any]]) -> float:
        """Return the newest score, and collect the events that it makes known or settles."""
        online = stream.online
        if not self.with_events:
            return online.score_one(values)
        before = online.known_at
        score = online.score_one(values, time_of(cell for cell in others if cell[0] != self.streams.key))
        self.events += [("settled", event, key) for event in online.settled]
        if online.known_at != before and (begun := online.open_event) is not None:
            self.events.append(("known", begun, key))
        return score

    def _on_scale(self, online: OnlineDetector, score: float) -> float:
        return online.surprise(score) if self._is_surprise else float(score)

    def _head(self, number: int, form: Format) -> list[str]:
        before, at_start = self._format, self._at_start
        self._format, self._at_start = form, False
        moved = isinstance(before, CsvLines) and isinstance(form, CsvLines) and before.layout != form.layout
        if not at_start and not moved:
            self.n_repeated += 1
            return []
        self.n_headers += 1
        if moved:
            self.report(number, f"from here on the columns are others: {form.first}")
        head = header(Row(form.style, form.first), self.added)
        if not self.n_waiting:
            return [head]
        if self.streams.key:
            raise DataError("a header moves the columns while lines of several keys wait for their scores: begin anew")
        # Lines that came before it are written before it.
        self.streams.by_key[""].waiting.append(Row(HEADER, head))
        return []

    def _put(self, stream: Stream, row: Row, score: float) -> list[str]:
        stream.waiting.append(row)
        stream.n_waiting += 1
        return self._next(stream, score) if stream.n_waiting > stream.online.delay else []

    def _next(self, stream: Stream, score: float) -> list[str]:
        settled = self._settled(stream, stream.waiting.popleft(), score)
        stream.n_waiting -= 1
        while stream.waiting and not stream.waiting[0].is_line:
            settled.append(stream.waiting.popleft().text or "")
        return settled

    def _settled(self, stream: Stream, row: Row, score: float) -> list[str]:
        if row.text is None:
            return []
        # The last lines of an input may stay without a score, and then nothing was decided about them.
        known, online = not math.isnan(score), stream.online
        flag, tier = (int(online.flag), online.severity) if known else (0, Severity.NORMAL)
        self.n_scored += 1
        self.n_blank += not known
        self.n_flagged += flag
        if self.flagged_only and not flag:
            return []
        return [written(row, self.added, self._on_scale(online, score), flag, tier.label)]
