"""Points as requests bring them: JSON, a JSON object a line, or CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from offbeat.errors import DataError
from offbeat.service.points import LARGEST_SEQ, LONGEST_KEY, Point, micros_of

__all__ = ["FORMATS", "PointIn", "PointsIn", "points_of"]

Key = Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]
Number = float | None
_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=True)


class PointIn(BaseModel):
    """The values of one stream at one time."""

    model_config = _STRICT

    key: Key = Field(description="The stream: a host, a sensor, a patient.")
    values: Number | list[Number] | dict[str, Number] = Field(
        description="A number, a list in the order of the model's channels, or an object by their names; null where a "
        "value is missing."
    )
    time: str | float | None = Field(
        None,
        description="ISO 8601, in UTC unless it has an offset; or seconds from 1970. By it a repeat is recognised.",
    )
    seq: Annotated[int, Field(ge=-LARGEST_SEQ, le=LARGEST_SEQ)] | None = Field(
        None,
        description="A number that rises within the stream, in place of the time, by which a repeat is recognised.",
    )
    model: Key | None = Field(None, description="The name of the model, where the service has several.")


class PointsIn(BaseModel):
    """Points of any streams, those of one stream in the order of time."""

    model_config = _STRICT

    points: list[PointIn] = Field(min_length=1)


_ONE = TypeAdapter(PointIn)
_KNOWN = ("key", "time", "seq", "model")


def points_of(content_type: str, body: bytes) -> list[Point]:
    r"""Return the points in the body of a request.

    Parameters
    ----------
    content_type : str
        One of ``FORMATS``, parameters after ``;`` aside.
    body : bytes
        In UTF-8.

    Raises
    ------
    DataError, ValidationError
        If it cannot be read.

    Examples
    --------
    >>> points_of("text/csv", b"key,time,load\nweb1,2026-03-01,0.5\n")[0].values
    {'load': 0.5}
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in FORMATS:
        raise DataError(
            f"expected the content type {', '.join(FORMATS)}, got {kind[:40]!r}: set the header Content-Type"
        )
    found = [_point(each) for each in FORMATS[kind](body)]
    if not found:
        raise DataError("expected at least one point, got none: send those that there are")
    return found


def _point(given: PointIn) -> Point:
    time = None if given.time is None else micros_of(given.time)
    return Point(given.key, given.values, time, given.seq, given.model)


def _of_json(body: bytes) -> Iterator[PointIn]:
    yield from PointsIn.model_validate_json(body).points


def _of_lines(body: bytes) -> Iterator[PointIn]:
    for line in body.splitlines():
        if line.strip():
            yield _ONE.validate_json(line)


def _of_csv(body: bytes) -> Iterator[PointIn]:
    try:
        rows = csv.DictReader(body.decode("utf-8-sig").splitlines(), strict=True)
        if "key" not in (rows.fieldnames or ()):
            raise DataError(
                "expected a header with the column key, got none: name the columns key, time and the channels"
            )
        for row in rows:
            if None in row or None in row.values():
                raise DataError(f"expected {len(rows.fieldnames or ())} fields in line {rows.line_num}, got others")
            yield _of_row(row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"expected CSV in UTF-8, got something else ({error}): correct it") from error


def _of_row(row: dict[str, Any]) -> PointIn:
    seq, time = row.get("seq") or None, row.get("time") or None
    values = {name: _number(name, cell) for name, cell in row.items() if name not in _KNOWN}
    return PointIn(
        key=row["key"],
        values=values,
        time=time,
        seq=None if seq is None else _whole(seq),
        model=row.get("model") or None,
    )


def _whole(cell: str) -> int:
    if not cell.strip().lstrip("-").isdecimal() or len(cell) > 16:
        raise DataError(f"expected a whole number as seq, got {cell[:40]!r}")
    return int(cell)


def _number(name: str, cell: str) -> float | None:
    if not cell.strip():
        return None
    try:
        return float(cell)
    except ValueError:
        raise DataError(f"expected a number as {name[:40]}, got {cell[:40]!r}") from None


FORMATS: dict[str, Callable[[bytes], Iterator[PointIn]]] = {
    "application/json": _of_json,
    "application/x-ndjson": _of_lines,
    "text/csv": _of_csv,
}
"""How each content type is read."""
