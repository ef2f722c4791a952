"""The notebooks of the documentation: in step with their cells, free of errors, small, without places of a machine."""

import base64
import importlib.util
import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "notebooks"
CELLS = sorted((FOLDER / "cells").glob("*.py"))
QUICK = "csv_of_beats"


@pytest.fixture(scope="module")
def runner():
    found = importlib.util.spec_from_file_location("run_notebooks", ROOT / "scripts" / "run_notebooks.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def outputs_of(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", ())]


def shown(output):
    """Each kind of an output with its text."""
    texts = {key: "".join(value) for key, value in output.get("data", {}).items()}
    return {**texts, **({"text": "".join(output["text"])} if "text" in output else {})}


def test_each_notebook_has_cells_and_each_script_a_notebook():
    assert len(CELLS) > 5
    assert {path.stem for path in CELLS} == {path.stem for path in FOLDER.glob("*.ipynb")}


@pytest.mark.parametrize("path", CELLS, ids=lambda path: path.stem)
def test_a_notebook_is_in_step_with_its_cells(path, runner):
    notebook = nbformat.read(FOLDER / f"{path.stem}.ipynb", as_version=4)
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == runner.cells_of(path.read_text())
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1)), "make notebooks"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_outputs_are_small_and_say_nothing_of_the_machine(path):
    notebook = nbformat.read(path, as_version=4)
    found = outputs_of(notebook)
    assert not [output for output in found if output.output_type == "error"]
    assert path.stat().st_size < 400_000
    texts = [shown(output) for output in found]
    assert all(len(base64.b64decode(text["image/png"])) < 60_000 for text in texts if "image/png" in text)
    words = "\n".join(text for kinds in texts for kind, text in kinds.items() if kind != "image/png")
    assert not re.search(r"(?<![\w.<])/(?:home|root|tmp|work|usr|var|Users)\b|ipykernel_", words)
    assert not [output for output in found if output.get("name") == "stderr"], "a reader would see a warning"


def executed_cells(runner, name, monkeypatch, tmp_path):
    monkeypatch.setenv("OFFBEAT_DATA", str(tmp_path))  # nothing is there: the built-in data is taken
    return runner.execute(runner.notebook_of((FOLDER / "cells" / f"{name}.py").read_text()))


@pytest.mark.parametrize(
    "name",
    [pytest.param(path.stem, marks=[] if path.stem == QUICK else pytest.mark.slow) for path in CELLS],
)
def test_a_notebook_runs_anywhere(name, runner, monkeypatch, tmp_path):
    notebook = executed_cells(runner, name, monkeypatch, tmp_path)
    found = outputs_of(notebook)
    assert any("image/png" in output.get("data", {}) for output in found)
    assert any("text/html" in output.get("data", {}) for output in found)
