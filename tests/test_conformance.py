"""The promises of every detector, over all of them by discovery."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import LocalOutlierFactor
from torch import nn

from offbeat import (
    DeepAnT,
    EstimatorDetector,
    KNNDetector,
    LSTMAutoencoder,
    MixedDetector,
    NaiveForecast,
    ProfileDetector,
    SeasonalBaseline,
)
from offbeat.networks.lstm_autoencoder import LSTMAutoencoderNetwork
from offbeat.testing import CHECKS, check_batch_invariance, discovered_detectors

EXAMPLES = discovered_detectors()


VARIANTS = [
    MixedDetector(parts=(NaiveForecast(), SeasonalBaseline(period=0)), window=8, memory=80),
    DeepAnT.example().set_params(horizon=3),
    KNNDetector(window=12, stride=2),
    EstimatorDetector(LocalOutlierFactor(novelty=True), window=12),
    ProfileDetector(window=8, memory=0),
    ProfileDetector(window=8, placement="end", memory=0, adaptation=0),
    ProfileDetector(window=8, placement="end", memory=20, adaptation=30),
]
"""Settings under which promises are harder to keep than under those of the examples."""


@pytest.mark.parametrize("detector", [*EXAMPLES, *VARIANTS], ids=lambda d: d.name)
@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)
def test_promise(check, detector):
    check(detector)


def test_the_suite_fails_when_it_discovers_nothing(monkeypatch):
    monkeypatch.setattr("offbeat.testing.detector_classes", dict)
    with pytest.raises(AssertionError, match="no detector was discovered"):
        discovered_detectors()


def test_all_known_detectors_are_discovered():
    names = {detector.name for detector in EXAMPLES}
    assert {"lstm-autoencoder", "dense-autoencoder", "pca", "knn", "one-class-svm", "isolation-forest"} <= names


class MixedDecoder(LSTMAutoencoderNetwork):
    """The mistake of the reference: codes repeated along the batch and then reshaped into (batch, time, code)."""

    def decode(self, code, n_times):
        steps = code.repeat(n_times, 1).reshape(len(code), n_times, -1)
        for layer in self.decoder:
            steps, _ = layer(steps)
        return self.output(steps).transpose(1, 2)


class MixedAutoencoder(LSTMAutoencoder):
    name = ""  # not for the command line

    def _build(self, n_channels: int, n_times: int) -> nn.Module:
        return MixedDecoder(n_channels, self.code_size, self.hidden_sizes)


def test_the_reference_decoder_breaks_batch_invariance():
    with pytest.raises(AssertionError, match="alone and among others"):
        check_batch_invariance(MixedAutoencoder(**LSTMAutoencoder.example().get_params(deep=False)))


def test_the_mixed_decoder_is_right_for_a_single_series():
    """So it is the mixing of the batch that the check finds, not some other difference."""
    torch.manual_seed(0)
    right = LSTMAutoencoderNetwork(1, 4, (8,))
    mixed = MixedDecoder(1, 4, (8,))
    mixed.load_state_dict(right.state_dict())
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 1, 10)).astype(np.float32))
    torch.testing.assert_close(mixed(x), right(x))
