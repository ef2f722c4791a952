"""Beats of three shapes, regular or early, as no classifier needs to see them."""

import numpy as np

from offbeat.ecg.beats import Beats
from offbeat.ecg.features.shape import BEAT_TIMES
from offbeat.records.aami import CLASSES

TIME = np.arange(BEAT_TIMES) / 120 - 0.4
NARROW, WIDE, ODD = (
    np.exp(-0.5 * (TIME / 0.015) ** 2) + 0.2 * np.exp(-0.5 * ((TIME - 0.28) / 0.05) ** 2),
    -np.exp(-0.5 * (TIME / 0.05) ** 2) + 0.5 * np.exp(-0.5 * ((TIME - 0.25) / 0.06) ** 2),
    np.exp(-0.5 * ((TIME - 0.06) / 0.06) ** 2) - np.exp(-0.5 * ((TIME + 0.06) / 0.03) ** 2),
)
P_WAVE = 0.2 * np.exp(-0.5 * ((TIME + 0.16) / 0.02) ** 2)


def beats_of(shapes, early=None, leads=("II",), seed=0):
    """Return beats of these shapes; ``early`` ones come after 0.55 s instead of 0.8 s."""
    rng = np.random.default_rng(seed)
    before = np.where(np.zeros(len(shapes), bool) if early is None else early, 0.55, 0.8)
    samples = np.rint(np.cumsum(before) * 250).astype(np.int64)
    one = np.asarray(shapes) + rng.normal(0, 0.01, (len(shapes), BEAT_TIMES))
    windows = np.stack([one * (1 + 0.5 * number) for number in range(len(leads))], axis=1).astype(np.float32)
    n_times = int(samples[-1]) + 250 if len(samples) else 0
    return Beats("strip", samples, 250.0, n_times, tuple(leads), windows, np.zeros(len(shapes), bool))


def said(names, sure=0.9):
    """Return the probabilities of a classifier that says this of the beats."""
    return np.where(np.array(list(names))[:, None] == np.array(CLASSES), sure, (1 - sure) / 4)
