"""Whether thresholds keep what they promise, on data that they have not seen.

::

    python benchmarks/thresholds.py                                   # synthetic hosts, a few minutes
    python benchmarks/thresholds.py --data ../shared/data --detectors pca knn
    python benchmarks/thresholds.py --data ../shared/data --beats --detectors pca knn
    python benchmarks/thresholds.py --data ../shared/data --drift --detectors pca
    python benchmarks/thresholds.py --seeds 100 120 --json out.json

A detector learns from one to four weeks of a host and scores the next six, or from the first half of a real stretch
in which nothing is labelled and scores the second. Shown is what was achieved over what was aimed at: a share of time
steps (5 %, 1 %), or a number of alarms a week. Rules are made on seeds below 100; judge them on others.
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import offbeat
from hosts import DAY, KINDS, host, planted
from offbeat import Budget, Quantile, Tracking, load_data, suggest_window
from offbeat.cli.output import print_progress, print_tables
from offbeat.detectors.base import Detector
from offbeat.detectors.registry import detector_class
from offbeat.tables import Table
from result_files import write_results
from stretches import SOURCES, Stretch, stretches

AIMS = {"5%": Quantile(0.05), "1%": Quantile(0.01), "1 a week": Budget(1)}
WINDOWS = (DAY // 3, DAY)
WEEKS = (1, 2, 4)
JUDGED = 6


class Outcome(NamedTuple):
    """What one aim came to on one recording."""

    aim: str
    achieved: float
    """Over what was aimed at."""
    enough: bool
    """Whether the rule promised it, without a warning."""
    n_independent: float
    recall: float
    """Of planted anomalies."""
    recall_exact: float
    """At the threshold that achieves the aim exactly."""


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the folder with nab, ucr_anomaly, smap_msl and smd: real stretches")
    parser.add_argument("--beats", action="store_true", help="short series instead: ECG5000, and patients of mitdb")
    parser.add_argument("--drift", action="store_true", help="long NAB series, anomalies and all, and random walks")
    parser.add_argument("--sources", nargs="+", default=list(SOURCES), choices=list(SOURCES))
    parser.add_argument("--detectors", nargs="+", default=["pca", "knn"])
    parser.add_argument("--seeds", nargs=2, type=int, default=(0, 8), metavar=("FIRST", "END"), help="of the hosts")
    parser.add_argument("--json", type=Path, help="write the tables here, too")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    tables = []
    for name in chosen.detectors:
        if chosen.beats:
            tables += [on_beats(name, chosen.data), on_patients(name, chosen.data)]
        elif chosen.drift:
            tables.append(on_drift(name, chosen.data, range(*chosen.seeds)))
        elif chosen.data is None:
            tables += [on_hosts(name, window, weeks, range(*chosen.seeds)) for window in WINDOWS for weeks in WEEKS]
        else:
            tables += [on_stretches(name, source, chosen.data) for source in chosen.sources]
    print_tables(tables)
    write_results(chosen.json, tables)


def on_hosts(detector: str, window: int, weeks: int, seeds: range) -> Table:
    """Return a row for each aim, over all kinds of hosts and all seeds."""
    start, outcomes = time.perf_counter(), []
    for kind in KINDS:
        for seed in seeds:
            recording = host(kind, weeks + JUDGED, seed)
            at = weeks * 7 * DAY
            model = made(detector, window).fit(recording[:at])
            outcomes += tried(model, recording[at - window :], seed)
    print_progress(f"{detector}, window {window}, {weeks} weeks: {time.perf_counter() - start:.0f} s")
    rows = [_row(aim, [found for found in outcomes if found.aim == aim]) for aim in AIMS]
    return Table(
        f"{detector}, window {window}, {weeks} weeks learned, {len(KINDS) * len(seeds)} hosts",
        ["aim", "independent windows", "promised", "mean", "within twice", "recall", "recall at exact threshold"],
        rows,
        ["", ".0f", ".0%", ".2f", ".0%", ".3f", ".3f"],
    )


def on_beats(detector: str, data_dir: Path, repeats: int = 40) -> Table:
    """Return how a rate of 5 % is kept on normal heartbeats, learned from a few of them, drawn again and again."""
    normal, rows = load_data("ecg5000", data_dir=data_dir).where("1"), []
    for n in (60, 200, 1000):
        rates = []
        for seed in range(repeats):
            order = np.random.default_rng(seed).permutation(len(normal))
            model = detector_class(detector)().fit(normal[order[:n]])
            rates.append(model.threshold_.false_alarm_rate(model.decision_function(normal[order[n:]])) / 0.05)
        rows.append([n, np.mean(rates), np.mean(np.array(rates) <= 2)])
    title = f"{detector} on ECG5000, aim 5 %, {repeats} draws"
    return Table(title, ["normal beats", "mean", "within twice"], rows, ["", ".2f", ".0%"])


def on_patients(detector: str, data_dir: Path, each: int = 100) -> Table:
    """Return how a rate of 5 % is kept on the normal beats of patients that nothing was learned from."""
    records = [path.stem for path in sorted((data_dir / "mitdb").glob("*.hea"))]
    beats = []
    for record in records:
        one = load_data(f"mitdb/{record}", kind="beats", data_dir=data_dir)
        normal = one.where("N") if "N" in one.classes else one[:0]
        if len(normal) >= each:
            picked = np.random.default_rng(0).permutation(len(normal))[:each]
            beats.append(normal.values[picked])
    rates = []
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(len(beats))
        learned, judged = np.array_split(order, 2)
        groups = np.repeat(learned, each)
        data = offbeat.Collection(np.concatenate([beats[i] for i in learned]), groups=groups)
        model = detector_class(detector)().fit(data)
        unseen = np.concatenate([model.decision_function(beats[i]) for i in judged])
        rates.append(model.threshold_.false_alarm_rate(unseen))
    title = f"{detector} on unseen patients of mitdb, aim 5 %, {len(beats)} patients in two halves, {len(rates)} draws"
    return Table(title, ["mean", "worst"], [[np.mean(rates), np.max(rates)]], [".1%", ".1%"])


def on_drift(detector: str, data_dir: Path, seeds: range) -> Table:
    """Return alarms a week of fixed and of moving thresholds, aim 1, learned from the first third of what drifts."""
    paths = sorted((data_dir / "nab" / "data").glob("*/*.csv"))
    long = [load_data(f"nab/{path.parent.name}/{path.stem}", data_dir=data_dir) for path in paths]
    drifting = [recording for recording in long if len(recording) > 10_000]
    for seed in seeds:
        walk = np.cumsum(np.random.default_rng([5, seed]).normal(size=20_000))
        drifting.append(offbeat.Recording(walk, sampling_rate=1 / 300, name=f"random walk {seed}"))
    rows = []
    for recording in drifting:
        third = len(recording) // 3
        model = made(detector, 48).fit(recording[:third])
        scores = model.decision_function(recording[third:])
        rules = [Budget(1), Tracking(1), Tracking(1, floor=True)]
        rows.append([recording.name, *(model.set_threshold(rule).threshold_.alarm_rate(scores) for rule in rules)])
    columns = ["recording", "budget", "tracking", "tracking, never below the budget"]
    return Table(f"{detector}, alarms a week, aim 1", columns, rows, ["", ".2f", ".2f", ".2f"])


def on_stretches(detector: str, source: str, data_dir: Path) -> Table:
    """Return a row for each aim, over all stretches of a source."""
    outcomes = [found for part in stretches(source, data_dir) for found in _on_stretch(detector, part)]
    rows = []
    for aim in AIMS:
        some = [found for found in outcomes if found.aim == aim]
        achieved = np.array([found.achieved for found in some])
        rows.append(
            [aim, len(some), np.median(achieved), np.mean(achieved > 2), np.mean([f.n_independent for f in some])]
        )
    return Table(
        f"{detector} on real stretches: {source}",
        ["aim", "recordings", "median", "above twice", "independent windows"],
        rows,
        ["", "", ".2f", ".0%", ".0f"],
    )


def _on_stretch(detector: str, part: Stretch) -> list[Outcome]:
    try:
        model = made(detector, suggest_window(part.learned)).fit(part.learned)
        return tried(model, part.judged)
    except offbeat.errors.OffbeatError as error:
        print_progress(f"{part.name} is left out: {error}")
        return []


def made(detector: str, window: int) -> Detector:
    """Return an unfitted detector that looks back only, as in a stream, where alarms are raised."""
    return detector_class(detector)(window=window, fold="last")


def tried(model: Detector, judged: offbeat.Recording, seed: int | None = None) -> list[Outcome]:
    """Return what each aim comes to; with a seed also how many planted anomalies are found."""
    scores = model.decision_function(judged)
    spoiled, windows = (None, []) if seed is None else planted(judged, seed)
    found_in = None if spoiled is None else model.decision_function(spoiled)
    outcomes = []
    for aim, rule in AIMS.items():
        fitted = model.set_threshold(rule).threshold_
        achieved, exact = _achieved(fitted, scores)
        recalls = [_recall(found_in, windows, value, model.n_times_) for value in (fitted.value_, exact)]
        n = fitted.n_independent_
        enough = n >= 3 / rule.target if aim != "1 a week" else fitted.allowed_ >= 2
        outcomes.append(Outcome(aim, achieved, bool(enough), n, *recalls))
    return outcomes


def _achieved(rule: Any, scores: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return what was achieved over what was aimed at, and the value that achieves it exactly."""
    known = scores[~np.isnan(scores)]
    if not isinstance(rule, Budget):
        return rule.false_alarm_rate(scores) / rule.target, float(np.quantile(known, 1 - rule.target))
    exact = Budget(rule.alarms, rule.period, step=rule.step_).fit(scores, window=rule.window_)
    # Where less than one alarm is due, one is no breach.
    due = rule.alarms * len(known) * rule.step_ / rule.period
    raised = rule.alarm_rate(scores) * len(known) * rule.step_ / rule.period
    return float(raised / max(due, 1.0)), exact.value_


def _recall(scores: npt.NDArray[np.float64] | None, windows: list[tuple[int, int]], value: float, length: int) -> float:
    """Return the share of planted anomalies with a score above the value in a window that holds a part of them."""
    if scores is None:
        return float("nan")
    return float(np.mean([np.any(scores[start : end + length] > value) for start, end in windows]))


def _row(aim: str, outcomes: list[Outcome]) -> list[Any]:
    achieved = np.array([found.achieved for found in outcomes])
    return [
        aim,
        float(np.median([found.n_independent for found in outcomes])),
        float(np.mean([found.enough for found in outcomes])),
        float(achieved.mean()),
        float(np.mean(achieved <= 2)),
        float(np.mean([found.recall for found in outcomes])),
        float(np.mean([found.recall_exact for found in outcomes])),
    ]


if __name__ == "__main__":
    main()
