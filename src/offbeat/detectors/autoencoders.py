"""Autoencoders: networks that reconstruct."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy.typing as npt

from offbeat.detectors.base import Common, Scaled
from offbeat.detectors.networked import Networked
from offbeat.detectors.reconstruction import ReconstructionDetector
from offbeat.detectors.settings import Steps
from offbeat.estimators.hints import Size
from offbeat.portable.graphs import Graph
from offbeat.series.recording import FloatArray
from offbeat.training import TrainConfig

if TYPE_CHECKING:
    from torch import nn

__all__ = ["DenseAutoencoder", "LSTMAutoencoder", "NetworkReconstruction"]


class NetworkReconstruction(Networked, ReconstructionDetector):
    """A reconstruction detector with an autoencoder; subclasses write ``_build``."""

    def __init__(
        self, *, code_size: Size, hidden_sizes: Sequence[Size], train: TrainConfig | None, device: str, **common: Any
    ) -> None:
        super().__init__(train=train, device=device, **common)
        self.code_size = code_size
        self.hidden_sizes = hidden_sizes

    network_parts = ("forward", "encode")

    def _learn(self, train: Scaled, held_out: Scaled) -> None:
        self._train(train, held_out)

    def _reconstruct(self, values: Scaled) -> FloatArray:
        return self._run(values)

    def _encode(self, values: Scaled) -> FloatArray:
        return self._run(values, "encode")

    def _reconstruction_graph(self, graph: Graph, scaled: str) -> str | None:
        return self._network_graph(graph, scaled)

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {**self.residuals_.arrays(), **super()._arrays()}

    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        ReconstructionDetector._restore(self, arrays)
        super()._restore(arrays)


class LSTMAutoencoder(NetworkReconstruction):
    """LSTM encoder and decoder; the reconstruction error is the score.

    The defaults are the layers of the reference, but with seven values a step in place of one, and with a training that
    converges in eight epochs of 2,500 series; of fewer series there are more epochs. The time to learn and to score
    grows with the number of steps: it is the slowest of all detectors. ``values_per_step=1`` is the architecture of the
    reference, with 249,473 parameters for one channel.

    Parameters
    ----------
    code_size : int
        Numbers in the code of a series.
    hidden_sizes : sequence of int
        Width of each encoder LSTM before the one that makes the code, mirrored in the decoder.
    values_per_step : int
        Time steps that the LSTMs read and write at once. A length that is no multiple of it is padded with zeros,
        which neither loss nor score counts.
    train : TrainConfig, optional
        Settings of the training; ``LSTMAutoencoder.default_train`` where None.
    device : {"auto", "cpu", "cuda", "mps"}
        Where it trains, scores and streams, see :class:`~offbeat.detectors.networked.Networked`.
    error : {"mae", "mse", "whitened"}
        How errors become a score.
    **common
        What every detector has, see :class:`~offbeat.detectors.base.Detector`.

    References
    ----------
    Malhotra et al., "LSTM-based Encoder-Decoder for Multi-sensor Anomaly Detection", ICML Workshop 2016.

    Examples
    --------
    >>> from offbeat import LSTMAutoencoder, TrainConfig
    >>> from offbeat.data.synthetic import voltage_curves
    >>> curves = voltage_curves(200, 5, 5)
    >>> detector = LSTMAutoencoder(code_size=4, hidden_sizes=(8,), train=TrainConfig(epochs=2, progress=False))
    >>> detector.fit(curves.where("normal")).decision_function(curves).shape
    (210,)
    """

    name = "lstm-autoencoder"
    default_train = TrainConfig(epochs=8, min_steps=2000, batch_size=8, epoch_windows=384, learning_rate=2e-3)

    def __init__(
        self,
        *,
        code_size: Size = 64,
        hidden_sizes: Sequence[Size] = (128,),
        values_per_step: Steps = 7,
        train: TrainConfig | None = None,
        device: str = "auto",
        error: str = "whitened",
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            code_size=code_size,
            hidden_sizes=hidden_sizes,
            train=train,
            device=device,
            error=error,
            **common,
        )
        self.values_per_step = values_per_step

    def _build(self, n_channels: int, n_times: int) -> nn.Module:
        from offbeat.networks.lstm_autoencoder import LSTMAutoencoderNetwork

        return LSTMAutoencoderNetwork(n_channels, self.code_size, self.hidden_sizes, self.values_per_step)

    @classmethod
    def example(cls) -> LSTMAutoencoder:
        """Return an unfitted detector with tiny settings, for tests and trials."""
        train = TrainConfig(epochs=3, batch_size=16, learning_rate=1e-2, progress=False)
        return cls(code_size=4, hidden_sizes=(8,), train=train)


class DenseAutoencoder(NetworkReconstruction):
    """Fully connected encoder and decoder: the fast one.

    It learns to remove noise added to its input, which keeps it from copying anomalies.

    Parameters
    ----------
    code_size : int
        Numbers in the code of a series.
    hidden_sizes : sequence of int
        Width of each layer before the code, mirrored in the decoder.
    train : TrainConfig, optional
        Settings of the training; ``DenseAutoencoder.default_train`` where None.
    device : {"auto", "cpu", "cuda", "mps"}
        Where it trains, scores and streams, see :class:`~offbeat.detectors.networked.Networked`.
    error : {"mae", "mse", "whitened"}
        How errors become a score.
    **common
        What every detector has, see :class:`~offbeat.detectors.base.Detector`.

    References
    ----------
    Vincent et al., "Extracting and Composing Robust Features with Denoising Autoencoders", ICML 2008.

    Examples
    --------
    >>> from offbeat import DenseAutoencoder, TrainConfig
    >>> from offbeat.data.synthetic import voltage_curves
    >>> curves = voltage_curves(200, 5, 5)
    >>> detector = DenseAutoencoder(train=TrainConfig(epochs=5, progress=False)).fit(curves.where("normal"))
    >>> detector.transform(curves).shape
    (210, 8)
    """

    name = "dense-autoencoder"
    default_train = TrainConfig(epochs=60, min_steps=1000, batch_size=64, learning_rate=3e-3, noise=0.5)

    def __init__(
        self,
        *,
        code_size: Size = 8,
        hidden_sizes: Sequence[Size] = (128, 128),
        train: TrainConfig | None = None,
        device: str = "auto",
        error: str = "mse",
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            code_size=code_size,
            hidden_sizes=hidden_sizes,
            train=train,
            device=device,
            error=error,
            **common,
        )

    def _build(self, n_channels: int, n_times: int) -> nn.Module:
        from offbeat.networks.dense_autoencoder import DenseAutoencoderNetwork

        return DenseAutoencoderNetwork(n_channels, n_times, self.code_size, self.hidden_sizes)

    @classmethod
    def example(cls) -> DenseAutoencoder:
        """Return an unfitted detector with tiny settings, for tests and trials."""
        return cls(code_size=2, hidden_sizes=(16,), train=TrainConfig(epochs=20, batch_size=16, progress=False))
