"""Names from files and command lines do nothing but be read, wherever they are shown."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.main import get_command

from ecg_signals import RATE, ecg
from offbeat.cli.app import app

EVIL = "e\x1b[31m\x07\u202e$x_$"
CHANNELS = [EVIL, "b\x1b]0;t\x07\r\\frac"]
NORMAL = f"ok{EVIL}"
RECORDING, COLLECTION, RECORD = f"recording{EVIL}.parquet", f"collection{EVIL}.parquet", f"record{EVIL}.csv"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

AS_RECORDING = ("--kind", "recording", "--model", "recording-model")
AS_COLLECTION = ("--model", "collection-model", "--normal", NORMAL)
LINES = {
    "fit recording": ("fit", RECORDING, "--kind", "recording", "--until", "0.7", "-d", "pca", "--out", "a\x1b"),
    "fit collection": ("fit", COLLECTION, "--normal", NORMAL, "-d", "pca", "--out", "b\x1b"),
    "fit nothing": ("fit", EVIL, "--out", "c"),
    "fit unknown": ("fit", COLLECTION, "-d", EVIL, "--out", "c"),
    "score recording": ("score", RECORDING, *AS_RECORDING, "--out", "a\x1b.csv", "--json", "a\x1b.json"),
    "score nothing": ("score", COLLECTION, "--model", EVIL),
    "detect recording": ("detect", RECORDING, *AS_RECORDING, "--out", "a\x1b.csv"),
    "detect collection": ("detect", COLLECTION, *AS_COLLECTION[:2]),
    "evaluate recording": ("evaluate", RECORDING, *AS_RECORDING, "--no-baselines"),
    "evaluate collection": ("evaluate", COLLECTION, *AS_COLLECTION, "--no-baselines", "--figures", "figures"),
    "report recording": ("report", RECORDING, *AS_RECORDING, "--no-baselines", "--out", "recording.html"),
    "report collection": ("report", COLLECTION, *AS_COLLECTION, "--no-baselines", "--out", "collection.html"),
    "classify": ("classify", RECORD, "--sampling-rate", str(RATE), "--out", "x\x1b.ofb", "--report", "record.html"),
    "classify lead": ("classify", RECORD, "--sampling-rate", str(RATE), "--lead", EVIL + "?"),
    "adapt": ("adapt", RECORD, "--sampling-rate", str(RATE), "--annotations", EVIL, "--out", "x\x1b"),
    "fit beats": ("fit", EVIL, "-d", "ecgformer", "--out", "x\x1b"),
    "review nothing": ("review", EVIL),
    "review": ("review", RECORD, "--sampling-rate", str(RATE), "--out", "x\x1b.atr"),
    "reproduce": ("reproduce", EVIL),
    "demo": ("demo", "--out", RECORD),
    "watch": ("watch", EVIL),
    "threshold": ("threshold", "recording-model", "--data", RECORDING, "--kind", "recording", "--json", "t\x1b.json"),
    "threshold copy": ("threshold", "recording-model", "--alarms-per-week", "9", "--out", "d\x1b", "--json", EVIL),
    "inspect": ("inspect", EVIL),
    "help": ("help", EVIL),
    "export": ("export", EVIL, "--onnx", "x\x1b"),
    "serve": ("serve", EVIL),
    "data list": ("data", "list", EVIL),
    "data show": ("data", "show", EVIL),
    "data get": ("data", "get", EVIL),
    "bench recording": (
        "bench",
        RECORDING,
        "--kind",
        "recording",
        "-d",
        "pca",
        "--results",
        "b\x1b.parquet",
        "--out",
        "bench.html",
    ),
    "bench unknown": ("bench", EVIL),
    "bench detector": ("bench", "synthetic-metrics", "-d", EVIL),
    "bench part": ("bench", f"nab/{EVIL}"),
    "bench record": ("bench", f"beats/{EVIL}"),
    "no command": (EVIL,),
    "no option": ("score", f"--{EVIL}"),
    "no value": ("detect", RECORDING, *AS_RECORDING, "--top", EVIL),
}


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    """A folder with a recording, a collection and an ECG record full of such names, and two models of them."""
    from offbeat import PCADetector
    from offbeat.app.loading import load_source
    from offbeat.app.request import Request
    from offbeat.data import read

    folder = tmp_path_factory.mktemp("evil")
    rng, time = np.random.default_rng(0), np.arange(600)
    signals = {name: np.sin(time / 5 + i) + 0.1 * rng.normal(size=600) for i, name in enumerate(CHANNELS)}
    frame = pd.DataFrame(signals).assign(label=((time > 550) & (time < 560)).astype(int))
    frame.loc[551:559, EVIL] += 9
    frame.to_parquet(folder / RECORDING)
    series = np.sin(np.arange(20) / 3) + 0.1 * rng.normal(size=(420, 20))
    series[400:] *= 3
    labels = [NORMAL] * 400 + [f"bad{EVIL}"] * 20
    pd.DataFrame(series, columns=[f"t{i}" for i in range(20)]).assign(label=labels).to_parquet(folder / COLLECTION)
    pd.DataFrame({EVIL: ecg(60)[0]}).to_csv(folder / RECORD, index=False)
    recording = read(folder / RECORDING, kind="recording")
    PCADetector(window=20).fit(recording[:420]).save(folder / "recording-model")
    learned, held_out = load_source(Request(str(folder / COLLECTION), normal=NORMAL)).to_learn()
    PCADetector().fit(learned, validation=held_out).save(folder / "collection-model")
    return folder


def command_names(command=None, before=""):
    """Return the names of all commands, by discovery."""
    command = command or get_command(app)
    if not hasattr(command, "commands"):
        return {before.strip()}
    return set().union(*(command_names(sub, f"{before} {name}") for name, sub in command.commands.items()))


def test_every_command_is_tried():
    words = {" ".join(line[:2]) for line in LINES.values()} | {line[0] for line in LINES.values()}
    assert command_names() <= words


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
def test_nothing_raw_reaches_a_terminal_or_a_page(line, evil, offbeat, monkeypatch):
    monkeypatch.chdir(evil)
    ended = offbeat(*line)
    assert ended.code in (0, 1, 2)
    assert (ended.code == 0) == (RECORDING in line or COLLECTION in line or "--report" in line) or EVIL in line
    assert "please report" not in ended.err
    assert "Glyph" not in ended.err  # which a font does not have
    assert not RAW.search(ended.out + ended.err)
    errors = [one for one in ended.err.splitlines() if one.startswith("offbeat: ")]
    assert len(errors) == bool(ended.code)
    assert all(len(one) <= 500 for one in errors)
    for page in [*evil.glob("*.html"), *evil.glob("figures/*.svg")]:
        assert not RAW.search(page.read_text(encoding="utf-8")), page
    if "--figures" in line:
        drawn = evil / "figures" / "class-counts.svg"
        assert "$x_$" in drawn.read_text(encoding="utf-8"), "a name is drawn as it is, not as a formula"


def test_data_is_left_alone_in_pipes_and_files_and_readable_on_a_terminal(evil, offbeat, monkeypatch):
    monkeypatch.chdir(evil)
    ended = offbeat("score", COLLECTION, "--model", "collection-model")
    assert ended.out.count(NORMAL) == 400
    assert offbeat("score", COLLECTION, "--model", "collection-model", "--out", "scores.csv").code == 0
    assert pd.read_csv("scores.csv")["label"].tolist()[0] == NORMAL
    shown = on_a_terminal("score", COLLECTION, "--model", "collection-model", cwd=evil)
    assert shown.count(r"oke\x1b[31m\x07\u202e$x_$") == 400
    assert not RAW.search(shown.replace("\r\n", "\n"))


def on_a_terminal(*arguments, cwd):
    """Run the command with a terminal for its stdout, and return what it shows."""
    ours, its = pty.openpty()
    command = [Path(sys.executable).with_name("offbeat"), *arguments]
    with subprocess.Popen(command, cwd=cwd, stdout=its, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL):
        os.close(its)
        shown = b""
        while piece := _read(ours):
            shown += piece
    os.close(ours)
    return shown.decode()


def _read(number):
    try:
        return os.read(number, 2**16)
    except OSError:  # Linux says so at the end
        return b""
