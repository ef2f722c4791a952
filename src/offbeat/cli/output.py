"""What the commands print, and the JSON they write."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable

from offbeat.atomic import writing_file
from offbeat.tables import Table

__all__ = ["complain", "note", "say", "show", "write_json", "write_text"]

_WIDTH_WITHOUT_TERMINAL = 140


def show(tables: Iterable[Table]) -> None:
    """Print tables on stdout."""
    console = _console(stderr=False)
    for table in tables:
        if not table.rows:
            continue
        drawn = RichTable(title=table.title, title_justify="left", title_style="bold", caption_justify="left")
        drawn.caption = table.note or None
        for i, column in enumerate(table.columns):
            numeric = all(isinstance(row[i], int | float) or row[i] is None for row in table.rows)
            drawn.add_column(column, justify="right" if numeric else "left")
        for cells in table.cells():
            drawn.add_row(*cells)
        console.print(drawn, markup=False)
        console.print()


def say(text: str) -> None:
    """Print a line of progress on stderr."""
    _console().print(text, markup=False, highlight=False, soft_wrap=True)


def note(text: str) -> None:
    """Print a warning on stderr, as one line."""
    say(f"note: {_one_line(text)}")


def complain(text: str) -> None:
    """Print an error on stderr, as one line."""
    say(f"offbeat: {_one_line(text)}")


def write_json(path: Path | None, content: Any) -> None:
    """Write JSON where a file is named; beside, then renamed."""
    if path is not None:
        write_text(path, json.dumps(content, indent=2, allow_nan=False, default=str) + "\n")
        say(f"wrote {path}")


def write_text(path: Path, text: str) -> None:
    """Write a text file beside, then rename it."""
    with writing_file(path) as beside:
        beside.write_text(text, encoding="utf-8")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _console(stderr: bool = True) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else _WIDTH_WITHOUT_TERMINAL, highlight=False)
