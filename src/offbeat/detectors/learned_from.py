"""A summary of a recording that a detector was fitted on, so that an evaluation can leave it out."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt

from offbeat.errors import ModelError
from offbeat.estimators.folder import Arrays, array_of
from offbeat.estimators.hints import Range, validate_types
from offbeat.series.recording import FloatArray, Recording

__all__ = ["LAST_KEPT", "LearnedFrom", "digest_of", "microseconds"]

_Length = Annotated[int, Range(1, 2**53)]
LAST_KEPT = 128
"""How many of the last rows are all kept."""
_EVENLY, _CHUNK = 128, 1 << 16


@dataclass(frozen=True, eq=False)
class LearnedFrom:
    """A summary of a stretch of a recording: of all time steps, learned from, held out or left out as anomalies.

    The digest recognises the same numbers. The rows kept, 128 evenly spaced and the last 128, recognise the same
    recording in other numbers, such as rounded ones.

    Parameters
    ----------
    n_times : int
        Time steps of the stretch.
    digest : str
        Digest of all values, see :func:`digest_of`.
    rows : array of shape (n_kept, n_channels)
        The rows kept.
    times : array of shape (n_kept,)
        Microseconds since 1970 of the rows kept; of shape (0,) where the recording had no timestamps.
    name : str
        What the recording was called.

    Examples
    --------
    >>> LearnedFrom.of(Recording(np.arange(1000.0))).rows.shape
    (239, 1)
    """

    n_times: int
    digest: str
    rows: npt.NDArray[np.float64]
    times: npt.NDArray[np.int64]
    name: str = ""

    @classmethod
    def of(cls, recording: Recording) -> Self:
        """Return the summary of a recording."""
        kept, times = _kept(len(recording)), microseconds(recording)
        rows = recording.values[kept].astype(np.float64)
        return cls(
            len(recording),
            digest_of(recording.values),
            rows,
            np.empty(0, np.int64) if times is None else times[kept],
            recording.name,
        )

    def begins(self, recording: Recording) -> bool:
        """Return whether a recording begins with the very numbers of the stretch."""
        n = self.n_times
        # Most are told apart by two rows, which spares a digest of each of thousands.
        return (
            len(recording) >= n
            and self.rows.shape[1] == recording.values.shape[1]
            and np.array_equal(recording.values[[0, n - 1]].astype(np.float64), self.rows[[0, -1]], equal_nan=True)
            and digest_of(recording.values[:n]) == self.digest
        )

    @property
    def at(self) -> npt.NDArray[np.int64]:
        """The time steps of the rows kept, ``(n_kept,)``, the first and the last among them."""
        return _kept(self.n_times)

    def to_plain(self) -> dict[str, Any]:
        """Return what people may want to read, as plain values."""
        ends = [str(np.datetime64(int(self.times[i]), "us")) if len(self.times) else None for i in (0, -1)]
        named = {"name": self.name} if self.name else {}
        return {"n_times": self.n_times, "first": ends[0], "last": ends[1], "digest": self.digest, **named}

    @classmethod
    def from_plain(cls, plain: dict[str, Any], arrays: Arrays, n_channels: int) -> Self:
        """Return the summary from ``to_plain`` and the arrays ``rows`` and ``times``.

        Raises
        ------
        ModelError
            If they do not go together.
        """
        told = {"n_times": plain["n_times"], "digest": plain["digest"], "name": plain.get("name", "")}
        validate_types(told, {"n_times": _Length, "digest": str, "name": str})
        kept = len(_kept(plain["n_times"]))
        rows, times = array_of(arrays, "rows", kept, n_channels, gaps=True), array_of(arrays, "times", None, kinds="i")
        if len(times) not in (0, kept) or (np.diff(times) < 0).any():
            raise ModelError(f"expected {kept} times in ascending order beside the rows, got others")
        return cls(plain["n_times"], plain["digest"], rows.astype(np.float64), times.astype(np.int64), told["name"])


def digest_of(values: FloatArray) -> str:
    """Return a digest of numbers that does not depend on their type; -0 counts as 0, and all NaN as equal.

    Examples
    --------
    >>> digest_of(np.array([0.0, 1.5])) == digest_of(np.array([-0.0, 1.5], dtype=np.float32))
    True
    """
    found = blake2b(str(values.shape).encode(), digest_size=16)
    for start in range(0, len(values), _CHUNK):
        part = values[start : start + _CHUNK].astype("<f8") + 0.0
        found.update(np.where(np.isnan(part), np.nan, part).tobytes())
    return found.hexdigest()


def microseconds(recording: Recording) -> npt.NDArray[np.int64] | None:
    """Return the timestamps in microseconds since 1970, ``(n_times,)``; None where there are none."""
    if recording.timestamps is None:
        return None
    return recording.timestamps.astype("datetime64[us]").astype(np.int64)


def _kept(n_times: int) -> npt.NDArray[np.int64]:
    evenly = np.linspace(0, n_times - 1, min(n_times, _EVENLY)).round().astype(np.int64)
    return np.union1d(evenly, np.arange(max(0, n_times - LAST_KEPT), n_times))
