"""SCP-ECG files (.scp, EN 1064, ISO 11073-91064), the European exchange format of resting ECGs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from offbeat.errors import FormatError
from offbeat.records.formats.huffman import Code, decode
from offbeat.records.formats.scp_sections import (
    Block,
    LeadPlace,
    Zones,
    codes_of,
    date_of,
    is_scp,
    lead_places,
    read_sections,
    signal_block,
    time_of,
    zones_of,
)
from offbeat.records.held import HeldSource
from offbeat.records.sources import Lead, Samples, check_gap, reading

__all__ = ["is_scp", "read_scp"]

_Counts = npt.NDArray[np.int64]

_NAMES = {
    1: "I", 2: "II", 3: "V1", 4: "V2", 5: "V3", 6: "V4", 7: "V5", 8: "V6", 9: "V7", 10: "V2R", 11: "V3R", 12: "V4R",
    13: "V5R", 14: "V6R", 15: "V7R", 16: "X", 17: "Y", 18: "Z", 19: "CC5", 20: "CM5", 61: "III", 62: "aVR", 63: "aVL",
    64: "aVF", 65: "-aVR", 66: "V8", 67: "V9", 68: "V8R", 69: "V9R", 70: "D", 71: "A", 72: "J",
}  # fmt: skip
_PLAIN = 0x7FFF  # all bits but the highest
_FEW = 0.02  # of the samples, at most, that a mark in the highest bit singles out


def read_scp(path: Path) -> HeldSource:
    """Return the signals of an SCP-ECG file: its rhythm data, with the reference beat added where it was subtracted.

    Raises
    ------
    FormatError
        If it is damaged, holds no rhythm data, or is compressed in a way that loses detail (bimodal).
    """
    with reading(path, "an SCP-ECG file"):
        sections = read_sections(path)
        if not {3, 6} <= sections.keys():
            raise FormatError(f"{path} holds no rhythm data (sections 3 and 6): export the rhythm, too")
        places, subtracted = lead_places(sections[3])
        rhythm = signal_block(sections[6], len(places))
        _check(path, places, rhythm)
        reference = _reference_beat(path, len(places), rhythm, sections) if subtracted else None
        codes = codes_of(sections[2]) if 2 in sections else ()
        found = [_samples(bits, place.n_times, rhythm, codes) for bits, place in zip(rhythm.leads, places, strict=True)]
        counts, marked = _unmarked(found) if not codes and not rhythm.differences else (found, 0)
        signals = [lead.astype(np.float32) for lead in counts]
        if reference is not None:
            _add_reference_beat(signals, places, rhythm, *reference, codes)
        values = _aligned(signals, places, path)
    note = f"{marked:,} samples carry a mark of the recorder in their highest bit, which is left out"
    names = [_NAMES.get(place.code, f"lead of code {place.code}") for place in places]
    rate, millivolts = _rate(rhythm.interval), 1e-6 * rhythm.nanovolts or None
    leads = [Lead(name, "counts", rate, len(values), millivolts) for name in names]
    source = HeldSource(values, leads, (note,) if marked else ())
    source.started, source.started_on = time_of(sections.get(1, b"")), date_of(sections.get(1, b""))
    return source


def _check(path: Path, places: Sequence[LeadPlace], rhythm: Block) -> None:
    """Refuse what is no ECG, or cannot be read right."""
    if not places or rhythm.interval == 0 or rhythm.differences > 2 or min(place.n_times for place in places) <= 0:
        raise FormatError(f"{path} does not say its leads, their lengths or its sampling rate: export it again")
    if rhythm.bimodal:
        raise FormatError(
            f"{path} is compressed in a way that loses detail between the QRS complexes (bimodal), which is not read: "
            "export it without compression, or as DICOM or EDF"
        )


def _rate(microseconds: int) -> float:
    """Return samples per second: the whole number that the interval, a whole number of µs, may have come from."""
    rate = 1e6 / microseconds
    return float(round(rate)) if abs(1e6 / max(1, round(rate)) - microseconds) < 1 else rate


def _samples(bits: bytes, n_times: int, block: Block, codes: Sequence[Code]) -> _Counts:
    """Return the samples of a lead: decoded, and summed where differences were stored."""
    if codes:
        stored = decode(bits, n_times, codes)
    else:
        stored = np.frombuffer(bits[: len(bits) // 2 * 2], "<i2")[:n_times].astype(np.int64)
        if len(stored) < n_times:
            raise ValueError(f"expected {n_times:,} samples of a lead, got {len(stored):,}")
    # The first samples of each lead are stored as they are: one before differences, two before those of differences.
    if block.differences == 2:
        stored[2:] = np.cumsum(stored[2:]) + (stored[1:2] - stored[:1])
    if block.differences:
        first = block.differences - 1
        stored[first:] = np.cumsum(stored[first:])
    return stored.astype(np.int16).astype(np.int64)  # differences of 16 bits may run over, and back again


def _unmarked(leads: list[_Counts]) -> tuple[list[_Counts], int]:
    """Return samples without the mark that some recorders set in the highest bit of samples at R peaks.

    It is told from negative samples by there being few, which without it lie among the others.
    """
    every = np.concatenate(leads)
    marked, others = every[every < 0] & _PLAIN, every[every >= 0]
    if not 0 < len(marked) <= _FEW * len(every) or marked.min() < others.min() or marked.max() > others.max():
        return leads, 0
    return [lead & _PLAIN for lead in leads], len(marked)


def _reference_beat(path: Path, n_leads: int, rhythm: Block, sections: Mapping[int, bytes]) -> tuple[Zones, Block]:
    """Return where the reference beat was subtracted, and its samples."""
    if not {4, 5} <= sections.keys():
        raise FormatError(f"{path} lacks the reference beat that was subtracted: export it without compression")
    zones, beat = zones_of(sections[4]), signal_block(sections[5], n_leads)
    if beat.interval != rhythm.interval or beat.differences > 2:
        raise FormatError(
            f"{path} holds its reference beat at another sampling rate than the rest, which is not read: export it "
            "without compression, or as DICOM or EDF"
        )
    return zones, beat


def _add_reference_beat(
    signals: Sequence[Samples],
    places: Sequence[LeadPlace],
    rhythm: Block,
    zones: Zones,
    beat: Block,
    codes: Sequence[Code],
) -> None:
    """Add the reference beat to residuals, in place."""
    n_times, scale = 1000 * zones.milliseconds // beat.interval, beat.nanovolts / rhythm.nanovolts
    for signal, place, bits in zip(signals, places, beat.leads, strict=True):
        shape = (_samples(bits, n_times, beat, codes) * scale).astype(np.float32)
        for first, fiducial, last in zones.beats[zones.beats[:, 0] == 0, 1:].tolist():
            _add(signal, shape, first - place.first, last - place.first, fiducial - zones.fiducial - place.first + 1)


def _add(signal: Samples, shape: Samples, first: int, last: int, begin: int) -> None:
    """Add as much of a shape, which begins at ``begin``, as lies between two samples of a signal."""
    first = max(first, begin, 0)
    last = min(last + 1, begin + len(shape), len(signal))
    if first < last:
        signal[first:last] += shape[first - begin : last - begin]


def _aligned(signals: Sequence[Samples], places: Sequence[LeadPlace], path: Path) -> Samples:
    """Return leads side by side; NaN where one was not recorded."""
    begin = min(place.first for place in places)
    n_times = max(place.last for place in places) - begin + 1
    check_gap(n_times - max(place.n_times for place in places), len(places), path)
    values = np.full((n_times, len(places)), np.nan, np.float32)
    for column, (signal, place) in enumerate(zip(signals, places, strict=True)):
        values[place.first - begin :, column][: len(signal)] = signal
    return values
