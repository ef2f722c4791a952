"""What is to be run, by name: suites, parts of suites, and data of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from offbeat.app.loading import RecordingSource, Source, load_source
from offbeat.app.request import Request
from offbeat.bench.suites.cases import Case, Part, digest_of, part_of_leading
from offbeat.bench.suites.contenders import Contender
from offbeat.bench.suites.named import contenders_of
from offbeat.bench.suites.registry import ALIASES, COLLECTIONS, RECORDINGS, SUITES
from offbeat.bench.suites.run import Round
from offbeat.bench.suites.suite import Suite
from offbeat.data import normal_split
from offbeat.errors import DataError, ParameterError
from offbeat.series.recording import Collection, Recording
from offbeat.tables import Table
from offbeat.words import did_you_mean

__all__ = ["case_of_data", "rounds_of", "suite_table"]

_LEADING = "0.3"
"""What is learned from where neither the data nor the user says it."""


def rounds_of(names: Iterable[str], detectors: str | None, request: Request) -> list[Round]:
    """Return what is to be run.

    Parameters
    ----------
    names : iterable of str
        A suite (``nab``), a part of one (``nab/realTraffic``), or labelled data: a file or a name of the catalogue.
    detectors : str, optional
        See :func:`~offbeat.bench.suites.named.contenders_of`; each suite's own default where None.
    request : Request
        How to read data that belong to no suite, and where to look for all data first; its ``data`` is not used.

    Raises
    ------
    ParameterError
        If there is no such part of a suite, or no such detector.
    DataError
        If nothing of a suite is here, or data cannot be read or have no labels.
    """
    cases: dict[str, tuple[Suite, dict[str, Case]]] = {}
    for name in names:
        for suite, found in _cases_of(name, request):
            cases.setdefault(suite.name, (suite, {}))[1].update({case.name: case for case in found})
    return [Round(suite, list(found.values()), _contenders(detectors, suite)) for suite, found in cases.values()]


def case_of_data(data: Recording | Collection, name: str, normal: str | None = None) -> tuple[Suite, Case]:
    """Return data in memory as a case, with the suite that says how they are evaluated.

    Parameters
    ----------
    data : Recording or Collection
        With labels. A recording is learned from up to its ``train_end``, or else its first 30 %.
    name : str
        What to call it.
    normal : str, optional
        The label of the normal class of a collection; "0" where None.

    Raises
    ------
    DataError
        If there are no labels, or not both normal data and anomalies.
    """
    source = RecordingSource(data) if isinstance(data, Recording) else Source(data, normal or "0")
    return _case_of(source, name, None)


def suite_table(data_dir: Path | None = None) -> Table:
    """Return which suites there are, and how much of each is on this machine."""
    rows = [
        [suite.name, suite.title, len(suite.cases(data_dir)), suite.n_series or None, suite.default]
        for suite in SUITES.values()
    ]
    both = "; ".join(f"{name} stands for {' and '.join(parts)}" for name, parts in ALIASES.items())
    return Table(
        "Suites",
        ["suite", "what", "series here", "of", "default detectors"],
        rows,
        note=f"{both[0].upper()}{both[1:]}. Whatever lies in the data folders counts, in the benchmark's own layout.",
    )


def _contenders(detectors: str | None, suite: Suite) -> list[Contender]:
    return contenders_of(suite.default if detectors is None else detectors)


def _cases_of(name: str, request: Request) -> Sequence[tuple[Suite, list[Case]]]:
    head, _, rest = name.partition("/")
    if head in SUITES or head in ALIASES:
        return [(SUITES[each], _part_of(SUITES[each], rest, request)) for each in ALIASES.get(head, (head,))]
    if not Path(name).exists() and "." not in head and "/" not in name:
        known = [*SUITES, *ALIASES]
        if meant := did_you_mean(name, known):
            raise ParameterError(f"no suite and no file is called {name!r}: {meant}the suites are {', '.join(known)}")
    suite, case = _case_of(load_source(replace(request, data=name)), Path(name).name, request.until)
    return [(suite, [case])]


def _part_of(suite: Suite, rest: str, request: Request) -> list[Case]:
    """Return the cases of a suite whose names begin so; all of them where nothing is said."""
    found = suite.cases(request.data_dir)
    chosen = [case for case in found if case.name.startswith(rest)]
    if not chosen and rest and suite.own is not None:
        return [suite.own(rest, request.data_dir)]
    if not found:
        raise DataError(
            f"no series of {suite.name} is on this machine: set OFFBEAT_DATA to the folder that holds them, or get "
            'those of the catalogue ("offbeat data list")'
        )
    if not chosen:
        parts = sorted({case.name.partition("/")[0] for case in found})
        raise ParameterError(f"{suite.name} has no part that is called {rest!r}: there are {', '.join(parts)}")
    return chosen


def _case_of(source: Source | RecordingSource, name: str, until: str | None) -> tuple[Suite, Case]:
    data = source.data
    if isinstance(source, RecordingSource):
        end = source.start(until if until is not None or source.data.train_end is not None else _LEADING)
        suite, part = RECORDINGS, part_of_leading(source.data, end)
    else:
        suite, part = COLLECTIONS, _part_of_series(source)
    reads = "recordings" if suite is RECORDINGS else "collections"
    labels = np.asarray(data.labels).astype(np.str_)
    digest = digest_of(data.values, labels, str(part.start))
    return suite, Case(suite.name, name, partial(_as_it_is, part), digest, reads, data.domain)


def _part_of_series(source: Source) -> Part:
    split = normal_split(source.data, source.need_normal())
    return Part(split.train, split.evaluation, split.truth, validation=split.validation)


def _as_it_is(part: Part) -> Part:
    return part
