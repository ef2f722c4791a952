"""Whether results can be written to a place, checked before any work is spent on them. Nothing is changed here."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from offbeat.errors import OffbeatError, OutputError, ParameterError

__all__ = ["check_file_place", "check_folder_place", "check_outputs", "is_device", "reporting", "target_of"]

_FIGURES = (".png", ".svg")
_LONGEST_NAME = 255  # bytes, of every common file system


def check_file_place(path: str | Path) -> None:
    """Refuse a place where no file can be written.

    Raises
    ------
    OutputError
        If a folder is in the way, a file stands where a folder is needed, or nothing may be written there.
    """
    with reporting(path):
        if Path(path).is_dir():
            raise OutputError(f"{path} cannot be written: a folder of that name is in the way; choose another name")
        if not is_device(path):
            _check_place(path)


def check_folder_place(path: str | Path) -> None:
    """Refuse a place where no folder can be written.

    Raises
    ------
    OutputError
        If a file is in the way, a file stands where a folder is needed, or nothing may be written there.
    """
    with reporting(path):
        if Path(path).exists() and not Path(path).is_dir():
            raise OutputError(f"{path} cannot be written: a file of that name is in the way; choose another name")
        _check_place(path)


def check_outputs(
    files: Mapping[str, Path | None],
    *,
    folders: Mapping[str, Path | None] | None = None,
    replaced: Path | None = None,
    inputs: Iterable[Path] = (),
    model: Path | None = None,
    what: str = "data",
) -> None:
    """Refuse outputs that would replace what is read, or each other; links and other spellings are seen through.

    Parameters
    ----------
    files, folders : mapping
        Files to write and folders to write into, by the name of their option; None is not asked for.
    replaced : Path, optional
        A folder that ``--out`` replaces whole, so that nothing else goes into it.
    inputs : iterable of Path
        Files that are read; none of them is ever replaced. Only iterated where an output exists already.
    model : Path, optional
        A folder that is read, and that nothing is written into.
    what : str
        What the inputs are.

    Raises
    ------
    ParameterError
        If two outputs go to one place, or one into the folder of another.
    OutputError
        If an output is an input, or cannot be written where it is to go.

    Examples
    --------
    >>> check_outputs({"out": Path("data.csv"), "json": Path("./data.csv")})
    Traceback (most recent call last):
    offbeat.errors.ParameterError: --json names data.csv, where --out goes already: choose another name
    """
    single = {option: path for option, path in files.items() if path is not None}
    filled = {option: path for option, path in (folders or {}).items() if path is not None}
    for path in single.values():
        check_file_place(path)
    if replaced is not None:
        check_folder_place(replaced)
    _check_apart(single, filled, replaced)
    if model is not None:
        _check_outside(single | filled, model)
    there = [(option, path) for option, path in single.items() if path.exists()]
    there += [(option, path) for option, folder in filled.items() for path in _figures_in(folder)]
    if there:
        _check_not_read(there, list(inputs), what)


def target_of(path: str | Path) -> Path:
    """Return what is replaced where ``path`` is written: links are followed, and stay.

    Raises
    ------
    OutputError
        If the name is too long or no name, or links lead in a circle.
    """
    try:
        target = Path(os.path.realpath(path))
        encoded = [os.fsencode(part) for part in target.parts]
    except ValueError as error:
        raise OutputError(f"{path} cannot be written: {error}; choose another name") from error
    if any(len(part) > _LONGEST_NAME for part in encoded):
        raise OutputError(f"{path} cannot be written: a name has more than {_LONGEST_NAME} bytes; choose a shorter one")
    with reporting(path):
        if target.is_symlink():
            raise OutputError(f"{path} cannot be written: it is a link that leads to itself; choose another name")
    return target


def is_device(path: str | Path) -> bool:
    """Return whether a path is written to in place, not replaced: a device, a pipe, or an open file without a name.

    Any of these may stand behind /dev/stdout.
    """
    path = Path(path)
    if not path.exists() or path.is_dir():
        return False
    target = Path(os.path.realpath(path))
    return not path.is_file() or not (target.exists() and target.samefile(path))


@contextmanager
def reporting(path: str | Path) -> Iterator[None]:
    """Report system errors raised inside as: ``path`` cannot be written.

    Raises
    ------
    OutputError
        In place of any other OSError.
    """
    try:
        yield
    except OffbeatError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{path} cannot be written: {reason}; nothing was left half-written") from error


def _check_place(path: str | Path) -> None:
    target = target_of(path)
    if target.exists() and not os.access(target, os.W_OK):
        raise OutputError(f"{path} cannot be written: no permission to change it; choose another place")
    nearest = next((place for place in target.parents if place.exists()), target)
    if not nearest.is_dir():
        raise OutputError(f"{path} cannot be written: {nearest} is a file, not a folder; choose another place")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise OutputError(f"{path} cannot be written: no permission to write to {nearest}; choose another place")


def _check_apart(files: Mapping[str, Path], folders: Mapping[str, Path], replaced: Path | None) -> None:
    taken: dict[Path, str] = {}
    for option, path in files.items():
        holder = taken.setdefault(target_of(path), option)
        if holder != option:
            raise ParameterError(f"--{option} names {path}, where --{holder} goes already: choose another name")
    for option, path in [*files.items(), *folders.items()]:
        if replaced is not None and _is_within(path, replaced):
            raise ParameterError(f"--{option} names {path}, which lies in the folder of --out: choose another place")
    for option, path in files.items():
        for name, folder in folders.items():
            if path.suffix.lower() in _FIGURES and target_of(path).parent == target_of(folder):
                raise ParameterError(f"--{option} names {path}, where --{name} may go: choose another name")


def _check_outside(outputs: Mapping[str, Path], model: Path) -> None:
    for option, path in outputs.items():
        if _is_within(path, model):
            raise OutputError(
                f"--{option} names {path}, which lies in the model folder {model}: nothing is written there, "
                "choose another place"
            )


def _figures_in(folder: Path) -> Iterator[Path]:
    """Yield what figures of the same names would replace."""
    for ending in _FIGURES:
        yield from folder.glob(f"*{ending}")


def _check_not_read(outputs: Iterable[tuple[str, Path]], inputs: Iterable[Path], what: str) -> None:
    for option, path in outputs:
        if any(_is_same(path, read) for read in inputs):
            raise OutputError(
                f"--{option} names {path}, which is the {what} itself and never replaced: choose another name"
            )


def _is_same(path: Path, read: Path) -> bool:
    try:
        return path.samefile(read)
    except (OSError, ValueError):
        return False


def _is_within(path: Path, folder: Path) -> bool:
    return target_of(path).is_relative_to(os.path.realpath(folder))
