"""The sections of an SCP-ECG file: where they stand, whether they are whole, and what those hold that signals need.

References
----------
EN 1064:2005+A1:2007, "Standard communication protocol: computer-assisted electrocardiography" (ISO 11073-91064).
"""

from __future__ import annotations

import binascii
import struct
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from offbeat.errors import FormatError
from offbeat.records.formats.huffman import DEFAULT_CODES, Code

__all__ = [
    "Block",
    "LeadPlace",
    "Zones",
    "codes_of",
    "date_of",
    "is_scp",
    "lead_places",
    "read_sections",
    "signal_block",
    "time_of",
    "zones_of",
]

_MARK, _MARKED_AT = b"SCPECG", 16
_RECORD, _HEADER, _POINTER = 6, 16, 10  # bytes of the head of the file, of a section, and of a pointer to one
_DEFAULT_TABLE = 19_999
_DATE, _TIME, _END = 25, 26, 255  # tags of section 1
_USED = range(1, 7)
_MOST_LEADS, _MOST_BEATS = 64, 1000


def is_scp(head: bytes) -> bool:
    """Whether a file that begins so is an SCP-ECG file."""
    return head[_MARKED_AT:].startswith(_MARK)


@dataclass(frozen=True)
class LeadPlace:
    """A lead of section 3: the code of its name, and its first and last sample, counted from 1."""

    code: int
    first: int
    last: int

    @property
    def n_times(self) -> int:
        """How many samples it has."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class Block:
    """Encoded samples of section 5 or 6: nanovolts a unit, µs a sample, which differences, and a bit string a lead."""

    nanovolts: int
    interval: int
    differences: int
    bimodal: bool
    leads: tuple[bytes, ...]


@dataclass(frozen=True)
class Zones:
    """Section 4: where the reference beat was subtracted.

    Parameters
    ----------
    milliseconds : int
        How long the reference beat is.
    fiducial : int
        The sample of the reference beat, counted from 1, that stands at the fiducial points.
    beats : array of shape (n_beats, 4)
        Type, first sample, fiducial point and last sample of each beat, counted from 1.
    """

    milliseconds: int
    fiducial: int
    beats: npt.NDArray[np.int64]


def read_sections(path: Path) -> dict[int, bytes]:
    """Return the content of sections 1 to 6, as far as a file has them, checked by their sums.

    Raises
    ------
    FormatError
        If the file is cut short or damaged.
    """
    content = path.read_bytes()
    size = struct.unpack_from("<I", content, 2)[0]
    if size > len(content):
        raise FormatError(
            f"{path} promises {size:,} bytes, but holds {len(content):,}: is it cut short? Copy or download it again"
        )
    pointers = _section(content, _RECORD, 0, path)
    found = {}
    for place in range(0, len(pointers) - _POINTER + 1, _POINTER):
        number, length, begin = struct.unpack_from("<HII", pointers, place)
        if number in _USED and length > _HEADER:
            found[number] = _section(content, begin - 1, number, path)
    return found


def _section(content: bytes, begin: int, number: int, path: Path) -> bytes:
    """Return the content of a section."""
    if not 0 <= begin <= len(content) - _HEADER:
        raise FormatError(f"section {number} of {path} lies outside of the file: copy or download it again")
    crc, found, length = struct.unpack_from("<HHI", content, begin)
    whole = content[begin : begin + length]
    if found != number or not _HEADER <= length == len(whole):
        raise FormatError(f"section {number} of {path} is not where it should be: copy or download it again")
    if binascii.crc_hqx(whole[2:], 0xFFFF) != crc:
        raise FormatError(f"section {number} of {path} is damaged, its checksum is wrong: copy it again")
    return whole[_HEADER:]


def time_of(section: bytes) -> time | None:
    """Return the time of day of the acquisition from section 1."""
    found = _tagged(section, _TIME, 3)
    with suppress(ValueError):
        return time(*found) if found else None
    return None


def date_of(section: bytes) -> date | None:
    """Return the day of the acquisition from section 1."""
    found = _tagged(section, _DATE, 4)
    with suppress(ValueError):
        return date(*struct.unpack("<HBB", found)) if found else None
    return None


def _tagged(section: bytes, wanted: int, size: int) -> bytes:
    """Return the bytes of a tag of section 1, empty where it is not there; nothing else of it is read."""
    place = 0
    while place + 3 <= len(section) and section[place] != _END:
        tag, length = struct.unpack_from("<BH", section, place)
        if tag == wanted and length == size and place + 3 + size <= len(section):
            return section[place + 3 : place + 3 + size]
        place += 3 + length
    return b""


def codes_of(section: bytes) -> tuple[Code, ...]:
    """Return the Huffman table of section 2; none where samples are plain 16-bit numbers.

    A table of a single word, as simple recorders write it, encodes nothing: it says that the samples are plain.

    Raises
    ------
    ValueError
        If there are several tables that are switched between.
    """
    n_tables = struct.unpack_from("<H", section)[0]
    if n_tables == _DEFAULT_TABLE:
        return DEFAULT_CODES
    n_codes = struct.unpack_from("<H", section, 2)[0] if n_tables else 0
    rows = [struct.unpack_from("<BBBhI", section, 4 + 9 * place) for place in range(n_codes)]
    if n_codes <= 1:
        return ()
    if not all(mode for _, _, mode, _, _ in rows):
        raise ValueError("expected one Huffman table, got several that are switched between")
    return tuple(Code(bits, _reversed(word, bits), value, whole - bits) for bits, whole, _, value, word in rows)


def _reversed(word: int, n_bits: int) -> int:
    """Return the bits of a word in the order in which they come in the bit string: the file has them back to front."""
    return int(f"{word:b}".zfill(n_bits)[::-1], 2)


def lead_places(section: bytes) -> tuple[list[LeadPlace], bool]:
    """Return the leads of section 3, and whether the reference beat was subtracted from them.

    Raises
    ------
    ValueError
        If there are more leads than an ECG has.
    """
    n_leads, flags = section[0], section[1]
    if n_leads > _MOST_LEADS:
        raise ValueError(f"expected up to {_MOST_LEADS} leads, got {n_leads}")
    rows = [struct.unpack_from("<IIB", section, 2 + 9 * lead) for lead in range(n_leads)]
    return [LeadPlace(code, first, last) for first, last, code in rows], bool(flags & 1)


def zones_of(section: bytes) -> Zones:
    """Return where the reference beat was subtracted, from section 4.

    Raises
    ------
    ValueError
        If there are more beats than a resting ECG has.
    """
    milliseconds, fiducial, n_beats = struct.unpack_from("<HHH", section)
    if n_beats > _MOST_BEATS:
        raise ValueError(f"expected up to {_MOST_BEATS:,} beats in a resting ECG, got {n_beats:,}")
    rows = [struct.unpack_from("<HIII", section, 6 + 14 * beat) for beat in range(n_beats)]
    return Zones(milliseconds, fiducial, np.array(rows, np.int64).reshape(-1, 4))


def signal_block(section: bytes, n_leads: int) -> Block:
    """Return the encoded samples of section 5 or 6.

    Raises
    ------
    ValueError
        If the bit strings are longer than the section.
    """
    nanovolts, interval, differences, bimodal = struct.unpack_from("<HHBB", section)
    lengths = struct.unpack_from(f"<{n_leads}H", section, 6)
    ends = np.cumsum([6 + 2 * n_leads, *lengths])
    if ends[-1] > len(section):
        raise ValueError(f"expected {ends[-1]:,} bytes of encoded samples, got {len(section):,}")
    leads = tuple(section[start : start + n] for start, n in zip(ends, lengths, strict=False))
    return Block(nanovolts, interval, differences, bool(bimodal), leads)
