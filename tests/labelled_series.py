"""Short series of three classes, and a classifier that learns them in a second."""

import numpy as np

from offbeat import Collection, ECGFormer, TrainConfig

QUICK = TrainConfig(epochs=8, batch_size=16, learning_rate=1e-2, progress=False)
N, S, V = "N", "S", "V"


def quick(**settings):
    return ECGFormer(**{"width": 8, "depth": 1, "heads": 2, "held_out": 0.2, "train": QUICK} | settings)


def material(n=90, seed=0, n_channels=1):
    """Three classes: two by their shape, and the third like the first but for the number beside it."""
    rng = np.random.default_rng(seed)
    y = np.array([N, S, V])[np.arange(n) % 3]
    wave = np.sin(np.linspace(0, 2 * np.pi, 24))
    values = np.where((y == V)[:, None, None], -wave, wave) + rng.normal(0, 0.1, (n, n_channels, 24))
    rr = np.where(y == S, 0.6, 1.0)[:, None] + rng.normal(0, 0.02, (n, 1))
    return Collection(values, labels=y, features=rr, feature_names=["rr"], groups=np.arange(n) % 9)
