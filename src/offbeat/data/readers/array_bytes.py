"""NumPy's format of one array, read from a file or from a member of an archive."""

from __future__ import annotations

import math
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import FormatError
from offbeat.files.limits import require_room

__all__ = ["read_array"]

_FLOAT = 8


def read_array(content: IO[bytes], size: int, what: str, *, packed: bool = False) -> npt.NDArray[Any]:
    """Return an array, whose header is believed only as far as the bytes below it go; nothing is unpickled.

    Parameters
    ----------
    content : file
        Open for reading at its beginning, and seekable.
    size : int
        How many bytes it holds.
    what : str
        What it is, for messages.
    packed : bool
        Whether the bytes come out of a compressed archive: then it may not grow beyond the stated limit.

    Raises
    ------
    FormatError
        If it holds objects, or less than its header says.
    """
    shape, dtype = _header(content, what)
    if dtype.hasobject:
        raise FormatError(
            f"{what} holds Python objects, which are never unpickled: save arrays of numbers, or of text for the labels"
        )
    needed, there = math.prod(shape) * dtype.itemsize, size - content.tell()
    if min(shape, default=0) < 0 or needed > there:
        raise FormatError(
            f"{what} is not whole: an array of shape {shape} takes {needed:,} bytes, but {there:,} are there; write or "
            "download it again"
        )
    if packed:
        require_room(math.prod(shape) * max(dtype.itemsize, _FLOAT), what, FormatError)
    content.seek(0)
    array: npt.NDArray[Any] = np.lib.format.read_array(content, allow_pickle=False)  # type: ignore[no-untyped-call,unused-ignore]
    return array


def _header(content: IO[bytes], what: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(content)  # type: ignore[no-untyped-call,unused-ignore]
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:  # the third is for records, whose fields have names beyond ASCII
        raise FormatError(f"{what} is of version {version} of the format: save an array of plain numbers")
    shape, _, dtype = readers[version](content)  # type: ignore[no-untyped-call,unused-ignore]
    return shape, dtype
