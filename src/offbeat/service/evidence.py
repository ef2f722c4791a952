"""What was seen when an event was flagged: values of its channels beside usual ones, and the threshold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from offbeat.events import Event
from offbeat.service.blocks import Block
from offbeat.service.columns import number_of
from offbeat.service.stream import Stream

__all__ = ["MOST_CHANNELS", "evidence_of"]

MOST_CHANNELS = 3
"""Channels with the highest shares of the score whose values are told."""
_CENTRED = ("standard", "robust")
"""Scalings that shift by what is usual: the mean or the median of the training data."""


def evidence_of(stream: Stream, event: Event, block: Block) -> dict[str, Any]:
    """Return the threshold of an event, and values of the channels to blame beside their usual ones.

    Parameters
    ----------
    stream : Stream
        Whose event it is.
    event : Event
        Placed.
    block : Block
        The points with which the event became known or changed.

    Returns
    -------
    dict
        ``threshold``; ``values`` by channel, at the peak where the points reach it, else the newest; and ``usual``,
        the mean or the median of the training data, where the model knows it.
    """
    detector = stream.detector
    shares = {name: share for name, share in event.channels if math.isfinite(share)}
    worst = sorted(shares, key=lambda name: -shares[name])[:MOST_CHANNELS]
    places = {name: stream.channels.index(name) for name in worst if name in stream.channels}
    row = block.values[_row(block, event)]
    usual = detector.scaler_.shift if detector.scaling in _CENTRED else np.full(len(row), math.nan)
    return {
        "threshold": number_of(detector.threshold_.value_),
        "values": _known({name: row[place] for name, place in places.items()}),
        "usual": _known({name: usual[place] for name, place in places.items()}),
    }


def _row(block: Block, event: Event) -> int:
    peak: Any = event.peak_time
    if peak is None or np.isnat(peak):
        return -1
    found = np.flatnonzero(block.time == peak.astype("datetime64[us]").astype(np.int64))
    return int(found[-1]) if len(found) else -1


def _known(values: dict[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items() if math.isfinite(value)}
