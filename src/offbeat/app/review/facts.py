"""What the page of a review is told, as JSON: the record, its beats, and where the review stands."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from offbeat.app.review.beats import ReviewBeat
from offbeat.app.review.session import Change, ReviewSession
from offbeat.ecg.episodes import RHYTHMS
from offbeat.records import Annotations
from offbeat.records.aami import AAMI, SHORT_NAMES
from offbeat.version import __version__
from offbeat.words import NOTICE, printable

__all__ = ["beat_columns", "change_facts", "record_facts", "state_facts"]

_LONGEST_NAME = 60


def record_facts(session: ReviewSession) -> dict[str, Any]:
    """Return everything that the page needs to begin."""
    record, end = session.record, session.n_times
    return {
        "name": printable(record.name, _LONGEST_NAME),
        "leads": [printable(lead, _LONGEST_NAME) for lead in record.channels],
        "units": [printable(unit, _LONGEST_NAME) for unit in record.units],
        "rate": session.sampling_rate,
        "samples": end,
        "source": printable(session.source),
        "notice": NOTICE,
        "version": __version__,
        "classes": dict(AAMI),
        "words": dict(SHORT_NAMES),
        "rhythms": _rhythms(session.others, end),
        "unreadable": _unreadable(session.others, end),
        "worth": session.worth,
        "beats": beat_columns(session.beats),
        "state": state_facts(session),
    }


def state_facts(session: ReviewSession) -> dict[str, Any]:
    """Return where the review stands."""
    return {
        "version": session.version,
        "unsaved": session.unsaved,
        "undoable": session.undoable,
        "place": printable(str(session.place)),
        "file": printable(session.place.name, _LONGEST_NAME),
        "report": printable(session.report_command),
    }


def change_facts(session: ReviewSession, change: Change) -> dict[str, Any]:
    """Return what a step changed, and where the review stands after it."""
    return {"beats": beat_columns(change.changed), "removed": change.removed, "state": state_facts(session)}


def beat_columns(beats: Mapping[int, ReviewBeat]) -> dict[str, list[Any]]:
    """Return beats column by column, which takes a third of the room of a row each."""
    every: Iterable[ReviewBeat] = beats.values()
    return {
        "number": list(beats),
        "sample": [beat.sample for beat in every],
        "symbol": [beat.symbol for beat in every],
        "was": [beat.original for beat in every],
        "confidence": [None if math.isnan(beat.remark.confidence) else beat.remark.confidence for beat in every],
        "doubtful": [int(beat.remark.doubtful) for beat in every],
        "reviewed": [int(beat.remark.reviewed) for beat in every],
    }


def _rhythms(others: Annotations, end: int) -> list[tuple[int, int, str, str]]:
    """Return the rhythms of the annotations: from and to which sample, the code and its meaning."""
    begun = others.where(others.symbols == "+")
    codes = [str(aux).strip("\0 ").removeprefix("(") for aux in begun.aux]
    stops = [*begun.samples.tolist(), end][1:]
    return [
        (start, stop, printable(code, _LONGEST_NAME), RHYTHMS.get(code, printable(code, _LONGEST_NAME)))
        for start, stop, code in zip(begun.samples.tolist(), stops, codes, strict=True)
        if code
    ]


def _unreadable(others: Annotations, end: int) -> list[tuple[int, int, str]]:
    """Return the noisy stretches of the annotations: from and to which sample, and why."""
    found: list[tuple[int, int, str]] = []
    begun: tuple[int, str] | None = None
    marks = others.where(others.symbols == "~")
    for sample, subtype, aux in zip(marks.samples.tolist(), marks.subtypes.tolist(), marks.aux.tolist(), strict=True):
        if begun is not None:
            found.append((begun[0], sample, begun[1]))
        begun = (sample, printable(aux, _LONGEST_NAME) or "noise") if subtype else None
    return [*found, (begun[0], end, begun[1])] if begun is not None else found
