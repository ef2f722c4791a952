"""The bytes of an annotation file of WFDB: words of 16 bits, each a code and a number.

The number is the time since the annotation before (10 bits), or, with the codes from 59 on, something that belongs to
the annotation: a longer time, its subtype, its channel, a remark. Notes at the very beginning may hold the sampling
rate and define further codes.

References
----------
G. B. Moody, "WFDB Applications Guide", section "annot" (MIT format).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np

from offbeat.errors import DataError, FormatError

__all__ = ["SYMBOLS", "Row", "Rows", "decode", "encode"]

Row = tuple[int, str, str, int, int]  # sample, symbol, aux, subtype, channel
Rows = list[Row]

SYMBOLS: dict[int, str] = {
    **dict(enumerate("NLRaVFJASEj/Q~", start=1)),
    16: "|",
    **dict(enumerate('sT*D"=pB^t+u?![]en@xf()r', start=18)),
}
"""The character of each code."""

_CODES = {symbol: code for code, symbol in SYMBOLS.items()}
_NOTE = _CODES['"']
_SKIP, _NUM, _SUB, _CHANNEL, _AUX = 59, 60, 61, 62, 63
_FARTHEST = 2**31 - 1  # samples that one skip can pass over
_SHARP = "## "
_RATE = "## time resolution: "
_DEFINITIONS, _DEFINED = "## annotation type definitions", "## end of definitions"
_END_OF_HEAD = struct.pack("<4H", _SKIP << 10, 0xFFFF, 0xFFFF, 1)  # one sample back, and one on: nothing happens


def decode(whole: bytes) -> tuple[Rows, float | None]:
    """Return the annotations of a file, in its order, and its sampling rate (Hz), None where it holds none.

    Raises
    ------
    FormatError
        If the bytes are no such file, or end too early.
    """
    if len(whole) % 2:
        raise FormatError(f"expected words of two bytes, but the size is odd ({len(whole)} bytes)")
    reader = _Reader(whole, np.frombuffer(whole, "<u2").tolist())
    try:
        while reader.step():
            pass
    except IndexError:
        raise FormatError(f"the {len(whole)} bytes stop within the annotations: the file is cut off") from None
    if any(whole[2 * reader.place :]):
        raise FormatError(f"expected nothing after the end at byte {2 * reader.place}, but more comes")
    return reader.rows, reader.rate


@dataclass
class _Reader:
    whole: bytes
    words: list[int]
    place: int = 0
    time: int = 0
    channel: int = 0
    rate: float | None = None
    rows: Rows = field(default_factory=list)
    own: dict[int, str] = field(default_factory=dict)  # codes that the head of the file defines
    in_head: bool = True
    defining: bool = False

    def step(self) -> bool:
        """Read one annotation and what belongs to it; False at the end of the file."""
        code, number = self._word()
        while code == _SKIP:
            high, low = self.words[self.place], self.words[self.place + 1]
            self.place += 2
            self.time += struct.unpack("<i", struct.pack("<2H", low, high))[0]
            code, number = self._word()
        if code == 0 and number == 0:
            return False
        self.time += number
        if self.time < 0:
            raise FormatError(f"an annotation before byte {2 * self.place} stands before the beginning of the record")
        aux, subtype = self._belongings()
        self._take(code, aux, subtype)
        return True

    def _word(self) -> tuple[int, int]:
        word = self.words[self.place]
        self.place += 1
        return word >> 10, word & 1023

    def _belongings(self) -> tuple[str, int]:
        """Read the words that belong to the annotation; a channel holds for those that follow, too."""
        aux, subtype = "", 0
        while self.words[self.place] >> 10 > _SKIP:
            kind, number = self._word()
            if kind == _SUB:
                subtype = (number + 128) % 256 - 128
            elif kind == _CHANNEL:
                self.channel = number % 256
            elif kind == _AUX:
                start = 2 * self.place
                self.place += (number + 1) // 2
                if start + number > len(self.whole):
                    raise IndexError
                aux = self.whole[start : start + number].decode("latin-1").rstrip("\0")
        return aux, subtype

    def _take(self, code: int, aux: str, subtype: int) -> None:
        if code == 0:  # only moves the time on
            self.in_head = False
        elif not self._is_head(code, aux):
            symbol = self.own.get(code) or SYMBOLS.get(code)
            if symbol is None:
                raise FormatError(f"the code {code} before byte {2 * self.place} is none of an annotation")
            self.rows.append((self.time, symbol, aux, subtype, self.channel))

    def _is_head(self, code: int, aux: str) -> bool:
        """Take a note about the file itself; return whether the annotation was one."""
        self.in_head = self.in_head and self.time == 0 and code == _NOTE and (self.defining or aux.startswith(_SHARP))
        if not self.in_head:
            return False
        if aux.startswith(_RATE):
            self.rate = _rate(aux.removeprefix(_RATE))
        elif aux in (_DEFINITIONS, _DEFINED):
            self.defining = aux == _DEFINITIONS
        elif self.defining:
            code_and_symbol = aux.split()[:2]
            if len(code_and_symbol) < 2 or not code_and_symbol[0].isdecimal():
                raise FormatError(f"expected a code and its symbol as a definition, got {aux!r}")
            self.own[int(code_and_symbol[0])] = code_and_symbol[1]
        return True


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate < np.inf:
        raise FormatError(f"expected a sampling rate in Hz, got {text!r}")
    return rate


def encode(rows: Rows, sampling_rate: float | None) -> bytes:
    """Return the file that holds annotations; :func:`decode` gives the same back.

    Raises
    ------
    DataError
        If a symbol is no standard code, a remark is too long, or a number does not fit into its byte.
    """
    parts: list[bytes] = []
    if sampling_rate is not None:
        rate = float(sampling_rate)
        parts += [_word(_NOTE, 0), _remark(_RATE + (str(int(rate)) if rate.is_integer() else repr(rate)))]
    if parts or (rows and rows[0][:2] == (0, '"')):
        parts.append(_END_OF_HEAD)
    before = channel = 0
    for row in rows:
        parts += [_at(row[0] - before, _code(row[1])), _belongings(row, channel)]
        before, channel = row[0], row[4]
    return b"".join([*parts, _word(0, 0)])


def _code(symbol: str) -> int:
    if symbol not in _CODES:
        raise DataError(f"{symbol!r} is no code of WFDB: expected one of {' '.join(_CODES)}")
    return _CODES[symbol]


def _at(distance: int, code: int) -> bytes:
    """Return the words of an annotation so many samples after the one before."""
    skips = b""
    while distance > 1023:
        far = min(distance, _FARTHEST)
        skips += struct.pack("<3H", _SKIP << 10, far >> 16, far & 0xFFFF)
        distance -= far
    return skips + _word(code, distance)


def _belongings(row: Row, channel_before: int) -> bytes:
    sample, _, aux, subtype, channel = row
    if not (-128 <= subtype <= 127 and 0 <= channel <= 255):
        raise DataError(
            f"subtypes from -128 to 127 and channels from 0 to 255 can be kept, but sample {sample} has the subtype"
            f" {subtype} and the channel {channel}"
        )
    words = _word(_SUB, subtype % 256) if subtype else b""
    if channel != channel_before:
        words += _word(_CHANNEL, channel)
    return words + _remark(aux) if aux else words


def _remark(text: str) -> bytes:
    try:
        kept = text.encode("latin-1")
    except UnicodeEncodeError:
        raise DataError(f"remarks are kept in Latin-1, which cannot hold {text!r}: write it in other words") from None
    if len(kept) > 255:
        raise DataError(f"a remark has up to 255 characters, got {len(kept)}: shorten {text[:30]!r}…")
    return _word(_AUX, len(kept)) + kept + bytes(len(kept) % 2)


def _word(code: int, number: int) -> bytes:
    return struct.pack("<H", code << 10 | number)
