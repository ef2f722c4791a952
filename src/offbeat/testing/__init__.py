"""The promises of detectors and classifiers as checks, which can be run on your own as well.

Each check takes an unfitted estimator (a detector without a window if it reads collections), and raises AssertionError
where a promise is broken. A promise about data that a detector does not read is kept.
"""

from __future__ import annotations

from collections.abc import Callable

from offbeat.classifiers.base import Classifier
from offbeat.classifiers.registry import classifier_classes
from offbeat.detectors.base import Detector
from offbeat.detectors.registry import detector_classes
from offbeat.progress import tell_progress
from offbeat.testing.classifiers import (
    check_classes_are_learned,
    check_classifier_comes_back,
    check_classifier_is_repeatable,
    check_classifier_refuses,
    check_classifier_settings,
    check_probabilities,
    check_series_stand_alone,
    check_unfitted_classifier,
    labelled_waves,
)
from offbeat.testing.collections import check_batch_invariance
from offbeat.testing.false_alarms import check_false_alarms
from offbeat.testing.material import long_wave, waves
from offbeat.testing.promises import (
    check_constants,
    check_explanation,
    check_facts,
    check_inputs,
    check_known_anomalies,
    check_missing_values,
    check_parameters,
    check_planted_anomaly,
    check_refusals,
    check_refused_settings,
    check_repeatable,
    check_save_and_load,
    check_settings_are_frozen,
    check_surprise,
    check_threshold,
    check_unfitted,
    check_units,
)
from offbeat.testing.recordings import (
    check_chunk_invariance,
    check_explained_recording,
    check_frames,
    check_recordings_refused,
    check_streaming,
)
from offbeat.testing.tiers import check_tiers

__all__ = [
    "CHECKS",
    "CLASSIFIER_CHECKS",
    "check_batch_invariance",
    "check_classifier",
    "check_detector",
    "check_false_alarms",
    "discovered_classifiers",
    "discovered_detectors",
    "labelled_waves",
    "long_wave",
    "waves",
]

Check = Callable[[Detector], None]

CHECKS: tuple[Check, ...] = (
    check_batch_invariance,
    check_chunk_invariance,
    check_streaming,
    check_repeatable,
    check_parameters,
    check_facts,
    check_unfitted,
    check_save_and_load,
    check_settings_are_frozen,
    check_units,
    check_missing_values,
    check_refusals,
    check_constants,
    check_refused_settings,
    check_recordings_refused,
    check_planted_anomaly,
    check_explanation,
    check_explained_recording,
    check_threshold,
    check_tiers,
    check_surprise,
    check_known_anomalies,
    check_inputs,
    check_frames,
    check_false_alarms,
)
"""Every promise of a detector, in the order in which they are checked."""

CLASSIFIER_CHECKS: tuple[Callable[[Classifier], None], ...] = (
    check_probabilities,
    check_classes_are_learned,
    check_series_stand_alone,
    check_classifier_is_repeatable,
    check_classifier_settings,
    check_unfitted_classifier,
    check_classifier_comes_back,
    check_classifier_refuses,
)
"""Every promise of a classifier, in the order in which they are checked."""


def discovered_detectors() -> list[Detector]:
    """Return one unfitted example of every detector class; raise AssertionError if none is found."""
    examples = [cls.example() for cls in detector_classes().values()]
    assert examples, "no detector was discovered: a suite that checks nothing must not pass"
    return examples


def check_detector(detector: Detector) -> None:
    """Run every check on an unfitted detector; a line tells of each, on a terminal and in a notebook.

    Raises
    ------
    AssertionError
        If a promise is broken.

    Examples
    --------
    >>> from offbeat import PCADetector
    >>> check_detector(PCADetector(n_components=2))
    """
    for number, check in enumerate(CHECKS, start=1):
        tell_progress(f"{number} of {len(CHECKS)}: {check.__name__}")
        check(detector)


def discovered_classifiers() -> list[Classifier]:
    """Return one unfitted example of every classifier class; raise AssertionError if none is found."""
    examples = [cls.example() for cls in classifier_classes().values()]
    assert examples, "no classifier was discovered: a suite that checks nothing must not pass"
    return examples


def check_classifier(classifier: Classifier) -> None:
    """Run every check on an unfitted classifier.

    Raises
    ------
    AssertionError
        If a promise is broken.

    Examples
    --------
    >>> from offbeat.classifiers import RandomForestBaseline
    >>> check_classifier(RandomForestBaseline(n_estimators=10))
    """
    for check in CLASSIFIER_CHECKS:
        check(classifier)
