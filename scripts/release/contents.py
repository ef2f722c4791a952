"""What a release must hold: all that git tracks of the package, and nothing else."""

from __future__ import annotations

import re
import subprocess
import tarfile
import tomllib
import zipfile
from pathlib import Path

__all__ = ["ROOT", "sdist_contents", "tracked", "unlike", "version", "wheel_contents"]

ROOT = Path(__file__).resolve().parents[2]
_ALWAYS = {"pyproject.toml", "README.md", "LICENSE", ".gitignore"}
"""What goes into every sdist without being asked for."""


def version(root: Path = ROOT) -> str:
    """Return the version, from the one place where it is written."""
    text = (root / "src/offbeat/version.py").read_text(encoding="utf-8")
    return re.findall(r'^__version__ = "(.+)"$', text, flags=re.M)[0]


def tracked(root: Path = ROOT) -> set[str]:
    """Return the files of the package that git tracks, from the root of the project."""
    listed = ["git", "-C", str(root), "ls-files", "-z", "src/offbeat"]
    return set(subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split("\0")) - {""}


def wheel_contents(path: Path) -> set[str]:
    """Return the files of a wheel, as they are called in the project, without its metadata."""
    with zipfile.ZipFile(path) as wheel:
        return {f"src/{name}" for name in wheel.namelist() if ".dist-info/" not in name}


def sdist_contents(path: Path) -> set[str]:
    """Return the files of an sdist, as they are called in the project, without its metadata."""
    with tarfile.open(path) as sdist:
        names = {member.name.partition("/")[2] for member in sdist.getmembers() if member.isfile()}
    return names - {"PKG-INFO"}


def unlike(path: Path, files: set[str], root: Path = ROOT) -> list[str]:
    """Return in what a distribution is unlike what it must hold, a line each; none where it is right.

    Parameters
    ----------
    path : Path
        A wheel or an sdist.
    files : set of str
        The files of the package, see :func:`tracked`.
    root : Path
        The project.
    """
    targets = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    if path.suffix == ".whl":
        brought = {f"src/{name}" for name in targets["wheel"]["force-include"].values()}
        found, expected = wheel_contents(path), files | brought
    else:
        asked = set(targets["sdist"]["only-include"]) - {"src/offbeat"}
        found, expected = sdist_contents(path), files | asked | _ALWAYS
    missing = [f"{path.name} lacks {name}" for name in sorted(expected - found)]
    return missing + [f"{path.name} holds {name}, which is no part of it" for name in sorted(found - expected)]
