"""What nobody may overlook beside results on signals of a person's body, said once for all that shows them."""

from __future__ import annotations

import re

__all__ = ["DOMAINS", "NOTICE", "domain_of_names", "notice_for"]

NOTICE = "Research software, not a medical device."
DOMAINS = {
    "": "anything else",
    "ecg": "electrocardiograms, and the beats in them",
    "physiology": "other signals of a living body, such as blood pressure or gait",
}
"""What data can be about, as far as it matters to whoever reads the results."""

_HEART = re.compile(r"ecg|ekg|(?<![a-z])ml(i{1,3}|v\d)(?![a-z])|heart-?_?beat|arrhythmia|mit-?bih|ptbdb", re.IGNORECASE)
_LEADS = {"II", "III", "aVR", "aVL", "aVF"}
"""Names of leads that hardly anything else has; I and V1 may be a current and a voltage."""


def domain_of_names(*names: str) -> str:
    """Return what data is about by the name of its file and those of its channels; nothing where they do not say it.

    Parameters
    ----------
    *names : str
        Without folders, which may be called anything.

    Examples
    --------
    >>> domain_of_names("patient-7.csv", "MLII", "V5"), domain_of_names("pump.csv", "V1", "current")
    ('ecg', '')
    """
    return "ecg" if any(name in _LEADS or _HEART.search(name) for name in names) else ""


def notice_for(*domains: str) -> str:
    """Return the notice, where any of these domains needs it; else nothing.

    Parameters
    ----------
    *domains : str
        Of the data, and of what the model has learned from.

    Examples
    --------
    >>> notice_for("", "ecg")
    'Research software, not a medical device.'
    >>> notice_for("")
    ''
    """
    return NOTICE if any(domains) else ""
