"""Run contenders over the cases of suites, several at a time, and only those that have no result yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from offbeat.app.runs import Log
from offbeat.bench.suites.cases import Case
from offbeat.bench.suites.contenders import Contender
from offbeat.bench.suites.named import baseline_contenders
from offbeat.bench.suites.store import Store
from offbeat.bench.suites.suite import Suite
from offbeat.bench.suites.trial import key_of, run_trial
from offbeat.parallel import in_parallel

__all__ = ["Round", "run_rounds"]


@dataclass(frozen=True)
class Round:
    """A suite with the cases of it that are to be run, and who runs.

    Parameters
    ----------
    suite : Suite
        The benchmark.
    cases : sequence of Case
        Of this suite.
    contenders : sequence of Contender
        What was asked for; baselines and random scores come after them.
    """

    suite: Suite
    cases: Sequence[Case]
    contenders: Sequence[Contender]

    def trials(self) -> Iterator[tuple[Suite, Case, Contender]]:
        """Yield each contender with each case, the baselines last."""
        for contender in self._everybody():
            for case in self.cases:
                if not contender.is_baseline or contender.reads(case):
                    yield self.suite, case, contender

    def _everybody(self) -> list[Contender]:
        names = {contender.name for contender in self.contenders}
        kinds = dict.fromkeys(case.reads for case in self.cases)
        beside = {each.name: each for kind in kinds for each in baseline_contenders(kind) if each.name not in names}
        return [*self.contenders, *beside.values()]


def run_rounds(
    rounds: Iterable[Round], store: Store, *, jobs: int = 1, fresh: bool = False, log: Log = lambda _: None
) -> None:
    """Run what has no row in the store yet, and put the rows there.

    Parameters
    ----------
    rounds : iterable of Round
        What to run.
    store : Store
        Where results are, and go to.
    jobs : int
        Processes; each runs one case at a time, in one thread.
    fresh : bool
        Whether to run again what has a row.
    log : callable
        Gets a line for each trial that is done, and one for what need not be run.
    """
    trials = [trial for each in rounds for trial in each.trials()]
    missing = [trial for trial in trials if fresh or key_of(*trial[1:]) not in store]
    if len(missing) < len(trials):
        log(f"{len(trials) - len(missing):,} of {len(trials):,} results are there already")
    try:
        for done, row in enumerate(in_parallel(run_trial, missing, jobs), start=1):
            store.add(row)
            log(f"{done} of {len(missing)}: {_line(row)}")
    finally:
        store.write()


def _line(row: dict[str, Any]) -> str:
    what = f"{row['suite']}/{row['case']}, {row['detector']}"
    return f"{what}: {row['error']}" if row["error"] else f"{what}, {row['fit_seconds'] + row['score_seconds']:.1f} s"
