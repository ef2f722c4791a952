"""What MkDocs runs while it builds the site: pages that have no file in docs/, and links that leave it."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from website.command_pages import command_page
from website.links import INCLUDED, relink
from website.notebooks import NOTEBOOKS, notebook_page
from website.public_names import reference_pages

ROOT = Path(__file__).resolve().parent.parent
# Where the text of an included page stands, which its links start from.
ORIGINS = {page: origin for origin, page in INCLUDED.items()}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages that are made here into the navigation."""
    reference = [{page.title: page.place} for page in reference_pages()]
    notebooks = [f"notebooks/{path.stem}.md" for path in sorted((ROOT / NOTEBOOKS).glob("*.ipynb"))]
    made = {"Reference": [*reference, {"Commands": "reference/commands.md"}], "Notebooks": notebooks}
    sections = [pair for entry in config.nav for pair in entry.items()]
    config.nav = [{name: pages} for name, given in sections if (pages := made.get(name, given))]
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages that are made here."""
    texts = {page.place: page.text for page in reference_pages()}
    texts["reference/commands.md"] = command_page()
    texts |= {page: (ROOT / origin).read_text(encoding="utf-8") for page, origin in ORIGINS.items()}
    for path in sorted((ROOT / NOTEBOOKS).glob("*.ipynb")):
        files.remove(files.src_uris[f"notebooks/{path.name}"])
        texts[f"notebooks/{path.stem}.md"], pictures = notebook_page(path)
        for name, content in pictures.items():
            files.append(File.generated(config, f"notebooks/{name}", content=content))
    for place, text in texts.items():
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links to files of the project into links to their pages, or to the place where the source is kept."""
    place = page.file.src_uri
    return relink(markdown, ORIGINS.get(place, f"docs/{place}"), place, source=config.extra["source"])
