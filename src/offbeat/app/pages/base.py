"""The one way in which results become pages: with the notice where the data need it, figures, and what made them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from offbeat.report import Fact, Picture, Section, save_figure, write_page
from offbeat.version import __version__
from offbeat.words import notice_for

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Drawings", "ResultPage"]

Drawings = dict[str, tuple[Callable[[], "Figure"], str]]
"""How to draw each figure, and its caption, by file name."""


class ResultPage(ABC):
    """A result that can be shown as a page, with or without figures; subclasses say what stands on it."""

    @property
    @abstractmethod
    def domain(self) -> str:
        """What the result is about, see :class:`offbeat.Collection`."""

    @property
    def notice(self) -> str:
        """What nobody may overlook; empty where there is nothing."""
        return notice_for(self.domain)

    def figures(self) -> Drawings:
        """Return how to draw each figure, and its caption, by file name."""
        return {}

    @abstractmethod
    def summary(self) -> list[str]:
        """Return what was found, in sentences that a reader can trust."""

    @abstractmethod
    def _heading(self) -> str:
        """Return the title of the page."""

    @abstractmethod
    def _sections(self, pick: Callable[..., list[Picture]]) -> list[Section]:
        """Return the parts of the page; ``pick`` gives the figures of these names that there are."""

    @abstractmethod
    def _facts(self) -> list[Fact]:
        """Return the numbers on top."""

    def write_figures(self, folder: Path) -> list[Path]:
        """Write every figure as PNG and SVG, and return the files."""
        return [path for name, (draw, _) in self.figures().items() for path in save_figure(draw(), folder / name)]

    def write_page(self, path: str | Path, command: str = "") -> Path:
        """Write the one-file HTML page, see :func:`offbeat.report.write_page`; sections that hold nothing are left out.

        Parameters
        ----------
        path : path
            The file to write.
        command : str
            What made it, for the foot.
        """
        pictures = {name: Picture(draw(), caption, caption) for name, (draw, caption) in self.figures().items()}

        def pick(*names: str) -> list[Picture]:
            return [pictures[name] for name in names if name in pictures]

        return write_page(
            path,
            title=self._heading(),
            summary=self.summary(),
            sections=_filled(self._sections(pick)),
            facts=self._facts(),
            notice=self.notice,
            version=__version__,
            command=command,
        )


def _filled(sections: Sequence[Section]) -> list[Section]:
    return [part for part in sections if part.text or part.tables or part.figures or part.interactive]
