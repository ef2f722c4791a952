"""Files of results, which the pages of the documentation take their tables from."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from offbeat.cli.output import origin, write_json
from offbeat.tables import Table

__all__ = ["write_results"]


def write_results(path: Path | None, tables: Sequence[Table], **facts: Any) -> None:
    """Write tables where a file is named, with the command that was typed, the version and the date.

    Folders of this machine stand in the command as ``FOLDER``, and the file itself does not.
    """
    script, *words = sys.argv
    if "--json" in words:
        place = words.index("--json")
        del words[place : place + 2]
    shown = ["FOLDER" if Path(word).is_dir() else word for word in words]
    command = shlex.join(["python", f"benchmarks/{Path(script).name}", *shown])
    write_json(path, {**origin(command), **facts, "tables": [table.to_dict() for table in tables]})
