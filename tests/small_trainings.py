"""Networks that are trained in a moment."""

import numpy as np

from offbeat import TrainConfig
from offbeat.networks.dense_autoencoder import DenseAutoencoderNetwork
from offbeat.networks.lstm_autoencoder import LSTMAutoencoderNetwork
from offbeat.testing import waves
from offbeat.training.loop import fit_network, seeded

SERIES = waves(22).astype(np.float32)
TRAIN, HELD_OUT = SERIES[:14], SERIES[14:]


def config(**settings):
    return TrainConfig(**{"epochs": 4, "batch_size": 4, "learning_rate": 1e-2, "progress": False} | settings)


def dense(seed=0):
    with seeded(seed):
        return DenseAutoencoderNetwork(1, 24, 2, (6,))


def lstm(seed=0):
    with seeded(seed):
        return LSTMAutoencoderNetwork(1, 2, (3,))


def fit(network, settings, train=TRAIN, held_out=HELD_OUT, seed=5, limit=None):
    with seeded(0):
        return fit_network(network, train, held_out, settings, seed, limit=limit, device="cpu")


def diverging():
    return config(learning_rate=1e30, schedule="constant", loss="l2", gradient_clip=0.0)
