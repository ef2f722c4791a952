"""ECG records and what is written about them: signals read piece by piece, annotation files, classes of beats."""

from __future__ import annotations

from offbeat.records.annotations import (
    EXTENSION,
    REFERENCE,
    REVIEW,
    Annotations,
    beats,
    read_annotations,
    write_annotations,
)
from offbeat.records.beat_remarks import NO_BEAT, BeatRemark, reviewed_beats
from offbeat.records.opening import open_record
from offbeat.records.quality import QualityRules, QualityScan, Span, unreadable
from offbeat.records.record import Record

__all__ = [
    "EXTENSION",
    "NO_BEAT",
    "REFERENCE",
    "REVIEW",
    "Annotations",
    "BeatRemark",
    "QualityRules",
    "QualityScan",
    "Record",
    "Span",
    "beats",
    "open_record",
    "read_annotations",
    "reviewed_beats",
    "unreadable",
    "write_annotations",
]
