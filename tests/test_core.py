"""What works where only the core is installed: no PyTorch, no ONNX, no Matplotlib, no library of an extra."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from without import run_without

EXTRAS = {
    "torch",
    "lightning",
    "onnx",
    "onnxscript",
    "onnxruntime",
    "matplotlib",
    "plotly",
    "jinja2",
    "pyarrow",
    "pyod",
}
ROOT = Path(__file__).parents[1]

MAKE = """
import numpy as np

drawn = np.random.default_rng(0)
load = np.sin(2 * np.pi * np.arange(1200) / 24) + 0.1 * drawn.normal(size=1200)
load[1000:1006] += 3
np.savetxt("load.csv", np.c_[600 * np.arange(1200), load], "%.4f", ",", header="time,load", comments="")
np.savetxt("curves.csv", np.sin(np.arange(20) / 3) + 0.1 * drawn.normal(size=(60, 20)), delimiter=",", fmt="%.4f")
"""
COMMANDS = {
    "fit load.csv --kind recording --until 0.7 -d pca --set window=24 --out m": "wrote m",
    "score load.csv --kind recording --model m --out scores.csv": "wrote scores.csv",
    "detect load.csv --kind recording --model m": "alarm",
    "evaluate load.csv --kind recording --model m": "pca finds",
    "threshold m --alarms-per-week 2 --out m2": "wrote m2",
    "fit curves.csv --kind collection --out c": "fitting pca on",
    "watch m": "alarm",
}
REFUSED = {
    "fit curves.csv --kind collection -d lstm-autoencoder --out x": "lstm-autoencoder needs PyTorch: pip install",
    "fit load.csv --kind recording -d nothing --out x": "lstm-autoencoder",
    "report load.csv --kind recording --model m --out r": "pip install 'offbeat[report]'",
    "export m --onnx o": "pip install 'offbeat[onnx]'",
}


def test_the_core_works_without_any_extra(tmp_path):
    code = f"""
{MAKE}
import sys
from contextlib import redirect_stderr, redirect_stdout

import offbeat

for name in offbeat.__all__:
    getattr(offbeat, name)

from offbeat.cli.main import main

def ended(command):
    sys.argv, sys.stdin = ["offbeat", *command.split()], open("load.csv")
    with open("said.txt", "w") as said, redirect_stdout(said), redirect_stderr(said):
        try:
            main()
        except SystemExit as end:
            code = end.code
    return code, " ".join(open("said.txt").read().split())

for expected, commands in ((0, {COMMANDS!r}), (1, {REFUSED!r})):
    for command, words in commands.items():
        code, said = ended(command)
        assert bool(code) == bool(expected) and words in said, (command, code, said)
assert not {EXTRAS!r} & set(sys.modules)
"""
    run_without(EXTRAS, code, tmp_path)


@pytest.mark.slow
def test_an_environment_of_the_core_alone_runs_it(tmp_path):
    """Installs the project and what the core needs, from wherever pip finds it; skipped where it finds nothing."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    places, own = tmp_path / "env" / "bin", {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    install = [places / "pip", "install", "-q", "-c", ROOT / "constraints.txt", ROOT]
    installed = subprocess.run(install, env=own, capture_output=True, text=True, check=False)
    if installed.returncode:
        pytest.skip(f"pip cannot install here: {installed.stderr[-300:]}")
    listed = subprocess.run([places / "pip", "list"], env=own, capture_output=True, text=True, check=True).stdout
    assert not {"torch", "lightning", "onnxruntime", "matplotlib"} & {line.split()[0] for line in listed.splitlines()}
    subprocess.run([places / "python", "-c", MAKE], cwd=tmp_path, env=own, check=True)
    for expected, commands in ((0, COMMANDS), (1, REFUSED)):
        for command, words in commands.items():
            done = [places / "offbeat", *command.split()]
            points = (tmp_path / "load.csv").read_text()
            ended = subprocess.run(
                done, cwd=tmp_path, env=own, input=points, capture_output=True, text=True, check=False
            )
            said = " ".join((ended.stdout + ended.stderr).split())
            assert bool(ended.returncode) == bool(expected), said
            assert words in said
