"""Classify many records into a folder, several at a time; a run that was stopped can be resumed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

import pandas as pd

from offbeat.app.record_origins import origin_of
from offbeat.app.record_outputs import TABLE, Existing, Log, Outputs
from offbeat.app.record_results import is_ending, opened, results_of
from offbeat.app.record_rows import failed_row, left_out_note, record_row, table_of
from offbeat.app.request import RecordRequest
from offbeat.errors import DataError, OffbeatError, ParameterError
from offbeat.parallel import in_parallel
from offbeat.records.finding import find_with_left_out, holds_many, named_apart
from offbeat.threads import one_thread, processors

__all__ = ["classify_records", "run_records"]


@dataclass(frozen=True, eq=False)
class _Job:
    """A record to classify, by its name in the table; its source is a path or samples in memory."""

    name: str
    source: Any = field(repr=False)


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

    A record that fails has its ``error`` in its row, and the others are classified. ``existing="skip"`` resumes a run
    that was stopped, and gives the same table as a run that was not.

    Parameters
    ----------
    sources : str, Path or iterable
        A folder, a pattern (``records/1*.edf``), a list called RECORDS; or several of them, of records, and of samples
        in memory, see :func:`offbeat.ecg.opening.as_record`.
    out : str or Path, optional
        A folder for the annotations (``.ofb``) and a summary (``.json``) of each record, and the table ``records.csv``.
    reports, beats : bool
        Write the page of each record (``.html``) there, or the table of its beats (``.csv``), too.
    existing : {"refuse", "skip", "overwrite"}
        What to do with earlier results; ``"skip"`` keeps those whose record, model and options have not changed since.
    jobs : int, optional
        Processes, of one thread each; as many as there are processors where None.
    log : callable, optional
        Called with a line for each record that is done.
    **reading
        As the command ``classify`` has it: ``lead``, ``method``, ``min_confidence``, ``annotations``, ``model``,
        ``intervals``, ``hrv``, ``sampling_rate``, ``units``, ``gain`` and ``data_dir``, for all records.

    Returns
    -------
    DataFrame
        A row for each record in the order given: ``record`` (its name), ``error``, ``rhythm``, counts, rates, burdens,
        runs, pauses, quality and cautions. ``attrs["left_out"]`` holds the paths of the tables in folders that were not
        taken for records, see :func:`~offbeat.records.finding.find_records`.

    Raises
    ------
    DataError
        If there are no records.
    OutputError
        If a record has results in the folder and ``existing`` is "refuse", or the folder cannot be written.
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
    if wanted.annotations is not None and not is_ending(wanted.annotations):
        raise ParameterError(
            f"annotations of many records are files beside them of one ending, such as .rev, got {wanted.annotations}"
        )
    found, left_out = _jobs(sources, None if outputs is None else outputs.folder)
    say = log or (lambda line: None)
    if left_out:
        say(left_out_note(left_out))
    rows = {} if outputs is None else outputs.kept({job.name: job.source for job in found}, wanted, say)
    todo = [(job.name, job.source, wanted, outputs) for job in found if job.name not in rows]
    for done, row in enumerate(in_parallel(_run_one, todo, jobs or processors()), start=1):
        rows[row["record"]] = row
        say(f"{done} of {len(todo)}: {row['record']}: {row['error'] or row['rhythm'] or row['cautions']}")
    table = table_of(rows[job.name] for job in found)
    table.attrs["left_out"] = left_out
    if outputs is not None:
        outputs.write_table(table)
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


def _jobs(many: Sequence[Any], results: Path | None) -> tuple[list[_Job], list[str]]:
    """Return the records to classify, each with a name of its own, and the tables that are left out.

    Results of an earlier run are among neither.
    """
    if not many:
        raise DataError("expected at least one ECG record, got none")
    paths: list[Path] = []
    jobs: list[_Job] = []
    left_out: list[str] = []
    root = Path(many[0]) if len(many) == 1 and isinstance(many[0], str | Path) and Path(many[0]).is_dir() else None
    for position, source in enumerate(many, start=1):
        if isinstance(source, str | Path) and holds_many(source):
            records, others = find_with_left_out(source)
            found: Sequence[Any] = [path for path in records if not _is_result(path, results, source)]
            left_out += [str(path) for path in others if not _is_result(path, results, source)]
        else:
            found = [source]
        for each in found:
            of_memory = getattr(each, "name", "") or str(position)
            paths.append(Path(each) if isinstance(each, str | Path) else Path(str(of_memory)))
            jobs.append(_Job("", each))
    names = named_apart(paths, root)
    return [replace(job, name=name) for job, name in zip(jobs, names, strict=True)], left_out


def _is_result(path: Path, results: Path | None, source: str | Path) -> bool:
    """Return whether a path found in a source lies among results: in a folder of theirs, or it is their table."""
    if results is None or not path.resolve().is_relative_to(results.resolve()):
        return False
    return path.name == TABLE or results.resolve() != Path(source).resolve()


def _run_one(name: str, source: Any, wanted: RecordRequest, outputs: Outputs | None) -> dict[str, Any]:
    """Classify a record, write its results, and return its row; its ``error`` says what failed."""
    with one_thread():
        try:
            origin = origin_of(source, wanted)  # before it is read: what changes after that is noticed next time
            results = results_of(opened(source, wanted), wanted, one_of_many=True)
            row = record_row(name, results)
            if outputs is not None:
                of_file = isinstance(source, str | Path)
                command = wanted.command(str(source), str(outputs.place(name, ".html"))) if of_file else ""
                outputs.write(name, results, row, origin, command)
        except Exception as error:  # of any kind: the other records go on
            said = str(error) if isinstance(error, OffbeatError) else f"{type(error).__name__}: {error}"
            return failed_row(name, said)
    return row
