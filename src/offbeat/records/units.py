"""Units of ECGs: how they are spelled, what they are in millivolts, and which one values can be in."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Scale", "is_counts", "scale_of_counts", "scale_of_values", "split_unit", "to_millivolts", "voltage"]

_MILLIVOLTS = {"nV": 1e-6, "uV": 1e-3, "mV": 1.0, "V": 1e3}
_PREFIXES = {"": "", "n": "n", "nano": "n", "u": "u", "micro": "u", "mc": "u", "m": "m", "milli": "m"}
_VOLTAGE = re.compile(r"(nano|micro|milli|mc|n|u|m|)[ -]?v(?:olts?)?", re.IGNORECASE)
_COUNTS = re.compile(r"adc|adu|counts?|lsb|raw|digital|digits?|bits?|a\.?u\.?|adc[ _]?(units?|counts?)", re.IGNORECASE)
# The micro sign and the Greek letter; also what they become when a file is read in the wrong encoding.
_MICRO = re.compile("Â?[µμ]|Î¼|\ufffd|¦Ì", re.IGNORECASE)

_TALLEST, _SMALLEST = 20.0, 0.02  # mV within a second, of an ECG
_WHOLE = 4.0  # whole numbers that change by more than this within a second are no mV
_HIGHEST = 20_000.0  # what changes by more within a second is no µV


@dataclass(frozen=True)
class Scale:
    """What values of an unknown unit become millivolts by.

    Parameters
    ----------
    factor : float
        To multiply by.
    note : str
        How that was found out, and how to overrule it; empty where nothing is to be said.
    """

    factor: float
    note: str = ""


def voltage(text: str) -> str:
    """Return nV, uV, mV or V for any spelling of it; nothing for what is no voltage.

    Examples
    --------
    >>> [voltage(text) for text in ("µV", "[uV]", "microvolts", "(mV)", "Volt", "mmHg", "")]
    ['uV', 'uV', 'uV', 'mV', 'V', '', '']
    """
    found = _VOLTAGE.fullmatch(_MICRO.sub("u", text.strip().strip("[](){}'\" ")))
    return f"{_PREFIXES[found[1].lower()]}V" if found else ""


def is_counts(text: str) -> bool:
    """Whether a unit says that values are counts of a converter.

    Examples
    --------
    >>> is_counts("adc"), is_counts("ADC counts"), is_counts("mV")
    (True, True, False)
    """
    return _COUNTS.fullmatch(text.strip()) is not None


def to_millivolts(unit: str) -> tuple[float, str]:
    """Return the factor to multiply values by, and their unit then: mV, or the given unit where that is no voltage.

    Examples
    --------
    >>> to_millivolts("uV"), to_millivolts("mmHg")
    ((0.001, 'mV'), (1.0, 'mmHg'))
    """
    factor = _MILLIVOLTS.get(voltage(unit))
    return (1.0, unit) if factor is None else (factor, "mV")


def split_unit(name: str) -> tuple[str, str]:
    """Return the name of a signal without its unit, and the unit; an empty unit where it has none.

    Examples
    --------
    >>> [split_unit(name) for name in ("II (µV)", "V5/mV", "ecg_uV", "ECG V", "mV", "V")]
    [('II', 'µV'), ('V5', 'mV'), ('ecg', 'uV'), ('ECG V', ''), ('mV', 'mV'), ('V', '')]
    """
    if voltage(name) and len(name.strip("[]() ")) > 1:
        return name, name.strip("[]() ")
    body = name.removesuffix("]") if name.endswith("]") else name.removesuffix(")")
    # Behind a blank or a dash, a V alone is a chest lead.
    for marks, shortest in (("[(/", 1), ("_ .-", 2)):
        at = max(body.rfind(mark) for mark in marks)
        word = body[at + 1 :].strip()
        if at > 0 and len(word) >= shortest and (voltage(word) or (shortest == 1 and is_counts(word))):
            return body[:at].rstrip(" _.-"), word
    return name, ""


def scale_of_values(values: npt.NDArray[np.floating], sampling_rate: float, names: str = "the signal") -> Scale:
    """Return what makes millivolts of values whose unit is unknown, by how much they change within a second.

    Parameters
    ----------
    values : array of shape (n_times, n_leads)
        Leads in one unit; NaN is missing.
    sampling_rate : float
        Samples per second (Hz).
    names : str
        What the note calls them.

    Examples
    --------
    >>> beats = np.tile(np.hanning(250), 4)[:, None]
    >>> [scale_of_values(size * beats, 250.0).factor for size in (1, 1000, 1e-3)]
    [1.0, 0.001, 1000.0]
    >>> round(scale_of_values(1024 + np.round(200 * beats), 250.0).factor, 5)
    0.005
    """
    height, middle, whole = _range(values, sampling_rate)
    if not height > 0 or (_SMALLEST <= height <= _TALLEST and not (whole and height > _WHOLE)):
        return Scale(1.0)
    what = f"{names}: no unit is named, and values change by {_plain(height)} within a second"
    if height < _SMALLEST:
        in_volts = _SMALLEST <= 1e3 * height <= _TALLEST
        return Scale(1e3, f"{what}: taken as V (--units overrules)") if in_volts else Scale(1.0)
    # Converters give whole numbers around the middle of their range.
    if height <= _HIGHEST and (not whole or abs(middle) <= 0.5 * height):
        return Scale(1e-3, f"{what}: taken as µV (say --units, or --gain for counts of a converter)")
    return Scale(1.0 / height, f"{what} around {_plain(middle)}, so that they are no mV: {_COUNTED}")


_COUNTED = (
    "taken as counts of a converter, and scaled to 1 mV (say --gain, counts per mV, or --units for true amplitudes)"
)


def scale_of_counts(values: npt.NDArray[np.floating], sampling_rate: float, names: str) -> Scale:
    """Return the scale of counts whose gain is unknown: their typical change within a second becomes 1 mV."""
    height, _, _ = _range(values, sampling_rate)
    return Scale(1.0 / height, f"{names}: in counts of unknown gain, {_COUNTED}") if height > 0 else Scale(1.0)


def _range(values: npt.NDArray[np.floating], sampling_rate: float) -> tuple[float, float, bool]:
    """Return the typical change within a second, the typical value, and whether all are whole numbers.

    Of several leads the median counts, of those that change at all.
    """
    length = max(1, round(sampling_rate))
    seconds = np.asarray(values, np.float64)[: len(values) // length * length].reshape(-1, length, values.shape[1])
    seconds = seconds[np.isfinite(seconds).all(axis=(1, 2))]
    if not len(seconds):
        return np.nan, np.nan, False
    heights = np.median(np.ptp(seconds, axis=1), axis=0)
    moving = heights > 0
    if not moving.any():
        return 0.0, 0.0, False
    middle = np.median(np.median(seconds[..., moving], axis=(0, 1)))
    return float(np.median(heights[moving])), float(middle), bool(np.all(seconds == np.round(seconds)))


def _plain(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 10 else f"{number:.2g}"
