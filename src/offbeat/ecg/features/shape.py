"""The shape of a beat: compared with the usual beat of its stretch, and the share of beats like it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offbeat.series.arrays import FloatArray

__all__ = ["BEAT_AFTER", "BEAT_BEFORE", "BEAT_RATE", "BEAT_TIMES", "SHAPE_NAMES", "Shapes", "beat_shapes"]

BEAT_RATE = 120.0
"""Samples per second of a beat's window (Hz)."""
BEAT_BEFORE, BEAT_AFTER = 0.4, 0.55
"""What a beat's window holds around its R peak (s)."""
BEAT_TIMES = 114
"""Time steps of a beat's window."""

_N_COMPARED = 400  # beats of a stretch that each is compared with
_TINY = 1e-6
_LAGS = range(-4, 5)  # time steps by which an R peak may be misplaced


def _part(start: float, stop: float) -> slice:
    """Return the time steps of a window from ``start`` to ``stop``, in seconds from the R peak."""
    return slice(*(round((edge + BEAT_BEFORE) * BEAT_RATE) for edge in (start, stop)))


_QRS, _P, _T, _BASE = _part(-0.1, 0.16), _part(-0.26, -0.08), _part(0.16, 0.45), _part(-0.1, -0.05)

SHAPE_NAMES = (
    "share like it (0.95)",
    "share like it (0.85)",
    "share with its P wave",
    "QRS correlation",
    "P correlation",
    "T correlation",
    "QRS correlation, best lag",
    "QRS difference",
    "P difference",
    "T difference",
    "log height",
    "log peak",
    "width at half",
    "width at quarter",
    "usual width",
    "width over usual",
    "width at quarter over usual",
    "slope",
    "slope / usual",
    "like the beat before",
    "like the beat after",
    "polarity",
    "area over usual",
)
"""The columns of the features that :func:`beat_shapes` returns."""


@dataclass(frozen=True, eq=False)
class Shapes:
    """The beats of a stretch, in units of the height of its usual beat.

    Parameters
    ----------
    values : array of shape (n_beats, 2, n_times)
        Each beat, and its difference from the usual beat.
    features : array of shape (n_beats, 23)
        The columns of ``SHAPE_NAMES``.
    """

    values: FloatArray
    features: FloatArray


def beat_shapes(windows: FloatArray) -> Shapes:
    """Compare each beat with the usual beat of its stretch, and with the others.

    The usual beat is the median of the beats that resemble most others.

    Parameters
    ----------
    windows : array of shape (n_beats, 114)
        Beats around their R peaks, at 120 Hz.
    """
    compared = windows[:: max(1, len(windows) // _N_COMPARED)][:_N_COMPARED]
    alike = _correlations(windows[:, _QRS], compared[:, _QRS])
    alike_p = _correlations(windows[:, _P], compared[:, _P])
    crowd = (_correlations(compared[:, _QRS], compared[:, _QRS]) > 0.95).mean(axis=1)
    dense = np.argsort(-crowd, kind="stable")[: max(10, len(compared) // 3)]
    usual = np.median(compared[dense], axis=0)
    height = float(np.ptp(usual[_QRS])) + _TINY
    rest = windows - usual
    correlations = [_correlations(windows[:, part], usual[None, part])[:, 0] for part in (_QRS, _P, _T)]
    differences = [np.abs(rest[:, part]).mean(axis=1) / height for part in (_QRS, _P, _T)]
    features = [
        (alike > 0.95).mean(axis=1),
        (alike > 0.85).mean(axis=1),
        (alike_p > 0.8).mean(axis=1),
        *correlations,
        _best_lag(windows, usual),
        *differences,
        *_sizes(windows, usual, height),
    ]
    values = np.stack([windows, rest], axis=1) / height
    return Shapes(values.astype(np.float32), np.column_stack(features))


def _correlations(left: FloatArray, right: FloatArray) -> FloatArray:
    """Return the correlation of each row with each row."""

    def unit(rows: FloatArray) -> FloatArray:
        centred = rows - rows.mean(axis=1, keepdims=True)
        return np.asarray(centred / (np.linalg.norm(centred, axis=1, keepdims=True) + _TINY))

    return np.asarray(unit(left) @ unit(right).T)


def _best_lag(windows: FloatArray, usual: FloatArray) -> FloatArray:
    shifted = (slice(_QRS.start + lag, _QRS.stop + lag) for lag in _LAGS)
    every = [_correlations(windows[:, part], usual[None, _QRS])[:, 0] for part in shifted]
    return np.asarray(np.max(every, axis=0))


def _sizes(windows: FloatArray, usual: FloatArray, height: float) -> list[FloatArray]:
    """Return height, width, slope, likeness to the neighbours, polarity and area of each QRS complex."""
    qrs, usual_qrs = _from_baseline(windows), _from_baseline(usual[None])
    tall = np.ptp(qrs, axis=1)
    peak, usual_peak = np.abs(qrs).max(axis=1), np.abs(usual_qrs).max()
    wide, wider = _width(qrs, 0.5), _width(qrs, 0.25)
    slope = np.abs(np.diff(qrs, axis=1)).max(axis=1) / (tall + _TINY)
    usual_slope = np.abs(np.diff(usual_qrs)).max() / height + _TINY
    likeness = _neighbours(qrs)
    sign = np.sign(qrs[np.arange(len(qrs)), np.abs(qrs).argmax(axis=1)])
    usual_sign = np.sign(usual_qrs[0, np.abs(usual_qrs).argmax()])
    return [
        _log(tall / height),
        _log(peak / (usual_peak + _TINY)),
        wide,
        wider,
        np.full(len(qrs), _width(usual_qrs, 0.5)[0]),
        wide - _width(usual_qrs, 0.5)[0],
        wider - _width(usual_qrs, 0.25)[0],
        slope,
        slope / usual_slope,
        np.append(1.0, likeness),
        np.append(likeness, 1.0),
        sign * usual_sign,
        usual_sign * (qrs.mean(axis=1) - usual_qrs.mean()) / height,
    ]


def _from_baseline(windows: FloatArray) -> FloatArray:
    return np.asarray(windows[:, _QRS] - np.median(windows[:, _BASE], axis=1, keepdims=True))


def _width(qrs: FloatArray, share: float) -> FloatArray:
    """Return for how long (s) a complex is higher than a share of its peak."""
    high = np.abs(qrs)
    return np.asarray((high > share * high.max(axis=1, keepdims=True)).sum(axis=1) / BEAT_RATE)


def _neighbours(qrs: FloatArray) -> FloatArray:
    """Return the correlation of each complex with the next."""
    centred = qrs - qrs.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(centred, axis=1) + _TINY
    return np.asarray((centred[:-1] * centred[1:]).sum(axis=1) / (norms[:-1] * norms[1:]))


def _log(ratio: FloatArray) -> FloatArray:
    return np.asarray(np.log(np.clip(ratio, 0.05, 20)))
