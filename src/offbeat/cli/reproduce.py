"""``offbeat reproduce``: the reference systems, published, ours and baselines side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.options import DataDir, Json
from offbeat.cli.output import print_notice, print_progress, print_tables, print_written, write_json


def reproduce(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="ecg5000, mitbih, nab-traveltime or synthetic.")],
    quick: Annotated[
        bool, typer.Option("--quick", help="A few epochs: to see that it works, not what it is worth.")
    ] = False,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the page and the figures go.")] = Path(
        "reproduce-output"
    ),
    seed: Annotated[int, typer.Option(min=0, help="Seed of the detectors; the split stays that of the reference.")] = 0,
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """Run a reference system with its published settings and with ours, beside the baselines."""
    from offbeat.app.places import check_places
    from offbeat.atomic import all_or_none
    from offbeat.bench.recipes import load_recipe, run_recipe

    load_recipe(recipe)  # a wrong name is reported before a wrong place
    page, figures = out / recipe / "report.html", out / recipe / "figures"
    check_places({"out": page, "json": json}, folders={"out": figures}, data_dir=data_dir)
    results = run_recipe(recipe, data_dir=data_dir, quick=quick, seed=seed, log=print_progress)
    with all_or_none():
        results.write_figures(figures)
        results.write_page(page, f"offbeat reproduce {recipe}{' --quick' * quick}")
        write_json(json, results.to_dict())
    print_tables(results.tables())
    print_notice(results.domain)
    print_progress(f"wrote {page} and the figures beside it")
    print_written(json)
