"""The contract of every detector: public methods validate, subclasses compute."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.detectors.learned_from import LearnedFrom
from offbeat.detectors.scores import Scaled, Scoring
from offbeat.detectors.scoring.explanation import Explanation
from offbeat.detectors.scoring.fingerprints import fingerprints
from offbeat.detectors.scoring.framing import Framed
from offbeat.detectors.settings import Common, Shared
from offbeat.errors import DataError
from offbeat.estimators.frozen import unless_it_fails
from offbeat.estimators.randomness import borrowed_randomness
from offbeat.estimators.saving import save
from offbeat.events import Event, hysteresis, mask_to_events
from offbeat.series.any_frame import like
from offbeat.series.recording import Recording
from offbeat.thresholds import Threshold, Tiers

__all__ = ["Common", "Detector", "Explanation", "Scaled", "Shared"]


class Detector(Scoring):
    """Learns what normal looks like; gives a score to what it is shown.

    The words are scikit-learn's and PyOD's, the sign is PyOD's: **higher means more anomalous**.

    Parameters
    ----------
    window : int, optional
        With a window the detector reads recordings, and scores each time step by the window that ends there; without
        one (None) it reads collections, and scores each series.
    scaling : {"standard", "minmax", "robust", "none"}
        How each channel is scaled, learned on the training data alone.
    held_out : float
        The share of the normal training data kept aside to stop training and to set thresholds, where ``fit`` is
        given no ``validation`` data. The last part of a recording, a random draw of a collection.
    threshold : Threshold, optional
        From scores to 0/1; ``Quantile(0.05)`` where None.
    tiers : Tiers, optional
        From scores to normal, watch and alarm; ``Tiers(0.05, 0.01)`` where None.
    random_state : int
        Seed of everything that is drawn at random. The caller's global random state is never touched.
    fold : {"last", "mean", "max", "median"}
        How the scores of windows become scores of time steps: that of the window which ends there, so that nothing that
        comes after matters; or the mean, maximum or median of all windows that cover it, which finds edges more
        sharply but is known only a window later. See :meth:`offbeat.series.windows.Windows.fold`.
    stride : int
        Time steps between the starts of the windows learned from; more than 1 saves time on long recordings. Scores
        are given at every time step.

    Attributes
    ----------
    settings_ : Detector
        An unfitted copy with the settings that ``fit`` used. Scoring, explaining, streaming and saving go by these;
        what ``set_params`` changes afterwards is for the next ``fit``.
    threshold_, tiers_ : Threshold, Tiers
        Fitted on the held-out scores.
    scaler_ : Scaler
        The shift and scale of each channel.
    held_out_scores_, train_scores_ : arrays
        The scores of the normal data kept aside, and of the data learned from.
    n_times_, channels_ : int, tuple of str
        Time steps of a series (or window), and the names of the channels.
    domain_ : str
        What the data learned from is about, see :class:`offbeat.Collection`.
    step_ : float or None
        Seconds between the time steps of the recording learned from, where it knows.
    seen_ : array of uint64
        A fingerprint of each series learned from or held out, so that an evaluation can leave them out.
    learned_from_ : tuple of LearnedFrom
        The stretches of recordings that ``fit`` was given, ``X`` and where there is one ``validation``, so that an
        evaluation can leave them out; none for collections.
    """

    name: ClassVar[str] = ""
    """What the command line calls it."""
    is_baseline: ClassVar[bool] = False
    """Whether it is one of the simple methods that stand beside every result."""
    adapts: bool = False
    """Whether a score depends on what came before its window, too."""

    @property
    def n_features_in_(self) -> int:
        """How many numbers a row of a table has, for scikit-learn: channels of a recording, values of a series.

        Raises
        ------
        AttributeError
            Before ``fit``, as scikit-learn wants it.
        """
        return len(self.channels_) * (self.n_times_ if self._windows is None else 1)

    # What users call.

    def fit(self, X: Any, y: npt.ArrayLike | None = None, *, validation: Any = None) -> Self:
        """Learn what normal looks like.

        Parameters
        ----------
        X : Collection, Recording, DataFrame or array
            Mostly normal data: ``(n_series, n_channels, n_times)`` or ``(n_series, n_times)`` without a window,
            ``(n_times, n_channels)`` or ``(n_times,)`` with one. Series with missing values are left out.
        y : array of shape (n_series,) or (n_times,), optional
            1 where an anomaly is known: these are left out. Never needed.
        validation : like X, optional
            Normal data to hold out, in place of a part of ``X``.

        Returns
        -------
        Self
            The fitted detector.

        Raises
        ------
        ParameterError
            If a setting is out of its range.
        DataError, ShapeError
            If the data is of the wrong data, too little, infinite or constant.
        """
        self._validate()
        with unless_it_fails(self):
            self._freeze()
            self._look(X)
            return self._learn_from(X, y, validation)

    def _learn_from(self, X: Any, y: npt.ArrayLike | None, validation: Any) -> Self:
        framing = self._framing
        framed = framing.read(X)
        framed.warn("left out of the training")
        usable = np.flatnonzero(framed.complete & ~framing.labelled(y, framed))
        if validation is None:
            other = framed
            learned, kept = framing.hold_out(usable, self.held_out, self.random_state)
        else:
            other = framing.read(validation, framed.series.shape[2], framed.data.channels)
            other.warn("left out of the validation")
            learned, kept = usable, np.flatnonzero(other.complete)
        with borrowed_randomness(self.random_state):
            train = framed.series[learned[:: self.stride]]
            self.step_, self.domain_ = framed.step, framed.data.domain
            self._take(train, other.series[kept], framed.data.channels)
            self.seen_ = fingerprints(np.concatenate([train, other.series[kept]]) if self.window is None else train[:0])
            del train
            self.train_scores_ = self._scores_of(framed, learned)
            self.held_out_scores_ = self._scores_of(other, kept)
        self.learned_from_ = _stretches(framed, other)
        if not len(self.held_out_scores_):
            raise DataError(
                f"fold={self.fold!r} needs {2 * self.n_times_ - 1} time steps in a row to score one, but the part held "
                "out is shorter: give more data, a larger held_out, a shorter window, or fold='last'"
            )
        return self._calibrate()

    @overload
    def decision_function(self, X: pd.DataFrame | pd.Series[Any]) -> pd.Series[float]: ...

    @overload
    def decision_function(self, X: Any) -> npt.NDArray[np.float64]: ...

    def decision_function(self, X: Any) -> Any:
        """Score each series of a collection or each time step of a recording; higher is more anomalous.

        Returns
        -------
        array of shape (n_series,) or (n_times,)
            NaN where no window ends, and where values are missing. Where ``X`` is a frame or a series, a series of the
            same library, with the index of ``X`` where that has one.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ShapeError
            If the length or the channels are not those of the training data.
        DataError
            If values are infinite or not numbers.
        """
        return like(X, self._scores_of(self._readable(X)), "score")

    @overload
    def predict(self, X: pd.DataFrame | pd.Series[Any]) -> pd.Series[int]: ...

    @overload
    def predict(self, X: Any) -> npt.NDArray[np.int64]: ...

    def predict(self, X: Any) -> Any:
        """Return 1 for what scores above the threshold, else 0; what has no score (NaN) is not flagged."""
        scores = self._scores_of(self._readable(X))
        return like(X, self.threshold_.predict(scores), "flag")

    def detect(self, X: Any, *, min_length: int = 1, merge_gap: int = 0, low: float | None = None) -> list[Event]:
        """Return what is flagged as events: runs of time steps, or whole series, with peak, tier and channels.

        Parameters
        ----------
        X : like that of ``fit``
        min_length : int
            Time steps that an event of a recording lasts at least; shorter ones are dropped.
        merge_gap : int
            Events of a recording are joined when at most that many time steps lie between them.
        low : float, optional
            An event of a recording begins above the threshold, and goes on while scores are above this; see
            :func:`offbeat.events.hysteresis`. The threshold itself where None.
        """
        framed = self._readable(X)
        scores = self._scores_of(framed)
        flagged = self.threshold_.predict(scores)
        if isinstance(framed.data, Recording):
            if low is not None:
                flagged = hysteresis(scores, self.threshold_.value_, low)
            # Explaining can cost many times what scoring does: only what is flagged is explained.
            return mask_to_events(
                flagged,
                scores,
                tiers=self.tiers_,
                min_length=min_length,
                merge_gap=merge_gap,
                shares=self._explained(framed, scores, flagged == 1).shares,
                channels=self.channels_,
                timestamps=framed.data.timestamps,
            )
        shares = self._explained(framed, scores, flagged == 1).shares
        tiers = self.tiers_.predict(scores)
        return [self._event(int(i), scores[i], int(tiers[i]), shares[i]) for i in np.flatnonzero(flagged)]

    def explain(self, X: Any) -> Explanation:
        """Return the expected signal, and the share of each time step and channel in the score."""
        framed = self._readable(X)
        return self._explained(framed, self._scores_of(framed))

    def set_threshold(self, threshold: Threshold | None = None, tiers: Tiers | None = None) -> Self:
        """Decide by another threshold, other tiers or both, without training again.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        """
        self._check_fitted()
        with unless_it_fails(self):
            self._decide_by(threshold, tiers)
            return self._calibrate()

    def save(self, folder: str | Path) -> Path:
        """Write the model as a folder: ``config.json`` and ``weights.safetensors``, no pickle.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        OutputError
            If the folder cannot be written; nothing half-written is left.
        """
        self._check_fitted()
        return save(self, "detector", folder)


def _stretches(*framed: Framed) -> tuple[LearnedFrom, ...]:
    """Return what is kept of each recording; nothing of collections."""
    recordings = {id(each.data): each.data for each in framed}
    return tuple(LearnedFrom.of(data) for data in recordings.values() if isinstance(data, Recording))
