"""Make notebooks of their cells, execute them, and write them with their outputs.

``docs/notebooks/cells/NAME.py`` holds the cells of ``docs/notebooks/NAME.ipynb`` as a script: ``# %%`` begins code,
``# %% [markdown]`` text. Each runs in a folder of its own that is thrown away. Outputs are made small, and hold no path
of the machine.
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from PIL import Image

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "notebooks"
TIMEOUT = 300  # seconds a cell, for busy machines
COLOURS = 64
_MARK = re.compile(r"^# %%(?: \[(markdown)\])?.*\n", re.MULTILINE)
_PLACES = (
    (re.compile(r"/[^\s'\"<>]*?/(?=(?:offbeat|site-packages)/)"), ""),
    (re.compile(r"/[^\s'\"<>]*/ipykernel_\d+/\d+\.py:\d+"), "<cell>"),
)


def cells_of(script: str) -> list[tuple[str, str]]:
    """Return the cells of a script as pairs of kind (``code`` or ``markdown``) and source."""
    parts = _MARK.split(script)[1:]
    found = []
    for kind, source in zip(parts[::2], parts[1::2], strict=True):
        lines = source.strip().splitlines()
        text = "\n".join(line.removeprefix("#").removeprefix(" ") if kind else line for line in lines)
        found.append((kind or "code", text))
    return found


def notebook_of(script: str) -> Any:
    """Return a notebook without outputs."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for number, (kind, source) in enumerate(cells_of(script)):
        make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        notebook.cells.append(make(source, id=f"cell-{number}"))
    return notebook


def execute(notebook: Any) -> Any:
    """Run all cells in an empty folder; return the notebook with small outputs that name no place of this machine."""
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook, timeout=TIMEOUT, kernel_name="python3", resources={"metadata": {"path": folder}}
        )
        client.execute()
        text = nbformat.writes(notebook).replace(folder, ".")
    notebook = nbformat.reads(text, as_version=4)
    notebook.metadata.pop("language_info", None)
    for cell in notebook.cells:
        cell.metadata.clear()
        for output in cell.get("outputs", ()):
            _tidy(output)
    return notebook


def _tidy(output: Any) -> None:
    if "text" in output:
        output["text"] = _without_places(output["text"])
    data = output.get("data", {})
    for kind, content in data.items():
        if kind == "image/png":
            data[kind] = _smaller(content)
        elif isinstance(content, str):
            data[kind] = _without_places(content)


def _without_places(text: str) -> str:
    for pattern, instead in _PLACES:
        text = pattern.sub(instead, text)
    return text


def _smaller(png: str) -> str:
    """Return a picture with a palette: a third of the size, and lines look the same."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    picture.save(buffer, "png", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def main() -> None:
    """Execute the named notebooks, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="all where none is given")
    wanted = parser.parse_args().names
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for path in sorted((FOLDER / "cells").glob("*.py")):
        if wanted and path.stem not in wanted:
            continue
        begun = time.monotonic()
        notebook = execute(notebook_of(path.read_text(encoding="utf-8")))
        target = FOLDER / f"{path.stem}.ipynb"
        target.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
        sys.stderr.write(f"{path.stem}: {time.monotonic() - begun:.0f} s, {target.stat().st_size / 1000:.0f} kB\n")


if __name__ == "__main__":
    main()
