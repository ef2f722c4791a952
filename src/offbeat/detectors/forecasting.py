"""The base of detectors that forecast, and score the forecast error."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from offbeat.detectors.base import Detector, Scaled
from offbeat.detectors.scoring.windows_view import WindowsView
from offbeat.detectors.settings import Steps
from offbeat.portable.graphs import Graph
from offbeat.series.recording import FloatArray
from offbeat.series.windows import Windows

__all__ = ["ForecastDetector"]


class ForecastDetector(Detector):
    """A detector whose score is the length of its forecast error.

    The score of a window is the Euclidean norm of the error over the channels. With a horizon of several time steps,
    it is the root mean square of that norm over the last ``horizon`` steps, all forecast from the window before them.

    Parameters
    ----------
    window : int
        Time steps that a forecast is made from.
    horizon : int
        Time steps that are forecast: 1 for single points, more for stretches.
    **common
        See :class:`~offbeat.detectors.base.Detector`.

    Notes
    -----
    It reads recordings. The first ``window`` time steps cannot be forecast and have no score (NaN).
    """

    reads = ("recordings",)

    def __init__(self, *, window: Steps | None = 10, horizon: Steps = 1, **common: Any) -> None:
        super().__init__(window=window, **common)
        self.horizon = horizon

    @abstractmethod
    def _forecast(self, known: Scaled) -> FloatArray:
        """Return the ``(n_windows, n_channels, horizon)`` after scaled windows ``(n_windows, n_channels, window)``."""

    def _view(self) -> WindowsView:
        settings = self._settings
        assert settings.window is not None  # it reads recordings
        return WindowsView(Windows(settings.window, horizon=settings.horizon))

    def _forecasts(self, values: Scaled) -> FloatArray:
        """Return the forecasts of the last time steps of windows from those before them."""
        return self._forecast(np.ascontiguousarray(values[:, :, : -self._settings.horizon]))

    def _score(self, values: Scaled) -> FloatArray:
        errors = (self._forecasts(values) - values[:, :, -self._settings.horizon :]).astype(np.float64)
        scores: FloatArray = np.sqrt(np.square(errors).sum(axis=1).mean(axis=1))
        return scores

    def _score_graph(self, graph: Graph, scaled: str) -> str | None:
        horizon = self._settings.horizon
        expected = self._forecast_graph(graph, graph.part(scaled, 0, -horizon))
        if expected is None:
            return None
        last = graph.double(graph.part(scaled, -horizon, self.n_times_))
        squares = graph.square(graph.add("Sub", expected, last))
        return graph.add("Sqrt", graph.mean(graph.sum(squares, 1), 1))

    def _forecast_graph(self, graph: Graph, known: str) -> str | None:
        """Add ``_forecast`` to an ONNX graph and return its name, a float64; None where it is no graph."""
        return None

    def _explain(self, values: Scaled) -> tuple[FloatArray, FloatArray]:
        expected, shares = np.full(values.shape, np.nan), np.zeros(values.shape)
        ahead = self._forecasts(values)
        expected[:, :, -self._settings.horizon :] = ahead
        squares = (
            np.square((ahead - values[:, :, -self._settings.horizon :]).astype(np.float64)) / self._settings.horizon
        )
        total = np.sqrt(squares.sum(axis=(1, 2), keepdims=True))
        # A norm is the sum of its squared parts, each divided by the norm.
        shares[:, :, -self._settings.horizon :] = np.divide(
            squares, total, out=np.zeros(squares.shape), where=total > 0
        )
        return expected, shares
