"""Find the files of a data set, or fetch them from their original site; nothing half-written stays behind."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import file_digest
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from offbeat.errors import DataError, DownloadError

__all__ = ["DataFile", "cache_folder", "fetch_files", "locate_file", "search_folders"]


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
        Where it comes from; empty where it cannot be fetched by itself.
    member : str
        Its name inside the zip archive at ``url``; empty where ``url`` is the file itself.
    """

    path: str
    sha256: str
    url: str = ""
    member: str = ""


def cache_folder() -> Path:
    """Return the folder that downloads go to, unless another is named."""
    import pooch

    return Path(pooch.os_cache("offbeat"))


def search_folders(data_dir: str | Path | None = None) -> list[Path]:
    """Return the folders to look for data in, first choice first: ``data_dir``, ``$OFFBEAT_DATA``, the user cache."""
    named = [folder for folder in (data_dir, os.environ.get("OFFBEAT_DATA")) if folder]
    return [*map(Path, named), cache_folder()]


def locate_file(file: DataFile, folders: Sequence[Path]) -> Path | None:
    """Return the file in the first of the folders that has it, or None.

    Raises
    ------
    DataError
        If it is there with another checksum.
    """
    found = next((folder / file.path for folder in folders if (folder / file.path).is_file()), None)
    if found is not None and _sha256(found) != file.sha256:
        remedy = "delete it, so that it is fetched again, or read it by its path" if file.url else "read it by its path"
        raise DataError(f"{found} is not the original file, its SHA-256 differs from {file.sha256[:12]}…: {remedy}")
    return found


def fetch_files(files: Sequence[DataFile], folder: Path) -> None:
    """Download files into ``folder``; an archive that several of them come from is downloaded once.

    Raises
    ------
    DownloadError
        If a site does not answer, what came is damaged or not the original, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Inside the folder, so that the last step is a rename on one disk: all or nothing.
        with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as scratch:
            for url in dict.fromkeys(file.url for file in files):
                _fetch_url(url, [file for file in files if file.url == url], folder, Path(scratch))
    except DownloadError:
        raise
    except OSError as error:
        raise DownloadError(
            f"downloads cannot be written to {folder} ({error.strerror}): name a folder that can be, with data_dir"
        ) from error


def _fetch_url(url: str, files: Sequence[DataFile], folder: Path, scratch: Path) -> None:
    download = scratch / "download"
    _download(url, files, download)
    fresh = []
    for number, file in enumerate(files):
        part = _extract(file, download, scratch / f"member{number}") if file.member else download
        if _sha256(part) != file.sha256:
            raise _failed(url, files, f"{file.path} arrived damaged or changed, its SHA-256 is not {file.sha256[:12]}…")
        fresh.append(part)
    for file, part in zip(files, fresh, strict=True):
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)


def _download(url: str, files: Sequence[DataFile], target: Path) -> None:
    import pooch
    import requests

    progress = sys.stderr.isatty() and find_spec("tqdm") is not None
    try:
        pooch.HTTPDownloader(progressbar=progress, chunk_size=65536, timeout=30)(url, str(target), None)
    except requests.HTTPError as error:
        raise _failed(url, files, f"the site answered {_first_line(error)}") from error
    except requests.Timeout as error:
        raise _failed(url, files, "the site did not answer in time") from error
    except requests.ConnectionError as error:
        raise _failed(url, files, f"no connection to {urlsplit(url).hostname}") from error
    except requests.RequestException as error:
        raise _failed(url, files, "the download broke off") from error


def _extract(file: DataFile, archive: Path, target: Path) -> Path:
    """Copy one member out of a zip archive, whatever folder it stands in there."""
    try:
        with zipfile.ZipFile(archive) as members:
            name = next(name for name in members.namelist() if f"/{name}".endswith(f"/{file.member}"))
            with members.open(name) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy)
    except StopIteration:
        raise _failed(file.url, [file], f"the archive holds no {file.member}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise _failed(file.url, [file], f"what came is no whole zip archive ({_first_line(error)})") from error
    return target


def _failed(url: str, files: Sequence[DataFile], what: str) -> DownloadError:
    paths = " and ".join(file.path for file in files)
    return DownloadError(
        f"{url}: {what}; try again later, or put {paths} into a folder of yours and set OFFBEAT_DATA to it"
    )


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:160]


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()
