"""Score a recording in a Parquet file that may be larger than memory: in parts, several at a time, on many machines."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Unpack

from offbeat.app.executors import executor_of
from offbeat.app.loading import readable
from offbeat.app.request import PanelRequest
from offbeat.app.score_parts import COUNTS, Work, begin_parts, counts_of, quiet, score_part
from offbeat.atomic import writing_file
from offbeat.data.readers.options import Kind, ReadKeywords, ReadOptions, options_from
from offbeat.data.readers.parquet_pieces import ParquetRecording
from offbeat.detectors.base import Detector
from offbeat.detectors.pieces import pieces_of
from offbeat.detectors.saving import load
from offbeat.detectors.unseen import begun
from offbeat.errors import ParameterError
from offbeat.events.severity import Severity
from offbeat.files.lock import holding
from offbeat.parallel import Executor, Processes

__all__ = ["LargeScores", "is_large_file", "score_file", "score_file_with"]

_CELLS, _SHORTEST = 1 << 20, 1 << 14
"""Values of a part, and the least of its time steps: the same on any machine, so that scores are, too."""
_HERE = Processes(1)
_MOST_CELLS = 1 << 25


@dataclass(frozen=True)
class LargeScores:
    """What was scored.

    Parameters
    ----------
    n_times, n_flagged, n_without_score : int
        Time steps, those above the threshold, and those that no window without missing values reaches.
    tiers : dict of str to int
        How many are of each tier.
    n_parts, n_kept : int
        Parts that it was scored in, and those of them that an earlier run had scored.
    domains : tuple of str
        What the data, and what the model has learned from, are about, see :class:`offbeat.Recording`.
    """

    n_times: int
    n_flagged: int
    n_without_score: int
    tiers: dict[str, int]
    n_parts: int
    n_kept: int
    domains: tuple[str, str] = ("", "")

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as plain values."""
        found = asdict(self)
        del found["domains"]
        return found


def is_large_file(path: Path) -> bool:
    """Return whether a Parquet file is so large that it is scored in parts: more than 32 million cells."""
    from pyarrow import lib, parquet

    try:
        about = parquet.read_metadata(path)
    except (OSError, lib.ArrowException):
        return False  # whoever reads it says what is wrong with it
    return bool(about.num_rows * about.num_columns > _MOST_CELLS)


def score_file(
    model: str | Path,
    source: str | Path,
    out: str | Path,
    *,
    scale: str = "raw",
    workers: int | None = None,
    ray: str | None = None,
    length: int | None = None,
    kind: Kind | None = None,
    **options: Unpack[ReadKeywords],
) -> LargeScores:
    """Score a recording in a Parquet file part by part, in bounded memory, with the scores of the whole.

    Parts that are done are kept beside ``out``: where a run was stopped, the next one goes on with the others.

    Parameters
    ----------
    model : str or Path
        A saved detector with a window, whose scores do not depend on all that came before.
    source : str or Path
        A Parquet file, one time step a row, in the order of time.
    out : str or Path
        A Parquet file (``.parquet``), or a folder for one file a part.
    scale : {"raw", "surprise"}
        Of the scores.
    workers : int, optional
        Processes of one thread each; one a processor where None.
    ray : str, optional
        Work on a Ray cluster instead: its address, or ``"local"`` for one on this machine. ``model``, ``source`` and
        ``out`` lie where each of its machines finds them by the same path.
    length : int, optional
        Time steps of a part; where None, so many that parts of all files hold about as many values.
    kind, **options
        How to read ``source``, see :func:`offbeat.read_data`.

    Raises
    ------
    ParameterError
        If parts cannot be scored apart with this detector, its threshold or these options.
    OutputError
        If ``out`` holds something else, or cannot be written.
    FormatError, ModelError
        If the file or the model cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> import numpy as np
    >>> from offbeat import NaiveForecast
    >>> folder = Path(tempfile.mkdtemp())
    >>> pd.DataFrame({"load": np.sin(np.arange(900.0))}).to_parquet(folder / "load.parquet")
    >>> _ = NaiveForecast().fit(np.sin(np.arange(400.0))).save(folder / "model")
    >>> found = score_file(folder / "model", folder / "load.parquet", folder / "scores.parquet", length=300, workers=1)
    >>> found.n_times, found.n_parts
    (900, 3)
    """
    reading = options_from(ReadOptions, {"kind": kind, **options}, "reading data")
    executor = executor_of(PanelRequest(workers=workers, ray=ray))
    return score_file_with(model, source, out, reading, scale=scale, executor=executor, length=length)


def score_file_with(
    model: str | Path,
    source: str | Path,
    out: str | Path,
    options: ReadOptions,
    *,
    scale: str = "raw",
    executor: Executor = _HERE,
    length: int | None = None,
    log: Callable[[str], None] = lambda line: None,
    progress: Callable[[float], None] = lambda share: None,
) -> LargeScores:
    """Score as :func:`score_file` does, with options that were made already; ``log`` gets what to know of the file."""
    out, model, source = Path(out).resolve(), Path(model).resolve(), Path(source).resolve()
    options = replace(options, channels=None if options.channels is None else tuple(options.channel_names or ()))
    detector, recording = load(model), ParquetRecording(source, options)
    _require_apart(detector)
    for note in recording.notes:
        log(note)
    readable(recording.head, detector, log)
    length = length or _length(recording)
    pieces = pieces_of(detector, len(recording), length)
    joined = out.suffix.lower() == ".parquet"
    parts = out.with_name(f"{out.name}.parts") if joined else out
    work = Work(source, options, model, scale, _learned(detector, recording), parts)
    with holding(out):
        begin_parts(work, length, replaces=joined)
        kept = [piece for piece in pieces if work.part(piece.number).exists()]
        todo = [(work, piece) for piece in pieces if not work.part(piece.number).exists()]
        counts = [counts_of(work.part(piece.number)) for piece in kept]
        for found in executor.run(score_part, todo):
            counts.append(found)
            progress(len(counts) / len(pieces))
        if joined:
            _join(out, [work.part(piece.number) for piece in pieces])
            shutil.rmtree(parts, ignore_errors=True)
    total = Counter[str]()
    for each in counts:
        total.update(each)
    tiers = {tier.label: total[tier.label] for tier in Severity}
    domains = (recording.head.domain, detector.domain_)
    return LargeScores(len(recording), total["flagged"], total["without"], tiers, len(pieces), len(kept), domains)


def _require_apart(detector: Detector) -> None:
    """Refuse thresholds that move with each score."""
    moving = [rule.name for rule in (detector.threshold_, *detector.tiers_.thresholds_) if rule.moves]
    if moving:
        raise ParameterError(
            f"the threshold {moving[0]} moves with each score, so that parts cannot be decided apart: choose another "
            "(offbeat threshold), or score the recording as a stream (offbeat watch)"
        )


def _learned(detector: Detector, recording: ParquetRecording) -> int | None:
    """Return which of the stretches that the detector has learned from the file begins with; None where with none."""
    longest = max((each.n_times for each in detector.learned_from_ if each.n_times <= len(recording)), default=0)
    # The detector had as much in memory, and its windows, when it learned.
    return begun(detector, readable(recording.read(0, longest), detector, quiet)) if longest else None


def _length(recording: ParquetRecording) -> int:
    """Return the time steps of a part."""
    return max(_SHORTEST, _CELLS // len(recording.head.channels))


def _join(out: Path, parts: list[Path]) -> None:
    """Write parts as one file, a part at a time."""
    from pyarrow import parquet

    schema = parquet.read_schema(parts[0])
    schema = schema.with_metadata({name: what for name, what in schema.metadata.items() if name != COUNTS})
    with writing_file(out) as beside, parquet.ParquetWriter(beside, schema) as writer:
        for part in parts:
            writer.write_table(parquet.read_table(part).cast(schema))
