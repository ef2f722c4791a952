"""What is written about each key, in one folder: a run that was stopped goes on with what is there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from offbeat.atomic import all_or_none, sync_all, writing_file
from offbeat.data.panels import Source
from offbeat.detectors.learned_from import digest_of
from offbeat.detectors.store import named_by
from offbeat.errors import OutputError
from offbeat.files.places import check_folder_place
from offbeat.series.panel import Panel
from offbeat.series.recording import Recording
from offbeat.tables import json_ready
from offbeat.version import __version__

__all__ = ["TABLE", "Results", "stamp_of", "stamps_of_files"]

TABLE = "panel.csv"
"""The table with a row for each key, in the folder that results go to."""
_MARK = "panel.json"


@dataclass(frozen=True)
class Results:
    """The folder that results about many keys go to.

    For each key a summary (``<key>.json``) that holds its row, what it was made from, and the sizes of the other files
    about the key: written last, so that what it tells of is there whole. A key whose summary was made from the same
    data and model, by the same settings and version, and whose files are all there, is not worked on again. So files
    are not synced to disk one by one: of those that a power failure damages the size differs.

    Parameters
    ----------
    folder : Path
        New, empty, or with results of an earlier run.
    """

    folder: Path

    def open(self, mark: str = _MARK) -> None:
        """Make the folder, after making sure that it holds nothing else.

        Raises
        ------
        OutputError
            If it does, or cannot be written.
        """
        check_folder_place(self.folder)
        if self.folder.is_dir() and not (self.folder / mark).is_file() and any(self.folder.iterdir()):
            raise OutputError(f"{self.folder} holds other files than results of many series: choose an empty folder")
        if mark == _MARK and not (self.folder / mark).is_file():
            self._write(self.folder / mark, {"offbeat": __version__, "rows": []})

    def place(self, key: str, ending: str) -> Path:
        """Return where a file about a key goes."""
        return self.folder / f"{named_by(key)}{ending}"

    def kept(self, key: str, made_from: Mapping[str, Any], endings: Sequence[str] = ()) -> dict[str, Any] | None:
        """Return the summary of a key that was made from the very same; None where it is to be made.

        So it is where a file is wanted, by its ending, that was not written then.
        """
        with suppress(OSError, ValueError, KeyError, TypeError):
            found: dict[str, Any] = json.loads(self.place(key, ".json").read_text(encoding="utf-8"))
            same = found["made_from"] == _plain(made_from) and found["row"]["key"] == key
            wanted = {self.place(key, ending).name for ending in endings}
            if (
                same
                and wanted <= set(found["files"])
                and all((self.folder / name).stat().st_size == size for name, size in found["files"].items())
            ):
                return found
        return None

    @contextmanager
    def writing(self, key: str, summary: Mapping[str, Any], made_from: Mapping[str, Any]) -> Iterator[None]:
        """Write all that is about a key in one step: the files written inside, and its summary."""
        with all_or_none(durable=False) as outputs:
            yield
            told = {**summary, "files": outputs.sizes(), "made_from": _plain(made_from)}
            self._write(self.place(key, ".json"), told)

    def write_table(self, table: pd.DataFrame, mark: str | None = _MARK) -> None:
        """Write the table of all keys, as CSV and, beside it, as JSON, after what it tells of is on disk."""
        sync_all()
        self.write_list(TABLE, table)
        if mark is not None:
            rows = table.astype(object).where(table.notna(), None).to_dict("records")
            self._write(self.folder / mark, {"offbeat": __version__, "rows": json_ready(rows)})

    def write_list(self, name: str, table: pd.DataFrame) -> None:
        """Write a table about all keys as CSV."""
        with writing_file(self.folder / name) as beside:
            table.to_csv(beside, index=False)

    def _write(self, path: Path, content: Any) -> None:
        with writing_file(path) as beside:
            beside.write_text(json.dumps(content, allow_nan=False) + "\n", encoding="utf-8")


def stamp_of(panel: Panel, key: str) -> Any:
    """Return by what a change of the data of a key is noticed: of a file size and time, else a digest of its values."""
    source = panel.sources[key]
    if isinstance(source, Source) and isinstance(source.data, str | Path):
        return [*stamps_of_files(Path(source.data)), str(source.options)]
    recording = source if isinstance(source, Recording) else panel[key]
    times = None if recording.timestamps is None else digest_of(recording.timestamps.astype("int64"))
    return [digest_of(recording.values), times, list(recording.channels)]


def stamps_of_files(*paths: Path) -> list[Any]:
    """Return name, size and time of files; None for one that is not there."""
    found: list[Any] = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append([str(path), status.st_size, status.st_mtime_ns])
    return found


def _plain(made_from: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps({"offbeat": __version__, **made_from}, default=str))
    return plain
