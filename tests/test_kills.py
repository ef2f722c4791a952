"""Commands and savings that are killed at any moment leave what was there, or all of what is new."""

import contextlib
import hashlib
import http.server
import importlib
import json
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import offbeat
from ecg_signals import ecg
from offbeat import atomic
from offbeat.cli.main import main
from offbeat.data import DataFile, Dataset
from offbeat.files.scratch import PREFIX
from offbeat.records import read_annotations
from processes import kill_apart, run_apart, start_apart

for room in ("training.loop", "app.training_data", "app.outputs", "app.record_runs", "ecg.classify"):
    # What a child would else import again each time.
    importlib.import_module(f"offbeat.{room}")

PATIENCE = 120
"""Seconds after which a process that was not killed has hung."""


def command(*arguments):
    """Return what runs a command of offbeat, for a process of its own."""

    def act():
        signal.alarm(PATIENCE)
        sys.argv = ["offbeat", *map(str, arguments)]
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):  # noqa: PTH123
            try:
                main()
            except SystemExit as ended:
                return int(ended.code or 0)
        return 0

    return act


def series(n, seed=0):
    return np.sin(np.arange(20) / 3) + 0.1 * np.random.default_rng(seed).normal(size=(n, 20))


class Fitting:
    """``fit`` over an older model, with checkpoints."""

    def __init__(self):
        pd.DataFrame(series(400)).to_csv("data.csv", index=False)
        offbeat.PCADetector().fit(series(400)).save("m")
        quick = ("--train", "epochs=4", "--train", "batch_size=128", "--set", "hidden_sizes=[4]")
        self.act = command("fit", "data.csv", "-d", "dense-autoencoder", *quick, "--checkpoints", "c", "--out", "m")

    def look(self):
        assert offbeat.load("m").name in ("pca", "dense-autoencoder")

    def whole(self):
        assert offbeat.load("m").name == "dense-autoencoder"


class Saving:
    """Two models saved over each other, again and again."""

    def __init__(self):
        self.data = series(50, 9)
        self.models = [offbeat.PCADetector(n_components=n).fit(series(400)) for n in (1, 3)]
        self.scores = [model.decision_function(self.data) for model in self.models]
        self.models[0].save("m")

    def act(self):
        for turn in range(30):
            self.models[turn % 2].save("m")

    def look(self):
        found = offbeat.load("m").decision_function(self.data)
        assert any(np.allclose(found, scores) for scores in self.scores)

    whole = look


class SavingInTwoSteps(Saving):
    """The same where the disk cannot exchange folders."""

    def act(self):
        atomic.exchange = lambda one, other: False
        super().act()


class Scoring:
    """``score`` with two outputs over older ones."""

    def __init__(self):
        pd.DataFrame(series(5000)).to_csv("data.csv", index=False)
        offbeat.PCADetector().fit(series(400)).save("m")
        Path("s.csv").write_text("older")
        Path("s.json").write_text('"older"')
        self.act = command("score", "data.csv", "--label", "none", "-m", "m", "--out", "s.csv", "--json", "s.json")

    def look(self):
        assert Path("s.csv").read_text() == "older" or len(pd.read_csv("s.csv")) == 5000
        summary = json.loads(Path("s.json").read_text())
        assert summary == "older" or summary["n_series"] == 5000

    def whole(self):
        assert len(pd.read_csv("s.csv")) == len(json.loads(Path("s.json").read_text())["scores"]) == 5000


class Classifying:
    """``classify``, which refuses to run again only when all of its files are there."""

    def __init__(self):
        pd.DataFrame({"II": ecg(60)[0]}).round(4).to_csv("strip.csv", index=False)
        run = command("classify", "strip.csv", "--sampling-rate", "250", "--table", "t.csv", "--json", "t.json")
        self.act = lambda: 0 if Path("strip.ofb").exists() else run()

    def look(self):
        if Path("strip.ofb").exists():
            self.whole()

    def whole(self):
        n_beats = len(pd.read_csv("t.csv"))
        assert (~np.isin(read_annotations("strip.ofb").symbols, ["~", "+"])).sum() == n_beats > 50
        json.loads(Path("t.json").read_text())
        for name in ("strip.ofb", "t.csv", "t.json"):
            Path(name).unlink()


class ClassifyingMany:
    """``classify`` of a folder into another, gone on with after each kill."""

    def __init__(self):
        Path("records").mkdir()
        for seed in range(3):
            frame = pd.DataFrame({"II": ecg(40, seed=seed)[0]}).round(4)
            frame.to_csv(f"records/{seed}.csv", index=False)
        resume = ("--skip-existing", "--sampling-rate", "250", "--jobs", "1")
        self.act = command("classify", "records", "out", *resume)
        self.table = b""

    def look(self):
        for path in Path("out").glob("*.json"):
            beats = json.loads(path.read_text())["beats"]
            assert (~np.isin(read_annotations(path.with_suffix(".ofb")).symbols, ["~", "+"])).sum() == beats == 40
        if Path("out/records.csv").exists():
            self.whole()

    def whole(self):
        table = Path("out/records.csv").read_bytes()
        assert len(pd.read_csv("out/records.csv")) == 3
        assert table == (self.table or table)  # that of a run that was not stopped
        self.table = table
        for path in Path("out").iterdir():
            path.unlink()


class Fetching:
    """A data set from a site that is slow."""

    content = b"a,0.5,0.25\nb,1.5,1.25\n" * 20_000

    def __init__(self):
        content = self.content

        class Site(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    for start in range(0, len(content), 50_000):
                        self.wfile.write(content[start : start + 50_000])
                        time.sleep(0.02)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{self.server.server_port}/a.csv"
        file = DataFile("a.csv", hashlib.sha256(content).hexdigest(), url)
        self.dataset = Dataset("toy", "Toy", "a", files=(file,), label="first")

    def act(self):
        signal.alarm(PATIENCE)
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            os.environ.pop(name, None)
        self.dataset.fetch("data")

    def look(self):
        if Path("data/a.csv").exists():
            self.whole()

    def whole(self):
        assert Path("data/a.csv").read_bytes() == self.content
        Path("data/a.csv").unlink()


JOBS = (Fitting, Saving, SavingInTwoSteps, Scoring, Classifying, ClassifyingMany, Fetching)


@pytest.mark.parametrize("kills", [2, pytest.param(40, marks=pytest.mark.slow)])
@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.__name__)
def test_a_kill_leaves_nothing_half_written_and_loses_nothing(job, kills, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OFFBEAT_DATA", str(tmp_path / "data"))
    work, dice = job(), random.Random(kills)
    begun = time.perf_counter()
    assert run_apart(work.act) == 0
    duration = time.perf_counter() - begun
    work.whole()
    killed = 0
    while killed < kills:
        # Half of them towards the end, where files take their places.
        share = dice.uniform(0, 1) if killed % 2 else dice.uniform(0.7, 1)
        if kill_apart(work.act, share * duration) == -signal.SIGKILL:
            killed += 1
        else:
            # It was done before: the first one was slow, in a busy moment perhaps.
            duration *= 0.9
        work.look()
    assert run_apart(work.act) == 0
    work.whole()
    assert [path for path in tmp_path.rglob("*") if path.name.startswith(PREFIX)] == []


def test_a_model_is_whole_whenever_it_is_read_while_others_save_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    work = Saving()
    savers = [start_apart(work.act) for _ in range(2)]
    waiting = set(savers)
    while waiting:
        work.look()
        waiting -= {saver for saver in waiting if os.waitpid(saver, os.WNOHANG)[0]}
    work.look()
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
