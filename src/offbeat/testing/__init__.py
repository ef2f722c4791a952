"""The promises of every detector as checks that anyone can run, on detectors of their own too.

Each check takes an unfitted detector, without a window if it reads collections, and raises AssertionError where a
promise is broken. A promise about data that the detector does not read is kept by definition.
"""

from __future__ import annotations

from collections.abc import Callable

from offbeat.detectors.base import Detector
from offbeat.detectors.registry import detector_classes
from offbeat.testing.collections import check_batch_invariance
from offbeat.testing.material import long_wave, waves
from offbeat.testing.promises import (
    check_explanation,
    check_inputs,
    check_known_anomalies,
    check_missing_values,
    check_parameters,
    check_planted_anomaly,
    check_refusals,
    check_refused_settings,
    check_repeatable,
    check_save_and_load,
    check_threshold,
    check_unfitted,
)
from offbeat.testing.recordings import (
    check_chunk_invariance,
    check_explained_recording,
    check_frames,
    check_recordings_refused,
    check_streaming,
)

__all__ = ["CHECKS", "check_batch_invariance", "check_detector", "discovered_detectors", "long_wave", "waves"]

Check = Callable[[Detector], None]

CHECKS: tuple[Check, ...] = (
    check_batch_invariance,
    check_chunk_invariance,
    check_streaming,
    check_repeatable,
    check_parameters,
    check_unfitted,
    check_save_and_load,
    check_missing_values,
    check_refusals,
    check_refused_settings,
    check_recordings_refused,
    check_planted_anomaly,
    check_explanation,
    check_explained_recording,
    check_threshold,
    check_known_anomalies,
    check_inputs,
    check_frames,
)
"""Every promise, in the order they are checked."""


def discovered_detectors() -> list[Detector]:
    """Return one unfitted example of every detector class; raise AssertionError if none is found."""
    examples = [cls.example() for cls in detector_classes().values()]
    assert examples, "no detector was discovered: a suite that checks nothing must not pass"
    return examples


def check_detector(detector: Detector) -> None:
    """Run every check on an unfitted detector.

    Raises
    ------
    AssertionError
        If a promise is broken.

    Examples
    --------
    >>> from offbeat import PCADetector
    >>> check_detector(PCADetector(n_components=2))
    """
    for check in CHECKS:
        check(detector)
