"""TSB-AD: series made of public benchmarks, with the published figures of many methods on each of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, partial
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from offbeat.bench.suites.cases import Case, Part, Scored, digest_of
from offbeat.bench.suites.found import FAMILIES, load_found
from offbeat.bench.suites.measures import rank_measures
from offbeat.bench.suites.suite import Column, Suite, mean_of, values_of
from offbeat.data.catalogue.download import search_folders
from offbeat.errors import DataError
from offbeat.events.runs import Runs
from offbeat.metrics import vus_buffer, vus_pr, vus_roc

__all__ = ["TSB_AD", "published_figures"]

_FACTS = ["tsb_file", "source", "channel", "slice", "labels"]
_NAME = re.compile(r"(?P<name>.+)_tr_(?P<train_end>\d+)_1st_\d+\.csv$")
_FAMILIES = {"nab": "nab", "ucr_anomaly": "ucr", "smap_msl": "smap-msl", "smd": "smd"}
"""The family of a source, by its folder."""
_OF_TEST_PART = ("smap-msl", "smd")
"""Families of which the series are made of the test part alone."""
_SHORTER = "each label one shorter at its end"
_RULE = (
    "Detectors learn from the leading part that the benchmark names, and are given no labels, whatever it holds. The "
    "whole series is evaluated, as there; a time step without a score counts as the least anomalous. VUS-PR: the area "
    "under the precision-recall curve, averaged over all widths of a buffer around the labels, the largest of them the "
    "benchmark's period of the series. Published figures are those of TSB-AD (2025-10, Apache-2.0) on the very series, "
    "whose methods look ahead as far as they like and were set on its tuning part."
)


def published_figures(kind: str) -> pd.DataFrame:
    """Return the published VUS-PR by case and method.

    Parameters
    ----------
    kind : {"uni", "multi"}
        Which part of the benchmark.

    Examples
    --------
    >>> published_figures("uni").shape
    (28, 32)
    """
    table = _table(kind, None)
    return table.drop(columns=_FACTS).set_index(pd.Index([_named(name)[0] for name in table["tsb_file"]]))


def _table(kind: str, data_dir: Path | None) -> pd.DataFrame:
    """Return which series there are, with figures: a table in a data folder counts before that of the package."""
    packaged = _packaged(kind)
    for folder in search_folders(data_dir):
        path = folder / "tsb_ad" / f"{kind}.csv"
        if path.is_file():
            found = pd.read_csv(path, keep_default_na=False, dtype={"channel": str})
            return found[[column for column in packaged.columns if column in found.columns]]
    return packaged


@cache
def _packaged(kind: str) -> pd.DataFrame:
    resource = package_files("offbeat.bench").joinpath("published", f"tsb_ad_{kind}.csv")
    with resource.open(encoding="utf-8") as lines:
        return pd.read_csv(lines, keep_default_na=False, dtype={"channel": str})


def _named(file: str) -> tuple[str, int]:
    """Return what a series is called, and how many rows there are to learn from."""
    found = _NAME.match(file)
    if found is None:
        raise DataError(f"expected a series named as TSB-AD names them (…_tr_500_1st_780.csv), got {file}")
    return found["name"], int(found["train_end"])


def _cases(kind: str, data_dir: Path | None) -> list[Case]:
    found = []
    for facts in _table(kind, data_dir)[_FACTS].to_dict("records"):
        family = _FAMILIES[facts["source"].partition("/")[0]]
        places = (folder / facts["source"] for folder in search_folders(data_dir))
        path = next((place for place in places if place.is_file()), None)
        if path is not None and all(file.is_file() for file in FAMILIES[family].files(path)):
            digest = digest_of(*FAMILIES[family].files(path), repr(facts))
            load = partial(_part, facts, family, path, data_dir)
            found.append(Case(f"tsb-ad-{kind[0]}", _named(facts["tsb_file"])[0], load, digest))
    return sorted(found, key=lambda case: case.name)


def _part(facts: Mapping[Any, Any], family: str, path: Path, data_dir: Path | None) -> Part:
    recording = load_found(family, path, data_dir)
    if family in _OF_TEST_PART:
        recording = recording[recording.train_end :]
    first, end = map(int, facts["slice"].split(":"))
    recording = recording[first:end]
    if facts["channel"] != "all":
        recording = recording.select([recording.channels[int(facts["channel"])]])
    labels = np.asarray(recording.labels, dtype=np.int64)
    if facts["labels"] == _SHORTER:
        labels = labels.copy()
        labels[Runs.of_mask(labels == 1).ends - 1] = 0
    return Part(recording[: _named(facts["tsb_file"])[1]], recording, labels)


def _volumes(part: Part, scored: Scored) -> dict[str, Any]:
    known = np.isfinite(scored.scores)
    if not known.any():
        return {"vus_pr": 0.0, "vus_roc": 0.0, "auroc": 0.0, "ap": 0.0}
    scores = np.where(known, scored.scores, scored.scores[known].min())
    buffer = vus_buffer(part.data)  # type: ignore[arg-type]  # a recording
    volumes = {
        "vus_pr": vus_pr(part.labels, scores, buffer=buffer),
        "vus_roc": vus_roc(part.labels, scores, buffer=buffer),
    }
    return volumes | rank_measures(part.labels, scores)


def _suite(kind: str, what: str, n_series: int) -> Suite:
    return Suite(
        f"tsb-ad-{kind[0]}",
        f"TSB-AD, {what} series",
        partial(_cases, kind),
        _volumes,
        (
            Column("VUS-PR", mean_of("vus_pr")),
            Column("VUS-ROC", mean_of("vus_roc")),
            Column("AP", mean_of("ap")),
            Column("AUROC", mean_of("auroc")),
        ),
        values_of("vus_pr"),
        _RULE,
        n_series=n_series,
        events=False,
        published=partial(published_figures, kind),
    )


TSB_AD = (_suite("uni", "univariate", 350), _suite("multi", "multivariate", 180))
"""The two parts of the benchmark."""
