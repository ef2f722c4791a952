"""How a stream goes on with a detector that is new to it: after a restart, or with a model that has changed."""

from __future__ import annotations

from safetensors.numpy import load as arrays_of

from offbeat.detectors.base import Detector
from offbeat.detectors.online import OnlineDetector, update_all
from offbeat.errors import DataError
from offbeat.service.database import Database
from offbeat.service.newest import newest_points
from offbeat.service.stream import Stream

__all__ = ["renew", "take_up"]


def take_up(database: Database, stream: Stream, fingerprint: str, arrays: bytes) -> None:
    """Let the new detector of a stream go on where a state was written; one of another model from the newest points."""
    if stream.fingerprint == fingerprint:
        stream.online.restore(arrays_of(arrays))
    else:
        _warm_up(database, stream, stream.online)


def renew(database: Database, stream: Stream, detector: Detector, fingerprint: str) -> None:
    """Let a stream go on with a model that has changed: from its state where only thresholds have.

    Raises
    ------
    DataError
        If the model has other channels than the points of the stream.
    """
    if detector.channels_ != stream.channels:
        raise DataError(
            f"expected a model of the channels {', '.join(stream.channels[:10])}, got one of "
            f"{', '.join(detector.channels_[:10])}: give it a name of its own"
        )
    online = OnlineDetector(detector)
    if fingerprint == stream.fingerprint:
        stream.online = online.restore(stream.online.arrays())
    else:
        _warm_up(database, stream, online)
    stream.fingerprint = fingerprint


def _warm_up(database: Database, stream: Stream, online: OnlineDetector) -> None:
    """Show a detector the newest points of a stream, so that it has scores from the next one on."""
    needed = online.detector.n_times_ + online.delay
    newest = newest_points(database, stream.id, stream.tail.block(), needed)
    stream.first = stream.n_points - len(newest)
    if len(newest):
        update_all([online], [newest.values], [newest.time.view("datetime64[us]")])
    stream.online = online
