"""Annotations in formats that other programs read: EDF+ and CSV."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from offbeat.errors import DataError, ignoring
from offbeat.records.sources import reading

if TYPE_CHECKING:
    from offbeat.records.annotations import Annotations
    from offbeat.records.record import Record

__all__ = ["write_csv", "write_edf"]

_EDF_YEARS = range(1985, 2085)  # of which the format has two digits


def write_csv(annotations: Annotations, path: Path, record: Record | None = None) -> None:
    """Write a line for each annotation: sample, time (s, empty where the rate is unknown), symbol and the rest."""
    rate = annotations.sampling_rate
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["sample", "time_s", "symbol", "subtype", "channel", "aux"])
        for sample, symbol, subtype, channel, aux in zip(
            annotations.samples.tolist(),
            annotations.symbols.tolist(),
            annotations.subtypes.tolist(),
            annotations.channels.tolist(),
            annotations.aux.tolist(),
            strict=True,
        ):
            rows.writerow([sample, "" if rate is None else f"{sample / rate:.6f}", symbol, subtype, channel, aux])


def write_edf(annotations: Annotations, path: Path, record: Record | None = None) -> None:
    """Write an EDF+ file of nothing but annotations: the symbol and the remark of each, at its time.

    It starts when the record did. An unknown day is written as EDF+ has it (``Startdate X``), an unknown time as 0:00.

    Raises
    ------
    DataError
        If the sampling rate is unknown, so that there are no times, or there are no annotations.
    MissingExtraError
        If edfio is not installed.
    """
    rate = annotations.sampling_rate
    if rate is None:
        raise DataError("expected annotations of a known sampling rate to write EDF+: give it, or write CSV")
    if not len(annotations):
        raise DataError("expected annotations to write, got none: EDF+ holds at least one, choose another ending")
    with reading(path, "EDF+"):
        import edfio
    day, time_of_day = (None, None) if record is None else (record.started_on, record.started)
    day = day if day is not None and day.year in _EDF_YEARS else None
    texts = (f"{symbol} {aux}".strip() for symbol, aux in zip(annotations.symbols, annotations.aux, strict=True))
    times = (annotations.samples / rate).tolist()
    rows = [edfio.EdfAnnotation(round(time, 6), None, text) for time, text in zip(times, texts, strict=True)]
    with ignoring(Warning):
        edfio.Edf([], annotations=rows, recording=edfio.Recording(startdate=day), starttime=time_of_day).write(path)
