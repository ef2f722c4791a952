"""``offbeat detect``: what is off, with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.options import Data, DataDir, Json, Kind, Label, Model, Read, Time
from offbeat.cli.output import caution, conclude, note, say, say_wrote, show, write_json


def detect(
    data: Data,
    model: Model,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all events: .csv, .json, .jsonl or .parquet.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many events to print, highest score first.")] = 20,
    min_length: Annotated[int, typer.Option(min=1, help="Time steps that an event of a recording lasts at least.")] = 1,
    merge_gap: Annotated[
        int, typer.Option(min=0, help="Join events of a recording that so many time steps keep apart, or fewer.")
    ] = 0,
    low: Annotated[
        float | None,
        typer.Option(help="An event goes on while scores of a recording are above this; the threshold if not given."),
    ] = None,
    label: Label = None,
    time: Time = None,
    kind: Kind = None,
    read: Read = None,
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """List what is flagged: which series or when, how high, in which tier, and which channel caused it."""
    from offbeat.app.loading import Source, load_source, readable
    from offbeat.app.outputs import event_rows, event_table, write_found
    from offbeat.app.places import check_places
    from offbeat.atomic import all_or_none
    from offbeat.detectors.saving import load
    from offbeat.events.files import check_ending
    from offbeat.words import notice_for

    if out is not None:
        check_ending(out)
    check_places({"out": out, "json": json}, data=[data], model=model, label=label, data_dir=data_dir)
    detector = load(model)
    source = load_source(data, label=label, time=time, kind=kind, read=read, data_dir=data_dir, need_normal=False)
    if isinstance(source, Source) and source.note:
        note(source.note)
    found_in = readable(source.data, detector, say)
    events = detector.detect(found_in, min_length=min_length, merge_gap=merge_gap, low=low)
    counted = "n_series" if detector.window is None else "n_times"
    with all_or_none():
        if out is not None:
            write_found(events, found_in, out)
        told = {"notice": notice_for(found_in.domain, detector.domain_), counted: len(found_in)}
        write_json(json, {**told, "events": event_rows(events, found_in)})
    show([event_table(events, top, found_in)])
    if detector.window is None:
        conclude([f"{len(events):,} of {len(found_in):,} {'beats' if kind == 'beats' else 'series'} flagged"])
    else:
        flagged, n = sum(map(len, events)), len(found_in)
        plural = "s"[: len(events) != 1]
        conclude([f"{len(events):,} event{plural}, {flagged:,} of {n:,} time steps flagged"])
    caution(found_in.domain, detector.domain_)
    say_wrote(out, json)
