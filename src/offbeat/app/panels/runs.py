"""Work on many series by key, several at a time, so that it can be stopped and gone on with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from offbeat.app.loading import RecordingSource, reading_options
from offbeat.app.panels.listed import EVENTS, list_of_events
from offbeat.app.panels.models import Models
from offbeat.app.panels.notes import gathered
from offbeat.app.panels.results import Results, stamp_of
from offbeat.app.panels.rows import failed_row, joined_row, shown_tables, table_of, with_spreads
from offbeat.app.panels.scale import LIKE, likeness, sample_of
from offbeat.app.panels.short_series import refuse_short_series
from offbeat.app.panels.units import FitOptions, ScoreOptions, cautions, fit_key, score_key
from offbeat.app.request import PanelRequest, Request
from offbeat.app.runs import Log
from offbeat.app.training_data import to_fit
from offbeat.data import holds_many, names, read_panel_with
from offbeat.detectors.store import ModelStore, named_by
from offbeat.errors import DataError, ParameterError
from offbeat.estimators.folder import check_model_place
from offbeat.parallel import Executor, Processes
from offbeat.series.joined import Joined
from offbeat.series.panel import Panel
from offbeat.series.recording import Recording
from offbeat.tables import Table
from offbeat.words import plural

__all__ = [
    "Found",
    "fit_each_key",
    "fit_one_for_all",
    "is_panel",
    "one_or_each",
    "panel_of",
    "run_keys",
    "score_keys",
    "usable",
]

_TOLD = 20
"""Keys of a run that are told one by one as they are done; of more, every so many."""


@dataclass(frozen=True, eq=False)
class Found:
    """What was found out about many keys.

    Parameters
    ----------
    table : DataFrame
        A row for each key, in the order of the panel.
    pictures : mapping
        By key what a small picture of its recording shows.
    domain : str
        What the series are about, see :class:`offbeat.Recording`.
    notes : sequence of str
        How they were read, where it might have been meant otherwise, each kind once.
    """

    table: pd.DataFrame
    pictures: Mapping[str, dict[str, Any]]
    domain: str = ""
    notes: Sequence[str] = ()
    events: pd.DataFrame = field(default_factory=lambda: list_of_events({}))
    """The events of all keys, see :func:`offbeat.app.panels.listed.list_of_events`."""
    aims: Sequence[Mapping[str, Any]] = ()
    """How many alarms were aimed at in each key, see :func:`offbeat.app.panels.aims.aim_of`."""

    def tables(self, what: str, most: int = 20) -> list[Table]:
        """Return what to print, see :func:`offbeat.app.panels.rows.shown_tables`."""
        return shown_tables(self.table, what, most)

    def whole_tables(self, what: str) -> list[Table]:
        """Return the same for files: all keys, and all that is to be known of them."""
        return shown_tables(self.table, what, len(self.table), whole=True)

    @property
    def failed(self) -> int:
        """How many keys failed."""
        return int((self.table["error"] != "").sum())

    def require_all(self) -> None:
        """Raise DataError where a key failed, after all that can be done was done."""
        if self.failed:
            row = self.table[self.table["error"] != ""].iloc[0]
            raise DataError(f"{self.failed:,} of {len(self.table):,} keys failed: {row['key']}: {row['error']}")


def is_panel(request: Request, wanted: PanelRequest) -> bool:
    """Return whether a command is to work on many series."""
    if request.kind == "beats" or request.data in names():
        if wanted.by or wanted.more:
            raise ParameterError("--by and several files are for series, not for beats or a data set of the catalogue")
        return False
    return bool(wanted.by or wanted.more) or holds_many(request.data)


def panel_of(request: Request, wanted: PanelRequest, without: Path | None = None) -> Panel:
    """Return the series that were asked for, by key.

    Parameters
    ----------
    request, wanted : Request, PanelRequest
        What was asked for.
    without : Path, optional
        The folder that results go to, which holds no data.

    Raises
    ------
    DataError
        If the first files hold short series, which are no recordings.
    """
    options = replace(reading_options(request), by=wanted.by)
    source = [request.data, *wanted.more] if wanted.more else request.data
    if wanted.by and wanted.more:
        raise ParameterError("--by is about one long table: give one file, or leave --by out")
    panel = read_panel_with(source, options, without)
    if options.kind is None and options.by is None:
        refuse_short_series([request.data, *wanted.more], options, without)
    return panel


def one_or_each(panel: Panel, each: bool | None, log: Log) -> bool:
    """Return whether each key gets a model of its own: as asked for, or else where one scaling does not fit all.

    Parameters
    ----------
    panel : Panel
        The series.
    each : bool, optional
        What was asked for.
    log : callable
        Gets a line on the choice where nothing was.
    """
    if each is not None:
        return each
    alike = likeness(sample_of(panel))
    if alike >= LIKE:
        log(f"the {len(panel):,} series are alike in level and scale: one model for all (--each fits one for each)")
        return False
    log(
        f"the series differ in level or scale (some vary by {alike:.2g} of what all vary together), so that one "
        "scaling would hide some: one model for each (--one fits one for all)"
    )
    return True


def usable(panel: Panel) -> tuple[list[Recording], list[dict[str, Any]]]:
    """Return the recordings of a panel that can be read, and a row for each key."""
    recordings, rows = [], []
    for key in panel:
        try:
            with cautions() as said:
                recording = panel[key]
        except Exception as error:
            rows.append(failed_row(key, error))
        else:
            recordings.append(recording)
            rows.append(joined_row(key, recording, said))
    return recordings, with_spreads(rows, recordings)


def fit_one_for_all(panel: Panel, folder: Path, options: FitOptions, log: Log = lambda _: None) -> Found:
    """Fit one model of all series that can be read, into a model folder.

    Parameters
    ----------
    panel : Panel
        The series.
    folder : Path
        Where the model goes; an older one is replaced.
    options, log
        See :func:`fit_each_key`.

    Raises
    ------
    DataError
        If none can be read, or they cannot be learned from together.
    """
    check_model_place(folder)
    recordings, rows = usable(panel)
    cut = [_until(recording, options.until) for recording in recordings]
    if not cut:
        raise DataError(f"none of the {len(panel):,} series can be read: {rows[0]['key']}: {rows[0]['error']}")
    is_part = any(len(part) < len(recording) for part, recording in zip(cut, recordings, strict=True))
    chosen = to_fit(RecordingSource(Joined.of(cut), is_part=is_part), options.wanted, options.decisions, None, log)
    log(f"fitting one {chosen.detector.name} on {plural(len(cut), 'series', 'series')}")
    chosen.training.fit(chosen.detector)
    chosen.detector.save(folder)
    return Found(table_of(rows), {}, chosen.detector.domain_)


def _until(recording: Recording, until: str | None) -> Recording:
    """Return the part of a recording to fit on."""
    return recording[: RecordingSource(recording).start(until)]


def fit_each_key(
    panel: Panel, folder: Path, options: FitOptions, executor: Executor | None = None, log: Log = lambda _: None
) -> Found:
    """Fit a model for each key into one folder; models that are there, made from the same, are kept.

    Parameters
    ----------
    panel : Panel
        The series.
    folder : Path
        A new folder, or one of an earlier run.
    options : FitOptions
        How.
    executor : Executor, optional
        What runs the work; processes of this machine where None.
    log : callable
        Gets lines of progress.
    """
    ModelStore.create(folder, {"fit": options.to_plain()})
    results = Results(folder)
    made_from = _by_key(panel, lambda key: {"fit": options.to_plain()})

    def kept(key: str) -> dict[str, Any] | None:
        return results.kept(key, made_from[key]) if key in made_from else None

    def calls(keys: list[str]) -> Iterator[tuple[Any, ...]]:
        return ((key, panel.pick([key]), folder, options, made_from.get(key, {})) for key in keys)

    found = run_keys(panel, kept, fit_key, calls, executor, log)
    results.write_table(found.table, mark=None)
    return found


def score_keys(
    panel: Panel,
    models: Models,
    options: ScoreOptions,
    folder: Path | None = None,
    executor: Executor | None = None,
    log: Log = lambda _: None,
) -> Found:
    """Score the series of each key; what is in the folder already, made from the same, is kept.

    Parameters
    ----------
    panel : Panel
        The series.
    models : Models
        One for all keys, or one for each.
    options : ScoreOptions
        What to find out and to write.
    folder : Path, optional
        Where it goes; nothing is written where None.
    executor, log
        See :func:`fit_each_key`.
    """
    results = None if folder is None else Results(folder)
    made_from: dict[str, dict[str, Any]] = {}
    if results is not None:
        results.open()
        made_from = _by_key(panel, lambda key: {"model": models.stamp(key), "options": options.to_plain()})

    def kept(key: str) -> dict[str, Any] | None:
        if results is None or key not in made_from:
            return None
        return results.kept(key, made_from[key], options.endings())

    def calls(keys: list[str]) -> Iterator[tuple[Any, ...]]:
        return ((key, panel.pick([key]), models, folder, options, made_from.get(key, {})) for key in keys)

    found = run_keys(panel, kept, score_key, calls, executor, log)
    if results is not None:
        results.write_list(EVENTS, found.events)
        results.write_table(found.table)
    return found


def run_keys(
    keys: Collection[str],
    kept: Callable[[str], dict[str, Any] | None],
    unit: Callable[..., dict[str, Any]],
    calls: Callable[[list[str]], Iterator[tuple[Any, ...]]],
    executor: Executor | None,
    log: Log,
) -> Found:
    """Run the work on all keys that have no results yet.

    Parameters
    ----------
    keys : collection of str
        In the order of the table.
    kept : callable
        Returns the summary of a key that is there already, else None.
    unit : callable
        The work on one key, at the top level of a module; returns a summary with the ``row`` of the key.
    calls : callable
        Returns the arguments of the work on each of some keys.
    executor, log
        See :func:`fit_each_key`.
    """
    summaries = {key: summary for key in keys if (summary := kept(key)) is not None}
    if summaries:
        log(f"{len(summaries):,} of {len(keys):,} keys are done already")
    todo = [key for key in keys if key not in summaries]
    for done, summary in enumerate((executor or Processes()).run(unit, calls(todo)), start=1):
        row = summary["row"]
        summaries[row["key"]] = summary
        if row["error"] or done == len(todo) or done % max(1, len(todo) // _TOLD) == 0:
            log(f"{done:,} of {len(todo):,}: {row['key']}: {row['error'] or 'done'}")
    ordered = [summaries[key] for key in keys]
    pictures = {each["row"]["key"]: each["picture"] for each in ordered if "picture" in each}
    domain = next((each["domain"] for each in ordered if each.get("domain")), "")
    notes = gathered({key: summaries[key].get("notes", ()) for key in keys})
    events = list_of_events({key: summaries[key] for key in keys if "events" in summaries[key]})
    aims = [each["aim"] for each in ordered if "aim" in each]
    return Found(table_of(each["row"] for each in ordered), pictures, domain, notes, events, aims)


def _by_key(panel: Panel, rest: Callable[[str], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what the results of each key are made from; not of a key for which that fails: its row will tell why."""
    found = {}
    for key in panel:
        with suppress(Exception):
            named_by(key)
            found[key] = {"data": stamp_of(panel, key), **rest(key)}
    return found
