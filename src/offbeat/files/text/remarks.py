"""Lines among the rows of a table that are none: remarks, and the header once more where files were joined."""

from __future__ import annotations

import re
from collections.abc import Sequence

from offbeat.files.text.ending import COMMENTS
from offbeat.files.text.layout import Layout

__all__ = ["Remarks"]

_REMARKS = re.compile(rb"^[ \t]*(#|%|//)[^\n]*", re.MULTILINE)


class Remarks:
    """What lines are no rows.

    Parameters
    ----------
    top : sequence of str
        The first lines.
    layout : Layout
    encoding : str
        Of the lines.
    """

    def __init__(self, top: Sequence[str], layout: Layout, encoding: str) -> None:
        self._may_have_some = layout.kinds[0] != "word"
        self._header = _header_line(top, layout).encode(encoding, "replace")
        self._again = re.compile(rb"^" + re.escape(self._header) + rb"[ \t]*$", re.MULTILINE)

    def left_out(self, text: bytes) -> bytes:
        """Return lines with blank ones in place of those that are no rows."""
        if self._may_have_some and any(mark.encode() in text for mark in COMMENTS):
            text = _REMARKS.sub(b"", text)
        return self._again.sub(b"", text) if self._header and self._header in text else text


def _header_line(top: Sequence[str], layout: Layout) -> str:
    """Return the line of the names where it is the one above the rows."""
    line = top[layout.on_top - 1].strip() if layout.named and layout.on_top else ""
    return line if [cell.strip("'\" ") for cell in layout.fields(line)] == list(layout.names) else ""
