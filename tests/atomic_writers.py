"""Writers of small files and folders, and what goes wrong with them."""

import errno
import os
from pathlib import Path

from offbeat.atomic import writing_file, writing_folder
from offbeat.files.scratch import PREFIX

__all__ = [
    "disk_full",
    "everything_below",
    "fail_half_way",
    "litter_in",
    "names_in",
    "refuse_renames_to",
    "without_exchange",
    "write_file",
    "write_folder",
]


def disk_full():
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def write_file(path, text="new"):
    with writing_file(path) as beside:
        beside.write_text(text)


def write_folder(path, names=("new",)):
    with writing_folder(path) as beside:
        for name in names:
            (beside / name).write_text(name)


def fail_half_way(context, path, error):
    with context(path) as beside:
        (beside if context is writing_file else beside / "half").write_text("half")
        raise error


def refuse_renames_to(monkeypatch, target):
    """Let the system refuse to rename anything to ``target``, as it does when a disk goes away."""
    rename = Path.replace

    def refusing(self, where):
        if Path(where) == target and self.parent.name == "new":
            raise disk_full()
        return rename(self, where)

    monkeypatch.setattr(Path, "replace", refusing)
    without_exchange(monkeypatch)


def without_exchange(monkeypatch):
    """Let the system be one that cannot exchange two paths in one step."""
    monkeypatch.setattr("offbeat.atomic.exchange", lambda one, other: False)


def everything_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def litter_in(folder):
    return [path for path in folder.iterdir() if path.name.startswith(PREFIX)]
