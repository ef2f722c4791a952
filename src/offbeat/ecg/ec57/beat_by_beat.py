"""Compare two annotations of one record beat by beat, as ANSI/AAMI EC57 prescribes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from offbeat.ecg.ec57.comparison import COLUMNS, ROWS, BeatComparison
from offbeat.ecg.ec57.pairing import NONE, pair_beats
from offbeat.ecg.ec57.stretches import Samples, fibrillation, inside, spans, unreadable
from offbeat.errors import DataError, ParameterError
from offbeat.records.aami import EC57, beat_classes
from offbeat.records.annotations import Annotations

__all__ = ["compare_beats"]

_O, _X = ROWS.index("O"), ROWS.index("X")
_SHARP = 1e-6  # samples by which a product with the sampling rate may be off


def compare_beats(
    reference: Annotations,
    test: Annotations,
    *,
    sampling_rate: float | None = None,
    start: float = 300.0,
    stop: float | None = None,
    window: float = 0.15,
    record: str = "",
    classes: Mapping[str, str] = EC57,
) -> BeatComparison:
    """Compare the beats of a test with those of the reference.

    Unpaired beats of the test are not counted in ventricular flutter or fibrillation of the reference, and go into row
    X where the reference marks the signal as unreadable; those of the reference go into column x where the test was
    shut down. The RR error is taken at each row, paired or not, from the intervals that end at the current beats of
    both lists, so that a missed beat or a false detection weighs heavily; intervals over an unreadable stretch or
    fibrillation are left out.

    Parameters
    ----------
    reference : Annotations
        By experts.
    test : Annotations
        By a program, in samples of the same sampling rate.
    sampling_rate : float, optional
        Samples per second (Hz) of both, needed where neither states it.
    start, stop : float
        The part of the record to compare (seconds); the standard leaves out the first five minutes. None for its end.
    window : float
        The largest distance of two beats that count as the same (seconds).
    record : str
        The name of the record.
    classes : mapping
        The class of each annotation code. The standard (:data:`~offbeat.records.aami.EC57`) takes supraventricular
        escape beats for S; :data:`~offbeat.records.aami.AAMI`, by which classifiers learn, takes them for N.

    Returns
    -------
    BeatComparison
        The matrix and its figures, the same as those of the program ``bxb`` of WFDB.

    Raises
    ------
    DataError
        If the sampling rates differ, or none is known.
    ParameterError
        If the part or the window is out of range.

    References
    ----------
    ANSI/AAMI EC57, "Testing and reporting performance results of cardiac rhythm and ST segment measurement algorithms".

    Examples
    --------
    >>> experts = Annotations([100, 200, 300, 400], ["N", "N", "V", "N"], 100.0)
    >>> program = Annotations([101, 200, 302, 350], ["N", "N", "N", "N"], 100.0)
    >>> found = compare_beats(experts, program, start=0)
    >>> found.qrs_sensitivity, found.qrs_positive_predictivity, found.veb_sensitivity
    (0.75, 0.75, 0.0)
    """
    rate = _common_rate(reference, test, sampling_rate)
    first, after = _part(start, stop, rate)
    if not 0 <= window < np.inf:
        raise ParameterError(f"expected a match window of 0 seconds or more, got {window}: 0.15 is the standard")
    expected, found = _Beats(reference, classes, first, after), _Beats(test, classes, first, after)
    pairs = pair_beats(expected.samples, found.samples, int(window * rate + _SHARP))
    counted = ~_lone_in_flutter(pairs, found, reference)
    differences = _rr_differences(expected, found, pairs)[counted] / rate * 1000
    differences = differences[np.isfinite(differences)]
    end = min(after, max([0, *reference.samples[-1:], *test.samples[-1:]]))
    return BeatComparison(
        record,
        _matrix(expected, found, (pairs[0][counted], pairs[1][counted])),
        float(np.sqrt(np.mean(differences**2))) if len(differences) else np.nan,
        len(differences),
        float(np.clip(unreadable(test), first, max(first, end)).dot([-1, 1]).sum() / rate),
    )


class _Beats:
    """The beats of the part that is compared, and the length of the interval before each."""

    def __init__(self, annotations: Annotations, classes: Mapping[str, str], first: int, after: int) -> None:
        named = beat_classes(annotations.symbols, classes)
        everywhere = annotations.samples[named != ""]
        chosen = (everywhere >= first) & (everywhere < after)
        self.samples: Samples = everywhere[chosen]
        self.rows = np.array([ROWS.index(name) for name in named[named != ""][chosen]], dtype=np.int64)
        self.unreadable = unreadable(annotations)
        self.intervals = _intervals(everywhere, self.unreadable, fibrillation(annotations))[chosen]


def _lone_in_flutter(pairs: tuple[Samples, Samples], found: _Beats, reference: Annotations) -> npt.NDArray[np.bool_]:
    """Return which rows are a beat of the test alone, in ventricular flutter or fibrillation of the reference."""
    lone = pairs[0] == NONE
    lone[lone] = inside(found.samples[pairs[1][lone]], fibrillation(reference))
    return np.asarray(lone)


def _intervals(samples: Samples, *broken_by: Samples) -> npt.NDArray[np.float64]:
    """Return the samples since the beat before; NaN for the first beat, and where a stretch lies in between."""
    before = samples[:-1]
    intervals = np.diff(samples).astype(float)
    for stretches in broken_by:
        intervals[spans(before, samples[1:], stretches)] = np.nan
    return np.concatenate([np.full(min(1, len(samples)), np.nan), intervals])


def _rr_differences(expected: _Beats, found: _Beats, pairs: tuple[Samples, Samples]) -> npt.NDArray[np.float64]:
    """Return the difference of the two intervals at each row (samples); NaN once one of the lists is exhausted."""
    at = [_current(places, beats.intervals) for places, beats in zip(pairs, (expected, found), strict=True)]
    return at[0] - at[1]


def _current(places: Samples, intervals: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return at each row the interval of the beat of the row, or else of the next one of the list."""
    own = places != NONE
    next_one = np.cumsum(own) - own
    return np.asarray(np.append(intervals, np.nan)[next_one])


def _matrix(expected: _Beats, found: _Beats, pairs: tuple[Samples, Samples]) -> npt.NDArray[np.int64]:
    """Return how many rows of the comparison have which two classes."""
    rows, columns = (_classes_of(places, beats) for places, beats in zip(pairs, (expected, found), strict=True))
    for lone, there, other in ((rows, pairs[1], (found, expected)), (columns, pairs[0], (expected, found))):
        places = np.flatnonzero(lone == _O)
        lone[places[inside(other[0].samples[there[places]], other[1].unreadable)]] = _X
    matrix = np.zeros((len(ROWS), len(COLUMNS)), dtype=np.int64)
    np.add.at(matrix, (rows, columns), 1)
    return matrix


def _classes_of(places: Samples, beats: _Beats) -> Samples:
    return np.append(beats.rows, _O)[places]  # NONE is the last one


def _common_rate(reference: Annotations, test: Annotations, given: float | None) -> float:
    stated = {"reference": reference.sampling_rate, "test": test.sampling_rate, "caller": given}
    known = {who: float(rate) for who, rate in stated.items() if rate is not None}
    if not known:
        raise DataError("neither the annotations nor the caller state the sampling rate: give sampling_rate (Hz)")
    if len(set(known.values())) > 1:
        rates = ", ".join(f"{rate:g} Hz ({who})" for who, rate in known.items())
        raise DataError(
            f"expected one sampling rate, because times are compared in samples, got {rates}:"
            " annotate the record at its own sampling rate, or multiply the samples"
        )
    rate = next(iter(known.values()))
    if not 0 < rate < np.inf:
        raise DataError(f"expected a sampling rate above 0 Hz, got {rate}")
    return rate


def _part(start: float, stop: float | None, rate: float) -> tuple[int, int]:
    """Return the first sample of the part, and the first one after it."""
    if not (0 <= start < np.inf and (stop is None or stop > start)):
        raise ParameterError(f"expected a part of the record (seconds), got start={start}, stop={stop}")
    first = int(np.ceil(start * rate - _SHARP))
    if stop is None or stop == np.inf:
        return first, np.iinfo(np.int64).max
    return first, int(np.ceil(stop * rate - _SHARP))
