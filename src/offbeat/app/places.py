"""The one guard of all commands: no output replaces what is read, another output, or a data set of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from offbeat.app.request import Request
from offbeat.data import find, names
from offbeat.data.catalogue.download import search_folders
from offbeat.errors import DataError, OutputError
from offbeat.estimators.folder import is_model
from offbeat.files.places import check_outputs, target_of
from offbeat.records.wfdb_files import header_of
from offbeat.records.wfdb_header import header_lines

__all__ = ["check_places", "files_of", "signal_files"]

_REFERENCE = ".atr"


def check_places(
    files: Mapping[str, Path | None],
    *requests: Request,
    model: Path | None = None,
    folders: Mapping[str, Path | None] | None = None,
    replaced: Path | None = None,
    data_dir: Path | None = None,
    what: str = "data",
) -> None:
    """Refuse what a command is to write where it would replace what is read, before any work is spent on it.

    Parameters
    ----------
    files : mapping
        What is to be written, by the name of its option; None is not asked for.
    *requests : Request
        The data that are read: names of the catalogue, files, ECG records.
    model : Path, optional
        The model that is read; nothing is written into its folder.
    folders : mapping, optional
        Folders to write into, by the name of their option.
    replaced : Path, optional
        A folder that ``--out`` replaces whole.
    data_dir : Path, optional
        Where data sets of the catalogue are looked for first, besides what the requests say.
    what : str
        What the data are.

    Raises
    ------
    ParameterError
        If two outputs go to one place.
    OutputError
        If an output is an input, or cannot be written where it is to go.
    """
    inputs = _inputs(requests, model, [data_dir, *(request.data_dir for request in requests)])
    check_outputs(files, folders=folders, replaced=replaced, inputs=inputs, model=model, what=what)
    holders = [(option, path, target_of(path).parent) for option, path in files.items() if path is not None]
    holders += [(option, path, target_of(path)) for option, path in (folders or {}).items() if path is not None]
    for option, path, holder in holders:
        if is_model(holder):
            raise OutputError(f"--{option} names {path}, which lies in a model folder: choose another place")


def files_of(name_or_path: str, label: str | None = None) -> Iterator[Path]:
    """Yield the files that a path stands for: itself, and of an ECG record the header, the signals, the annotations.

    Parameters
    ----------
    name_or_path : str
        As a command takes it; a name of the catalogue stands for no file of its own here.
    label : str, optional
        The ending of an annotation file, beside ``.atr``.
    """
    path = Path(name_or_path)
    yield path
    for ending in (_REFERENCE, f".{(label or '').lstrip('.')}"):
        yield from (Path(f"{path}{ending}"), path.parent / f"{path.stem}{ending}")
    with suppress(DataError, OSError, ValueError):
        yield from signal_files(path)


def signal_files(path: Path) -> Iterator[Path]:
    """Yield the files that hold the signals of an ECG record: its only one, or its header and all that this names.

    Parameters
    ----------
    path : Path
        As :func:`offbeat.records.open_record` takes it.

    Raises
    ------
    DataError
        If it is a file of annotations.
    """
    header = header_of(path)
    yield from [path] if header is None else _named_by(header)


def _inputs(requests: Sequence[Request], model: Path | None, data_dirs: Sequence[Path | None]) -> Iterator[Path]:
    for request in requests:
        for name in (request.data, request.train):
            if name is not None:
                yield from files_of(name, request.label)
    if model is not None:
        with suppress(OSError):
            yield from model.iterdir()  # which may have other names elsewhere
    # What belongs to a data set stands beside its files: labels, licences, the same in another format.
    catalogued = {Path(file.path).parts[0] for name in names() for file in find(name).files}
    folders = dict.fromkeys(folder for data_dir in data_dirs for folder in search_folders(data_dir))
    for kept in (folder / part for folder in folders for part in catalogued):
        yield kept
        yield from kept.rglob("*")


def _named_by(header: Path, *, segments: bool = True) -> Iterator[Path]:
    """Yield a header and what it names: signal files, or the headers of segments and what those name."""
    yield header
    lines = header_lines(header)
    for named in dict.fromkeys(line.split()[0] for line in lines[1:]):
        yield header.parent / named
        if segments and (segment := header.parent / f"{named}.hea").is_file():
            yield from _named_by(segment, segments=False)
