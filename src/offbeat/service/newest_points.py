"""The newest points of a stream, from memory and from as few chunks as have them."""

from __future__ import annotations

from offbeat.service.blocks import Block
from offbeat.service.database import Database

__all__ = ["newest_points"]

_LATEST = 2**63 - 1


def newest_points(database: Database, stream: int, tail: Block, n: int) -> Block:
    """Return the newest points of a stream, or all where there are fewer.

    Parameters
    ----------
    database : Database
        Has the chunks.
    stream : int
        The id of the stream.
    tail : Block
        The points that are in memory, which are newer than those in chunks.
    n : int
        At least 1.

    Returns
    -------
    Block
        At most ``n`` points, in order.
    """
    blocks, found = [tail], len(tail)
    before = int(tail.at[0]) if found else _LATEST
    while found < n:
        rows = database.read(
            "SELECT n, first_at, block FROM chunks WHERE stream = ? AND first_at < ? ORDER BY first_at DESC LIMIT 1",
            stream,
            before,
        )
        if not rows:
            break
        blocks.insert(0, Block.from_bytes(rows[0]["block"], rows[0]["n"], tail.values.shape[1]))
        found, before = found + rows[0]["n"], rows[0]["first_at"]
    return Block.joined(blocks).part(slice(-n, None))
