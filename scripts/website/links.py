"""Links between the files of the project, as links between pages of the site."""

from __future__ import annotations

import posixpath
import re

__all__ = ["INCLUDED", "relink"]

# Files outside of docs/ that are pages of the site.
INCLUDED = {
    "CHANGELOG.md": "changelog.md",
    "CODE_OF_CONDUCT.md": "conduct.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "src/offbeat/ecg/beat_model/card.md": "models/beats.md",
    "src/offbeat/ecg/rhythm_model/card.md": "models/rhythms.md",
}
_TARGET = re.compile(r"(?<=\]\()(?!\w+:|#|/)([^)#\s]+)(?=[)#])")


def relink(text: str, origin: str, place: str, *, source: str) -> str:
    """Return Markdown of the file ``origin`` as the page ``place`` of the site needs it.

    Parameters
    ----------
    text : str
        Markdown, with links relative to ``origin``.
    origin : str
        The path of the file in the project.
    place : str
        The path of the page in the site.
    source : str
        The address that files without a page are found below.

    Returns
    -------
    str
        Markdown, with links relative to ``place`` or absolute.
    """

    def target(match: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(origin), match[1]))
        page = INCLUDED.get(path, path.removeprefix("docs/") if path.startswith("docs/") else None)
        if page is None:
            return source + path
        page = re.sub(r"\.ipynb$", ".md", page)  # a notebook is shown as a page
        return posixpath.relpath(page, posixpath.dirname(place) or ".")

    return _TARGET.sub(target, text)
