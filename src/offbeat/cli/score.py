"""``offbeat score``: a score, a flag and a tier for each series or time step."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.app.request import PanelRequest, Request
from offbeat.cli.large import is_large, score_large
from offbeat.cli.options import Json, Model, Scale, takes
from offbeat.cli.output import print_data, print_notice, print_progress, print_written, write_frame, write_json
from offbeat.cli.panels import is_many, refuse_of_one, score_many
from offbeat.errors import ParameterError


@takes(Request, "data", "since", "label", "time", "time_format", "kind", "read", "data_dir")
@takes(PanelRequest)
def score(
    request: Request,
    panel: PanelRequest,
    model: Model,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A .csv or .parquet file; stdout if not given. Of many series a folder."),
    ] = None,
    scale: Scale = "raw",
    format: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", help="Of many series: csv, or parquet, which is smaller and read faster."),
    ] = None,
    json: Json = None,
) -> None:
    """Score each series, or each time step of a recording: higher is more anomalous.

    Writes a CSV of series (or time), score (or surprise, see --scale), flag, tier and label; for beats with their times
    and RR intervals. What has no score has empty cells. Of many series (a folder, a pattern, several files, --by) the
    scores of each go to a folder, with one table of all. A Parquet file that is large, or with --workers or --ray, is
    scored in parts, to a Parquet file or a folder of them; a run that was stopped is gone on with.
    """
    if is_many(request, panel):
        from offbeat.app.panels.units import ScoreOptions

        if out is None:
            raise ParameterError("the scores of many series go to a folder: name it (--out)")
        options = ScoreOptions(ending=f".{format or 'csv'}", scale=scale, since=request.since)
        score_many(request, panel, model, out, options, json)
        return
    if format is None and is_large(request, panel, out):
        if request.since is not None:
            raise ParameterError("a file that is scored in parts is scored as a whole: leave --since out")
        score_large(request, panel, model, out, scale, json)
        return
    refuse_of_one(workers=panel.workers is not None, ray=panel.ray is not None, format=format is not None)
    from offbeat.app.loading import load_source, readable, since
    from offbeat.app.outputs import score_frame, score_summary
    from offbeat.app.panels.models import model_for
    from offbeat.app.places import check_places
    from offbeat.app.result_tables import learned_note, placement, unscored_note
    from offbeat.app.runs import counted
    from offbeat.atomic import all_or_none
    from offbeat.detectors.saving import load
    from offbeat.words import notice_for

    check_places({"out": out, "json": json}, request, model=model)
    detector = load(model_for(model, request, print_progress))
    source = load_source(request, need_normal=False)
    data = readable(source.data, detector, print_progress)
    start = since(data, request.since)
    frame = score_frame(detector, data, scale).iloc[start:]
    domains = (source.data.domain, detector.domain_)
    with all_or_none():
        write_frame(out, frame)
        write_json(json, {"notice": notice_for(*domains), **score_summary(detector, frame)})
    if placement(detector):
        print_progress(f"each time step is scored by {placement(detector)}")
    for note in [*learned_note(detector, data, start), *unscored_note(detector, data) * (not start)]:
        print_progress(note)
    if out is None:
        print_data(frame.to_csv(index=False))
    else:
        print_progress(f"wrote {out}: {counted(data[start:])}, {int(frame['flag'].sum()):,} flagged")
    print_notice(*domains)
    print_written(json)
