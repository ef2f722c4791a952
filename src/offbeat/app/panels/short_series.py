"""Files of short series where recordings are expected: the two halves of an archive's data set, mostly."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from offbeat.data.panels import files_of
from offbeat.data.readers.options import ReadOptions
from offbeat.data.readers.read import read_with
from offbeat.errors import DataError, OffbeatError, ignoring
from offbeat.series.recording import Recording

__all__ = ["refuse_short_series"]


def refuse_short_series(places: Sequence[str], options: ReadOptions, without: Path | None = None) -> None:
    """Refuse files of short series before time is spent on all of them: the first two tell.

    Parameters
    ----------
    places : sequence of str
        Files, folders and patterns.
    options : ReadOptions
        How to read them.
    without : Path, optional
        The folder that results go to.

    Raises
    ------
    DataError
        If both hold short series; the message says how to fit on the one and evaluate on the other.
    """
    files = [path for place in places for path in files_of(Path(place), without)][:2]
    if len(files) < 2 or not all(_holds_short_series(path, options) for path in files):
        return
    train, test = map(str, files)
    fit = shlex.join(["offbeat", "fit", train, "--out", "MODEL"])
    evaluate = shlex.join(["offbeat", "evaluate", test, "--model", "MODEL", "--train", train])
    raise DataError(
        f"expected recordings, but {train} and {test} hold short series, one a row: learn from the one ('{fit}'), and "
        f"evaluate on the other ('{evaluate}'); or say that their columns are channels (kind='recording')"
    )


def _holds_short_series(path: Path, options: ReadOptions) -> bool:
    try:
        with ignoring(Warning):
            return not isinstance(read_with(path, options), Recording)
    except OffbeatError:
        return False  # reading it as one of many says why
