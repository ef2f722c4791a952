"""What ``plot`` of each object draws: one of the figures of the report, with all that the object knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from offbeat.detectors.base import Detector
from offbeat.ecg.classified import ClassifiedRecord
from offbeat.errors import ParameterError
from offbeat.estimators.inputs import as_recording
from offbeat.events import Event
from offbeat.events.runs import Runs
from offbeat.metrics import Evaluation
from offbeat.report.figures import (
    class_means,
    event_zooms,
    recording_overview,
    rr_tachogram,
    score_histograms,
    scores_by_class,
)
from offbeat.report.figures.small_multiples import small_multiples, small_picture
from offbeat.report.interactive.recording import interactive_recording
from offbeat.series.collection import Collection
from offbeat.series.panel import Panel
from offbeat.series.recording import Recording

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__: list[str] = []


def recording(
    recording: Recording, scores: npt.ArrayLike | None, events: Iterable[Event], *, interactive: bool, **shown: Any
) -> Any:
    """Draw a recording with what is labelled in it, and with scores and events where they are given."""
    about = {"known": _labelled(recording), "train_end": recording.train_end, **shown}
    if not interactive:
        return recording_overview(recording, scores, events, **about)
    if scores is None:
        raise ParameterError("an interactive figure needs scores, got none: pass those of a detector")
    return interactive_recording(recording, scores, events, **about).figure


def collection(collection: Collection) -> Figure:
    """Draw the mean series of each class; all series are one class where there are no labels."""
    if collection.labels is None:
        labels = np.full(len(collection), "all series")
        collection = Collection(
            collection.values, labels, channels=collection.channels, sampling_rate=collection.sampling_rate
        )
    return class_means(collection, min(10, collection.n_times))


def panel(panel: Panel, events: Mapping[str, Iterable[Event]], most: int) -> Figure:
    """Draw recordings side by side, those with the gravest events first."""
    found = {key: list(events.get(key, ())) for key in panel}
    worst = {key: max(((event.severity, event.score) for event in found[key]), default=(0, 0.0)) for key in panel}
    keys = sorted(panel, key=lambda key: worst[key], reverse=True)[:most]
    return small_multiples({key: small_picture(panel[key], found[key]) for key in keys})


def events(events: Iterable[Event], data: Any, scores: npt.ArrayLike, **shown: Any) -> Figure:
    """Draw the worst events with their surroundings, in a recording or in what a detector reads as one."""
    recording = as_recording(data)
    return event_zooms(recording, scores, events, **{"known": _labelled(recording), **shown})


def evaluation(found: Evaluation) -> Figure:
    """Draw the scores of both kinds of rows, and of held-out normal data where they are known."""
    parts = {"normal": found.scores[found.labels == 0], "anomalous": found.scores[found.labels == 1]}
    held_out = {"held out": found.held_out_scores} if len(found.held_out_scores) else {}
    return score_histograms({**held_out, **parts}, threshold=found.threshold)


def detector(detector: Detector, data: Any, scores: npt.NDArray[np.float64], *, interactive: bool) -> Any:
    """Draw what a detector makes of data: scores and events of a recording, or scores of a collection by class."""
    shown: dict[str, Any] = {"threshold": detector.threshold_.value_, "tiers": detector.tiers_.values_}
    if isinstance(data, Recording):
        return recording(data, scores, detector.detect(data, scores=scores), interactive=interactive, **shown)
    if interactive:
        raise ParameterError("expected a recording for an interactive figure, got a collection: leave interactive out")
    if data.labels is None:
        return score_histograms({"all series": scores}, **shown)
    return scores_by_class(scores, data.labels, data.class_names, **shown)


def classified_record(found: ClassifiedRecord) -> Figure:
    """Draw the interval before each beat over time, coloured by class."""
    table = found.table
    return rr_tachogram(
        table["time_s"].to_numpy(),
        table["rr_pre_s"].to_numpy(),
        table["class"].to_numpy(),
        [span[:2] for span in found.unreadable],
        duration_s=found.duration,
    )


def _labelled(recording: Recording) -> list[tuple[int, int]]:
    if recording.labels is None:
        return []
    return Runs.of_mask(np.asarray(recording.labels) == 1).pairs()
