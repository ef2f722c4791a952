"""Files packed by gzip, bzip2, xz or zip, unpacked in memory up to the limit."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from offbeat.errors import FormatError, failing_as
from offbeat.files.limits import largest_expansion, require_room

__all__ = ["ZIP", "is_packed", "stem_of", "suffix_of", "unpacked"]

ZIP = b"PK\x03\x04"


def _from_zip(path: Path) -> IO[bytes]:
    """Open the only file of a zip archive."""
    archive = zipfile.ZipFile(path)
    files = [member for member in archive.infolist() if not member.is_dir() and not member.filename.startswith("__")]
    if any(member.filename == "content.xml" for member in files):
        raise FormatError(f"{path} is an OpenDocument spreadsheet: save it as .xlsx or CSV")
    if len(files) != 1:
        raise FormatError(f"expected one file in {path}, but it holds {len(files):,}: unpack it, and name one of them")
    return archive.open(files[0])


_PACKERS: tuple[tuple[bytes, str, str, Callable[[Path], Any]], ...] = (
    (b"\x1f\x8b", "gzip", ".gz", gzip.open),
    (b"BZh", "bzip2", ".bz2", bz2.open),
    (b"\xfd7zXZ\x00", "xz", ".xz", lzma.open),
    (ZIP, "zip", ".zip", _from_zip),
)
"""How a packed file begins, what packed it, its usual extension, and what opens it."""


def is_packed(head: bytes) -> bool:
    """Whether a file that begins so is packed."""
    return head.startswith(tuple(mark for mark, *_ in _PACKERS))


def unpacked(path: Path, head: bytes) -> bytes | None:
    """Return the content of a packed file; None where it is not packed.

    Parameters
    ----------
    path : Path
        The file.
    head : bytes
        How it begins.

    Raises
    ------
    FormatError
        If it is damaged, holds several files, or is larger than :func:`offbeat.files.limits.largest_expansion`.
    """
    for mark, name, _, opened in _PACKERS:
        if head.startswith(mark):
            most = largest_expansion()
            safely = failing_as(FormatError, f"{path} cannot be unpacked by {name}", "copy or download it again")
            with safely, opened(path) as file:
                held: bytes = file.read(most + 1)
            require_room(len(held), f"the unpacked {path}", FormatError)
            return held
    return None


def suffix_of(path: Path) -> str:
    """Return the extension of a file in lower case, that of packing aside.

    Examples
    --------
    >>> suffix_of(Path("pump.CSV.gz")), suffix_of(Path("pump.gz")), suffix_of(Path("pump"))
    ('.csv', '', '')
    """
    inner = _without_packing(path)
    return inner.suffix.lower()


def stem_of(path: Path) -> str:
    """Return the name of a file without its extensions.

    Examples
    --------
    >>> stem_of(Path("pump.csv.gz")), stem_of(Path("pump.1.csv"))
    ('pump', 'pump.1')
    """
    return _without_packing(path).stem


def _without_packing(path: Path) -> Path:
    return path.with_suffix("") if path.suffix.lower() in [suffix for _, _, suffix, _ in _PACKERS] else path
