"""How unlike all of the past a recording is, by the nearest window of its history."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Self, Unpack

import numpy as np
import numpy.typing as npt

from offbeat.detectors.base import Detector, Scaled, Shared
from offbeat.detectors.scoring.concatenation import concatenated, runs_of
from offbeat.detectors.scoring.joins import look_back
from offbeat.detectors.scoring.profile_channels import Known, Past
from offbeat.detectors.scoring.profile_combination import Channels
from offbeat.detectors.scoring.profile_learning import SelfJoin, restored
from offbeat.detectors.scoring.profile_plan import PLACEMENTS, Plan, plan_of
from offbeat.detectors.scoring.profiling import Profiling, values_of
from offbeat.detectors.scoring.stages import Refractory, Stage
from offbeat.detectors.scoring.views import Mask, Rows, Scores, View, Viewed
from offbeat.detectors.scoring.windows_view import WindowsView
from offbeat.detectors.settings import Steps
from offbeat.errors import ModelError, ParameterError, SampledDataWarning, ShapeError, warn
from offbeat.estimators.folder import Arrays, array_of
from offbeat.estimators.hints import Range, require_choice, validate_types
from offbeat.estimators.inputs import as_recording
from offbeat.series.periods import suggest_window
from offbeat.series.recording import FloatArray
from offbeat.series.windows import Windows

__all__ = ["ProfileDetector"]

_MOST, _LEAST, _STRETCHES = 20_000, 8_000, 8
"""How many windows are learned from at most: so many by the number of channels, but no fewer than the second; and in
how many stretches of the training part they lie. Of several channels each confirms the others, so fewer will do."""
_SPANS = 4
"""As many times as long as a window is a stretch at least, where there are more of them."""
_PATIENCE = 0.05
"""The share of the newest time in which a stream must be unlike the training part to get used to it."""
_NEWEST = 10_000
"""How many of the newest distances a stream is calibrated by, besides those of the training part."""


class ProfileDetector(Detector):
    """Scores each time step by how far the windows around it are from the nearest window of the history.

    The history of a finished recording is the training part and the recording so far: what happened once is normal
    afterwards. That of a stream is the training part, and the recording so far once it has been unlike that for long,
    see ``patience``. The score is in digits: 3 is as rare as one in a thousand windows of the training part.

    Parameters
    ----------
    window : int, optional
        Time steps of a window. None for one period of the training part, or less where that is a day of minutes, see
        :func:`offbeat.series.periods.suggest_window`. A single channel is compared at half and twice this length, too.
    placement : {"auto", "centre", "end"}
        Where a score is placed: at the centre of its windows, which finds where an anomaly lies, but is known only two
        windows later; or at their end, where it depends on nothing that comes later. ``"auto"`` takes the first for
        finished recordings, the second for streams, see :meth:`live`.
    memory : int
        How many windows of the past count as history besides the training part, the newest; 0 for the training part
        alone.
    adaptation : int, optional
        How many of the newest distances say, besides those of the training part, what is rare. None for 10,000 where
        scores are placed at the end, and for 0 at the centre: in a finished recording all scores are measured alike.
    patience : float, optional
        The share of the newest time that a channel must have been unlike the training part before ``memory`` and
        ``adaptation`` count for it: so a stream gets used to what lasts, and not to incidents that come again. Unlike
        is what is rarer than one of the windows that fit into the training part side by side; the newest time is as
        long as the training part, and no longer than the two remember. 0 for counting at once. None for 0.05 where
        scores are placed at the end, and for 0 at the centre.
    refractory : float
        For streams: a score counts fully only if it is higher than all others in the time before it, as long as this
        share of the training part; else a tenth of it is left. So one cause raises one alarm. 0 for none.
    **common
        What every detector has, see :class:`~offbeat.detectors.base.Detector`. ``fold`` and ``stride`` stay as they
        are.

    Notes
    -----
    Each window of a channel is compared with those of the history that end before it begins, by up to four distances,
    called views: of shape (z-normalised), of shape and size (less their means), of the steps from value to value
    (z-normalised first differences), and of several channels of the values as they are. Placed at the centre, distances
    are averaged over as many windows as one has time steps. They are calibrated by the same distances within the
    training part. A view is the largest over its lengths; the score is the mean of the views, and what the distance
    from the mean so far and the change over five time steps have beyond one digit, at most 6: a quarter of it at the
    centre, all of it at the end, where a window has hardly changed yet.

    The digits of several channels are added, and the sum is turned to digits again by the gamma distribution that it
    has in the training part, however much the channels depend on each other (the methods of Fisher and Brown). A
    channel with two values there, such as a command, does not count. One that was constant there adds 6 where it has
    another value for the first time; a value that is nearer to those of the past, at least a window ago, adds the less.

    Of a long training part 20,000 windows are learned from, of several channels so many by the number of channels, but
    8,000 at least: in eight stretches, evenly spread. A :class:`~offbeat.errors.SampledDataWarning` says so.

    A saved model holds the training data itself.

    References
    ----------
    Yeh et al., "Matrix Profile I", ICDM 2016. Lu et al., "Matrix Profile XXIV" (DAMP), KDD 2022: looking back only, so
    that what happens twice is found. De Paepe et al., "A generalized matrix profile framework with support for
    contextual series analysis", 2020: why flat windows need care. Laxhammar & Falkman, "Conformal prediction for
    distribution-independent anomaly detection in streaming vessel data", 2010: calibration by ranks. Brown, "A method
    for combining non-independent, one-sided tests of significance", Biometrics 1975.

    Examples
    --------
    >>> import numpy as np
    >>> from offbeat import ProfileDetector
    >>> wave = np.sin(np.arange(3000) / 8) + 0.05 * np.random.default_rng(0).normal(size=3000)
    >>> wave[2000:2020] = wave[2000]
    >>> detector = ProfileDetector().fit(wave[:1000])
    >>> bool(1990 < np.nanargmax(detector.decision_function(wave)) < 2030)
    True
    """

    window_: int
    normal_: FloatArray
    _channels: Channels
    _live_channels: Channels | None
    _runs: npt.NDArray[np.int64]
    """Where in ``normal_`` each stretch without a gap begins, and at which time step of the training part."""
    _rows: Rows | None = None
    """While it learns: at which time step of the training part each window begins."""

    name = "profile"
    reads = ("recordings",)
    finds_window = True
    folds = ("last",)
    live_settings: ClassVar[Mapping[str, Any]] = {"placement": "end"}
    adapts = True
    scores_digits = True
    learns_constants = True

    def __init__(
        self,
        *,
        window: Steps | None = None,
        placement: str = "auto",
        memory: Annotated[int, Range(0, 1_000_000)] = 8_000,
        adaptation: Annotated[int, Range(0, 1_000_000)] | None = None,
        patience: Annotated[float, Range(0, 1)] | None = None,
        refractory: Annotated[float, Range(0, 1)] = 0.0,
        **common: Unpack[Shared],
    ) -> None:
        settings: dict[str, Any] = {**common, "window": window}
        super().__init__(**settings)
        self.placement = placement
        self.memory = memory
        self.adaptation = adaptation
        self.patience = patience
        self.refractory = refractory

    @property
    def is_adaptive(self) -> bool:
        """Whether a score depends on the time before its windows: with a memory, or where the calibration adapts."""
        return self._settings.memory > 0 or self._adaptation > 0 or self._settings.refractory > 0

    def _validate(self) -> None:
        super()._validate()
        require_choice("placement", self.placement, ("auto", *PLACEMENTS))
        if self.stride != 1:
            raise ParameterError(
                f"expected stride=1, got {self.stride!r}: a ProfileDetector compares all windows; leave it at 1"
            )

    def most_like(self, X: Any) -> npt.NDArray[np.int64]:
        """Return where the most similar window of the history ends, for the window that ends at each time step.

        Similar by shape and size over ``window_`` time steps; of several channels the most similar one decides.

        Parameters
        ----------
        X : Recording, DataFrame or array
            As for ``decision_function``.

        Returns
        -------
        array of shape (n_times,)
            A time step of ``X``; or below 0 one of what was learned from, counted from its end: −1 is the last, of the
            last recording if there were several. Where there is no window, one before the first.

        Examples
        --------
        >>> wave = np.sin(np.arange(2000) / 8)
        >>> wave[700:740] += 1
        >>> wave[1500:1540] = wave[700:740]
        >>> detector = ProfileDetector(window=30).fit(wave[:500])
        >>> int(detector.most_like(wave)[1535])
        735
        """
        viewed = self._read(X)
        values, _ = values_of(self.scorer_.all_outputs(viewed))
        distances, places = self._nearest(values, self._past().windows)
        counting = list(self._channels.counting)
        closest = np.where(places[counting] < 0, np.inf, distances[counting]).argmin(axis=0)
        found = places[counting][closest, np.arange(places.shape[1])]
        length, n_known = self._plan.length, len(self.normal_)
        # What was learned from, one recording after the other, lies at -n_learned to -1.
        sizes = np.array([each.n_times for each in self.learned_from_])
        n_learned = int(sizes.sum())
        runs = self._runs[np.searchsorted(self._runs[:, 0], found, side="right") - 1]
        rows = found - runs[:, 0] + runs[:, 1]
        # Recordings are joined by one missing time step each.
        of = np.searchsorted(np.cumsum(sizes + 1)[:-1], rows, side="right")
        begins = np.where(found < n_known, rows - of - n_learned, found - n_known)
        ends = np.full(len(values), -n_learned - 1, dtype=np.int64)
        ends[length - 1 :] = np.where(found < 0, -n_learned - 1, begins + length - 1)
        return ends

    @property
    def _placement(self) -> str:
        chosen: str = self._settings.placement
        return "centre" if chosen == "auto" else chosen

    @property
    def _adaptation(self) -> int:
        chosen: int | None = self._settings.adaptation
        return (_NEWEST if self._placement == "end" else 0) if chosen is None else chosen

    def _past(self) -> Past:
        memory, adaptation, patience = self._settings.memory, self._adaptation, self._settings.patience
        most = max(memory, adaptation)
        if patience is None:
            patience = _PATIENCE if self._placement == "end" else 0.0
        if not most or not patience:
            return Past(memory, adaptation)
        unlike = max(1.0, math.log10(len(self.normal_) / self._plan.length))
        return Past(memory, adaptation, patience, min(most, self._n_learned), unlike)

    def _prepare(self, X: Any) -> None:
        recording = as_recording(X).longest
        if len(recording) < 4:
            raise ShapeError(f"expected a recording of some hundred time steps to learn from, got {len(recording)}")
        self.window_ = self.window or suggest_window(recording)
        self._plan_for(len(recording), len(recording.channels))

    def _chosen(self, usable: Rows, viewed: Viewed[Any]) -> Rows:
        n_channels = len(viewed.data.channels)
        most = max(_LEAST, _MOST // n_channels)
        if len(usable) <= most:
            return usable
        # Of many recordings as many as there are, unless the stretches would be short.
        n_stretches = max(_STRETCHES, min(len(viewed.data.parts), most // (_SPANS * self._plan.span)))
        length = most // n_stretches
        starts = np.linspace(0, len(usable) - length, n_stretches).astype(np.intp)
        warn(
            f"learning from {n_stretches} stretches of {length:,} windows each, evenly spread over the {len(usable):,} "
            f"that there are: comparing with all of them would take {len(usable) / most:.2g} times as long",
            SampledDataWarning,
        )
        return np.concatenate([usable[start : start + length] for start in starts])

    def _plan_for(self, n_learned: int, n_channels: int) -> None:
        self._n_learned = n_learned
        self._plan = plan_of(self.window_, n_learned, n_channels, self._placement)

    def _view(self) -> View[Any]:
        return WindowsView(Windows(self._plan.span), self._plan.length)

    def _stage(self) -> Stage:
        stage = self._profiling(self._past())
        length = int(self._settings.refractory * self._n_learned)
        return Refractory(stage, length) if length else stage

    def _profiling(self, past: Past) -> Profiling:
        return Profiling(self._channels, self._plan, past)

    def _fit(self, train: Scaled, held_out: Scaled) -> None:
        self.normal_, starts = concatenated(train)
        self._runs = runs_of(starts, np.arange(len(starts)) if self._rows is None else self._rows)
        joined, ends = SelfJoin(self.normal_, self._plan), starts + self._plan.span - 1
        self._channels, scores = joined.learned(self._plan)
        self._own_scores, self._own_live_scores = scores[ends - self._plan.delay], np.empty(0)
        self._live_channels = None
        if self._settings.placement == "auto":
            self._live_channels, scores = joined.learned(self._live_plan())
            self._own_live_scores = scores[ends]

    def _fit_on(self, viewed: Viewed[Any], learned: Rows, other: Viewed[Any], kept: Rows) -> None:
        self._rows = learned
        super()._fit_on(viewed, learned, other, kept)
        self._rows = None

    def _live_plan(self) -> Plan:
        return replace(self._plan, placement="end")

    def _as_live(self) -> Self:
        twin = super()._as_live()
        assert self._live_channels is not None
        twin._plan, twin._channels, twin._live_channels = self._live_plan(), self._live_channels, None
        twin.n_times_ = twin._plan.span
        return twin

    def _keep_normal(self, outputs: FloatArray, n_scores: int, at: Rows) -> None:
        self.held_out_scores_ = self.scorer_.stage().score_all(outputs, n_scores)[at]
        if self._settings.placement == "auto":
            twin = self._as_live()
            # Shorter windows, so that there are more of them.
            first = np.full((self.n_times_ - twin.n_times_, *outputs.shape[1:]), np.nan)
            shorter = np.concatenate([first, outputs])[:, :, -twin.n_times_ :]
            self.live_held_out_scores_ = twin.scorer_.stage().score_all(shorter, n_scores)[at]

    def _fit_by_folds(self, view: View[Any], viewed: Viewed[Any], usable: Rows) -> bool:
        """Learn from all rows; each was compared with those that share no time step with it, when it was learned."""
        if not len(usable):
            return False
        self._fit_on(viewed, usable, viewed, usable[:0])
        ends, kept = viewed.score_index[usable], view.kept(viewed, usable)
        self.held_out_scores_ = self._lowered(viewed.n_scores, ends - self._plan.delay, self._own_scores)[kept]
        self.held_out_from_ = int(kept[0])
        if len(self._own_live_scores):
            self.live_held_out_scores_ = self._lowered(viewed.n_scores, ends, self._own_live_scores)[kept]
        return True

    def _learned_scores(self, viewed: Viewed[Any], learned: Rows) -> Scores:
        """Return the scores of windows compared with the others: each would find itself in the training part."""
        return np.asarray(self._own_scores[~np.isnan(self._own_scores)])

    def _lowered(self, n_scores: int, at: Rows, scores: Scores) -> Scores:
        """Return scores on the time axis, as the last stage leaves them."""
        placed, stage = np.full(n_scores, np.nan), self._stage()
        placed[at] = scores
        return stage.lowered(placed) if isinstance(stage, Refractory) else placed

    def _all_outputs(self, windows: Scaled, wanted: Mask) -> FloatArray:
        """Return the windows themselves, those that are not wanted with gaps: the stage compares them."""
        view = self._view()
        covered = np.zeros(len(windows) + self.n_times_, dtype=np.intp)
        np.add.at(covered, np.flatnonzero(wanted), 1)
        np.add.at(covered, np.flatnonzero(wanted) + self.n_times_, -1)
        values = np.concatenate([windows[0].T, windows[1:, :, -1]])
        values[np.cumsum(covered)[: len(values)] == 0] = np.nan
        return view.windows.slide(values)  # type: ignore[attr-defined, no-any-return]

    def _outputs(self, values: Scaled) -> FloatArray:
        return values

    def _score(self, values: Scaled) -> FloatArray:
        """Return the scores of windows by the training part alone."""
        return self._profiling(Past(0, 0)).total(self._alone(values)[2])

    def _alone(self, values: Scaled) -> tuple[FloatArray, Rows, npt.NDArray[np.float64]]:
        """Return windows as one series, where each ends, and its score by channel, by the training part alone."""
        series, starts = concatenated(values)
        stage, ends = self._profiling(Past(0, 0)), starts + self.n_times_ - 1
        whole = np.isin(np.arange(len(series) - self.n_times_ + 1), starts)
        return series, ends, stage.by_channel(series, whole)[:, ends - stage.delay]

    def _explain(self, values: Scaled) -> tuple[FloatArray, FloatArray]:
        """Return what is expected of windows, and the shares of their scores, by the training part alone."""
        series, ends, scores = self._alone(values)
        return self._compared(series, self._nearest(series, 0)[1], ends, self._channels.shares(scores))

    def _nearest(self, values: FloatArray, memory: int) -> tuple[FloatArray, Rows]:
        """Return the distances of all windows to the nearest by shape and size, ``(n_channels, n_windows)``, and where.

        Places count from the beginning of the training part; −1 is none.
        """
        known, found = len(self.normal_), []
        for channel, before, column in zip(self._channels.each, self.normal_.T, values.T, strict=True):
            if isinstance(channel, Known):
                found.append(channel.distances(self._plan.shown, column, memory)[1])
            else:
                found.append(look_back(np.append(before, column), self._plan.length, known, memory))
        return np.array([each.values[1] for each in found]), np.array([each.places[1] for each in found])

    def _compared(
        self, values: FloatArray, places: Rows, ends: Rows, scores: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return what is nearest to some windows by where they end, and the shares of the scores that they make known.

        Both have the shape ``(n_ends, n_channels, n_times_)``. Compared are ``length`` time steps around the one that
        the score is about, or up to it.
        """
        length, about = self._plan.length, self.n_times_ - 1 - self._plan.delay
        begin = about - (length // 2 if self._plan.delay else length - 1)
        inside = slice(begin, begin + length)
        expected = np.full((len(ends), values.shape[1], self.n_times_), np.nan)
        shares = np.zeros(expected.shape)
        for number, known in enumerate(self.normal_.T):
            series = np.concatenate([known, values[:, number]])
            starts = ends + 1 - self.n_times_ + begin
            own = series[len(known) + starts[:, None] + np.arange(length)]
            nearest = series[np.maximum(places[number, starts], 0)[:, None] + np.arange(length)]
            # At the level of the window that it is compared with, as the distance is.
            nearest += (own - nearest).mean(axis=1, keepdims=True)
            expected[:, number, inside] = nearest
            # Wherever in it an anomaly lies, there a window is unlike the nearest one.
            weights = np.square(own - nearest) + np.finfo(float).tiny
            share = weights / weights.sum(axis=1, keepdims=True)
            shares[:, number, inside] = share * np.nan_to_num(scores[number])[:, None]
        return expected, shares

    def _arrays(self) -> Arrays:
        found = {"normal": self.normal_, "learned": np.array([self.window_, self._n_learned]), "runs": self._runs}
        live = self._live_channels.arrays("live") if self._live_channels is not None else {}
        return found | self._channels.arrays("sample") | live

    def _restore(self, arrays: Arrays) -> None:
        self.normal_ = array_of(arrays, "normal", None, len(self.channels_), gaps=True)
        self.window_, n_learned = map(int, array_of(arrays, "learned", 2, kinds="i"))
        validate_types({"window": self.window_, "n": n_learned}, {"window": Steps, "n": Annotated[int, Range(4)]})
        self._plan_for(n_learned, len(self.channels_))
        if len(self.normal_) < self._plan.span or np.isinf(self.normal_).any():
            raise ModelError(f"expected at least {self._plan.span} time steps to compare with, got {len(self.normal_)}")
        self._runs = array_of(arrays, "runs", None, 2, kinds="i")
        if not len(self._runs) or self._runs[0, 0] != 0 or (np.diff(self._runs, axis=0) <= 0).any():
            raise ModelError("expected where the stretches of the training part begin, in order")
        self._channels = restored(self.normal_, arrays, "sample", self._plan)
        auto = self._settings.placement == "auto"
        self._live_channels = restored(self.normal_, arrays, "live", self._live_plan()) if auto else None

    @classmethod
    def example(cls) -> ProfileDetector:
        """Return an unfitted detector with tiny settings, for tests and trials."""
        return cls(window=8)
