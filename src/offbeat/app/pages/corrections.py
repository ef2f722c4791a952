"""What a report has to say about a review of its record that lies beside it."""

from __future__ import annotations

from offbeat.errors import OffbeatError
from offbeat.files.regular import is_file
from offbeat.records import REVIEW, Record, read_annotations, reviewed_beats

__all__ = ["review_note"]


def review_note(record: Record) -> str:
    """Return that beats and rhythms are not those of the review beside a record; nothing where there is none.

    Examples
    --------
    >>> review_note(Record.from_array([0.0, 0.1], sampling_rate=250))
    ''
    """
    file = record.path.parent / f"{record.name}{REVIEW}"
    if record.in_memory or not is_file(file):
        return ""
    try:
        reviewed = len(reviewed_beats(read_annotations(file)))
    except OffbeatError:  # another program's file of this name says nothing about this report
        return ""
    return f"{file.name} holds {reviewed:,} reviewed beats: beats and rhythms here are the model's, not of that review"
