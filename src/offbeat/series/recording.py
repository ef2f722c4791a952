"""One long series; :mod:`offbeat.series.collection` holds many short ones."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.plotting import drawn
from offbeat.series.arrays import (
    FloatArray,
    as_domain,
    as_float,
    as_labels,
    as_train_end,
    channel_names,
    moved_train_end,
    pick_channels,
    require_rate,
)
from offbeat.series.channel_table import channel_table
from offbeat.series.collection import Collection
from offbeat.series.frames import Rows, arrange, rows_of_frame
from offbeat.series.grid import even_grid, fill_gaps, largest_by_cell, mean_by_cell
from offbeat.series.timeline import as_times, row_at, seconds_of, share_or_row, usual_step, warn_of_gaps
from offbeat.series.zones import Zone, as_zone
from offbeat.tables import ShownAsTables, Table
from offbeat.words import clock, notice_for, plural

__all__ = ["Collection", "FloatArray", "Recording", "as_labels"]


@dataclass(frozen=True, eq=False)
class Recording(ShownAsTables):
    """One long series.

    Parameters
    ----------
    values : array of shape (n_times, n_channels) or (n_times,)
        One-dimensional input becomes one channel. NaN marks a missing value.
    sampling_rate : float, optional
        Samples per second (Hz).
    timestamps : array of shape (n_times,), optional
        ``datetime64`` of each time step, never decreasing; in UTC where there is a zone.
    channels : sequence of str, optional
        One name a channel; ``ch0``, ``ch1`` … where none are given.
    labels : array of shape (n_times,), optional
        1 where the time step is known to be anomalous, else 0.
    name : str
        What to call it in tables and pictures.
    train_end : int, optional
        The time step at which the part to learn from ends, where the data set defines one. A slice moves it along;
        every k-th row of a recording has it at the row that would be next.
    domain : {"", "ecg", "physiology"}
        What the data is about: results on physiological signals carry the notice that this is no medical device.
    zone : Zone, str or tzinfo, optional
        The time zone that the timestamps were given in, such as ``"Europe/Berlin"`` or ``"+02:00"``: events and scores
        carry it. Found where the timestamps have one.
    notes : tuple of str
        What its reader took for what, where it might have been meant otherwise.
    columns : tuple of (name, role)
        The columns of the table it was read from that are no channels: its time, its labels, or left out.

    Raises
    ------
    ShapeError
        If the lengths do not fit together.
    DataError
        If the values are not numbers, the sampling rate is none, time runs backwards, or ``train_end`` lies outside.

    Examples
    --------
    >>> import numpy as np
    >>> from offbeat import Recording
    >>> two_leads = Recording(np.zeros((1000, 2)), sampling_rate=250.0, channels=["MLII", "V1"])
    >>> two_leads.select(["V1"])
    Recording(1000 time steps x 1 channel (V1), 250 Hz)
    >>> two_leads.duration
    4.0
    """

    values: FloatArray
    sampling_rate: float | None = None
    timestamps: npt.NDArray[np.datetime64] | None = None
    channels: tuple[str, ...] = None  # type: ignore[assignment]  # filled in by __post_init__
    labels: npt.NDArray[np.integer[Any]] | None = None
    name: str = ""
    train_end: int | None = None
    domain: str = ""
    zone: Zone | None = None
    notes: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        as_domain(self.domain)
        require_rate(self.sampling_rate)
        object.__setattr__(self, "zone", as_zone(getattr(self.timestamps, "tz", None) or self.zone))
        values = as_float(self.values, "recording")
        if values.ndim == 1:
            values = values[:, None]
        if values.ndim != 2:
            raise ShapeError(f"a recording has the shape (n_times, n_channels), got {values.ndim} axes")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "channels", channel_names(self.channels, values.shape[1]))
        for what in ("timestamps", "labels"):
            given = getattr(self, what)
            if given is None:
                continue
            given = np.asarray(given)
            if given.shape != (len(values),):
                raise ShapeError(f"expected {len(values)} {what}, one for each time step, got {given.shape}")
            object.__setattr__(self, what, as_times(given) if what == "timestamps" else given)
        if self.timestamps is not None and np.any(np.diff(self.timestamps) < np.timedelta64(0)):
            raise DataError("the timestamps of a recording never decrease, but these do: sort the rows first")
        if self.train_end is not None:
            object.__setattr__(self, "train_end", as_train_end(self.train_end, len(values)))

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        time: Hashable | None = None,
        labels: Hashable | None = None,
        order: Literal["sort", "error"] = "sort",
        duplicates: Literal["keep", "first", "last", "mean", "error"] = "keep",
        name: str = "",
        time_format: str | None = None,
        normal: Any = None,
    ) -> Self:
        """Make a recording of a frame; each column beside the timestamps and labels becomes a channel.

        Parameters
        ----------
        frame : data frame of shape (n_times, n_columns), or series
            Of pandas, polars, pyarrow or another library that narwhals knows; with a datetime index, or a column of
            timestamps: dates, text, or numbers that count from 1970. ``zone`` keeps their time zone.
        time : hashable, optional
            The column of the timestamps. Where it is not given it is the datetime index, or else the column found by
            its values and name.
        labels : hashable, optional
            The column that marks anomalous time steps, by 0 and 1 or by words; where it is not given one called label,
            is_anomaly, outlier, attack … that holds two values.
        order : {"sort", "error"}
            What to do with rows that are out of order.
        duplicates : {"keep", "first", "last", "mean", "error"}
            What to do with rows that share a timestamp; a mean leaves NaN out, and takes the largest label.
        name : str
            What to call it.
        time_format : str, optional
            How times are written, such as ``"%d/%m/%Y %H:%M"``; of numbers the unit that they count in since 1970: s,
            ms, us or ns; or what counts days: excel, matlab, julian, mjd; or years for decimal years.
        normal : optional
            What the labels call normal, where they are not 0 and 1.

        Raises
        ------
        DataError
            If there are no timestamps, one is missing or no date, a column holds text, or a policy is ``"error"`` and
            rows are so.

        Warns
        -----
        IrregularTimeWarning
            If rows are out of order or share a timestamp, or there are gaps between them.

        Examples
        --------
        >>> frame = pd.DataFrame({"when": ["2024-01-01 00:00", "2024-01-01 00:05"], "load": [0.5, 0.7]})
        >>> Recording.from_frame(frame).step
        300.0
        """
        rows = rows_of_frame(frame, time, labels, time_format=time_format, normal=normal)
        found = cls.of_rows(arrange(rows, order, duplicates), name)
        warn_of_gaps(found.timestamps, found.step)
        return found

    @classmethod
    def of_rows(cls, rows: Rows, name: str = "") -> Self:
        """Make a recording of the parts that a reader found."""
        return cls(
            rows.values,
            timestamps=rows.times,
            channels=rows.channels,  # type: ignore[arg-type]  # None becomes ch0, ch1 …
            labels=rows.labels,
            name=name,
            zone=rows.zone,
            notes=rows.notes,
            columns=rows.columns,
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a frame with one column a channel, and a column ``label`` if there are labels.

        Its index holds the timestamps in their zone, or is a range called ``step`` where there are none.

        Examples
        --------
        >>> Recording([0.5, 9.0], channels=["load"], labels=[0, 1]).to_frame().columns.tolist()
        ['load', 'label']
        """
        if self.labels is not None and "label" in self.channels:
            raise DataError("a channel is called 'label' as the column of the labels would be: rename it first")
        if self.timestamps is None:
            index: pd.Index[Any] = pd.RangeIndex(len(self), name="step")
        else:
            index = self.times().rename("timestamp")
        frame = pd.DataFrame(self.values, index=index, columns=list(self.channels))
        return frame if self.labels is None else frame.assign(label=self.labels)

    def times(self) -> pd.Index[Any]:
        """Return the timestamps as an index, in the zone that they were given in.

        Raises
        ------
        DataError
            If there are none.

        Examples
        --------
        >>> Recording([0.5], timestamps=pd.date_range("2024-07-01", periods=1, tz="Europe/Berlin")).times()[0]
        Timestamp('2024-07-01 00:00:00+0200', tz='Europe/Berlin')
        """
        if self.timestamps is None:
            raise DataError("expected a recording with timestamps, got one without")
        return pd.DatetimeIndex(self.timestamps) if self.zone is None else self.zone.index(self.timestamps)

    @property
    def step(self) -> float:
        """Usual seconds between time steps: by the sampling rate, else the median of the timestamps; NaN if unknown."""
        if self.sampling_rate:
            return 1.0 / self.sampling_rate
        return float("nan") if self.timestamps is None else usual_step(self.timestamps)

    @property
    def parts(self) -> tuple[Recording, ...]:
        """The recordings that it consists of: itself, unless it is joined of several."""
        return (self,)

    @property
    def begins(self) -> tuple[int, ...]:
        """The time step at which each of its parts begins."""
        return (0,)

    @property
    def longest(self) -> Recording:
        """The longest of its parts."""
        return max(self.parts, key=len)

    def split(self, at: float | str | date | np.datetime64 | None = None) -> tuple[Self, Self]:
        """Return the leading part and the rest.

        Parameters
        ----------
        at : float, int, str, datetime, np.datetime64 or pd.Timestamp, optional
            Where the rest begins: a share strictly between 0 and 1 (a float), a row (an int), or the first row at or
            after a date (without an offset, one of the recording's zone). Where it is not given, ``train_end``.

        Returns
        -------
        leading, rest : Recording
            Views, no copies. The leading part has no ``train_end``, nor has the rest where it begins there.

        Raises
        ------
        ParameterError
            If a part would be empty, or ``at`` is no date.
        DataError
            If there is no ``train_end``, or are no timestamps to find a date in.

        Examples
        --------
        >>> day = Recording(np.zeros(24), train_end=8)
        >>> [len(part) for part in day.split()], [len(part) for part in day.split(0.5)]
        ([8, 16], [12, 12])
        """
        row = self._row(at)
        if not 0 < row < len(self):
            given = "train_end" if at is None else repr(at)
            raise (DataError if at is None else ParameterError)(
                f"both parts of a recording of {len(self):,} time steps hold at least one, but {given} splits it at "
                f"row {row:,}: choose a row from 1 to {len(self) - 1:,}"
            )
        rest = self[row:]
        return replace(self[:row], train_end=None), replace(rest, train_end=rest.train_end or None)

    def _row(self, at: float | str | date | np.datetime64 | None) -> int:
        if at is None:
            if self.train_end is None:
                raise DataError(
                    "splitting needs a place, because this recording has no train_end: give a share, a row or a date"
                )
            return self.train_end
        if isinstance(at, int | float | np.number):
            return share_or_row(at, len(self))
        if self.timestamps is None:
            raise DataError(f"a date such as {at!r} needs timestamps, but this recording has none: give a share or row")
        return row_at(self.timestamps, at, self.zone)

    def regular(
        self,
        step: float | str | pd.Timedelta | None = None,
        *,
        fill: Literal["nan", "interpolate", "last"] = "nan",
        max_gap: int | None = None,
    ) -> Self:
        """Return the recording on an even grid that begins at its first time step.

        Rows go to the nearest grid point; several in one become their mean, without NaN, and the largest of their
        labels. New rows have the label 0.

        Parameters
        ----------
        step : float, str or pd.Timedelta, optional
            Seconds between time steps, or text such as ``"5min"``; :attr:`step` where it is not given.
        fill : {"nan", "interpolate", "last"}
            What stands where a value is missing, in new rows and old ones: NaN, the straight line between both
            neighbours, or the value before.
        max_gap : int, optional
            Runs of more missing rows than this stay NaN.

        Raises
        ------
        DataError
            If there are no timestamps, the step is unknown, or the grid has more than fifty times as many rows.
        ParameterError
            If the step is not above 0, ``max_gap`` is below 1, or there is no such ``fill``.

        Examples
        --------
        >>> times = np.array(["2024-01-01", "2024-01-02", "2024-01-04"], dtype="datetime64[s]")
        >>> Recording([1.0, 2.0, 4.0], timestamps=times).regular(86400, fill="interpolate").values.ravel().tolist()
        [1.0, 2.0, 3.0, 4.0]
        """
        if fill not in ("nan", "interpolate", "last"):
            raise ParameterError(f"fill is one of nan, interpolate and last, got {fill!r}")
        if max_gap is not None and max_gap < 1:
            raise ParameterError(f"max_gap is a number of rows of 1 or more, got {max_gap}")
        if self.timestamps is None or not len(self):
            raise DataError(
                "an even grid needs timestamps, but this recording has none: without them it counts as even"
            )
        if step is None and not self.step > 0:
            raise DataError("the usual time between the rows of this recording is unknown or 0: name a step in seconds")
        step = self.step if step is None else seconds_of(step)
        grid, cells = even_grid(self.timestamps, step, self.values.shape[1])
        values = mean_by_cell(self.values, cells)
        return replace(
            self,
            values=values if fill == "nan" else fill_gaps(values, fill, max_gap),
            timestamps=grid,
            labels=None if self.labels is None else largest_by_cell(self.labels, cells),
            sampling_rate=None if self.sampling_rate is None else 1.0 / step,
            # A grid point with rows of both parts is for the rest, so that nothing of it is learned from.
            train_end=None if self.train_end is None else int(np.append(cells, len(grid))[self.train_end]),
        )

    @property
    def duration(self) -> float:
        """Length in seconds, by the sampling rate or else the timestamps; NaN where neither is known."""
        if self.sampling_rate:
            return len(self) / self.sampling_rate
        if self.timestamps is not None and len(self):
            return float((self.timestamps[-1] - self.timestamps[0]) / np.timedelta64(1, "s"))
        return float("nan")

    def plot(
        self,
        scores: npt.ArrayLike | None = None,
        events: Iterable[Any] = (),
        *,
        threshold: float | None = None,
        tiers: Any = None,
        interactive: bool = False,
    ) -> Any:
        """Draw the recording with its labelled anomalies and, where given, its scores and events.

        Parameters
        ----------
        scores : array of shape (n_times,), optional
            Higher = more anomalous; an interactive figure needs them.
        events : iterable of Event
            What was flagged.
        threshold : float, optional
            Scores above it are flagged.
        tiers : (watch, alarm) or mapping of both, optional
            Where the severities watch and alarm begin.
        interactive : bool
            Whether to make a figure of plotly, to zoom and to hover over, in place of one of matplotlib.

        Returns
        -------
        matplotlib.figure.Figure or plotly.graph_objects.Figure
            See :func:`offbeat.recording_overview`.

        Raises
        ------
        MissingExtraError
            If matplotlib, or plotly for an interactive figure, is not installed.

        Examples
        --------
        >>> Recording(np.r_[np.zeros(90), 5.0, np.zeros(9)], name="pulse").plot().get_suptitle()
        '100 time steps of pulse'
        """
        return drawn("recording", self, scores, events, threshold=threshold, tiers=tiers, interactive=interactive)

    def select(self, channels: Sequence[str]) -> Self:
        """Return the named channels, in the order given."""
        picked = pick_channels(channels, self.channels)
        return replace(self, values=self.values[:, picked], channels=tuple(self.channels[i] for i in picked))

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, times: slice) -> Self:
        if not isinstance(times, slice):
            raise ParameterError(f"a part of a recording is a slice such as recording[0:100], got {times!r}")
        return replace(
            self,
            values=self.values[times],
            timestamps=None if self.timestamps is None else self.timestamps[times],
            labels=None if self.labels is None else self.labels[times],
            train_end=None if self.train_end is None else moved_train_end(self.train_end, times, len(self)),
        )

    def __repr__(self) -> str:
        n = len(self.channels)
        rate = f", {self.sampling_rate:g} Hz" if self.sampling_rate else ""
        names = self.channels if n <= 6 else (*self.channels[:3], "…", *self.channels[-3:])
        return f"Recording({len(self)} time steps x {n} channel{'s'[: n != 1]} ({', '.join(names)}){rate})"

    def _summary(self) -> Iterable[Table]:
        size = f"{plural(len(self), 'time step')} x {plural(len(self.channels), 'channel')}"
        title = f"{self.name}: {size}" if self.name else f"Recording: {size}"
        notes = (self._time_words(), self._label_words(), *self.notes, notice_for(self.domain))
        return [channel_table(title, self.channels, self.values.T, notes)]

    def _time_words(self) -> str:
        """Return when it was, and how often it was sampled."""
        if self.timestamps is None or not len(self):
            return f"Sampled at {self.sampling_rate:g} Hz." if self.sampling_rate else ""
        first, last = self.times()[[0, -1]]
        return f"From {first} to {last}, a row every {clock(self.step) if self.step >= 60 else f'{self.step:g} s'}."

    def _label_words(self) -> str:
        """Return what is known to be anomalous, and which part is there to learn from."""
        to_learn = f"The first {self.train_end:,} are to learn from." if self.train_end is not None else ""
        if self.labels is None:
            return to_learn
        marked = np.asarray(self.labels) == 1
        stretches = int(marked[:1].sum() + np.sum(np.diff(marked.astype(np.int8)) == 1))
        where = plural(stretches, "stretch", "stretches")
        return f"{plural(int(marked.sum()), 'time step')} labelled as anomalous, in {where}. {to_learn}".strip()
