"""Train the rhythm network on simulated rhythms, as a detector of R peaks reads them: breathing, blocks and errors."""

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

__all__ = ["simulated_batch", "simulated_intervals", "train_rhythm_network"]

_USUAL = (0.5, 1.2)  # RR intervals of hearts (s)
_VENTRICULAR = 0.45  # of the sinus beats are followed by a ventricular one, at most
_RAREST = 3e-4  # the smallest share of anything that occurs at all
_DEEPEST = 0.25  # the largest change of an interval by breathing: a natural logarithm
_PRECISE = 0.004  # seconds: standard deviation of where an R peak is found


def simulated_batch(n: int, n_beats: int, seed: int) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Simulate ``n`` rhythms as a detector of R peaks reads them, see :func:`simulated_intervals`.

    Parameters
    ----------
    n, n_beats : int
        Rhythms, and beats of each.
    seed : int
        Seed of everything drawn.

    Returns
    -------
    tuple of two arrays of shape (n, n_beats)
        RR intervals (s), and numbers of ``RHYTHM_CLASSES``, or ``UNKNOWN``.
    """
    rng = np.random.default_rng(seed)
    read = [simulated_intervals(_any_rhythm(rng, n_beats), rng) for _ in range(n)]
    intervals, codes = (np.stack(part) for part in zip(*read, strict=True))
    return readable_rr(intervals, usual_rr(intervals)).astype(np.float32), codes


def _any_rhythm(rng: np.random.Generator, n_beats: int) -> Rhythm:
    ventricular = _share(rng, 0.6, _VENTRICULAR)
    return draw_rhythm(rng, rng.uniform(*_USUAL), n_beats=n_beats, ventricular=ventricular)


def simulated_intervals(rhythm: Rhythm, rng: np.random.Generator) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return a rhythm as a detector of R peaks would read it, and the number of the class of each beat.

    Breathing modulates the intervals, more in some rhythms than in others; some sinus beats are blocked; R peaks are
    found a little too early or late; some are missed, and there are false detections.

    Parameters
    ----------
    rhythm : Rhythm
        The true rhythm of the heart.
    rng : Generator
        What to draw from.

    Returns
    -------
    tuple of two arrays of shape (n_beats,)
        RR intervals (s), and numbers of ``RHYTHM_CLASSES``; ``UNKNOWN`` for false detections.
    """
    n = len(rhythm.intervals)
    kinds = np.where(rhythm.fibrillation & (rhythm.classes == "N"), "fibrillation", rhythm.classes)
    codes = np.select([kinds == name for name in RHYTHM_CLASSES], range(len(RHYTHM_CLASSES)))
    intervals = rhythm.intervals * _modulation(rng, n)
    blocked = (rng.random(n) < _share(rng, 0.2, 0.3)) & (kinds == "N")  # or the sinus node paused
    intervals = intervals * np.where(blocked, rng.normal(rng.uniform(1.3, 2.1), 0.1, n), 1)
    return _read(np.cumsum(intervals), codes, rng)


def _read(
    times: FloatArray, codes: npt.NDArray[np.int64], rng: np.random.Generator
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Return RR intervals and numbers as found: with misplaced and missed R peaks, and false detections (T waves …)."""
    n = len(times)
    detected = rng.random(n) >= _share(rng, 1, 0.03)
    behind = np.flatnonzero(rng.random(n) < _share(rng, 0.7, 0.03))
    extra = times[behind] + np.where(rng.random() < 0.5, rng.uniform(0.25, 0.35), rng.uniform(0.2, 0.6, len(behind)))
    found = np.concatenate([times[detected], extra])
    meant = np.concatenate([codes[detected], np.full(len(behind), UNKNOWN)])
    order = np.argsort(found)
    read = np.diff(found[order] + rng.normal(0, _PRECISE, len(found)), prepend=0)
    short = max(0, n - len(read))
    return np.pad(read, (0, short), mode="edge")[:n], np.pad(meant[order], (0, short), constant_values=UNKNOWN)[:n]


def _modulation(rng: np.random.Generator, n_beats: int) -> FloatArray:
    """Return factors around 1: intervals lengthen on breathing out, and vary from beat to beat."""
    pace = 2 * np.pi / rng.uniform(2.5, 9) * np.exp(rng.normal(0, rng.uniform(0, 0.3), n_beats))
    depth = _DEEPEST * rng.random() ** 2 * np.exp(rng.normal(0, rng.uniform(0, 0.5), n_beats))
    return np.asarray(np.exp(depth * np.sin(np.cumsum(pace)) + rng.normal(0, 0.06 * rng.random() ** 2, n_beats)))


def _share(rng: np.random.Generator, of_records: float, most: float) -> float:
    """Draw a share up to ``most``, on a logarithmic scale, for some of the records; 0 for the others."""
    return float(np.exp(rng.uniform(np.log(_RAREST), np.log(most)))) if rng.random() < of_records else 0.0


def train_rhythm_network(
    *,
    n: int = 16_000,
    n_beats: int = 512,
    epochs: int = 6,
    seed: int = 0,
    threads: int = 1,
    progress: bool | None = None,
) -> tuple[RhythmNetwork, dict[str, list[Any]]]:
    """Train a network on simulated rhythms; return it and the history of its training.

    It learns from no record; how rhythms are simulated was compared with the records of DS1.

    Parameters
    ----------
    n, n_beats : int
        Rhythms to learn from, and beats of each; a twentieth as many more are held out.
    epochs : int
        Passes through the rhythms.
    seed : int
        Seed of everything drawn.
    threads : int
        Threads that share each batch: two are much faster on an idle machine and much slower on a busy one.
    progress : bool, optional
        Whether to show progress; on a terminal where None.
    """
    train, held_out = simulated_batch(n, n_beats, seed), simulated_batch(max(1, n // 20), n_beats, seed + 1)
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
        history = fit_network(network, train, held_out, config, seed, task=NameSteps())
    return network.eval(), history
