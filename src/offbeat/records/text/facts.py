"""What the lines above a table say in words: sampling rate, unit and names of the leads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offbeat.files.text.header import without_mark
from offbeat.records.clock import time_unit
from offbeat.records.units import voltage

if TYPE_CHECKING:
    from offbeat.files.text.layout import Layout

__all__ = ["Facts", "is_fact", "read_facts"]

_NUMBER = r"([-+]?\d+(?:[.,]\d+)?(?:e[-+]?\d+)?)"
_RATE = re.compile(
    r"(?:sampl\w*|acquisition|data|frame)[ _-]*(?:rate|freq\w*)|\bf_?s\b|\bfreq(?:uency)?\b|\bsps\b|^rate$|abtastrate",
    re.IGNORECASE,
)
_RATE_VALUE = re.compile(_NUMBER + r"\s*(k?)(?:hz|hertz|sps|samples|s/s)?", re.IGNORECASE)
# What says it without a key in front: 4 msec/sample, 250 samples per second, sampled at 250 Hz.
_PER_SAMPLE = re.compile(_NUMBER + r"\s*([a-zµμ]+)\s*(?:/|per)\s*sample", re.IGNORECASE)
_PER_SECOND = re.compile(_NUMBER + r"\s*(?:samples?\s*(?:/|per)\s*s|sps\b)", re.IGNORECASE)
_AT_RATE = re.compile(r"(?:^|(?:sampled|recorded|@)\s*(?:at|with)?)\s*" + _NUMBER + r"\s*hz", re.IGNORECASE)
_HERTZ = re.compile(_NUMBER + r"\s*h(?:z|ert[zs])", re.IGNORECASE)
_FILTER = re.compile(r"filt|notch|pass|cut|mains|line|low|high|band|heart|puls", re.IGNORECASE)
_INTERVAL = re.compile(r"(?:sampl\w*[ _-]*)?(?:interval|period)\b", re.IGNORECASE)
_INTERVAL_VALUE = re.compile(_NUMBER + r"\s*([a-zµμ]*)", re.IGNORECASE)
_UNIT = re.compile(r"\bunits?\b|\brange\b|einheit", re.IGNORECASE)
_NAMES = re.compile(r"(channel|signal)[ _]?(titles?|names?|labels?)|leads?|channels?", re.IGNORECASE)
_KEY = re.compile(r"[=:,;\t]")


@dataclass(frozen=True)
class Facts:
    """What is known of a table without its columns.

    Parameters
    ----------
    sampling_rate : float, optional
        Samples per second (Hz).
    unit : str
        Of the signals; empty where it is not said.
    names : tuple of str
        Of the signals, or of all columns.
    signals : tuple of int, optional
        Which columns are signals of a heart, where the format says it.
    factor : float, optional
        What makes millivolts of the values, where the format says it.
    note : str
        What a reader of results has to know of the format.
    """

    sampling_rate: float | None = None
    unit: str = ""
    names: tuple[str, ...] = ()
    signals: tuple[int, ...] | None = None
    factor: float | None = None
    note: str = ""

    def signals_of(self, found: Sequence[int], width: int) -> Sequence[int]:
        """Return which columns are signals: those that the format says, or else those that were found."""
        return found if self.signals is None else [i for i in self.signals if i < width]

    def names_of(self, signals: Sequence[int], layout: Layout) -> list[str]:
        """Return what signals are called: as the lines on top say, where their columns have no names."""
        own = [layout.names[i] for i in signals]
        if layout.named or not self.names:
            return own
        if len(self.names) == len(signals):
            return list(self.names)
        first = 0 if self.signals is not None else len(layout.names) - len(self.names)
        known = dict(enumerate(self.names, start=first))
        return [known.get(i, name) for i, name in zip(signals, own, strict=True)]


def is_fact(line: str) -> bool:
    r"""Whether a line says one thing about the table, as ``Unit,µV`` does, and is no row of names.

    Examples
    --------
    >>> [is_fact(line) for line in ("Unit,µV", "Interval=\t0.004 s", "time,ECG", "Sample Rate,512 hertz")]
    [True, True, False, True]
    """
    key, value = _split(without_mark(line)[0])
    return bool(value and (_rate(key, value) or _interval(key, value) or _unit(key, value))) or bool(
        re.match(r"\s*[^,;\t]*[=:]\s*([,;\t]|$)", line)
    )


def read_facts(lines: Sequence[str]) -> Facts:
    """Return what lines above a table say.

    Examples
    --------
    >>> read_facts(["Sample Rate,512 hertz", "Lead,Lead I", "Unit,µV"])
    Facts(sampling_rate=512.0, unit='uV', names=('Lead I',), signals=None, factor=None, note='')
    """
    rate: float | None = None
    unit, names = "", tuple[str, ...]()
    for line in lines:
        plain = without_mark(line)[0]
        key, value = _split(plain)
        rate = rate or _rate(key, value) or _interval(key, value) or _rate_in_words(plain)
        if not value:
            continue
        rate = rate or _rate_in_another_language(key, value)
        unit = unit or _unit(key, value) or (voltage(value) if len(value) > 1 else "")
        if _NAMES.fullmatch(key.strip()) and not names:
            names = tuple(name.strip(" \"'") for name in re.split(r"[\t;,]", value) if name.strip(" \"'"))
    return Facts(rate, unit, names)


def _split(line: str) -> tuple[str, str]:
    """Return the key of a line and its value; a value of nothing where it has no key."""
    found = _KEY.search(line)
    if found is None:
        words = re.match(rf"(.*?){_NUMBER}", line, re.IGNORECASE)
        return (words[1], line[len(words[1]) :]) if words else (line, "")
    return line[: found.start()].strip(" \"'"), line[found.end() :].strip(" =:,;\t\"'")


def _rate(key: str, value: str) -> float | None:
    found = _RATE_VALUE.match(value) if _RATE.search(key) else None
    if found is None:
        return None
    rate = _plain(found[1]) * (1000 if found[2] else 1)
    return rate if rate > 0 else None


def _interval(key: str, value: str) -> float | None:
    found = _INTERVAL_VALUE.match(value) if _INTERVAL.search(key) else None
    if found is None or not _plain(found[1]) > 0:
        return None
    named = re.search(r"[\[(]\s*([a-zµμ]+)\s*[\])]", key, re.IGNORECASE)
    unit = time_unit(found[2] or (named[1] if named else "s"))
    return round(1 / (_plain(found[1]) * unit), 6) if unit else None


def _rate_in_words(line: str) -> float | None:
    found = _PER_SECOND.search(line) or _AT_RATE.search(line)
    if found:
        return _plain(found[1]) or None
    step = _PER_SAMPLE.search(line)
    seconds = _plain(step[1]) * time_unit(step[2]) if step else 0
    return round(1 / seconds, 6) if seconds > 0 else None


def _rate_in_another_language(key: str, value: str) -> float | None:
    """Return a number of hertz that stands alone, unless it is that of a filter."""
    found = _HERTZ.fullmatch(value)
    return _plain(found[1]) or None if found and not _FILTER.search(key) else None


def _unit(key: str, value: str) -> str:
    if not _UNIT.search(key):
        return ""
    words = re.split(r"[\s,;\t]+", value)
    return next((voltage(word) for word in words if voltage(word)), "")


def _plain(text: str) -> float:
    return float(text.replace(",", "."))
