"""Simulated rhythms: the times and classes of beats, for hearts that few records show.

Nearly all supraventricular beats of the training records are in a handful of them, in which they are rare. In other
hearts they come in runs, or are the majority of beats; and in atrial fibrillation beats come early without being
premature. Such rhythms are simulated here; :mod:`~offbeat.ecg.training.synthetic_records` puts the beats of real
records into them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from offbeat.series.arrays import FloatArray

__all__ = ["KINDS", "Rhythm", "draw_episode", "draw_rhythm"]

KINDS = {"isolated": 0.2, "frequent": 0.2, "runs": 0.35, "fibrillation": 0.2, "sinus": 0.05}
"""How often each kind is drawn: premature supraventricular beats that are rare and single, or frequent and single as in
bigeminy, or in runs, up to the majority of beats; atrial fibrillation, without premature beats; or sinus rhythm."""

_SHORTEST, _LONGEST = 0.28, 6.0  # seconds: no interval is beyond
_SINUS, _FIBRILLATION = (0.5, 1.6), (0.3, 2.5)  # likewise
_EARLIEST, _LATEST = 0.35, 0.97  # of the sinus interval, for what comes early
_INTERPOLATED = 0.65  # likewise: up to here a ventricular beat leaves time for the sinus beat that is due
_MOST_EPISODES = 3


@dataclass(frozen=True, eq=False)
class Rhythm:
    """The times and classes of beats.

    Parameters
    ----------
    intervals : array of shape (n_beats,)
        The time before each beat (s).
    classes : array of str, shape (n_beats,)
        N, S or V.
    fibrillation : array of bool, shape (n_beats,)
        Whether the atria fibrillate at that beat.
    """

    intervals: FloatArray
    classes: npt.NDArray[np.str_]
    fibrillation: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Ectopy:
    """The ectopy of a heart: intervals in units of its sinus interval, each as mean and standard deviation."""

    begins: float  # probability that a sinus beat is followed by a premature one
    run: float  # premature beats in a row, in the mean
    coupling: tuple[float, float]  # from a sinus beat to a premature one
    within: tuple[float, float]  # from one premature beat to the next
    pause: tuple[float, float]  # from a premature beat to a sinus beat
    ventricular: float  # probability that a sinus beat is followed by a ventricular one
    run_ventricular: float  # ventricular beats in a row, in the mean
    coupling_ventricular: tuple[float, float]
    interpolated: float  # share of early ventricular beats after which no pause comes

    @classmethod
    def draw(cls, rng: np.random.Generator, kind: str, ventricular: float) -> Self:
        begins = {
            "isolated": 10 ** rng.uniform(-2, -0.6),
            "frequent": rng.uniform(0.3, 0.9),
            "runs": 10 ** rng.uniform(-1.3, -0.05),
            "sinus": 0.0,
        }
        slow_to_recover = rng.random() < 0.35  # a sick sinus node
        return cls(
            begins=begins[kind],
            run=rng.uniform(2, 15) if kind == "runs" else 1.0,
            coupling=(rng.uniform(0.5, 0.88), rng.uniform(0.02, 0.1)),
            within=(rng.uniform(0.45, 0.92), rng.uniform(0.02, 0.08)),
            pause=(rng.uniform(1.2, 2.5), 0.25) if slow_to_recover else (rng.uniform(0.95, 1.25), 0.05),
            ventricular=rng.uniform(0, ventricular),
            run_ventricular=rng.uniform(1, 1 + 4 * ventricular) if rng.random() < 0.3 else 1.0,
            coupling_ventricular=(rng.uniform(0.45, 1.0), 0.05),  # late ones are hardly premature
            interpolated=rng.random() if rng.random() < 0.2 else 0.0,
        )


def draw_rhythm(rng: np.random.Generator, usual: float, *, n_beats: int = 700, ventricular: float = 0.04) -> Rhythm:
    """Draw a rhythm of one to three episodes of different kinds: rates change, and fibrillation starts and stops.

    Parameters
    ----------
    rng : Generator
        What to draw from.
    usual : float
        The usual RR interval of the heart (s); its sinus interval is drawn around that.
    n_beats : int
        How many beats.
    ventricular : float
        The share of sinus beats that are followed by a ventricular one, at most.
    """
    sinus = usual * rng.uniform(0.8, 1.5)
    edges = np.sort(rng.integers(0, n_beats + 1, rng.integers(0, _MOST_EPISODES)))
    lengths = np.diff([0, *edges, n_beats])
    episodes = [
        draw_episode(rng, sinus * rng.uniform(0.8, 1.25), int(length), ventricular=ventricular) for length in lengths
    ]
    return Rhythm(
        np.concatenate([episode.intervals for episode in episodes]),
        np.concatenate([episode.classes for episode in episodes]),
        np.concatenate([episode.fibrillation for episode in episodes]),
    )


def draw_episode(
    rng: np.random.Generator, sinus: float, n_beats: int, *, kind: str | None = None, ventricular: float = 0.04
) -> Rhythm:
    """Draw a stretch of one kind.

    Parameters
    ----------
    rng : Generator
        What to draw from.
    sinus : float
        The sinus interval (s).
    n_beats : int
        How many beats.
    kind : str, optional
        One of :data:`KINDS`; drawn where None.
    ventricular : float
        The share of sinus beats that are followed by a ventricular one, at most.

    References
    ----------
    A. Petrėnas et al., "Electrocardiogram modeling during paroxysmal atrial fibrillation", Physiological Measurement
    38, 2017, simulates rhythms for the same reason. The pause of the sinus node after a run of premature beats
    (overdrive suppression), longer in sick sinus syndrome, is textbook knowledge.

    Examples
    --------
    >>> runs = draw_episode(np.random.default_rng(0), 0.8, 500, kind="runs")
    >>> early = runs.classes == "S"
    >>> bool(np.median(runs.intervals[early]) < np.median(runs.intervals[runs.classes == "N"]))
    True
    """
    kind = kind or str(rng.choice(list(KINDS), p=list(KINDS.values())))
    sinus = float(np.clip(sinus, *_SINUS))
    if kind == "fibrillation":
        level, spread = sinus * rng.uniform(0.6, 1.1), rng.uniform(0.1, 0.4)
        intervals = np.clip(level * np.exp(rng.normal(0, spread, n_beats)), *_FIBRILLATION)
        share = rng.uniform(0, ventricular)
        return Rhythm(intervals, np.where(rng.random(n_beats) < share, "V", "N"), np.ones(n_beats, bool))
    classes, ratios = _beats(rng, _Ectopy.draw(rng, kind, ventricular), n_beats)
    intervals = np.clip(sinus * _variability(rng, n_beats) * ratios, _SHORTEST, _LONGEST)
    return Rhythm(intervals, classes, np.zeros(n_beats, bool))


def _beats(rng: np.random.Generator, heart: _Ectopy, n_beats: int) -> tuple[npt.NDArray[np.str_], FloatArray]:
    """Return the class of each beat, and the interval before it in units of the sinus interval."""
    classes, ratios, left = ["N"], [1.0], 0
    for _ in range(n_beats - 1):
        before = classes[-1]
        if left:
            left, beat = left - 1, before
            ratio = _early(rng, heart.within if beat == "S" else heart.coupling_ventricular)
        elif before == "N" and rng.random() < heart.begins:
            left, beat, ratio = _more(rng, heart.run), "S", _early(rng, heart.coupling)
        elif before == "N" and rng.random() < heart.ventricular:
            left, beat, ratio = _more(rng, heart.run_ventricular), "V", _early(rng, heart.coupling_ventricular)
        else:
            beat, ratio = "N", _until_sinus(rng, heart, classes, ratios)
        classes.append(beat)
        ratios.append(ratio)
    return np.array(classes[:n_beats], "<U1"), np.array(ratios[:n_beats])


def _more(rng: np.random.Generator, run: float) -> int:
    """Return how many beats of a run follow the first."""
    return int(rng.geometric(1 / run)) - 1


def _until_sinus(rng: np.random.Generator, heart: _Ectopy, classes: list[str], ratios: list[float]) -> float:
    """Return the interval before a sinus beat, by what came before."""
    if classes[-1] == "N":
        return 1.0
    if classes[-1] == "S":
        return max(0.8, rng.normal(*heart.pause))
    if classes[-2] == "V":
        return rng.uniform(1, 1.5)
    # The sinus node keeps its pace through a ventricular beat: the next beat is the one due, or the one after it.
    due = 1 if ratios[-1] < _INTERPOLATED and rng.random() < heart.interpolated else 2
    return due - ratios[-1]


def _early(rng: np.random.Generator, interval: tuple[float, float]) -> float:
    return float(np.clip(rng.normal(*interval), _EARLIEST, _LATEST))


def _variability(rng: np.random.Generator, n_beats: int) -> FloatArray:
    """Return factors around 1 that change slowly, with breathing, and from beat to beat."""
    drift = np.cumsum(rng.normal(size=n_beats))
    drift = (drift - drift.mean()) / (drift.std() + 1e-9) if n_beats else drift
    breath = np.sin(2 * np.pi * np.arange(n_beats) / rng.uniform(3, 6))
    noise = rng.normal(size=n_beats)
    parts = rng.uniform(0, 0.1) * drift, rng.uniform(0, 0.06) * breath, rng.uniform(0.01, 0.04) * noise
    return np.asarray(np.exp(np.sum(parts, axis=0)))
