"""What the remark on a beat says: how sure its code is, and whether a person has reviewed it.

Remarks (``aux``) hold words with commas between them. A program writes ``doubtful`` and ``confidence 0.62``; a review
adds ``reviewed``, with ``was V`` where it changed the code, and ``added`` where there was no beat before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np

from offbeat.records.aami import AAMI
from offbeat.records.annotations import Annotations

__all__ = ["NO_BEAT", "SURE", "BeatRemark", "beat_remark", "reviewed_beats"]

NO_BEAT = "|"
"""The annotation code of an artefact that looks like a beat: what a review says of a false detection."""
SURE = 0.9
"""The confidence from which a remark does not name it."""

_DOUBTFUL, _REVIEWED, _ADDED, _CONFIDENCE, _WAS = "doubtful", "reviewed", "added", "confidence ", "was "
_LONGEST = 180  # characters of another program's remark that are kept beside ours, of 255 in all


@dataclass(frozen=True)
class BeatRemark:
    """The remark on a beat; ``str`` gives its text.

    Parameters
    ----------
    doubtful : bool
        Whether the program that found the beat doubts it.
    confidence : float
        Of its class, 0 to 1; NaN where the remark does not say it.
    reviewed : bool
        Whether a person has looked at the beat, and its code is what the person says.
    was : str
        The code before the review changed it; empty where it did not.
    added : bool
        Whether there was no beat before the review.
    other : str
        What another program has written.

    Examples
    --------
    >>> str(BeatRemark(doubtful=True, confidence=0.616, reviewed=True, was="V"))
    'doubtful, confidence 0.62, reviewed, was V'
    >>> BeatRemark.of("reviewed, was V").was
    'V'
    """

    doubtful: bool = False
    confidence: float = math.nan
    reviewed: bool = False
    was: str = ""
    added: bool = False
    other: str = ""

    def __str__(self) -> str:
        parts = [
            self.other[:_LONGEST],
            _DOUBTFUL * self.doubtful,
            "" if math.isnan(self.confidence) else f"{_CONFIDENCE}{self.confidence:.2f}",
            _REVIEWED * self.reviewed,
            f"{_WAS}{self.was}" * bool(self.was),
            _ADDED * self.added,
        ]
        return ", ".join(filter(None, parts))

    @classmethod
    def of(cls, aux: str) -> Self:
        """Return what a remark says; words that are not ours are kept as ``other``."""
        fields: dict[str, Any] = {}
        other = []
        for part in aux.split(", ") if aux else []:
            known = _known(part)
            fields |= known
            other += [part] * (not known)
        return cls(**fields, other=", ".join(other))


def _known(part: str) -> dict[str, Any]:
    """Return the field that one part of a remark sets; nothing where it is another program's."""
    if part in (_DOUBTFUL, _REVIEWED, _ADDED):
        return {part: True}
    if part.startswith(_WAS) and len(part) == len(_WAS) + 1:
        return {"was": part[-1]}
    share = part.removeprefix(_CONFIDENCE)
    if share != part and share.replace(".", "", 1).isdecimal() and float(share) <= 1:
        return {"confidence": float(share)}
    return {}


@lru_cache(maxsize=4096)
def _parsed(aux: str) -> BeatRemark:
    return BeatRemark.of(aux)


def beat_remark(aux: str) -> BeatRemark:
    """Return what a remark says, see :meth:`BeatRemark.of`; remarks recur, and are read once."""
    return _parsed(str(aux))


def reviewed_beats(annotations: Annotations) -> Annotations:
    """Return the annotations that a person has reviewed: beats, and false detections (``|``).

    Parameters
    ----------
    annotations : Annotations
        As ``offbeat review`` writes them.

    Examples
    --------
    >>> reviewed_beats(Annotations([77, 370], ["N", "V"], aux=["", "reviewed, was N"])).symbols.tolist()
    ['V']
    """
    is_beat = np.isin(annotations.symbols, [*AAMI, NO_BEAT])
    marked = np.array([beat_remark(aux).reviewed for aux in annotations.aux], dtype=bool)
    return annotations.where(is_beat & marked)
