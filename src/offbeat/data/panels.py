"""Read many recordings: of a folder, a pattern, a list, a long table, a frame with several entities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

import pandas as pd

from offbeat.data.readers.keyed import recordings_by_key
from offbeat.data.readers.memory import table_of_frame
from offbeat.data.readers.options import Kind, ReadKeywords, ReadOptions, options_from
from offbeat.data.readers.read import READERS, read_table, read_with
from offbeat.data.readers.wide import WideTable
from offbeat.errors import DataError, ParameterError
from offbeat.files.finding import files_below, is_pattern, named_apart
from offbeat.files.text.packing import suffix_of
from offbeat.series.any_frame import as_pandas
from offbeat.series.panel import Panel
from offbeat.series.recording import Recording

__all__ = ["Source", "files_of", "holds_many", "read_panel", "read_panel_with"]

_FRAME = Path("the frame")  # what messages call it
_LEVELS = "level {}"


@dataclass(frozen=True)
class Source:
    """One recording that is read when it is asked for.

    Parameters
    ----------
    data : path, frame, array or Recording
        See :func:`offbeat.data.read`.
    options : ReadOptions
        How to read it.
    """

    data: Any
    options: ReadOptions

    def read(self) -> Recording:
        """Return the recording.

        Raises
        ------
        DataError
            If it cannot be read, or is a collection.
        """
        found = read_with(self.data, self.options)
        if not isinstance(found, Recording):
            what = self.data if isinstance(self.data, str | Path) else "it"
            raise DataError(
                f"expected one recording, but {what} was read as {len(found):,} short series: say that the columns are "
                "channels (kind='recording')"
            )
        return found


def holds_many(place: str | Path) -> bool:
    """Return whether a folder or a pattern of files is meant, and not one file."""
    return Path(place).is_dir() or is_pattern(place)


def read_panel(source: Any, *, kind: Kind | None = None, **options: Unpack[ReadKeywords]) -> Panel:
    r"""Read many recordings by key; files are only read when their key is asked for.

    Parameters
    ----------
    source : str, Path, list, mapping or data frame
        - a folder, with all folders in it, or a pattern such as ``"hosts/*.csv"``: a key is the path of a file below
          the folder, without its ending;
        - a list of files, frames, arrays or recordings; or a mapping of them by key;
        - a long table (file or frame) with ``by``, the column that says which recording a row belongs to;
        - a frame with a MultiIndex: its last level, or the one of dates, is the time, the others are the key.
    kind : {"recording"}, optional
        Where the files do not show that their columns are channels.
    **options
        As for :func:`offbeat.data.read`, for every recording alike.

    Returns
    -------
    Panel
        Keys are text, in a stable order: files sorted, rows as they first occur.

    Raises
    ------
    DataError
        If there are no recordings, or a key comes twice.
    ParameterError
        If there is no such option.

    Examples
    --------
    >>> frame = pd.DataFrame({"host": ["a", "b", "a"], "time": ["2024-01-01", "2024-01-01", "2024-01-02"], "cpu": 0.5})
    >>> read_panel(frame, by="host").map(len)
    {'a': 2, 'b': 1}
    >>> read_panel({"web1": [0.5, 0.7], "web2": [0.1]})["web1"]
    Recording(2 time steps x 1 channel (ch0))
    """
    return read_panel_with(source, options_from(ReadOptions, {"kind": kind, **options}, "reading a panel"))


def read_panel_with(source: Any, options: ReadOptions, without: Path | None = None) -> Panel:
    """Read as :func:`read_panel` does, with options that were made already.

    Parameters
    ----------
    source, options
        See there.
    without : Path, optional
        A folder whose files are not meant, such as one that results are written to.
    """
    if isinstance(source, Panel):
        return source
    if options.by is not None:
        return Panel(dict(recordings_by_key(_table(source, options), options)))
    if isinstance(source, str | Path):
        return _of_files(Path(source), options, without)
    if isinstance(source, Mapping):
        return _of_sources(source.items(), options)
    frame = as_pandas(source)
    if isinstance(frame, pd.DataFrame | pd.Series):
        return _of_levels(frame, options)
    if not isinstance(source, list | tuple):
        raise ParameterError(f"expected a folder, a pattern, a list, a mapping or a frame, got {type(source).__name__}")
    return _of_list(source, options, without)


def _read(source: Source) -> Recording:
    return source.read()


def _of_sources(named: Iterable[tuple[Any, Any]], options: ReadOptions) -> Panel:
    sources: dict[str, Source] = {}
    for key, data in named:
        if str(key) in sources:
            raise DataError(f"expected each key once, got {str(key)!r} twice: rename one")
        sources[str(key)] = Source(data, options)
    return Panel(sources, _read)


def _of_files(place: Path, options: ReadOptions, without: Path | None) -> Panel:
    if not holds_many(place):
        raise DataError(
            f"expected many recordings, but {place} is one file: name a folder or a pattern, or the column that says "
            "which recording a row belongs to (by=)"
        )
    paths = files_of(place, without)
    root = place if place.is_dir() else None
    return _of_sources(zip(named_apart(paths, root), paths, strict=True), options)


def files_of(place: Path, without: Path | None = None) -> list[Path]:
    """Return the files that a folder or a pattern stands for, sorted; a file stands for itself."""
    if not holds_many(place):
        return [place]
    inside = files_below(place) if place.is_dir() else list(place.parent.glob(place.name))
    hidden = None if without is None else without.resolve()
    found = sorted(
        path
        for path in inside
        if suffix_of(path) in READERS
        and path.is_file()
        and not (hidden is not None and hidden != place.resolve() and path.resolve().is_relative_to(hidden))
    )
    if not found:
        raise DataError(f"expected files of series in {place}, found none that end in {', '.join(sorted(READERS))}")
    return found


def _of_list(many: list[Any] | tuple[Any, ...], options: ReadOptions, without: Path | None) -> Panel:
    """Return a panel of files by their names, and of what is in memory by its name or place in the list."""
    places: list[Path] = []
    data: list[Any] = []
    for number, each in enumerate(many):
        found = files_of(Path(each), without) if isinstance(each, str | Path) else [each]
        data += found
        places += [f if isinstance(f, Path) else Path(str(getattr(f, "name", None) or number)) for f in found]
    return _of_sources(zip(named_apart(places), data, strict=True), options)


def _of_levels(frame: pd.DataFrame | pd.Series[Any], options: ReadOptions) -> Panel:
    """Return a panel of a frame with a MultiIndex."""
    index = frame.index
    if not isinstance(index, pd.MultiIndex):
        raise DataError(
            "expected a frame of many recordings, got one without a MultiIndex: name the column that says which "
            "recording a row belongs to (by=)"
        )
    if isinstance(frame, pd.Series):
        frame = frame.to_frame("value" if frame.name is None else frame.name)
    dates = [number for number, level in enumerate(index.levels) if isinstance(level, pd.DatetimeIndex)]
    time = dates[-1] if dates else index.nlevels - 1
    keys = [number for number in range(index.nlevels) if number != time]
    names = [_LEVELS.format(number) for number in range(index.nlevels)]
    levels = {names[number]: index.get_level_values(number).astype(str) for number in keys}
    # A level that is no date merely counts the rows of each recording.
    flat = frame.set_axis(index.get_level_values(time) if dates else pd.RangeIndex(len(frame)), axis="index")
    whole = pd.concat([pd.DataFrame(levels, index=flat.index), flat], axis="columns")
    by = replace(options, by=[names[number] for number in keys], kind=options.kind or "recording")
    return Panel(dict(recordings_by_key(table_of_frame(whole, _FRAME), by)))


def _table(source: Any, options: ReadOptions) -> WideTable:
    """Return a long table of a file or a frame."""
    if not isinstance(source, str | Path):
        frame = as_pandas(source)
        if not isinstance(frame, pd.DataFrame):
            raise ParameterError(f"by= is for tables, got {type(source).__name__}: give a file or a data frame")
        return table_of_frame(frame, _FRAME)
    return read_table(source, options)
