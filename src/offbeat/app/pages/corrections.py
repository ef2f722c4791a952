"""What a person has said about the beats of a record, in the words of a report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from offbeat.errors import OffbeatError
from offbeat.files.regular import is_file
from offbeat.records import NO_BEAT, REVIEW, Annotations, Record, read_annotations, reviewed_beats
from offbeat.records.beat_remarks import beat_remark
from offbeat.words import plural

__all__ = ["Review", "review_note"]


@dataclass(frozen=True)
class Review:
    """The annotation file whose beats a report is about.

    Parameters
    ----------
    file : str
        Its name.
    reviewed : int
        How many of its beats a person has reviewed.
    changed : int
        How many of these got another class, were added, or are none.
    by_program : bool
        Whether a program has named the others.

    Examples
    --------
    >>> beats = Annotations([77, 370, 600], ["N", "V", "N"], aux=["doubtful", "reviewed, was N", "reviewed"])
    >>> print(Review.of(beats, "strip.rev"))
    Beats and classes are those of strip.rev: 2 beats reviewed by a person, 1 changed; a program named the others.
    """

    file: str
    reviewed: int
    changed: int
    by_program: bool

    @classmethod
    def of(cls, annotations: Annotations, file: str) -> Self:
        """Return what stands in annotations, those of a file of some name."""
        reviewed = reviewed_beats(annotations)
        changed = _changed(reviewed.symbols.tolist(), reviewed.aux.tolist())
        return cls(file, len(reviewed), changed, len(reviewed) > 0 or any(map(_by_program, annotations.aux.tolist())))

    def __str__(self) -> str:
        source = f"Beats and classes are those of {self.file}"
        if not self.by_program:
            return f"{source}."
        reviewed = f"{plural(self.reviewed, 'beat')} reviewed by a person, {self.changed:,} changed"
        return f"{source}: {reviewed}; a program named the others."


def _changed(symbols: Iterable[str], remarks: Iterable[str]) -> int:
    said = zip(symbols, map(beat_remark, remarks), strict=True)
    return sum(symbol == NO_BEAT or remark.added or bool(remark.was) for symbol, remark in said)


def _by_program(aux: str) -> bool:
    remark = beat_remark(aux)
    return remark.doubtful or remark.confidence == remark.confidence


def review_note(record: Record) -> str:
    """Return that beats and rhythms are not those of the review beside a record; nothing where there is none.

    Examples
    --------
    >>> review_note(Record.from_array([0.0, 0.1], sampling_rate=250))
    ''
    """
    file = review_of(record)
    if file is None:
        return ""
    try:
        reviewed = len(reviewed_beats(read_annotations(file)))
    except OffbeatError:  # another program's file of this name says nothing about this report
        return ""
    return (
        f"{file.name} holds {plural(reviewed, 'reviewed beat')}: beats and rhythms here are the model's, not of that "
        f"review; for a report of those give --annotations {file.name}"
    )


def review_of(record: Record) -> Path | None:
    """Return the file of a review beside a record; None where there is none."""
    file = record.path.parent / f"{record.name}{REVIEW}"
    return None if record.in_memory or not is_file(file) else file
