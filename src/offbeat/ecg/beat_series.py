"""Beats as short series: for detectors, which learn a patient's normal beats and find the others.

The windows are in millivolts: a detector scales them by its training data. Relative to the usual beat of half an hour,
as classifiers read them, the same beats are ranked no better.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from offbeat.ecg.beats import Beats
from offbeat.ecg.ec57.pairing import NONE, pair_beats
from offbeat.ecg.features.shape import BEAT_RATE
from offbeat.records import Annotations
from offbeat.records.aami import CLASS_NAMES, beat_classes
from offbeat.series.collection import Collection

__all__ = ["NORMAL", "TIME", "UNNAMED", "beat_series", "name_beats_by"]

NORMAL = "N"
"""The class of normal beats."""
UNNAMED = "O"
"""The class of a beat without an annotation."""
TIME = "time_s"
"""The feature with the time of a beat: seconds since the beginning of the record."""

_FEATURES = ("sample", TIME, "rr_pre_s", "rr_post_s")
_REACH = 0.15  # seconds within which a detected beat and an annotated one are the same (EC57)
_DIGITS = 4  # of seconds: no record has more than 1000 samples in one


def beat_series(beats: Beats, classes: npt.ArrayLike | None = None, lead: int = 0) -> Collection:
    """Return beats as series of one lead.

    Parameters
    ----------
    beats : Beats
        As :func:`offbeat.ecg.beats.find_beats` gives them.
    classes : array of str, shape (n_beats,), optional
        The class of each.
    lead : int
        Which of the leads.

    Returns
    -------
    Collection
        (n_beats, 1, 114), in mV at 120 Hz, with the features ``sample``, ``time_s``, ``rr_pre_s`` and ``rr_post_s``.
        Detectors do not read features; tables show them.
    """
    times, (before, after) = beats.samples / beats.sampling_rate, beats.rr()
    return Collection(
        beats.windows[:, lead : lead + 1],
        labels=None if classes is None else np.asarray(classes, dtype=str),
        channels=(beats.leads[lead],),
        class_names={} if classes is None else {**CLASS_NAMES, UNNAMED: "not annotated"},
        sampling_rate=BEAT_RATE,
        groups=np.full(len(beats), beats.name),
        features=np.column_stack([beats.samples, *(np.round(part, _DIGITS) for part in (times, before, after))]),
        feature_names=_FEATURES,
        name=beats.name,
        domain="ecg",
    )


def name_beats_by(annotations: Annotations, beats: Beats) -> npt.NDArray[np.str_]:
    """Return the class of each detected beat by the annotations of its record.

    Parameters
    ----------
    annotations : Annotations
        Of the same record; other annotations than beats are ignored.
    beats : Beats
        As detected.

    Returns
    -------
    array of str, shape (n_beats,)
        N, S, V, F or Q by the annotation within 150 ms, each used for one beat; O where there is none.
    """
    named = beat_classes(annotations.symbols)
    rate = annotations.sampling_rate or beats.sampling_rate
    places = np.rint(annotations.samples[named != ""] * (beats.sampling_rate / rate)).astype(np.int64)
    of_annotation, of_beat = pair_beats(places, beats.samples, int(_REACH * beats.sampling_rate))
    both = (of_annotation != NONE) & (of_beat != NONE)
    classes = np.full(len(beats), UNNAMED)
    classes[of_beat[both]] = named[named != ""][of_annotation[both]]
    return classes
