"""Use an installed offbeat: ``python -I smoke.py VERSION EXTRAS``, with nothing of the project in sight.

Every public name is there, or says which extra it needs; the command says who it is; a job runs from data to a loaded
model; and each extra does a piece of what the page on installing says of it.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from importlib.metadata import requires, version
from pathlib import Path

import numpy as np
import pandas as pd

import offbeat
from offbeat.errors import MissingExtraError


def main(expected: str, extras: str) -> None:
    """Do all of it; whatever fails ends it."""
    assert Path(offbeat.__file__).is_relative_to(sys.prefix), f"{offbeat.__file__} is not what was installed"
    assert expected == offbeat.__version__ == version("offbeat"), offbeat.__version__
    names = use_names(complete="all" in extras)
    use_command()
    use_job()
    asked = extras_in(extras.split(",")) if extras else set()
    for extra in sorted(asked & PROMISES.keys()):
        PROMISES[extra]()
    print(f"{names} names" + (f", {len(asked & PROMISES.keys())} extras used" if asked else ""))


def use_names(complete: bool) -> int:
    """Return how many public names there are; without all extras some may say which they need."""
    for name in offbeat.__all__:
        try:
            getattr(offbeat, name)
        except MissingExtraError as error:
            if complete or "pip install" not in str(error):
                raise
    return len(offbeat.__all__)


def use_command() -> None:
    """The script and the module are the same command."""
    script = Path(sys.executable).with_name("offbeat")
    for command in ([script], [sys.executable, "-m", "offbeat"]):
        assert run(*command, "--version") == f"offbeat {offbeat.__version__}\n"
        assert "Usage: " in run(*command, "--help")


def use_job() -> None:
    """Learn, score, save and load, in Python and by commands."""
    load = wave()
    detector = offbeat.PCADetector(window=24).fit(load[:900])
    scores = detector.decision_function(load)
    assert 1000 <= int(np.nanargmax(scores)) < 1030
    detector.save("model")
    np.testing.assert_array_equal(offbeat.load("model").decision_function(load), scores)
    pd.DataFrame({"time": 600 * np.arange(1200), "load": load}).to_csv("load.csv", index=False)
    offbeat_command("fit", "load.csv", "--until", "0.7", "--out", "learned")
    offbeat_command("score", "load.csv", "--model", "learned", "--out", "scores.csv")
    offbeat_command("detect", "load.csv", "--model", "learned", "--out", "events.csv")
    assert len(pd.read_csv("scores.csv")) == 1200
    assert len(pd.read_csv("events.csv")) >= 1


def use_fast() -> None:
    """Compiled loops are taken."""
    import numba

    assert numba.njit(lambda x: x + 1)(1) == 2


def use_deep() -> None:
    """A network learns, and is loaded."""
    offbeat_command("fit", "synthetic-curves", "-d", "dense-autoencoder", "--train", "epochs=2", "--out", "network")
    offbeat_command("detect", "synthetic-curves", "--model", "network")


def use_report() -> None:
    """A page is written."""
    offbeat_command("report", "load.csv", "--model", "learned", "--out", "report.html")
    assert Path("report.html").stat().st_size > 50_000


def use_parquet() -> None:
    """Tables are read and written."""
    pd.DataFrame({"time": 600 * np.arange(1200), "load": wave()}).to_parquet("load.parquet")
    offbeat_command("detect", "load.parquet", "--model", "learned", "--out", "events.parquet")
    assert len(pd.read_parquet("events.parquet")) >= 1


def use_excel() -> None:
    """A workbook is read."""
    pd.DataFrame({"load": wave()}).to_excel("load.xlsx", index=False)
    assert "load" in offbeat_command("data", "show", "load.xlsx")


def use_sql() -> None:
    """A database is read by its URL."""
    with sqlite3.connect("plant.db") as database:
        pd.DataFrame({"load": wave()}).to_sql("loads", database, index=False)
    assert "load" in offbeat_command("data", "show", "sqlite:///plant.db", "--read", "table=loads")


def use_pyod() -> None:
    """An outlier detector of PyOD learns."""
    from pyod.models.hbos import HBOS

    detector = offbeat.EstimatorDetector(HBOS(), window=24).fit(wave()[:900])
    assert np.isfinite(detector.decision_function(wave())).any()


def use_ecg() -> None:
    """Beats of a record are found and classified."""
    beats = np.zeros(360 * 60)
    beats[180::300] = 1.0
    bump = np.exp(-0.5 * (np.arange(-20, 21) / 4) ** 2)
    signal = np.convolve(beats, bump, "same") + 0.01 * np.random.default_rng(0).normal(size=beats.size)
    np.savetxt("strip.csv", signal, header="II", comments="", fmt="%.4f")
    told = offbeat_command("classify", "strip.csv", "--sampling-rate", "360", "--units", "mV", "--out", "beats.ofb")
    assert "not a medical device" in told, told


def use_dicom() -> None:
    """The reader of DICOM finds its package."""
    import pydicom

    assert pydicom.dataset.Dataset() is not None


def use_film() -> None:
    """What writes films is brought along."""
    import imageio_ffmpeg

    assert "ffmpeg" in run(imageio_ffmpeg.get_ffmpeg_exe(), "-version")


def use_review() -> None:
    """The page to correct beats finds its server."""


def use_onnx() -> None:
    """A model is exported, and scores as before."""
    offbeat_command("export", "model", "--onnx", "portable")
    before = offbeat.load("model").decision_function(wave())
    np.testing.assert_allclose(offbeat.load("portable").decision_function(wave()), before, rtol=1e-4, atol=1e-6)


def use_serve() -> None:
    """The service answers."""
    from fastapi.testclient import TestClient

    from offbeat.service.app import service_app
    from offbeat.service.service import Service

    with Service(Path("model"), Path("service.db")).running() as service:
        told = TestClient(service_app(service)).get("/v1/models")
    assert told.status_code == 200, told.text
    assert told.json(), told.text


PROMISES = {name.removeprefix("use_"): use for name, use in list(globals().items()) if name.startswith("use_")}
for _name in ("names", "command", "job"):
    del PROMISES[_name]


def extras_in(asked: list[str]) -> set[str]:
    """Return the extras whose packages these bring: a built package names the packages of "all", not its extras."""
    needs: dict[str, set[str]] = {}
    for line in requires("offbeat") or []:
        if found := re.fullmatch(r"([^;]+);.*extra == ['\"]([\w-]+)['\"].*", line):
            needs.setdefault(found[2], set()).add(found[1].strip())
    assert needs.keys() >= set(asked), f"no extra of {sorted(needs)} is called {asked}"
    brought = set().union(*(needs[name] for name in asked))
    return {name for name, needed in needs.items() if needed <= brought}


def wave() -> np.ndarray:
    """A load with a daily rhythm, and one hour that is off."""
    load = np.sin(2 * np.pi * np.arange(1200) / 24) + 0.1 * np.random.default_rng(0).normal(size=1200)
    load[1000:1006] += 3
    return load


def offbeat_command(*words: str) -> str:
    """Run the command, and return all it said."""
    return run(sys.executable, "-m", "offbeat", *words)


def run(*words: str | Path) -> str:
    """Run something that must end well, and return what it printed."""
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(f"{words} ended with {done.returncode}: {done.stdout}")
    return done.stdout


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main(*sys.argv[1:])
        os.chdir("/")
