"""The real command, in this process, in a folder of its own with a few small files."""

import json
import logging
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cli.forked import Commands
from offbeat.cli.main import main

N_TIMES = 20


@dataclass(frozen=True)
class Ending:
    """How a command ended."""

    code: int
    out: str
    err: str


def waves(n, seed=0):
    """Return normal series, ``(n, 20)``."""
    return np.sin(np.arange(N_TIMES) / 3) + 0.1 * np.random.default_rng(seed).normal(size=(n, N_TIMES))


def ripples(n, seed=0):
    """Return anomalies, ``(n, 20)``."""
    return 1.5 * np.cos(np.arange(N_TIMES) / 2) + 0.3 * np.random.default_rng(seed).normal(size=(n, N_TIMES))


def table(values, labels=None):
    """Return series as a table with a header, the label last."""
    frame = pd.DataFrame(values, columns=[f"t{i}" for i in range(values.shape[1])])
    return frame if labels is None else frame.assign(label=labels)


def snapshot(folder):
    """Return every file and folder below, with the content of the files."""
    return {path: path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


def invoke(capsys, *arguments):
    """Run ``offbeat`` with these arguments."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["offbeat", *map(str, arguments)])
        patch.setattr(logging.getLogger("offbeat"), "handlers", [])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        seen = capsys.readouterr()
    return Ending(int(ended.value.code or 0), seen.out, seen.err)


def damaged(model, folder, **changes):
    """Copy a model and change its configuration; a change to None leaves the entry out."""
    shutil.copytree(model, folder)
    config = {**json.loads((folder / "config.json").read_text()), **changes}
    kept = {name: value for name, value in config.items() if value is not None}
    (folder / "config.json").write_text(json.dumps(kept))


@pytest.fixture(scope="session")
def _samples(tmp_path_factory):
    """Write files good and bad, and two models, once."""
    folder = tmp_path_factory.mktemp("samples")
    normal, odd = waves(300), ripples(20)
    both = table(np.vstack([normal, odd]), ["ok"] * 300 + ["bad"] * 20)
    both.to_csv(folder / "both.csv", index=False)
    both.to_parquet(folder / "both.parquet")
    table(normal).to_csv(folder / "plain.csv", index=False)
    table(np.vstack([waves(50, 5), ripples(9, 5)]), ["ok"] * 50 + ["bad"] * 9).to_csv(folder / "new.csv", index=False)
    holes = waves(60, 6)
    holes[3, 4] = np.nan
    table(holes).to_csv(folder / "holes.csv", index=False)
    table(np.full((60, N_TIMES), np.nan)).to_csv(folder / "all-nan.csv", index=False)
    endless = waves(60)
    endless[3, 4] = np.inf
    table(endless).to_csv(folder / "inf.csv", index=False)
    table(waves(60) * 1e300).to_csv(folder / "huge.csv", index=False)
    table(np.ones((60, N_TIMES))).to_csv(folder / "constant.csv", index=False)
    table(waves(60), ["ok"] * 60).to_csv(folder / "one-class.csv", index=False)
    table(np.hstack([waves(9), waves(9)])).to_csv(folder / "longer.csv", index=False)
    for n in (1, 2, 3):
        table(waves(n)).to_csv(folder / f"rows-{n}.csv", index=False)
    np.savez(folder / "three-channels.npz", X=waves(90).reshape(30, 3, N_TIMES))
    np.savez(folder / "no-times.npz", X=np.zeros((10, 0)))
    (folder / "nonsense.npz").write_text("nonsense")
    (folder / "empty.csv").touch()
    (folder / "header.csv").write_text("t0,t1,t2,label\n")
    (folder / "ragged.csv").write_text("t0,t1,t2\n1,2,3\n1,2\n4,5,6\n")
    (folder / "words.csv").write_text("t0,t1,t2\n1,2,3\n1,hello,3\n4,5,6\n")
    (folder / "cut.arff").write_text("@relation x\n@attribute a real\n@attribute b real\n@data\n1,2\n3")
    (folder / "file.xyz").write_bytes(bytes(range(256)))
    (folder / "occupied").mkdir()
    (folder / "occupied" / "mine.txt").write_text("keep me")
    return folder


@pytest.fixture(scope="session")
def _models(_samples):
    """Fit a model on both classes and one on normal series alone, once, and damage copies of it."""
    from offbeat.app.loading import load_source
    from offbeat.app.request import Request
    from offbeat.detectors.classical import PCADetector

    for name, normal in (("both", "ok"), ("plain", None)):
        learned, held_out = load_source(Request(str(_samples / f"{name}.csv"), normal=normal)).to_learn()
        PCADetector().fit(learned, validation=held_out).save(_samples / f"{name}-model")
    good = _samples / "both-model"
    damaged(good, _samples / "newer", format=99)
    damaged(good, _samples / "unknown", detector="magic")
    damaged(good, _samples / "no-settings", settings=None)
    damaged(good, _samples / "misfit", n_times=7)
    damaged(good, _samples / "garbage")
    (_samples / "garbage" / "config.json").write_text('{"format": 1, ')
    damaged(good, _samples / "cut-short")
    weights = (good / "weights.safetensors").read_bytes()
    (_samples / "cut-short" / "weights.safetensors").write_bytes(weights[: len(weights) // 2])
    return _samples


@pytest.fixture
def work(_models, tmp_path, monkeypatch):
    """Stand in a fresh copy of the folder with all files and models."""
    folder = tmp_path / "work"
    shutil.copytree(_models, folder)
    monkeypatch.chdir(folder)
    for name in ("COLUMNS", "OFFBEAT_DEBUG", "OFFBEAT_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def offbeat(work, capsys):
    """Return a function that runs the command in that folder."""

    def run(*arguments):
        return invoke(capsys, *arguments)

    return run


@pytest.fixture(scope="session")
def commands():
    """Return what starts the command in processes of their own, in the current folder."""
    with Commands() as ready:
        yield ready


@pytest.fixture
def listing(work):
    """Return a function that tells what the folder holds."""
    return lambda: snapshot(Path(work))
