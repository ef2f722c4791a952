"""Figures to bytes, and bytes to files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offbeat.atomic import all_or_none, writing_file
from offbeat.errors import ParameterError
from offbeat.report.drawing.style import house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["save_figure"]


_KINDS = ("png", "svg")


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> list[Path]:
    """Write a figure as PNG (150 dots per inch) and as SVG, whose text stays text, or as the one that the name ends in.

    Each file is written beside its place and then renamed, so that a reader never sees half of one. The same figure
    gives the same bytes: no date, no random names.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    path : path
        Folder and name; folders that are missing are made. A name that ends in ``.png`` or ``.svg`` is that of the
        only file; any other gets both endings.

    Returns
    -------
    list of Path
        The PNG and the SVG, or the one of them.

    Raises
    ------
    OutputError
        If a file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from offbeat.report import loss_curves
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in save_figure(loss_curves({"loss": [2, 1]}), Path(folder) / "loss")]
    ['loss.png', 'loss.svg']
    """
    named = Path(path)
    paths = [named] if _kind_of(named) in _KINDS else [named.with_name(f"{named.name}.{kind}") for kind in _KINDS]
    # rendered before anything is written: a figure that cannot be drawn leaves no file behind
    with laid_out(figure):
        rendered = {place: render(figure, _kind_of(place)) for place in paths}
    with all_or_none():
        for place, content in rendered.items():
            with writing_file(place) as beside:
                beside.write_bytes(content)
    return paths


def _kind_of(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")


def check_picture(path: Path) -> str:
    """Return the kind of a picture, ``png`` or ``svg``, by the ending of its name.

    Raises
    ------
    ParameterError
        If it has another ending.
    """
    kind = _kind_of(path)
    if kind not in _KINDS:
        raise ParameterError(f"expected a picture to end in .png or .svg, got {path}: choose one of these endings")
    return kind


def write_picture(figure: Figure, path: Path) -> None:
    """Write a figure as one picture, in the format that the name ends in; in one step.

    Raises
    ------
    ParameterError
        If the name ends in neither .png nor .svg.
    OutputError
        If the file cannot be written.
    """
    content = render(figure, check_picture(path))
    with writing_file(path) as beside:
        beside.write_bytes(content)


@contextmanager
def laid_out(figure: Figure) -> Iterator[None]:
    """Say once where everything stands in the pictures that are made of a figure within the ``with`` block.

    While a figure has a layout of its own, matplotlib draws it one time more for each picture, to see what it takes.
    """
    layout = figure.get_layout_engine()
    if layout is None:
        yield
        return
    with house_style():
        layout.execute(figure)
        figure.set_layout_engine(None)
    try:
        yield
    finally:
        figure.set_layout_engine(layout)


def render(figure: Figure, kind: str, **options: Any) -> bytes:
    """Return the figure as the bytes of a ``png`` or ``svg`` file; options are those of ``Figure.savefig``."""
    buffer = BytesIO()
    # ticks are made while drawing, so the style has to hold here as well
    with house_style(), laid_out(figure):
        unstamped: dict[str, str | None] = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
        figure.savefig(buffer, format=kind, metadata=unstamped, **options)
    return buffer.getvalue()
