"""Limits on memory: headers, settings and compressed files can claim any size, and none is trusted."""

from __future__ import annotations

import os

from offbeat.errors import DataError, OffbeatError, ParameterError

__all__ = ["largest_expansion", "require_room"]

_LARGEST = 2**30
_VARIABLE = "OFFBEAT_MAX_BYTES"


def largest_expansion() -> int:
    """Return how many bytes of memory a mere claim of a file may take: 1 GiB, or $OFFBEAT_MAX_BYTES.

    This is for what grows: compressed arrays, filled gaps, buffers sized by a setting. What stands in a file byte by
    byte may be as large as it is.

    Raises
    ------
    ParameterError
        If the variable holds no number of bytes.
    """
    text = os.environ.get(_VARIABLE, "")
    if not text:
        return _LARGEST
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise ParameterError(f"{_VARIABLE} is a number of bytes, such as {_LARGEST}, got {text!r}")
    return int(text)


def require_room(n_bytes: float, what: str, kind: type[OffbeatError] = DataError) -> None:
    """Refuse what would become too large, before memory is taken for it.

    Parameters
    ----------
    n_bytes : float
        What it would take.
    what : str
        What it is, such as ``"a gap of 3 years in a.csv, filled"``.
    kind : type
        The error to raise.

    Raises
    ------
    DataError
        Or ``kind``, if it is more than :func:`largest_expansion`.

    Examples
    --------
    >>> require_room(8e12, "the array X of a.npz")
    Traceback (most recent call last):
    offbeat.errors.DataError: the array X of a.npz would take 8,000 GB ...
    """
    largest = largest_expansion()
    if n_bytes > largest:
        raise kind(
            f"{what} would take {n_bytes / 1e9:,.4g} GB of memory, more than the limit of {largest / 1e9:,.4g} GB "
            f"for sizes that a file or a setting only claims: give a smaller one, or raise {_VARIABLE} if it is meant"
        )
