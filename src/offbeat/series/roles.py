"""The role of each column of a long table, by what the caller says and what the columns hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from offbeat.errors import DataError
from offbeat.files.cells import looks_numeric
from offbeat.series.columns import TimeColumns, find_time, rises_unevenly
from offbeat.series.counts import UNITS, counts
from offbeat.series.dates import Place, fits_format
from offbeat.series.doubts import tell_doubts
from offbeat.series.keys import find_keys, is_called_id, mixed_keys
from offbeat.series.labels import LABEL_NAMES, find_labels, has_label_name, is_one_word
from offbeat.series.origins import likelier_forms
from offbeat.series.row_numbers import find_row_numbers, step_columns
from offbeat.series.spelled import holds_words, is_text, pair_of
from offbeat.series.time_words import is_time_word, words_of
from offbeat.words import shorten

__all__ = ["Roles", "Said", "Table", "assign_roles"]

_FEW = 20


@dataclass(frozen=True)
class Table:
    """A table whose columns are numbered from 0.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
    names : tuple of str, optional
        What the columns are called.
    place : callable
        Turns a row (from 0) into words such as ``"line 7"``, for messages.
    """

    frame: pd.DataFrame
    names: tuple[str, ...] | None
    place: Place

    def called(self, position: int) -> str:
        """Return the name of a column, or its number from 1."""
        return (self.names[position] if self.names else "") or str(position + 1)

    @property
    def positions(self) -> range:
        """The numbers of the columns."""
        return range(self.frame.shape[1])

    def without(self, taken: Iterable[int]) -> tuple[pd.DataFrame, list[str] | None]:
        """Return the other columns, and their names."""
        gone = set(taken)
        kept = [position for position in self.positions if position not in gone]
        return self.frame[kept], None if self.names is None else [self.names[position] for position in kept]


@dataclass(frozen=True)
class Said:
    """What the caller says about the columns, by their positions.

    Parameters
    ----------
    time, label : int, optional
        None where they are to be found.
    no_time, no_label : bool
        Whether there is none.
    keys : tuple of int
        The columns that tell recordings apart.
    channels : tuple of int, optional
        All others where None.
    time_format : str, optional
        See :func:`offbeat.series.dates.read_times`.
    strict : bool
        Whether the table is a file's: a column called label, is_anomaly or anomaly must hold labels, and one that holds
        the same word in every row is left out. In a frame the former may be a channel, and the latter is refused.
    """

    time: int | None = None
    label: int | None = None
    no_time: bool = False
    no_label: bool = False
    keys: tuple[int, ...] = ()
    channels: tuple[int, ...] | None = None
    time_format: str | None = None
    strict: bool = True


@dataclass(frozen=True)
class Roles:
    """What the columns of a long table are, by their positions.

    Parameters
    ----------
    channels : tuple of int
        The values.
    time : TimeColumns, optional
        The time.
    label : int, optional
        The labels.
    keys : tuple of int
        The columns that tell recordings apart.
    left_out : dict of int to str
        The columns that are nothing of these, and why.
    notes : tuple of str
        What was taken for what, where it might have been meant otherwise.
    """

    channels: tuple[int, ...]
    time: TimeColumns | None = None
    label: int | None = None
    keys: tuple[int, ...] = ()
    left_out: dict[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def others(self) -> dict[int, str]:
        """What the columns are that are no channels, in words, by position."""
        found = {position: f"left out ({why})" for position, why in self.left_out.items()}
        found |= dict.fromkeys(() if self.time is None else self.time.columns, "time")
        found |= dict.fromkeys(self.keys, "key") | ({} if self.label is None else {self.label: "labels"})
        return dict(sorted(found.items()))


def assign_roles(table: Table, said: Said) -> Roles:
    """Return what each column of a long table is.

    Raises
    ------
    DataError
        If several columns are called label, is_anomaly or anomaly, or a column of words says that the rows belong to
        several recordings.
    """
    return _Finder(table, said).roles()


class _Finder:
    """Finds the roles one after the other, each among the columns that are left."""

    def __init__(self, table: Table, said: Said) -> None:
        self.table, self.said = table, said
        self.notes: list[str] = []
        self.left_out: dict[int, str] = {}

    def roles(self) -> Roles:
        """Return all roles."""
        time, label, keys = self.time, self.label, self.said.keys
        if self.said.channels is not None:
            return Roles(self.said.channels, time, label, keys, {}, tuple(self.notes))
        taken = {*self._time_positions, *keys, *(() if label is None else (label,))}
        self._leave_out_what_tells_nothing(self._left(taken))
        self._refuse_several_recordings(taken)
        self._leave_out_words(self._left(taken))
        self._leave_out_row_numbers(taken)
        channels = self._left(taken)
        self._name_channels_called_labels(channels)
        named = self.table.names is not None
        called = list(map(self._called, channels))
        self.notes += tell_doubts(self.table.frame[channels], called, named=named, keyed=bool(keys))
        return Roles(tuple(channels), time, label, keys, self.left_out, tuple(self.notes))

    def _left(self, taken: set[int]) -> list[int]:
        return [position for position in self.table.positions if position not in taken | set(self.left_out)]

    def _called(self, position: Any) -> str:
        return self.table.called(position)

    def _listed(self, positions: Iterable[Any]) -> str:
        return " and ".join(map(self._called, positions))

    @property
    def _time_positions(self) -> tuple[int, ...]:
        return () if self.time is None else self.time.columns

    @cached_property
    def time(self) -> TimeColumns | None:
        """The columns of the time."""
        said = self.said
        if said.no_time:
            return None
        if said.time is not None:
            return TimeColumns((said.time,))
        frame, names = self.table.without([*said.keys, *(() if said.label is None else (said.label,))])
        found = self._by_format(frame) or find_time(frame, names)
        # The only column may be a channel of numbers that rise.
        if found is None or (frame.shape[1] == 1 and pd.api.types.is_numeric_dtype(frame.dtypes.iloc[0])):
            self._tell_no_time(list(frame.columns))
            return None
        self._tell_time(found)
        return found

    def _tell_no_time(self, positions: list[Any]) -> None:
        if len(positions) < 2:
            return
        for position in positions:
            name = self._called(position)
            if rises_unevenly(self.table.frame[position], name):
                self.notes.append(
                    f"column {name} may be the time by its name, but does not rise evenly: read as a channel "
                    f"(time={name!r} takes it for the time)"
                )

    def _by_format(self, frame: pd.DataFrame) -> TimeColumns | None:
        """Return the first column that is written in the format that the caller states."""
        form = self.said.time_format
        if form is None or counts(form):
            return None
        return next(
            (TimeColumns((position,)) for position in frame.columns if fits_format(frame[position], form)), None
        )

    def _tell_time(self, found: TimeColumns) -> None:
        name = self._listed(found.columns)
        if len(found.columns) > 1:
            self.notes.append(f"columns {name} are read together as the time")
        if found.left_out:
            other = self._called(found.left_out[0])
            self.notes.append(
                f"columns {self._listed([*found.columns, *found.left_out])} hold dates: {name} is read as the time "
                f"(time={other!r} takes the other)"
            )
            self.left_out |= dict.fromkeys(found.left_out, "dates")
        if found.unit in UNITS:
            likelier = likelier_forms(self.table.frame[found.columns[0]], found.unit)
            others = "".join(f", time_format={form!r} for {first:%Y-%m-%d %H:%M}" for form, first in likelier)
            self.notes.append(
                f"column {name} is read as the time from the start of the recording, in {found.unit} (time='none' if "
                f"it is a channel{others}); its dates count from 1970-01-01"
            )
        elif len(found.columns) == 1 and "gps" in words_of(name) and self._is_number(found.columns[0]):
            self.notes.append(
                f"column {name} is read as times since 1970 (time_format='s since 1980-01-06' if they are those of GPS)"
            )
        elif len(found.columns) == 1 and not found.unit and self._is_unnamed_epoch(found.columns[0]):
            self.notes.append(
                f"column {name} rises evenly as times do: read as the time (time='none' if it is a channel)"
            )

    def _is_unnamed_epoch(self, position: Any) -> bool:
        return self._is_number(position) and not is_time_word(self._called(position))

    def _is_number(self, position: Any) -> bool:
        return bool(pd.api.types.is_numeric_dtype(self.table.frame[position].dtype))

    @cached_property
    def label(self) -> int | None:
        """The column of the labels."""
        said = self.said
        if said.label is not None or said.no_label or self.table.names is None:
            return said.label
        frame, names = self.table.without([*self._time_positions, *said.keys])
        exact = [p for p in frame.columns if said.strict and self._is_exact(p) and not self._is_no_label(p)]
        if len(exact) > 1:
            raise DataError(f"{self._columns(exact)} could both hold the labels: set label to one of them")
        found = exact or find_labels(frame, names)
        if said.channels is not None:
            found = [position for position in found if position not in said.channels]
        if not found:
            return None
        for other in found[1:] + [p for p in find_labels(frame, names) if p not in found]:
            self.left_out[other] = "labels, too"
            self.notes.append(
                f"column {self._called(other)} is called and filled as labels are, too: left out "
                f"(label={self._called(other)!r} takes it for the labels)"
            )
        return int(found[0])

    def _is_exact(self, position: Any) -> bool:
        return self._called(position).strip().lower() in LABEL_NAMES

    def _is_no_label(self, position: Any) -> bool:
        """Whether a column holds one word, or numbers with decimals such as anomalies of a climate."""
        column = self.table.frame[position]
        if not pd.api.types.is_float_dtype(column.dtype):
            return is_one_word(column)
        return column.nunique() > _FEW and bool((column.dropna() % 1 != 0).any())

    def _columns(self, positions: Sequence[Any]) -> str:
        return " and ".join(f"column {position + 1} ({self._called(position)!r})" for position in positions)

    def _leave_out_what_tells_nothing(self, positions: list[int]) -> None:
        for position in positions:
            column, name = self.table.frame[position], self._called(position)
            if len(column) and column.isna().all():
                self.notes.append(f"column {name} is empty in every row")
            elif self.said.strict and len(column) > 1 and self._is_word(position) and column.nunique(dropna=False) == 1:
                self._leave_out(position, f"column {name} holds {str(column.iloc[0])[:40]!r} in every row", "one word")
            elif self._is_one_id(position) and len(positions) > 1:
                self._leave_out(position, f"column {name} holds {column.iloc[0]:g} in every row", "one id")

    def _is_word(self, position: int) -> bool:
        column = self.table.frame[position]
        if pair_of(column) is not None:
            return False
        is_id = is_text(column) and self.table.names is not None and is_called_id(self._called(position))
        return holds_words(column) or (is_id and not all(map(looks_numeric, column.dropna().head(_FEW))))

    def _leave_out_words(self, positions: list[int]) -> None:
        """Leave out columns of a file that hold nothing but words."""
        words = [position for position in positions if self.said.strict and self._is_word(position)]
        for position in words if len(words) < len(positions) else ():
            name, values = self._called(position), self.table.frame[position].dropna().unique()
            self._leave_out(position, f"column {name} holds words, such as {str(values[0])[:40]!r}", "words")
            if len(values) <= _FEW:
                self.notes[-1] += f" (label={name!r} with normal= takes it for the labels, by={name!r} for keys)"

    def _is_one_id(self, position: int) -> bool:
        """Whether a column is called as ids are, and holds the same whole number in every row."""
        column = self.table.frame[position]
        if self.table.names is None or len(column) < 2 or is_text(column) or not is_called_id(self._called(position)):
            return False
        numeric = pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)
        return numeric and column.nunique(dropna=False) == 1 and column.iloc[0] == round(column.iloc[0])

    def _leave_out(self, position: int, why: str, short: str) -> None:
        self.left_out[position] = short
        self.notes.append(f"{why}: left out")

    def _refuse_several_recordings(self, taken: set[int]) -> None:
        """Refuse rows of several recordings that nobody asked to tell apart."""
        if self.said.keys:
            return
        left = [position for position in self._left(taken) if pair_of(self.table.frame[position]) is None]
        frame, names = self.table.frame[left], self._names(left)
        steps = list(self._time_positions) or step_columns(frame, names)[:1]
        rest = [position for position in left if position not in steps]
        keys = find_keys(self.table.frame[rest], self._names(rest), self.table.frame[steps]) if steps else []
        if keys:
            raise DataError(
                f"the times start over for each {self._called(keys[0])} ({self._values_of(keys[0])}): "
                f"expected one recording, got {len(self.table.frame[keys].drop_duplicates()):,}: tell them apart with "
                f"by={', '.join(map(self._given, keys))!r}, or name the columns to read as one (channels=)"
            )
        mixed = [] if names is None or len(rest) < 2 else mixed_keys(self.table.frame[rest], self._names(rest) or [])
        if mixed and len(mixed) < len(rest):
            raise DataError(
                f"rows of several recordings seem to take turns, by {self._called(mixed[0])} "
                f"({self._values_of(mixed[0])}): "
                f"tell them apart with by={', '.join(map(self._called, mixed))!r}, or name the columns to read as one "
                "(channels=)"
            )

    def _given(self, position: int) -> str:
        """Return how the caller names a column: by its position from 0 where it has no name."""
        return self._called(position) if self.table.names else str(position)

    def _values_of(self, position: Any) -> str:
        """Return the values of a column, whole numbers without a decimal point."""
        values = self.table.frame[position].dropna().unique()
        return shorten(", ".join(value if isinstance(value, str) else f"{value:g}" for value in values), 60)

    def _names(self, positions: list[int]) -> list[str] | None:
        return None if self.table.names is None else [self._called(position) for position in positions]

    def _leave_out_row_numbers(self, taken: set[int]) -> None:
        left = self._left(taken)
        frame, names = self.table.frame[left], self._names(left)
        if self.said.keys and names is not None:
            groups = self.table.frame.groupby(list(self.said.keys), sort=False, dropna=False)
            inside = groups.cumcount()
            for position in step_columns(frame, names):
                if (self.table.frame[position] - inside).isin([0, 1]).all():
                    self._leave_out(position, f"column {self._called(position)} numbers the rows", "row numbers")
            return
        for found in find_row_numbers(frame, names):
            self._leave_out(found, f"column {self._called(found)} numbers the rows", "row numbers")

    def _name_channels_called_labels(self, positions: list[int]) -> None:
        if self.table.names is None or self.said.no_label:
            return
        for position in positions:
            name = self._called(position)
            if has_label_name(name) and (self._is_exact(position) or self.table.frame[position].nunique() <= _FEW):
                self.notes.append(
                    f"column {name} is called as labels are, but is read as a channel (label={name!r} takes it for the "
                    "labels, with normal= where they are not 0 and 1)"
                )
