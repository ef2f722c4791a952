"""What works where only the core is installed: no PyTorch, no ONNX, no Matplotlib, no library of an extra."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from offbeat.detectors.registry import detector_classes
from offbeat.testing import long_wave, waves
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
    "numba",
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


@pytest.fixture
def environment(tmp_path):
    """Return what runs a program of a new environment, with the core installed; skipped where pip finds nothing."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(program, *arguments):
        place = tmp_path / "env" / "bin" / program
        points = (tmp_path / "load.csv").read_text() if (tmp_path / "load.csv").exists() else ""
        ended = subprocess.run(
            [place, *arguments], cwd=tmp_path, env=own, input=points, capture_output=True, text=True, check=False
        )
        return ended.returncode, " ".join((ended.stdout + ended.stderr).split())

    code, said = run("pip", "install", "-q", "-c", ROOT / "constraints.txt", ROOT)
    if code:
        pytest.skip(f"pip cannot install here: {said[-300:]}")
    return run


@pytest.mark.slow
def test_an_environment_of_the_core_alone_runs_it(environment):
    installed = environment("pip", "list", "--format", "freeze")[1]
    assert not {"torch", "lightning", "onnxruntime", "matplotlib"} & set(re.findall(r"(\S+)==", installed))
    assert environment("python", "-c", MAKE)[0] == 0
    for expected, commands in ((0, COMMANDS), (1, REFUSED)):
        for command, words in commands.items():
            code, said = environment("offbeat", *command.split())
            assert bool(code) == bool(expected), said
            assert words in said


@pytest.mark.slow
def test_exported_models_run_in_an_environment_without_torch(environment, tmp_path):
    series = waves(60)
    for name, cls in detector_classes().items():
        if cls.trains:
            detector = cls.example()
            given = series if detector.kind == "collections" else long_wave(400)
            detector.fit(given).to_onnx(tmp_path / "models" / name)
            np.savez(tmp_path / f"{name}.npz", given=given, scores=detector.decision_function(given))
    code, said = environment("pip", "install", "-q", "onnxruntime")
    if code:
        pytest.skip(f"pip cannot install ONNX Runtime here: {said[-300:]}")
    script = """
import pathlib
import sys
import numpy as np
import offbeat
for folder in sorted(pathlib.Path("models").iterdir()):
    kept = np.load(f"{folder.name}.npz")
    found = offbeat.load(folder).decision_function(kept["given"])
    np.testing.assert_allclose(found, kept["scores"], rtol=1e-5, atol=1e-5)
    print(folder.name)
assert not {"torch", "onnx"} & set(sys.modules)
"""
    code, said = environment("python", "-c", script)
    assert code == 0, said
    assert said.split() == sorted(path.name for path in (tmp_path / "models").iterdir())
