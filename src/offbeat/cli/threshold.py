"""``offbeat threshold``: other alarms from a saved model, without training it again."""

from __future__ import annotations

from offbeat.app.request import PanelRequest, Request, ThresholdRequest
from offbeat.cli.options import Json, takes
from offbeat.cli.output import print_note, print_notice, print_progress, print_tables, print_written, write_json
from offbeat.cli.panels import preview_many
from offbeat.cli.threshold_options import AnyModel, Live, Out, Plot, Step, Top, Write


@takes(ThresholdRequest)
@takes(PanelRequest, "by", "workers", "ray")
@takes(Request, "data", "label", "normal", "time", "time_format", "kind", "read", "data_dir", if_given="data")
def threshold(
    request: Request | None,
    panel: PanelRequest,
    wanted: ThresholdRequest,
    model: AnyModel,
    step: Step = None,
    live: Live = None,
    write: Write = False,
    out: Out = None,
    plot: Plot = None,
    top: Top = 20,
    json: Json = None,
) -> None:
    """Preview another threshold for a saved model, and set it with --write or --out.

    The threshold is learned from the held-out scores that the model keeps: nothing is trained. Streams are scored
    otherwise than finished recordings, and have a threshold of their own by the same rule: both are shown. It stands
    beside the present one, half the rate and twice the rate. With --data, what each of them would have raised there is
    shown, too: events in each week, how many of the labelled anomalies were met, and the events by the new threshold.
    Nothing is changed unless --write or --out says so.

    Of models by key, or of many series (--data: a folder, a pattern in quotes; --by), a table has a row for each key.
    """
    from offbeat.app.threshold_runs import ThresholdRun

    run = ThresholdRun(model, request, panel, wanted, step, live, write, out)
    run.check({"json": json, "plot": plot})
    print_progress(f"loading {model}" + ("" if request is None else f", and scoring {request.data} with it"))
    if run.is_many:
        preview_many(run, json)
        return
    from offbeat.atomic import all_or_none
    from offbeat.report.files import write_picture

    detector, found = run.choices(print_progress)
    tables = found.tables(top)
    with all_or_none():
        if run.place is not None:
            found.detector.save(run.place)
        if plot is not None:
            write_picture(found.figure(), plot)
        write_json(json, {**run.about(), **found.to_dict(), "tables": [table.to_dict() for table in tables]})
    for sentence in found.sentences():
        print_progress(sentence)
    for caution in found.cautions():
        print_note(caution)
    print_tables(tables)
    print_notice(detector.domain_)
    if run.only_shown:
        print_progress(f"{model} is as it was: --write sets the new threshold, --out FOLDER writes a copy")
    print_written(run.place, plot, json)
