"""Find the files of a data set, or fetch them from their original site; nothing half-written stays behind."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from offbeat.atomic import all_or_none, writing_file
from offbeat.errors import DataError, DownloadError, failing_as, quietly_imported
from offbeat.files.digests import digest_of_file
from offbeat.files.limits import require_room

__all__ = ["DataFile", "cache_folder", "fetch_files", "locate_file", "search_folders"]


_PIECE = 65_536


@dataclass(frozen=True)
class DataFile:
    """One file of a data set.

    Parameters
    ----------
    path : str
        Where it lies below a data folder, with slashes.
    sha256 : str
        Its checksum, in hexadecimal digits.
    url : str
        Where it comes from; empty where it cannot be fetched automatically.
    member : str
        Its name inside the zip archive at ``url``; empty where ``url`` is the file itself.
    """

    path: str
    sha256: str
    url: str = ""
    member: str = ""


def cache_folder() -> Path:
    """Return the folder that downloads go to, unless another is named."""
    pooch = quietly_imported("pooch")
    return Path(pooch.os_cache("offbeat"))


def search_folders(data_dir: str | Path | None = None) -> list[Path]:
    """Return the folders to look for data in, first choice first: ``data_dir``, ``$OFFBEAT_DATA``, the user cache."""
    named = [folder for folder in (data_dir, os.environ.get("OFFBEAT_DATA")) if folder]
    return [*map(Path, named), cache_folder()]


def locate_file(
    file: DataFile, folders: Sequence[Path], forms: Sequence[str] = (), *, check: bool = True
) -> Path | None:
    """Return the file in the first of the folders that has it, or None.

    Parameters
    ----------
    file : DataFile
        Which.
    folders : sequence of Path
        Where it may lie.
    forms : sequence of str
        Endings of the same file in other forms, below the folder or in it, of which no checksum is known.
    check : bool
        Whether to compare its checksum.

    Raises
    ------
    DataError
        If it is there with another checksum.
    """
    found = next(filter(_is_there, _places(file, folders, forms)), None)
    if found is None or not check or found.suffix != Path(file.path).suffix:
        return found
    with failing_as(DataError, f"{found} cannot be read", "check its permissions"):
        checksum = digest_of_file(found)
    if checksum != file.sha256:
        remedy = "delete it, so that it is fetched again, or read it by its path" if file.url else "read it by its path"
        raise DataError(f"{found} is not the original file, its SHA-256 differs from {file.sha256[:12]}…: {remedy}")
    return found


def _places(file: DataFile, folders: Sequence[Path], forms: Sequence[str]) -> Iterator[Path]:
    """Yield where a file may lie, in the order in which it is looked for."""
    for folder in folders:
        yield folder / file.path
        for place in (folder / file.path, folder / Path(file.path).name):
            yield from (place.with_suffix(form) for form in forms)


def fetch_files(files: Sequence[DataFile], folder: Path) -> None:
    """Download files into ``folder``; an archive that several of them come from is downloaded once.

    Raises
    ------
    DownloadError
        If a site does not answer, a file is damaged or not the original, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for url in dict.fromkeys(file.url for file in files):
            with all_or_none():
                _fetch_url(url, [file for file in files if file.url == url], folder)
    except DownloadError:
        raise
    except OSError as error:
        raise DownloadError(
            f"downloads cannot be written to {folder} ({error.strerror or error}): name a folder that can be, with "
            "data_dir"
        ) from error


def _fetch_url(url: str, files: Sequence[DataFile], folder: Path) -> None:
    with ExitStack() as targets:
        parts = [targets.enter_context(writing_file(folder / file.path)) for file in files]
        if not files[0].member:
            _download(url, files, parts[0])
        else:
            # Beside the first part: on the disk that has to have room for it.
            archive = parts[0].parent.with_name("archive")
            _download(url, files, archive)
            for file, part in zip(files, parts, strict=True):
                _extract(file, archive, part)
            archive.unlink()
        for file, part in zip(files, parts, strict=True):
            if digest_of_file(part) != file.sha256:
                raise _failed(
                    url, files, f"{file.path} arrived damaged or changed, its SHA-256 is not {file.sha256[:12]}…"
                )


def _download(url: str, files: Sequence[DataFile], target: Path) -> None:
    import requests

    try:
        _ask(url, target)
    except requests.HTTPError as error:
        raise _failed(url, files, f"the site answered {_first_line(error)}") from error
    except requests.Timeout as error:
        raise _failed(url, files, "the site did not answer in time") from error
    except requests.ConnectionError as error:
        raise _failed(url, files, f"no connection to {urlsplit(url).hostname}") from error
    except requests.RequestException as error:
        raise _failed(url, files, "the download broke off") from error
    except OSError:
        raise  # the disk's
    except Exception as error:  # libraries below requests raise anything for malformed HTTP
        raise _failed(url, files, f"the site's answer makes no sense ({_first_line(error)})") from error


def _ask(url: str, target: Path) -> None:
    """Ask for a file; once more where the site hung up, as it may on a connection that it had promised to keep."""
    import requests
    import urllib3

    pooch = quietly_imported("pooch")

    progress = sys.stderr.isatty() and find_spec("tqdm") is not None
    download = pooch.HTTPDownloader(progressbar=progress, chunk_size=_PIECE, timeout=30)
    try:
        download(url, str(target), None)
    except requests.ConnectionError as error:
        if not (error.args and isinstance(error.args[0], urllib3.exceptions.ProtocolError)):
            raise
        download(url, str(target), None)


def _extract(file: DataFile, archive: Path, target: Path) -> None:
    """Copy one member out of a zip archive, from any folder in it."""
    what = f"{file.url} did not send a whole zip archive"
    with ExitStack() as opened, target.open("wb") as copy:
        with failing_as(DownloadError, what, _remedy([file])):
            members = opened.enter_context(zipfile.ZipFile(archive))
            found = [member for member in members.infolist() if f"/{member.filename}".endswith(f"/{file.member}")]
            if not found:
                raise _failed(file.url, [file], f"the archive holds no {file.member}")
            require_room(found[0].file_size, f"{file.member} of {file.url}", DownloadError)
            source = opened.enter_context(members.open(found[0]))
        while True:
            with failing_as(DownloadError, what, _remedy([file])):
                piece = source.read(_PIECE)
            if not piece:
                break
            copy.write(piece)


def _failed(url: str, files: Sequence[DataFile], what: str) -> DownloadError:
    return DownloadError(f"{url}: {what}; {_remedy(files)}")


def _remedy(files: Sequence[DataFile]) -> str:
    paths = " and ".join(file.path for file in files)
    return f"try again later, or put {paths} into a folder of yours and set OFFBEAT_DATA to it"


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:160]


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
