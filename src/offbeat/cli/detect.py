"""``offbeat detect``: what is off, with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.app.request import PanelRequest, Request
from offbeat.cli.options import Json, Model, takes
from offbeat.cli.output import (
    print_note,
    print_notice,
    print_progress,
    print_sentences,
    print_tables,
    print_written,
    write_json,
)
from offbeat.cli.panels import is_many, refuse_of_one, score_many
from offbeat.cli.verdict import FailOn, check_tier, fail_where


@takes(Request, "data", "since", "label", "time", "time_format", "kind", "read", "data_dir")
@takes(PanelRequest)
def detect(
    request: Request,
    panel: PanelRequest,
    model: Model,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write all events: .csv, .json, .jsonl or .parquet. Of many series a folder, with "
            "one list of the events of all, events.csv.",
        ),
    ] = None,
    top: Annotated[
        int,
        typer.Option(min=1, help="How many events to print, highest score first; of many series gravest first."),
    ] = 20,
    min_length: Annotated[int, typer.Option(min=1, help="Time steps that an event of a recording lasts at least.")] = 1,
    merge_gap: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Join events of a recording that so many time steps keep apart, or fewer; a window if not given.",
        ),
    ] = None,
    low: Annotated[
        float | None,
        typer.Option(help="An event goes on while scores of a recording are above this; the threshold if not given."),
    ] = None,
    fail_on: FailOn = None,
    json: Json = None,
) -> None:
    """List what is flagged: which series or when, how high, in which tier, and which channel caused it.

    Of many series (a folder, a pattern, several files, --by) a table has a row for each, the gravest first, and another
    one the gravest of all events. What the model has learned from is looked through, too, unless --since leaves it out.
    """
    check_tier(fail_on)
    if is_many(request, panel):
        from offbeat.app.panels.units import ScoreOptions

        options = ScoreOptions(
            events=out is not None, since=request.since, min_length=min_length, merge_gap=merge_gap, low=low
        )
        score_many(request, panel, model, out, options, json, top=top, fail_on=fail_on)
        return
    refuse_of_one(workers=panel.workers is not None, ray=panel.ray is not None)
    from offbeat.app.aftermath import words_after
    from offbeat.app.loading import load_source, readable, since
    from offbeat.app.outputs import check_event_file, events_to_json, write_found
    from offbeat.app.panels.models import model_for
    from offbeat.app.places import check_places
    from offbeat.app.result_tables import (
        detection_summary,
        event_table,
        learned_note,
        most_like,
        promise,
        unscored_note,
    )
    from offbeat.atomic import all_or_none
    from offbeat.detectors.saving import load
    from offbeat.series.recording import Recording

    check_event_file(out)
    check_places({"out": out, "json": json}, request, model=model)
    detector = load(model_for(model, request, print_progress))
    source = load_source(request, need_normal=False)
    if source.note:
        print_note(source.note)
    data = readable(source.data, detector, print_progress)
    start = since(data, request.since)
    scores = detector.unseen_scores(data)
    events = detector.detect(data, min_length=min_length, merge_gap=merge_gap, low=low, start=start, scores=scores)
    with all_or_none():
        write_found(events, data, out)
        write_json(json, events_to_json(events, data, detector))
    print_progress(promise(detector))
    notes = [*learned_note(detector, data, start), *unscored_note(detector, data) * (not start)]
    print_sentences([*notes, detection_summary(events, data[start:], detector, scores[start:])])
    after = words_after(data, detector, events, start) if isinstance(data, Recording) else None
    print_tables([event_table(events, top, data, most_like(detector, data, events), after)])
    print_notice(data.domain, detector.domain_)
    print_written(out, json)
    fail_where((event.severity.label for event in events), fail_on)
