"""A report as one HTML file that needs nothing else: no network, no second file; a script only to zoom pictures."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offbeat.atomic import writing_file
from offbeat.report.drawing.style import need
from offbeat.report.files import laid_out, render
from offbeat.report.interactive.embed import POLICY, figure_json, packed_plotly
from offbeat.report.interactive.recording import Interactive
from offbeat.tables import Table
from offbeat.words import printable

if TYPE_CHECKING:
    from jinja2 import Template
    from matplotlib.figure import Figure

__all__ = ["Fact", "Picture", "Section", "write_page"]

_LARGEST_SVG = 150_000  # bytes; beyond it a PNG is smaller and faster to show
_PIXELS_PER_INCH = 96  # of CSS
_PHONE = 42  # characters of a table that fit beside each other on a phone


@dataclass(frozen=True)
class Fact:
    """One number of the headline box.

    Parameters
    ----------
    label : str
        What it is.
    value : str
        The number, with its unit, as it should be read.
    note : str
        A few words below it.
    """

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure of the page.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to show.
    caption : str
        What to read off it, shown below.
    alt : str
        What it shows, for those who cannot see it.
    true_scale : bool
        Keep its own size on the page, as ECG paper needs it.
    name : str
        What the rows of tables call it that lead to it.
    small : bool
        Show it beside others of its kind, as many in a row as there is room for, before the tables.
    """

    figure: Figure
    caption: str
    alt: str
    true_scale: bool = False
    name: str = ""
    small: bool = False


@dataclass(frozen=True, eq=False)
class Section:
    """A titled part of the page: text, then tables, then figures, then those to zoom.

    Parameters
    ----------
    title : str
        Its heading, also in the table of contents.
    text : str
        Plain text; an empty line begins a new paragraph.
    tables : sequence of Table
        Shown with their titles and notes.
    figures : sequence of Picture
        Shown below the tables, small ones above them.
    interactive : sequence of Interactive
        Shown below the figures. The first of a page adds plotly's script to it, 1.9 MB.
    """

    title: str
    text: str = ""
    tables: Sequence[Table] = ()
    figures: Sequence[Picture] = ()
    interactive: Sequence[Interactive] = ()


def write_page(
    path: str | os.PathLike[str],
    *,
    title: str,
    summary: Sequence[str],
    sections: Sequence[Section],
    facts: Sequence[Fact] = (),
    notice: str = "",
    version: str = "",
    command: str = "",
) -> Path:
    """Write a report as one self-contained HTML page, for screens of any width, for print, and for readers aloud.

    The file is written beside its place and then renamed. All text is escaped: names from data files cannot become
    markup.

    Parameters
    ----------
    path : path
        The file to write; folders that are missing are made.
    title : str
        Heading of the page.
    summary : sequence of str
        Its first sentences, one paragraph each: what was found. The first stands out.
    sections : sequence of Section
        The parts, in order.
    facts : sequence of Fact
        The most important numbers, shown in a box on top.
    notice : str
        A notice that must not be overlooked, such as :data:`offbeat.words.NOTICE`.
    version : str
        Version of offbeat, for the foot.
    command : str
        The command that made the page, for the foot.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    OutputError
        If the file cannot be written; nothing half-written is left.
    MissingExtraError
        If Jinja2, matplotlib or (for interactive pictures) plotly is not installed.

    Examples
    --------
    >>> import tempfile
    >>> table = Table("Scores", ["series", "score"], [[1, 0.25]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = write_page(Path(folder) / "report.html", title="Heartbeats", summary=["One of 9 series is off."],
    ...                       sections=[Section("Scores", tables=[table])], facts=[Fact("flagged", "1 of 9")])
    ...     page.read_text(encoding="utf-8")[:15]
    '<!doctype html>'
    """
    page = Path(path)
    html = _template().render(
        title=title,
        summary=summary,
        facts=facts,
        notice=notice,
        sections=[_for_template(section) for section in sections],
        version=version,
        command=command,
        packed=packed_plotly() if any(section.interactive for section in sections) else "",
        policy=POLICY,
    )
    with writing_file(page) as beside:
        beside.write_bytes(html.encode("utf-8"))
    return page


def _template() -> Template:
    jinja2 = need("jinja2")
    room = Path(__file__).parent
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(room),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_readable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # the style sheets are ours: they go in as they stand
    for name, sheet in (("css", "page.css"), ("interactive_css", "interactive.css")):
        environment.globals[name] = need("markupsafe").Markup((room / sheet).read_text(encoding="utf-8"))
    environment.filters["breakable"] = _breakable
    template: Template = environment.get_template("page.html")
    return template


def _readable(value: Any) -> Any:
    """Return text that does nothing but be read; what is markup already is ours."""
    return printable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _breakable(text: str) -> Any:
    """Return text that may go on in the next line after a part of a path or a name."""
    markupsafe = need("markupsafe")
    return markupsafe.Markup(re.sub(r"([/_])", r"\1<wbr>", str(markupsafe.escape(printable(text)))))


def _for_template(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "paragraphs": [paragraph.strip() for paragraph in section.text.split("\n\n") if paragraph.strip()],
        "tables": [_table(table) for table in section.tables],
        "gallery": [_image(picture) for picture in section.figures if picture.small],
        "pictures": [_image(picture) for picture in section.figures if not picture.small],
        "interactive": [_interactive(item) for item in section.interactive],
    }


def _interactive(item: Interactive) -> dict[str, Any]:
    """Return the still picture with the data of the figure, in which nothing is left that HTML would read as markup."""
    still = _image(Picture(item.still, item.caption, item.alt))
    return {**still, "data": need("markupsafe").Markup(figure_json(item.figure))}


def _table(table: Table) -> dict[str, Any]:
    """Return what the template shows: cells as text, and which columns hold numbers (set flush right)."""
    named = [*table.links, *[""] * (len(table.rows) - len(table.links))]
    links = [name if not name or name.endswith(".html") else f"#figure-{name}" for name in named]
    return {
        "title": table.title,
        "columns": table.columns,
        "rows": list(zip(table.cells(), links, strict=True)),
        "note": table.note,
        "numeric": table.numeric,
        "wide": _width(table) > _PHONE,
    }


def _width(table: Table) -> int:
    """Return how many characters wide a table is whose heads break into words, and whose cells do not."""
    heads = [max(map(len, head.split()), default=0) for head in table.columns]
    rows = [[len(cell) for cell in row] for row in table.cells()]
    widest: list[int] = [max(column) for column in zip(heads, *rows, strict=True)]
    return sum(widest) + 2 * len(widest)


def _image(picture: Picture) -> dict[str, Any]:
    """Return caption, alt text, size and address of the picture, which is held in the address itself.

    As an image of its own, an SVG cannot run scripts, and the names inside it cannot clash with those of another.
    """
    with laid_out(picture.figure):
        content, kind = render(picture.figure, "svg"), "svg+xml"
        if len(content) > _LARGEST_SVG:
            content, kind = render(picture.figure, "png"), "png"
    width, height = (round(inches * _PIXELS_PER_INCH) for inches in picture.figure.get_size_inches())
    address = f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
    size = {"width": width, "height": height, "true_scale": picture.true_scale}
    about = {"caption": picture.caption, "alt": picture.alt, "name": picture.name, "small": picture.small}
    return {**about, "address": address, **size}
