"""One contender on one case: a row of results."""

from __future__ import annotations

from datetime import UTC, datetime
from math import nan
from typing import Any

from offbeat.bench.suites.cases import Case, Part, Scored
from offbeat.bench.suites.contenders import Contender
from offbeat.bench.suites.measures import unscored
from offbeat.bench.suites.memory import peak_memory
from offbeat.bench.suites.suite import Suite
from offbeat.errors import ignoring
from offbeat.threads import one_thread
from offbeat.version import __version__

__all__ = ["KEYS", "key_of", "run_trial"]

KEYS = ("suite", "case", "digest", "detector", "settings", "version")
"""The columns that say what a row is a result of."""

_NOT_RUN = {"rows": 0, "window": 1, "look_ahead": 0, "fit_seconds": nan, "score_seconds": nan, "peak_mib": nan}
"""What a row holds of a case that could not be read."""


def key_of(case: Case, contender: Contender) -> tuple[str, ...]:
    """Return what stands in :data:`KEYS` for a contender on a case."""
    return (case.suite, case.name, case.digest, contender.name, contender.key, __version__)


def run_trial(suite: Suite, case: Case, contender: Contender) -> dict[str, Any]:
    """Return the row of one contender on one case; whatever fails stands in it as ``error``.

    A case on which a contender fails counts as one in which it finds nothing.
    """
    row: dict[str, Any] = dict(zip(KEYS, key_of(case, contender), strict=True))
    row |= {"date": datetime.now(UTC).date().isoformat(), "reads": case.reads, "domain": case.domain}
    row |= {"error": "", **_NOT_RUN}
    try:
        part = case.load()
    except Exception as error:  # of any kind: it is the row's result
        return {**row, "error": _words(error)}
    scored, row["error"], row["peak_mib"] = _scored(suite, case, contender, part)
    row["rows"] = len(part.labels) - part.start
    row |= {name: getattr(scored, name) for name in ("window", "look_ahead", "fit_seconds", "score_seconds")}
    return row | suite.measure(part, scored)


def _scored(suite: Suite, case: Case, contender: Contender, part: Part) -> tuple[Scored, str, float]:
    with one_thread(), ignoring(Warning), peak_memory() as peak:
        try:
            scored, error = contender.run(case, part, live=suite.live, events=suite.events), ""
        except Exception as failure:  # of any kind: it is the row's result
            scored, error = unscored(part), _words(failure)
    return scored, error, peak.mebibytes


def _words(error: Exception) -> str:
    text = " ".join(str(error).split()) or "no message"
    return f"{type(error).__name__}: {text}"[:500]
