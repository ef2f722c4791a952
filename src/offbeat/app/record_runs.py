"""Classify records: one, or all of a folder into another, so that it can be stopped and gone on with."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

import pandas as pd

from offbeat.app.pages.record import RecordResults
from offbeat.app.record_rows import failed_row, record_row, table_of
from offbeat.app.records import in_samples_of_file
from offbeat.app.request import RecordRequest
from offbeat.atomic import all_or_none, writing_file
from offbeat.ecg.classify import ClassifiedRecord, classify_record
from offbeat.ecg.delineation import delineate
from offbeat.ecg.neurokit import neurokit
from offbeat.ecg.opening import as_record
from offbeat.ecg.variability import heart_rate_variability
from offbeat.errors import DataError, OffbeatError, OutputError, ParameterError
from offbeat.parallel import in_parallel, one_thread, processors
from offbeat.records import EXTENSION, Record, write_annotations
from offbeat.records.finding import find_records, holds_many, named_apart
from offbeat.version import __version__

__all__ = ["TABLE", "Existing", "Outputs", "classified", "classify_records", "opened", "results_of", "run_records"]

TABLE = "records.csv"
"""The table with a row for each record, in the folder that results go to."""

_LONG, _WINDOW = 600.0, 300.0  # seconds: of longer records the variability is that of five minutes

Existing = Literal["refuse", "skip", "overwrite"]
Log = Callable[[str], None]


@dataclass(frozen=True)
class Outputs:
    """What is written about each of many records.

    Parameters
    ----------
    folder : Path
        Where it goes: for each record an annotation file (``.ofb``) and a summary (``.json``), and one table of all.
    reports : bool
        A page (``.html``) for each record, too.
    beats : bool
        A table of beats (``.csv``) for each record, too.
    existing : {"refuse", "skip", "overwrite"}
        What to do with a record that has results there.
    """

    folder: Path
    reports: bool = False
    beats: bool = False
    existing: Existing = "refuse"

    @property
    def endings(self) -> tuple[str, ...]:
        """The endings of the files about a record; the last is that of the summary."""
        return (EXTENSION, *([".html"] * self.reports), *([".csv"] * self.beats), ".json")

    def place(self, name: str, ending: str) -> Path:
        """Return where a file about a record goes."""
        return self.folder / f"{name}{ending}"

    def places(self, name: str) -> list[Path]:
        """Return where all files about a record go."""
        return [self.place(name, ending) for ending in self.endings]


@dataclass(frozen=True, eq=False)
class _Job:
    """A record to be classified, by its name in the table; its source is a path or samples in memory."""

    name: str
    source: Any = field(repr=False)


def opened(source: Any, wanted: RecordRequest) -> Record:
    """Return a record (see :func:`offbeat.ecg.opening.as_record`) with the leads to be read."""
    return as_record(
        source,
        leads=wanted.lead,
        sampling_rate=wanted.sampling_rate,
        units=wanted.units,
        gain=wanted.gain,
        data_dir=wanted.data_dir,
    )


def classified(
    record: Record, wanted: RecordRequest, progress: Callable[[float], None] | None = None
) -> ClassifiedRecord:
    """Return an open record with its beats classified.

    Parameters
    ----------
    record : Record
        See :func:`opened`.
    wanted : RecordRequest
        How to classify it.
    progress : callable, optional
        Called with the share of the record read.
    """
    return classify_record(
        record,
        leads=range(len(record.channels)),  # they were chosen when it was opened
        model=wanted.model,
        method=cast("Any", wanted.method),
        min_confidence=wanted.min_confidence,
        progress=progress,
    )


def results_of(record: Record, wanted: RecordRequest, progress: Callable[[float], None] | None = None) -> RecordResults:
    """Return all that is asked for about an open record, see :func:`classified`."""
    if wanted.intervals or wanted.hrv:
        neurokit()  # which is missed before any work is done
    found = classified(record, wanted, progress)
    waves = delineate(record, found) if wanted.intervals else None
    window = _WINDOW if found.duration > _LONG else None
    variability = heart_rate_variability(found, window_s=window) if wanted.hrv else None
    return RecordResults(record, found, waves, variability)


def classify_records(
    sources: str | Path | Iterable[Any],
    out: str | Path | None = None,
    *,
    reports: bool = False,
    beats: bool = False,
    existing: Existing = "refuse",
    jobs: int | None = None,
    log: Log | None = None,
    **reading: Any,
) -> pd.DataFrame:
    """Classify many ECG records, several at a time, and return a table with a row for each.

    What is wrong with one record stands in its row as ``error``, and the others go on. With a folder to write to, a run
    that was stopped is gone on with by ``existing="skip"``, and gives the table of a run that was not.

    Parameters
    ----------
    sources : str, Path or iterable
        A folder, a pattern (``records/1*.edf``), a list called RECORDS; or several of them, of records, and of samples
        in memory, see :func:`offbeat.ecg.opening.as_record`.
    out : str or Path, optional
        A folder for an annotation file (``.ofb``) and a summary (``.json``) of each record, and the table
        ``records.csv``.
    reports, beats : bool
        Write the page of each record (``.html``) there, or the table of its beats (``.csv``), too.
    existing : {"refuse", "skip", "overwrite"}
        What to do where a record has results in that folder.
    jobs : int, optional
        Processes, of one thread each; as many as there are processors where None.
    log : callable, optional
        Called with a line for each record that is done.
    **reading
        As the command ``classify`` has it: ``lead``, ``method``, ``min_confidence``, ``model``, ``intervals``,
        ``hrv``, ``sampling_rate``, ``units``, ``gain`` and ``data_dir``, for all records.

    Returns
    -------
    DataFrame
        A row for each record in the order given: ``record`` (its name), ``error``, ``rhythm``, counts, rates, burdens,
        runs, pauses, quality and cautions.

    Raises
    ------
    DataError
        If there are no records.
    OutputError
        If a record has results in the folder and ``existing`` is "refuse", or they are of other settings and it is
        "skip"; or if the folder cannot be written.
    ParameterError
        If an option is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> table = classify_records([np.zeros(5000)], sampling_rate=250.0)
    >>> table[["record", "beats", "error"]].values.tolist()
    [['1', 0, '']]
    """
    if existing not in get_args(Existing):
        raise ParameterError(f"existing is one of {', '.join(get_args(Existing))}, got {existing!r}")
    outputs = None if out is None else Outputs(Path(out), reports, beats, existing)
    many = [sources] if isinstance(sources, str | Path) else list(sources)
    return run_records(many, _request(reading), outputs, jobs=jobs, log=log)


def run_records(
    sources: Sequence[Any],
    wanted: RecordRequest,
    outputs: Outputs | None,
    *,
    jobs: int | None = None,
    log: Log | None = None,
) -> pd.DataFrame:
    """Classify many records as :func:`classify_records` does.

    Parameters
    ----------
    sources : sequence
        Folders, patterns, lists, records, samples in memory.
    wanted : RecordRequest
        How to read and classify each; its ``record`` is not read.
    outputs : Outputs, optional
        What to write where; nothing where None.
    jobs, log
        See :func:`classify_records`.
    """
    found = _jobs(sources, None if outputs is None else outputs.folder)
    say = log or (lambda line: None)
    rows = {} if outputs is None else _kept(found, outputs, wanted, say)
    todo = [(job.name, job.source, wanted, outputs) for job in found if job.name not in rows]
    for done, row in enumerate(in_parallel(_run_one, todo, jobs or processors()), start=1):
        rows[row["record"]] = row
        say(f"{done} of {len(todo)}: {row['record']}: {row['error'] or row['rhythm'] or row['cautions']}")
    table = table_of(rows[job.name] for job in found)
    if outputs is not None:
        with writing_file(outputs.folder / TABLE) as beside:
            table.to_csv(beside, index=False)
    return table


def _request(reading: dict[str, Any]) -> RecordRequest:
    try:
        wanted = RecordRequest("", **reading)
    except TypeError:
        known = [name for name in RecordRequest.__dataclass_fields__ if name != "record"]
        raise ParameterError(
            f"expected options of {', '.join(known)}, got {', '.join(sorted(set(reading) - set(known)))}"
        ) from None
    lead: Any = wanted.lead  # callers may give one
    return replace(wanted, lead=tuple(map(str, (lead,) if isinstance(lead, str | int) else lead)))


def _jobs(many: Sequence[Any], results: Path | None) -> list[_Job]:
    """Return the records to be classified, each by a name of its own; results of an earlier run are none."""
    if not many:
        raise DataError("expected at least one ECG record, got none")
    paths: list[Path] = []
    jobs: list[_Job] = []
    root = Path(many[0]) if len(many) == 1 and isinstance(many[0], str | Path) and Path(many[0]).is_dir() else None
    for position, source in enumerate(many, start=1):
        if isinstance(source, str | Path) and holds_many(source):
            found: Sequence[Any] = [path for path in find_records(source) if not _is_result(path, results, source)]
        else:
            found = [source]
        for each in found:
            of_memory = getattr(each, "name", "") or str(position)
            paths.append(Path(each) if isinstance(each, str | Path) else Path(str(of_memory)))
            jobs.append(_Job("", each))
    names = named_apart(paths, root)
    return [replace(job, name=name) for job, name in zip(jobs, names, strict=True)]


def _is_result(path: Path, results: Path | None, source: str | Path) -> bool:
    """Return whether a path found in a source lies among results: in a folder of theirs, or it is their table."""
    if results is None or not path.resolve().is_relative_to(results.resolve()):
        return False
    return path.name == TABLE or results.resolve() != Path(source).resolve()


def _kept(jobs: Sequence[_Job], outputs: Outputs, wanted: RecordRequest, log: Log) -> dict[str, dict[str, Any]]:
    """Return the rows of records that have results already, after making sure that no input is replaced."""
    inputs = {Path(job.source).resolve() for job in jobs if isinstance(job.source, str | Path)}
    replaced = {path for job in jobs for path in outputs.places(job.name)} | {outputs.folder / TABLE}
    if clash := sorted(path for path in replaced if path.resolve() in inputs):
        raise OutputError(f"{clash[0]} is read and would be replaced: choose another folder for results")
    have = [job for job in jobs if any(map(os.path.lexists, outputs.places(job.name)))]
    if have and outputs.existing == "refuse":
        raise OutputError(
            f"{len(have)} of {len(jobs)} records have results in {outputs.folder} already, such as {have[0].name}: "
            "skip them (--skip-existing) or replace them (--overwrite)"
        )
    if outputs.existing != "skip":
        return {}
    whole = [job for job in have if all(map(os.path.lexists, outputs.places(job.name)))]
    if whole:
        log(f"{len(whole)} of {len(jobs)} records have results already")
    return {job.name: _row_of(outputs.place(job.name, ".json"), wanted) for job in whole}


def _row_of(summary: Path, wanted: RecordRequest) -> dict[str, Any]:
    """Return the row of a record from its summary."""
    try:
        found = json.loads(summary.read_text(encoding="utf-8"))
        row, settings = dict(found["row"]), found["settings"]
    except (ValueError, KeyError, TypeError) as error:
        raise OutputError(f"{summary} is no summary of a record: move it away, or choose another folder") from error
    if settings != _settings(wanted):
        raise OutputError(
            f"{summary} was made with other settings or by another version: choose another folder, or replace what is "
            "there (--overwrite)"
        )
    return row


def _settings(wanted: RecordRequest) -> dict[str, Any]:
    """Return what results depend on, as JSON has it."""
    fields = {name: value for name, value in asdict(wanted).items() if name not in ("record", "data_dir")}
    settings: dict[str, Any] = json.loads(json.dumps({"offbeat": __version__, **fields}, default=str))
    return settings


def _run_one(name: str, source: Any, wanted: RecordRequest, outputs: Outputs | None) -> dict[str, Any]:
    """Classify a record, write what is to be written, and return its row; whatever fails stands in it as ``error``."""
    with one_thread():
        try:
            results = results_of(opened(source, wanted), wanted)
            row = record_row(name, results)
            if outputs is not None:
                _write(name, source, results, row, wanted, outputs)
        except Exception as error:  # of any kind: the other records go on
            said = str(error) if isinstance(error, OffbeatError) else f"{type(error).__name__}: {error}"
            return failed_row(name, said)
    return row


def _write(
    name: str, source: Any, results: RecordResults, row: dict[str, Any], wanted: RecordRequest, outputs: Outputs
) -> None:
    summary = {"row": row, "settings": _settings(wanted), **results.to_dict()}
    table, annotations = in_samples_of_file(results.record, results.beats(), results.classified.annotations())
    replaces = outputs.existing != "refuse"  # with "skip" what is half there is made again
    with all_or_none():
        write_annotations(annotations, outputs.place(name, EXTENSION), overwrite=replaces)
        if outputs.reports:
            place = outputs.place(name, ".html")
            of_file = isinstance(source, str | Path)  # samples in memory have no command
            results.write_page(place, command=wanted.command(str(source), str(place)) if of_file else "")
        if outputs.beats:
            with writing_file(outputs.place(name, ".csv")) as beside:
                table.round(4).to_csv(beside, index=False)
        with writing_file(outputs.place(name, ".json")) as beside:
            beside.write_text(json.dumps(summary, indent=2, allow_nan=False, default=str) + "\n", encoding="utf-8")
