"""The bytes of a text file, as lines of an encoding in which digits are ASCII."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from offbeat.errors import FormatError
from offbeat.files.limits import require_room
from offbeat.files.text.packing import is_packed, unpacked
from offbeat.files.text.rewriting import Rewriting

__all__ = ["Content", "line_ends", "looks_like_text"]

_HEAD = 1 << 16
_PIECE = 1 << 20
"""Bytes from one entry of the index to the next."""
_MOST_ON_TOP = 1 << 24
_BLANK = bytes(range(ord(" ") + 1))
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x19\x1b-\x1f\x7f]")
_TYPESET = ((b"\xc2\xa0", b" "), (b"\xe2\x80\xaf", b" "), (b"\xe2\x88\x92", b"-"))
"""Two blanks that break no line, and a minus sign, of UTF-8."""
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Content:
    r"""A text file whose lines are found by an index; the rest stays on disk, unless it had to be unpacked.

    Lines end by ``\n``, ``\r\n`` or ``\r``, and are given with ``\n``.

    Parameters
    ----------
    path : Path
        The file, in UTF-8, UTF-16, Windows-1252 or Latin-1; also packed, see :mod:`offbeat.files.text.packing`.
    close_up : bool
        Whether to leave out the blank lines of a file in which every other line is blank.
    held : bytes, optional
        What to read in place of the file.

    Attributes
    ----------
    n_lines : int
        How many lines there are, but for blank ones at the end.
    encoding : str
        What decodes the lines.

    Raises
    ------
    FormatError
        If it is no text, or too large to be unpacked.
    """

    def __init__(self, path: Path, *, close_up: bool = False, held: bytes | None = None) -> None:
        self._path = path
        self._rewriting: Rewriting | None = None
        if held is None:
            with path.open("rb") as file:
                head = file.read(_HEAD)
            held = _as_utf8(path, head)
        self._held = held
        head = head if self._held is None else self._held[:_HEAD]
        if _is_binary(head):
            raise FormatError(f"expected text, but {path} holds other bytes: check its extension")
        if close_up and _is_double_spaced(head):
            whole = path.read_bytes() if self._held is None else self._held
            self._held = re.sub(rb"(\r*\n[ \t]*)+", b"\n", whole)
        self._begin = len(_UTF8_MARK) if head.startswith(_UTF8_MARK) else 0
        self._starts, self._numbers, self.n_lines, is_utf8 = self._index()
        self.encoding = "utf-8" if is_utf8 else "cp1252"

    def rewrite(self, rewriting: Rewriting | None) -> None:
        """Give lines as rewritten from now on."""
        self._rewriting = rewriting

    def lines(self, first: int, last: int) -> bytes:
        """Return the lines from ``first`` to before ``last``, counted from 0.

        Raises
        ------
        FormatError
            If there are zero bytes in them.
        """
        last = min(last, self.n_lines)
        if first >= last:
            return b""
        begin = int(np.searchsorted(self._numbers, first, side="right")) - 1
        end = int(np.searchsorted(self._numbers, last))
        stop = int(self._starts[end]) if end < len(self._starts) else None
        text = self._plain(self._bytes(int(self._starts[begin]), stop))
        bounds = np.concatenate([[0], np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n")) + 1, [len(text)]])
        skipped = int(self._numbers[begin])
        return text[bounds[first - skipped] : bounds[min(last - skipped, len(bounds) - 1)]]

    def blocks(self, first: int, last: int, size: int) -> Iterator[tuple[int, bytes]]:
        """Yield the lines from ``first`` to before ``last`` in blocks of about ``size`` bytes, each with its number."""
        pieces = max(1, size // _PIECE)
        bounds = [int(number) for number in self._numbers[::pieces] if first < number < last]
        for begin, end in zip([first, *bounds], [*bounds, last], strict=True):
            yield begin, self.lines(begin, end)

    def top(self, n_lines: int, longest: int) -> list[str]:
        """Return the first lines as text, without their ends.

        Raises
        ------
        FormatError
            If one is longer than ``longest`` bytes.
        """
        few = self._numbers[1:][self._starts[1:] > _MOST_ON_TOP]  # of very long lines, fewer are looked at
        lines = self.lines(0, min(n_lines, int(few[0])) if len(few) else n_lines).split(b"\n")
        if any(len(line) >= longest for line in lines):
            raise FormatError(
                f"expected a table of samples, but the first lines of {self._path} are longer than {longest:,}"
            )
        found = [line.decode(self.encoding, "replace") for line in lines]
        return found[:-1] if found and not found[-1] else found

    def _plain(self, text: bytes) -> bytes:
        if b"\0" in text:
            raise FormatError(f"expected text, but {self._path} holds zero bytes: write or download it again")
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if not text.isascii():
            for odd, plain in _TYPESET:
                text = text.replace(odd, plain)
        return text if self._rewriting is None else self._rewriting.pattern.sub(self._rewriting.instead, text)

    def _bytes(self, start: int, stop: int | None) -> bytes:
        if self._held is not None:
            return self._held[start:stop]
        with self._path.open("rb") as file:
            file.seek(start)
            return file.read(-1 if stop is None else stop - start)

    def _index(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int, bool]:
        """Return where a line begins in each piece, its number, how many lines there are, and if they are UTF-8."""
        starts, numbers, count, offset, solid = [self._begin], [0], 0, self._begin, 0
        decoder = codecs.getincrementaldecoder("utf-8")()
        is_utf8 = True
        while block := self._bytes(offset, offset + _PIECE):
            while block.endswith(b"\r") and (more := self._bytes(offset + len(block), offset + len(block) + 1)):
                block += more  # what follows says whether the line ends here
            is_utf8 = is_utf8 and _decodes(decoder, block)
            symbols = np.frombuffer(block, np.uint8)
            ends = line_ends(block)
            if len(ends):
                starts.append(int(ends[0]) + 1 + offset)
                numbers.append(count + 1)
            inked = len(block.rstrip(_BLANK))
            if inked:
                # The line of the last ink is the last that counts.
                solid = count + int(np.searchsorted(ends, inked - 1)) + 1
            count, offset = count + len(ends), offset + len(symbols)
        longest = max(np.diff([*starts, offset]))  # what is read at once
        require_room(longest, f"a piece of {self._path}, whose lines are that long", FormatError)
        return np.array(starts, np.int64), np.array(numbers, np.int64), solid, is_utf8


def line_ends(text: bytes) -> npt.NDArray[np.int64]:
    r"""Return where lines end, by ``\n``, ``\r\n`` or ``\r``; a ``\r`` at the very end counts as one.

    Examples
    --------
    >>> line_ends(b"a\r\nb\nc\rd").tolist()
    [2, 4, 6]
    """
    symbols = np.frombuffer(text, np.uint8)
    is_end = symbols == ord("\n")
    if b"\r" in text:
        is_end |= (symbols == ord("\r")) & ~np.append(is_end[1:], False)
    return np.flatnonzero(is_end)


def looks_like_text(head: bytes) -> bool:
    """Whether a file that begins so is text, or packed."""
    return is_packed(head) or head.startswith(_UTF16_MARKS) or _utf16(head) != "" or not _is_binary(head)


def _is_binary(head: bytes) -> bool:
    """Whether bytes are none of text: zeros, or more control characters than stray into a name."""
    return b"\0" in head or len(_CONTROL.findall(head)) > 0.05 * len(head)


def _is_double_spaced(head: bytes) -> bool:
    return bool(re.search(rb"(\r?\n[ \t]*\r?\n[^\r\n]+){20}|\r\r\n", head)) and not re.search(rb"(\n[^\r\n]+){3}", head)


def _as_utf8(path: Path, head: bytes) -> bytes | None:
    """Return the file as UTF-8 in memory, where it is packed or in UTF-16; else None."""
    held = unpacked(path, head)
    encoding = _utf16(head if held is None else held[:_HEAD])
    if not encoding:
        return held
    whole = path.read_bytes() if held is None else held
    return whole.decode(encoding, "replace").removeprefix("\ufeff").encode("utf-8", "replace")


def _utf16(head: bytes) -> str:
    """Return the kind of UTF-16 that a file begins in; nothing where it is none."""
    for mark, name in zip(_UTF16_MARKS, ("utf-16-le", "utf-16-be"), strict=True):
        # Text of digits has a zero byte for each character.
        if head.startswith(mark) and (head.count(b"\0") > 0.3 * len(head) or not head.count(b"\0")):
            return name
    zeros = [head[place::2].count(b"\0") / max(1, len(head) // 2) for place in (0, 1)]
    if min(zeros) < 0.05 and max(zeros) > 0.8:
        return ("utf-16-be", "utf-16-le")[int(np.argmax(zeros))]
    return ""


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes) -> bool:
    """Whether a block goes on as UTF-8 after those that the decoder was given before."""
    try:
        decoder.decode(block)
    except UnicodeDecodeError:
        return False
    return True
