"""Detectors side by side on labelled data, as ``offbeat bench`` has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from offbeat.app.request import Request
from offbeat.app.runs import Log
from offbeat.bench.suites.cases import Case
from offbeat.bench.suites.chosen import case_of_data, rounds_of
from offbeat.bench.suites.named import contenders_of
from offbeat.bench.suites.outcome import BenchOutcome, SuiteOutcome
from offbeat.bench.suites.run import Round, run_rounds
from offbeat.bench.suites.store import Store
from offbeat.bench.suites.suite import Suite
from offbeat.bench.suites.trial import key_of
from offbeat.detectors.base import Detector
from offbeat.errors import DataError, ParameterError
from offbeat.estimators.inputs import as_recording
from offbeat.progress import tell_progress
from offbeat.series.any_frame import as_pandas
from offbeat.series.recording import Collection, Recording

__all__ = ["compare", "run_and_read"]

Data = str | Path | Recording | Collection


def compare(
    detectors: str | Detector | Iterable[str | Detector] | Mapping[str, Detector],
    data: Data | Iterable[Data] | Mapping[str, Recording | Collection],
    *,
    normal: str | None = None,
    jobs: int = 1,
    results: str | Path | None = None,
) -> BenchOutcome:
    """Compare detectors on labelled data, with simple baselines and random scores beside them.

    Each detector is fitted anew for each recording or collection, on its leading part or on a part of its normal
    series, and is given no labels. A line tells of each that is done, on a terminal and in a notebook.

    Parameters
    ----------
    detectors : str, Detector, iterable of these, or mapping
        Names, such as ``"pca:fold=max,knn,ECOD"``; unfitted detectors; or those by the name for the tables. An object
        keeps its settings; only a window that is not set is chosen on the part to learn from.
    data : str, Path, Recording, Collection, data frame, iterable of these, or mapping of str
        Suites and parts of them (``"ucr"``, ``"nab/realTraffic"``), files, names of the catalogue, or data with labels.
        A recording is learned from up to its ``train_end``, or else its first 30 %.
    normal : str, optional
        The label of the normal class of collections; where None that of the catalogue, or "0" for data in memory.
    jobs : int
        Processes.
    results : str or Path, optional
        A Parquet file of results: what it holds is not run again, and what is run is added. It holds for the same
        version of offbeat, data and settings and, of a class of your own, for the same source: the file of its module,
        or all Python files of its package; after a change of other files that these import, name another file.

    Returns
    -------
    BenchOutcome
        With ``to_frame()``, ``table()``, ``figure()``, ``tables()`` and ``write_page(path)``.

    Raises
    ------
    ParameterError
        If a name is unknown, or something is no data.
    DataError
        If there are no data or no labels.

    Examples
    --------
    >>> from offbeat import compare
    >>> from offbeat.data.synthetic import server_metrics
    >>> found = compare("pca", server_metrics())
    >>> found.to_frame()["detector"].tolist()
    ['pca', 'level', 'naive', 'random']
    """
    contenders = contenders_of(detectors)
    rounds = [Round(each.suite, each.cases, contenders) for each in _rounds(data, normal)]
    if not rounds:
        raise DataError("expected data to compare detectors on, got none")
    return run_and_read(rounds, None if results is None else Path(results), jobs=jobs, log=tell_progress)


def run_and_read(
    rounds: list[Round],
    results: Path | None,
    *,
    jobs: int = 1,
    fresh: bool = False,
    log: Log = lambda _: None,
) -> BenchOutcome:
    """Run what has no result yet, and return all results of these rounds, see :func:`run_rounds`."""
    store = Store(results)
    run_rounds(rounds, store, jobs=jobs, fresh=fresh, log=log)
    return BenchOutcome([SuiteOutcome(each.suite, _frame(each, store)) for each in rounds])


def _frame(each: Round, store: Store) -> pd.DataFrame:
    """Return the rows of a round; whether a contender is a baseline depends on what was asked for."""
    trials = list(each.trials())
    frame = store.frame(key_of(case, who) for _, case, who in trials)
    return frame.assign(baseline=[who.is_baseline for _, _, who in trials])


def _rounds(data: Data | Iterable[Data] | Mapping[str, Recording | Collection], normal: str | None) -> list[Round]:
    named = [str(each) for each in _listed(data) if isinstance(each, str | Path)]
    found: dict[str, tuple[Suite, list[Case]]] = {}
    for each in rounds_of(named, None, Request("", normal=normal)):
        found.setdefault(each.suite.name, (each.suite, []))[1].extend(each.cases)
    own = {name: _taken(each) for name, each in data.items()} if isinstance(data, Mapping) else _names_of(_listed(data))
    for name, part in own.items():
        suite, case = case_of_data(part, name, normal)
        found.setdefault(suite.name, (suite, []))[1].append(case)
    return [Round(suite, cases, []) for suite, cases in found.values()]


def _listed(data: Any) -> list[Data]:
    if isinstance(data, Mapping):
        return []
    several = isinstance(data, Iterable) and not (
        isinstance(data, str | Path | Recording | Collection) or _is_frame(data)
    )
    return [_taken(each) for each in data] if several else [_taken(data)]


def _is_frame(data: Any) -> bool:
    return isinstance(as_pandas(data), pd.DataFrame | pd.Series)


def _taken(data: Any) -> Any:
    """Return a frame as a recording, and what can be compared on as it is."""
    if isinstance(data, str | Path | Recording | Collection):
        return data
    if _is_frame(data):
        return as_recording(data)
    raise ParameterError(
        f"expected names, files, recordings, collections or frames to compare detectors on, got {type(data).__name__}: "
        "give an array as Recording(values, labels=labels) or Collection(values, labels=labels)"
    )


def _names_of(data: list[Data]) -> dict[str, Recording | Collection]:
    """Return the data in memory by their names, or by their places where they have none or share one."""
    named: dict[str, Recording | Collection] = {}
    for place, each in enumerate(part for part in data if isinstance(part, Recording | Collection)):
        name = each.name if each.name and each.name not in named else f"data {place + 1}"
        named[name] = each
    return named
