"""Notebooks as pages, with the outputs that are saved in them."""

from __future__ import annotations

from pathlib import Path

__all__ = ["NOTEBOOKS", "notebook_page"]

NOTEBOOKS = "docs/notebooks"
# How pandas begins a table. Tables without a class look like those of the pages, and scroll where they are too wide.
_FRAME = '<table border="1" class="dataframe">'


def notebook_page(path: Path) -> tuple[str, dict[str, bytes]]:
    """Return a notebook as Markdown, and its pictures by their names. Nothing in it is run."""
    import nbformat
    from nbconvert import MarkdownExporter

    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["language_info"] = {"name": "python"}  # cells are coloured by it, and some programs leave it out
    text, resources = MarkdownExporter().from_notebook_node(notebook)
    pictures = {f"{path.stem}-{name}": content for name, content in resources["outputs"].items()}
    for name in resources["outputs"]:
        text = text.replace(f"]({name})", f"]({path.stem}-{name})")
    text = text.replace(".ipynb)", ".md)")  # links to other notebooks
    return text.replace(_FRAME, "<table>"), pictures
