"""DeepAnT: a convolutional network that forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Unpack

from offbeat.detectors.base import Scaled, Shared
from offbeat.detectors.forecasting import ForecastDetector
from offbeat.detectors.networked import Networked
from offbeat.detectors.settings import Steps
from offbeat.errors import ParameterError
from offbeat.estimators.hints import Range, Size
from offbeat.portable.graphs import Graph
from offbeat.series.recording import FloatArray
from offbeat.training import TrainConfig

if TYPE_CHECKING:
    from torch import nn

__all__ = ["DeepAnT"]


class DeepAnT(Networked, ForecastDetector):
    """A convolutional network that forecasts; the forecast error is the score.

    The defaults are the architecture of the paper with a training that converges sooner. Fit it on a leading, mostly
    normal part of a recording; network and scaler never see the rest.

    On public benchmarks it finds far less than ``PCADetector``, which learns in a second. Forecasts of a stretch find
    more than those of single points: ``window=48, horizon=24``.

    Parameters
    ----------
    window : int
        Time steps that a forecast is made from.
    horizon : int
        Time steps that are forecast, ``p_w`` in the paper: 1 for single points, more for stretches.
    filters : sequence of int
        Filters of each convolution.
    hidden_size : int
        Width of the hidden layer.
    dropout : float
        Share of the hidden layer left out in training.
    train : TrainConfig, optional
        Settings of the training; ``DeepAnT.default_train`` where None.
    device : {"auto", "cpu", "cuda", "mps"}
        Where it trains, scores and streams, see :class:`~offbeat.detectors.networked.Networked`.
    **common
        What every detector has, see :class:`~offbeat.detectors.base.Detector`.

    References
    ----------
    Munir et al., "DeepAnT: A Deep Learning Approach for Unsupervised Anomaly Detection in Time Series", IEEE Access
    2019.

    Examples
    --------
    >>> from offbeat import DeepAnT, TrainConfig
    >>> from offbeat.data.synthetic import server_metrics
    >>> recording = server_metrics()
    >>> normal, rest = recording.split()
    >>> detector = DeepAnT(window=12, train=TrainConfig(epochs=3, progress=False)).fit(normal)
    >>> detector.decision_function(recording).shape
    (4000,)
    """

    name = "deepant"
    default_train = TrainConfig(epochs=30, batch_size=32, learning_rate=1e-3)

    def __init__(
        self,
        *,
        window: Steps | None = 10,
        horizon: Steps = 1,
        filters: Sequence[Size] = (32, 32),
        hidden_size: Size = 40,
        dropout: Annotated[float, Range(0, 1, open_high=True)] = 0.25,
        train: TrainConfig | None = None,
        device: str = "auto",
        **common: Unpack[Shared],
    ) -> None:
        super().__init__(window=window, horizon=horizon, train=train, device=device, **common)
        self.filters = filters
        self.hidden_size = hidden_size
        self.dropout = dropout

    def _validate(self) -> None:
        super()._validate()
        if not self.filters:
            raise ParameterError("expected a number of filters for each convolution, got none")

    def _build(self, n_channels: int, n_times: int) -> nn.Module:
        from offbeat.networks.deepant import DeepAnTNetwork

        window = n_times - self.horizon
        return DeepAnTNetwork(n_channels, window, self.horizon, self.filters, self.hidden_size, self.dropout)

    def _fit(self, train: Scaled, held_out: Scaled) -> None:
        self._train(train, held_out, self.horizon)

    def _forecast(self, known: Scaled) -> FloatArray:
        return self._run(known)

    def _n_read(self) -> int:
        return self.n_times_ - self._settings.horizon

    def _forecast_graph(self, graph: Graph, known: str) -> str | None:
        return self._network_graph(graph, known)

    @classmethod
    def example(cls) -> DeepAnT:
        """Return an unfitted detector with tiny settings, for tests and trials."""
        train = TrainConfig(epochs=3, batch_size=16, learning_rate=1e-2, progress=False)
        return cls(filters=(8, 8), hidden_size=8, train=train)
