"""Tables of pages that come from files of results.

A file of results is what ``--json`` of ``offbeat bench`` and of the scripts in ``benchmarks`` writes: the tables that
the command shows, by which command and version, and when. A page has a table of it between two remarks, of which the
first says which file, which table of it where that is not the first, and which columns, maybe under other heads::

    <!-- results: nab, NAB standard scores by halves | detector | even series = even | odd series = odd -->
    <!-- end of results -->

A ``remark`` that is written into a file by hand stands below its tables: how old they are, or how they came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from offbeat.tables import Table

__all__ = ["RESULTS", "filled", "read_results", "table_of"]

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"

_PLACE = re.compile(r"(?P<first><!-- results: (?P<wanted>[^>]+) -->\n).*?(?P<last><!-- end of results -->)", flags=re.S)


def read_results(name: str, folder: Path = RESULTS) -> dict[str, Any]:
    """Return a file of results, with its tables by their titles.

    Raises
    ------
    LookupError
        If there is no such file.
    """
    path = folder / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in folder.glob("*.json")))
        raise LookupError(f"expected one of the results {known}, got {name}")
    content = json.loads(path.read_text(encoding="utf-8"))
    tables = [Table.from_dict(each) for each in content["tables"]]
    return {**content, "tables": {table.title: table for table in tables}}


def filled(text: str, folder: Path = RESULTS) -> str:
    """Return the Markdown of a page with its tables as the files of results have them.

    Parameters
    ----------
    text : str
        Markdown, with the marks that this module describes.
    folder : Path
        Where the files of results are.

    Raises
    ------
    LookupError
        If a mark names a file, a table or a column that there is not.
    """
    return _PLACE.sub(lambda place: f"{place['first']}\n{_shown(place['wanted'], folder)}\n{place['last']}", text)


def table_of(name: str, title: str = "", folder: Path = RESULTS) -> Table:
    """Return the table of a file of results that has this title, or the first one.

    Raises
    ------
    LookupError
        If there is no such file or table.
    """
    tables = read_results(name, folder)["tables"]
    if title and title not in tables:
        raise LookupError(f"expected one of the tables {'; '.join(tables)} of {name}, got {title}")
    return tables[title] if title else next(iter(tables.values()))


def _markdown(table: Table) -> str:
    lines = [table.columns, ["---"] * len(table.columns), *table.cells()]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _shown(wanted: str, folder: Path) -> str:
    place, *columns = (part.strip() for part in wanted.split("|"))
    name, _, title = (part.strip() for part in place.partition(","))
    content, table = read_results(name, folder), table_of(name, title, folder)
    picked = _markdown(_picked(table, columns) if columns else table)
    said = [f"`{content['command']}`, version {content['version']}, {content['date']}."]
    said += [content[name] for name in ("remark", "notice") if content.get(name)]
    return f"{picked}\n{' '.join(said)}\n"


def _picked(table: Table, columns: Sequence[str]) -> Table:
    pairs = [[part.strip() for part in column.split(" = ")] for column in columns]
    places = [_column(table, pair[0]) for pair in pairs]
    rows = [[row[place] for place in places] for row in table.rows]
    formats = [table.formats[place] for place in places]
    return Table(table.title, [pair[-1] for pair in pairs], rows, formats)


def _column(table: Table, column: str) -> int:
    if column not in table.columns:
        raise LookupError(f"expected one of the columns {'; '.join(table.columns)}, got {column}")
    return list(table.columns).index(column)
