"""What a user asked a command for: the data and how to read them, the detector and how to fit it, the ECG record."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from offbeat.errors import ParameterError

__all__ = ["DetectorRequest", "PanelRequest", "RecordRequest", "Request", "ThresholdRequest"]


@dataclass(frozen=True)
class Request:
    """Which data a command reads, and how.

    The command line makes its options from these fields, and shows these sentences as their help.

    Parameters
    ----------
    data : str
        A data set of the catalogue, or a file; with --kind beats an ECG record; for ecgformer a folder, a pattern in
        quotes or a list (RECORDS) of annotated ones.
    label : str, optional
        Where a file keeps its labels: "first", "last", "none", or the name of a column. For beats: the ending of the
        annotation file, such as atr.
    normal : str, optional
        The label of the normal class, or what the labels of a recording call normal where they are not 0 and 1. The
        catalogue knows that of its data sets; for beats it is N.
    time : str, optional
        The column that holds the timestamps of a file, or "none"; found automatically if not given.
    time_format : str, optional
        How timestamps are written, such as %d/%m/%Y %H:%M; of numbers the unit that they count in since 1970: s, ms,
        us, ns, min, h or d, or since another day: "s since 1904-01-01"; what counts days: excel, matlab, julian, mjd;
        what counts ticks: dotnet, filetime; or years. Found automatically if not given.
    kind : str, optional
        "recording" or "collection", where a file does not show which it is; "beats" finds the beats of an ECG record
        (WFDB, EDF, CSV), each a short series.
    read : tuple of str
        How to read a recording: order=sort or error; duplicates=keep, first, last, mean or error; gaps=keep, nan,
        interpolate, last or error; channels=cpu,mem for some of the columns; missing=-999 for what stands for a missing
        value; sampling_rate=0.1 (Hz) where the file does not state it. For beats: lead=V1; sampling_rate=250 and
        units=uV likewise; method=fast or accurate. Repeatable.
    until : str, optional
        Fit on the part of a recording before this, and evaluate on what comes after: a share (0.4), a row (2000) or a
        date. A data set may define its own.
    since : str, optional
        Report only what comes from here on: a share (0.4), a row (2000) or a date. What comes before fills the first
        windows, and may be what the model has learned from.
    train : str, optional
        The data that the model was fitted on, for the baselines, where DATA does not hold them.
    data_dir : Path, optional
        Look for data sets here first, then in $OFFBEAT_DATA.
    """

    data: str
    label: str | None = None
    normal: str | None = None
    time: str | None = None
    time_format: str | None = None
    kind: str | None = None
    read: tuple[str, ...] = ()
    until: str | None = None
    since: str | None = None
    train: str | None = None
    data_dir: Path | None = None

    def command(self, name: str, *words: str, more: Sequence[str] = ()) -> str:
        """Return the command that was given, with further data and further words of it.

        Examples
        --------
        >>> Request("my beats.txt", normal="1", read=("missing=-999",)).command("report", "--model", "m")
        "offbeat report 'my beats.txt' --normal 1 --read missing=-999 --model m"
        """
        return shlex.join(["offbeat", name, self.data, *more, *_options(self, "data"), *words])

    def for_training_data(self) -> Request | None:
        """Return the request for the data that the model was fitted on; None where they are not given apart."""
        if self.train is None:
            return None
        kind = self.kind if self.kind == "beats" else None
        return replace(self, data=self.train, kind=kind, normal=None, until=None, train=None)


@dataclass(frozen=True)
class PanelRequest:
    """Many series by key, and how to work on them; on the command line as :class:`Request`.

    Parameters
    ----------
    more : tuple of str
        More files of series, so that DATA is the first of many: each file is a key.
    by : str, optional
        The column of a long table that says which series a row belongs to, such as host; several with commas between.
    workers : int, optional
        Processes that work on many series, or on a large Parquet file, of one thread each; one a processor if not
        given.
    ray : str, optional
        Work on a Ray cluster instead: its address (host:port, auto), or "local" for one on this machine. All files lie
        where each of its machines finds them by the same path.
    """

    more: tuple[str, ...] = ()
    by: str | None = None
    workers: int | None = None
    ray: str | None = None

    @property
    def names_workers(self) -> bool:
        """Whether it is said where to work."""
        return self.workers is not None or self.ray is not None


@dataclass(frozen=True)
class ThresholdRequest:
    """What raises an alarm; on the command line as :class:`Request`.

    Parameters
    ----------
    alarms_per_week : float, optional
        How many alarms normal data may raise in a week; 1 for recordings, unless another threshold is chosen. Of many
        series each may raise so many.
    alarms_per_week_in_all : float, optional
        Many series: how many alarms normal data of all of them together may raise in a week; each has an equal share.
    threshold : str, optional
        Another rule: quantile (that of short series), conformal, pot, sigma, mad, iqr, budget, tracking or fixed.
    threshold_settings : tuple of str
        A setting of the threshold, such as false_alarms=0.01. Repeatable.
    watch : float, optional
        False-alarm rate of the tier watch (amber); 0.05 for short series, seven times the alarms for recordings.
    alarm : float, optional
        False-alarm rate of the tier alarm (red); 0.01 for short series, whatever is flagged for recordings.
    """

    alarms_per_week: float | None = None
    alarms_per_week_in_all: float | None = None
    threshold: str | None = None
    threshold_settings: tuple[str, ...] = ()
    watch: float | None = None
    alarm: float | None = None

    def for_each(self, n_series: int) -> ThresholdRequest:
        """Return what is asked for of each of many series.

        Raises
        ------
        ParameterError
            If alarms are asked for of each, and in all.

        Examples
        --------
        >>> ThresholdRequest(alarms_per_week_in_all=7).for_each(20).alarms_per_week
        0.35
        """
        if self.alarms_per_week_in_all is None:
            return self
        if self.alarms_per_week is not None:
            raise ParameterError("--alarms-per-week is of each series, --alarms-per-week-in-all of all: leave one out")
        return replace(self, alarms_per_week=self.alarms_per_week_in_all / n_series, alarms_per_week_in_all=None)


@dataclass(frozen=True)
class DetectorRequest:
    """Which detector to fit, and with which settings; on the command line as :class:`Request`.

    Parameters
    ----------
    detector : str
        Which detector; a wrong name lists them all. "auto" takes profile for a recording, dense-autoencoder for short
        series (pca where PyTorch is not installed). Networks learn for about a minute from a recording, and deepant
        finds far less in it than pca. ecgformer is no detector: it learns to name beats from annotated ECG records.
    tune : bool
        Choose detector, window and settings without labels, by synthetic anomalies planted into the data to fit on; the
        default is kept unless another finds clearly more of them. A table shows what was tried. Not with --detector,
        --set, --train, --checkpoints or --logger.
    settings : tuple of str
        A setting of the detector, such as code_size=32; --help-settings lists them. Repeatable.
    train : tuple of str
        A setting of the training, such as epochs=30; --help-settings lists them. Repeatable.
    seed : int
        Seed of everything drawn at random.
    checkpoints : Path, optional
        Keep the state of the training here after every epoch, and resume from it after a stop.
    logger : str, optional
        Log the training: csv:runs, tensorboard:runs, …
    """

    detector: str = "auto"
    tune: bool = False
    settings: tuple[str, ...] = ()
    train: tuple[str, ...] = ()
    seed: int = 0
    checkpoints: Path | None = None
    logger: str | None = None


@dataclass(frozen=True)
class RecordRequest:
    """Which ECG record to classify, and how; on the command line as :class:`Request`.

    Parameters
    ----------
    record : str
        A WFDB record (path without extension), a file of a recorder (EDF, BDF, DICOM, CSV …), or mitdb/100.
    lead : tuple of str
        Which lead to read, by name or number from 0; repeat it for a second one.
    method : str
        How beats are found: "fast", or "accurate" (a hundred times slower).
    min_confidence : float
        Below this confidence a beat gets no class (Q in the annotation file).
    annotations : str, optional
        Report the beats and classes of this file instead of the model's, as review saved them (.rev) or an expert; or
        its ending alone, such as .rev: of many records those that have such a file beside them.
    model : Path, optional
        Another model of beats than the shipped one.
    intervals : bool
        Delineate the beats, too: P, QRS and T on- and offsets, PR, QRS, QT and corrected QT intervals of each.
    hrv : bool
        Heart rate variability of the normal beats, too: time, frequency and non-linear figures.
    sampling_rate : float, optional
        Samples per second of a file that does not state it, or states it wrongly.
    units : str, optional
        mV, uV or V: the unit of a file that does not state it, or states it wrongly.
    gain : float, optional
        How many of the stored counts (of a table: of its numbers) are a millivolt, before what the file states.
    data_dir : Path, optional
        Look for records of the catalogue here first, then in $OFFBEAT_DATA.
    """

    record: str
    lead: tuple[str, ...] = ()
    method: str = "fast"
    min_confidence: float = 0.0
    annotations: str | None = None
    model: Path | None = None
    intervals: bool = False
    hrv: bool = False
    sampling_rate: float | None = None
    units: str | None = None
    gain: float | None = None
    data_dir: Path | None = None

    def command(self, record: str, report: str) -> str:
        """Return the command that classifies a record as was asked for and writes its page.

        Examples
        --------
        >>> RecordRequest("", lead=("V1",), sampling_rate=250.0, hrv=True).command("my strip.csv", "a.html")
        "offbeat classify 'my strip.csv' --lead V1 --hrv --sampling-rate 250.0 --report a.html"
        """
        return shlex.join(["offbeat", "classify", record, *_options(self, "record"), "--report", report])


def _options(asked: Any, argument: str) -> list[str]:
    """Return the options that were given, as words, without what is no option."""
    words: list[str] = []
    for field in fields(asked):
        value, flag = getattr(asked, field.name), f"--{field.name.replace('_', '-')}"
        if field.name == argument or value == field.default:
            continue
        for each in value if isinstance(value, tuple) else (value,):
            words += [flag] if each is True else [flag, str(each)]
    return words
