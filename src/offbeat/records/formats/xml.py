"""XML from elsewhere: nothing is expanded or fetched, and no more is read than memory allows."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from offbeat.errors import FormatError
from offbeat.files.limits import require_room

__all__ = ["is_xml", "read_xml"]

_ROOM = 20  # bytes in memory for each byte of a file


def is_xml(head: bytes) -> bool:
    """Whether a file that begins so is XML, in any encoding."""
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return plain.startswith((b"<?xml", b"<!DOCTYPE", b"<AnnotatedECG", b"<RestingECG"))


def read_xml(path: Path) -> Element:
    """Return the root of a file; names of elements without namespaces.

    Raises
    ------
    FormatError
        If it is no XML, declares entities or the like itself, or would be too large in memory.
    """
    require_room(_ROOM * path.stat().st_size, f"the XML of {path}", FormatError)
    builder, parser = TreeBuilder(), expat.ParserCreate(namespace_separator="}")

    def refuse(*_: object) -> None:
        raise FormatError(f"{path} has declarations in its document type, which are not read: export it without them")

    def check(name: str, system: str | None, public: str | None, has_declarations: bool) -> None:
        # The name of a declaration elsewhere is harmless: it is not opened.
        if has_declarations:
            refuse()

    def plain(name: str) -> str:
        return name.rpartition("}")[2]

    parser.StartDoctypeDeclHandler = check
    parser.EntityDeclHandler = parser.SkippedEntityHandler = refuse
    parser.StartElementHandler = lambda name, given: builder.start(
        plain(name), {plain(key): value for key, value in given.items()}
    )
    parser.EndElementHandler = lambda name: builder.end(plain(name))
    parser.CharacterDataHandler = builder.data
    parser.buffer_text = True
    try:
        parser.Parse(path.read_bytes(), True)
    except expat.ExpatError as error:
        raise FormatError(f"{path} cannot be read as XML ({error}): is it cut short?") from error
    return builder.close()
