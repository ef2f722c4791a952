"""Which reader a file needs, by its first bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from offbeat.errors import FormatError
from offbeat.files.foreign import what_else
from offbeat.files.text.content import looks_like_text
from offbeat.records.formats.atc import is_atc, read_atc
from offbeat.records.formats.dicom import is_dicom, read_dicom
from offbeat.records.formats.edf import EdfSource, is_edf
from offbeat.records.formats.ishne import IshneSource, is_ishne
from offbeat.records.formats.scp import is_scp, read_scp
from offbeat.records.formats.xml import is_xml
from offbeat.records.formats.xml_kinds import open_xml
from offbeat.records.sources import Source
from offbeat.records.text import TableSource

__all__ = ["FILE_SUFFIXES", "FORMATS", "TABLE_SUFFIXES", "Format", "open_file", "what_is_read"]

FILE_SUFFIXES = (".edf", ".bdf", ".rec", ".dcm", ".ecg", ".atc", ".scp", ".xml")
TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
"""What records in a folder are usually called; a file that is named is read by its content, whatever it is called."""

_HEAD = 4096


@dataclass(frozen=True)
class Format:
    """A format of files.

    Parameters
    ----------
    name : str
        As messages call it.
    matches : callable
        Whether a file that begins with these bytes is one.
    open : callable
        Makes a source of a path and the sampling rate that the user gave, if any.
    """

    name: str
    matches: Callable[[bytes], bool]
    open: Callable[[Path, float | None], Source]


FORMATS: tuple[Format, ...] = (
    Format("EDF, EDF+ or BDF", is_edf, lambda path, _: EdfSource(path)),
    Format("DICOM waveform", is_dicom, lambda path, _: read_dicom(path)),
    Format("ISHNE Holter", is_ishne, lambda path, _: IshneSource(path)),
    Format("KardiaMobile ATC", is_atc, lambda path, _: read_atc(path)),
    Format("SCP-ECG", is_scp, lambda path, _: read_scp(path)),
    Format("HL7 aECG or GE MUSE (XML)", is_xml, lambda path, _: open_xml(path)),
    Format("table of text", looks_like_text, TableSource),
)
"""All formats but WFDB, whose records are several files; the first that matches is taken."""

_FOREIGN: tuple[tuple[bytes, int, str], ...] = (
    (
        b"%PDF",
        0,
        "a PDF, a picture of an ECG: export the signal from your recorder's software, as EDF, WFDB, ISHNE or text",
    ),
    (b"PK\x03\x04", 0, "a zip archive or an Excel workbook: unpack it, or save the sheet as CSV"),
    (b"\x89HDF", 0, "HDF5 or MATLAB 7.3: save one lead a column as CSV"),
    (b"MATLAB 5.0", 0, "MATLAB without a WFDB header (.hea) beside it: add that, or save one lead a column as CSV"),
    (b"ANN  1.0", 0, "an annotation file of ISHNE, not the signal: name that"),
    (b"GDF ", 0, "GDF: convert it to EDF, such as by BioSig's save2gdf"),
)
"""What people try with ECGs, where it stands in the file, and what to do instead; the rest is as of any data."""


def open_file(path: Path, sampling_rate: float | None) -> Source:
    """Open a file by its content.

    Raises
    ------
    FormatError
        If it is of no format that is read.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for mark, place, what in _FOREIGN:
        if head[place:].startswith(mark):
            raise FormatError(f"{path} is {what}")
    for one in FORMATS:
        if one.matches(head):
            return one.open(path, sampling_rate)
    if what := what_else(head):
        raise FormatError(f"{path} is {what}")
    raise FormatError(f"{path} is in no format that is read: expected {what_is_read()}")


def what_is_read() -> str:
    """Return the names of all formats."""
    return ", ".join(["a WFDB record (.hea)", *(one.name for one in FORMATS)])
