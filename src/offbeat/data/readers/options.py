"""What a caller may say about data that the data does not say itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, TypedDict, TypeVar, get_args

import numpy as np

from offbeat.errors import ParameterError
from offbeat.words import did_you_mean

__all__ = [
    "DEFAULTS",
    "Duplicates",
    "Gaps",
    "Kind",
    "Label",
    "Order",
    "ReadKeywords",
    "ReadOptions",
    "check_rate",
    "options_from",
]

Label = str | int | None
Kind = Literal["recording", "collection"]
Order = Literal["sort", "error"]
Duplicates = Literal["keep", "first", "last", "mean", "error"]
Gaps = Literal["keep", "nan", "interpolate", "last", "error"]

Options = TypeVar("Options")


def check_rate(sampling_rate: Any) -> None:
    """Raise ParameterError for a sampling rate (Hz) that is no finite number above 0; None is no sampling rate."""
    if sampling_rate is None:
        return
    if isinstance(sampling_rate, bool) or not isinstance(sampling_rate, int | float | np.number):
        raise ParameterError(f"sampling_rate is a number (Hz), got {sampling_rate!r}")
    if not 0 < sampling_rate < float("inf"):
        raise ParameterError(f"sampling_rate is above 0 Hz, got {sampling_rate!r}")


class ReadKeywords(TypedDict, total=False):
    """The fields of :class:`ReadOptions`, but for ``kind``, as keyword arguments for editors and type checkers."""

    label: Label
    time: str | int | None
    order: Order
    duplicates: Duplicates
    gaps: Gaps
    channels: Sequence[str] | str | None
    sampling_rate: float | None
    by: Sequence[str | int] | str | None
    time_format: str | None
    normal: str | int | None
    missing: Sequence[str | float] | str | float | None
    table: str | int | None
    query: str | None


@dataclass(frozen=True)
class ReadOptions:
    """How to read a file, a frame or an array.

    Parameters
    ----------
    label : {"first", "last", "none"}, str or int, optional
        Where the class of each series stands: an end of the row, a column by its name in the header, or a
        position from 0. Where it is not given, the format decides: ``.arff`` has a nominal attribute, ``.ts`` says it
        in the header, ``.txt`` and ``.tsv`` have it first, ``.npz`` in ``y`` or ``labels``; in ``.csv``, ``.parquet``
        and data frames it is the column called label, target, class or y, or else an end column of text, or the last
        of 188 columns of numbers as in the Kaggle set of heartbeats (``mitbih_train.csv``). The labels of a
        recording are a column of two values called label, is_anomaly, anomaly, outlier, attack, class, target,
        changepoint, fault … where it is not given.
    time : str or int, optional
        The column of the timestamps, or ``"none"``; data that has one is a recording. Where it is not given it is
        found: a column of dates, alone or with one of times of day; or of numbers that count from 1970, or rise under a
        name such as time; or those called year, month and day.
    kind : {"recording", "collection"}, optional
        What the data holds, where it cannot be inferred. A recording may stand on one line of text.
    order : {"sort", "error"}
        What to do with time steps that are out of order.
    duplicates : {"keep", "first", "last", "mean", "error"}
        What to do with time steps that share a timestamp, see :meth:`offbeat.Recording.from_frame`.
    gaps : {"keep", "nan", "interpolate", "last", "error"}
        What to do where steps are longer than 1.5 usual ones: take the rows as they follow each other, or put the
        recording on an even grid and fill it, missing values too, see :meth:`offbeat.Recording.regular`.
    channels : sequence of str, or str, optional
        The columns of a table that are the channels of a recording, as text with commas between them; all columns
        beside timestamps and labels where it is not given. Of an array, the names of its channels.
    sampling_rate : float, optional
        Samples per second (Hz), where the data does not say it.
    by : str, or sequence of str or int, optional
        The columns of a long table that say which recording a row belongs to, such as ``"host"``, by their names (as
        text with commas between them) or positions. Such a table holds many recordings, see
        :func:`offbeat.data.readers.keyed.recordings_by_key`.
    time_format : str, optional
        How times are written, such as ``"%d/%m/%Y %H:%M"``; of numbers the unit that they count in since 1970: s, ms,
        us, ns, min, h or d, or since another day: ``"s since 1904-01-01"``; what counts days: excel, matlab, julian,
        mjd; dotnet or filetime for ticks of 100 ns; or years for decimal years.
    normal : str or int, optional
        What the labels of a recording call normal, where they are not 0 and 1.
    missing : float, str, or sequence of either, optional
        What stands for a missing value, such as -999 or ``"offline"``, beside empty cells and the usual words; several
        as text with commas between them.
    table : str or int, optional
        Which table of a database, or which worksheet of a workbook; the first worksheet where it is not given.
    query : str, optional
        What to ask a database for, in SQL, instead of a whole table.

    Raises
    ------
    ParameterError
        If an option is not one of those above, or two of them contradict each other.

    Examples
    --------
    >>> ReadOptions(kind="recording").kind
    'recording'
    """

    label: Label = None
    time: str | int | None = None
    kind: Kind | None = None
    order: Order = "sort"
    duplicates: Duplicates = "keep"
    gaps: Gaps = "keep"
    channels: Sequence[str] | str | None = None
    sampling_rate: float | None = None
    by: Sequence[str | int] | str | None = None
    time_format: str | None = None
    normal: str | int | None = None
    missing: Sequence[str | float] | str | float | None = None
    table: str | int | None = None
    query: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in (None, "recording", "collection"):
            raise ParameterError(f"kind is 'recording' or 'collection', got {self.kind!r}")
        for name, choices in (("order", Order), ("duplicates", Duplicates), ("gaps", Gaps)):
            if getattr(self, name) not in get_args(choices):
                raise ParameterError(f"{name} is one of {', '.join(get_args(choices))}, got {getattr(self, name)!r}")
        if self.kind == "collection" and self.has_time:
            raise ParameterError(f"a collection has no timestamps: leave time={self.time!r} or kind='collection' out")
        check_rate(self.sampling_rate)

    @property
    def channel_names(self) -> list[str] | None:
        """The channels that the caller wants, by name."""
        return None if self.channels is None else _names(self.channels)

    @property
    def keys(self) -> list[str | int] | None:
        """The columns that say which recording a row belongs to."""
        return None if self.by is None else [*_names(self.by)]

    @property
    def marks(self) -> tuple[str, ...]:
        """What the caller says stands for missing values, as text."""
        alone = isinstance(self.missing, float | int)
        given = () if self.missing is None else (self.missing,) if alone else _names(self.missing)  # type: ignore[arg-type]
        return tuple(map(str, given))

    @property
    def is_recording(self) -> bool:
        """Whether the caller wants one long recording."""
        return self.kind == "recording" or self.has_time

    @property
    def has_time(self) -> bool:
        """Whether the caller names the column of the timestamps."""
        return self.time not in (None, "none")

    def given(self) -> dict[str, Any]:
        """Return the options that differ from their defaults, by name."""
        return {name: value for name, value in vars(self).items() if value != getattr(DEFAULTS, name)}


def _names(given: Sequence[Any]) -> list[Any]:
    return [name.strip() for name in given.split(",")] if isinstance(given, str) else list(given)


DEFAULTS = ReadOptions()
"""Everything is inferred from the source."""


def options_from(cls: type[Options], keywords: Mapping[str, Any], what: str) -> Options:
    """Return options made of keyword arguments.

    Parameters
    ----------
    cls : type
        A dataclass of options.
    keywords : mapping
        Values by name.
    what : str
        Who takes the options, for messages.

    Raises
    ------
    ParameterError
        If there is no option of that name; the message names the closest one, and all.

    Examples
    --------
    >>> options_from(ReadOptions, {"gap": "nan"}, "reading")
    Traceback (most recent call last):
    offbeat.errors.ParameterError: reading has no option 'gap': did you mean 'gaps'? the options are label, ...
    """
    known = [field.name for field in fields(cls)]  # type: ignore[arg-type]  # a dataclass
    for name in keywords:
        if name not in known:
            raise ParameterError(
                f"{what} has no option {name!r}: {did_you_mean(name, known)}the options are {', '.join(known)}"
            )
    return cls(**keywords)
