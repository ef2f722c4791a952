"""Notebooks as pages, with the outputs that are saved in them."""

from __future__ import annotations

from pathlib import Path

__all__ = ["NOTEBOOKS", "notebook_page"]

NOTEBOOKS = "docs/notebooks"


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
    return text.replace(".ipynb)", ".md)"), pictures  # links to other notebooks
