"""Whether as many alarms come as were asked for, on recordings that change: the series of NAB in two halves.

::

    python benchmarks/alarm_budgets.py --data ../shared/data
    python benchmarks/alarm_budgets.py --data ../shared/data --detectors profile pca knn --json out.json

A detector learns from the first half of each series without its labels, as people do who have none, and its threshold
is set to so many alarms a week by that half. Counted are the events that ``detect`` finds in the second half outside
the labelled windows. Shown are the events, and the peaks that they are made of, over those asked for, all series
together; and by series the median, the share with more than twice as many events and at least two too many, with none,
and with a number of events that fits the rates which the first half left open (95 %, by the Poisson distribution).
Nothing was chosen by either half of the list.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from offbeat import Budget, load_data, suggest_window
from offbeat.cli.output import print_progress, print_tables
from offbeat.detectors.registry import detector_class
from offbeat.errors import OffbeatError
from offbeat.metrics import event_overlap, labels_to_windows
from offbeat.series.recording import Recording
from offbeat.tables import Table
from offbeat.thresholds.budget import WEEK
from offbeat.thresholds.evidence import poisson_interval
from result_files import write_results

RATES = (0.5, 1.0, 2.0, 7.0)


class Counted(NamedTuple):
    """Events in the second half of one series, at one rate."""

    series: str
    is_odd: bool
    """Its place in the sorted list of series."""
    is_extrapolated: bool
    """Whether the first half is too short to show the threshold."""
    rate: float
    weeks: float
    """Scored time of the second half outside labelled windows."""
    n_events: int
    n_peaks: int
    """Peaks above the threshold, apart by a window: the alarms that it allows. Peaks near each other make one event."""
    low: float
    high: float
    """Rates a week that the first half leaves open."""

    @property
    def asked(self) -> float:
        """Events that were asked for."""
        return self.rate * self.weeks

    @property
    def is_above_twice(self) -> bool:
        """Whether there are more than twice as many, and at least two too many."""
        return self.n_events > 2 * self.asked and self.n_events >= self.asked + 2

    @property
    def fits(self) -> bool:
        """Whether some rate that was left open is compatible with the number of events."""
        low, high = (bound / self.weeks for bound in poisson_interval(self.n_events))
        return low <= self.high and self.low <= high


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds nab")
    parser.add_argument("--detectors", nargs="+", default=["profile"])
    parser.add_argument("--first", type=int, help="only so many series")
    parser.add_argument("--json", type=Path, help="write the tables and the counts here, too")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    tables, counts = [], {}
    for name in chosen.detectors:
        start = time.process_time()
        counts[name] = list(counted(name, chosen.data, chosen.first))
        tables.append(table_of(name, counts[name]))
        print_tables(tables[-1:])
        print_progress(f"{name}: {time.process_time() - start:.0f} s of processor time")
    write_results(chosen.json, tables, counts=counts)


def counted(detector: str, data_dir: Path, first: int | None) -> Iterator[Counted]:
    """Yield the counts of all series, at all rates."""
    paths = sorted((data_dir / "nab" / "data").glob("*/*.csv"))[:first]
    for place, path in enumerate(paths):
        recording = load_data(f"nab/{path.parent.name}/{path.stem}", data_dir=data_dir)
        try:
            yield from _of_series(detector, recording, bool(place % 2))
        except OffbeatError as error:
            print_progress(f"{path.stem} is left out: {error}")


def _of_series(name: str, recording: Recording, is_odd: bool) -> Iterator[Counted]:
    half, kind = len(recording) // 2, detector_class(name)
    bare = Recording(recording.values, timestamps=recording.timestamps, name=recording.name)
    detector = kind() if kind.finds_window else kind(window=suggest_window(bare[:half]))
    detector.fit(bare[:half])
    scores = detector.decision_function(bare)
    known = [] if recording.labels is None else labels_to_windows(recording.labels)
    counts = np.isfinite(scores) & (np.arange(len(bare)) >= half)
    for start, end in known:
        counts[max(start - detector.n_times_, 0) : end + detector.n_times_] = False
    for rate in RATES:
        rule = detector.set_threshold(Budget(rate)).threshold_
        events = [
            event
            for event in detector.detect(bare, scores=scores, start=half)
            if counts[event.peak] and event_overlap([event], known).n_hit == 0
        ]
        weeks = float(counts.sum() * rule.step_ / WEEK)
        if weeks:
            n_peaks = round(rule.alarm_rate(np.where(counts, scores, np.nan)) * weeks)
            counted = (weeks, len(events), n_peaks, *rule.alarm_interval())
            yield Counted(recording.name, is_odd, rule.is_extrapolated, rate, *counted)


def table_of(detector: str, counts: list[Counted]) -> Table:
    """Return a row for each rate and each half of the list of series."""
    rows = []
    for rate in RATES:
        at_rate = [each for each in counts if each.rate == rate]
        parts = {
            "even": [each for each in at_rate if not each.is_odd],
            "odd": [each for each in at_rate if each.is_odd],
            "all": at_rate,
            "extrapolated": [each for each in at_rate if each.is_extrapolated],
        }
        for part, some in parts.items():
            n, asked = sum(each.n_events for each in some), sum(each.asked for each in some)
            low, high = (bound / asked for bound in poisson_interval(n))
            ratios = [each.n_events / each.asked for each in some]
            rows.append(
                [
                    rate,
                    part,
                    len(some),
                    asked,
                    n,
                    n / asked,
                    sum(each.n_peaks for each in some) / asked,
                    f"{low:.2f} to {high:.2f}",
                    float(np.median(ratios)),
                    float(np.mean([each.is_above_twice for each in some])),
                    float(np.mean([each.n_events == 0 for each in some])),
                    float(np.mean([each.fits for each in some])),
                ]
            )
    return Table(
        f"{detector}: alarms in the second halves of NAB, outside labelled windows",
        ["a week", "part", "n", "asked", "got", "got/asked", "peaks", "95%", "median", "above twice", "none", "fits"],
        rows,
        ["g", "", "", ".1f", "", ".2f", ".2f", "", ".2f", ".0%", ".0%", ".0%"],
    )


if __name__ == "__main__":
    main()
