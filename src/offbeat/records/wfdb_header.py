"""Headers of WFDB records, and how much of what they claim their signal files can hold."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from offbeat.errors import FormatError
from offbeat.records.sources import reading

__all__ = [
    "DEFAULT_GAIN",
    "GAP",
    "as_wfdb_reads",
    "date_of",
    "frames_in",
    "frames_of",
    "header_lines",
    "read_header",
    "time_of_day",
    "without_gain",
]

GAP = "~"
"""Stands for a segment, or the file of a signal, that is not there."""

DEFAULT_GAIN = 200.0
"""Counts per mV of a signal whose header holds no gain, by the definition of the format."""

_MOST_SIGNALS, _MOST_SEGMENTS = 1000, 100_000
_LONGEST_LINE = 1000
_MICRO = re.compile("(Â?µ|Î¼)(?=[vV])")  # of UTF-8 and Latin-1, both read as Latin-1
_CLOCK = re.compile(r"(\d\d?):(\d\d?)(?::(\d\d?)(?:\.\d*)?)?")
_DATE = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})")
_BITS = {"8": 8, "16": 16, "24": 24, "32": 32, "61": 16, "80": 8, "160": 16, "212": 12, "310": 32 / 3, "311": 32 / 3}
"""Of a sample, in each format that is not compressed."""


def header_lines(path: Path) -> list[str]:
    """Return the lines of a header that are neither blank nor a comment: the record, then its signals or segments."""
    return [line for line in path.read_text("latin-1").splitlines() if line.strip() and line[0] != "#"]


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
        lines = header_lines(path)
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

        with as_wfdb_reads(path) as readable:
            found = wfdb.rdheader(str(readable))
        _check_first_line(path, _first_line(lines[0]).split(), found)
        return found


@contextmanager
def as_wfdb_reads(path: Path, *signal_files: str) -> Iterator[Path]:
    """Yield the record of a header, without ending, as wfdb takes it.

    The date goes, which comes in many spellings, and µV becomes uV: wfdb would leave out the letter it does not know.
    Where that makes a difference, it is a copy of the header in a folder of its own, with links to the signal files.
    """
    with path.open(encoding="latin-1", newline="") as file:
        text = file.read()
    lines = text.splitlines(keepends=True)
    place = next((i for i, line in enumerate(lines) if line.strip() and line[0] != "#"), None)
    first = "" if place is None else _first_line(lines[place])
    plain = [_MICRO.sub("u", line) for line in lines]
    if place is None or (first == lines[place].strip() and plain == lines):
        yield path.with_suffix("")
        return
    lines = [*plain[:place], f"{first}\n", *plain[place + 1 :]]
    with TemporaryDirectory() as folder:
        Path(folder, path.name).write_text("".join(lines), encoding="latin-1")
        for name in signal_files:
            _link(path.with_name(name).resolve(), Path(folder, name))
        yield Path(folder, path.stem)


def _link(target: Path, place: Path) -> None:
    try:
        place.symlink_to(target)
    except OSError:  # some systems allow none
        shutil.copyfile(target, place)


def _first_line(line: str) -> str:
    """Return name, number of signals, sampling rate and length of a record; no length where it is 0, for unknown."""
    words = line.split()[:4]
    single = bool(words) and "/" not in words[0]
    return " ".join(words[:3] if single and len(words) == 4 and words[3].strip("0") == "" else words)


def time_of_day(path: Path) -> time | None:
    """Return the time of day of the first sample, as the first line of a header has it; None where it does not."""
    lines = header_lines(path)
    for found in map(_CLOCK.fullmatch, lines[0].split()[4:] if lines else ()):
        with suppress(ValueError):
            if found is not None:
                hour, minute, second = (int(part or 0) for part in found.groups())
                return time(hour, minute, second)
    return None


def date_of(path: Path) -> date | None:
    """Return the day of the first sample, as the first line of a header has it; None where it does not."""
    lines = header_lines(path)
    for word in lines[0].split()[4:] if lines else ():
        with suppress(ValueError):
            found = _DATE.fullmatch(word)  # by the definition of the format; some write 2014-05-08
            return date(*map(int, reversed(found.groups()))) if found else date.fromisoformat(word)
    return None


def without_gain(path: Path) -> list[int]:
    r"""Return the positions of the signals for which a header holds no gain, or 0 for an unknown one.

    Examples
    --------
    >>> import tempfile
    >>> header = Path(tempfile.mkdtemp(), "a.hea")
    >>> _ = header.write_text("a 3 360 10\na.dat 16 200/mV\na.dat 16\na.dat 16 0 12\n")
    >>> without_gain(header)
    [1, 2]
    """
    gains = [line.split()[2:3] for line in header_lines(path)[1:]]
    return [lead for lead, gain in enumerate(gains) if not gain or re.match(r"0+(\.0*)?(?![\d.e])", gain[0])]


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
    if not record.n_sig or not record.file_name or set(record.file_name) == {GAP}:
        return 0
    held = frames_in(header, record, record.file_name[0])
    if held is not None:
        return held
    import wfdb

    with as_wfdb_reads(header, *dict.fromkeys(record.file_name)) as readable:
        return int(wfdb.rdrecord(str(readable)).sig_len)


def frames_in(header: Path, record: Any, name: str) -> int | None:
    """Return how many frames a signal file has room for; None for a format of no fixed size, or no file."""
    signals = [lead for lead, other in enumerate(record.file_name) if other == name]
    bits = [_BITS.get(record.fmt[lead]) for lead in signals]
    if name == GAP or None in bits:
        return None
    frame = sum((record.samps_per_frame[lead] or 1) * size for lead, size in zip(signals, bits, strict=True) if size)
    size = header.with_name(name).stat().st_size - (record.byte_offset[signals[0]] or 0)
    return int(8 * size // frame)
