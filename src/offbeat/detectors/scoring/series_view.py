"""The view of detectors without a window: the series of a collection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.detectors.learned_from import LearnedFrom
from offbeat.detectors.scoring.fingerprints import fingerprints
from offbeat.detectors.scoring.stages import PassThrough, Stage
from offbeat.detectors.scoring.views import Explained, Flags, Found, Mask, Rows, Scores, View, Viewed, n_held_out
from offbeat.estimators.inputs import as_collection
from offbeat.estimators.scaling import Scaler
from offbeat.events import Event
from offbeat.events.severity import Severity
from offbeat.series.recording import Collection, FloatArray
from offbeat.thresholds import Quantile, Threshold, Tiers

__all__ = ["SeriesView"]


class SeriesView(View[Collection]):
    """Shows a collection as its series, each of which gets a score."""

    reads = "collections"
    shows = "series"

    def _as_data(self, X: Any) -> Collection:
        return as_collection(X)

    def _filled(self, data: Collection) -> FloatArray:
        return data.values

    def _series(self, values: FloatArray) -> FloatArray:
        return values

    def _score_index(self, n_scores: int) -> Rows:
        return np.arange(n_scores)

    def containing(self, marked: Mask) -> Mask:
        """Return ``marked``: it is about whole series."""
        return marked

    def scaled(self, viewed: Viewed[Collection], scaler: Scaler) -> npt.NDArray[np.float32]:
        """Return the scaled series."""
        return scaler.apply(viewed.series)

    def hold_out(self, viewed: Viewed[Collection], rows: Rows, share: float, seed: int) -> tuple[Rows, Rows]:
        """Draw the rows that are kept aside at random."""
        order, n = np.random.default_rng(seed).permutation(len(rows)), n_held_out(len(rows), share)
        return rows[order[n:]], rows[order[:n]]

    def folds(self, viewed: Viewed[Collection], rows: Rows, n: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
        """Yield random parts; whole groups where they are known."""
        groups = self.groups(viewed, rows)
        units = groups if len(groups) else np.arange(len(rows))
        order = np.random.default_rng(seed).permutation(np.unique(units))
        for part in np.array_split(order, max(1, min(n, len(order)))):
            inside = np.isin(units, part)
            yield rows[~inside], rows[inside]

    def kept(self, viewed: Viewed[Collection], rows: Rows) -> Rows:
        """Return the rows."""
        return rows

    def groups(self, viewed: Viewed[Collection], rows: Rows) -> Rows:
        """Return the number of the group of each row; nothing where no groups are known, or there is but one."""
        if viewed.data.groups is None:
            return np.empty(0, dtype=np.intp)
        names, codes = np.unique(viewed.data.groups[rows], return_inverse=True)
        return codes.astype(np.intp) if len(names) > 1 else np.empty(0, dtype=np.intp)

    def overlap(self, n_times: int) -> int:
        """Return 1: series do not overlap."""
        return 1

    @property
    def gap(self) -> int:
        """Return 0: each series is an event of its own."""
        return 0

    def default_threshold(self) -> Threshold:
        """Return 5 in 100 series."""
        return Quantile(0.05)

    def default_tiers(self, threshold: Threshold) -> Tiers:
        """Return 5 in 100 series to watch, and 1 in 100 for an alarm."""
        return Tiers(0.05, 0.01)

    def span(self, n_times: int) -> int:
        """Return ``n_times``: a series is seen whole."""
        return n_times

    def n_features(self, n_channels: int, n_times: int) -> int:
        """Return the number of values of a series."""
        return n_channels * n_times

    def stage(self, fold: str) -> Stage:
        """Return a stage that leaves scores as they are."""
        return PassThrough()

    def step(self, data: Collection) -> None:
        """Return None: a collection has no clock."""

    def fingerprints(self, train: FloatArray, held_out: FloatArray) -> npt.NDArray[np.uint64]:
        """Return a number for each series, see :func:`offbeat.detectors.scoring.fingerprints.fingerprints`."""
        return fingerprints(np.concatenate([train, held_out]))

    def stretches(self, *viewed: Viewed[Collection]) -> tuple[LearnedFrom, ...]:
        """Return nothing: series are known by their fingerprints."""
        return ()

    def flags(self, scores: Scores, threshold: Threshold, low: float | None) -> Flags:
        """Return 1 above the threshold; ``low`` is for recordings."""
        return threshold.predict(scores)

    def explained(
        self, viewed: Viewed[Collection], scores: Scores, after: range, explained: Iterable[Explained]
    ) -> tuple[FloatArray, FloatArray]:
        """Return what is known of each series, which has a score of its own."""
        whole, shares = np.full(viewed.series.shape, np.nan), np.full(viewed.series.shape, np.nan)
        for rows, expected, parts in explained:
            whole[rows], shares[rows] = expected, parts
        return whole, shares

    def to_explain(self, viewed: Viewed[Collection], found: Found) -> Mask:
        """Return the flagged series."""
        return np.asarray(viewed.complete & (found.flags == 1))

    def events(self, viewed: Viewed[Collection], found: Found, explained: Iterable[Explained]) -> list[Event]:
        """Return one event for each flagged series, as long as the series."""
        n_times, grades = viewed.series.shape[2], found.tiers.predict(found.scores)
        events = []
        for rows, _, shares in explained:
            for number, share in zip(rows.tolist(), shares, strict=True):
                # Some estimators have scores below 0: the parts of them are above it still.
                parts = share / (share.sum() or 1.0)
                causes = tuple(zip(found.channels, map(float, parts.sum(axis=1)), strict=True))
                peak, severity = int(parts.sum(axis=0).argmax()), Severity(int(grades[number]))
                events.append(Event(0, n_times, peak, float(found.scores[number]), severity, causes, number))
        return events
