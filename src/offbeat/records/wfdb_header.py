"""Headers of WFDB records, and how much of what they claim their signal files can hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from offbeat.errors import FormatError
from offbeat.records.sources import reading

__all__ = ["GAP", "frames_in", "frames_of", "read_header"]

GAP = "~"
"""Stands for a segment, or the file of a signal, that is not there."""

_MOST_SIGNALS, _MOST_SEGMENTS = 1000, 100_000
_LONGEST_LINE = 1000
_BITS = {"8": 8, "16": 16, "24": 24, "32": 32, "61": 16, "80": 8, "160": 16, "212": 12, "310": 32 / 3, "311": 32 / 3}
"""Of a sample, in each format that is not compressed."""


def read_header(path: Path) -> Any:
    """Return what wfdb reads from a header.

    Raises
    ------
    FormatError
        If it is damaged, or lists more than a record has.
    DataError
        If it is missing.
    MissingExtraError
        If wfdb is not installed.
    """
    with reading(path, "a WFDB header"):
        lines = [line for line in path.read_text("latin-1").splitlines() if line.strip() and line[0] != "#"]
        if not lines:
            raise FormatError(f"the header {path} is empty: copy or download it again")
        most = _MOST_SEGMENTS if "/" in lines[0].split()[0] else _MOST_SIGNALS
        if len(lines) - 1 > most:
            raise FormatError(
                f"the header {path} lists {len(lines) - 1:,} parts, but up to {most:,} are read: split it"
            )
        if max(map(len, lines)) > _LONGEST_LINE:  # the patterns of wfdb take the square of that in time
            raise FormatError(f"expected lines of up to {_LONGEST_LINE} characters in {path}, but some are longer")
        import wfdb

        found = wfdb.rdheader(str(path.with_suffix("")))
        _check_first_line(path, lines[0].split(), found)
        return found


def _check_first_line(path: Path, words: Sequence[str], header: Any) -> None:
    """Refuse a first line that was only understood in part, such as 36e1 as 36 samples per second."""
    for word, known, what in zip(words[2:4], (header.fs, header.sig_len), ("sampling rate", "length"), strict=False):
        plain = word.split("/")[0].split("(")[0]
        if known is None or float(plain) != known:
            raise FormatError(f"expected a {what} in plain digits on the first line of {path}, got {word!r}")


def frames_of(header: Path, record: Any) -> int:
    """Return how many frames there are; where the header does not hold it, by the size of the signal file."""
    if record.sig_len is not None:
        return int(record.sig_len)
    if not record.n_sig or not record.file_name:
        return 0
    held = frames_in(header, record, record.file_name[0])
    if held is not None:
        return held
    import wfdb

    return int(wfdb.rdrecord(str(header.with_suffix(""))).sig_len)


def frames_in(header: Path, record: Any, name: str) -> int | None:
    """Return how many frames a signal file has room for; None for a format of no fixed size, or no file."""
    signals = [lead for lead, other in enumerate(record.file_name) if other == name]
    bits = [_BITS.get(record.fmt[lead]) for lead in signals]
    if name == GAP or None in bits:
        return None
    frame = sum((record.samps_per_frame[lead] or 1) * size for lead, size in zip(signals, bits, strict=True) if size)
    size = header.with_name(name).stat().st_size - (record.byte_offset[signals[0]] or 0)
    return int(8 * size // frame)
