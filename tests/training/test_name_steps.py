"""To name each time step: what is learned, and what is left out."""

import numpy as np
import pytest
import torch
from torch import nn

from offbeat.training import TrainConfig
from offbeat.training.classification import UNKNOWN, NameSteps
from offbeat.training.loop import fit_network, seeded


class Steps(nn.Module):
    """A line through each step."""

    def __init__(self):
        super().__init__()
        self.line = nn.Conv1d(1, 2, 1)

    def forward(self, x):
        return self.line(x[:, None])


def material(n=40, wrong=0.0, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 20)).astype(np.float32)
    codes = (x > 0).astype(np.int64)
    return x, np.where(rng.random(x.shape) < wrong, UNKNOWN, codes)


def learned(train, held_out):
    config = TrainConfig(epochs=10, batch_size=8, learning_rate=0.1, progress=False)
    with seeded(0):
        network = Steps()
        history = fit_network(network, train, held_out, config, 0, task=NameSteps())
    return network, history


def test_each_step_gets_a_class():
    network, history = learned(material(), material(seed=1))
    x, codes = material(seed=2)
    with torch.inference_mode():
        predicted = network(torch.from_numpy(x)).argmax(dim=1).numpy()
    assert (predicted == codes).mean() > 0.95
    assert history["val_loss"][-1] < history["val_loss"][0]


def test_nothing_is_learned_from_a_step_of_no_class():
    x, codes = material(wrong=0.5)
    other = np.where(codes == UNKNOWN, 1e3, x).astype(np.float32)
    networks = [learned((values, codes), material(seed=1))[0] for values in (x, other)]
    assert networks[0].line.weight.flatten().tolist() == pytest.approx(networks[1].line.weight.flatten().tolist())
