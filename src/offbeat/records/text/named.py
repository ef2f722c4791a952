"""Tables of known devices: what their lines on top say that cannot be told from the table alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from offbeat.errors import FormatError
from offbeat.records.text.facts import Facts, read_facts

__all__ = ["facts_of"]

_LONGEST = 1 << 16  # characters of a header in JSON


def facts_of(lines: Sequence[str]) -> Facts:
    """Return what the lines above the samples of a table say, by the first reader that knows them.

    Examples
    --------
    >>> facts_of(["# Sampling frequency: 250 Hz"]).sampling_rate
    250.0
    """
    for reader in _READERS:
        facts = reader(lines)
        if facts is not None:
            return facts
    return read_facts(lines)


def _opensignals(lines: Sequence[str]) -> Facts | None:
    """Return what OpenSignals writes for BITalino and biosignalsplux: a line of JSON with an entry a device."""
    if not lines or "OpenSignals Text File Format" not in lines[0]:
        return None
    text = next((line.lstrip("# ") for line in lines if line.lstrip("# ").startswith("{")), "")
    try:
        if len(text) > _LONGEST:
            raise ValueError("too long")
        device = next(iter(json.loads(text).values()))
        columns, rate = [str(name) for name in device["column"]], float(device["sampling rate"])
        sensors, bits = list(map(str.upper, device.get("sensor", ()))), list(map(int, device.get("resolution", ())))
        converted = bool(device.get("convertedValues", 0))
        plux = "plux" in str(device.get("device", "")).lower()
    except (ValueError, KeyError, TypeError, StopIteration, AttributeError, RecursionError) as error:
        raise FormatError("the header of this OpenSignals file cannot be read: export it again") from error
    # Sensors and bits are those of the last columns.
    first = max(0, len(columns) - len(sensors))
    hearts = tuple(first + i for i, sensor in enumerate(sensors) if sensor.startswith(("ECG", "EKG")))
    signals = hearts or tuple(range(first, len(columns))) or None
    if converted:
        return Facts(rate, "mV", tuple(columns), signals)
    depth = bits[(signals[0] if signals else 0) - len(columns)] if len(bits) >= len(sensors) > 0 else 10
    supply, gain, maker = (3.0, 1000.0, "biosignalsplux") if plux else (3.3, 1100.0, "BITalino")
    note = f"counts of {depth} bits converted as those of an ECG sensor of {maker} (--gain overrules)"
    return Facts(rate, "counts", tuple(columns), signals, 1e3 * supply / gain / 2**depth, note)


def _openbci(lines: Sequence[str]) -> Facts | None:
    """Return what the OpenBCI GUI writes: µV in columns that are called EXG, or behind a first one that counts."""
    if not lines or not lines[0].lstrip("%# ").startswith("OpenBCI Raw"):
        return None
    told = read_facts(lines)
    header = [name.strip() for name in lines[-1].lstrip("%").split(",")]
    signals = tuple(i for i, name in enumerate(header) if name.upper().startswith(("EXG", "EEG")))
    if signals:
        return Facts(told.sampling_rate, "uV", tuple(header), signals)
    stated = [line.partition("=")[2].strip() for line in lines if "number of channels" in line.lower()]
    count = int(stated[0]) if stated and stated[0].isdecimal() and len(stated[0]) < 4 else 8
    return Facts(told.sampling_rate, "uV", (), tuple(range(1, count + 1)))


_READERS: tuple[Callable[[Sequence[str]], Facts | None], ...] = (_opensignals, _openbci)
