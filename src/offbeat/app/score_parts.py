"""The parts that a recording in a Parquet file is scored in: what a worker needs, and what it writes."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from offbeat.app.loading import readable
from offbeat.app.outputs import score_frame
from offbeat.atomic import writing_file
from offbeat.data.readers.options import ReadOptions
from offbeat.data.readers.parquet_pieces import ParquetRecording
from offbeat.detectors.base import Detector
from offbeat.detectors.pieces import Piece, score_piece
from offbeat.detectors.saving import load
from offbeat.errors import OutputError
from offbeat.estimators.folder import model_files
from offbeat.events.severity import Severity
from offbeat.files.digests import digest_of_files
from offbeat.tables import json_ready
from offbeat.threads import one_thread
from offbeat.version import __version__

__all__ = ["COUNTS", "Work", "begin_parts", "counts_of", "quiet", "score_part"]

_PLAN = "plan.json"
COUNTS = b"offbeat"
"""Where in the metadata of a part its counts stand."""


@dataclass(frozen=True)
class Work:
    """What a worker needs to score any part; plain values, so that it can be sent to another machine.

    Parameters
    ----------
    source, options
        The Parquet file, and how to read it.
    model : Path
        The folder of the model.
    scale : {"raw", "surprise"}
        Of the scores.
    learned : int, optional
        Which of the stretches that the model has learned from the file begins with.
    parts : Path
        The folder that parts are written to.
    """

    source: Path
    options: ReadOptions
    model: Path
    scale: str
    learned: int | None
    parts: Path

    def part(self, number: int) -> Path:
        """Return where a part goes."""
        return self.parts / f"part-{number:05}.parquet"


def begin_parts(work: Work, length: int, *, replaces: bool) -> None:
    """Make the folder of parts, or take over that of an earlier run with the same plan.

    Of another plan, parts beside a file to be written are removed (``replaces``); those in a folder of its own are not.
    """
    stat = work.source.stat()
    plan = {
        "offbeat": __version__,
        "source": [str(work.source), stat.st_size, stat.st_mtime_ns],
        "model": digest_of_files(model_files(work.model)),
        "options": json_ready(asdict(work.options)),
        "scale": work.scale,
        "length": length,
    }
    text = json.dumps(plan, indent=2) + "\n"
    place = work.parts / _PLAN
    if work.parts.exists() and any(work.parts.iterdir()):
        if place.is_file() and place.read_bytes() == text.encode():
            return
        if not (replaces and place.is_file()):
            raise OutputError(
                f"{work.parts} holds something else than scores of this file by this model and these options: choose "
                "another place, or remove it"
            )
        shutil.rmtree(work.parts)
    with writing_file(place) as beside:
        beside.write_bytes(text.encode())


def quiet(line: str) -> None:
    """Say nothing: it was said once."""


@lru_cache(maxsize=1)
def _opened(work: Work) -> tuple[Detector, ParquetRecording]:
    """Return the model and the recording, which a worker opens once."""
    return load(work.model), ParquetRecording(work.source, work.options)


def score_part(work: Work, piece: Piece) -> dict[str, int]:
    """Score a part, write it, and return how many of its time steps are flagged, without a score, of each tier."""
    from pyarrow import Table, parquet

    place = work.part(piece.number)
    if place.exists():  # another worker had written it before it was lost
        return counts_of(place)
    with one_thread():
        detector, recording = _opened(work)
        values = readable(recording.read(piece.first, piece.end), detector, quiet)
        scores = score_piece(detector, piece, values, work.learned)
        scored = values[piece.start - piece.first : piece.stop - piece.first]
        frame = score_frame(detector, scored, work.scale, scores)
    if "step" in frame:
        frame["step"] += piece.start
    counts = {"flagged": int(frame["flag"].sum()), "without": int(np.isnan(scores).sum())}
    counts |= {tier.label: int((frame["tier"] == tier.label).sum()) for tier in Severity}
    table = Table.from_pandas(frame, preserve_index=False)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), COUNTS: json.dumps(counts)})
    with writing_file(place) as beside:
        parquet.write_table(table, beside)
    return counts


def counts_of(part: Path) -> dict[str, int]:
    """Return the counts that stand in a part, as :func:`score_part` returned them."""
    from pyarrow import parquet

    found: dict[str, int] = json.loads(parquet.read_schema(part).metadata[COUNTS])
    return found
