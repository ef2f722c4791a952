"""Streams with what was said of their events, as tables that models are fitted and evaluated on."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from offbeat.service.points import text_of_micros
from offbeat.service.service import Service
from offbeat.service.stream import Stream

__all__ = ["acknowledged_rows", "acknowledged_streams"]

_ROWS = 5000
"""Rows that are written at once."""
_LATEST = 2**63 - 1


def acknowledged_streams(service: Service, model: str | None, key: str | None) -> list[Stream]:
    """Return the stream of a key, or all streams of a model in which somebody said something of an event.

    Raises
    ------
    UnknownError
        If there is no such stream.
    """
    if key is not None:
        return [service.reader.found(model, key)]
    name = service.models.named(model).name
    said = service.database.read("SELECT DISTINCT stream FROM events WHERE verdict IS NOT NULL AND status != 'merged'")
    streams = service.engine.streams.by_id
    found = [streams[row["stream"]] for row in said if row["stream"] in streams]
    return sorted((each for each in found if each.model == name), key=lambda each: each.key)


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
    yield _line([*["key"][: int(keyed)], "time", *streams[0].channels, "label"])
    for stream in streams:
        block = service.reader.points(stream, -_LATEST if since is None else since, _LATEST)
        label, known = _said(service, stream, block.time)
        values = np.where(known[:, None], block.values, np.nan)
        for start in range(0, len(block), _ROWS):
            part = slice(start, start + _ROWS)
            yield _text([stream.key][: int(keyed)], block.time[part], values[part], label[part])


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


def _text(
    key: list[str], time: npt.NDArray[np.int64], values: npt.NDArray[np.float64], label: npt.NDArray[np.int8]
) -> str:
    rows = zip(time.tolist(), values.tolist(), label.tolist(), strict=True)
    return "".join(
        _line([*key, text_of_micros(when), *("" if math.isnan(value) else repr(value) for value in row), said])
        for when, row, said in rows
    )


def _line(cells: Sequence[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
