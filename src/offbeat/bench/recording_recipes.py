"""Reference systems on recordings: the published protocol, the honest one, and the baselines, on one recording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from offbeat.app.pages.recording import RecordingResults
from offbeat.app.recording_runs import RecordingPart, RecordingRun, trial_of_leading
from offbeat.app.runs import Log, fit_and_evaluate, with_baselines
from offbeat.bench.nab import nab_detector
from offbeat.bench.recipe_detectors import detector_of_recipe
from offbeat.detectors.base import Detector
from offbeat.errors import DataError
from offbeat.metrics import nab_normalised, nab_score
from offbeat.series.recording import Recording
from offbeat.tables import Table

__all__ = ["reproduce_recording"]

Recipe = Mapping[str, Any]


def reproduce_recording(
    recipe: Recipe, recording: Recording, *, quick: bool = False, seed: int = 0, log: Log = lambda _: None
) -> RecordingResults:
    """Run a recipe on its recording; see :func:`offbeat.bench.recipes.reproduce`.

    Raises
    ------
    DataError
        If the recording lacks its labels, its timestamps or the end of its leading part.
    """
    if recording.train_end is None or recording.labels is None or recording.timestamps is None:
        raise DataError("a recipe needs a recording with timestamps, labels and the end of the part to learn from")
    runs = [_run(entry, recording, quick, seed, log) for entry in recipe["runs"]]
    on_rest = [_on_rest(run, recording) for run in runs if not run.start]
    window = next(run.detector.n_times_ for run in runs)
    baselines = with_baselines([], trial_of_leading(recording, recording.train_end), log, window=window)
    protocols = Table(
        "Published, ours, baselines",
        [
            "protocol",
            "learned from",
            "judged on",
            "threshold",
            "points flagged",
            "in the window",
            "confirmed point",
            "its rank",
            "NAB score",
        ],
        [
            _published(recipe["published"], recording),
            *(_row(run, recording, recipe, learned_all=not run.start) for run in runs),
            *(_row(run, recording, recipe, learned_all=True) for run in on_rest),
            *(_row(run, recording, recipe, learned_all=False) for run in baselines),
        ],
        ["", "", "", ".4g", "", "", "", "", ".1f"],
        recipe["published"]["note"],
    )
    main = next(number for number, entry in enumerate(recipe["runs"]) if entry.get("main"))
    ordered = [runs[main], *on_rest, *(run for run in runs if run.start and run is not runs[main]), *baselines]
    flagged = [_flagged_table(run, recording) for run in runs]
    return RecordingResults(recipe["title"] + " (quick)" * quick, recording, ordered, [protocols, *flagged])


def _run(entry: Recipe, recording: Recording, quick: bool, seed: int, log: Log) -> RecordingRun:
    detector: Detector = (
        nab_detector() if entry.get("configuration") == "nab" else detector_of_recipe(entry, quick, seed)
    )
    log(f"fitting {entry['name']}")
    if entry["protocol"] == "leading":
        assert recording.train_end is not None
        return fit_and_evaluate(detector, trial_of_leading(recording, recording.train_end), name=entry["name"])
    # The whole series, anomalies included, and itself to choose the best epoch: as published, not as it should be.
    detector.fit(recording, validation=recording)
    return RecordingPart(recording, 0).evaluate(detector, name=entry["name"])


def _on_rest(run: RecordingRun, recording: Recording) -> RecordingRun:
    """Return a run on the whole recording as judged on the rows that the others are judged on."""
    assert recording.train_end is not None
    part = RecordingPart(recording, recording.train_end)
    return part.evaluate(run.detector, name=f"{run.name}, on the rest", seconds=run.seconds)


def _published(published: Recipe, recording: Recording) -> list[Any]:
    confirmed = f"flagged, score {published['confirmed_score']:g}"
    n = f"{len(recording):,} rows (all)"
    return [
        published["name"],
        n,
        n,
        published["threshold"],
        published["flagged"],
        published["in_window"],
        confirmed,
        None,
        np.nan,
    ]


def _row(run: RecordingRun, recording: Recording, recipe: Recipe, *, learned_all: bool) -> list[Any]:
    flagged, point = _flagged(run), _row_of(recording, recipe["confirmed"])
    inside = np.asarray(recording.labels)[flagged].sum()
    score = run.scores[point]
    known = "flagged" if point in flagged else "missed"
    rank = int(np.sum(run.scores[run.start :] > score)) + 1
    n = len(recording)
    learned = f"{n:,} rows (all)" if learned_all else f"{run.start:,} rows"
    judged = f"{n - run.start:,} rows (the rest)" if run.start else f"{n:,} rows (all)"
    threshold = run.detector.threshold_.value_
    above = np.nextafter(threshold, np.inf)
    nab = nab_normalised(nab_score(run.scores, run.known or [], above))
    return [run.name, learned, judged, threshold, len(flagged), int(inside), f"{known}, score {score:.3f}", rank, nab]


def _flagged_table(run: RecordingRun, recording: Recording) -> Table:
    """Return the flagged points, highest score first, and whether each lies in the labelled window."""
    flagged = _flagged(run)
    worst = flagged[np.argsort(-run.scores[flagged], kind="stable")][:20]
    times = pd.DatetimeIndex(np.asarray(recording.timestamps)[worst])
    inside = np.asarray(recording.labels)[worst]
    rows = [[str(t), run.scores[i], "yes" if y else ""] for t, i, y in zip(times, worst, inside, strict=True)]
    more = len(flagged) - len(worst)
    note = f"{more:,} more are not shown here." if more else ""
    return Table(f"Points flagged by {run.name}", ["time", "score", "in the window"], rows, ["", ".4f", ""], note)


def _flagged(run: RecordingRun) -> np.ndarray[Any, np.dtype[np.intp]]:
    steps = np.flatnonzero(run.detector.threshold_.predict(run.scores))
    return steps[steps >= run.start]


def _row_of(recording: Recording, time: str) -> int:
    return int(np.searchsorted(recording.timestamps, np.datetime64(pd.Timestamp(time))))  # type: ignore[arg-type]
