"""The scales that scores are written on."""

from __future__ import annotations

from offbeat.errors import ParameterError

__all__ = ["score_column"]

_COLUMNS = {"raw": "score", "surprise": "surprise"}


def score_column(scale: str) -> str:
    """Return the name of the column that holds scores on a scale.

    Raises
    ------
    ParameterError
        If there is no such scale.

    Examples
    --------
    >>> score_column("raw"), score_column("surprise")
    ('score', 'surprise')
    """
    if scale not in _COLUMNS:
        raise ParameterError(f"expected a scale, one of {', '.join(_COLUMNS)}, got {scale!r}")
    return _COLUMNS[scale]
