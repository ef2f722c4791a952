"""Lines of text in, scored lines out: CSV or JSON, whichever comes."""

from __future__ import annotations

import csv
import io
import json
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.streaming.online import OnlineDetector

__all__ = ["ScoredLines"]

_MISSING = {"", "nan", "na", "n/a", "null", "none", "?"}
_ADDED = ("score", "flag", "tier")


class _Format(Protocol):
    def head(self) -> str | None:
        """Return what to write for the first line where that is a header; None where it holds values."""
        ...

    def read(self, line: str) -> list[float]:
        """Return one value a channel, NaN where it is missing, or raise DataError."""
        ...

    def write(self, line: str, score: float, flag: int, tier: str) -> str:
        """Return the line with what was found."""
        ...


class ScoredLines:
    r"""Scores lines as they come, and goes on after broken ones.

    The first line tells the format: a JSON object a line, or CSV with or without a header. Values are taken by the
    names of the fitted channels; without names by their place, after a time if there is one column more. What came is
    written back with ``score``, ``flag`` and ``tier`` added, which are empty where there is no score.

    Parameters
    ----------
    online : OnlineDetector
        Goes on from what it remembers.
    bad_lines : {"skip", "missing"}
        A line that cannot be read is left out, as though it had not come; or its values are taken for missing, so that
        the windows it is in have no score.
    report : callable, optional
        Is told the number of each bad line, from 1, and what is wrong with it.

    Attributes
    ----------
    n_scored, n_blank, n_flagged, n_bad : int
        Lines written, those of them without a score, those flagged, and lines that could not be read.

    Raises
    ------
    ParameterError
        If there is no such way to treat bad lines.

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
    >>> scored.n_bad
    1
    """

    def __init__(
        self,
        online: OnlineDetector,
        *,
        bad_lines: str = "skip",
        report: Callable[[int, str], None] = lambda number, what: None,
    ) -> None:
        if bad_lines not in ("skip", "missing"):
            raise ParameterError(f"bad lines are treated as one of skip, missing, but {bad_lines!r} came")
        self.online, self.bad_lines, self.report = online, bad_lines, report
        self.n_scored = self.n_blank = self.n_flagged = self.n_bad = 0
        self._format: _Format | None = None
        self._waiting: deque[str | None] = deque()

    def feed(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield each scored line, as soon as its score is known.

        Raises
        ------
        DataError
            If a header names other columns than the fitted channels.
        """
        for number, raw in enumerate(lines, start=1):
            line = raw.strip("\r\n\ufeff")
            if not line.strip():
                continue
            try:
                if self._format is None:
                    self._format = _format_of(line, self.online.detector.channels_)
                    head = self._format.head()
                    if head is not None:
                        yield head
                        continue
                score = self.online.score_one(self._format.read(line))
            except _NoColumns as error:
                raise DataError(str(error)) from error
            except (DataError, ShapeError) as error:
                yield from self._bad(number, str(error))
                continue
            yield from self._take(line, score)
        yield from self._rest()

    def _bad(self, number: int, what: str) -> Iterator[str]:
        self.n_bad += 1
        self.report(number, what)
        if self.bad_lines == "missing":
            yield from self._take(None, self.online.score_one(np.full(len(self.online.detector.channels_), np.nan)))

    def _take(self, line: str | None, score: float) -> Iterator[str]:
        self._waiting.append(line)
        if len(self._waiting) > self.online.delay:
            yield from self._written(self._waiting.popleft(), score)

    def _rest(self) -> Iterator[str]:
        """Yield the lines whose scores will not be known any more."""
        while self._waiting:
            yield from self._written(self._waiting.popleft(), math.nan)

    def _written(self, line: str | None, score: float) -> Iterator[str]:
        if line is None or self._format is None:
            return
        flag, tier = int(self.online.is_anomalous(score)), self.online.severity(score)
        self.n_scored += 1
        self.n_blank += math.isnan(score)
        self.n_flagged += flag
        yield self._format.write(line, score, flag, tier.label)


class _NoColumns(DataError):
    """A header without the fitted channels: no line below it can be read."""


class _Json:
    """A JSON object a line, with a value for each channel by its name."""

    def __init__(self, channels: Sequence[str]) -> None:
        self.channels = channels

    def head(self) -> None:
        """Return None: there is no header."""

    def read(self, line: str) -> list[float]:
        content = _json_object(line)
        names = self.channels
        absent = [name for name in names if name not in content]
        if absent:
            raise DataError(f"expected a value for {absent[0]!r}, but the keys are {', '.join(content) or 'none'}")
        return [_number(content[name]) for name in names]

    def write(self, line: str, score: float, flag: int, tier: str) -> str:
        known = not math.isnan(score)
        added = {"score": score if known else None, "flag": flag if known else None, "tier": tier if known else None}
        return json.dumps({**_json_object(line), **added})


class _Csv:
    """Values between commas, semicolons or tabs; with a header or without."""

    def __init__(self, first: str, channels: Sequence[str]) -> None:
        self.delimiter = ";" if ";" in first else "\t" if "\t" in first else ","
        fields, n = self._fields(first), len(channels)
        self.header = None if any(_is_number(field) for field in fields) else fields
        if self.header is None:
            self.columns = list(range(len(fields) - n, len(fields)))
            self.width = len(fields)
            if len(fields) not in (n, n + 1):
                raise DataError(f"expected {n} values, after a time or not, but {len(fields)} came")
            return
        self.width = len(self.header)
        if all(name in self.header for name in channels):
            self.columns = [self.header.index(name) for name in channels]
        elif len(self.header) in (n, n + 1) and tuple(channels) == tuple(f"ch{i}" for i in range(n)):
            self.columns = list(range(self.width - n, self.width))
        else:
            raise _NoColumns(
                f"expected the columns {', '.join(channels)}, which the model was fitted on, but the header has "
                f"{', '.join(self.header)}"
            )

    def head(self) -> str | None:
        return None if self.header is None else self._line([*self.header, *_ADDED])

    def read(self, line: str) -> list[float]:
        fields = self._fields(line)
        if len(fields) != self.width:
            raise DataError(f"expected {self.width} fields, but {len(fields)} came")
        return [_number(fields[column]) for column in self.columns]

    def write(self, line: str, score: float, flag: int, tier: str) -> str:
        added = ["", "", ""] if math.isnan(score) else [f"{score:.9g}", str(flag), tier]
        return self.delimiter.join([line, *added])

    def _fields(self, line: str) -> list[str]:
        return [field.strip() for field in next(csv.reader([line], delimiter=self.delimiter, skipinitialspace=True))]

    def _line(self, fields: Sequence[str]) -> str:
        text = io.StringIO()
        csv.writer(text, delimiter=self.delimiter, lineterminator="").writerow(fields)
        return text.getvalue()


def _format_of(line: str, channels: Sequence[str]) -> _Format:
    if line.lstrip().startswith("{"):
        return _Json(channels)
    return _Csv(line, channels)


def _json_object(line: str) -> dict[str, Any]:
    try:
        # NaN and Infinity are no JSON: they become null, which is a missing value.
        content = json.loads(line, parse_constant=lambda word: None)
    except ValueError as error:
        raise DataError(f"expected a JSON object, but {line[:40]!r} came") from error
    if not isinstance(content, dict):
        raise DataError(f"expected a JSON object, but {line[:40]!r} came")
    return content


def _number(value: Any) -> float:
    """Return a value as a float, NaN where it is missing."""
    if value is None or (isinstance(value, str) and value.strip().lower() in _MISSING):
        return math.nan
    if isinstance(value, bool | list | dict):
        raise DataError(f"expected a number, but {value!r} came")
    try:
        return float(value)
    except ValueError as error:
        raise DataError(f"expected a number, but {str(value)[:40]!r} came") from error


def _is_number(field: str) -> bool:
    try:
        return not math.isnan(float(field))
    except ValueError:
        return False
