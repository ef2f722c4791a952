"""WFDB records: a header that names signal files, or other records to join, as PhysioNet has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from offbeat.errors import DataError, FormatError
from offbeat.files.regular import is_file, shorten
from offbeat.records.dat import FAST_FORMATS, DatFile
from offbeat.records.sources import Lead, Samples, Source, check_gap, distinct, reading
from offbeat.records.units import to_millivolts
from offbeat.records.wfdb_header import (
    DEFAULT_GAIN,
    GAP,
    as_wfdb_reads,
    date_of,
    frames_in,
    frames_of,
    read_header,
    time_of_day,
    without_gain,
)

__all__ = ["SegmentsSource", "SignalsSource", "header_of", "open_wfdb"]

_SIGNAL_SUFFIXES = {".hea", ".dat", ".mat"}
_OTHER_FORMATS = {".edf", ".rec", ".bdf", ".csv", ".txt", ".tsv", ".xml", ".dcm", ".ecg", ".atc", ".scp", ".gz"}


def header_of(path: Path) -> Path | None:
    """Return the header of the record that ``path`` names, with or without an extension; None if there is none.

    Raises
    ------
    DataError
        If ``path`` is a file of annotations of a record.
    """
    whole = path.with_name(path.name + ".hea")
    if is_file(whole):
        return whole
    header = path.with_suffix(".hea")
    if not path.suffix or path.suffix.lower() in _OTHER_FORMATS or not is_file(header):
        return None
    if path.suffix.lower() in _SIGNAL_SUFFIXES or path.name in header.read_text("ascii", "ignore"):
        return header
    raise DataError(f"{path} is an annotation file, not the signal: name the record, {path.with_suffix('')}")


def open_wfdb(header: Path) -> Source:
    """Open a WFDB record by its header.

    Raises
    ------
    FormatError
        If a header is damaged, or a signal file is shorter than it says.
    DataError
        If a file is missing.
    MissingExtraError
        If wfdb is not installed.
    """
    found = read_header(header)
    return SegmentsSource(header, found) if hasattr(found, "seg_name") else SignalsSource(header, found)


class SignalsSource:
    """The signal files of one WFDB header, read piece by piece.

    Parameters
    ----------
    path : Path
        The header.
    header : wfdb.Record
        Its content.
    """

    def __init__(self, path: Path, header: Any) -> None:
        self._path, self._header = path, header
        with reading(path, "a WFDB header"):
            self._check_files()
            self._per_frame = [int(n or 1) for n in self._field("samps_per_frame")]
            self._frames = frames_of(path, header)
            self._files = _fast_files(path, header)
            # Without a gain, signals are read as counts, so that one that is given can take its place.
            units = [to_millivolts(unit or "mV")[1] for unit in self._field("units")]
            self._counted = {lead for lead in without_gain(path) if lead < len(units) and units[lead] == "mV"}
            self.leads = self._describe()
            self.notes = self._gain_note()
            self.started, self.started_on = time_of_day(path), date_of(path)
            self._check_lengths()

    def _field(self, what: str) -> list[Any]:
        return list(getattr(self._header, what) or ()) if self._header.n_sig else []

    def _describe(self) -> tuple[Lead, ...]:
        rate = float(self._header.fs)
        if len(self._per_frame) != self._header.n_sig:
            raise FormatError(
                f"{self._path} promises {self._header.n_sig} signals, but describes {len(self._per_frame)}"
            )
        fields = zip(self._field("sig_name"), self._field("units"), self._per_frame, strict=True)
        # The unit may be left out of a header; it is mV then.
        leads = [Lead(name or "", unit or "mV", rate * n, self._frames * n) for name, unit, n in fields]
        leads = [replace(lead, counts_per_unit=gain) for lead, gain in zip(leads, self._field("adc_gain"), strict=True)]
        return tuple(_as_counts(lead) if place in self._counted else lead for place, lead in enumerate(leads))

    def _gain_note(self) -> tuple[str, ...]:
        names = distinct([lead.name for lead in self.leads])
        counted = [names[place] for place in sorted(self._counted)]
        which = "" if len(counted) == len(names) else f" for {shorten(counted)}"
        note = f"the header holds no gain{which}: {DEFAULT_GAIN:g} counts of the converter are taken for 1 mV"
        return (f"{note} (--gain overrules)",) if counted else ()

    def _check_files(self) -> None:
        for name in dict.fromkeys(self._field("file_name")):
            if name == GAP:  # the layout of a record of several segments: signals without a file
                continue
            if not is_file(self._path.with_name(name)):
                raise DataError(f"{self._path} needs the file {name}, which is not there: put it beside the header")

    def _check_lengths(self) -> None:
        for name in dict.fromkeys(self._field("file_name")):
            held = frames_in(self._path, self._header, name)
            if held is not None and held < self._frames:
                raise FormatError(
                    f"{self._path} promises {self._frames:,} samples, but {name} holds only {max(held, 0):,}: is it "
                    "cut short? Copy or download it again"
                )

    def read(self, start: int, stop: int, leads: Sequence[int]) -> Samples:
        """Return samples as :class:`offbeat.records.sources.Source` says."""
        values = np.empty((stop - start, len(leads)), dtype=np.float32)
        slow = [lead for lead in leads if lead not in self._files]
        with reading(self._path, "a WFDB record"):
            for file in {self._files[lead] for lead in leads if lead in self._files}:
                self._read_fast(file, start, stop, leads, values)
            if slow:
                columns = self._read_slowly(start, stop, slow)
                for position, lead in enumerate(leads):
                    if lead in slow:
                        values[:, position] = columns[slow.index(lead)]
        return values

    def _read_fast(self, file: DatFile, start: int, stop: int, leads: Sequence[int], values: Samples) -> None:
        raw = file.read(start, stop)
        members = (lead for lead, holder in self._files.items() if holder == file)
        place = {lead: column for column, lead in enumerate(members)}
        for position, lead in enumerate(leads):
            if lead not in place:
                continue
            column = raw[:, place[lead]]
            values[:, position] = column
            values[:, position] -= np.float32(self._header.baseline[lead])
            if lead not in self._counted:
                values[:, position] /= np.float32(self._header.adc_gain[lead])
            values[column == file.invalid(), position] = np.nan

    def _read_slowly(self, start: int, stop: int, leads: Sequence[int]) -> list[Samples]:
        """Return one array a lead, by wfdb; which reads whole frames, and a format of differences from the start on."""
        import wfdb

        n = self._per_frame[leads[0]]
        differences = any(self._header.fmt[lead] == "8" for lead in leads)
        unknown = self._header.sig_len is None  # then wfdb reads nothing but the whole
        first = 0 if differences or unknown else start // n
        order = sorted(set(leads))
        files = dict.fromkeys(self._field("file_name"))
        with as_wfdb_reads(self._path, *files) as readable:
            record = wfdb.rdrecord(
                str(readable),
                sampfrom=first,
                sampto=None if unknown else -(-stop // n),
                channels=order,
                smooth_frames=False,
            )
        signals = [np.asarray(signal)[start - first * n :][: stop - start] for signal in record.e_p_signal]
        scales = [DEFAULT_GAIN if lead in self._counted else 1.0 for lead in leads]
        return [
            (scale * signals[order.index(lead)]).astype(np.float32) for scale, lead in zip(scales, leads, strict=True)
        ]


class SegmentsSource:
    """Several WFDB records one after the other, with gaps between them; each is opened when it is first read from.

    Parameters
    ----------
    path : Path
        The header that lists them.
    header : wfdb.MultiRecord
        Its content.
    """

    def __init__(self, path: Path, header: Any) -> None:
        self._path = path
        # Of a recording of days there may be thousands, and their headers are small.
        self._segment = lru_cache(maxsize=64)(self._open_segment)
        self._segments = list(zip(header.seg_name, map(int, header.seg_len), strict=True))
        first = next((name for name, _ in self._segments if name != GAP), None)
        if first is None:
            raise FormatError(f"{path} lists no segment with a signal")
        layout = self._segment(first)
        n_frames, rate = sum(length for _, length in self._segments), float(header.fs)
        self.leads = tuple(replace(lead, n_times=round(n_frames * lead.sampling_rate / rate)) for lead in layout.leads)
        self._rate = rate
        # A layout, of length 0, describes signals; whether they have a gain is said where they are.
        filled = next((name for name, length in self._segments if name != GAP and length), first)
        self.notes = self._segment(filled).notes
        self.started, self.started_on = time_of_day(path), date_of(path)
        check_gap(sum(length for name, length in self._segments if name == GAP), 1, path)

    def _open_segment(self, name: str) -> SignalsSource:
        header = self._path.with_name(f"{name}.hea")
        if not is_file(header):
            raise DataError(f"{self._path} needs the segment {header.name}, which is not there: put it beside")
        found = read_header(header)
        if hasattr(found, "seg_name"):
            raise FormatError(f"the segment {header.name} of {self._path} has segments itself: list those instead")
        return SignalsSource(header, found)

    def read(self, start: int, stop: int, leads: Sequence[int]) -> Samples:
        """Return samples as :class:`offbeat.records.sources.Source` says."""
        per_frame = round(self.leads[leads[0]].sampling_rate / self._rate)
        pieces = list(self._pieces(start, stop, per_frame))
        for name, first, _, length in pieces:
            self._check_length(name, first + length)
        check_gap(stop - start - sum(length for *_, length in pieces), len(leads), self._path)
        values = np.full((stop - start, len(leads)), np.nan, dtype=np.float32)
        for name, first, at, length in pieces:
            self._fill(values[at : at + length], name, first, leads)
        return values

    def _pieces(self, start: int, stop: int, per_frame: int) -> Iterator[tuple[str, int, int, int]]:
        """Yield what is in segments: name, first sample in the segment, place of it from ``start`` on, length."""
        begin = 0
        for name, n_frames in self._segments:
            end = begin + n_frames * per_frame
            first, last = max(start, begin), min(stop, end)
            if first < last and name != GAP:
                yield name, first - begin, first - start, last - first
            begin = end

    def _check_length(self, name: str, needed: int) -> None:
        held = max(lead.n_times for lead in self._segment(name).leads)
        if held < needed:
            raise FormatError(f"{self._path} takes {needed:,} samples of the segment {name}, which has {held:,}")

    def _fill(self, values: Samples, name: str, first: int, leads: Sequence[int]) -> None:
        """Fill in the leads that a segment has; it may lack some, or have them in another order or unit."""
        segment = self._segment(name)
        names = [lead.name for lead in segment.leads]
        for column, lead in enumerate(leads):
            wanted = self.leads[lead]
            if wanted.name in names:
                at = names.index(wanted.name)
                factor = _millivolts(segment.leads[at]) / _millivolts(wanted)
                values[:, column] = segment.read(first, first + len(values), [at])[:, 0] * np.float32(factor)


def _as_counts(lead: Lead) -> Lead:
    """Return a lead whose values are counts, as many a unit as the definition of the format says."""
    millivolts = to_millivolts(lead.unit)[0] / DEFAULT_GAIN
    return replace(lead, unit="counts", millivolts=millivolts, counts_per_unit=None)


def _millivolts(lead: Lead) -> float:
    """Return what a value of a lead is to be multiplied by; 1 where it is no voltage."""
    return to_millivolts(lead.unit)[0] if lead.millivolts is None else lead.millivolts


def _fast_files(header: Path, record: Any) -> dict[int, DatFile]:
    """Return the file of each signal that needs no more than unpacking."""
    members: dict[str, list[int]] = {}
    for lead, name in enumerate(record.file_name or ()):
        members.setdefault(name, []).append(lead)
    found: dict[int, DatFile] = {}
    for name, leads in members.items():
        plain = all((record.samps_per_frame[lead] or 1) == 1 and not record.skew[lead] for lead in leads)
        if plain and record.fmt[leads[0]] in FAST_FORMATS:
            offset = record.byte_offset[leads[0]] or 0
            found |= dict.fromkeys(leads, DatFile(header.with_name(name), record.fmt[leads[0]], len(leads), offset))
    return found
