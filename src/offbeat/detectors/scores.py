"""What the scores of a fitted detector say of data: flags, how rare they are, and what was learned from."""

from __future__ import annotations

from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.detectors.learning import Learning
from offbeat.detectors.scoring.checks import warn_of_another_step
from offbeat.detectors.scoring.tails import Tail, tail_of
from offbeat.detectors.scoring.views import Scores, Viewed
from offbeat.detectors.unseen import begun, held_out_of
from offbeat.errors import warn
from offbeat.series.any_frame import like
from offbeat.thresholds import IncidentWarning

__all__ = ["Scoring"]


class Scoring(Learning):
    """The part of :class:`~offbeat.detectors.base.Detector` that scores time steps and series."""

    @overload
    def decision_function(self, X: pd.DataFrame | pd.Series[Any]) -> pd.Series[float]: ...

    @overload
    def decision_function(self, X: Any) -> npt.NDArray[np.float64]: ...

    def decision_function(self, X: Any) -> Any:
        """Score each series of a collection or each time step of a recording; higher is more anomalous.

        Returns
        -------
        array of shape (n_series,) or (n_times,)
            NaN where no window reaches that is whole, short gaps bridged. Where ``X`` is a frame or a series, a
            series of the same library, with the index of ``X`` where that has one.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ShapeError
            If the length or the channels are not those of the training data.
        DataError
            If values are infinite or not numbers.
        """
        return like(X, self._scores_of(self._read(X)), "score")

    def unseen_scores(self, X: Any) -> Scores:
        """Score a recording as if none of it had been learned from.

        A model finds little wrong in what it has learned from. Where ``X`` begins with the recording that was given to
        ``fit``, and thresholds were set by folds, the scores of that part are those of models that had not seen it.

        Parameters
        ----------
        X : Collection, Recording, DataFrame or array
            As for ``decision_function``.

        Returns
        -------
        array of shape (n_series,) or (n_times,)
            Those of ``decision_function`` for all else.

        Raises
        ------
        NotFittedError, ShapeError, DataError
            As ``decision_function`` does.

        Examples
        --------
        >>> from offbeat import KNNDetector
        >>> wave = np.sin(np.arange(900) / 9)
        >>> wave[500:510] = 3.0
        >>> detector = KNNDetector(window=20, n_neighbors=1).fit(wave)
        >>> bool(detector.unseen_scores(wave)[505] > 5 * detector.decision_function(wave)[505])
        True
        """
        viewed = self._read(X)
        scores = self._scores_of(viewed)
        number = begun(self, viewed.data)
        if number is not None:
            held_out = held_out_of(self, number)
            n_learned = len(held_out)
            scores[:n_learned] = np.where(np.isnan(held_out), scores[:n_learned], held_out)
        return scores

    @property
    def n_unscored_(self) -> int:
        """How many time steps at the beginning of a recording have no score, as too little lies before them.

        Raises
        ------
        NotFittedError
            Before ``fit``.

        Examples
        --------
        >>> from offbeat import PCADetector
        >>> detector = PCADetector(window=20).fit(np.sin(np.arange(900) / 9))
        >>> detector.n_unscored_, detector.live().n_unscored_
        (0, 19)
        """
        scorer = self.scorer_
        return self.n_times_ - 1 - scorer.stage().delay if scorer.view.reads == "recordings" else 0

    def n_learned_of(self, recording: Any) -> int:
        """Return with how many time steps a recording begins that ``unseen_scores`` has other scores for."""
        number = begun(self, recording)
        return 0 if number is None else self.learned_from_[number].n_times

    @overload
    def predict(self, X: pd.DataFrame | pd.Series[Any]) -> pd.Series[int]: ...

    @overload
    def predict(self, X: Any) -> npt.NDArray[np.int64]: ...

    def predict(self, X: Any) -> Any:
        """Return 1 for each score above the threshold, else 0 (also where there is no score).

        Warns
        -----
        IncidentWarning
            If nothing is flagged in what was learned from, but models that had not seen it would flag some.
        """
        viewed = self._read(X)
        scores = self._scores_of(viewed)
        self._warn_of_learned(viewed.data, scores)
        return like(X, self.threshold_.predict(scores), "flag")

    @overload
    def surprise(self, X: pd.DataFrame | pd.Series[Any]) -> pd.Series[float]: ...

    @overload
    def surprise(self, X: Any) -> npt.NDArray[np.float64]: ...

    def surprise(self, X: Any) -> Any:
        """Return the scores on the same scale for every detector: 3 is as rare as one in a thousand normal scores.

        The surprise of a score is −log10 of the probability that a normal score is at least as high, at most 100,
        estimated from the held-out scores: by rank in their lower part, by a generalised Pareto distribution above it.
        It rises with the score. Beyond 1 in as many as there are held-out scores it is extrapolated.

        Parameters
        ----------
        X : Collection, Recording, DataFrame or array
            As for ``decision_function``.

        Returns
        -------
        array of shape (n_series,) or (n_times,)
            NaN where there is no score. Where ``X`` is a frame or a series, a series of the same library.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ShapeError, DataError
            As ``decision_function`` does; also if fewer than 5 held-out scores are known.

        Examples
        --------
        >>> from offbeat import PCADetector
        >>> rng = np.random.default_rng(0)
        >>> detector = PCADetector(window=20).fit(np.sin(np.arange(3000) / 9) + rng.normal(0, 0.1, 3000))
        >>> rare = detector.surprise(np.sin(np.arange(3000) / 9) + rng.normal(0, 0.1, 3000))
        >>> bool(np.nanmean(rare > 1) < 0.2)
        True
        """
        scores = self._scores_of(self._read(X))
        return like(X, self.normal_tail().neg_log10_p(scores), "surprise")

    def normal_tail(self) -> Tail:
        """Return the tail of the held-out normal scores that ``surprise`` goes by.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        DataError
            If fewer than 5 of them are known.
        """
        self._require_fitted()
        return tail_of(self._normal_scores())

    def _warn_of_learned(self, data: Any, scores: Scores) -> None:
        """Warn where nothing is flagged in what was learned from, but models that had not seen it would flag some."""
        number = begun(self, data)
        if number is None:
            return
        held_out = held_out_of(self, number)
        n_found = int(np.sum(self.threshold_.predict(held_out)))
        if n_found and not self.threshold_.predict(scores[: len(held_out)]).any():
            warn(
                f"nothing is flagged in the {len(held_out):,} time steps learned from, where models that had not seen "
                f"them flag {n_found:,}: fit on a stretch without incidents, or look at them by "
                "detect(X, scores=detector.unseen_scores(X))",
                IncidentWarning,
            )

    def _read(self, X: Any) -> Viewed[Any]:
        """Return ``X`` as this detector sees it, checked against what it was fitted on."""
        scorer = self.scorer_
        viewed = scorer.read(X)
        scorer.view.warn_of_gaps(viewed, viewed.scored, "given NaN")
        warn_of_another_step(self.step_, scorer.view.step(viewed.data))
        return viewed
