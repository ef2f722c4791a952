"""Which ECG a file of XML holds, by its outermost element."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree.ElementTree import Element

from offbeat.errors import FormatError
from offbeat.records.formats.aecg import aecg_source
from offbeat.records.formats.muse import muse_source
from offbeat.records.formats.xml import read_xml
from offbeat.records.held import HeldSource
from offbeat.records.sources import reading

__all__ = ["open_xml"]

_READERS: dict[str, Callable[[Element, Path], HeldSource]] = {"AnnotatedECG": aecg_source, "RestingECG": muse_source}


def open_xml(path: Path) -> HeldSource:
    """Return the signals of an HL7 aECG or an export of GE MUSE.

    Raises
    ------
    FormatError
        If it is other XML, damaged, or holds no lead.
    """
    with reading(path, "XML of an ECG"):
        root = read_xml(path)
        if root.tag not in _READERS:
            raise FormatError(
                f"{path} is XML of another kind, <{root.tag[:40]}>: expected an HL7 aECG (<AnnotatedECG>) or an export "
                "of GE MUSE (<RestingECG>); export one of these, DICOM, EDF or CSV"
            )
        return _READERS[root.tag](root, path)
