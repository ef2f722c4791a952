"""Standard input as a file, since what is in it is told by its content."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from offbeat.errors import DataError, failing_as

__all__ = ["STDIN", "stdin_as_file"]

STDIN = "-"
"""What stands for standard input in place of a path."""


@contextmanager
def stdin_as_file() -> Iterator[Path]:
    """Give the path of a file that holds all of standard input, and is removed afterwards.

    Raises
    ------
    DataError
        If nothing comes, or there is no room for it.
    """
    with tempfile.TemporaryDirectory(prefix="offbeat-") as folder:
        path = Path(folder, "standard-input")
        with failing_as(DataError, "standard input cannot be read"), path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        if not path.stat().st_size:
            raise DataError("expected data on standard input (-), but it is empty: check the command in front of |")
        yield path
