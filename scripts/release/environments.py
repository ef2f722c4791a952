"""Clean environments, outside of the project, into which a release is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from contents import ROOT

__all__ = ["Environment", "Failed", "artefact", "interpreters"]


class Failed(Exception):
    """A step came to another end than it should; the message has its output."""


def interpreters(wanted: list[str]) -> dict[str, Path]:
    """Return the Pythons that are on this machine, by version such as ``3.12``: on the path, or kept by pyenv."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = {}
    for version in wanted:
        of_pyenv = sorted(kept.glob(f"{version}.*/bin/python"))
        on_path = shutil.which(f"python{version}")
        for python in [*of_pyenv[-1:], *([Path(on_path)] if on_path else [])]:
            told = subprocess.run([python, "--version"], capture_output=True, text=True, check=False)
            if told.stdout.startswith(f"Python {version}."):
                found[version] = python
                break
    return found


def artefact(ending: str) -> Path:
    """Return what ``make dist`` made."""
    (path,) = (ROOT / "dist").glob(f"offbeat-*{ending}")
    return path


@dataclass(frozen=True)
class Environment:
    """An environment in a folder, without pip: what is in it is what the release brings."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin") / "python"

    def make(self, python: Path, path: Path, extras: str) -> None:
        """Make it anew with a wheel or an sdist, and check that what is installed fits together."""
        self.run(python, "-m", "venv", "--clear", "--without-pip", self.folder)
        with_extras = f"{path}[{extras}]" if extras else str(path)
        self.pip("install", "--quiet", "--no-compile", "-c", ROOT / "constraints.txt", with_extras)
        self.pip("check")

    def pip(self, *words: object) -> str:
        """Run the pip of this process on it."""
        return self.run(sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", self.python, *words)

    def run(self, *words: object) -> str:
        """Run something beside it, with nothing of the project in sight, and return what it printed."""
        seen = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "OFFBEAT_"))}
        done = subprocess.run(
            [str(word) for word in words],
            cwd=self.folder.parent,
            env={**seen, "PYTHONWARNINGS": "ignore"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            output = done.stdout + done.stderr
            raise Failed(f"{' '.join(map(str, words))} ended with {done.returncode}:\n{output[-6000:]}")
        return done.stdout

    def size(self) -> int:
        """Return the bytes of all its files."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink())
