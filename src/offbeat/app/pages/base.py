"""How all results become pages: with the notice where the data need it, figures, and the command that made them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from offbeat.report import Fact, Picture, Section, save_figure, write_page
from offbeat.version import __version__
from offbeat.words import notice_for

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Drawing", "Drawings", "ResultPage"]


class Drawing(NamedTuple):
    """How to draw a figure of a page."""

    draw: Callable[[], Figure]
    caption: str
    """What to read off it."""
    alt: str = ""
    """What it shows, for those who cannot see it; the caption where empty."""
    true_scale: bool = False
    """Whether it keeps its own size on the page, as ECG paper needs it."""
    small: bool = False
    """Whether it stands beside others of its kind."""


Drawings = dict[str, Drawing]
"""The figures of a page by file name."""


class ResultPage(ABC):
    """A result that can be shown as a page; subclasses say what it contains."""

    @property
    @abstractmethod
    def domain(self) -> str:
        """What the result is about, see :class:`offbeat.Collection`."""

    @property
    def notice(self) -> str:
        """The notice that results on this domain need; empty where none is needed."""
        return notice_for(self.domain)

    def figures(self) -> Drawings:
        """Return the figures by file name; none where a page has none."""
        return {}

    @abstractmethod
    def summary(self) -> list[str]:
        """Return the main results in sentences."""

    def _story(self) -> str:
        """Return what a page says before the summary, in one sentence; empty where the summary begins with that."""
        return ""

    @abstractmethod
    def _heading(self) -> str:
        """Return the title of the page."""

    @abstractmethod
    def _sections(self, pick: Callable[..., list[Picture]]) -> list[Section]:
        """Return the parts of the page; ``pick`` returns the figures of these names, as far as there are any."""

    @abstractmethod
    def _facts(self) -> list[Fact]:
        """Return the figures for the box on top."""

    def write_figures(self, folder: Path) -> list[Path]:
        """Write every figure as PNG and SVG, and return the files."""
        return [path for name, each in self.figures().items() for path in save_figure(each.draw(), folder / name)]

    def write_page(self, path: str | Path, command: str = "") -> Path:
        """Write the one-file HTML page, see :func:`offbeat.report.write_page`; sections that hold nothing are left out.

        Parameters
        ----------
        path : path
            The file to write.
        command : str
            What made it, for the foot.
        """
        pictures = {
            name: Picture(each.draw(), each.caption, each.alt or each.caption, each.true_scale, name, each.small)
            for name, each in self.figures().items()
        }

        def pick(*names: str) -> list[Picture]:
            return [pictures[name] for name in names if name in pictures]

        return write_page(
            path,
            title=self._heading(),
            summary=[*filter(None, [self._story()]), *self.summary()],
            sections=_filled(self._sections(pick)),
            facts=self._facts(),
            notice=self.notice,
            version=__version__,
            command=command,
        )


def _filled(sections: Sequence[Section]) -> list[Section]:
    return [part for part in sections if part.text or part.tables or part.figures or part.interactive]
