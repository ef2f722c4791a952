"""Resting ECGs as GE MUSE exports them to XML."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from offbeat.errors import FormatError
from offbeat.records.held import HeldSource
from offbeat.records.sources import Lead, Samples
from offbeat.records.units import to_millivolts

__all__ = ["muse_source"]

_RHYTHM = "rhythm"
_UNITS = {"MICROVOLTS": "uV", "MILLIVOLTS": "mV", "NANOVOLTS": "nV", "VOLTS": "V"}
_FROM_I_AND_II = {"III": (-1.0, 1.0), "aVR": (-0.5, -0.5), "aVL": (1.0, -0.5), "aVF": (-0.5, 1.0)}
"""The weights of I and II in the other limb leads, which MUSE does not store."""


def muse_source(root: Element, path: Path) -> HeldSource:
    """Return the signals of a resting ECG: its rhythm, not the median beat; limb leads computed from I and II.

    Parameters
    ----------
    root : Element
        ``<RestingECG>``.
    path : Path
        The file, for messages.

    Raises
    ------
    FormatError
        If it holds no rhythm, or a lead that is damaged.
    """
    waveforms = [one for one in root.iterfind("Waveform") if _text(one, "WaveformType").lower() == _RHYTHM]
    if not waveforms:
        raise FormatError(f"{path} holds no waveform of the type Rhythm: export the rhythm, too")
    waveform = waveforms[0]
    rate = float(_text(waveform, "SampleBase")) * 10.0 ** int(_text(waveform, "SampleExponent") or 0)
    leads = {_name(_text(data, "LeadID")): _samples(data, path) for data in waveform.iterfind("LeadData")}
    if not leads or len({len(samples) for samples in leads.values()}) > 1:
        raise FormatError(f"expected leads of one length in {path}, got {len(leads)}: export it again")
    computed = _computed(leads)
    note = f"{', '.join(computed)} are computed from I and II, as MUSE does"
    # I and II, what is computed from them, then the chest leads: the order of a printed ECG.
    ordered = {name: leads[name] for name in ("I", "II") if name in leads} | computed | leads
    values = np.column_stack(list(ordered.values()))
    source = HeldSource(values, [Lead(name, "mV", rate, len(values)) for name in ordered], (note,) if computed else ())
    source.started = _time_of_day(root.findtext("TestDemographics/AcquisitionTime") or "")
    source.started_on = _date(root.findtext("TestDemographics/AcquisitionDate") or "")
    return source


def _computed(leads: Mapping[str, Samples]) -> dict[str, Samples]:
    """Return the limb leads that a file lacks; none without I and II."""
    if not {"I", "II"} <= leads.keys():
        return {}
    return {
        name: (of_first * leads["I"] + of_second * leads["II"]).astype(np.float32)
        for name, (of_first, of_second) in _FROM_I_AND_II.items()
        if name not in leads
    }


def _samples(data: Element, path: Path) -> Samples:
    """Return the samples of a lead (mV): 16-bit numbers, in text, times what a step is."""
    encoded = "".join((data.findtext("WaveFormData") or "").split())
    counts = np.frombuffer(base64.b64decode(encoded, validate=True), "<i2")
    promised = int(_text(data, "LeadSampleCountTotal") or len(counts))
    if len(counts) != promised:
        raise FormatError(f"{path} promises {promised:,} samples of a lead, but holds {len(counts):,}: export it again")
    unit = _text(data, "LeadAmplitudeUnits")
    factor, found = to_millivolts(_UNITS.get(unit.upper(), unit))
    step = float(_text(data, "LeadAmplitudeUnitsPerBit"))
    if found != "mV" or not 0 < step < np.inf:
        raise FormatError(f"expected amplitudes in microvolts in {path}, got {step:g} {unit[:40]!r}: export it again")
    return (factor * step * counts).astype(np.float32)


def _name(lead: str) -> str:
    return re.sub("^AV", "aV", lead)


def _text(element: Element, child: str) -> str:
    return (element.findtext(child) or "").strip()


def _date(text: str) -> date | None:
    try:
        return datetime.strptime(text.strip(), "%m-%d-%Y").date()
    except ValueError:
        return None


def _time_of_day(text: str) -> time | None:
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        return None
