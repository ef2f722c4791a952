"""Lines on standard input: CSV with a header, or a JSON object a line."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from offbeat.app.lines.splitting import Line, Lines
from offbeat.app.lines.values import BadLine
from offbeat.errors import DataError
from offbeat.service.points import Point, Push
from offbeat.service.sources.layout import Bad, ColumnSettings
from offbeat.service.sources.source import Source
from offbeat.service.sources.text_rows import TextRows

__all__ = ["Stdin", "StdinSettings"]

_PIECE = 2**16
_PATIENCE = 0.2


@dataclass(frozen=True, kw_only=True)
class StdinSettings(ColumnSettings):
    """Lines on standard input; all of them are new each time the service starts."""

    def open(self) -> Stdin:
        """Return the source."""
        return Stdin(self)


class Stdin(Source):
    """Reads a stream of bytes to its end.

    Parameters
    ----------
    settings : StdinSettings
        Which columns are what.
    number : int, optional
        The file to read, standard input by default.
    """

    def __init__(self, settings: StdinSettings, number: int | None = None) -> None:
        super().__init__(settings.name)
        self.bad = Bad(self.name, self.left_out)
        self._number = sys.stdin.fileno() if number is None else number
        self._rows = TextRows()
        self._layout = settings.layout()

    def pushes(self, position: str | None) -> Iterator[Push | None]:
        """Yield the points of what comes in, to its end."""
        lines = Lines()
        while True:
            piece = self._piece()
            if piece is None:
                yield None
                continue
            if points := [point for line in lines.push(piece) if (point := self._point(line)) is not None]:
                yield Push(points, self.name, str(lines.place.n_lines))
            if not piece:
                if lines.cut_off:
                    self.bad.add(BadLine("cut off", "expected a line feed at the end of the input, got half a line"))
                return

    def _piece(self) -> bytes | None:
        """Return what is there; nothing at the end, None where nothing comes."""
        if sys.platform != "win32" and not select.select([self._number], [], [], _PATIENCE)[0]:
            return None
        return os.read(self._number, _PIECE)

    def _point(self, line: Line) -> Point | None:
        try:
            if line.text is None:
                raise BadLine(line.kind, line.what)
            row = self._rows.read(line.text)
            return None if row is None else self._layout.point(row)
        except DataError as error:
            self.bad.add(error)
            return None
