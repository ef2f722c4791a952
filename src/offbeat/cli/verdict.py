"""An exit code for what was found, so that a job that runs by itself can act on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from offbeat.errors import ParameterError

__all__ = ["FOUND", "FailOn", "check_tier", "fail_where", "reaches"]

FOUND = 3
"""The exit code where something was found that --fail-on asks about."""
_TIERS = ("watch", "alarm")

FailOn = Annotated[
    str | None,
    typer.Option(
        metavar="TIER",
        help=f'End with exit code {FOUND} where an event is in this tier or above it: "watch" or "alarm". For cron.',
    ),
]


def check_tier(tier: str | None) -> None:
    """Raise ParameterError for another tier than there are."""
    if tier is not None and tier not in _TIERS:
        raise ParameterError(f"expected {' or '.join(_TIERS)} as --fail-on, got {tier!r}: give one of them")


def fail_where(found: Iterable[str], tier: str | None) -> None:
    """End the command with the code for it where something is in a tier or above it.

    Parameters
    ----------
    found : iterable of str
        The tier of each event.
    tier : str, optional
        The lowest that counts; none does where None.
    """
    if reaches(found, tier):
        raise typer.Exit(FOUND)


def reaches(found: Iterable[str], tier: str | None) -> bool:
    """Return whether something is in a tier or above it; nothing is where None is asked for."""
    return tier is not None and bool(set(found) & set(_TIERS[_TIERS.index(tier) :]))
