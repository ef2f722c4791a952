"""ATC files, in which KardiaMobile keeps its strips."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from offbeat.errors import FormatError
from offbeat.records.held import HeldSource
from offbeat.records.sources import Lead, reading

__all__ = ["is_atc", "read_atc"]

_MARK = b"ALIVE\0\0\0"
_BLOCKS = {b"ecg ": "I", b"ecg2": "II", b"ecg3": "III", b"ecg4": "aVR", b"ecg5": "aVL", b"ecg6": "aVF"}


def is_atc(head: bytes) -> bool:
    """Whether a file that begins so is an ATC file."""
    return head.startswith(_MARK)


def read_atc(path: Path) -> HeldSource:
    """Return the signals of an ATC file: blocks of a name, a length, their content and a sum of all these bytes.

    Raises
    ------
    FormatError
        If it is damaged, or holds no ECG.
    """
    with reading(path, "an ATC file"):
        blocks = dict(_blocks(path.read_bytes(), path))
        if b"fmt " not in blocks or len(blocks[b"fmt "]) < 5:
            raise FormatError(f"{path} does not say its sampling rate: export it again")
        _, rate, nanovolts = struct.unpack_from("<BHH", blocks[b"fmt "])
        found = {name: np.frombuffer(blocks[key], "<i2") for key, name in _BLOCKS.items() if key in blocks}
        if not found or not rate or len({len(samples) for samples in found.values()}) > 1:
            raise FormatError(f"expected leads of one length in {path}, got {len(found)}: export it again")
        values = np.column_stack(list(found.values()))
    leads = [Lead(name, "counts", float(rate), len(values), 1e-6 * nanovolts or None) for name in found]
    return HeldSource(values, leads)


def _blocks(content: bytes, path: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the content of each block."""
    place = len(_MARK) + 4  # a version
    while place + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        end = place + 8 + size
        if end + 4 > len(content):
            raise FormatError(f"{path} is cut short: copy or download it again")
        if sum(content[place:end]) & 0xFFFFFFFF != struct.unpack_from("<I", content, end)[0]:
            raise FormatError(f"the block {name.decode('latin-1').strip()} of {path} is damaged: copy it again")
        yield name, content[place + 8 : end]
        place = end + 4
