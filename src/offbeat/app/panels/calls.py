"""Many series in Python: a model for each, and a table of what was found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from offbeat.app.executors import executor_of
from offbeat.app.panels.models import Models
from offbeat.app.panels.runs import fit_each_key, score_keys
from offbeat.app.panels.units import FitOptions, ScoreOptions
from offbeat.app.request import PanelRequest
from offbeat.data import read_panel
from offbeat.data.readers.options import options_from
from offbeat.detectors.base import Detector
from offbeat.detectors.store import ModelStore
from offbeat.errors import DataError

__all__ = ["fit_each", "score_panel"]


def fit_each(
    detector: Detector,
    panel: Any,
    folder: str | Path,
    *,
    until: str | None = None,
    workers: int | None = None,
    ray: str | None = None,
    log: Callable[[str], None] | None = None,
) -> ModelStore:
    """Fit a copy of a detector on each recording of a panel, into one folder.

    A run that was stopped goes on where it is called again: models made from the same data and settings are kept.

    Parameters
    ----------
    detector : Detector
        Unfitted.
    panel : Panel, or what :func:`offbeat.read_panel` reads
        The recordings.
    folder : str or Path
        A new folder, or one of an earlier run.
    until : str, optional
        Where the part of each recording to learn from ends: a share, a row or a date.
    workers : int, optional
        Processes of one thread each; one a processor where None.
    ray : str, optional
        Work on a Ray cluster instead: its address, or ``"local"`` for one on this machine.
    log : callable, optional
        Gets lines of progress; a key that failed is named there, and has no model.

    Returns
    -------
    ModelStore
        The models by key. Why others failed stands in ``panel.csv`` in the folder.

    Raises
    ------
    DataError
        If all of them failed.
    OutputError
        If the folder holds something else, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from offbeat import NaiveForecast
    >>> waves = {"web1": np.sin(np.arange(300.0)), "web2": np.sin(np.arange(400.0))}
    >>> list(fit_each(NaiveForecast(), waves, Path(tempfile.mkdtemp()), workers=1))
    ['web1', 'web2']
    """
    options = FitOptions(until=until, detector=detector)
    found = fit_each_key(
        read_panel(panel), Path(folder), options, executor_of(PanelRequest(workers=workers, ray=ray)), log or _quiet
    )
    if found.failed == len(found.table):
        row = found.table.iloc[0]
        raise DataError(f"all {len(found.table):,} keys failed: {row['key']}: {row['error']}")
    return ModelStore(folder)


def score_panel(
    panel: Any,
    model: str | Path | ModelStore,
    out: str | Path | None = None,
    *,
    workers: int | None = None,
    ray: str | None = None,
    log: Callable[[str], None] | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Score each recording of a panel by its model, and return a row for each.

    Parameters
    ----------
    panel : Panel, or what :func:`offbeat.read_panel` reads
        The recordings.
    model : str, Path or ModelStore
        A model folder, for all of them; or a folder with a model for each.
    out : str or Path, optional
        A folder for what is found about each, so that a run that was stopped goes on; nothing is written where None.
    workers, ray, log
        See :func:`fit_each`.
    **options
        ``ending`` (".csv" or ".parquet": the scores of each, too), ``events`` and ``pages`` (those of each, too),
        ``evaluates`` (by labels, on what the model has not seen), ``until``, ``since``, ``scale``, ``min_length``,
        ``merge_gap`` and ``low``.

    Returns
    -------
    DataFrame
        In the order of the panel: ``key``, ``error``, ``steps``, ``events``, ``aimed`` (how many of them
        are aimed at, by a budget), ``worst`` (the gravest tier), ``flagged``
        (share of the time), ``peak``, ``unusual``, ``drift``, figures by labels where they are evaluated, ``cautions``.

    Raises
    ------
    ModelError
        If there is no model.
    ParameterError
        If there is no such option.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from offbeat import NaiveForecast, Panel, Recording
    >>> waves = {name: Recording(np.sin(np.arange(400.0))) for name in ("web1", "web2")}
    >>> model = NaiveForecast().fit(waves).save(Path(tempfile.mkdtemp()) / "model")
    >>> score_panel(waves, model, workers=1)[["key", "events", "worst"]].values.tolist()
    [['web1', 0, 'normal'], ['web2', 0, 'normal']]
    """
    models = Models(model.folder if isinstance(model, ModelStore) else Path(model))
    models.check()
    wanted = options_from(ScoreOptions, options, "scoring a panel")
    place = None if out is None else Path(out)
    return score_keys(
        read_panel(panel), models, wanted, place, executor_of(PanelRequest(workers=workers, ray=ray)), log or _quiet
    ).table


def _quiet(line: str) -> None:
    """Leave out lines of progress."""
