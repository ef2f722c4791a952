"""The .ts format of the UCR and UEA archives: several channels a series, split by colons, the class last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from offbeat.data.readers.files import numbered_lines
from offbeat.errors import FormatError, ParameterError
from offbeat.files.cells import read_number
from offbeat.files.regular import existing_file, shorten
from offbeat.series.arrays import text_array
from offbeat.series.recording import Collection

__all__ = ["read_ts"]


@dataclass(frozen=True)
class _Header:
    has_label: bool
    classes: frozenset[str]


def read_ts(path: str | Path, label: str | int | None = None) -> Collection:
    r"""Read a .ts file of series that are all of one length.

    Parameters
    ----------
    path : str or Path
        The file; ``?`` and ``NaN`` are missing values.
    label : {"last", "none"}, optional
        Whether to keep the label at the end of each line; where it is not given, the header decides.

    Returns
    -------
    Collection
        Values of shape (n_series, n_channels, n_times).

    Raises
    ------
    FormatError
        If the file is cut short, its series differ in length or channels, or they carry time stamps.
    DataError
        If the file is missing.

    References
    ----------
    A. Bagnall et al., "The UEA multivariate time series classification archive", arXiv:1811.00075, 2018.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "two_channels.ts")
    >>> _ = file.write_text("@classLabel true up down\n@data\n1,2,3:4,?,6:up\n3,2,1:6,5,4:down\n")
    >>> steps = read_ts(file)
    >>> steps
    Collection(2 series x 2 channels x 3 time steps, 2 classes)
    >>> steps.labels.tolist(), steps.values[0, 1].tolist()
    (['up', 'down'], [4.0, nan, 6.0])
    """
    path = existing_file(path)
    if label not in (None, "last", "none"):
        raise ParameterError(f"the label of a .ts file is its 'last' field or 'none', got {label!r}")
    lines = ((number, line.strip()) for number, line in numbered_lines(path) if line.strip())
    header = _header(path, lines)
    if label == "last":
        header = _Header(True, header.classes)
    series: list[npt.NDArray[np.float64]] = []
    labels: list[str] = []
    for number, line in lines:
        *channels, last = line.split(":") if header.has_label else [*line.split(":"), ""]
        series.append(_channels(path, number, channels, series[0].shape if series else None))
        labels.append(_label(path, number, last.strip(), header))
    if not series:
        raise FormatError(f"expected at least one series, but {path} ends after @data: download it again")
    kept = header.has_label and label != "none"
    classes = text_array(labels, f"the labels of {path}") if kept else None
    return Collection(np.stack(series), labels=classes, name=path.stem)


def _header(path: Path, lines: Iterator[tuple[int, str]]) -> _Header:
    r"""Read up to and with the line ``@data``."""
    has_label, classes = False, frozenset[str]()
    for number, line in lines:
        key, *words = line.split()
        match key.lower():
            case "@data":
                return _Header(has_label, classes)
            case "@classlabel" | "@targetlabel":
                has_label, classes = words[:1] == ["true"], frozenset(words[1:])
            case "@timestamps" if words[:1] == ["true"]:
                raise FormatError(f"{path} has a time stamp beside each value, which is not read here: leave them out")
            case _ if not key.startswith(("@", "#")):
                raise FormatError(f"expected a line @data before the series, but line {number} of {path} has none yet")
    raise FormatError(f"expected a line @data with the series below it, but {path} ends before: download it again")


def _channels(path: Path, number: int, fields: list[str], shape: tuple[int, ...] | None) -> npt.NDArray[np.float64]:
    if not fields:
        raise FormatError(f"expected ':' and a class at the end of line {number} of {path}, got none: cut short?")
    channels = [_numbers(path, number, field) for field in fields]
    lengths = sorted({len(channel) for channel in channels})
    found = (len(channels), lengths[0])
    if len(lengths) > 1 or (shape is not None and found != shape):
        expected = f"{shape[0]} channels of {shape[1]} values, as above," if shape else "channels of one length,"
        raise FormatError(
            f"expected {expected} but line {number} of {path} has {len(channels)} channels of "
            f"{' and '.join(map(str, lengths))} values: is it cut short, or are the series of different lengths?"
        )
    return np.stack(channels)


def _numbers(path: Path, number: int, field: str) -> npt.NDArray[np.float64]:
    cells = field.split(",")
    try:
        values = np.array(cells, dtype=np.float64)
        if "_" not in field and field.isascii() and not np.isinf(values).any():
            return values
    except ValueError:
        pass
    # Cell by cell, where one is missing, wrong or written as only Python would take it.
    return np.array([_number(path, number, i, cell.strip()) for i, cell in enumerate(cells)])


def _number(path: Path, line: int, position: int, cell: str) -> float:
    try:
        return float("nan") if cell in ("?", "") else read_number(cell)
    except (ValueError, OverflowError) as error:
        raise FormatError(
            f"expected a number at line {line}, value {position + 1} of {path}, got {cell[:40]!r}: correct it"
        ) from error


def _label(path: Path, number: int, label: str, header: _Header) -> str:
    if header.has_label and (label in ("", "?") or (header.classes and label not in header.classes)):
        expected = f"one of {shorten(sorted(header.classes))}" if header.classes else "a class"
        raise FormatError(f"expected {expected} at the end of line {number} of {path}, got {label[:40]!r}")
    return label
