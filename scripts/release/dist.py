"""Build the sdist and the wheel of the last commit into dist/, and refuse what is not as a release must be.

They are built twice, of what git tracks and nothing else, and must come out the same to the last bit. What they hold is
compared with the files of the package, their metadata and the README in it are checked, and SHA256SUMS lists both.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

from contents import ROOT, tracked, unlike, version

DIST = ROOT / "dist"


def main() -> None:
    """Build, compare and check; end with a line for each fault."""
    if _git("status", "--porcelain", "--untracked-files=no"):
        sys.exit("expected a commit to build, got changes that are not committed: commit or stash them")
    with tempfile.TemporaryDirectory(prefix="offbeat-dist-") as folder:
        first, second = (_built(Path(folder) / name) for name in ("first", "second"))
        faults = [f"{path.name} came out otherwise the second time" for path in first if not _same(path, second)]
        faults += [fault for path in first for fault in unlike(path, tracked())]
        faults += [f"{path.name} is not of version {version()}" for path in first if version() not in path.name]
        if faults:
            sys.exit("\n".join(faults))
        shutil.rmtree(DIST, ignore_errors=True)
        DIST.mkdir()
        for path in first:
            shutil.copy2(path, DIST)
    made = sorted(DIST.iterdir())
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *made], check=True)
    lines = [f"{_digest(path)}  {path.name}" for path in made]
    (DIST / "SHA256SUMS").write_text("\n".join(lines) + "\n", encoding="ascii")
    for path, line in zip(made, lines, strict=True):
        print(f"{line}  {path.stat().st_size:,} bytes")


def _built(folder: Path) -> list[Path]:
    """Return the sdist and the wheel of the last commit, from a copy of what is in it."""
    with tarfile.open(fileobj=BytesIO(_git("archive", "HEAD"))) as archive:
        archive.extractall(folder / "source", filter="data")
    when = _git("log", "-1", "--format=%ct").decode().strip()
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", folder / "source"]
    done = subprocess.run(
        build, env={**os.environ, "SOURCE_DATE_EPOCH": when}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return sorted((folder / "dist").iterdir())


def _same(path: Path, others: list[Path]) -> bool:
    return [path.read_bytes()] == [other.read_bytes() for other in others if other.name == path.name]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _git(*words: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, check=True).stdout


if __name__ == "__main__":
    main()
