"""The five classes of heartbeats, and which annotation code belongs to which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

__all__ = [
    "AAMI",
    "BEAT_CLASSES",
    "CLASSES",
    "CLASS_NAMES",
    "EC57",
    "PACED",
    "SHORT_NAMES",
    "BeatClass",
    "beat_classes",
]


@dataclass(frozen=True)
class BeatClass:
    """A class of heartbeats.

    Parameters
    ----------
    name : str
        Its full name.
    short : str
        One word, for legends and counts.
    codes : str
        The annotation codes of WFDB that belong to it.
    """

    name: str
    short: str
    codes: str


BEAT_CLASSES: Mapping[str, BeatClass] = MappingProxyType(
    {
        "N": BeatClass("normal", "normal", "NLRBejn"),
        "S": BeatClass("supraventricular ectopic", "supraventricular", "AaJS"),
        "V": BeatClass("ventricular ectopic", "ventricular", "VEr"),
        "F": BeatClass("fusion of ventricular and normal", "fusion", "F"),
        "Q": BeatClass("paced or not classifiable", "paced or unclassifiable", "/fQ?"),
    }
)
"""The five classes of the standard, in its order."""
CLASSES = tuple(BEAT_CLASSES)
CLASS_NAMES: Mapping[str, str] = MappingProxyType({letter: each.name for letter, each in BEAT_CLASSES.items()})
SHORT_NAMES: Mapping[str, str] = MappingProxyType({letter: each.short for letter, each in BEAT_CLASSES.items()})

PACED = "/"
"""The annotation code of a paced beat; its class is Q."""

_ESCAPES = "ejn"

AAMI: Mapping[str, str] = MappingProxyType(
    {code: letter for letter, each in BEAT_CLASSES.items() for code in each.codes}
)
"""The class of each annotation code, as classifiers are trained: supraventricular escape beats are N."""

EC57: Mapping[str, str] = MappingProxyType({**AAMI, **dict.fromkeys(_ESCAPES, "S")})
"""The class of each annotation code, as the standard counts them: supraventricular escape beats are S."""


def beat_classes(symbols: npt.ArrayLike, classes: Mapping[str, str] = AAMI) -> npt.NDArray[np.str_]:
    """Return the class of each annotation.

    Parameters
    ----------
    symbols : array of str, shape (n,)
        One-character codes of WFDB.
    classes : mapping
        The class of each code of a beat: :data:`AAMI`, which papers on the MIT-BIH database use (de Chazal 2004), or
        :data:`EC57`, which counts escape beats from above the ventricles (``e j n``) as S.

    Returns
    -------
    array of str, shape (n,)
        ``N``, ``S``, ``V``, ``F`` or ``Q``; empty where the annotation is no beat.

    References
    ----------
    ANSI/AAMI EC57, "Testing and reporting performance results of cardiac rhythm and ST segment measurement algorithms".
    P. de Chazal et al., "Automatic classification of heartbeats using ECG morphology and heartbeat interval features",
    IEEE Transactions on Biomedical Engineering 51(7), 2004.

    Examples
    --------
    >>> beat_classes(["+", "N", "L", "A", "V", "j"]).tolist()
    ['', 'N', 'N', 'S', 'V', 'N']
    >>> beat_classes(["j"], EC57).tolist()
    ['S']
    """
    codes, places = np.unique(np.asarray(symbols, dtype=str), return_inverse=True)
    found = np.array([classes.get(str(code), "") for code in codes], dtype="<U1")
    return found[places]
