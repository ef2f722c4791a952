"""Which beats of a record are worth a look, and why: those that may be wrong, not those that are surest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from offbeat.app.review.beats import ReviewBeat
from offbeat.records.aami import AAMI, PACED, SHORT_NAMES
from offbeat.series.arrays import FloatArray

__all__ = ["MOST", "worth_a_look"]

MOST = 60
"""How many beats are worth a look at most."""

_APART = 5.0  # seconds between two of them: what lies nearer is on the same strip of paper
_UNSURE, _UNSURE_ECTOPIC = 0.7, 0.9  # confidence below which a class is unsure; ectopic beats matter more
_ALONE = 60.0  # seconds around an ectopic beat without another of its class
_RUN = 3  # beats of a class in a row that make a run
_SHORT, _PAUSE = 0.3, 2.0  # seconds: an interval below is likely a beat found twice, above one may be missed

Reasons = dict[int, str]


def worth_a_look(beats: Sequence[ReviewBeat], sampling_rate: float, most: int = MOST) -> list[tuple[int, str]]:
    """Return the positions of the beats to look at first, each with the reason, in order of time.

    It goes by what the beats were before the review, so that the list stays the same while it is worked through.
    Kinds of reasons take turns, the most severe of each first, and no two beats are within five seconds.

    Parameters
    ----------
    beats : sequence of ReviewBeat
        In order of time.
    sampling_rate : float
        Of their samples (Hz).
    most : int
        How many to return at most.

    Examples
    --------
    >>> rhythm = [ReviewBeat(250 * second, "V" if second == 40 else "N") for second in range(90)]
    >>> worth_a_look(rhythm, 250.0)
    [(40, 'the only ventricular beat within a minute')]
    """
    known = [position for position, beat in enumerate(beats) if beat.original]
    times = np.array([beats[position].sample for position in known]) / sampling_rate
    found = [beats[position] for position in known]
    classes = [AAMI.get(beat.original, "") for beat in found]
    kinds = [_doubtful(found), _unsure(found, classes), _runs(classes), _alone(classes, times), _intervals(times)]
    chosen: Reasons = {}
    queues = [iter(kind.items()) for kind in kinds]
    while queues and len(chosen) < most:
        queues = [queue for queue in queues if _take(queue, times, chosen, most)]
    return [(known[position], chosen[position]) for position in sorted(chosen)]


def _take(queue: Iterator[tuple[int, str]], times: FloatArray, chosen: Reasons, most: int) -> bool:
    """Add the next beat of a queue that is far enough from those chosen; return whether there was one."""
    if len(chosen) >= most:
        return False
    for position, reason in queue:
        if all(abs(times[position] - times[other]) >= _APART for other in chosen):
            chosen[position] = reason
            return True
    return False


def _doubtful(beats: Sequence[ReviewBeat]) -> Reasons:
    found = {
        position: "doubtful: a poor signal, or like no other beat"
        for position, beat in enumerate(beats)
        if beat.remark.doubtful
    }
    unclear = {
        position: "no class"
        for position, beat in enumerate(beats)
        if AAMI.get(beat.original) == "Q" and beat.original != PACED and position not in found
    }
    return _spread(found | unclear)


def _unsure(beats: Sequence[ReviewBeat], classes: Sequence[str]) -> Reasons:
    limits = {position: _UNSURE if name == "N" else _UNSURE_ECTOPIC for position, name in enumerate(classes)}
    unsure = [position for position, beat in enumerate(beats) if beat.remark.confidence < limits[position]]
    unsure.sort(key=lambda position: beats[position].remark.confidence)
    return dict.fromkeys(unsure, "unsure of its class")


def _runs(classes: Sequence[str]) -> Reasons:
    """Return the first beat of each run of ectopic beats, the longest run first."""
    runs, position = [], 0
    for name, group in groupby(classes):
        length = len(list(group))
        if name in ("V", "S") and length >= _RUN:
            runs.append((length, position, name))
        position += length
    runs.sort(key=lambda run: -run[0])
    return {position: f"first of {length} {SHORT_NAMES[name]} beats in a row" for length, position, name in runs}


def _alone(classes: Sequence[str], times: FloatArray) -> Reasons:
    """Return the ectopic beats without another of their class near, ventricular ones first."""
    found: Reasons = {}
    for name in "VFS":
        own = np.flatnonzero(np.array(classes, dtype=str) == name)
        gaps = np.diff(times[own], prepend=-math.inf, append=math.inf)
        alone = own[np.minimum(gaps[:-1], gaps[1:]) > _ALONE]
        found |= _spread({int(each): f"the only {SHORT_NAMES[name]} beat within a minute" for each in alone})
    return found


def _intervals(times: FloatArray) -> Reasons:
    """Return the beats after very long and very short intervals, the longest first."""
    intervals = np.diff(times)
    order = np.argsort(-np.where(intervals > _PAUSE, intervals, 0.0), kind="stable")
    odd = [int(place) for place in order if intervals[place] > _PAUSE or intervals[place] < _SHORT]
    return {
        place + 1: f"{intervals[place]:.2f} s after the one before: "
        + ("is one missed?" if intervals[place] > _PAUSE else "found twice?")
        for place in odd
    }


def _spread(found: Reasons) -> Reasons:
    """Return beats of one severity so that the first few come from all parts of the record."""
    positions = list(found)
    order = sorted(range(len(positions)), key=lambda rank: (_turn(rank), rank))
    return {positions[rank]: found[positions[rank]] for rank in order}


def _turn(rank: int) -> float:
    """Return the bits of a rank in reverse: 0, 1/2, 1/4, 3/4, 1/8 … (van der Corput)."""
    return int(f"{rank:032b}"[::-1], 2) / 2**32 if rank else 0.0
