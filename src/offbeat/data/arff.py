"""ARFF, the format of Weka and of the UCR archive."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.cells import read_number, split_fields
from offbeat.data.files import numbered_lines
from offbeat.data.wide import WideTable, to_collection
from offbeat.errors import FormatError
from offbeat.files import existing_file, shorten
from offbeat.recording import Collection

__all__ = ["read_arff"]


def read_arff(path: str | Path, label: str | int | None = None) -> Collection:
    r"""Read an ARFF file, one series a row.

    Parameters
    ----------
    path : str or Path
        The file; ``?`` is a missing value.
    label : {"first", "last", "none"}, str or int, optional
        The attribute of the labels; the nominal one where it is not given.

    Returns
    -------
    Collection
        Values of shape (n_series, 1, n_times).

    Raises
    ------
    FormatError
        If the file is cut short, or is not such a table.
    DataError
        If it is missing, or has no such attribute.

    References
    ----------
    The Weka workbench, "Attribute-Relation File Format".

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "beats.arff")
    >>> header = "@relation r\n@attribute a numeric\n@attribute b numeric\n@attribute target {1,2}\n@data\n"
    >>> _ = file.write_text(header + "0.5,0.7,1\n0.1,?,2\n")
    >>> beats = read_arff(file)
    >>> beats.labels.tolist(), beats.values[:, 0].tolist()
    (['1', '2'], [[0.5, 0.7], [0.1, nan]])
    """
    path = existing_file(path)
    attributes, rows = _scan(path)
    nominal = [position for position, words in enumerate(attributes) if words]
    try:
        frame, names = _load(path, nominal)
    except Exception as error:  # scipy raises whatever its parsing runs into, and names no line
        _check_cells(path, attributes, rows)
        raise FormatError(f"{path} is no ARFF file that can be read ({error}): check its @attribute lines") from error
    if _is_doubtful(path, frame):
        _check_cells(path, attributes, rows, numbers_only=True)
    if label is None and len(nominal) == 1:
        label = nominal[0]
    if label == "none":  # words are no values, so they go with the label
        kept = [position for position in range(len(names)) if position not in nominal]
        frame, names = frame[kept].set_axis(range(len(kept)), axis="columns"), tuple(names[i] for i in kept)
    return to_collection(WideTable(path, frame, names, lambda row: f"line {rows[row]}"), label)


def _load(path: Path, nominal: list[int]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    from scipy.io import arff

    data, meta = arff.loadarff(io.StringIO(path.read_text(encoding="utf-8-sig")))
    columns = {i: _words(data[name]) if i in nominal else data[name] for i, name in enumerate(meta.names())}
    return pd.DataFrame(columns), tuple(meta.names())


def _words(cells: npt.NDArray[np.bytes_]) -> npt.NDArray[np.object_]:
    words = np.char.decode(cells, "utf-8").astype(object)
    words[words == "?"] = None
    return words


def _scan(path: Path) -> tuple[list[frozenset[str]], list[int]]:
    """Return the words each attribute allows (none for numbers) and the line number of each row, all counted."""
    attributes: list[frozenset[str]] = []
    rows: list[int] = []
    in_data = False
    for number, raw in numbered_lines(path):
        line = raw.strip()
        if not line or line.startswith("%"):
            continue
        if in_data:
            _check_count(path, number, line, len(attributes))
            rows.append(number)
        elif line.lower().startswith("@attribute"):
            attributes.append(_allowed_words(line))
        in_data = in_data or line.lower().startswith("@data")
    if not rows:
        end = "right after @data" if in_data else "before any line @data"
        raise FormatError(f"expected @data and series below it, but {path} ends {end}: write or download it again")
    return attributes, rows


def _allowed_words(attribute: str) -> frozenset[str]:
    _, brace, words = attribute.partition("{")
    return frozenset(split_fields(words.rpartition("}")[0].replace("'", '"'), ",")) if brace else frozenset()


def _check_count(path: Path, number: int, line: str, attributes: int) -> None:
    if line.startswith("{"):
        raise FormatError(f"line {number} of {path} is a sparse row, which is not read here: write all values out")
    count = len(_cells(line)) if '"' in line or "'" in line else line.count(",") + 1
    if count != attributes:
        raise FormatError(
            f"expected {attributes} values in each row of {path}, one for each @attribute, but line {number} has "
            f"{count}: is the file cut short?"
        )


def _cells(line: str) -> list[str]:
    return split_fields(line.replace("'", '"'), ",")


def _is_doubtful(path: Path, frame: pd.DataFrame) -> bool:
    """Whether there may be numbers that only Python takes for some: ``1_000``, digits of other scripts, 1e400."""
    text = path.read_text(encoding="utf-8-sig")
    return "_" in text or not text.isascii() or bool(np.isinf(frame.select_dtypes("float64").to_numpy()).any())


def _check_cells(path: Path, attributes: list[frozenset[str]], rows: list[int], numbers_only: bool = False) -> None:
    """Refuse the first cell that is none of its attribute."""
    wanted = set(rows)
    for number, line in numbered_lines(path):
        for position, cell in enumerate(_cells(line) if number in wanted else ()):
            words = attributes[position]
            if cell == "?" or ((numbers_only or cell in words) if words else _is_number(cell)):
                continue
            expected = f"one of {shorten(sorted(words))}" if words else "a number"
            raise FormatError(
                f"expected {expected} at line {number}, column {position + 1} of {path}, but {cell[:40]!r} came: "
                "correct it, or download the file again"
            )


def _is_number(cell: str) -> bool:
    try:
        read_number(cell)
    except (ValueError, OverflowError):
        return False
    return True
