"""Whether a cell below a header names a unit of measurement."""

from __future__ import annotations

import re

__all__ = ["is_unit"]

_BASES = (
    "V|A|W|VA|var|Wh|Ah|J|eV|N|Nm|Pa|bar|psi|atm|mmHg|Hz|rpm|U|min|h|s|d|m|g|t|l|L|K|C|F|°C|°F|degC|degF|deg C|deg F|"
    "°|deg|rad|%|‰|ppm|ppb|lx|lux|dB|dBm|B|bit|bits|byte|bytes|mol|T|G|Ω|ohm|S|H|sec|secs|second|seconds|minutes|hours|"
    "count|counts|volt|volts|amp|amps|ampere|watt|watts|celsius|fahrenheit|kelvin|percent|grad|sek|inch|in|ft|mph|"
    "kn|knots|gal|lb|lbs|1|a.u.|au|RH|rH"
)
_SUMMED = "TS|RN|avg|average|mean|min|minimum|max|maximum|std|sum|smp|sample|tot|total|count|last|median|med"
"""What loggers write below a name: how values were summed up, and marks of the columns of times and rows."""
_UNIT = re.compile(rf"[pnuµμmcdhkMGT]?({_BASES})(\^?[-−]?[123²³])?|{_SUMMED}", re.IGNORECASE)
_PARTS = re.compile(r"\s*[/*·]\s*|(?<=\d) (?=\w)")
_FORM = re.compile(r"(?=.*yy)[dmyhsatf:./\- ]{6,}", re.IGNORECASE)
"""How times are written below, such as dd.MM.yyyy HH:mm."""
_WIDTH = re.compile(r"\d{1,4}[sdn]", re.ASCII)
"""The width and type of a column, as tables of hydrologists (RDB) have them: 10s, 14n, 20d."""
_NOTHING = ("", "-", "--", "—", "n/a", "none", "unitless")


def is_unit(cell: str) -> bool:
    """Whether a cell is a unit, in brackets or not, says how values were summed up, or stands for none.

    Examples
    --------
    >>> [is_unit(cell) for cell in ("°C", "[m/s]", "(kWh)", "l/min", "", "dd.MM.yyyy", "temperature", "cpu")]
    [True, True, True, True, True, True, False, False]
    """
    plain = cell.strip("'\"[](){} ")
    return (
        plain.lower() in _NOTHING
        or _FORM.fullmatch(plain) is not None
        or _WIDTH.fullmatch(plain) is not None
        or all(_UNIT.fullmatch(part) for part in _PARTS.split(plain))
    )
