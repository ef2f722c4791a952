"""Score a recording in a Parquet file that may be larger than memory: in parts, several at a time, on many machines."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from offbeat.app.loading import readable
from offbeat.app.outputs import score_frame
from offbeat.atomic import writing_file
from offbeat.data.readers.options import DEFAULTS, ReadOptions
from offbeat.data.readers.parquet_pieces import ParquetRecording
from offbeat.detectors.base import Detector
from offbeat.detectors.learned_from import digest_of_parts
from offbeat.detectors.pieces import Piece, pieces_of, score_piece
from offbeat.detectors.saving import load
from offbeat.errors import OutputError, ParameterError
from offbeat.events.severity import Severity
from offbeat.files.lock import holding
from offbeat.parallel import Executor, Processes, one_thread
from offbeat.tables import json_ready
from offbeat.version import __version__

__all__ = ["LargeScores", "score_file"]

_LENGTH = 1 << 20
"""Time steps of a part. It does not depend on the machine, so that scores do not either."""
_HERE = Processes(1)
_MOST_CELLS = 1 << 25
_PLAN, _COUNTS = "plan.json", b"offbeat"


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


@dataclass(frozen=True)
class _Work:
    """What a worker needs to score any part; plain values, so that it can be sent to another machine."""

    source: Path
    options: ReadOptions
    model: Path
    scale: str
    has_learned: bool
    parts: Path

    def part(self, number: int) -> Path:
        return self.parts / f"part-{number:05}.parquet"


def score_file(
    model: str | Path,
    source: str | Path,
    out: str | Path,
    *,
    options: ReadOptions = DEFAULTS,
    scale: str = "raw",
    executor: Executor = _HERE,
    length: int = _LENGTH,
    log: Callable[[str], None] = lambda line: None,
    progress: Callable[[float], None] = lambda share: None,
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
    options : ReadOptions
        How to read ``source``.
    scale : {"raw", "surprise"}
        Of the scores.
    executor : Executor
        Where parts are scored: one after the other here, in processes, or on a cluster. ``model``, ``source`` and
        ``out`` lie where all of its machines reach them by the same path.
    length : int
        Time steps of a part.
    log : callable
        Gets a line on each reading of the file that may be another.
    progress : callable
        Gets the share that is done.

    Raises
    ------
    ParameterError
        If parts cannot be scored apart with this detector or its threshold.
    OutputError
        If ``out`` holds something else, or cannot be written.
    FormatError, ModelError
        If the file or the model cannot be read.
    """
    out, model, source = Path(out).resolve(), Path(model).resolve(), Path(source).resolve()
    detector, recording = load(model), ParquetRecording(source, options)
    _require_apart(detector)
    for note in recording.notes:
        log(note)
    readable(recording.head, detector, log)
    pieces = pieces_of(detector, len(recording), length)
    joined = out.suffix.lower() == ".parquet"
    parts = out.with_name(f"{out.name}.parts") if joined else out
    work = _Work(source, options, model, scale, _has_learned(detector, recording), parts)
    with holding(out):
        _begin(work, length, keep=joined)
        kept = [piece for piece in pieces if work.part(piece.number).exists()]
        counts = [_counts_of(work.part(piece.number)) for piece in kept]
        todo = [(work, piece) for piece in pieces if not work.part(piece.number).exists()]
        for found in executor.run(_score_part, todo):
            counts.append(found)
            progress(len(counts) / len(pieces))
        if joined:
            _join(out, [work.part(piece.number) for piece in pieces])
            shutil.rmtree(parts, ignore_errors=True)
    total = {name: sum(each[name] for each in counts) for name in (counts[0] if counts else {})}
    tiers = {tier.label: int(total.get(tier.label, 0)) for tier in Severity}
    flagged, without = int(total.get("flagged", 0)), int(total.get("without", 0))
    domains = (recording.head.domain, detector.domain_)
    return LargeScores(len(recording), flagged, without, tiers, len(pieces), len(kept), domains)


def _require_apart(detector: Detector) -> None:
    """Refuse thresholds that move with each score."""
    moving = [rule.name for rule in (detector.threshold_, *detector.tiers_.thresholds_) if rule.moves]
    if moving:
        raise ParameterError(
            f"the threshold {moving[0]} moves with each score, so that parts cannot be decided apart: choose another "
            "(offbeat threshold), or score the recording as a stream (offbeat watch)"
        )


def _has_learned(detector: Detector, recording: ParquetRecording) -> bool:
    """Return whether the recording begins with what the detector has learned from."""
    if detector.held_out_from_ < 0 or not detector.learned_from_:
        return False
    learned = detector.learned_from_[0]
    if len(recording) < learned.n_times:
        return False
    starts = range(0, learned.n_times, _LENGTH)
    values = (recording.read(start, min(start + _LENGTH, learned.n_times)).values for start in starts)
    return digest_of_parts((learned.n_times, len(recording.head.channels)), values) == learned.digest


def _begin(work: _Work, length: int, *, keep: bool) -> None:
    """Make the folder of parts, or take over that of an earlier run with the same plan.

    Of another plan, parts beside a file to be written are removed (``keep``); those in a folder of its own are not.
    """
    stat = work.source.stat()
    plan = {
        "offbeat": __version__,
        "source": [str(work.source), stat.st_size, stat.st_mtime_ns],
        "model": _digest_of_folder(work.model),
        "options": json_ready(asdict(work.options)),
        "scale": work.scale,
        "length": length,
    }
    place = work.parts / _PLAN
    if work.parts.exists() and any(work.parts.iterdir()):
        if place.is_file() and json.loads(place.read_text(encoding="utf-8")) == plan:
            return
        if not (keep and place.is_file()):
            raise OutputError(
                f"{work.parts} holds something else than scores of this file by this model and these options: choose "
                "another place, or remove it"
            )
        shutil.rmtree(work.parts)
    with writing_file(place) as beside:
        beside.write_text(json.dumps(plan, indent=2) + "\n", encoding="utf-8")


def _digest_of_folder(model: Path) -> str:
    found = blake2b(digest_size=16)
    for path in sorted(model.iterdir()):
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()


def _quiet(line: str) -> None:
    """Say nothing: it was said once."""


@lru_cache(maxsize=1)
def _opened(work: _Work) -> tuple[Detector, ParquetRecording]:
    """Return the model and the recording, which a worker opens once."""
    return load(work.model), ParquetRecording(work.source, work.options)


def _score_part(work: _Work, piece: Piece) -> dict[str, int]:
    """Score a part, write it, and return how many of its time steps are flagged, without a score, of each tier."""
    from pyarrow import Table, parquet

    place = work.part(piece.number)
    if place.exists():  # another worker had written it before it was lost
        return _counts_of(place)
    with one_thread():
        detector, recording = _opened(work)
        values = readable(recording.read(piece.first, piece.end), detector, _quiet)
        scores = score_piece(detector, piece, values, has_learned=work.has_learned)
        scored = values[piece.start - piece.first : piece.stop - piece.first]
        frame = score_frame(detector, scored, work.scale, scores)
    if "step" in frame:
        frame["step"] += piece.start
    counts = {"flagged": int(frame["flag"].sum()), "without": int(np.isnan(scores).sum())}
    counts |= {tier.label: int((frame["tier"] == tier.label).sum()) for tier in Severity}
    table = Table.from_pandas(frame, preserve_index=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), _COUNTS: json.dumps(counts)})
    with writing_file(place) as beside:
        parquet.write_table(table, beside)
    return counts


def _counts_of(part: Path) -> dict[str, int]:
    from pyarrow import parquet

    found: dict[str, int] = json.loads(parquet.read_schema(part).metadata[_COUNTS])
    return found


def _join(out: Path, parts: list[Path]) -> None:
    """Write parts as one file, a part at a time."""
    from pyarrow import parquet

    schema = parquet.read_schema(parts[0])
    schema = schema.with_metadata({name: what for name, what in schema.metadata.items() if name != _COUNTS})
    with writing_file(out) as beside, parquet.ParquetWriter(beside, schema) as writer:
        for part in parts:
            writer.write_table(parquet.read_table(part).cast(schema))
