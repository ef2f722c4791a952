"""What the API says of models."""

from __future__ import annotations

from typing import Any

from offbeat.service.columns import number_of
from offbeat.service.models import Reloaded
from offbeat.service.served import Served
from offbeat.thresholds.base import describe
from offbeat.words import plural

__all__ = ["failed_error", "model_facts"]


def model_facts(served: Served, failed: str | None = None) -> dict[str, Any]:
    """Return a model as plain values; of models by key what all have in common, and the range of their thresholds.

    Parameters
    ----------
    served : Served
        The model.
    failed : str, optional
        Why it is not in use as it is on disk.
    """
    keys = served.keys()
    detector = served.live(next(iter(keys), ""))
    in_use = list(served.in_use().values())
    values = [each.threshold_.value_ for each in in_use]
    has_one = not served.by_key or len(keys) == 1
    return {
        "name": served.name,
        "by_key": served.by_key,
        "gaps": "keep" if detector.spans_gaps_ else "fill",
        "kind": detector.kind,
        "detector": detector.name,
        "channels": list(detector.channels_),
        "window": detector.n_times_,
        "rule": describe(detector.threshold_),
        "n_models": len(keys) if served.by_key else 1,
        "n_in_use": len(in_use),
        "threshold": number_of(detector.threshold_.value_) if has_one else None,
        "watch": number_of(detector.tiers_.values_[0]) if has_one else None,
        "alarm": number_of(detector.tiers_.values_[1]) if has_one else None,
        "threshold_range": (number_of(min(values)), number_of(max(values))),
        "failed": failed,
    }


def failed_error(found: Reloaded) -> dict[str, str]:
    """Return the error of a reload that a model failed."""
    name, why = next(iter(found.failed.items()))
    more = f" (and {len(found.failed) - 1:,} more)" * (len(found.failed) > 1)
    n = plural(len(found.failed), "model")
    return {
        "code": "model",
        "message": f"{n} on disk cannot be loaded, what was loaded before is used: {name}: {why}{more}",
    }
