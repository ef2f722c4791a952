"""The baselines of recordings: forecasts of the last value, and of the usual value."""

from __future__ import annotations

from typing import Annotated, Any, Unpack

import numpy as np
import numpy.typing as npt

from offbeat.detectors.base import Scaled, Shared
from offbeat.detectors.forecasting import ForecastDetector
from offbeat.detectors.scoring.windows_view import WindowsView
from offbeat.detectors.settings import Steps
from offbeat.errors import ParameterError
from offbeat.estimators.folder import array_of
from offbeat.estimators.hints import Range
from offbeat.estimators.inputs import as_recording
from offbeat.series.periods import find_period
from offbeat.series.recording import FloatArray
from offbeat.series.windows import Windows

__all__ = ["NaiveForecast", "SeasonalBaseline"]


class NaiveForecast(ForecastDetector):
    """Forecasts the last value; the score is the size of the change.

    Parameters
    ----------
    window : int
        Time steps that a forecast is made from; only the last of them matters.
    horizon : int
        Time steps that are forecast.
    **common
        What every detector has, see :class:`~offbeat.detectors.base.Detector`.

    References
    ----------
    Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 2021, section 5.2.

    Examples
    --------
    >>> import numpy as np
    >>> from offbeat import NaiveForecast
    >>> NaiveForecast(scaling="none").fit(np.arange(200.0)).decision_function(np.array([5.0, 6.0, 9.0]))
    array([nan,  1.,  3.])
    """

    name = "naive"
    is_baseline = True

    def __init__(self, *, window: Steps | None = 1, horizon: Steps = 1, **common: Unpack[Shared]) -> None:
        super().__init__(window=window, horizon=horizon, **common)

    def _fit(self, train: Scaled, held_out: Scaled) -> None:
        """Nothing is learned but the scaling."""

    def _forecast(self, known: Scaled) -> FloatArray:
        return np.repeat(known[:, :, -1:], self._settings.horizon, axis=2)

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {}

    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """There is nothing to restore."""

    @classmethod
    def example(cls) -> NaiveForecast:
        """Return an unfitted detector with tiny settings, for tests and trials."""
        return cls()


class SeasonalBaseline(ForecastDetector):
    """Forecasts the median of the same time in the last few seasons, or the median of the training data.

    A median of past seasons does not follow a single unusual one, and needs no clock: a recording may begin anywhere in
    a season.

    Parameters
    ----------
    period : int, optional
        Time steps of a season. 0 for no season: the median of the training data is forecast everywhere. None finds it
        by autocorrelation, see :func:`offbeat.series.periods.find_period`.
    seasons : int
        Past seasons that the median is taken of; fewer where the training data has few of the season that was found.
    window : int
        Any: how far it looks back follows from the season.
    horizon : int
        1.
    **common
        What every detector has, see :class:`~offbeat.detectors.base.Detector`.

    Attributes
    ----------
    period_, seasons_ : int
        The time steps of a season (0 for none), and how many past seasons are used.

    References
    ----------
    Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 2021, section 5.2 (seasonal naive).

    Examples
    --------
    >>> import numpy as np
    >>> from offbeat import SeasonalBaseline
    >>> wave = np.sin(2 * np.pi * np.arange(1000) / 24)
    >>> detector = SeasonalBaseline().fit(wave)
    >>> detector.period_
    24
    >>> odd = wave.copy()
    >>> odd[500] += 2
    >>> int(np.nanargmax(detector.decision_function(odd)))
    500
    """

    name = "seasonal"
    is_baseline = True

    def __init__(
        self,
        *,
        period: Annotated[int, Range(0, 1_000_000)] | None = None,
        seasons: Annotated[int, Range(1, 1_000)] = 3,
        window: Steps | None = 1,
        horizon: Steps = 1,
        **common: Unpack[Shared],
    ) -> None:
        super().__init__(window=window, horizon=horizon, **common)
        self.period = period
        self.seasons = seasons

    def _view(self) -> WindowsView:
        return WindowsView(Windows(max(1, self.period_ * self.seasons_), horizon=1))

    def _validate(self) -> None:
        super()._validate()
        if self.horizon != 1:
            raise ParameterError(f"a SeasonalBaseline forecasts one time step, got horizon={self.horizon!r}")

    def _prepare(self, X: Any) -> None:
        self.period_, self.seasons_ = self.period or 0, self.seasons
        if self.period is None:
            recording = as_recording(X).longest
            period = find_period(recording) or 0
            # The part held out must not share seasons with the rest, so three times as many are needed.
            room = len(recording) // (3 * period) if period else 0
            self.period_, self.seasons_ = (period, min(self.seasons, room)) if room else (0, self.seasons)

    def _fit(self, train: Scaled, held_out: Scaled) -> None:
        self.level_ = np.median(train, axis=(0, 2))

    def _forecast(self, known: Scaled) -> FloatArray:
        if not self.period_:
            return np.broadcast_to(self.level_[:, None], (len(known), len(self.level_), 1))
        before = known[:, :, :: self.period_]
        return np.asarray(np.median(before, axis=2, keepdims=True))

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {"level": self.level_, "period": np.array([self.period_, self.seasons_])}

    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        self.level_ = array_of(arrays, "level", len(self.channels_))
        self.period_, self.seasons_ = map(int, array_of(arrays, "period", 2, kinds="i"))

    @classmethod
    def example(cls) -> SeasonalBaseline:
        """Return an unfitted detector with tiny settings, for tests and trials."""
        return cls(period=19, seasons=2)
