"""JSON as frames: one record a line, a list of records, columns, or one of these inside an answer of a server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offbeat.errors import FormatError
from offbeat.files.cells import SMALLEST_EPOCH, looks_numeric
from offbeat.files.text.content import Content

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["json_frame", "looks_like_json"]

_BLOCK = 1 << 23
_DEEPEST = 4


def looks_like_json(text: str, likely: bool) -> bool:
    """Whether text begins as JSON does; a list only where that is likely, since tables of text may begin so."""
    return text.lstrip("\ufeff \t\r\n").startswith(("{", "[") if likely else "{")


def json_frame(path: Path) -> tuple[pd.DataFrame, str]:
    """Return the table of a JSON file, and a note where it stood inside something else.

    Raises
    ------
    FormatError
        If it is no JSON, cut short, or holds no table or several.
    """
    content = Content(path)
    first = next(iter(content.top(1, 1 << 30)), "")
    if _loads(first) is not None and content.n_lines > 1:
        return _of_lines(path, content), ""
    text = content.lines(0, content.n_lines).decode(content.encoding, "replace")
    try:
        held = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path} is no whole JSON file ({error}): write or download it again") from error
    return _of_value(path, held)


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _of_lines(path: Path, content: Content) -> pd.DataFrame:
    import pandas as pd

    frames = []
    for first, text in content.blocks(0, content.n_lines, _BLOCK):
        records = []
        for number, line in enumerate(text.decode(content.encoding, "replace").split("\n"), start=first + 1):
            if not line.strip():
                continue
            record = _loads(line)
            if not isinstance(record, dict | list):
                raise FormatError(
                    f"expected a record in JSON in each line of {path}, but line {number} holds "
                    f"{line.strip()[:40]!r}: correct it, or leave it out"
                )
            records.append(_flat(record) if isinstance(record, dict) else dict(enumerate(record)))
        frames.append(pd.DataFrame(records))
    return pd.concat(frames, ignore_index=True)


def _of_value(path: Path, held: Any) -> tuple[pd.DataFrame, str]:
    """Return the only table in a value, and where it stands."""
    found = list(_tables(held, ""))
    if len(found) != 1:
        what = "several tables" if found else "no list of records, and no columns"
        names = f" ({', '.join(name for name, _ in found[:6])})" if found else ""
        raise FormatError(
            f"expected one table in {path}, but it holds {what}{names}: save one record a line (.jsonl), or CSV"
        )
    ((name, frame),) = found
    return frame, f"read from {name!r} in it" if name else ""


def _tables(held: Any, name: str, depth: int = 0) -> Iterator[tuple[str, pd.DataFrame]]:
    frame = _frame(held)
    if frame is not None:
        yield name, frame
    elif depth < _DEEPEST:
        inside = enumerate(held) if isinstance(held, list) and len(held) == 1 else ()
        for key, value in held.items() if isinstance(held, dict) else inside:
            if isinstance(value, dict | list):
                yield from _tables(value, f"{name}.{key}" if name else str(key), depth + 1)


def _frame(held: Any) -> pd.DataFrame | None:
    """Return records, rows, columns or series of pairs as a frame; None where a value is none of these."""
    if isinstance(held, list) and held:
        return _of_rows(held)
    return _of_columns(held) if isinstance(held, dict) and held else None


def _of_rows(held: list[Any]) -> pd.DataFrame | None:
    import pandas as pd

    if all(isinstance(entry, dict) for entry in held):
        records = [_flat(entry) for entry in held]
        if all(map(_are_plain, records)):
            return pd.DataFrame.from_records(records)
        return _series(held)
    if all(isinstance(entry, list) and _are_plain(dict(enumerate(entry))) for entry in held):
        return pd.DataFrame(held) if len({len(entry) for entry in held}) == 1 else None
    return None


def _of_columns(held: dict[str, Any]) -> pd.DataFrame | None:
    import pandas as pd

    rows = held.get("data", held.get("values"))
    if isinstance(held.get("columns"), list) and isinstance(rows, list):
        return _with_index(pd.DataFrame(rows, columns=held["columns"]), held.get("index"))
    if isinstance(held.get("schema"), dict) and isinstance(rows, list):
        return _of_rows(rows)
    values = list(held.values())
    if all(isinstance(value, list) and value and _are_plain(dict(enumerate(value))) for value in values):
        return pd.DataFrame(held) if len(set(map(len, values))) == 1 else None
    if all(isinstance(value, dict) and value and _are_plain(value) for value in values):
        return _of_records(held)
    return None


def _of_records(held: dict[str, dict[str, Any]]) -> pd.DataFrame | None:
    """Return columns whose cells have names, or rows that have numbers for names, as pandas writes frames."""
    import pandas as pd

    values = list(held.values())
    names = list(values[0])
    if len({tuple(value) for value in values}) > 1 or len(names) < 2:
        return None
    if all(map(looks_numeric, held)) and not all(map(looks_numeric, names)):
        return _with_index(pd.DataFrame(values), list(held))
    return _with_index(pd.DataFrame(held).reset_index(drop=True), names)


def _with_index(frame: pd.DataFrame, index: Any) -> pd.DataFrame:
    """Return a frame with its index as the first column, unless that merely counts the rows."""
    if not isinstance(index, list) or len(index) != len(frame) or [*map(str, index)] == [*map(str, range(len(index)))]:
        return frame
    numeric = all(map(looks_numeric, index))
    cells = [float(cell) if "." in str(cell) else int(cell) for cell in index] if numeric else index
    name = "timestamp" if numeric and min(cells) >= SMALLEST_EPOCH else "index"
    if name not in frame:
        frame.insert(0, name, cells)
    return frame


def _are_plain(record: Mapping[Any, Any]) -> bool:
    """Whether there are no lists and records inside."""
    return not any(isinstance(cell, dict | list) for cell in record.values())


def _series(entries: list[dict[str, Any]]) -> pd.DataFrame | None:
    """Return series with a list of pairs of time and value each, as of Prometheus, as one long table; else None."""
    import pandas as pd

    lists = [[key for key, value in entry.items() if _are_pairs(value)] for entry in entries]
    if any(len(keys) != 1 for keys in lists):
        return None
    frames = []
    for entry, (key,) in zip(entries, lists, strict=True):
        others = {
            name.rpartition(".")[2]: value
            for name, value in _flat({k: v for k, v in entry.items() if k != key}).items()
        }
        frame = pd.DataFrame(entry[key], columns=_names_of_pairs(entry[key]))
        kept = {
            name: value for name, value in others.items() if name not in frame and not isinstance(value, dict | list)
        }
        frames.append(frame.assign(**kept))
    return pd.concat(frames, ignore_index=True)


def _names_of_pairs(pairs: list[list[Any]]) -> list[str]:
    """Return which of a time and a value stands first: the time, unless only the second numbers may be times."""
    first, second = ([looks_numeric(pair[i]) and float(pair[i]) >= SMALLEST_EPOCH for pair in pairs] for i in (0, 1))
    return ["value", "timestamp"] if all(second) and not all(first) else ["timestamp", "value"]


def _are_pairs(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(pair, list) and len(pair) == 2 for pair in value)


def _flat(record: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Return a record with the fields of records inside it beside its own, called by both names."""
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict) and above.count(".") < _DEEPEST:
            flat |= _flat(value, f"{above}{key}.")
        else:
            flat[f"{above}{key}"] = value
    return flat
