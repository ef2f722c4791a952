"""Score a recording piece by piece, in any order, with the scores of the whole: for recordings larger than memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offbeat.detectors.base import Detector
from offbeat.detectors.scoring.views import Scores
from offbeat.detectors.unseen import held_out_of
from offbeat.errors import MissingValuesWarning, ParameterError, ignoring
from offbeat.series.recording import Recording

__all__ = ["Piece", "pieces_of", "score_piece"]


@dataclass(frozen=True)
class Piece:
    """A stretch of a recording that is scored on its own, and what has to be read for that.

    Parameters
    ----------
    number : int
        Its place among all pieces, from 0.
    start, stop : int
        The time steps that get a score.
    first, end : int
        The time steps to be read: the windows over the former reach so far.
    """

    number: int
    start: int
    stop: int
    first: int
    end: int

    def __len__(self) -> int:
        return self.stop - self.start


def pieces_of(detector: Detector, n_times: int, length: int) -> list[Piece]:
    """Return the pieces that a recording is scored in.

    Parameters
    ----------
    detector : Detector
        Fitted, with a window.
    n_times : int
        Time steps of the recording.
    length : int
        Time steps of a piece; the last one is shorter.

    Raises
    ------
    ParameterError
        If the detector reads collections, or its scores depend on all that came before them.

    Examples
    --------
    >>> from offbeat import PCADetector
    >>> detector = PCADetector(window=3).fit(np.sin(np.arange(200.0)))
    >>> pieces_of(detector, 10, length=6)
    [Piece(number=0, start=0, stop=6, first=0, end=8), Piece(number=1, start=6, stop=10, first=4, end=10)]
    """
    scorer = detector.scorer_
    if scorer.view.reads != "recordings":
        raise ParameterError(
            f"expected a detector with a window, got a {detector.name} fitted on a collection of short series, which "
            "does not score recordings"
        )
    if detector.is_adaptive:
        raise ParameterError(
            f"{detector.name} compares each time step with all that came before it, so that pieces cannot be scored "
            "apart: fit one without a memory (--set memory=0), or score the recording as a stream (offbeat watch)"
        )
    span, delay, max_gap = detector.n_times_, scorer.stage().delay, scorer.view.max_gap
    found = []
    for number, start in enumerate(range(0, n_times, length)):
        stop, first = min(start + length, n_times), max(0, start - span + 1 - max_gap)
        found.append(Piece(number, start, stop, first, min(max(stop + delay, first + span), n_times)))
    return found


def score_piece(detector: Detector, piece: Piece, values: Recording, learned: int | None = None) -> Scores:
    """Return the scores of a piece, ``(stop - start,)``: those that ``decision_function`` gives for the whole.

    Parameters
    ----------
    detector : Detector
        As for :func:`pieces_of`.
    piece : Piece
        Which.
    values : Recording
        The time steps from ``piece.first`` to before ``piece.end``.
    learned : int, optional
        Which of the stretches that the detector has learned from the recording begins with, see
        :func:`offbeat.detectors.unseen.begun`. Then scores of that part are those of models that had not seen it.
    """
    with ignoring(MissingValuesWarning):  # it would come once a piece
        found: Scores = detector.decision_function(values)
    scores = np.asarray(found[piece.start - piece.first : piece.stop - piece.first], dtype=np.float64)
    if learned is not None:
        unseen = held_out_of(detector, learned)[piece.start : piece.stop]
        scores[: len(unseen)] = np.where(np.isnan(unseen), scores[: len(unseen)], unseen)
    return scores
