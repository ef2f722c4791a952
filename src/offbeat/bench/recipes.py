"""The reference systems as small configuration files: run them; print published, ours and baselines side by side."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from offbeat.app.loading import RecordingSource, Source, load_source
from offbeat.app.pages.recording import RecordingResults
from offbeat.app.pages.series import SeriesResults
from offbeat.app.request import Request
from offbeat.app.runs import Log, Trial, fit_and_evaluate, with_baselines
from offbeat.app.series_runs import LabelledSeries, SeriesRun, trial_of_split
from offbeat.bench.heartbeats.page import HeartbeatResults
from offbeat.bench.heartbeats.reproduce import reproduce_heartbeats
from offbeat.bench.recipe_detectors import detector_of_recipe
from offbeat.bench.recording_recipes import reproduce_recording
from offbeat.data import normal_split
from offbeat.errors import ParameterError
from offbeat.metrics import auroc
from offbeat.tables import Table
from offbeat.thresholds import threshold_from_name

__all__ = ["load_recipe", "recipe_names", "reproduce", "run_recipe"]

Recipe = Mapping[str, Any]


def recipe_names() -> list[str]:
    """Return the names of the recipes, sorted.

    Examples
    --------
    >>> recipe_names()
    ['ecg5000', 'mitbih', 'nab-traveltime', 'synthetic']
    """
    return sorted(file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml"))


def load_recipe(name: str) -> Recipe:
    """Return a recipe as it stands in its file.

    Raises
    ------
    ParameterError
        If there is none of that name.
    """
    if name not in recipe_names():
        raise ParameterError(f"no recipe is called {name!r}: there are {', '.join(recipe_names())}")
    return tomllib.loads(_folder().joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def run_recipe(
    name: str,
    *,
    data_dir: str | Path | None = None,
    quick: bool = False,
    seed: int = 0,
    log: Log = lambda _: None,
) -> SeriesResults | RecordingResults | HeartbeatResults:
    """Load the data of a recipe and run it.

    Parameters
    ----------
    name : str
        One of :func:`recipe_names`.
    data_dir : str or Path, optional
        Where the data are looked for first.
    quick, seed, log
        See :func:`reproduce`.

    Raises
    ------
    ParameterError
        If there is no recipe of that name.
    DataError, DownloadError
        If its data cannot be had.
    """
    recipe = load_recipe(name)
    if recipe.get("kind") == "heartbeats":
        return reproduce_heartbeats(recipe, data_dir, quick=quick, seed=seed, log=log)
    source = load_source(Request(recipe["data"], data_dir=None if data_dir is None else Path(data_dir)))
    return reproduce(name, source, quick=quick, seed=seed, log=log)


def reproduce(
    name: str, source: Source | RecordingSource, *, quick: bool = False, seed: int = 0, log: Log = lambda _: None
) -> SeriesResults | RecordingResults:
    """Run a recipe for detectors: the published settings, ours, and the baselines, on one split or recording.

    Parameters
    ----------
    name : str
        One of :func:`recipe_names` but ``mitbih``, whose data are records, see :func:`run_recipe`.
    source : Source
        The data named in the recipe, see :func:`offbeat.app.loading.load_source`.
    quick : bool
        A few epochs in place of all: to see that it works, not what it is worth.
    seed : int
        Of the detectors; the split stays that of the reference.
    log : callable
        Gets a line when a fit begins.

    Returns
    -------
    SeriesResults or RecordingResults
        Tables, figures and page; the first table has the published figures beside ours.

    Raises
    ------
    ParameterError
        If there is none of that name, or it is not for detectors.
    """
    recipe = load_recipe(name)
    if "runs" not in recipe:
        raise ParameterError(f"the recipe {name} is about records, not about one data set: call run_recipe")
    if isinstance(source, RecordingSource):
        return reproduce_recording(recipe, source.data, quick=quick, seed=seed, log=log)
    normal = source.need_normal()
    split = normal_split(source.data, normal)
    trial, test = trial_of_split(split, normal), LabelledSeries(split.evaluation, normal)
    runs = [*_own_runs(recipe, trial, quick, seed, log), *with_baselines([], trial, log)]
    beside = _beside_published(recipe, runs)
    ordered = sorted(runs, key=lambda run: run.name != _main_name(recipe))
    tables = [beside, _class_table(test, ordered), *_opposites_table(recipe, test, ordered)]
    title = recipe["title"] + (" (quick)" if quick else "")
    return SeriesResults(title, source.data, test.data, normal, ordered, tables)


def _own_runs(recipe: Recipe, trial: Trial[SeriesRun], quick: bool, seed: int, log: Log) -> list[SeriesRun]:
    runs: dict[str, SeriesRun] = {}
    for entry in recipe["runs"]:
        label = entry["name"]
        if "same_as" in entry:
            runs[label] = _with_threshold(runs[entry["same_as"]], entry, trial)
            continue
        detector = detector_of_recipe(entry, quick, seed)
        log(f"fitting {label} on {trial.training}")
        runs[label] = fit_and_evaluate(detector, trial, name=label)
    return list(runs.values())


def _with_threshold(run: SeriesRun, entry: Recipe, trial: Trial[SeriesRun]) -> SeriesRun:
    """Return the same fitted detector with another threshold."""
    detector = copy.copy(run.detector).set_threshold(threshold_from_name(**entry["threshold"]))
    return trial.test.evaluate(detector, name=entry["name"], seconds=run.seconds)


def _main_name(recipe: Recipe) -> str:
    return next(str(entry["name"]) for entry in recipe["runs"] if entry.get("main"))


def _beside_published(recipe: Recipe, runs: list[SeriesRun]) -> Table:
    """Return the table of the reference: sensitivity and specificity of each system, the published one on top."""
    published = recipe["published"]
    nothing = float("nan")
    rows: list[list[Any]] = [
        [
            published["name"],
            published["threshold"],
            published.get("train_specificity", nothing),
            published.get("specificity", nothing),
            published.get("sensitivity", nothing),
            nothing,
            nothing,
        ]
    ]
    for run in runs:
        train_specificity = float(np.mean(run.detector.train_scores_ <= run.evaluation.threshold))
        e = run.evaluation
        rows.append(
            [
                run.name,
                e.threshold,
                train_specificity,
                e.specificity,
                e.sensitivity,
                e.sensitivity_at(0.95),
                e.auroc.value,
            ]
        )
    return Table(
        "Published, ours, baselines",
        ["system", "threshold", "train specificity", "specificity", "sensitivity", "ROC: at 95 % specificity", "AUROC"],
        rows,
        ["", ".4g", ".2%", ".2%", ".2%", ".2%", ".4f"],
        published["note"],
    )


def _class_table(test: LabelledSeries, runs: list[SeriesRun]) -> Table:
    """Return the AUROC of each class of anomaly against normal."""
    labels = np.asarray(test.data.labels)
    kinds = [label for label in test.data.classes if label != test.normal]
    rows = []
    for run in runs:
        cells = []
        for kind in kinds:
            rows_of = np.isin(labels, (test.normal, kind))
            cells.append(auroc(labels[rows_of] == kind, run.scores[rows_of]))
        rows.append([run.name, *cells])
    heads = [f"{test.data.class_name(kind)} ({int(np.sum(labels == kind))})" for kind in kinds]
    return Table("AUROC of each class against normal", ["detector", *heads], rows, ["", *[".4f"] * len(kinds)])


def _opposites_table(recipe: Recipe, test: LabelledSeries, runs: list[SeriesRun]) -> list[Table]:
    """Return the AUROC of two opposite kinds of anomaly against each other, by the sign of the error."""
    if "opposite" not in recipe:
        return []
    above, below = recipe["opposite"]
    both = test.data.where(above, below)
    rows = []
    for run in runs:
        surprise = (both.values - run.detector.explain(both).expected).mean(axis=(1, 2))
        rows.append([run.name, auroc(np.asarray(both.labels) == above, surprise)])
    title = f"AUROC of {above} against {below}, by the mean of series minus expected signal"
    return [Table(title, ["detector", "AUROC"], rows, ["", ".4f"])]


def _folder() -> Any:
    return files("offbeat").joinpath("recipes")
