"""Every file operation of every writer fails once, or is the last of its process: what was there is there, or the new.

Before its k-th file operation, for every k, a writer is told that the disk is full, or dies, in a process of its own.
"""

import builtins
import errno
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from offbeat import atomic
from offbeat.atomic import all_or_none
from offbeat.cli.output import write_frame, write_json, write_text
from offbeat.errors import OffbeatError
from offbeat.estimators import folder as store
from offbeat.files.scratch import PREFIX
from offbeat.records import Annotations, read_annotations, write_annotations
from offbeat.training.checkpoints import CheckpointFiles
from processes import run_apart

DONE, REFUSED, ODD, DEAD = 0, 3, 4, 9
OPERATIONS = ("open", "replace", "rename", "link", "mkdir", "fsync", "unlink", "rmdir", "chmod", "chown", "scandir")
CODES = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "EACCES": errno.EACCES, "half": errno.ENOSPC}


@dataclass
class Faults:
    """Counts file operations, and lets one of them go wrong."""

    at: int
    how: str
    patch: pytest.MonkeyPatch
    count: int = 0

    def wrap(self, module, name, exchanges=False):
        real = getattr(module, name)

        def faulty(*args, **kwargs):
            self.count += 1
            if self.count != self.at:
                return real(*args, **kwargs)
            if self.how == "dies after":
                real(*args, **kwargs)
            if self.how.startswith("dies"):
                os._exit(DEAD)
            if exchanges:
                return False
            raise OSError(CODES[self.how], os.strerror(CODES[self.how]))

        self.patch.setattr(module, name, faulty)

    def wrap_writing(self, module):
        """Count each write to a file that is opened, too; the one that goes wrong gets half of it onto the disk."""
        real_open = module.open

        def opened(file, mode="r", *args, **kwargs):
            handle = real_open(file, mode, *args, **kwargs)
            if "r" not in mode:
                real_write = handle.write

                def write(content):
                    self.count += 1
                    if self.count != self.at:
                        return real_write(content)
                    real_write(content if self.how == "dies after" else content[: len(content) // 2])
                    handle.flush()
                    if self.how.startswith("dies"):
                        os._exit(DEAD)
                    raise OSError(CODES[self.how], os.strerror(CODES[self.how]))

                handle.write = write
            return handle

        self.patch.setattr(module, "open", opened)

    def install(self, can_exchange):
        for name in OPERATIONS:
            self.wrap(os, name)
        for module in (io, builtins):
            self.wrap(module, "open")
            self.wrap_writing(module)
        if can_exchange:
            self.wrap(atomic, "exchange", exchanges=True)
        else:
            self.patch.setattr(atomic, "exchange", lambda one, other: False)


ARRAYS = {f"x{i}": np.full(50, i, float) for i in range(3)}


def write_outputs(folder, version):
    """Write what a command does that writes several files, which take their place together."""
    with all_or_none():
        write_frame(folder / "a.csv", pd.DataFrame({"v": [version] * 100}))
        write_json(folder / "b.json", [version] * 100)


def read_outputs(folder):
    table = pd.read_csv(folder / "a.csv")["v"]
    assert len(table) == 100
    return int(table.iloc[0])


def read_annotated(folder):
    found = read_annotations(folder / "r.own")
    assert len(found.samples) == 50
    return int(found.samples[0])


WRITERS = {
    "model": (
        lambda folder, v: store.write_model(folder / "m", {"v": v}, ARRAYS),
        lambda folder: store.read_model(folder / "m")[0]["v"],
    ),
    "state": (
        lambda folder, v: store.write_arrays(folder / "s", {**ARRAYS, "v": np.array(v)}, {}),
        lambda folder: store.read_arrays(folder / "s")[0]["v"].item(),
    ),
    "checkpoint": (
        lambda folder, v: CheckpointFiles().save_checkpoint({"v": v, "weights": torch.zeros(99)}, folder / "c.ckpt"),
        lambda folder: torch.load(folder / "c.ckpt", weights_only=True)["v"],
    ),
    "text": (
        lambda folder, v: write_text(folder / "t.csv", str(v) * 1000),
        lambda folder: int((folder / "t.csv").read_text()) % 10,
    ),
    "outputs": (write_outputs, read_outputs),
    "annotations": (
        lambda folder, v: write_annotations(
            Annotations(np.arange(v, 50 * v + 1, v), ["N"] * 50), folder / "r.own", overwrite=True
        ),
        read_annotated,
    ),
}


def case(write, folder, at, how, can_exchange):
    """Return what comes of it, and whether the fault was met at all."""

    def act():
        with pytest.MonkeyPatch.context() as patch:
            faults = Faults(at, how, patch)
            faults.install(can_exchange)
            try:
                write(folder, 2)
                ending = DONE
            except OffbeatError:
                ending = REFUSED
            except BaseException:
                ending = ODD
        return ending + 100 * (faults.count < faults.at)

    # A fork of all that the tests have loaded takes longer than the rest, so there is one only where it has to die.
    code = run_apart(act) if how.startswith("dies") else act()
    return code % 100, code < 100


def litter_in(folder):
    return [path for path in folder.iterdir() if path.name.startswith(PREFIX)]


def outcome_of(name, folder, how, at, can_exchange):
    """Let one operation go wrong; return whether there was one, and what is wrong with the outcome."""
    write, read = WRITERS[name]
    folder.mkdir()
    write(folder, 1)
    ending, met = case(write, folder, at, how, can_exchange)
    found = read(folder)
    wrong = {DONE: found != 2, REFUSED: found != 1 or litter_in(folder), DEAD: found not in (1, 2)}.get(ending, True)
    write(folder, 3)
    return met, wrong or read(folder) != 3 or litter_in(folder)


@pytest.fixture
def folder(tmp_path):
    """Return a folder in memory where there is one: the faults are ours, and the disk need not turn for them."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as made:
        yield Path(made)


def slow(*values):
    return [pytest.param(*value, marks=pytest.mark.slow) for value in values]


@pytest.mark.parametrize("how", ["half", "dies", *slow(["EIO"], ["EACCES"], ["dies after"])])
@pytest.mark.parametrize(
    ("name", "can_exchange"),
    [
        ("model", True),
        ("model", False),
        *((name, True) for name in ("state", "checkpoint", "outputs")),
        *slow(*([name, True] for name in ("text", "annotations"))),
    ],
)
def test_before_or_after_and_never_neither(name, how, can_exchange, folder):
    tried, failed = 0, []
    for at in range(1, 200):
        met, wrong = outcome_of(name, folder / str(at), how, at, can_exchange)
        if not met:
            break
        tried += 1
        if wrong:
            failed.append(at)
    assert tried >= 10
    assert failed == []
