"""The contract of every detector: public methods validate, subclasses compute."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from offbeat.detectors.exporting import exported
from offbeat.detectors.learning import Rule
from offbeat.detectors.scorer import Scaled
from offbeat.detectors.scores import Scoring
from offbeat.detectors.scoring.explanation import Explanation
from offbeat.detectors.scoring.fingerprints import fingerprints
from offbeat.detectors.scoring.views import Found, Scores, Viewed
from offbeat.detectors.settings import Common, Shared
from offbeat.detectors.shown import detector_tables
from offbeat.errors import DataError, ignoring
from offbeat.estimators.frozen import freeze, unless_it_fails
from offbeat.estimators.saving import save
from offbeat.estimators.settings import require_name
from offbeat.events import Events
from offbeat.metrics import Evaluation, evaluate
from offbeat.plotting import drawn
from offbeat.series.collection import Collection
from offbeat.tables import ShownAsTables, Table
from offbeat.thresholds import FewScoresWarning, Threshold, Tiers

__all__ = ["Common", "Detector", "Explanation", "Scaled", "Shared"]


class Detector(ShownAsTables, Scoring):
    """Learns what normal data looks like, and scores other data: **higher means more anomalous**, as in PyOD.

    Parameters
    ----------
    window : int, optional
        With a window the detector reads recordings, and scores each time step by the windows over it, see ``fold``;
        without one (None) it reads collections, and scores each series.
    scaling : {"standard", "minmax", "robust", "none"}
        How each channel is scaled, learned on the training data alone.
    held_out : float
        The share of the normal training data that is held out to stop a training, unless ``fit`` gets ``validation``
        data: the last part of a recording, a random part of a collection.
    threshold : Threshold, optional
        Turns scores into 0 and 1. Where None, one alarm a week for recordings (``Budget(1)``), and 5 in 100 series for
        collections (``Quantile(0.05)``).
    tiers : Tiers, optional
        Turns scores into normal, watch and alarm, and follows the threshold: what is at *alarm* is flagged, and what is
        flagged is at *watch* at least. Where None, whatever is flagged in a recording is an alarm, and seven times the
        budget of the threshold is to be watched (one a day beside another rule); and 5 and 1 in 100 series for
        collections.
    random_state : int
        Seed of all random numbers. The caller's global random state is never touched.
    fold : {"auto", "last", "mean", "max", "median"}
        How a time step is scored by windows: by the window that ends there, so that nothing after it matters; or by the
        mean, maximum or median of all windows over it, which places scores where the anomaly is but is known only a
        window later. See :meth:`offbeat.series.windows.Windows.fold`. ``"auto"`` takes the mean for finished
        recordings, and the window that ends there for streams (see :meth:`live`) and with a ``memory``.
    stride : int
        Time steps between the starts of the windows learned from; more than 1 saves time on long recordings. Every time
        step is scored all the same.
    calibration : {"auto", "folds", "held-out"}
        Which normal scores set thresholds. ``"folds"``: the training data is cut into ``n_folds`` parts (of time, or of
        groups where they are known), each is scored by a copy fitted on the others, and the model itself learns from
        all of it; a fit takes ``n_folds`` more times as long. ``"held-out"``: the model learns from all but the
        ``held_out`` part, which sets the thresholds: quick, but one stretch of time says little about others. By itself
        a detector takes folds, unless it reads collections and needs a held-out part anyway, as networks do (that is a
        good sample, too), or scores of different fits may not compare. With ``validation`` data, that sets them.

    incidents : {"keep", "drop"}
        What becomes of training data that looks like incidents, because the scores that it gets by folds stand far out
        of the rest (see :func:`offbeat.thresholds.incidents.incidents`). ``"keep"``: the model learns from it, but it
        does not set thresholds. ``"drop"``: it is left out as if it were labelled, which takes one more pass.

    Attributes
    ----------
    settings_ : Detector
        An unfitted copy with the settings that ``fit`` used. Scoring, explaining, streaming and saving use these; what
        ``set_params`` changes afterwards is for the next ``fit``.
    threshold_, tiers_ : Threshold, Tiers
        Fitted on the held-out scores.
    scaler_ : Scaler
        The shift and scale of each channel.
    held_out_scores_, train_scores_ : arrays
        Scores of normal data by models that had not seen it, which set the thresholds (of a recording in the order of
        time, NaN where there is none); and of the data learned from, by the model.
    live_held_out_scores_ : array
        ``held_out_scores_`` as a stream scores the same data, see :meth:`live`; empty where nothing differs.
    held_out_from_ : int
        The time step of the recording learned from that the first of ``held_out_scores_`` belongs to (of several
        recordings joined, see :class:`offbeat.series.joined.Joined`); -1 where they are not in the order of time.
    held_out_groups_ : array of int
        The group of each of the former; empty where there are none.
    incidents_ : list of Event
        The training data that looks like incidents; empty where the thresholds are not set by folds.
    n_times_, channels_ : int, tuple of str
        Time steps of a series (or window), and the names of the channels.
    domain_ : str
        What the data learned from is about, see :class:`offbeat.Collection`.
    normal_class_ : str
        The label of the series learned from, where all have the same; else empty.
    step_ : float or None
        Seconds between the time steps of the recording learned from; None where not known.
    spans_gaps_ : bool
        Whether the rows of the recording learned from were taken as they follow each other across gaps in time
        (``gaps="keep"``), one in every window on average. A service takes the points of streams in the same way then,
        and fills no missing ones.
    seen_ : array of uint64
        A fingerprint of each series learned from or held out, so that an evaluation can leave them out.
    is_exported_ : bool
        Whether it is saved as :meth:`to_onnx` does.
    learned_from_ : tuple of LearnedFrom
        The stretches of recordings that ``fit`` was given, ``X`` and where there is one ``validation``, so that an
        evaluation can leave them out; none for collections.
    """

    @classmethod
    @abstractmethod
    def example(cls) -> Self:
        """Return an unfitted detector with tiny settings, for tests and trials."""

    @property
    def n_features_in_(self) -> int:
        """How many numbers a row of a table has, for scikit-learn: channels of a recording, values of a series.

        Raises
        ------
        AttributeError
            Before ``fit``, as scikit-learn expects.
        """
        return self.scorer_.view.n_features(len(self.channels_), self.n_times_)

    def fit(self, X: Any, y: npt.ArrayLike | None = None, *, validation: Any = None) -> Self:
        """Learn what normal looks like.

        Parameters
        ----------
        X : Collection, Recording, DataFrame or array; Panel, dict or list of recordings or frames
            Mostly normal data: ``(n_series, n_channels, n_times)`` or ``(n_series, n_times)`` without a window,
            ``(n_times, n_channels)`` or ``(n_times,)`` with one. Series with missing values are left out. From several
            recordings one model is learned: no window spans two of them, one scaling holds for all, and parts of each
            set the threshold, so that an alarm a week is one for each of them.
        y : array of shape (n_series,) or (n_times,), optional
            1 where an anomaly is known, else 0; known anomalies are left out. Never needed. Of several recordings their
            own labels are taken.
        validation : like X, optional
            Normal data to hold out instead of a part of ``X``.

        Returns
        -------
        Self
            The fitted detector.

        Raises
        ------
        IncompleteClassError
            If its class has no ``name``.
        ParameterError
            If a setting is out of its range.
        DataError, ShapeError
            If the data is of the wrong kind or shape, too little, infinite or constant.
        """
        require_name(type(self))
        self.validate()
        with unless_it_fails(self):
            freeze(self)
            return self._learn_from(X, y, validation)

    def detect(
        self,
        X: Any,
        *,
        min_length: int = 1,
        merge_gap: int | None = None,
        low: float | None = None,
        start: int = 0,
        scores: Scores | None = None,
    ) -> Events:
        """Return events: flagged series, or stretches of time to blame for flagged scores.

        A score is about whole windows, but an event of a recording lies where its scores come from: at the shortest
        stretch that holds 65 % of them, by ``explain``, or in the middle of the windows where a detector does not know.
        ``known_at`` is the time step from which on it was known. What is flagged for longer than 64 windows is placed
        in parts of about that length, and the event goes from the first to the last of them. So it does where scores
        have peaks more than a window apart: what a higher threshold finds on its own stays in an event of a lower one.

        Parameters
        ----------
        X : Collection, Recording, DataFrame or array
            As for ``decision_function``.
        min_length : int
            Events of a recording whose scores are flagged for fewer time steps are dropped.
        merge_gap : int, optional
            Events of a recording with at most this many time steps between their flagged scores are joined; the length
            of a window where None, for what is closer together has one cause. Events that overlap or touch where they
            lie are joined in any case.
        low : float, optional
            An event of a recording begins above the threshold value, and goes on while scores stay above ``low``; see
            :func:`offbeat.events.hysteresis`. The threshold value where None.
        start : int
            First time step, or series, that may be flagged, or lie in an event.
        scores : array of shape (n_series,) or (n_times,), optional
            What ``decision_function`` gave for ``X``, where it is at hand; saves scoring again. Or what
            ``unseen_scores`` gave, where events are looked for in what was learned from.
        """
        scorer = self.scorer_
        # Where the scores are there, what is missing was told with them.
        viewed = self._read(X) if scores is None else scorer.read(X)
        if scores is None:
            scores = self._scores_of(viewed)
            self._warn_of_learned(viewed.data, scores)
        scores = np.asarray(scores, dtype=np.float64)
        flags = scorer.view.flags(scores, self.threshold_, low)
        flags[:start] = 0
        after = scorer.stage().after
        found = Found(flags, scores, self.tiers_, self.channels_, after, start, min_length, merge_gap)
        return Events(self._events(viewed, found))

    def explain(self, X: Any) -> Explanation:
        """Return the expected signal, and the share of each time step and channel in the scores."""
        viewed = self._read(X)
        return self._explained(viewed, self._scores_of(viewed))

    def evaluate(self, X: Collection, normal: str, *, n_bootstrap: int = 1000) -> Evaluation:
        """Evaluate the detector on labelled series that it has neither learned from nor held out.

        Those of ``X`` that it has are left out. For recordings see :func:`offbeat.compare`.

        Parameters
        ----------
        X : Collection
            With labels.
        normal : str
            The label of the normal class; every other one counts as anomalous.
        n_bootstrap : int
            Resamples for the intervals of the figures; 0 leaves their bounds NaN.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        DataError
            If there are no labels, or what is left is all normal or all anomalous.

        Examples
        --------
        >>> import offbeat
        >>> split = offbeat.normal_split(offbeat.load_data("synthetic-heartbeats"), "1")
        >>> found = offbeat.PCADetector().fit(split.train, validation=split.validation).evaluate(split.source, "1")
        >>> found.n_normal, found.n_anomalies, found.auroc.value > 0.9
        (90, 670, True)
        """
        self._require_fitted()
        if X.labels is None:
            raise DataError("expected a collection with labels to evaluate on, got one without")
        data = X[~np.isin(fingerprints(X.values), self.seen_)]
        assert data.labels is not None
        return evaluate(
            self.name,
            data.labels != normal,
            self.decision_function(data),
            threshold=self.threshold_.value_,
            classes=data.labels,
            class_names=data.class_names,
            held_out_scores=self.held_out_scores_,
            target=self.threshold_.target,
            n_bootstrap=n_bootstrap,
        )

    def plot(self, X: Any, *, interactive: bool = False) -> Any:
        """Draw data as the detector sees it: of a recording its scores and events; of a collection scores by class.

        Parameters
        ----------
        X : Collection, Recording, DataFrame or array
            As for ``decision_function``.
        interactive : bool
            Whether to make a figure of plotly, to zoom and to hover over; of recordings only.

        Returns
        -------
        matplotlib.figure.Figure or plotly.graph_objects.Figure
            See :func:`offbeat.recording_overview`, :func:`offbeat.scores_by_class`, :func:`offbeat.score_histograms`.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        MissingExtraError
            If matplotlib, or plotly for an interactive figure, is not installed.

        Examples
        --------
        >>> from offbeat import PCADetector
        >>> detector = PCADetector(window=20).fit(np.sin(np.arange(3000) / 9))
        >>> len(detector.plot(np.sin(np.arange(500) / 9)).axes)  # the recording, and its scores
        2
        """
        viewed = self._read(X)
        return drawn("detector", self, viewed.data, self._scores_of(viewed), interactive=interactive)

    def fitted_rule(self, rule: Rule) -> Rule:
        """Return a copy of a threshold or of tiers, fitted to the held-out scores; the detector stays as it is.

        Parameters
        ----------
        rule : Threshold or Tiers
            Unfitted, such as ``Budget(2)``; tiers follow the threshold of the detector.

        Raises
        ------
        NotFittedError
            Before ``fit``.

        Examples
        --------
        >>> from offbeat import Budget, PCADetector
        >>> detector = PCADetector(window=20).fit(np.sin(np.arange(30_000) / 9))
        >>> bool(detector.fitted_rule(Budget(14)).value_ <= detector.threshold_.value_), detector.threshold_.alarms
        (True, 1)
        """
        self._require_fitted()
        return self._fitted_rule(rule, self._normal_scores())

    def set_threshold(self, threshold: Threshold | float | None = None, tiers: Tiers | None = None) -> Self:
        """Use another threshold, other tiers or both, without training again; both are fitted to the held-out scores.

        The tiers follow the threshold, whichever of them is given.

        Parameters
        ----------
        threshold : Threshold or float, optional
            A rule, such as ``Budget(3)``, or the score itself above which to flag, as ``Fixed`` takes it.
        tiers : Tiers, optional
            Turn scores into normal, watch and alarm.

        Raises
        ------
        ParameterError
            If it is neither.
        NotFittedError
            Before ``fit``.
        """
        self._require_fitted()
        with unless_it_fails(self):
            self._decide_by(threshold, tiers)
            return self._calibrate()

    def live(self) -> Self:
        """Return the detector as streams use it: a time step has its score when it comes, not a window later.

        What is learned is shared. Where ``fold`` is ``"auto"``, scores are those of the windows that end at a time
        step, and thresholds and tiers are fitted to such scores of the same normal data. Else, or without a window, it
        is the detector itself.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        """
        self._require_fitted()
        if not len(self.live_held_out_scores_):
            return self
        twin = self._as_live()
        twin.held_out_scores_, twin.live_held_out_scores_ = self.live_held_out_scores_, np.empty(0)
        with ignoring(FewScoresWarning):
            return twin._calibrate()

    def save(self, folder: str | Path) -> Path:
        """Write the model as a folder: ``config.json`` and ``weights.safetensors``, no pickle.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        OutputError
            If the folder cannot be written; nothing half-written is left.
        """
        self._require_fitted()
        return save(self, "detector", folder)

    def to_onnx(self, folder: str | Path) -> Path:
        """Write the model as a folder that needs ONNX Runtime in place of PyTorch.

        It is a model folder as :meth:`save` writes it, with networks as ONNX: ``offbeat.load`` gives a detector of the
        same class, with the same scores (to float32 rounding), decisions and explanations, in batches and in streams.
        Where the score is a function of one series or window, the file ``score.onnx`` beside maps raw series to scores
        and decisions, for programs that know nothing of offbeat.

        Parameters
        ----------
        folder : path
            Where it goes; an older model there is replaced whole.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        OutputError
            If there is nothing to export (such a detector is saved without PyTorch already), a network cannot be
            expressed in ONNX, or the folder cannot be written.
        MissingExtraError
            If ONNX is not installed.

        Examples
        --------
        >>> import tempfile, offbeat
        >>> curves = offbeat.load_data("synthetic-curves")
        >>> folder = offbeat.PCADetector().fit(curves.where("normal")).to_onnx(tempfile.mkdtemp())
        >>> sorted(path.name for path in folder.iterdir())
        ['config.json', 'score.onnx', 'weights.safetensors']
        """
        self._require_fitted()
        return exported(self).save(folder)

    def _summary(self) -> list[Table]:
        return detector_tables(self)

    def _explained(self, viewed: Viewed[Any], scores: Scores) -> Explanation:
        """Explain all scores."""
        view, after = self.scorer_.view, self.scorer_.stage().after
        explained = self._explanations(viewed, viewed.scored)
        return Explanation(*view.explained(viewed, scores, after, explained), scores)
