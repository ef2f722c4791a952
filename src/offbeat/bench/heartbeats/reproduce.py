"""Heartbeats named by two protocols, always side by side: among the same patients, and between patients."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from offbeat.app.runs import Log
from offbeat.bench.heartbeats.between_patients import between_patients, check_sides, read_records
from offbeat.bench.heartbeats.kaggle import kaggle_protocol, kaggle_split
from offbeat.bench.heartbeats.page import HeartbeatResults
from offbeat.records.mitbih import DS1, DS2

__all__ = ["reproduce_heartbeats"]


def reproduce_heartbeats(
    recipe: Mapping[str, Any],
    data_dir: str | Path | None = None,
    *,
    quick: bool = False,
    seed: int = 0,
    log: Log = lambda _: None,
) -> HeartbeatResults:
    """Run both protocols; see :func:`offbeat.bench.recipes.run_recipe`.

    Parameters
    ----------
    recipe : mapping
        What was published, and how much less is enough to see that it works.
    data_dir : str or Path, optional
        Where the MIT-BIH database is looked for first.
    quick : bool
        Few epochs, few rows and few records.
    seed : int
        Of everything that learns; the splits are fixed.
    log : callable
        Gets a line when a fit begins.
    """
    less: Mapping[str, Any] = recipe["quick"] if quick else {}
    train, test = tuple(less.get("train_records", DS1)), tuple(less.get("test_records", DS2))
    same_person = check_sides(train, test)
    split = kaggle_split(data_dir)
    split = split.fewer(less["rows"]) if quick else split
    patients = between_patients(
        read_records(train, data_dir, log),
        read_records(test, data_dir, log),
        seed=seed,
        log=log,
        **less.get("patients", {}),
    )
    kaggle = kaggle_protocol(split, seed=seed, log=log, **less.get("kaggle", {}))
    return HeartbeatResults(recipe, kaggle, patients, same_person, quick)
