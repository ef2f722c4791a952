"""``offbeat detect``: the series that are off, with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.options import Data, DataDir, Json, Label, Model
from offbeat.cli.output import say, show, tell, write_json, write_text


def detect(
    data: Data,
    model: Model,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="A CSV file for all events.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many events to print, highest score first.")] = 20,
    label: Label = None,
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """List what is flagged: which series, how high, in which tier, where it peaks, and which channel caused it."""
    from offbeat import load
    from offbeat.bench.loading import load_source
    from offbeat.bench.outputs import event_frame, event_table

    detector = load(model)
    source = load_source(data, label=label, data_dir=data_dir, need_normal=False)
    events = detector.detect(source.data)
    show([event_table(events, top)])
    tell(f"{len(events):,} of {len(source.data):,} series flagged")
    if out is not None:
        write_text(out, event_frame(events).to_csv(index=False))
        say(f"wrote {out}")
    write_json(json, {"n_series": len(source.data), "events": [event.to_dict() for event in events]})
