"""Beats as a person has named them: those of an annotation file, with all that is computed from them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.ecg.beats import Beats
from offbeat.ecg.classified import ClassifiedRecord
from offbeat.ecg.features.traits import Traits
from offbeat.ecg.fibrillation import fibrillation_probability
from offbeat.ecg.readability import UNREADABLE
from offbeat.errors import DataError
from offbeat.records import Annotations, BeatRemark, Record
from offbeat.records.aami import AAMI, CLASSES
from offbeat.records.annotations import beats as only_beats
from offbeat.records.beat_remarks import beat_remark
from offbeat.series.arrays import FloatArray

__all__ = ["at_rate_read", "beats_of", "name_as_annotated"]

_PLAIN = BeatRemark()
_SHARE_READABLE = 0.5  # of the beats that must look like beats: of those of another record none does


def at_rate_read(annotations: Annotations, record: str, file_rate: float, sampling_rate: float) -> Annotations:
    """Return annotations in the samples that a record is read in, which may be resampled.

    Parameters
    ----------
    annotations : Annotations
        In samples of the file of the record.
    record : str
        Its name.
    file_rate, sampling_rate : float
        Of its file, and of its samples as they are read (Hz).

    Raises
    ------
    DataError
        If their sampling rate is that of another record.
    """
    rate = annotations.sampling_rate or file_rate
    if abs(rate - file_rate) > 1e-3 * rate:
        raise DataError(
            f"expected annotations of {record} ({file_rate:g} Hz), got some at {rate:g} Hz: they belong to another "
            "record"
        )
    there = replace(annotations, sampling_rate=file_rate)
    return there if file_rate == sampling_rate else there.at_rate(sampling_rate)


def beats_of(annotations: Annotations, record: Record) -> Annotations:
    """Return the beats among the annotations of a record, in its samples as they are read, one at a place.

    Raises
    ------
    DataError
        If there are none, or they are of another record.
    """
    there = at_rate_read(annotations.of(record), record.name, record.file_rate, record.sampling_rate)
    beats = only_beats(there)
    if not len(beats):
        raise DataError(f"expected annotated beats of {record.name}, got none: give a file with some")
    if beats.samples[-1] >= record.n_times:
        raise DataError(
            f"expected beats within the {record.duration:.0f} s of {record.name}, got one at "
            f"{beats.samples[-1] / record.sampling_rate:.0f} s: they belong to another record"
        )
    return beats.where(np.unique(beats.samples, return_index=True)[1])


def name_as_annotated(
    beats: Beats, annotations: Annotations, probabilities: npt.NDArray[np.float64], traits: Traits
) -> ClassifiedRecord:
    """Return a record with the classes that annotations give its beats.

    A beat that a person has reviewed is neither doubtful nor unsure; one that a program left without a class has none.

    Parameters
    ----------
    beats : Beats
        See :func:`~offbeat.ecg.beats.find_beats`, which was given their places.
    annotations : Annotations
        Of each of them, see :func:`beats_of`.
    probabilities : array of shape (n_beats, 5)
        Of each class, by a classifier.
    traits : Traits
        Of the same beats.

    Raises
    ------
    DataError
        If there are no beats in the signal where the annotations have them.
    """
    readable = int((beats.quality.max(axis=1) > UNREADABLE).sum())
    if readable < _SHARE_READABLE * len(beats):
        raise DataError(
            f"expected annotations of {beats.name}, but only {readable} of {len(beats)} lie where its signal shows a "
            "beat: they belong to another record, or its beats cannot be read"
        )
    remarks = [beat_remark(aux) for aux in annotations.aux.tolist()]
    reviewed = np.array([remark.reviewed for remark in remarks])
    unnamed = [
        symbol == "Q" and not remark.reviewed and remark != replace(_PLAIN, other=remark.other)
        for symbol, remark in zip(annotations.symbols.tolist(), remarks, strict=True)
    ]
    named = np.array([AAMI[symbol] for symbol in annotations.symbols.tolist()])
    own: FloatArray = probabilities[np.arange(len(beats)), [CLASSES.index(name) for name in named]]
    doubtful = (beats.doubtful | [remark.doubtful for remark in remarks]) & ~reviewed
    beats = replace(beats, doubtful=doubtful)
    before, after = beats.rr()
    columns: dict[str, Any] = {
        "sample": beats.samples,
        "time_s": beats.samples / beats.sampling_rate,
        "class": np.where(unnamed, "", named),
        "symbol": annotations.symbols,
        "confidence": np.where(reviewed, 1.0, np.where(unnamed, probabilities.max(axis=1), own)),
        **{f"p_{name}": probabilities[:, i] for i, name in enumerate(CLASSES)},
        "rr_pre_s": before,
        "rr_post_s": after,
        "quality": beats.quality.max(axis=1),
        "doubtful": doubtful,
        "fibrillation": fibrillation_probability(traits, named == "V"),
        "remark": annotations.aux,
    }
    return ClassifiedRecord(beats, pd.DataFrame(columns))
