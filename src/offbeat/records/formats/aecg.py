"""HL7 annotated ECGs (aECG), the XML that drug trials are submitted in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from offbeat.errors import FormatError
from offbeat.records.clock import time_unit
from offbeat.records.held import HeldSource
from offbeat.records.sources import Lead, Samples
from offbeat.records.units import to_millivolts

__all__ = ["aecg_source"]

_LEAD = "MDC_ECG_LEAD_"
_TIMES = ("TIME_ABSOLUTE", "TIME_RELATIVE")


@dataclass(frozen=True)
class _Set:
    """Leads that were recorded at the same time: how often, from when on, and their samples (mV)."""

    rate: float
    begin: str
    leads: dict[str, Samples]

    def __len__(self) -> int:
        return max(map(len, self.leads.values()), default=0)


def aecg_source(root: Element, path: Path) -> HeldSource:
    """Return the signals of an aECG: the longest leads that were recorded together.

    Parameters
    ----------
    root : Element
        ``<AnnotatedECG>``.
    path : Path
        The file, for messages.

    Raises
    ------
    FormatError
        If it holds no lead.

    References
    ----------
    B. D. Brown, F. Badilini, "HL7 aECG implementation guide", HL7, 2005.
    """
    # Series that were derived of others, such as representative beats, stand deeper.
    sets = [found for series in root.iterfind("component/series") for found in _sets(series)]
    sets = [one for one in sets if len(one)]
    if not sets:
        raise FormatError(f"{path} holds no lead with samples: export the rhythm strips, too")
    longest = max(sets, key=len)
    together = [one for one in sets if (len(one), one.rate, one.begin) == (len(longest), longest.rate, longest.begin)]
    leads = {name: values for one in reversed(together) for name, values in one.leads.items()}
    others = len(sets) - len(together)
    note = f"{others} other strips of {path.name}, shorter or of another time, are left out" if others else ""
    values = np.full((len(longest), len(leads)), np.nan, np.float32)
    for column, samples in enumerate(leads.values()):
        values[: len(samples), column] = samples
    return HeldSource(values, [Lead(name, "mV", longest.rate, len(values)) for name in leads], (note,) if note else ())


def _sets(series: Element) -> Iterator[_Set]:
    for one in series.iterfind("component/sequenceSet"):
        rate, begin, leads = 0.0, "", {}
        for sequence in one.iterfind("component/sequence"):
            name, value = _attribute(sequence, "code", "code"), sequence.find("value")
            if value is None:
                continue
            if name in _TIMES:
                step = float(_attribute(value, "increment", "value") or "nan")
                seconds = step * time_unit(_attribute(value, "increment", "unit") or "s")
                rate, begin = (round(1 / seconds, 6) if seconds > 0 else 0.0), _attribute(value, "head", "value")
            elif name.startswith(_LEAD):
                leads[name.removeprefix(_LEAD).replace("AV", "aV", 1)] = _samples(value)
        if rate > 0:
            yield _Set(rate, begin, leads)


def _samples(value: Element) -> Samples:
    """Return the samples of a list of numbers with a scale and an origin, each in a unit of its own."""
    digits = np.array((value.findtext("digits") or "").split(), np.float64)
    scale, origin = (
        float(_attribute(value, part, "value") or default) * to_millivolts(_attribute(value, part, "unit") or "uV")[0]
        for part, default in (("scale", "1"), ("origin", "0"))
    )
    return (origin + scale * digits).astype(np.float32)


def _attribute(element: Element, child: str, name: str) -> str:
    found = element.find(child)
    return "" if found is None else found.get(name, "")
