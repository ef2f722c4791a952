"""Points and scores as bytes: columns one after the other."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from offbeat.errors import ModelError

__all__ = ["Block", "Tail", "levels_of", "log_of", "read_log"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_ROW = 8 + 8 + 8 + 1
_TIER = 3
_FLAGGED = 4
"""Added to the severity of a score above the threshold."""
_FILLED = 8
"""Added where no point came: the time step stands for a missing one."""


@dataclass(frozen=True, eq=False)
class Block:
    """Consecutive points of a stream, with their scores.

    Parameters
    ----------
    at : array of shape (n,)
        The places of the points, which rise.
    time : array of shape (n,)
        Microseconds from 1970.
    score : array of shape (n,)
        The scores that became known with the points; NaN for none.
    level : array of shape (n,)
        The severity of each score; 4 more where it is flagged, and 8 more where no point came.
    values : array of shape (n, n_channels)
        NaN where one is missing.

    Examples
    --------
    >>> ones = np.ones(2, dtype=np.int64)
    >>> block = Block(ones, ones, np.ones(2), ones.astype(np.uint8), np.ones((2, 3)))
    >>> Block.from_bytes(block.to_bytes(), 2, 3).values.shape
    (2, 3)
    """

    at: Ints
    time: Ints
    score: Floats
    level: npt.NDArray[np.uint8]
    values: Floats

    def __len__(self) -> int:
        return len(self.at)

    @property
    def severity(self) -> npt.NDArray[np.uint8]:
        """The severity of each score."""
        return self.level & np.uint8(_TIER)

    @property
    def flag(self) -> npt.NDArray[np.uint8]:
        """1 where a score is flagged."""
        return (self.level & np.uint8(_FLAGGED)) // np.uint8(_FLAGGED)

    @property
    def filled(self) -> npt.NDArray[np.bool_]:
        """Whether a time step stands for a missing point."""
        return (self.level & np.uint8(_FILLED)) > 0

    def part(self, rows: slice | npt.NDArray[np.bool_]) -> Block:
        """Return some of the points."""
        return Block(self.at[rows], self.time[rows], self.score[rows], self.level[rows], self.values[rows])

    def to_bytes(self) -> bytes:
        """Return the columns as bytes."""
        columns = (self.at, self.time, self.score, self.values, self.level)
        return b"".join(np.ascontiguousarray(column).tobytes() for column in columns)

    @classmethod
    def from_bytes(cls, data: bytes, n: int, n_channels: int) -> Self:
        """Return what :meth:`to_bytes` wrote.

        Raises
        ------
        ModelError
            If the bytes are not those of so many points.
        """
        if len(data) != n * (_ROW + 8 * n_channels):
            raise ModelError(f"expected the bytes of {n} points of {n_channels} channels, got {len(data)} bytes")
        at, time = np.frombuffer(data, np.int64, n), np.frombuffer(data, np.int64, n, 8 * n)
        score = np.frombuffer(data, np.float64, n, 16 * n)
        values = np.frombuffer(data, np.float64, n * n_channels, 24 * n).reshape(n, n_channels)
        return cls(at, time, score, np.frombuffer(data, np.uint8, n, (24 + 8 * n_channels) * n), values)

    @classmethod
    def joined(cls, blocks: list[Block]) -> Block:
        """Return blocks one after the other; there is one at least."""
        columns = zip(*((each.at, each.time, each.score, each.level, each.values) for each in blocks), strict=True)
        return Block(*(np.concatenate(column) for column in columns))


def levels_of(severities: Ints, flags: Ints, filled: Sequence[bool] = ()) -> npt.NDArray[np.uint8]:
    """Return the levels of scores, ``(n,)``; where nothing is said of it, none is filled."""
    levels = severities + _FLAGGED * flags
    if filled:
        levels = levels + _FILLED * np.array(filled)
    return levels.astype(np.uint8)


class Tail:
    """The newest points of a stream, in memory, until they become a chunk on disk.

    Parameters
    ----------
    n_channels : int
        Of the stream.
    """

    def __init__(self, n_channels: int) -> None:
        self.n_channels = n_channels
        self.at, self.time, self.score = array("q"), array("q"), array("d")
        self.level, self.values = array("B"), array("d")

    def __len__(self) -> int:
        return len(self.at)

    def extend(self, block: Block) -> None:
        """Add points."""
        self.at.frombytes(block.at.tobytes())
        self.time.frombytes(block.time.tobytes())
        self.score.frombytes(block.score.tobytes())
        self.level.frombytes(block.level.tobytes())
        self.values.frombytes(block.values.tobytes())

    def block(self) -> Block:
        """Return all points, as copies."""
        return Block(
            np.array(self.at, dtype=np.int64),
            np.array(self.time, dtype=np.int64),
            np.array(self.score, dtype=np.float64),
            np.array(self.level, dtype=np.uint8),
            np.array(self.values, dtype=np.float64).reshape(-1, self.n_channels),
        )


def log_of(blocks: Sequence[tuple[int, Block]]) -> tuple[bytes, bytes]:
    """Return the points of several streams, by number, as a row of the log: what there is, and the blocks."""
    heads = [(number, len(block), block.values.shape[1]) for number, block in blocks]
    return np.array(heads, dtype=np.int64).tobytes(), b"".join(block.to_bytes() for _, block in blocks)


def read_log(heads: bytes, blocks: bytes) -> Iterator[tuple[int, Block]]:
    """Yield what :func:`log_of` wrote.

    Examples
    --------
    >>> ones = np.ones(2, dtype=np.int64)
    >>> block = Block(ones, ones, np.ones(2), ones.astype(np.uint8), np.ones((2, 3)))
    >>> [(number, len(block)) for number, block in read_log(*log_of([(7, block), (9, block)]))]
    [(7, 2), (9, 2)]
    """
    start = 0
    for number, n, n_channels in np.frombuffer(heads, np.int64).reshape(-1, 3).tolist():
        end = start + n * (_ROW + 8 * n_channels)
        yield number, Block.from_bytes(blocks[start:end], n, n_channels)
        start = end
