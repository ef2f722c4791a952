"""Outlier detectors of scikit-learn and PyOD as detectors of this library."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, Unpack

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.ensemble import IsolationForest
from sklearn.svm import OneClassSVM

from offbeat.detectors.base import Common, Detector, Scaled
from offbeat.detectors.classical import _flat
from offbeat.detectors.estimator_table import estimator_class, public_name
from offbeat.detectors.scoring.forest import Forest
from offbeat.errors import ModelError, ParameterError, one_thread_at_a_time
from offbeat.estimators.folder import array_of
from offbeat.estimators.hints import Positive, Range, shown
from offbeat.series.recording import FloatArray

__all__ = ["EstimatorDetector", "IsolationForestDetector", "OneClassSVMDetector"]

_SEGMENTS = 14
"""Stretches that a series is cut into, and hidden one at a time, to explain its score."""
_AT_ONCE = 64
"""Series that are explained together: so many copies of each are scored at once."""


class _ExplainedByOcclusion(Detector):
    """A detector that explains a score by what it loses when a stretch of the series is hidden."""

    middle_: FloatArray
    """The median of the normal series, ``(n_channels, n_times)``, which hides a stretch."""

    def _explain(self, values: Scaled) -> tuple[FloatArray, FloatArray]:
        """Share out the score by occlusion: how much it falls when a stretch is replaced by the median normal series.

        Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", 2014.
        """
        losses = np.concatenate(
            [self._losses(values[i : i + _AT_ONCE]) for i in range(0, max(1, len(values)), _AT_ONCE)]
        )
        total = losses.sum(axis=(1, 2), keepdims=True)
        even = np.full(values.shape, 1.0 / math.prod(values.shape[1:]))
        shares = np.divide(losses, total, out=even, where=total > 0)
        return np.broadcast_to(self.middle_, values.shape), shares * self._score(values)[:, None, None]

    def _losses(self, values: Scaled) -> FloatArray:
        """Return how much each score falls without a stretch, evenly shared among its time steps."""
        scores, (n_series, n_channels, n_times) = self._score(values), values.shape
        losses, stretches = np.zeros(values.shape), np.array_split(np.arange(n_times), min(_SEGMENTS, n_times))
        for channel in range(n_channels):
            hidden = np.stack([values] * len(stretches))
            for copy, steps in zip(hidden, stretches, strict=True):
                copy[:, channel, steps] = self.middle_[channel, steps]
            left = self._score(hidden.reshape(-1, n_channels, n_times)).reshape(len(stretches), n_series)
            for one, steps in zip(left, stretches, strict=True):
                losses[:, channel, steps] = ((scores - one) / len(steps))[:, None]
        return np.maximum(losses, 0.0)


class _Wrapped(_ExplainedByOcclusion):
    """Scores flattened series with an estimator, which subclasses make.

    A saved model holds the scaled training series, and loading fits the estimator to them again: this needs no pickle,
    and the same seed gives the same estimator.
    """

    def _template(self) -> Any:
        """Return the unfitted estimator."""
        raise NotImplementedError

    def _fit(self, train: Scaled, held_out: Scaled) -> None:
        self._fit_estimator(train)

    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        normal = array_of(arrays, "normal", None, len(self.channels_), self.n_times_)
        if not len(normal):
            raise ModelError("expected series to fit its estimator to, got none")
        self._fit_estimator(normal)

    def _fit_estimator(self, normal: Scaled) -> None:
        self.normal_ = normal
        self.middle_ = np.median(self.normal_, axis=0)
        with one_thread_at_a_time():
            self.estimator_ = self._template().fit(_flat(self.normal_))
        self.one_by_one_ = self._depends_on_batch(_flat(self.normal_)[:8])

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {"normal": self.normal_}

    def _score(self, values: Scaled) -> FloatArray:
        rows = _flat(values)
        if self.one_by_one_:
            return np.concatenate([self._score_rows(rows[i : i + 1]) for i in range(len(rows))])
        return self._score_rows(rows)

    def _score_rows(self, rows: npt.NDArray[np.float64]) -> FloatArray:
        # scikit-learn: higher is more normal. PyOD: higher is more anomalous.
        with one_thread_at_a_time():
            if hasattr(self.estimator_, "score_samples"):
                scores: FloatArray = -self.estimator_.score_samples(rows)
            else:
                scores = self.estimator_.decision_function(rows)
        return scores

    def _depends_on_batch(self, rows: npt.NDArray[np.float64]) -> bool:
        """Return whether a score depends on the rest of the batch, as with ECOD of PyOD, which ranks within a batch."""
        alone = [self._score_rows(rows[i : i + 1])[0] for i in range(len(rows))]
        return not np.allclose(self._score_rows(rows), alone, rtol=1e-6)


class EstimatorDetector(_Wrapped):
    """Makes any scikit-learn or PyOD outlier detector a detector of this library.

    Parameters
    ----------
    estimator : object
        An unfitted outlier detector with ``fit`` and ``score_samples`` (scikit-learn; ``LocalOutlierFactor`` with
        ``novelty=True``) or ``decision_function`` (PyOD). It sees each series as one row, ``n_channels · n_times``.
    **common
        What every detector has, see :class:`~offbeat.detectors.base.Detector`. Give the estimator its own seed.

    Examples
    --------
    >>> from sklearn.neighbors import LocalOutlierFactor
    >>> from offbeat import EstimatorDetector
    >>> from offbeat.data.synthetic import voltage_curves
    >>> curves = voltage_curves(200, 5, 5)
    >>> detector = EstimatorDetector(LocalOutlierFactor(novelty=True)).fit(curves.where("normal"))
    >>> detector.predict(curves.where("high"))
    array([1, 1, 1, 1, 1])
    """

    name = "estimator"
    scores_compare = False  # nobody knows

    def __init__(
        self,
        estimator: Any,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            **common,
        )
        self.estimator = estimator

    def _validate(self) -> None:
        super()._validate()
        scores = any(hasattr(self.estimator, method) for method in ("score_samples", "decision_function"))
        of_classes = isinstance(self.estimator, BaseEstimator) and is_classifier(self.estimator)
        if isinstance(self.estimator, type) or not hasattr(self.estimator, "fit") or not scores or of_classes:
            raise ParameterError(
                "estimator must be an unfitted outlier detector of scikit-learn (fit, score_samples) or PyOD (fit, "
                f"decision_function), got {shown(self.estimator)}"
            )

    def _validate_saved(self) -> None:
        estimator_class(public_name(type(self.estimator)))

    def _template(self) -> Any:
        return clone(self.estimator)

    @classmethod
    def example(cls) -> EstimatorDetector:
        """Return an unfitted detector with tiny settings, for tests and trials."""
        return cls(IsolationForest(n_estimators=8, random_state=0))


class OneClassSVMDetector(_Wrapped):
    """A boundary around the normal series, by kernel.

    Parameters
    ----------
    nu : float
        Upper bound on the share of training series outside the boundary.
    gamma : float or {"scale", "auto"}
        Width of the Gaussian kernel, see scikit-learn.
    **common
        What every detector has, see :class:`~offbeat.detectors.base.Detector`.

    References
    ----------
    Schölkopf et al., "Estimating the Support of a High-Dimensional Distribution", 2001.

    Examples
    --------
    >>> from offbeat import OneClassSVMDetector
    >>> from offbeat.data.synthetic import voltage_curves
    >>> curves = voltage_curves(200, 5, 5)
    >>> OneClassSVMDetector().fit(curves.where("normal")).predict(curves.where("high"))
    array([1, 1, 1, 1, 1])
    """

    name = "one-class-svm"
    is_baseline = True

    def __init__(
        self,
        *,
        nu: Annotated[float, Range(0, 1, open_low=True)] = 0.05,
        gamma: Positive | Literal["scale", "auto"] = "scale",
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            **common,
        )
        self.nu = nu
        self.gamma = gamma

    def _template(self) -> Any:
        return OneClassSVM(nu=self.nu, gamma=self.gamma)

    def _score_rows(self, rows: npt.NDArray[np.float64]) -> FloatArray:
        # A sum over the support vectors, more of them in more data: their weighted mean can be compared between fits.
        scores: FloatArray = super()._score_rows(rows) / self.estimator_.dual_coef_.sum()
        return scores

    @classmethod
    def example(cls) -> OneClassSVMDetector:
        """Return an unfitted detector with tiny settings, for tests and trials."""
        return cls()


class IsolationForestDetector(_ExplainedByOcclusion):
    """How few random splits isolate a series.

    Parameters
    ----------
    n_estimators : int
        Trees in the forest.
    **common
        What every detector has, see :class:`~offbeat.detectors.base.Detector`.

    References
    ----------
    Liu, Ting & Zhou, "Isolation Forest", ICDM 2008.

    Examples
    --------
    >>> from offbeat import IsolationForestDetector
    >>> from offbeat.data.synthetic import voltage_curves
    >>> curves = voltage_curves(200, 5, 5)
    >>> IsolationForestDetector(n_estimators=50).fit(curves.where("normal")).predict(curves.where("high"))
    array([1, 1, 1, 1, 1])
    """

    name = "isolation-forest"
    is_baseline = True

    def __init__(
        self,
        *,
        n_estimators: Annotated[int, Range(1, 10_000)] = 200,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            **common,
        )
        self.n_estimators = n_estimators

    def _fit(self, train: Scaled, held_out: Scaled) -> None:
        self.middle_ = np.median(train, axis=0)
        with one_thread_at_a_time():
            fitted = IsolationForest(n_estimators=self.n_estimators, random_state=self.random_state).fit(_flat(train))
        self.forest_ = Forest.of(fitted)

    def _score(self, values: Scaled) -> FloatArray:
        return self.forest_.scores(values.reshape(len(values), self.middle_.size))

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {"middle": self.middle_, **self.forest_.arrays()}

    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        self.middle_ = array_of(arrays, "middle", len(self.channels_), self.n_times_)
        self.forest_ = Forest.restored(arrays, self.n_estimators, self.middle_.size)

    @classmethod
    def example(cls) -> IsolationForestDetector:
        """Return an unfitted detector with tiny settings, for tests and trials."""
        return cls(n_estimators=8)
