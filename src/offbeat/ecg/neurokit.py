"""NeuroKit2, where it is installed: it delineates beats and computes the variability of the heart rate."""

from __future__ import annotations

from typing import Any

from offbeat.errors import MissingExtraError

__all__ = ["neurokit"]


def neurokit() -> Any:
    """Return the module.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        import neurokit2
    except ImportError as error:
        raise MissingExtraError(
            "waves, intervals and heart rate variability need NeuroKit2: pip install 'offbeat[neurokit]'"
        ) from error
    return neurokit2
