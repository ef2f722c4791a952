"""``offbeat detect``: what is off, with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.options import Data, DataDir, Json, Label, Model, Noun, Read, Time
from offbeat.cli.output import note, say, show, tell, write_json


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
    noun: Noun = None,
    read: Read = None,
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """List what is flagged: which series or when, how high, in which tier, and which channel caused it."""
    from offbeat.bench.loading import Source, load_source, readable
    from offbeat.bench.outputs import event_rows, event_table, write_found
    from offbeat.detectors.persistence import load

    detector = load(model)
    source = load_source(data, label=label, time=time, noun=noun, read=read, data_dir=data_dir, need_normal=False)
    if isinstance(source, Source) and source.note:
        note(source.note)
    found_in = readable(source.data, detector, say)
    events = detector.detect(found_in, min_length=min_length, merge_gap=merge_gap, low=low)
    show([event_table(events, top, found_in)])
    if detector.window is None:
        tell(f"{len(events):,} of {len(found_in):,} {'beats' if noun == 'beats' else 'series'} flagged")
    else:
        flagged, n = sum(map(len, events)), len(found_in)
        plural = "s"[: len(events) != 1]
        tell(f"{len(events):,} event{plural}, {flagged:,} of {n:,} time steps flagged")
    if out is not None:
        write_found(events, found_in, out)
        say(f"wrote {out}")
    counted = "n_series" if detector.window is None else "n_times"
    write_json(json, {counted: len(found_in), "events": event_rows(events, found_in)})
