"""DICOM waveforms, the ECGs of hospital archives."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from offbeat.errors import FormatError, ignoring
from offbeat.records.held import HeldSource
from offbeat.records.sources import Lead, reading

__all__ = ["is_dicom", "read_dicom"]

_PREAMBLE = 128


def is_dicom(head: bytes) -> bool:
    """Whether a file that begins so is a DICOM file."""
    return head[_PREAMBLE : _PREAMBLE + 4] == b"DICM"


def read_dicom(path: Path) -> HeldSource:
    """Return the signals of a DICOM waveform: those of its longest group of channels.

    Raises
    ------
    FormatError
        If it is damaged, or holds no waveform.
    MissingExtraError
        If pydicom is not installed.
    """
    with reading(path, "a DICOM waveform", extra="dicom"), ignoring(Warning):
        import pydicom

        file = pydicom.dcmread(path)
        groups = list(file.get("WaveformSequence", ()))
        if not groups:
            raise FormatError(f"{path} is a DICOM file without a waveform, such as an image: export the ECG itself")
        # Beside the rhythm there may be median beats.
        chosen = max(range(len(groups)), key=lambda i: int(groups[i].NumberOfWaveformSamples))
        values = np.asarray(file.waveform_array(chosen), np.float32)
        rate = float(groups[chosen].SamplingFrequency)
        leads = [
            Lead(_name(channel, i), _unit(channel), rate, len(values), counts_per_unit=_counts_per_unit(channel))
            for i, channel in enumerate(groups[chosen].ChannelDefinitionSequence)
        ]
    others = len(groups) - 1
    note = f"{others} shorter groups of channels of {path.name} are left out" if others else ""
    source = HeldSource(values, leads, (note,) if note else ())
    if (moment := _moment(str(file.get("AcquisitionDateTime", "")))) is not None:
        source.started, source.started_on = moment.time(), moment.date()
    return source


def _moment(text: str) -> datetime | None:
    """Return the moment that a DICOM file says, to the second; None where it does not, or only the day."""
    try:
        return datetime.strptime(text.strip()[:14], "%Y%m%d%H%M%S")
    except ValueError:
        return None


def _name(channel: Any, place: int) -> str:
    """Return the lead, as II of ``Lead II``, by its code or by its label."""
    source = channel.get("ChannelSourceSequence")
    told = str(source[0].get("CodeMeaning", "")) if source else ""
    told = told or str(channel.get("ChannelLabel", "")) or f"lead {place + 1}"
    return re.sub(r"^lead\s+(?=\S)|\s*\(einthoven\)|,.*$", "", told.strip(), flags=re.IGNORECASE)


def _counts_per_unit(channel: Any) -> float | None:
    """Return how many counts one unit is; None where values are counts."""
    unit = float(channel.get("ChannelSensitivity") or 0) * float(channel.get("ChannelSensitivityCorrectionFactor") or 1)
    return 1 / unit if 0 < unit < np.inf else None


def _unit(channel: Any) -> str:
    units = channel.get("ChannelSensitivityUnitsSequence")
    return str(units[0].CodeValue) if units else ""
