"""What nobody may overlook beside results on signals of a person's body, said once for all that shows them."""

from __future__ import annotations

__all__ = ["DOMAINS", "NOTICE", "notice_for"]

NOTICE = "Research software, not a medical device."
DOMAINS = {
    "": "anything else",
    "ecg": "electrocardiograms, and the beats in them",
    "physiology": "other signals of a living body, such as blood pressure or gait",
}
"""What data can be about, as far as it matters to whoever reads the results."""


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
