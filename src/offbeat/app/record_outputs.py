"""What is written about each of many records, and what of it is there already."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from offbeat.app.pages.record import RecordResults
from offbeat.app.records import in_samples_of_file
from offbeat.app.request import RecordRequest
from offbeat.atomic import all_or_none, writing_file
from offbeat.errors import OutputError
from offbeat.records import EXTENSION, write_annotations
from offbeat.version import __version__

__all__ = ["TABLE", "Existing", "Log", "Outputs"]

TABLE = "records.csv"
"""The table with a row for each record, in the folder that results go to."""

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

    def kept(self, sources: Mapping[str, Any], wanted: RecordRequest, log: Log) -> dict[str, dict[str, Any]]:
        """Return the rows of records that have results already, after making sure that no input is replaced.

        Parameters
        ----------
        sources : mapping
            The records by their names; paths, or samples in memory.
        wanted : RecordRequest
            How they are to be read and classified.
        log : callable
            Gets a line where there are such records.
        """
        inputs = {Path(source).resolve() for source in sources.values() if isinstance(source, str | Path)}
        replaced = {path for name in sources for path in self.places(name)} | {self.folder / TABLE}
        if clash := sorted(path for path in replaced if path.resolve() in inputs):
            raise OutputError(f"{clash[0]} is read and would be replaced: choose another folder for results")
        have = [name for name in sources if any(map(os.path.lexists, self.places(name)))]
        if have and self.existing == "refuse":
            raise OutputError(
                f"{len(have)} of {len(sources)} records have results in {self.folder} already, such as {have[0]}: "
                "skip them (--skip-existing) or replace them (--overwrite)"
            )
        if self.existing != "skip":
            return {}
        whole = [name for name in have if all(map(os.path.lexists, self.places(name)))]
        if whole:
            log(f"{len(whole)} of {len(sources)} records have results already")
        return {name: _row_of(self.place(name, ".json"), wanted) for name in whole}

    def write(self, name: str, source: Any, results: RecordResults, row: dict[str, Any], wanted: RecordRequest) -> None:
        """Write what is known of a record, all of it or nothing; ``row`` is its row in the table of all."""
        summary = {"row": row, "settings": _settings(wanted), **results.to_dict()}
        table, annotations = in_samples_of_file(results.record, results.beats(), results.classified.annotations())
        replaces = self.existing != "refuse"  # with "skip" what is half there is made again
        with all_or_none():
            write_annotations(annotations, self.place(name, EXTENSION), overwrite=replaces)
            if self.reports:
                place = self.place(name, ".html")
                of_file = isinstance(source, str | Path)  # samples in memory have no command
                results.write_page(place, command=wanted.command(str(source), str(place)) if of_file else "")
            if self.beats:
                with writing_file(self.place(name, ".csv")) as beside:
                    table.round(4).to_csv(beside, index=False)
            with writing_file(self.place(name, ".json")) as beside:
                beside.write_text(json.dumps(summary, indent=2, allow_nan=False, default=str) + "\n", encoding="utf-8")

    def write_table(self, table: pd.DataFrame) -> None:
        """Write the table of all records."""
        with writing_file(self.folder / TABLE) as beside:
            table.to_csv(beside, index=False)


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
