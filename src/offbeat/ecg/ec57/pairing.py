"""Pairs of beats: which beat of a test corresponds to which beat of the reference."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["NONE", "pair_beats"]

Samples = npt.NDArray[np.int64]

NONE = -1
"""The index in place of a missing partner."""


def pair_beats(reference: Samples, test: Samples, reach: int) -> tuple[Samples, Samples]:
    """Pair two rising lists of beats, in one walk along both.

    The earlier of the two beats that come next is paired with the later one if that is within reach, and unless a beat
    that follows the earlier one in its own list stands nearer to the later one. Otherwise it stays unpaired.

    Parameters
    ----------
    reference, test : array of int, shapes (n_reference,) and (n_test,)
        Positions of the beats (samples).
    reach : int
        The largest distance of a pair (samples).

    Returns
    -------
    reference_of, test_of : array of int, shape (n_rows,)
        The indices of both beats of each pair in their lists, :data:`NONE` in place of a missing partner; in order of
        time.

    References
    ----------
    ANSI/AAMI EC57, section on beat-by-beat comparison.

    Examples
    --------
    >>> reference_of, test_of = pair_beats(np.array([100, 200, 300]), np.array([101, 240, 290, 302]), 15)
    >>> reference_of.tolist(), test_of.tolist()
    ([0, 1, -1, -1, 2], [0, -1, 1, 2, 3])
    """
    expected, found = reference.tolist(), test.tolist()
    rows: list[tuple[int, int]] = []
    i = j = 0
    while i < len(expected) and j < len(found):
        test_first = found[j] < expected[i]
        own, place, later = (found, j, expected[i]) if test_first else (expected, i, found[j])
        distance = later - own[place]
        next_is_nearer = place + 1 < len(own) and abs(own[place + 1] - later) < distance
        paired = distance <= reach and not next_is_nearer
        rows.append((i if paired or not test_first else NONE, j if paired or test_first else NONE))
        i += paired or not test_first
        j += paired or test_first
    rows += [(place, NONE) for place in range(i, len(expected))]
    rows += [(NONE, place) for place in range(j, len(found))]
    both = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]
