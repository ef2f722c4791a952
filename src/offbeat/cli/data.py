"""``offbeat data``: which data sets there are, and how to get them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from offbeat.app.request import PanelRequest, Request
from offbeat.cli.options import DataDir, Json, takes
from offbeat.cli.output import (
    print_data,
    print_note,
    print_notice,
    print_progress,
    print_tables,
    print_written,
    write_json,
)
from offbeat.cli.panels import is_many
from offbeat.tables import Table
from offbeat.words import did_you_mean, notice_for

_AXES = " (series x channels x time steps)"

app = typer.Typer(no_args_is_help=True, help="List, show and get the data sets of the catalogue.")

Name = Annotated[str, typer.Argument(metavar="NAME", help='A name that "offbeat data list" prints.')]


@app.command("list")
def list_data(
    family: Annotated[
        str | None, typer.Argument(metavar="FAMILY", help="Show each data set of a family, such as nab.")
    ] = None,
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """List the data sets: shape, classes, whether they are on this machine. Families are one line each."""
    from offbeat.app.places import check_places
    from offbeat.data import find, names
    from offbeat.errors import ParameterError

    check_places({"json": json}, data_dir=data_dir)
    members: dict[str, list[str]] = {}
    for name in names():
        head = name.partition("/")[0]
        members.setdefault(name if family in (head, name) else head, []).append(name)
    if family is not None:
        members = {name: sets for name, sets in members.items() if family in (name.partition("/")[0], name)}
        if not members:
            meant = did_you_mean(family, {name.partition("/")[0] for name in names()})
            raise ParameterError(f'no data set or family is called {family!r}: {meant}"offbeat data list" lists them')
    rows = []
    for name, sets in members.items():
        first = find(sets[0])
        label = name if len(sets) == 1 else f"{name}/… ({len(sets)})"
        shape = " x ".join(f"{n:,}" for n in first.shape) if len(sets) == 1 else ""
        title = first.title if len(sets) == 1 else first.title.partition(",")[0].partition(":")[0].rstrip(" 0123456789")
        rows.append([label, title, first.kind, shape, len(first.counts) or "", first.licence, _where(sets, data_dir)])
    columns = ["name", "what", "kind", "shape", "classes", "licence", "where"]
    note = "Shapes are series x channels x time steps, of a recording time steps x channels."
    table = Table("Data sets", columns, rows, note=note)
    write_json(json, table.to_dict())
    print_tables([table])
    print_written(json)


@app.command("show")
@takes(Request, "data", "label", "normal", "time", "time_format", "kind", "read", "data_dir")
@takes(PanelRequest, "by")
def show_data(
    request: Request,
    panel: PanelRequest,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw what would be read, as .png or .svg, too.")
    ] = None,
    json: Json = None,
) -> None:
    """Show a data set of the catalogue, with its licence and source, or what would be read from a file.

    Of a file: its kind and size, what each column is taken for, its times with their zone and gaps, and what it might
    have been meant as instead. Of many series (a folder, a pattern, --by): a row for each.
    """
    from offbeat.app.places import check_places
    from offbeat.atomic import all_or_none
    from offbeat.data import names

    check_places({"plot": plot, "json": json}, request)
    if is_many(request, panel):
        shown = _read_many(request, panel, plot)
    else:
        shown = _catalogued(request) if request.data in names() and plot is None else _read(request)
    with all_or_none():
        write_json(json, shown.facts)
        if plot is not None:
            from offbeat.app.shown import draw

            draw(shown.data, plot)
    print_tables(shown.tables)
    print_notice(shown.domain)
    print_written(plot, json)


class _Shown(NamedTuple):
    tables: list[Table]
    facts: dict[str, Any]
    domain: str
    data: Any = None


def _read(request: Request) -> _Shown:
    from offbeat.app.loading import load_source
    from offbeat.app.shown import facts_of, tables_of
    from offbeat.errors import DataError
    from offbeat.records.wfdb_files import header_of

    path = Path(request.data)
    if request.kind is None and path.suffix.lower() in ("", ".hea", ".dat") and header_of(path) is not None:
        record = path.with_suffix("")
        raise DataError(
            f"expected a table of numbers, got {request.data}, an ECG record: name its beats (offbeat classify "
            f"{record}), or show them as short series (--kind beats)"
        )
    data = load_source(request, need_normal=False).data
    return _Shown(tables_of(data, request.data), facts_of(data), data.domain, data)


def _read_many(request: Request, wanted: PanelRequest, plot: Path | None) -> _Shown:
    from offbeat.app.panels.runs import panel_of
    from offbeat.app.shown import table_of_panel
    from offbeat.errors import ParameterError

    if plot is not None:
        raise ParameterError("--plot draws one series: give one file, or see the page of many (offbeat report)")
    table, notes = table_of_panel(panel_of(request, wanted), request.data)
    for note in notes:
        print_note(note)
    return _Shown([table], {**table.to_dict(), "notes": notes}, "")


def _catalogued(request: Request) -> _Shown:
    from offbeat.data import find

    dataset = find(request.data)
    paths = dataset.locate(request.data_dir) or []
    where = "built in" if dataset.generator else _places(paths) or f"offbeat data get {request.data}"
    long = dataset.kind == "recording"
    facts = {
        "title": dataset.title,
        "kind": dataset.kind,
        "shape": " x ".join(map(str, dataset.shape)) + (" (time steps x channels)" if long else _AXES),
        "learn from": f"the first {dataset.train_end:,} time steps" if dataset.train_end else "",
        "normal class": dataset.normal,
        "licence": dataset.licence,
        "source": dataset.source,
        "cite": dataset.citation,
        "where": where,
    }
    about = Table(dataset.name, ["", "what"], [[key, value] for key, value in facts.items() if value])
    rows = [[label, dataset.class_names.get(label, label), n] for label, n in dataset.counts.items()]
    classes = Table("Classes", ["label", "name", "series"], rows)
    told = {"notice": notice_for(dataset.domain), **facts, "classes": classes.to_dict()["rows"]}
    return _Shown([about, classes], told, dataset.domain)


def _places(paths: list[Path]) -> str:
    """Name a few files, or the folders of many."""
    if len(paths) <= 4:
        return ", ".join(map(str, paths))
    return f"{len(paths)} files in {', '.join(sorted({str(path.parent) for path in paths}))}"


@app.command("get")
def get_data(name: Name, data_dir: DataDir = None, json: Json = None) -> None:
    """Fetch a data set from its original site, where it is not on this machine yet."""
    from offbeat.app.places import check_places
    from offbeat.data import find

    dataset = find(name)
    check_places({"json": json}, data_dir=data_dir)
    paths = dataset.fetch(data_dir)
    write_json(json, {"name": name, "files": [str(path) for path in paths]})
    for path in paths:
        print_data(str(path))
    if dataset.generator:
        print_progress(f"{name} is built in: there is nothing to fetch")
    print_written(json)


def _where(sets: list[str], data_dir: Path | None) -> str:
    """Return whether data sets are on this machine."""
    from offbeat.data import find

    if find(sets[0]).generator:
        return "built in"
    here = sum(find(name).locate(data_dir, check=False) is not None for name in sets)
    return "here" if here == len(sets) else f"{here} here" if here else "offbeat data get"
