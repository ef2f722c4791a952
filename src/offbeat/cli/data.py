"""``offbeat data``: which data sets there are, and how to get them."""

from __future__ import annotations

from typing import Annotated

import typer

from offbeat.cli.options import DataDir, Json
from offbeat.cli.output import say, show, tell, write_json
from offbeat.tables import Table

app = typer.Typer(no_args_is_help=True, help="List, show and get the data sets of the catalogue.")

Name = Annotated[str, typer.Argument(metavar="NAME", help='A name that "offbeat data list" prints.')]


@app.command("list")
def list_data(data_dir: DataDir = None, json: Json = None) -> None:
    """List the data sets: shape, classes, whether they are on this machine."""
    from offbeat.data import find, names

    rows = []
    for dataset in map(find, names()):
        where = "built in" if dataset.generator else "here" if dataset.locate(data_dir) else "offbeat data get"
        shape = " x ".join(map(str, dataset.shape))
        rows.append([dataset.name, dataset.title, shape, len(dataset.counts), dataset.licence, where])
    table = Table("Data sets", ["name", "what", "series x channels x times", "classes", "licence", "where"], rows)
    show([table])
    write_json(json, table.to_dict())


@app.command("show")
def show_data(name: Name, data_dir: DataDir = None, json: Json = None) -> None:
    """Show a data set: shape, classes, licence, source, and where it lies."""
    from offbeat.data import find

    dataset = find(name)
    paths = dataset.locate(data_dir) or []
    where = "built in" if dataset.generator else ", ".join(map(str, paths)) or f"offbeat data get {name}"
    facts = {
        "title": dataset.title,
        "shape": " x ".join(map(str, dataset.shape)) + " (series x channels x time steps)",
        "normal class": dataset.normal,
        "licence": dataset.licence,
        "source": dataset.source,
        "cite": dataset.citation,
        "where": where,
    }
    about = Table(dataset.name, ["", "what"], list(facts.items()))
    rows = [[label, dataset.class_names.get(label, label), n] for label, n in dataset.counts.items()]
    classes = Table("Classes", ["label", "name", "series"], rows)
    show([about, classes])
    write_json(json, {**facts, "classes": classes.to_dict()["rows"]})


@app.command("get")
def get_data(name: Name, data_dir: DataDir = None, json: Json = None) -> None:
    """Fetch a data set from its original site, where it is not on this machine yet."""
    from offbeat.data import find

    dataset = find(name)
    paths = dataset.fetch(data_dir)
    for path in paths:
        tell(str(path))
    if dataset.generator:
        say(f"{name} is built in: there is nothing to fetch")
    write_json(json, {"name": name, "files": [str(path) for path in paths]})
