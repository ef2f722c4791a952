"""The promise that tiers and flags never contradict each other."""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from offbeat.detectors.base import Detector
from offbeat.detectors.scoring.decisions import Decisions
from offbeat.errors import DataError, ignoring
from offbeat.events.severity import Severity
from offbeat.testing.material import Values, fitted, fitted_on_recording, long_wave, probe_data, reads_collections
from offbeat.thresholds import Fixed, Threshold, Tiers, threshold_from_name, threshold_names


def check_tiers(detector: Detector) -> None:
    """Beside every threshold, what is an alarm is flagged, and what is flagged is at watch at least; of streams, too.

    Where no tiers are chosen for recordings, what is flagged is an alarm.
    """
    kinds = [(fitted(detector), probe_data(detector, seed=15))]
    if "recordings" in detector.reads and reads_collections(detector):
        kinds.append((fitted_on_recording(detector), long_wave(60, seed=15)))
    for model, probe in kinds:
        # Scores do not depend on the threshold.
        scores = {live: (model.live() if live else model).decision_function(probe) for live in (False, True)}
        for tiers in (None, Tiers(0.3, 0.1)):
            for rule in _rules(model):
                with ignoring(Warning), suppress(DataError):  # some rules need scores that vary
                    model.set_threshold(rule, tiers)
                    for live, found in scores.items():
                        _require_agreement(model.live() if live else model, found, tiers is None)


def _rules(model: Detector) -> list[Threshold]:
    """Return every threshold by its name, and values by hand at which some, most or no scores are flagged."""
    by_name = [threshold_from_name(name) for name in threshold_names() if name != Fixed.name]
    known = model.held_out_scores_[np.isfinite(model.held_out_scores_)]
    return [*by_name, *(Fixed(float(value)) for value in (*np.quantile(known, [0.2, 0.9]), 10 * known.max() + 1))]


def _require_agreement(detector: Detector, scores: Values, follow: bool) -> None:
    rule, tiers = detector.threshold_, detector.tiers_
    flags, grades = rule.predict(scores), tiers.predict(scores)
    assert not np.any((grades == Severity.ALARM) & (flags == 0)), f"beside {rule!r} an alarm is not flagged"
    assert not np.any((flags == 1) & (grades < Severity.WATCH)), f"beside {rule!r} what is flagged is at no tier"
    if follow and detector.kind == "recordings":
        assert np.array_equal(flags == 1, grades == Severity.ALARM), f"beside {rule!r} what is flagged is no alarm"
    watch, alarm = tiers.values_
    assert watch <= rule.value_ <= alarm, f"{rule!r} has a value outside its tiers"
    decisions = Decisions(rule, tiers)
    decisions.push_all(scores)
    assert np.array_equal(decisions.flags, flags), "a stream flags other scores"
    assert np.array_equal(decisions.severities, grades), "a stream has other tiers"
