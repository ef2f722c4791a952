"""What makes millivolts of the values of leads: their units, a gain, or what the values themselves tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from offbeat.errors import ParameterError
from offbeat.files.regular import shorten
from offbeat.records.sources import Lead, Samples, Source
from offbeat.records.units import is_counts, scale_of_counts, scale_of_values, to_millivolts, voltage

__all__ = ["check_scale", "given_scale", "scales_of"]

_PROBE, _PROBES = 10.0, 3  # seconds, in how many places, by which an unknown unit is told


def check_scale(units: str | None, gain: float | None) -> None:
    """Refuse units that are no voltage, and gains that are none.

    Raises
    ------
    ParameterError
        If they are, or both are given.
    """
    if units is not None and (not isinstance(units, str) or not voltage(units)):
        raise ParameterError(f"units are mV, uV or V, got {units!r}")
    if gain is not None and not 0 < gain < np.inf:
        raise ParameterError(f"gain is a positive number of units per mV, got {gain!r}")
    if units is not None and gain is not None:
        raise ParameterError("units and gain say the same: give one of them")


def scales_of(
    source: Source, leads: Sequence[int], units: str | None, gain: float | None
) -> tuple[tuple[float, ...], tuple[str, ...], str]:
    """Return the factor and the unit of each lead, and a note where they were told by the values.

    A gain counts per mV what is stored: the counts of the converter, where the format has them, else the values.
    """
    chosen = [source.leads[i] for i in leads]
    if gain is not None:
        return tuple((lead.counts_per_unit or 1.0) / gain for lead in chosen), ("mV",) * len(leads), ""
    if units is not None:
        return (to_millivolts(units)[0],) * len(leads), ("mV",) * len(leads), ""
    unknown = [i for i, lead in zip(leads, chosen, strict=True) if _unit_is_unknown(lead)]
    scale = None
    if unknown:
        values, names = _probe(source, unknown), shorten([source.leads[i].name for i in unknown])
        counted = any(source.leads[i].unit for i in unknown)
        scale = (scale_of_counts if counted else scale_of_values)(values, source.leads[unknown[0]].sampling_rate, names)
    factors, found = [], []
    for i, lead in zip(leads, chosen, strict=True):
        factor, unit = to_millivolts(lead.unit)
        if lead.millivolts is not None:
            factor, unit = lead.millivolts, "mV"
        elif scale is not None and i in unknown and (scale.note or not unit):
            factor, unit = scale.factor, "mV"
        factors.append(factor)
        found.append(unit)
    return tuple(factors), tuple(found), scale.note if scale is not None else ""


def given_scale(leads: Sequence[Lead], units: str | None, gain: float | None) -> tuple[str, str]:
    """Return the scale that was given in place of that of the file, and what the file states instead.

    Returns
    -------
    given, stated : str
        Empty where nothing was given, or where the file states nothing or the same.

    Examples
    --------
    >>> given_scale([Lead("II", "mV", 360.0, 10, counts_per_unit=200.0)], None, 100.0)
    ('100 counts per mV', '200 counts per mV')
    >>> given_scale([Lead("II", "mV", 360.0, 10)], "uV", None), given_scale([Lead("II", "", 360.0, 10)], "uV", None)
    (('uV', 'mV'), ('uV', ''))
    """
    if units is not None:
        stated = dict.fromkeys(voltage(lead.unit) for lead in leads)
        return units, " and ".join(unit for unit in stated if unit and unit != voltage(units))
    if gain is None:
        return "", ""
    counts = [_counts_per_mv(lead) for lead in leads]
    differ = dict.fromkeys(f"{one:g} counts per mV" for one in counts if one and not np.isclose(one, gain, rtol=1e-3))
    in_volts = dict.fromkeys(voltage(lead.unit) for lead, one in zip(leads, counts, strict=True) if one is None)
    return f"{gain:g} counts per mV", " and ".join(filter(None, (*differ, *in_volts)))


def _counts_per_mv(lead: Lead) -> float | None:
    """Return how many counts of the converter are a millivolt by the file; None where it does not say it."""
    if lead.counts_per_unit is not None:
        return lead.counts_per_unit / to_millivolts(lead.unit)[0]
    return None if lead.millivolts is None else 1 / lead.millivolts


def _unit_is_unknown(lead: Lead) -> bool:
    return lead.millivolts is None and (not lead.unit or is_counts(lead.unit)) and lead.n_times > 0


def _probe(source: Source, leads: Sequence[int]) -> Samples:
    """Return some seconds of the beginning, the middle and the end of leads."""
    n_times = source.leads[leads[0]].n_times
    length = min(n_times, round(_PROBE * source.leads[leads[0]].sampling_rate))
    starts = np.unique(np.linspace(0, n_times - length, _PROBES).astype(np.int64))
    if n_times <= _PROBES * length:
        starts, length = np.zeros(1, np.int64), n_times
    return np.concatenate([source.read(int(start), int(start) + length, leads) for start in starts])
