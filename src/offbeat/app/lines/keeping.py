"""What a stream of lines can go on from after any stop: written now and then, and never ahead of what was written."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from offbeat.app.lines.scored import ScoredLines
from offbeat.app.lines.splitting import Place
from offbeat.detectors.online_state import ANEW, read_state, write_state
from offbeat.errors import ModelError, OutputError, failing_as

__all__ = ["Keeper", "Progress"]

_LINES, _SECONDS = 1000, 2.0
"""The state is written after so many lines or seconds, whichever comes first: so much comes again after a kill."""
_REST = 1.0
"""The state of thousands of keys takes long to write: for as long at least lines are scored before the next time."""


class Progress(NamedTuple):
    """How far a stream has come, beside what the detector and the lines remember."""

    place: Place = Place()
    """The lines of the input up to there are scored."""
    owed: tuple[str, ...] = ()
    """Scored lines that could not be written yet."""


class Keeper:
    """Keeps a stream in a file, and goes on without it while that cannot be written.

    Parameters
    ----------
    path : Path
        The file; it need not be there.
    scored : ScoredLines
        What is kept.
    report : callable
        Gets a line when the file cannot be written, and when it can again.
    """

    def __init__(self, path: Path, scored: ScoredLines, report: Callable[[str], None]) -> None:
        self.path, self.scored, self.report = path, scored, report
        self.failed: OutputError | None = None
        self._n_lines, self._time, self._rest = 0, time.monotonic(), 0.0

    def load(self) -> Progress:
        """Let the stream go on from the file, where there is one.

        Raises
        ------
        ModelError
            If it is damaged, or belongs to another model.
        """
        if not self.path.exists():
            return Progress()
        streams = self.scored.streams
        arrays = read_state(self.path, streams.fingerprint())
        with failing_as(ModelError, f"the state in {self.path} is damaged", ANEW):
            saved = json.loads(arrays.pop("lines", np.empty(0, np.uint8)).tobytes() or b"{}")
            if not saved:
                # The detector was kept alone, in Python.
                self.scored.online.restore(arrays)
                return Progress()
            n_bytes, n_lines, checksum = (abs(int(number)) for number in saved["place"])
            progress = Progress(Place(n_bytes, n_lines, checksum), tuple(map(str, saved["owed"])))
            self.scored.restore(saved["lines"], arrays)
        return progress

    def save(self, progress: Progress) -> None:
        """Write the file; a failure is reported once, and the next call tries again."""
        state = {"place": progress.place, "owed": progress.owed, "lines": self.scored.state()}
        lines = np.frombuffer(json.dumps(state).encode(), dtype=np.uint8)
        streams, begun = self.scored.streams, time.monotonic()
        try:
            write_state(self.path, {**streams.arrays(), "lines": lines}, streams.fingerprint())
        except OutputError as error:
            if self.failed is None:
                self.report(f"{error}: going on, and trying again")
            self.failed = error
        else:
            if self.failed is not None:
                self.report(f"{self.path} is written again")
            self.failed = None
        self._n_lines, self._time = progress.place.n_lines, time.monotonic()
        self._rest = _REST * (self._time - begun)

    def is_due(self, place: Place) -> bool:
        """Whether enough was done since the file was written last."""
        since = place.n_lines - self._n_lines
        waited = time.monotonic() - self._time
        return waited >= self._rest and (since >= _LINES or (since > 0 and waited >= _SECONDS))
