"""``offbeat bench``: public benchmarks."""

from __future__ import annotations

from typing import Annotated

import typer

from offbeat.app.request import Request
from offbeat.cli.options import DataDir, Json
from offbeat.cli.output import print_notice, print_progress, print_tables, print_written, write_json

app = typer.Typer(no_args_is_help=True, help="Run public benchmarks.")


@app.command("nab")
def nab(
    group: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this group of series. Repeatable.")
    ] = None,
    detector: Annotated[
        str | None,
        typer.Option("--detector", "-d", metavar="NAME", help="Another detector than the one for changing streams."),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of that detector. Repeatable.")
    ] = None,
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """Run one configuration on the Numenta Anomaly Benchmark: learn from the first 15 %, then online, no look-ahead."""
    from offbeat.app.places import check_places
    from offbeat.app.settings import make_detector
    from offbeat.bench.nab import run_nab
    from offbeat.errors import ParameterError

    if settings and detector is None:
        raise ParameterError("--set is a setting of the detector that --detector names, but none is named")
    check_places({"json": json}, data_dir=data_dir)
    chosen = None if detector is None else make_detector(detector, settings)
    bench = run_nab(chosen, group or (), data_dir=data_dir, log=print_progress)
    write_json(json, bench.to_dict())
    print_tables(bench.tables())
    print_written(json)


@app.command("beats")
def beats(
    record: Annotated[
        list[str] | None,
        typer.Option(metavar="RECORD", help="Only this record, with annotations (.atr) beside it. Repeatable."),
    ] = None,
    detector: Annotated[
        list[str] | None,
        typer.Option("--detector", "-d", metavar="NAME", help="pca and knn if none is named. Repeatable."),
    ] = None,
    train: Annotated[
        list[str] | None,
        typer.Option(
            "--train", metavar="NAME=VALUE", help="A setting of the training of those that train, such as epochs=10."
        ),
    ] = None,
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """Rank the beats of each record of the MIT-BIH database by how odd they are, and count what is ectopic on top."""
    from offbeat.app.places import check_places
    from offbeat.app.settings import make_detector
    from offbeat.bench.beat_ranking import anomaly_ranking
    from offbeat.detectors.registry import detector_class

    check_places({"json": json}, *map(Request, record or ()), data_dir=data_dir)
    chosen = [make_detector(name, train=train if detector_class(name).trains else None) for name in detector or ()]
    ranking = anomaly_ranking(record or (), chosen, data_dir=data_dir, log=print_progress)
    write_json(json, ranking.to_dict())
    print_tables(ranking.tables())
    print_notice(ranking.domain)
    print_written(json)
