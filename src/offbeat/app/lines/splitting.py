"""Bytes in, lines out: within bounded memory, and with the place in the input that each line reaches to."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from offbeat.errors import DataError, ParameterError

__all__ = ["LONGEST", "Line", "Lines", "Place", "beyond"]

LONGEST = 2**20
"""Bytes of a line, by default."""
_UTMOST = 2**30


class Place(NamedTuple):
    """How far an input was read: always up to the end of a line."""

    n_bytes: int = 0
    n_lines: int = 0
    checksum: int = 0
    """CRC-32 of those bytes, which distinguishes this input from another."""


class Line(NamedTuple):
    """A line of the input."""

    number: int
    """From 1."""
    text: str | None
    """Without its end; None where it cannot be had."""
    place: Place
    """Where it ends."""
    kind: str = ""
    """Why there is no text, in a word or two."""
    what: str = ""
    """The same in a sentence."""


class Lines:
    r"""Cuts an input into lines, piece by piece.

    A line ends with a line feed; carriage returns right before it belong to the end. It is UTF-8. What comes after the
    last line feed is not a line yet: see :meth:`cut_off`.

    Parameters
    ----------
    longest : int
        Bytes of the longest line. Of a longer one nothing is kept.
    place : Place
        Where the input begins.

    Raises
    ------
    ParameterError
        If ``longest`` is not from 1 to 2³⁰.

    Examples
    --------
    >>> lines = Lines(longest=4)
    >>> [line.text for piece in (b"1,2\r\n3", b",4\n12345\n5,") for line in lines.push(piece)]
    ['1,2', '3,4', None]
    >>> lines.place.n_bytes, lines.cut_off
    (15, 2)
    """

    def __init__(self, longest: int = LONGEST, place: Place | None = None) -> None:
        if not 1 <= longest <= _UTMOST:
            raise ParameterError(f"the longest line has from 1 to {_UTMOST:,} bytes, got {longest:,}")
        self.longest, self.place = longest, place or Place()
        self._begin()

    @property
    def cut_off(self) -> int:
        """Bytes after the last line feed: half a line perhaps, such as the ``60,4`` of ``60,42.5``; 0 for a blank."""
        is_blank = self._size == len(self._kept) and not self._kept.strip()
        return 0 if is_blank else self._size

    def push(self, piece: bytes) -> Iterator[Line]:
        """Yield the lines that end within the next piece."""
        start = 0
        while (end := piece.find(b"\n", start) + 1) > 0:
            self._add(piece[start:end])
            yield self._line()
            start = end
        self._add(piece[start:])

    def _begin(self) -> None:
        self._kept, self._size, self._checksum = bytearray(), 0, self.place.checksum

    def _add(self, part: bytes) -> None:
        self._size += len(part)
        self._checksum = zlib.crc32(part, self._checksum)
        # Two bytes for the end of the line, which is not part of it.
        if self._size <= self.longest + 2:
            self._kept += part
        else:
            self._kept.clear()

    def _line(self) -> Line:
        content, size = bytes(self._kept).removesuffix(b"\n").rstrip(b"\r"), self._size
        number = self.place.n_lines + 1
        self.place = Place(self.place.n_bytes + size, number, self._checksum)
        self._begin()
        if size > self.longest + 2 or len(content) > self.longest:
            what = f"expected at most {self.longest:,} bytes, got {size:,}"
            return Line(number, None, self.place, "too long", what)
        try:
            return Line(number, content.decode(), self.place)
        except UnicodeDecodeError as error:
            what = f"expected UTF-8, got {content[error.start : error.start + 4]!r}"
            return Line(number, None, self.place, "not UTF-8", what)


def beyond(pieces: Iterable[bytes], place: Place, stopped: Callable[[], bool]) -> Iterator[bytes]:
    """Yield an input without its beginning up to a place, which has to be the same as it was.

    Raises
    ------
    DataError
        If the input begins otherwise, or ends before.
    """
    left, checksum = place.n_bytes, 0
    other = (
        f"the input is another one than before: expected the same first {place.n_bytes:,} bytes; give the same again, "
        "or say that it is a new one by leaving --same-input out"
    )
    for piece in pieces:
        done, rest = piece[:left], piece[left:]
        if done:
            left, checksum = left - len(done), zlib.crc32(done, checksum)
            if not left and checksum != place.checksum:
                raise DataError(other)
        yield rest
    if left and not stopped():
        raise DataError(other)
