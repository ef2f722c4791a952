"""``offbeat bench``: detectors over benchmarks, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.app.request import Request
from offbeat.cli.options import Json, takes
from offbeat.cli.output import (
    origin,
    print_notice,
    print_progress,
    print_sentences,
    print_tables,
    print_written,
    write_json,
)

_RESULTS = Path("offbeat-bench.parquet")


@takes(Request, "label", "normal", "time", "time_format", "kind", "read", "until", "data_dir", data="")
def bench(
    request: Request,
    suites: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SUITE",
            help='Suites, parts of them (nab/realTraffic), or labelled data: files and names of "offbeat data list".',
        ),
    ] = None,
    detectors: Annotated[
        str | None,
        typer.Option(
            "--detectors",
            "-d",
            metavar="A,B,C",
            help="Registered detectors or outlier detectors of scikit-learn and PyOD (ECOD), with settings as in "
            "pca:n_components=4:fold=max; each suite's own default where none is named.",
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Processes, of one thread each.")] = 1,
    results: Annotated[
        Path, typer.Option(metavar="FILE", help="Parquet file of results: what it holds is not run again.")
    ] = _RESULTS,
    fresh: Annotated[bool, typer.Option("--fresh", help="Run again what has a result.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write one HTML page with figures, too.")] = None,
    json: Json = None,
) -> None:
    """Compare detectors on public benchmarks or on labelled data, beside simple baselines and random scores.

    Each detector has one configuration for all series of a suite, and is given no labels. Without a suite the suites
    are listed.
    """
    from offbeat.app.places import check_places
    from offbeat.atomic import all_or_none
    from offbeat.bench.compare import run_and_read
    from offbeat.bench.suites.chosen import rounds_of, suite_table

    named = list(suites or ())
    own = [Request(name, data_dir=request.data_dir) for name in named]
    check_places({"results": results, "out": out, "json": json}, *own, data_dir=request.data_dir)
    if not named:
        table = suite_table(request.data_dir)
        write_json(json, table.to_dict())
        print_tables([table])
        print_written(json)
        return
    outcome = run_and_read(rounds_of(named, detectors, request), results, jobs=jobs, fresh=fresh, log=print_progress)
    chosen = "" if detectors is None else f" --detectors {detectors}"
    command = f"offbeat bench {' '.join(named)}{chosen}"
    with all_or_none():
        if out is not None:
            outcome.write_page(out, command)
        write_json(json, origin(command) | outcome.to_dict())
    print_tables(outcome.tables())
    print_sentences(outcome.summary())
    print_notice(*outcome.domains)
    print_written(results, out, json)
