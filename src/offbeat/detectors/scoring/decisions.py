"""The decisions on a stream of scores: each score is decided once, in order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from offbeat.detectors.scoring.views import Flags, Scores
from offbeat.estimators.folder import Arrays, part_of
from offbeat.thresholds import Threshold, Tiers
from offbeat.thresholds.tiers import grades

__all__ = ["Decisions"]


class Decisions:
    """Decides scores one after the other as ``predict`` of a threshold and of tiers decides all of them.

    Parameters
    ----------
    threshold : Threshold
        Fitted. Decides what is flagged.
    tiers : Tiers
        Fitted. Decide the severity.

    Attributes
    ----------
    flags, severities : sequence or array of int, shape (n_scores,)
        Of the scores pushed last: 1 where one is flagged, and the tier, see :class:`~offbeat.Severity`; 0 for NaN.

    Examples
    --------
    >>> from offbeat.thresholds import Quantile
    >>> normal = np.arange(100.0)
    >>> decisions = Decisions(Quantile(0.05).fit(normal), Tiers(watch=0.05, alarm=0.03).fit(normal))
    >>> decisions.push_all(np.array([90.0, 96.0, 98.0, np.nan]))
    >>> decisions.flags, decisions.severities
    (array([0, 1, 1, 0]), array([0, 1, 2, 0]))
    """

    def __init__(self, threshold: Threshold, tiers: Tiers) -> None:
        at_watch, at_alarm = tiers.thresholds_
        self._flag, self._watch, self._alarm = threshold.decider(), at_watch.decider(), at_alarm.decider()
        self.flags: Sequence[int] | Flags = ()
        self.severities: Sequence[int] | Flags = ()
        self._deciders = {"flag": self._flag, "watch": self._watch, "alarm": self._alarm}

    def push(self, score: float) -> None:
        """Decide the next score."""
        flag, watch, alarm = int(self._flag.push(score)), int(self._watch.push(score)), int(self._alarm.push(score))
        self.flags, self.severities = (flag,), (grades(flag, watch, alarm),)

    def push_all(self, scores: Scores) -> None:
        """Decide the next scores, in turn."""
        flags, watch, alarm = (decider.push_all(scores).astype(np.int64) for decider in self._deciders.values())
        self.flags, self.severities = flags, grades(flags, watch, alarm)

    def confirm(self) -> None:
        """Tell threshold and tiers that their last alarms were real ones."""
        for decider in self._deciders.values():
            decider.confirm()

    def arrays(self) -> Arrays:
        """Return where thresholds that move stand; nothing for fixed ones."""
        return {
            f"{name}.{key}": array
            for name, decider in self._deciders.items()
            for key, array in decider.arrays().items()
        }

    def restore(self, arrays: Arrays) -> None:
        """Go on from what ``arrays`` returned.

        Raises
        ------
        ModelError
            If it is not what these rules remember.
        """
        for name, decider in self._deciders.items():
            decider.restore(part_of(arrays, f"{name}."))
