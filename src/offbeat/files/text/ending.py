"""The lines below the last row of a table: remarks, sums, and rows without any value."""

from __future__ import annotations

import re

from offbeat.files.text.cells import is_number
from offbeat.files.text.content import Content
from offbeat.files.text.layout import Layout

__all__ = ["COMMENTS", "end_of_rows"]

COMMENTS = ("#", "%", "//")
"""How a line begins that is a remark, wherever it stands."""

_TAIL = 100  # lines at the end that may be no rows
_SUM = re.compile(
    r"(grand |sub)?totals?\b|sums?\b|averages?\b|avg\b|mean\b|min(imum)?\b|max(imum)?\b|count\b|std\b|summe\b|gesamt\b|"
    r"mittel(wert)?\b|durchschnitt\b|anzahl\b|total\b|moyenne\b|somme\b|media\b|suma\b|totale\b",
    re.IGNORECASE,
)
_REMARK = re.compile(r"[(\[*=<-]*\s*[^\W\d_].*[\s:)*=>-].*|\(.*\)|[*=_+-]{3,}|end|eof|\d+ rows?\b.*", re.IGNORECASE)


def end_of_rows(content: Content, layout: Layout, *, remarks: bool = True) -> tuple[int, str]:
    """Return behind which line the rows of a table end, and what of words or sums was left out.

    Parameters
    ----------
    content : Content
        The lines.
    layout : Layout
        What parts the columns, and what they hold.
    remarks : bool
        Whether lines of words are left out, too, not only comments and lines without any value.
    """
    n_lines = content.n_lines
    first = max(layout.on_top, n_lines - _TAIL)
    tail = content.lines(first, n_lines).decode(content.encoding, "replace").removesuffix("\n").split("\n")
    end, note = n_lines, ""
    for line in reversed(tail if n_lines > first else []):
        if line.strip(" ,;|\t\x1a") and not line.lstrip().startswith(COMMENTS):
            if not (remarks and _is_remark(line.strip(" "), layout)):
                break
            note = f"{line.strip()[:40]!r} below the rows was left out"
        end -= 1
    else:  # so many of them are missing values
        return n_lines, ""
    return end, note


def _is_remark(line: str, layout: Layout) -> bool:
    """Whether a line is a sum of the rows above, or words of their own, and not a row that was cut short."""
    cells = [cell.strip("'\" ") for cell in layout.fields(line)]
    first = next(filter(None, cells), "")
    if layout.kinds[0] != "word" and _SUM.match(first):
        return True
    if len(cells) == len(layout.kinds) or any(map(is_number, cells)):
        return False
    return _REMARK.fullmatch(line) is not None and (layout.kinds[0] != "word" or len(cells) == 1)
