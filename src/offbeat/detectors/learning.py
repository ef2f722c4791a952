"""How a detector learns: from which part of the data, by which normal scores it decides, and what it sets apart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from copy import copy
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from offbeat.detectors.folds import fitted_copy, held_out_outputs, hold_out_if_needed
from offbeat.detectors.scorer import Algorithm, Scorer
from offbeat.detectors.scoring.location import within
from offbeat.detectors.scoring.suspects import warn_of_incidents
from offbeat.detectors.scoring.views import Explained, Flags, Found, Mask, Rows, Scores, View, Viewed
from offbeat.errors import DataError, LargeTrainingWarning, NotFittedError, ParameterError, ignoring, warn
from offbeat.estimators.inputs import learnable
from offbeat.estimators.randomness import borrowed_randomness
from offbeat.events import Event
from offbeat.series.joined import Joined
from offbeat.series.recording import Collection, FloatArray
from offbeat.thresholds import FewScoresWarning, Fixed, Threshold, Tiers
from offbeat.thresholds.incidents import incidents

__all__ = ["Learning"]

Rule = TypeVar("Rule", Threshold, Tiers)

_BYTES = 20
"""What learning takes for each value of a window: as it was given, scaled, and as most algorithms take it."""
_LARGE = 4e9


class Learning(Algorithm):
    """The part of :class:`~offbeat.detectors.base.Detector` behind ``fit``; its docstring names what is learned."""

    threshold_: Threshold
    tiers_: Tiers
    step_: float | None = None
    spans_gaps_: bool
    domain_: str
    normal_class_: str
    held_out_scores_: Scores
    live_held_out_scores_: Scores
    held_out_from_: int
    held_out_groups_: Rows
    train_scores_: Scores
    incidents_: list[Event]
    is_exported_: bool = False

    @property
    def scorer_(self) -> Scorer:
        """The fitted detector on plain arrays; mixtures and streams use it.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        """
        self._require_fitted()
        return Scorer(self)

    def _require_fitted(self) -> None:
        if "scaler_" not in vars(self):
            raise NotFittedError(f"this {type(self).__name__} has not learned anything yet: call fit first")

    def _learn_from(self, X: Any, y: npt.ArrayLike | None, validation: Any) -> Self:
        X, y = learnable(X, y)
        if isinstance(X, Joined):
            self._require_joinable(X)
        scorer = Scorer(self)
        view = scorer.prepare(X)
        viewed = view.read(X)
        view.warn_of_gaps(viewed, viewed.complete, "left out of the training")
        usable = self._chosen(np.flatnonzero(viewed.complete & ~view.labelled(y, viewed)), viewed)
        self._warn_of_size(view, viewed, len(usable))
        self.incidents_, self.live_held_out_scores_, self.held_out_from_ = [], np.empty(0), -1
        self.is_exported_ = False
        if validation is not None:
            other = view.read(learnable(validation)[0], viewed.series.shape[2], viewed.data.channels)
            view.warn_of_gaps(other, other.complete, "left out of the validation")
            kept = np.flatnonzero(other.complete)
            view.require_enough(len(usable), len(kept))
            self._fit_on(viewed, usable, other, kept)
        else:
            self._fit_alone(view, viewed, usable)
        if np.isnan(self.held_out_scores_).all():
            raise DataError(
                "expected held-out time steps with a score, got none: give more data, a larger held_out, or a shorter "
                "window"
            )
        return self._calibrate()

    def _require_joinable(self, joined: Joined) -> None:
        """Refuse several recordings where what is learned from one would depend on those before it."""
        if self.learns_in_order:
            raise ParameterError(
                f"expected one recording, got {len(joined.parts)}: this {type(self).__name__} learns how scores "
                "follow each other, so fit one model for each recording (fit_each, or --each), or set memory=0"
            )

    def _warn_of_size(self, view: View[Any], viewed: Viewed[Any], n_rows: int) -> None:
        """Warn where all windows to learn from take much more memory than the recording, with a stride that helps."""
        n_learned, values = -(-n_rows // self.stride), math.prod(viewed.series.shape[1:])
        size = _BYTES * n_learned * values
        if view.reads == "recordings" and size > _LARGE:
            enough = self.stride * math.ceil(size / _LARGE)
            warn(
                f"learning from {n_learned:,} windows at once takes about {size / 1e9:,.2g} GB of memory: "
                f"stride={enough} (--set stride={enough}) learns from one in {enough}",
                LargeTrainingWarning,
            )

    def _chosen(self, usable: Rows, viewed: Viewed[Any]) -> Rows:
        """Return which of the rows to learn from: all, unless a detector says that they are too many."""
        return usable

    def _fit_alone(self, view: View[Any], viewed: Viewed[Any], usable: Rows) -> None:
        """Learn from data that the normal scores which set the thresholds come from, too."""
        if not (self._by_folds(view) and self._fit_by_folds(view, viewed, usable)):
            learned, kept = view.hold_out(viewed, usable, self.held_out, self.random_state)
            view.require_enough(len(learned), len(kept))
            self._fit_on(viewed, learned, viewed, kept)
            return
        scores = np.full(viewed.n_scores, np.nan)
        scores[view.kept(viewed, usable)] = self.held_out_scores_
        rule = self._incident_rule(scores)
        if rule is not None:
            self._set_apart(view, viewed, usable, scores, rule)

    def _fit_by_folds(self, view: View[Any], viewed: Viewed[Any], usable: Rows) -> bool:
        """Learn from all rows, and score them by folds; return whether that was possible."""
        outputs = held_out_outputs(self, view, viewed, usable)
        if outputs is None:
            return False
        learned, kept = hold_out_if_needed(self, view, viewed, usable)
        self._fit_on(viewed, learned, viewed, kept)
        kept = view.kept(viewed, usable)
        self._keep_normal(outputs, viewed.n_scores, kept)
        self.held_out_from_ = int(kept[0]) if view.reads == "recordings" else -1
        self.held_out_groups_ = view.groups(viewed, usable)
        return True

    def _incident_rule(self, scores: Scores) -> Fixed | None:
        """Return the threshold that only incidents among normal scores exceed; None where there are none."""
        found = incidents(scores, self.scorer_.view.overlap(self.n_times_))
        return Fixed(float(np.nextafter(scores[found].min(), -np.inf))).fit(scores) if len(found) else None

    def _near(self, flags: Flags) -> Mask:
        """Return which scores are about a time step, or series, that a flagged one is about, too."""
        around, delay = self.scorer_.view.overlap(self.n_times_) - 1, self.scorer_.stage().delay
        return within(flags == 1, around + delay, around + delay)

    def _set_apart(self, view: View[Any], viewed: Viewed[Any], usable: Rows, scores: Scores, rule: Fixed) -> None:
        """Say which of the training data looks like incidents, and learn without it where that is wanted."""
        flags = rule.predict(scores)
        normal = usable[~self._near(flags)[viewed.score_index[usable]]]
        model: Self | None = self
        if self.incidents == "drop":
            if not self._fit_by_folds(view, viewed, normal):
                raise DataError("too little data is left without what looks like incidents: pass incidents='keep'")
        else:
            # What has learned from an incident may not find anything wrong in it.
            with ignoring(Warning), suppress(DataError):
                model = fitted_copy(self, view, viewed, normal)
        tiers = Tiers(rule, rule).fit(scores)
        found = Found(flags, scores, tiers, viewed.data.channels, self.scorer_.stage().after)
        self.incidents_, names = view.located(viewed, (model or self)._events(viewed, found))
        warn_of_incidents(self.incidents_, names, dropped=self.incidents == "drop")

    def _by_folds(self, view: View[Any]) -> bool:
        if self.calibration != "auto":
            return self.calibration == "folds"
        return view.reads == "recordings" or (self.scores_compare and not self.uses_held_out)

    def _fit_on(self, viewed: Viewed[Any], learned: Rows, other: Viewed[Any], kept: Rows) -> None:
        """Learn from some rows; others, of the same data or not, stop a training and set the thresholds."""
        scorer = Scorer(self)
        view = scorer.view
        train, held_out = viewed.series[learned[:: self.stride]], other.series[kept]
        with borrowed_randomness(self.random_state):
            scorer.fit(train, held_out, viewed.data.channels)
            self.step_, self.domain_ = view.step(viewed.data), viewed.data.domain
            self.spans_gaps_ = view.spans_gaps(viewed.data)
            self.normal_class_ = _only_class(viewed.data)
            self.seen_ = view.fingerprints(train, held_out)
            del train, held_out
            self.train_scores_ = self._learned_scores(viewed, learned)
            if len(kept):
                self._keep_normal(self._outputs_of(other, kept), other.n_scores, other.score_index[kept])
            self.held_out_groups_ = view.groups(other, kept)
        self.learned_from_ = view.stretches(viewed, other)

    def _scores_of(self, viewed: Viewed[Any], rows: Rows | None = None) -> Scores:
        """Return all scores of the data, or those of the given rows that are known."""
        scored = viewed.scored if rows is None else None
        scores = self.scorer_.stage().score_all(self._outputs_of(viewed, rows), viewed.n_scores, scored)
        if rows is None:
            return scores
        known = scores[viewed.score_index[rows]]
        return np.asarray(known[~np.isnan(known)])

    def _learned_scores(self, viewed: Viewed[Any], learned: Rows) -> Scores:
        """Return the known scores of the rows learned from, by the model."""
        return self._scores_of(viewed, learned)

    def _outputs_of(self, viewed: Viewed[Any], rows: Rows | None = None) -> FloatArray:
        """Return the outputs of all rows, or NaN for all but the given ones."""
        return self.scorer_.all_outputs(viewed, None if rows is None else viewed.mask(rows))

    def _keep_normal(self, outputs: FloatArray, n_scores: int, at: Rows) -> None:
        """Keep the scores of normal data, as of a finished recording and as of a stream where they differ."""
        self.held_out_scores_ = self.scorer_.stage().score_all(outputs, n_scores)[at]
        if self._differs_live():
            self.live_held_out_scores_ = self._as_live().scorer_.stage().score_all(outputs, n_scores)[at]

    def _differs_live(self) -> bool:
        """Return whether a stream is scored in another way than a finished recording."""
        settings = self._settings
        return self.scorer_.stage().delay > 0 and any(getattr(settings, name) == "auto" for name in self.live_settings)

    def _as_live(self) -> Self:
        """Return a detector that shares what this one has learned, with the settings for streams."""
        twin = copy(self)
        twin.settings_ = clone(self._settings).set_params(**self.live_settings)
        twin.set_params(**self.live_settings)
        return twin

    def _events(self, viewed: Viewed[Any], found: Found) -> list[Event]:
        # Explaining can cost many times what scoring does: only what is flagged is explained.
        view = self.scorer_.view
        return view.events(viewed, found, self._explanations(viewed, view.to_explain(viewed, found)))

    def _explanations(self, viewed: Viewed[Any], wanted: Mask) -> Iterator[Explained]:
        """Yield the explanations of the wanted series, in batches."""
        scorer = self.scorer_
        for rows, batch in scorer.batches(viewed, wanted):
            yield rows, *scorer.explain(batch)

    def _normal_scores(self) -> Scores:
        """Return the held-out scores; of a recording NaN near incidents that the model has learned from."""
        scores = self.held_out_scores_
        # Of single series nobody can tell incidents from a heavy tail, which the rates have to allow for.
        apart = self.incidents_ and self._settings.incidents == "keep" and self.scorer_.view.reads == "recordings"
        rule = self._incident_rule(scores) if apart else None
        return scores if rule is None else np.where(self._near(rule.predict(scores)), np.nan, scores)

    def _calibrate(self) -> Self:
        """Fit the threshold and the tiers to the held-out scores."""
        view, chosen, scores = self.scorer_.view, self._settings, self._normal_scores()
        threshold = view.default_threshold() if chosen.threshold is None else chosen.threshold
        tiers = view.default_tiers(threshold) if chosen.tiers is None else chosen.tiers
        self.threshold_ = self._fitted_rule(threshold, scores)
        # Warnings about rates that nobody asked for would only be in the way.
        with ignoring(*[FewScoresWarning][: chosen.tiers is None]):
            self.tiers_ = self._fitted_rule(tiers, scores)
        return self

    def _fitted_rule(self, rule: Rule, scores: Scores) -> Rule:
        """Return a copy of the rule, fitted to these held-out scores; tiers beside the threshold that there is."""
        about: dict[str, Any] = {
            "window": self.scorer_.view.overlap(self.n_times_),
            "step": self.step_,
            "groups": self.held_out_groups_ if len(self.held_out_groups_) else None,
            "digits": self.scores_digits,
        }
        if isinstance(rule, Tiers):
            about["threshold"] = self.threshold_
        fitted: Rule = clone(rule).fit(scores, **about)
        return fitted


def _only_class(data: Any) -> str:
    """Return the label that all series have; empty where there is none, or several."""
    classes = data.classes if isinstance(data, Collection) else ()
    return classes[0] if len(classes) == 1 else ""
