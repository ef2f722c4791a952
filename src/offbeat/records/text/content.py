"""The bytes of a text file, as lines of an encoding in which digits are ASCII."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from offbeat.errors import FormatError
from offbeat.files.limits import largest_expansion, require_room

__all__ = ["Content", "looks_like_text"]

_HEAD = 1 << 16
_EVERY = 8192
_BLOCK = 1 << 22
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x19\x1b-\x1f\x7f]")
_GZIP = b"\x1f\x8b"
_TYPESET = ((b"\xc2\xa0", b" "), (b"\xe2\x88\x92", b"-"))  # a blank that breaks no line, and a minus sign, of UTF-8
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Content:
    """A text file whose lines are found by an index; the rest stays on disk, unless it had to be unpacked.

    Parameters
    ----------
    path : Path
        The file, in UTF-8, UTF-16, Windows-1252 or Latin-1; also packed by gzip.

    Raises
    ------
    FormatError
        If it is no text, or too large to be unpacked.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            head = file.read(_HEAD)
        self._held = _unpacked(path, head)
        head = head if self._held is None else self._held[:_HEAD]
        if _is_binary(head):
            raise FormatError(f"expected text, but {path} holds other bytes: check its extension")
        if re.search(rb"(\r?\n[ \t]*\r?\n[^\r\n]+){20}|\r\r\n", head) and not re.search(rb"(\n[^\r\n]+){3}", head):
            whole = path.read_bytes() if self._held is None else self._held
            self._held = re.sub(rb"(\r*\n[ \t]*)+", b"\n", whole)
        self.encoding = "utf-8" if _decodes(head) else "cp1252"
        self._begin = len(_UTF8_MARK) if head.startswith(_UTF8_MARK) else 0
        self._starts, self.n_lines = self._index()

    def lines(self, first: int, last: int) -> bytes:
        """Return the lines from ``first`` to before ``last``, counted from 0, as they stand in the file.

        Raises
        ------
        FormatError
            If one has a carriage return inside.
        """
        last = min(last, self.n_lines)
        if first >= last:
            return b""
        begin, end = first // _EVERY, -(-last // _EVERY)
        stop = self._starts[end] if end < len(self._starts) else None
        text = self._bytes(int(self._starts[begin]), None if stop is None else int(stop))
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n")) + 1
        bounds = np.concatenate([[0], ends, [len(text)]])
        text = text[bounds[first - begin * _EVERY] : bounds[last - begin * _EVERY]]
        if text.count(b"\r") != text.count(b"\r\n"):
            # Some readers begin a new line there, and others do not.
            raise FormatError(
                f"expected lines that end in \\n or \\r\\n, but {self._path} has \\r inside: save it as plain text"
            )
        if not text.isascii():
            for odd, plain in _TYPESET:
                text = text.replace(odd, plain)
        return text

    def top(self, n_lines: int, longest: int) -> list[str]:
        """Return the first lines as text, without their ends.

        Raises
        ------
        FormatError
            If one is longer than ``longest`` bytes.
        """
        lines = self.lines(0, n_lines).split(b"\n")
        if any(len(line) >= longest for line in lines):
            raise FormatError(
                f"expected a table of samples, but the first lines of {self._path} are longer than {longest:,}"
            )
        found = [line.decode(self.encoding, "replace").rstrip("\r") for line in lines]
        return found[:-1] if found and not found[-1] else found

    def _bytes(self, start: int, stop: int | None) -> bytes:
        if self._held is not None:
            return self._held[start:stop]
        with self._path.open("rb") as file:
            file.seek(start)
            return file.read(-1 if stop is None else stop - start)

    def _index(self) -> tuple[npt.NDArray[np.int64], int]:
        """Return where every 8192nd line begins, and how many lines there are but for blank ones at the end."""
        starts, count, offset, solid = [self._begin], 0, self._begin, 0
        while block := self._bytes(offset, offset + _BLOCK):
            symbols = np.frombuffer(block, np.uint8)
            ends = np.flatnonzero(symbols == ord("\n"))
            wanted = np.arange(_EVERY - 1 - count % _EVERY, len(ends), _EVERY)
            starts += (ends[wanted] + 1 + offset).tolist()
            inked = np.flatnonzero(symbols > ord(" "))
            if len(inked):
                # The line of the last ink is the last that counts.
                solid = count + int(np.searchsorted(ends, inked[-1])) + 1
            count, offset = count + len(ends), offset + len(block)
        longest = max(np.diff([*starts, offset]))  # what is read at once
        require_room(longest, f"a piece of {self._path}, whose lines are that long", FormatError)
        return np.array(starts, dtype=np.int64), solid


def looks_like_text(head: bytes) -> bool:
    """Whether a file that begins so is text, or text packed by gzip."""
    return head.startswith((_GZIP, *_UTF16_MARKS)) or _utf16(head) != "" or not _is_binary(head)


def _is_binary(head: bytes) -> bool:
    """Whether bytes are none of text: zeros, or more control characters than stray into a name."""
    return b"\0" in head or len(_CONTROL.findall(head)) > 0.05 * len(head)


def _unpacked(path: Path, head: bytes) -> bytes | None:
    """Return the file as UTF-8 in memory, where it is packed or in UTF-16; else None."""
    held = None
    if head.startswith(_GZIP):
        most = largest_expansion()
        try:
            with gzip.open(path) as file:
                held = file.read(most + 1)
        except (OSError, EOFError) as error:
            raise FormatError(f"{path} cannot be unpacked by gzip: copy or download it again") from error
        require_room(len(held), f"the unpacked {path}", FormatError)
        head = held[:_HEAD]
    encoding = _utf16(head)
    if not encoding:
        return held
    whole = path.read_bytes() if held is None else held
    return whole.decode(encoding, "replace").removeprefix("\ufeff").encode()


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


def _decodes(head: bytes) -> bool:
    """Whether text is UTF-8; the last character may be cut."""
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 and error.reason == "unexpected end of data"
    return True
