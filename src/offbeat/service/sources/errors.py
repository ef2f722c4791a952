"""A source that cannot be read at the moment."""

from __future__ import annotations

from offbeat.errors import DataError

__all__ = ["SourceError"]


class SourceError(DataError):
    """A source could not be read; it is tried again from the position that is stored."""
