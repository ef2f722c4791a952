"""Annotations beside a record, by experts or programs: beats, rhythms and remarks, each at its sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from offbeat.atomic import writing_file
from offbeat.errors import DataError, FormatError, OutputError, ParameterError, ShapeError, failing_as
from offbeat.files.limits import require_room
from offbeat.files.regular import is_there, regular_file
from offbeat.records.aami import AAMI
from offbeat.records.annotation_bytes import Rows, decode, encode
from offbeat.records.annotation_exports import write_csv, write_edf
from offbeat.series.arrays import text_array

if TYPE_CHECKING:
    from offbeat.records.record import Record

__all__ = [
    "EXTENSION",
    "REFERENCE",
    "REVIEW",
    "WRITTEN",
    "Annotations",
    "beats",
    "read_annotations",
    "write_annotations",
]

EXTENSION = ".ofb"
"""Of the annotation files that offbeat writes."""

REVIEW = ".rev"
"""Of the annotation files that reviews write: beats of a program, some of them corrected by a person."""

REFERENCE = ".atr"
"""Of the annotation files that experts wrote, which are never replaced."""
REVIEW = ".rev"
"""Of the annotation files that reviews write."""

_ROOM = 200  # bytes that each byte of a file may become


@dataclass(frozen=True, eq=False)
class Annotations:
    """Annotations of one record, in order of time.

    Parameters
    ----------
    samples : array of int, shape (n,)
        Where each stands: samples since the beginning of the record, never falling.
    symbols : array of str, shape (n,)
        Codes of WFDB, such as ``N`` for a normal beat or ``+`` for a change of the rhythm.
    sampling_rate : float, optional
        Samples per second (Hz), where it is known.
    aux : array of str, shape (n,), optional
        A remark on each, such as ``(AFIB``; empty where there is none.
    subtypes : array of int, shape (n,), optional
        A number from -128 to 127 for details, such as what is wrong with the signal where it is noisy (``~``).
    channels : array of int, shape (n,), optional
        The channel each was made on.

    Raises
    ------
    ShapeError
        If the lengths differ.
    DataError
        If samples are negative, not whole or out of order, a symbol is empty, or the sampling rate is not positive.

    References
    ----------
    G. B. Moody, "WFDB Programmer's Guide", chapter "Annotation codes".

    Examples
    --------
    >>> Annotations([18, 77, 370], ["+", "N", "N"], 360.0, aux=["(N", "", ""])
    Annotations(3, 360 Hz)
    """

    samples: npt.NDArray[np.int64]
    symbols: npt.NDArray[np.str_]
    sampling_rate: float | None = None
    aux: npt.NDArray[np.str_] = None  # type: ignore[assignment]  # filled in by __post_init__
    subtypes: npt.NDArray[np.int64] = None  # type: ignore[assignment]  # likewise
    channels: npt.NDArray[np.int64] = None  # type: ignore[assignment]  # likewise

    def __post_init__(self) -> None:
        samples = _whole(self.samples, "samples")
        given: dict[str, npt.NDArray[Any]] = {
            "samples": samples,
            "symbols": np.asarray(self.symbols, dtype=str),
            "aux": np.full(samples.shape, "") if self.aux is None else np.asarray(self.aux, dtype=str),
            "subtypes": np.zeros_like(samples) if self.subtypes is None else _whole(self.subtypes, "subtypes"),
            "channels": np.zeros_like(samples) if self.channels is None else _whole(self.channels, "channels"),
        }
        for name, array in given.items():
            if array.shape != samples.shape or array.ndim != 1:
                raise ShapeError(f"expected {len(samples)} {name}, one for each sample, got {array.shape}")
            object.__setattr__(self, name, array)
        self._check()

    def _check(self) -> None:
        if len(self) and (self.samples[0] < 0 or np.any(np.diff(self.samples) < 0)):
            raise DataError(
                "expected annotations in order of time from sample 0 on, but these are not: sort them first"
            )
        if np.any(self.symbols == ""):
            raise DataError("expected a symbol for each annotation, but some are empty: leave those annotations out")
        if self.sampling_rate is not None and not 0 < self.sampling_rate < np.inf:
            raise DataError(f"expected a sampling rate above 0 Hz, got {self.sampling_rate}: None if unknown")

    def __len__(self) -> int:
        return len(self.samples)

    def __repr__(self) -> str:
        rate = "" if self.sampling_rate is None else f", {self.sampling_rate:g} Hz"
        return f"Annotations({len(self)}{rate})"

    def where(self, chosen: npt.NDArray[Any]) -> Self:
        """Return the annotations that a mask or an index selects, in this order."""
        picked = {part.name: getattr(self, part.name)[chosen] for part in fields(self) if part.name != "sampling_rate"}
        return replace(self, **picked)

    def at_rate(self, sampling_rate: float) -> Self:
        """Return the same annotations in samples of another rate (Hz), such as that of the file of a resampled record.

        Raises
        ------
        DataError
            If the sampling rate of these is unknown.

        Examples
        --------
        >>> Annotations([100, 200], ["N", "V"], 500.0).at_rate(1000.0).samples.tolist()
        [200, 400]
        """
        if self.sampling_rate is None:
            raise DataError("expected annotations of a known sampling rate, got None: give it")
        samples = np.round(self.samples * (sampling_rate / self.sampling_rate)).astype(np.int64)
        return replace(self, samples=samples, sampling_rate=sampling_rate)

    def of(self, record: Record) -> Self:
        """Return the same annotations as those of a record, whose samples they count.

        Where a sampling rate was given in place of the one that the file states, that of the annotations, which comes
        from the same file, gives way, too. Those of any other rate stay as they are.
        """
        rate = self.sampling_rate
        stated = rate is not None and np.isclose(rate, record.stated_rate, rtol=1e-3)
        return replace(self, sampling_rate=record.file_rate) if stated else self


def beats(annotations: Annotations) -> Annotations:
    """Return only the annotations that are heartbeats.

    Examples
    --------
    >>> beats(Annotations([18, 77, 370], ["+", "N", "V"])).symbols.tolist()
    ['N', 'V']
    """
    return annotations.where(np.isin(annotations.symbols, list(AAMI)))


def read_annotations(path: str | Path) -> Annotations:
    """Read an annotation file of WFDB (the MIT format).

    Parameters
    ----------
    path : str or Path
        The file, with its ending, such as ``mitdb/100.atr``. Where it does not hold the sampling rate itself, the
        header of the record (``100.hea``) beside it is read.

    Returns
    -------
    Annotations
        All of them, beats or not. Numbers that WFDB calls ``num`` are left out.

    Raises
    ------
    DataError
        If there is no such file.
    FormatError
        If it is damaged, or no annotation file.

    Examples
    --------
    >>> import tempfile
    >>> file = write_annotations(Annotations([77, 370], ["N", "V"], 360.0), Path(tempfile.mkdtemp(), "100.own"))
    >>> read_annotations(file).samples.tolist()
    [77, 370]
    """
    path = Path(path)
    if not is_there(path):
        raise DataError(f"no annotation file at {path}: give the path with its ending, such as 100.atr")
    regular_file(path)
    require_room(_ROOM * path.stat().st_size, f"what is annotated in {path}", FormatError)
    try:
        with failing_as(FormatError, "its bytes are none of that format"):
            rows, rate = decode(path.read_bytes())
        order = np.argsort(np.array([row[0] for row in rows], dtype=np.int64), kind="stable")
        columns = list(zip(*(rows[place] for place in order), strict=True)) or [()] * 5
        samples, symbols, aux, subtypes, channels = columns
        return Annotations(
            np.array(samples, dtype=np.int64),
            text_array(symbols, "the symbols"),
            rate if rate is not None else _rate_of_header(path),
            text_array(aux, "the remarks"),
            np.array(subtypes, dtype=np.int64),
            np.array(channels, dtype=np.int64),
        )
    except DataError as error:
        raise FormatError(f"{path} cannot be read as an annotation file: {error}") from error


def write_annotations(
    annotations: Annotations, path: str | Path, *, overwrite: bool = False, record: Record | None = None
) -> Path:
    """Write an annotation file, beside and then renamed; :func:`read_annotations` gives the same back from WFDB.

    Parameters
    ----------
    annotations : Annotations
        Their symbols are standard codes; remarks have up to 255 characters of Latin-1.
    path : str or Path
        ``.edf`` gives an EDF+ file of annotations, ``.csv`` a table; the name of the record with any other ending, such
        as ``100.own``, a file of WFDB.
    overwrite : bool
        Whether another annotation file may be replaced. One that ends in ``.atr``, the work of experts, never is.
    record : Record, optional
        What is annotated: EDF+ files then say when it began.

    Returns
    -------
    Path
        Where they are.

    Raises
    ------
    OutputError
        If the file is there and may not be replaced, or it cannot be written.
    ParameterError
        If the path has no ending.
    DataError
        If the format cannot hold the annotations.

    Examples
    --------
    >>> import tempfile
    >>> write_annotations(Annotations([77], ["N"]), Path(tempfile.mkdtemp(), "100.own")).name
    '100.own'
    """
    path = Path(path)
    if not path.suffix:
        raise ParameterError(
            f"expected an annotation file with an ending that names its author, got {path}: try {path}.own"
        )
    write = _WRITERS.get(path.suffix.lower(), _write_wfdb)
    _check_replaceable(path, overwrite)
    with writing_file(path) as beside:
        write(annotations, beside, record)
    return path


def _write_wfdb(annotations: Annotations, path: Path, record: Record | None) -> None:
    path.write_bytes(encode(_rows(annotations), annotations.sampling_rate))


_WRITERS: dict[str, Callable[[Annotations, Path, Record | None], None]] = {".edf": write_edf, ".csv": write_csv}
WRITTEN = (EXTENSION, REFERENCE, ".ann", ".qrs", *_WRITERS)
"""The endings that a file of annotations is written with: those of WFDB, of EDF+ and of tables."""


def _rows(annotations: Annotations) -> Rows:
    return list(
        zip(
            annotations.samples.tolist(),
            annotations.symbols.tolist(),
            annotations.aux.tolist(),
            annotations.subtypes.tolist(),
            annotations.channels.tolist(),
            strict=True,
        )
    )


def _check_replaceable(path: Path, overwrite: bool) -> None:
    if not path.exists():
        return
    if REFERENCE in (path.suffix.lower(), path.resolve().suffix.lower()):
        raise OutputError(f"{path} holds reference annotations, which are never replaced: choose another ending")
    if not overwrite:
        raise OutputError(f"{path} exists: choose another name, or pass overwrite=True")
    if path.is_file():
        try:
            read_annotations(path)
        except FormatError as error:
            raise OutputError(f"{path} is no annotation file, so it is not replaced: choose another ending") from error


def _rate_of_header(path: Path) -> float | None:
    """Return the sampling rate (Hz) in the first line of the record's header; None where there is none."""
    try:
        line = next(line for line in path.with_suffix(".hea").read_text("latin-1").splitlines() if line[:1] != "#")
        return float(line.split()[2].split("/")[0].split("(")[0])
    except (OSError, StopIteration, IndexError, ValueError):
        return None


def _whole(values: npt.ArrayLike, what: str) -> npt.NDArray[np.int64]:
    array = np.asarray(values)
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise DataError(f"expected whole numbers as {what}, got {array.dtype}: round them first")
    return array.astype(np.int64)
