"""What is compared: detectors, and random scores."""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from zlib import crc32

import numpy as np
from sklearn.base import clone

from offbeat.bench.suites.cases import Case, Part, Scored
from offbeat.bench.suites.sources import source_of
from offbeat.detectors.base import Detector
from offbeat.series.periods import suggest_window
from offbeat.series.recording import Recording
from offbeat.version import __version__

__all__ = ["Contender", "DetectorContender", "RandomScores"]


class Contender(ABC):
    """Something that scores cases.

    Attributes
    ----------
    name : str
        What tables call it.
    """

    name: str

    @property
    @abstractmethod
    def key(self) -> str:
        """Changes with whatever determines the scores, beside the data."""

    @property
    def is_baseline(self) -> bool:
        """Whether it is there only for others to be compared with."""
        return False

    @abstractmethod
    def reads(self, case: Case) -> bool:
        """Whether it can read the data of a case."""

    @abstractmethod
    def run(self, case: Case, part: Part, *, live: bool, events: bool) -> Scored:
        """Fit on the part to learn from, and score the data.

        Parameters
        ----------
        case : Case
            Which case.
        part : Part
            What it holds.
        live : bool
            Whether a score must not wait for later time steps.
        events : bool
            Whether events are needed.
        """


@dataclass(frozen=True, eq=False)
class RandomScores(Contender):
    """Scores drawn at random, the same for each case: what a figure is worth."""

    name: str = "random"

    @property
    def key(self) -> str:
        """The way in which they are drawn never changes."""
        return "1"

    @property
    def is_baseline(self) -> bool:
        """It always is."""
        return True

    def reads(self, case: Case) -> bool:
        """Whether it can read the data of a case: any."""
        return True

    def run(self, case: Case, part: Part, *, live: bool, events: bool) -> Scored:
        """Draw scores, with the name of the case as the seed."""
        drawn = np.random.default_rng(crc32(f"{case.suite}/{case.name}".encode())).random(len(part.labels))
        return Scored(drawn, None, None, 1, 0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class DetectorContender(Contender):
    """A detector, fitted anew for each case with one and the same configuration.

    Parameters
    ----------
    name : str
        What tables call it.
    template : Detector
        Unfitted.
    given : sequence of str
        Settings that the user chose, and that are left as they are.
    beside : bool
        Whether it is there only for others to be compared with.
    """

    name: str
    template: Detector
    given: Sequence[str] = ()
    beside: bool = False

    @property
    def key(self) -> str:
        """A digest of all settings, of the version, and of the source of classes of one's own."""
        settings = sorted(self.template.get_params(deep=True).items())
        text = f"{__version__} {type(self.template).__qualname__} {settings!r} {sorted(self.given)}"
        if source := source_of(self.template):
            text += f" {source}"
        # The address of an object says nothing of what it is.
        return blake2b(re.sub(r" at 0x[0-9a-f]+", "", text).encode(), digest_size=6).hexdigest()

    @property
    def is_baseline(self) -> bool:
        """Whether it is there only for others to be compared with."""
        return self.beside

    def reads(self, case: Case) -> bool:
        """Whether its class reads such data."""
        return case.reads in self.template.reads

    def run(self, case: Case, part: Part, *, live: bool, events: bool) -> Scored:
        """Fit a copy without labels, and score the data."""
        detector = clone(self.template).set_params(**self._fitting(part))
        begun = time.perf_counter()
        detector.fit(part.learn, validation=part.validation)
        detector = detector.live() if live else detector
        fitted = time.perf_counter()
        scores = np.asarray(detector.decision_function(part.data), dtype=np.float64)
        scored = time.perf_counter()
        flags = np.asarray(detector.threshold_.predict(scores), dtype=bool)
        flags[: part.start] = False
        found = None
        if events and isinstance(part.data, Recording):
            found = detector.detect(part.data, start=part.start, scores=scores)
        window = int(detector.n_times_) if isinstance(part.data, Recording) else 1
        ahead = int(detector.scorer_.stage().delay)
        return Scored(scores, flags, found, window, ahead, fitted - begun, scored - fitted)

    def _fitting(self, part: Part) -> dict[str, Any]:
        """Return the settings that follow from the kind of data: the window."""
        reads, window = type(self.template).reads, self.template.window
        if not isinstance(part.learn, Recording):
            return {"window": None} if window is not None and "collections" in reads else {}
        chosen: dict[str, Any] = {}
        if window is None and "window" not in self.given:
            chosen["window"] = suggest_window(part.learn)
        return chosen
