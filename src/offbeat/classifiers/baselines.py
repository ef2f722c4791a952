"""The simple methods that stand beside every result: what a network must beat to be worth its cost."""

from __future__ import annotations

from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import RidgeClassifierCV
from sklearn.preprocessing import StandardScaler

from offbeat.classifiers.base import Classifier, Probabilities, SeriesBatch, Split
from offbeat.errors import MissingExtraError, one_thread_at_a_time
from offbeat.estimators.hints import Range, Seed, Share
from offbeat.estimators.randomness import borrowed_randomness
from offbeat.metrics.calibration import fit_temperature

__all__ = ["MiniRocketBaseline", "RandomForestBaseline"]

_SHORTEST = 9
"""Time steps that the kernels of MiniRocket span at least."""


class RandomForestBaseline(Classifier):
    """A random forest over the time steps of each series and its features.

    Parameters
    ----------
    n_estimators : int
        Trees in the forest.
    balanced : bool
        Whether rare classes count as much as frequent ones.
    scaling, held_out, random_state
        See :class:`~offbeat.classifiers.base.Classifier`; a forest does not use the held-out part, but
        leaves it aside as the others do, so that all learn from the same series.

    References
    ----------
    Breiman, "Random Forests", 2001.

    Examples
    --------
    >>> from offbeat.data.synthetic import voltage_curves
    >>> curves = voltage_curves(40, 40, 40)
    >>> RandomForestBaseline(n_estimators=20).fit(curves).score(curves, curves.labels)
    1.0
    """

    name = "random-forest"
    is_baseline = True

    def __init__(
        self,
        *,
        n_estimators: Annotated[int, Range(1, 10_000)] = 200,
        balanced: bool = False,
        scaling: str = "none",
        held_out: Share = 0.1,
        random_state: Seed = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.balanced = balanced
        self.scaling = scaling
        self.held_out = held_out
        self.random_state = random_state

    @classmethod
    def example(cls) -> Self:
        """Return an unfitted classifier with tiny settings, for tests and trials."""
        return cls(n_estimators=10)

    def _fit(self, split: Split) -> None:
        train, _ = split(self.random_state)
        weight = "balanced" if self.balanced else None
        self.forest_ = RandomForestClassifier(self.n_estimators, class_weight=weight, random_state=self.random_state)
        with one_thread_at_a_time():
            self.forest_.fit(_table(train), train.known_codes)

    def _probabilities(self, batch: SeriesBatch) -> Probabilities:
        with one_thread_at_a_time():
            known = self.forest_.predict_proba(_table(batch))
        return _all_columns(known, self.forest_.classes_, len(self.classes_))


class MiniRocketBaseline(Classifier):
    """MiniRocket: many fixed convolutions, how often each is positive, and a ridge classifier on top.

    Its margins become probabilities by a temperature fitted on the held-out series.

    Parameters
    ----------
    n_kernels : int
        Convolutions, rounded down to a multiple of 84; each gives one number. The ridge classifier takes time with the
        square of it, and 10,000, as published, need many gigabytes for 100,000 series.
    scaling, held_out, random_state
        See :class:`~offbeat.classifiers.base.Classifier`.

    Raises
    ------
    MissingExtraError
        In ``fit``, if aeon is not installed.

    References
    ----------
    Dempster, Schmidt & Webb, "MiniRocket: A Very Fast (Almost) Deterministic Transform for Time Series
    Classification", KDD 2021.
    """

    name = "minirocket"
    is_baseline = True

    def __init__(
        self,
        *,
        n_kernels: Annotated[int, Range(84, 100_000)] = 2_016,
        scaling: str = "standard",
        held_out: Share = 0.1,
        random_state: Seed = 0,
    ) -> None:
        self.n_kernels = n_kernels
        self.scaling = scaling
        self.held_out = held_out
        self.random_state = random_state

    @classmethod
    def example(cls) -> Self:
        """Return an unfitted classifier with tiny settings, for tests and trials."""
        return cls(n_kernels=84)

    def _fit(self, split: Split) -> None:
        train, held_out = split(self.random_state)
        self.rocket_ = _mini_rocket()(n_kernels=self.n_kernels, random_state=self.random_state, n_jobs=1)
        # aeon seeds NumPy's global generator, whatever seed it is given.
        with borrowed_randomness(self.random_state):
            self.rocket_.fit(_long_enough(train))
        with one_thread_at_a_time():
            numbers = self._numbers(train)
            self.spread_ = StandardScaler(with_mean=False).fit(numbers)
            spread = self.spread_.transform(numbers)
            self.ridge_ = RidgeClassifierCV(alphas=np.logspace(-3, 3, 10)).fit(spread, train.known_codes)
        margins = self._margins(held_out)
        self.temperature_ = fit_temperature(margins, held_out.known_codes)

    def _numbers(self, batch: SeriesBatch) -> npt.NDArray[np.float64]:
        """Return the numbers of the kernels for each series, and its features, ``(n_series, n_numbers)``."""
        return np.hstack([self.rocket_.transform(_long_enough(batch)), batch.features]).astype(np.float64)

    def _margins(self, batch: SeriesBatch) -> Probabilities:
        with one_thread_at_a_time():
            margins = self.ridge_.decision_function(self.spread_.transform(self._numbers(batch)))
        if margins.ndim == 1:
            margins = np.stack([-margins, margins], axis=1)
        filled = np.full((len(margins), len(self.classes_)), margins.min(initial=0.0) - 10.0)
        filled[:, self.ridge_.classes_] = margins
        return filled

    def _probabilities(self, batch: SeriesBatch) -> Probabilities:
        probabilities: Probabilities = softmax(self._margins(batch) / self.temperature_, axis=1)
        return probabilities


def _mini_rocket() -> Any:
    try:
        from aeon.transformations.collection.convolution_based import MiniRocket
    except ImportError as error:
        raise MissingExtraError("MiniRocket needs aeon: pip install 'offbeat[rocket]'") from error
    return MiniRocket


def _table(batch: SeriesBatch) -> npt.NDArray[np.float64]:
    """Return each series and its features as one row."""
    return np.hstack([batch.values.reshape(len(batch), -1), batch.features]).astype(np.float64)


def _long_enough(batch: SeriesBatch) -> npt.NDArray[np.float32]:
    """Return series of at least nine time steps, the last value going on where they are shorter."""
    missing = max(0, _SHORTEST - batch.values.shape[2])
    return np.pad(batch.values, ((0, 0), (0, 0), (0, missing)), mode="edge").astype(np.float32)


def _all_columns(known: Probabilities, classes: npt.NDArray[np.int64], n_classes: int) -> Probabilities:
    """Return a column for each class, 0 for those that were not learned from."""
    probabilities = np.zeros((len(known), n_classes))
    probabilities[:, classes] = known
    return probabilities
