"""One labelled series of a suite: what detectors learn from, what they score, and which of it is anomalous."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError
from offbeat.events import Event
from offbeat.series.recording import Collection, Recording

__all__ = ["Case", "Part", "Scored", "digest_of", "part_of_leading"]


@dataclass(frozen=True, eq=False)
class Part:
    """What a case holds once it is loaded.

    Parameters
    ----------
    learn : Collection or Recording
        What detectors are fitted on, without labels.
    data : Collection or Recording
        What they score.
    labels : array of int, shape (n,)
        1 for each time step or series of ``data`` that is anomalous, else 0.
    start : int
        First time step of ``data`` that is evaluated.
    validation : Collection, optional
        Normal series that set the threshold; a part of ``learn`` where None.
    """

    learn: Collection | Recording
    data: Collection | Recording
    labels: npt.NDArray[np.int64]
    start: int = 0
    validation: Collection | None = None


@dataclass(frozen=True)
class Case:
    """A labelled series, or a labelled collection of short ones.

    Parameters
    ----------
    suite, name : str
        The suite that it belongs to, and what it is called there.
    load : callable
        Returns its :class:`Part`; it is called in the process that runs the case.
    digest : str
        Changes with the data, so that results on other data are not taken for these.
    reads : {"recordings", "collections"}
        What it holds, by the word for what a detector reads.
    domain : str
        What it is about, see :class:`offbeat.Collection`.
    """

    suite: str
    name: str
    load: Callable[[], Part]
    digest: str
    reads: str = "recordings"
    domain: str = ""


@dataclass(frozen=True, eq=False)
class Scored:
    """What one contender made of one case.

    Parameters
    ----------
    scores : array of shape (n,)
        One a time step or series; NaN where there is none.
    flags : array of bool, shape (n,), or None
        Which scores its own threshold flags; None for a contender without one.
    events : list of Event or None
        What it finds at that threshold; None where it was not asked for, or has no threshold.
    window : int
        Time steps of its window; 1 where it has none.
    look_ahead : int
        How many later time steps a score waits for.
    fit_seconds, score_seconds : float
        Time taken.
    """

    scores: npt.NDArray[np.float64]
    flags: npt.NDArray[np.bool_] | None
    events: list[Event] | None
    window: int
    look_ahead: int
    fit_seconds: float
    score_seconds: float


def part_of_leading(recording: Recording, train_end: int) -> Part:
    """Return the part that learns from the time steps before ``train_end`` and evaluates those from there on.

    Raises
    ------
    DataError
        If the recording has no labels.

    Examples
    --------
    >>> part = part_of_leading(Recording(np.zeros(10), labels=np.eye(10, dtype=int)[7]), 4)
    >>> len(part.learn), len(part.data), part.start, int(part.labels.sum())
    (4, 10, 4, 1)
    """
    if recording.labels is None:
        raise DataError(
            f"a benchmark needs labels, but {recording.name or 'the recording'} has none: name their column"
        )
    return Part(recording[:train_end], recording, np.asarray(recording.labels, dtype=np.int64), train_end)


def digest_of(*content: Path | npt.NDArray[np.generic] | str) -> str:
    """Return a digest of files, arrays and texts.

    Examples
    --------
    >>> digest_of("a") == digest_of("a"), digest_of("a") == digest_of("b")
    (True, False)
    """
    digest = blake2b(digest_size=8)
    for each in content:
        if isinstance(each, Path):
            digest.update(each.read_bytes())
        elif isinstance(each, str):
            digest.update(each.encode())
        else:
            digest.update(np.ascontiguousarray(each).tobytes())
    return digest.hexdigest()
