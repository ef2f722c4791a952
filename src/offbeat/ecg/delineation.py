"""Where P wave, QRS complex and T wave of each beat begin and end, and the intervals between them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.ecg.beats import Beats
from offbeat.ecg.classified import ClassifiedRecord
from offbeat.ecg.cleaning import clean_lead
from offbeat.ecg.neurokit import neurokit
from offbeat.errors import ignoring
from offbeat.records import Record
from offbeat.series.arrays import FloatArray

__all__ = ["INTERVALS", "WAVES", "delineate"]

WAVES = ("p_on", "p_peak", "p_off", "qrs_on", "qrs_off", "t_peak", "t_off")
"""The marks of a beat."""
INTERVALS = ("pr_ms", "qrs_ms", "qt_ms", "qtc_bazett_ms", "qtc_fridericia_ms")
"""The intervals of a beat, milliseconds."""

_OF_NEUROKIT = ("P_Onsets", "P_Peaks", "P_Offsets", "R_Onsets", "R_Offsets", "T_Peaks", "T_Offsets")
_QRS_ON, _QRS_OFF = WAVES.index("qrs_on"), WAVES.index("qrs_off")
_PIECE, _MARGIN = 600.0, 5.0  # seconds delineated at once, and more on both sides
_FEWEST = 3  # beats of a piece that the library needs
_P_CLASSES = ("N", "S")  # what has a P wave of its own
_QT = (0.2, 0.7)  # seconds: other QT intervals are errors of the delineation

Marks = FloatArray


def delineate(
    record: Record, classified: ClassifiedRecord, *, progress: Callable[[float], None] | None = None
) -> pd.DataFrame:
    """Return where the waves of each beat begin and end, and its PR, QRS, QT and corrected QT intervals.

    The marks are those of NeuroKit2 by peak prominence (Emrich et al. 2024) in each lead, at most two. P and T waves
    are read in the first lead; a QRS complex begins where the first of the leads shows it, and ends where the last
    does. QT is corrected by the interval before the beat (Bazett 1920, Fridericia 1920).

    Parameters
    ----------
    record : Record
        The record that was classified, with the same leads.
    classified : ClassifiedRecord
        Its beats.
    progress : callable, optional
        Called with the share done, from 0 to 1.

    Returns
    -------
    DataFrame
        One row a beat: the marks ``p_on`` … ``t_off`` in samples of the record and the intervals ``pr_ms``, ``qrs_ms``,
        ``qt_ms``, ``qtc_bazett_ms`` and ``qtc_fridericia_ms``. NaN where a wave was not found, for doubtful beats, for
        the P waves of beats that are not N or S and of those in atrial fibrillation, and for a QT interval that no
        heart has.

    Raises
    ------
    MissingExtraError
        If NeuroKit2 is not installed.

    Examples
    --------
    >>> from offbeat.ecg.classify import classify_record
    >>> flat = Record.from_array(np.zeros(5000), sampling_rate=250.0)
    >>> len(delineate(flat, classify_record(flat)))
    0

    References
    ----------
    J. Emrich et al., "Physiology-Informed ECG Delineation Based on Peak Prominence", EUSIPCO 2024.
    """
    beats = classified.beats
    marks = np.full((len(beats), len(WAVES)), np.nan)
    rate, step, margin = record.sampling_rate, int(_PIECE * record.sampling_rate), int(_MARGIN * record.sampling_rate)
    for start in range(0, record.n_times, step):
        stop = min(start + step, record.n_times)
        first, last = max(0, start - margin), min(stop + margin, record.n_times)
        near = slice(*np.searchsorted(beats.samples, (first + margin // 5, last - margin // 5)))
        found = _marks(record.read(first, last), beats.samples[near] - first, rate) + first
        mine = (beats.samples[near] >= start) & (beats.samples[near] < stop)
        marks[near][mine] = found[mine]
        if progress is not None:
            progress(stop / record.n_times)
    marks[classified.table["doubtful"].to_numpy(bool)] = np.nan
    marks[~_with_p_wave(classified.table), :_QRS_ON] = np.nan
    waves = pd.DataFrame(marks, columns=list(WAVES))
    return waves.assign(**_intervals(waves / rate, beats))


def _marks(values: FloatArray, peaks: npt.NDArray[np.int64], rate: float) -> Marks:
    """Return the marks of beats in a piece of a record, (n_beats, 7), in samples."""
    if len(peaks) < _FEWEST:
        return np.full((len(peaks), len(WAVES)), np.nan)
    leads: Marks = np.stack([_marks_in(lead, peaks, rate) for lead in values.T[:2]])
    marks: Marks = leads[0]
    marks[:, _QRS_ON] = np.fmin.reduce(leads[:, :, _QRS_ON])
    marks[:, _QRS_OFF] = np.fmax.reduce(leads[:, :, _QRS_OFF])
    return marks


def _marks_in(lead: FloatArray, peaks: npt.NDArray[np.int64], rate: float) -> Marks:
    library = neurokit()
    cleaned = library.ecg_clean(clean_lead(lead, rate), sampling_rate=rate)
    with ignoring(Warning):  # of waves that are none
        _, waves = library.ecg_delineate(cleaned, peaks, sampling_rate=rate, method="prominence")
    return np.column_stack([np.asarray(waves[f"ECG_{name}"], np.float64) for name in _OF_NEUROKIT])


def _with_p_wave(table: pd.DataFrame) -> npt.NDArray[np.bool_]:
    return np.asarray(table["class"].isin(_P_CLASSES) & ~(table["fibrillation"] > 0.5))


def _intervals(seconds: pd.DataFrame, beats: Beats) -> dict[str, npt.NDArray[np.float64]]:
    """Return the intervals in milliseconds by the marks in seconds."""
    before = beats.rr()[0]
    qt = (seconds["t_off"] - seconds["qrs_on"]).to_numpy()
    qt = np.where((qt >= _QT[0]) & (qt <= _QT[1]), qt, np.nan)
    found = {
        "pr_ms": (seconds["qrs_on"] - seconds["p_on"]).to_numpy(),
        "qrs_ms": (seconds["qrs_off"] - seconds["qrs_on"]).to_numpy(),
        "qt_ms": qt,
        "qtc_bazett_ms": qt / np.sqrt(before),
        "qtc_fridericia_ms": qt / np.cbrt(before),
    }
    return {name: 1000.0 * values for name, values in found.items()}
