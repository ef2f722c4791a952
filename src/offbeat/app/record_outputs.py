"""The files written for each of many records, and which of them an earlier run has written already."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from offbeat.app.pages.record import RecordResults
from offbeat.app.record_origins import changes, origin_of
from offbeat.app.records import in_samples_of_file
from offbeat.app.request import RecordRequest
from offbeat.atomic import all_or_none, writing_file
from offbeat.errors import OutputError
from offbeat.records import EXTENSION, write_annotations

__all__ = ["TABLE", "Existing", "Log", "Outputs"]

TABLE = "records.csv"
"""The table with a row for each record, in the folder that results go to."""

Existing = Literal["refuse", "skip", "overwrite"]
Log = Callable[[str], None]


@dataclass(frozen=True)
class Outputs:
    """The files that are written for each of many records.

    Parameters
    ----------
    folder : Path
        Where they go: for each record an annotation file (``.ofb``) and a summary (``.json``), and one table of all.
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
        """The endings of the files of a record; the last is that of the summary."""
        return (EXTENSION, *([".html"] * self.reports), *([".csv"] * self.beats), ".json")

    def place(self, name: str, ending: str) -> Path:
        """Return where a file of a record goes."""
        return self.folder / f"{name}{ending}"

    def places(self, name: str) -> list[Path]:
        """Return where all files of a record go."""
        return [self.place(name, ending) for ending in self.endings]

    def kept(self, sources: Mapping[str, Any], wanted: RecordRequest, log: Log) -> dict[str, dict[str, Any]]:
        """Return the rows of records whose results are there and still hold, and check that no input is replaced.

        Parameters
        ----------
        sources : mapping
            The records by their names; paths, or samples in memory.
        wanted : RecordRequest
            How they are to be read and classified.
        log : callable
            Gets a line where there are such records, and where results were made from something else.

        Raises
        ------
        OutputError
            If an input would be replaced, there are results and ``existing`` is "refuse", or a file is no summary.
        """
        self._check_inputs(sources)
        have = [name for name in sources if any(map(os.path.lexists, self.places(name)))]
        if have and self.existing == "refuse":
            raise OutputError(
                f"{len(have)} of {len(sources)} records have results in {self.folder} already, such as {have[0]}: "
                "skip them (--skip-existing) or replace them (--overwrite)"
            )
        if self.existing != "skip":
            return {}
        rows: dict[str, dict[str, Any]] = {}
        outdated: Counter[str] = Counter()
        for name in (name for name in have if all(map(os.path.lexists, self.places(name)))):
            row, origin = _summary_at(self.place(name, ".json"))
            if found := changes(origin, origin_of(sources[name], wanted)):
                outdated[" and ".join(found)] += 1
            else:
                rows[name] = row
        if rows:
            log(f"{len(rows)} of {len(sources)} records have results already")
        for what, count in outdated.items():
            log(f"{count} of {len(sources)} records are classified again: {what} changed since")
        return rows

    def _check_inputs(self, sources: Mapping[str, Any]) -> None:
        inputs = {Path(source).resolve() for source in sources.values() if isinstance(source, str | Path)}
        replaced = {path for name in sources for path in self.places(name)} | {self.folder / TABLE}
        if clash := sorted(path for path in replaced if path.resolve() in inputs):
            raise OutputError(f"{clash[0]} is read and would be replaced: choose another folder for results")

    def write(
        self, name: str, results: RecordResults, row: dict[str, Any], origin: dict[str, Any], command: str = ""
    ) -> None:
        """Write the files of a record, all of them or none.

        Parameters
        ----------
        name : str
            What the table of all records calls it.
        results : RecordResults
            What was found.
        row : dict
            Its row in the table of all records.
        origin : dict
            What the results were made from, see :func:`~offbeat.app.record_origins.origin_of`.
        command : str
            What makes the page of the record again, which says so; empty for samples in memory.
        """
        summary = {"row": row, "origin": origin, **results.to_dict()}
        table, annotations = in_samples_of_file(results.record, results.beats(), results.classified.annotations())
        replaces = self.existing != "refuse"  # with "skip" what is half there is made again
        with all_or_none():
            write_annotations(annotations, self.place(name, EXTENSION), overwrite=replaces)
            if self.reports:
                results.write_page(self.place(name, ".html"), command=command)
            if self.beats:
                with writing_file(self.place(name, ".csv")) as beside:
                    table.round(4).to_csv(beside, index=False)
            with writing_file(self.place(name, ".json")) as beside:
                beside.write_text(json.dumps(summary, indent=2, allow_nan=False, default=str) + "\n", encoding="utf-8")

    def write_table(self, table: pd.DataFrame) -> None:
        """Write the table of all records."""
        with writing_file(self.folder / TABLE) as beside:
            table.to_csv(beside, index=False)


def _summary_at(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the row and the origin in the summary of a record."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        row, origin = dict(found["row"]), dict(found["origin"])
        changes(origin, origin)  # all that is compared is there
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OutputError(f"{path} is no summary of a record: move it away, or choose another folder") from error
    return row, origin
