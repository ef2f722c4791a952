"""Points as requests bring them: JSON, a JSON object a line, or CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from offbeat.errors import DataError
from offbeat.service.points import LARGEST_SEQ, LONGEST_KEY, Point, micros_of
from offbeat.service.validation import validation_message

__all__ = ["FORMATS", "PointIn", "PointsIn", "Unread", "points_of"]

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


class _Envelope(BaseModel):
    """Points that are read one by one."""

    model_config = _STRICT

    points: list[Any] = Field(min_length=1)


class Unread(NamedTuple):
    """A point that cannot be read."""

    key: str
    """Empty where not even that can be read."""
    message: str


_ONE = TypeAdapter(PointIn)
_KNOWN = ("key", "time", "seq", "model")


def points_of(content_type: str, body: bytes) -> list[Point | Unread]:
    r"""Return the points in the body of a request.

    Parameters
    ----------
    content_type : str
        One of ``FORMATS``, parameters after ``;`` aside.
    body : bytes
        In UTF-8.

    Returns
    -------
    list of Point or Unread
        In the order of the body. A point that cannot be read does not keep the others out.

    Raises
    ------
    DataError, ValidationError
        If the body cannot be read as a whole: as it is not of its content type, or has no points.

    Examples
    --------
    >>> points_of("text/csv", b"key,time,load\nweb1,2026-03-01,0.5\n")[0].values
    {'load': 0.5}
    >>> points_of("text/csv", b"key,load\nweb1,high\n")
    [Unread(key='web1', message="expected a number as load, got 'high'")]
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in FORMATS:
        raise DataError(
            f"expected the content type {', '.join(FORMATS)}, got {kind[:40]!r}: set the header Content-Type"
        )
    found = list(FORMATS[kind](body))
    if not found:
        raise DataError("expected at least one point, got none: send those that there are")
    return found


def _point(given: PointIn) -> Point:
    time = None if given.time is None else micros_of(given.time)
    return Point(given.key, given.values, time, given.seq, given.model)


def _same(given: PointIn) -> PointIn:
    return given


def _read(read: Callable[[], PointIn], key: Callable[[], object]) -> Point | Unread:
    """Return a point, or why it cannot be read; ``key`` is asked only then."""
    try:
        return _point(read())
    except ValidationError as error:
        message = validation_message(error.errors(include_url=False))
    except DataError as error:
        message = str(error)
    found = key()
    return Unread(found[:LONGEST_KEY] if isinstance(found, str) else "", message)


def _of_json(body: bytes) -> Iterator[Point | Unread]:
    try:
        points = PointsIn.model_validate_json(body).points
    except ValidationError:
        # Read the slow way what is not as it should be everywhere.
        for each in _Envelope.model_validate_json(body).points:
            again = to_json(each, inf_nan_mode="constants")
            yield _read(partial(_ONE.validate_json, again), partial(_key_in, each))
        return
    for point in points:
        yield _read(partial(_same, point), partial(_key_in, point.__dict__))


def _of_lines(body: bytes) -> Iterator[Point | Unread]:
    lines = [line for line in body.splitlines() if line.strip()]
    found = [_read(partial(_ONE.validate_json, line), partial(_key_of, line)) for line in lines]
    unread = [each for each in found if isinstance(each, Unread) and not each.key]
    if found and len(unread) == len(found):
        raise DataError(f"expected a JSON object with a key in each line, got none: {unread[0].message}")
    yield from found


def _key_of(line: bytes) -> Any:
    """Return the key of a point that may not be readable otherwise; None where there is none."""
    try:
        return _key_in(from_json(line))
    except ValueError:
        return None


def _key_in(found: Any) -> Any:
    return found.get("key") if isinstance(found, dict) else None


def _of_csv(body: bytes) -> Iterator[Point | Unread]:
    try:
        rows = csv.DictReader(body.decode("utf-8-sig").splitlines(), strict=True)
        names = rows.fieldnames or ()
        if "key" not in names:
            raise DataError(
                "expected a header with the column key, got none: name the columns key, time and the channels"
            )
        for row in rows:
            yield _read(partial(_of_row, row, len(names), rows.line_num), partial(_key_in, row))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"expected CSV in UTF-8, got something else ({error}): correct it") from error


def _of_row(row: dict[str, Any], n_fields: int, line: int) -> PointIn:
    if None in row or None in row.values():
        raise DataError(f"expected {n_fields} fields in line {line}, got others: give one for each column")
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


FORMATS: dict[str, Callable[[bytes], Iterator[Point | Unread]]] = {
    "application/json": _of_json,
    "application/x-ndjson": _of_lines,
    "text/csv": _of_csv,
}
"""How each content type is read."""
