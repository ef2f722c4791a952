"""Prefix codes of SCP-ECG: a bit string becomes whole numbers, all positions of it looked up at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

__all__ = ["DEFAULT_CODES", "Code", "decode"]

_LONGEST = 32  # bits of a prefix, or of the number behind it


@dataclass(frozen=True)
class Code:
    """One word of a prefix code.

    Parameters
    ----------
    bits : int
        How many bits the prefix has, 1 to 32.
    prefix : int
        Its bits, the first one most significant.
    value : int
        The number it stands for.
    extra : int
        How many bits follow that are a signed number to add to ``value``.
    """

    bits: int
    prefix: int
    value: int
    extra: int = 0


def _default() -> tuple[Code, ...]:
    """Return the table of the standard: as many ones as the number is large, a zero, and its sign."""
    codes = [Code(1, 0, 0)]
    for size in range(1, 9):
        ones = (1 << size + 2) - 4  # ones, and two zeros behind
        codes += [Code(size + 2, ones, size), Code(size + 2, ones + 1, -size)]
    return (*codes, Code(10, 0b1111111110, 0, 8), Code(10, 0b1111111111, 0, 16))


DEFAULT_CODES = _default()
"""The table that files take which bring none of their own (EN 1064, annex C)."""


def decode(content: bytes, n_values: int, codes: Sequence[Code]) -> Integers:
    """Return the first numbers of a bit string, the most significant bit of each byte first.

    Parameters
    ----------
    content : bytes
        The bit string; what stands behind the numbers is ignored.
    n_values : int
        How many numbers to read.
    codes : sequence of Code
        The table.

    Raises
    ------
    ValueError
        If the table is no prefix code, or the bit string ends before, or holds a word that is not in the table.

    Examples
    --------
    >>> decode(bytes([0b01001011, 0b11111111, 0b00000011, 0b10000000]), 4, DEFAULT_CODES).tolist()
    [0, 1, -1, 7]
    """
    bits, prefixes, values, extras = _sorted(codes)
    windows = _windows(content)
    words = np.maximum(np.searchsorted(prefixes, windows, "right") - 1, 0)
    known = windows >> (_LONGEST - bits[words]) == prefixes[words] >> (_LONGEST - bits[words])
    places = _walk(np.where(known, bits[words] + extras[words], 0), n_values)
    found = words[places]
    numbers: Integers = values[found]
    for extra in np.unique(extras[found][extras[found] > 0]).tolist():
        longer = np.flatnonzero(extras[found] == extra)
        numbers[longer] += _signed(content, places[longer] + bits[found[longer]], extra)
    return numbers


def _sorted(codes: Sequence[Code]) -> tuple[Integers, ...]:
    """Return bits, prefixes moved to the left of 32 bits, values and extra bits of codes, sorted by prefix."""
    if not codes or any(not (0 < one.bits <= _LONGEST and 0 <= one.extra <= _LONGEST) for one in codes):
        raise ValueError(f"expected words of 1 to {_LONGEST} bits in a Huffman table")
    ordered = sorted(codes, key=lambda one: one.prefix << (_LONGEST - one.bits))
    table = np.array([(one.bits, one.prefix << (_LONGEST - one.bits), one.value, one.extra) for one in ordered])
    bits, prefixes, values, extras = table.T.astype(np.int64)
    if np.any(prefixes[:-1] + (1 << (_LONGEST - bits[:-1])) > prefixes[1:]) or prefixes[-1] >= 1 << _LONGEST:
        raise ValueError("expected a Huffman table of which no word begins another")
    return bits, prefixes, values, extras


def _windows(content: bytes) -> Integers:
    """Return the 32 bits from each bit on; behind the end are zeros."""
    padded = np.frombuffer(content + bytes(4), np.uint8).astype(np.int64)
    n = len(content)
    five = sum((padded[i : n + i] << (32 - 8 * i) for i in range(5)), np.zeros(n, np.int64))
    windows: Integers = ((five[:, None] >> (8 - np.arange(8))) & 0xFFFFFFFF).ravel()
    return windows


def _walk(steps: Integers, n_values: int) -> Integers:
    """Return where each word begins, given how far it is from every place to the next word."""
    ahead, n_bits = steps.tolist(), len(steps)
    places: list[int] = []
    place = 0
    while len(places) < n_values and place < n_bits and ahead[place]:
        places.append(place)
        place += ahead[place]
    if len(places) < n_values or place > n_bits:
        raise ValueError(f"expected {n_values:,} encoded samples, got {len(places):,}")
    return np.array(places, np.int64)


def _signed(content: bytes, starts: Integers, n_bits: int) -> Integers:
    """Return the signed numbers of so many bits that begin at some bits."""
    single = np.unpackbits(np.frombuffer(content, np.uint8)).astype(np.int64)
    # The first bit is the sign: it counts negative.
    weights = 1 << np.arange(n_bits - 1, -1, -1, dtype=np.int64)
    weights[0] = -weights[0]
    numbers: Integers = single[starts[:, None] + np.arange(n_bits)] @ weights
    return numbers
