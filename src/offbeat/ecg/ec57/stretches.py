"""Stretches of a record without countable beats: unreadable signal, and ventricular flutter or fibrillation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from offbeat.records.annotations import Annotations

__all__ = ["fibrillation", "inside", "spans", "unreadable"]

Stretches = npt.NDArray[np.int64]  # (n, 2): first sample, and the first one after
Samples = npt.NDArray[np.int64]

_QUALITY = "~"
_BOTH_UNREADABLE = 0x30  # of a subtype: a bit for each of two channels
_FOREVER = np.iinfo(np.int64).max


def unreadable(annotations: Annotations) -> Stretches:
    """Return where the signal is marked as unreadable, or an analysis as shut down: shape (n, 2), in samples.

    A stretch begins with a mark of the signal's quality (``~``) whose subtype marks both channels as unreadable
    (-1, for example), and ends with the next one of another subtype.

    Examples
    --------
    >>> unreadable(Annotations([50, 90, 400], ["~", "~", "N"], subtypes=[-1, 0, 0])).tolist()
    [[50, 90]]
    """
    marks = annotations.where(annotations.symbols == _QUALITY)
    return _between(marks.samples, (marks.subtypes & _BOTH_UNREADABLE) == _BOTH_UNREADABLE)


def fibrillation(annotations: Annotations) -> Stretches:
    """Return the ventricular flutter and fibrillation, from ``[`` to ``]``: shape (n, 2), in samples.

    Examples
    --------
    >>> fibrillation(Annotations([50, 60, 90], ["[", "!", "]"])).tolist()
    [[50, 90]]
    """
    marks = annotations.where(np.isin(annotations.symbols, ["[", "]"]))
    return _between(marks.samples, marks.symbols == "[")


def inside(samples: Samples, stretches: Stretches) -> npt.NDArray[np.bool_]:
    """Return whether each sample lies in a stretch."""
    return spans(samples, samples + 1, stretches)


def spans(first: Samples, after: Samples, stretches: Stretches) -> npt.NDArray[np.bool_]:
    """Return whether each interval has a part of a stretch in it."""
    # Stretches lie one after the other, so that an interval meets one if more have begun than have ended.
    begun = np.searchsorted(stretches[:, 0], after, side="left")
    ended = np.searchsorted(stretches[:, 1], first, side="right")
    return np.asarray(begun > ended)


def _between(samples: Samples, opens: npt.NDArray[np.bool_]) -> Stretches:
    """Return the stretches that the opening marks begin and the others end; the last one may stay open."""
    changes = np.flatnonzero(np.diff(opens.astype(np.int8), prepend=0))
    edges = samples[changes]
    if len(edges) % 2:
        edges = np.append(edges, _FOREVER)
    return edges.reshape(-1, 2)
