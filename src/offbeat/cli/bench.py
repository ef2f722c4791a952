"""``offbeat bench``: public benchmarks."""

from __future__ import annotations

from typing import Annotated

import typer

from offbeat.cli.options import DataDir, Json
from offbeat.cli.output import say, show, write_json

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
    from offbeat.bench.recordings.nab import run_nab
    from offbeat.bench.settings import make_detector
    from offbeat.errors import ParameterError

    if settings and detector is None:
        raise ParameterError("--set is a setting of the detector that --detector names, but none is named")
    chosen = None if detector is None else make_detector(detector, settings)
    bench = run_nab(chosen, group or (), data_dir=data_dir, say=say)
    show(bench.tables())
    write_json(json, bench.to_dict())
