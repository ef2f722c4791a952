"""Streams with what was said of their events, as tables that models are fitted and evaluated on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError
from offbeat.service.columns import numbers_of
from offbeat.service.service import Service
from offbeat.service.stream import Stream

__all__ = ["acknowledged_rows", "acknowledged_streams", "check_rows"]

_ROWS = 5000
"""Rows that are written at once."""
_LATEST = 2**63 - 1


def acknowledged_streams(service: Service, model: str | None, key: str | None) -> list[Stream]:
    """Return the stream of a key, or all streams of a model in which somebody said something of an event.

    Raises
    ------
    UnknownError
        If there is no such stream.
    DataError
        If they have different channels, as where each key has a model of its own.
    """
    if key is not None:
        return [service.reader.found(model, key)]
    name = service.models.named(model).name
    said = service.database.read("SELECT DISTINCT stream FROM events WHERE verdict IS NOT NULL AND status != 'merged'")
    streams = service.engine.streams.by_id
    known = [streams[row["stream"]] for row in said if row["stream"] in streams]
    found = sorted((each for each in known if each.model == name), key=lambda each: each.key)
    if len({each.channels for each in found}) > 1:
        raise DataError("expected streams of the same channels, got others: ask for each by its key")
    return found


def check_rows(service: Service, streams: Sequence[Stream], since: int | None, limit: int) -> None:
    """Check that streams have not too many points from a time on.

    Raises
    ------
    DataError
        If they have more: a part of them would be a table that looks whole.
    """
    begin = -_LATEST if since is None else since
    counted = "SELECT coalesce(sum(n), 0) FROM chunks WHERE stream = ? AND last_time >= ?"
    n_points = sum(len(each.tail) + int(service.database.read(counted, each.id, begin)[0][0]) for each in streams)
    if n_points > limit:
        raise DataError(
            f"expected at most {limit:,} points, got about {n_points:,}: ask for one stream with key, for newer points "
            "with since, or allow more with limit"
        )


def acknowledged_rows(
    service: Service, streams: Sequence[Stream], since: int | None = None, *, keyed: bool = True
) -> Iterator[str]:
    """Yield the points of streams as CSV: ``key``, ``time``, a column a channel, and ``label``.

    The label is 1 in events that somebody said to be real, and 0 elsewhere, also in those said to be normal. In events
    of which nobody has said anything the values are left out: a fit learns nothing from there, and an evaluation counts
    nothing.

    Parameters
    ----------
    service : Service
        Started.
    streams : sequence of Stream
        Of one model.
    since : int, optional
        Only points from this time on, in microseconds.
    keyed : bool
        Whether there is the column ``key``.
    """
    if not streams:
        return
    yield _text([[*(["key"] if keyed else []), "time", *streams[0].channels, "label"]])
    for stream in streams:
        block = service.reader.points(stream, -_LATEST if since is None else since, _LATEST)
        label, known = _said(service, stream, block.time)
        values = np.where(known[:, None], block.values, np.nan)
        when = np.datetime_as_string(block.time.view("datetime64[us]"), timezone="UTC")
        for start in range(0, len(block), _ROWS):
            part = slice(start, start + _ROWS)
            # Missing values are None, which CSV leaves empty.
            columns = [when[part].tolist(), *map(numbers_of, values[part].T), label[part].tolist()]
            keys = [[stream.key] * len(columns[0])] if keyed else []
            yield _text(zip(*keys, *columns, strict=True))


def _said(
    service: Service, stream: Stream, time: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.bool_]]:
    """Return the label of each point, and whether it is known; a real event outdoes others of the same time."""
    label, known = np.zeros(len(time), dtype=np.int8), np.ones(len(time), dtype=np.bool_)
    rows = service.database.read(
        "SELECT verdict, start_time, end_time FROM events WHERE stream = ? AND status != 'merged'", stream.id
    )
    for row in rows:
        inside = (time >= row["start_time"]) & (time <= row["end_time"])
        if row["verdict"] == "real":
            label[inside] = 1
        elif row["verdict"] is None:
            known[inside] = False
    return label, known | (label == 1)


def _text(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
