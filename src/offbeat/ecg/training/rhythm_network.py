"""Rhythms to learn from, as they are read: with the breath in them, beats that did not come through, and mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.ecg.features.rhythm_context import readable_rr, usual_rr
from offbeat.ecg.features.rhythm_log_odds import RHYTHM_CLASSES
from offbeat.ecg.training.simulated_rhythms import Rhythm, draw_rhythm
from offbeat.networks.rhythm import RhythmNetwork
from offbeat.series.arrays import FloatArray
from offbeat.training import TrainConfig
from offbeat.training.classification import UNKNOWN, NameSteps
from offbeat.training.loop import fit_network, seeded

__all__ = ["learned_rhythm_network", "simulated_intervals", "simulated_intervals_of_many"]

_USUAL = (0.5, 1.2)  # RR intervals of hearts (s)
_VENTRICULAR = 0.45  # of the sinus beats are followed by a ventricular one, at most
_RAREST = 3e-4  # the least share of anything that occurs at all
_DEEPEST = 0.25  # by which the breath changes intervals, at most: a natural logarithm
_PRECISE = 0.004  # seconds: standard deviation of where an R peak is found


def simulated_intervals_of_many(n: int, n_beats: int, seed: int) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return so many rhythms and what their beats are.

    Returns
    -------
    tuple of two arrays of shape (n, n_beats)
        RR intervals (s), and numbers of ``RHYTHM_CLASSES``, or ``UNKNOWN``.
    """
    rng = np.random.default_rng(seed)
    read = []
    for _ in range(n):
        ventricular = _share(rng, 0.6, _VENTRICULAR)
        read.append(
            simulated_intervals(draw_rhythm(rng, rng.uniform(*_USUAL), n_beats=n_beats, ventricular=ventricular), rng)
        )
    intervals = np.stack([intervals for intervals, _ in read])
    return readable_rr(intervals, usual_rr(intervals)).astype(np.float32), np.stack([codes for _, codes in read])


def simulated_intervals(rhythm: Rhythm, rng: np.random.Generator) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return a rhythm as a detector of R peaks would read it, and the number of the class of each beat.

    The breath moves the intervals, more in some than in others; some sinus beats do not come through; R peaks are found
    a little too early or late; some are missed, and some are found where none is.

    Parameters
    ----------
    rhythm : Rhythm
        As the heart has it.
    rng : Generator
        What to draw from.

    Returns
    -------
    tuple of two arrays of shape (n_beats,)
        RR intervals (s), and numbers of ``RHYTHM_CLASSES``; ``UNKNOWN`` for what is no beat.
    """
    n = len(rhythm.intervals)
    kinds = np.where(rhythm.fibrillation & (rhythm.classes == "N"), "fibrillation", rhythm.classes)
    codes = np.select([kinds == name for name in RHYTHM_CLASSES], range(len(RHYTHM_CLASSES)))
    intervals = rhythm.intervals * _unrest(rng, n)
    blocked = (rng.random(n) < _share(rng, 0.2, 0.3)) & (kinds == "N")  # or the node was silent
    intervals = intervals * np.where(blocked, rng.normal(rng.uniform(1.3, 2.1), 0.1, n), 1)
    return _read(np.cumsum(intervals), codes, rng)


def _read(
    times: FloatArray, codes: npt.NDArray[np.int64], rng: np.random.Generator
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return RR intervals and numbers as found: R peaks misplaced, missed, and imagined (T waves, or anything)."""
    n = len(times)
    seen = rng.random(n) >= _share(rng, 1, 0.03)
    behind = np.flatnonzero(rng.random(n) < _share(rng, 0.7, 0.03))
    extra = times[behind] + np.where(rng.random() < 0.5, rng.uniform(0.25, 0.35), rng.uniform(0.2, 0.6, len(behind)))
    found = np.concatenate([times[seen], extra])
    meant = np.concatenate([codes[seen], np.full(len(behind), UNKNOWN)])
    order = np.argsort(found)
    read = np.diff(found[order] + rng.normal(0, _PRECISE, len(found)), prepend=0)
    short = max(0, n - len(read))
    return np.pad(read, (0, short), mode="edge")[:n], np.pad(meant[order], (0, short), constant_values=UNKNOWN)[:n]


def _unrest(rng: np.random.Generator, n_beats: int) -> FloatArray:
    """Return factors around 1: intervals are longer while breathing out, and no two are quite alike."""
    pace = 2 * np.pi / rng.uniform(2.5, 9) * np.exp(rng.normal(0, rng.uniform(0, 0.3), n_beats))
    depth = _DEEPEST * rng.random() ** 2 * np.exp(rng.normal(0, rng.uniform(0, 0.5), n_beats))
    return np.asarray(np.exp(depth * np.sin(np.cumsum(pace)) + rng.normal(0, 0.06 * rng.random() ** 2, n_beats)))


def _share(rng: np.random.Generator, of_records: float, most: float) -> float:
    """Draw a share up to ``most``, on a logarithmic scale, for some of the records; 0 for the others."""
    return float(np.exp(rng.uniform(np.log(_RAREST), np.log(most)))) if rng.random() < of_records else 0.0


def learned_rhythm_network(
    *,
    n: int = 16_000,
    n_beats: int = 512,
    epochs: int = 6,
    seed: int = 0,
    threads: int = 1,
    progress: bool | None = None,
) -> tuple[RhythmNetwork, dict[str, list[Any]]]:
    """Return a network that has learned what beats are from drawn rhythms, and the history of its training.

    It has seen no record; how rhythms are drawn was compared with those of DS1.

    Parameters
    ----------
    n, n_beats : int
        Rhythms to learn from, and beats of each; a twentieth as many more are held out.
    epochs : int
        How often each is seen.
    seed : int
        Of everything that is drawn.
    threads : int
        That share each batch: two gain much on an idle machine and lose much on a busy one.
    progress : bool, optional
        Whether to show it; on a terminal where None.
    """
    (train, codes), held_out = (
        simulated_intervals_of_many(n, n_beats, seed),
        simulated_intervals_of_many(max(1, n // 20), n_beats, seed + 1),
    )
    config = TrainConfig(
        epochs=epochs,
        batch_size=32,
        learning_rate=4e-3,
        weight_decay=0.01,
        monitor="last",
        threads=threads,
        progress=progress,
    )
    with seeded(seed):
        network = RhythmNetwork(len(RHYTHM_CLASSES))
        history = fit_network(network, (train, codes), held_out, config, seed, task=NameSteps())
    return network.eval(), history
