"""ECGs in tables of text, whatever device or program wrote them."""

from __future__ import annotations

from offbeat.records.text.source import TableSource

__all__ = ["TableSource"]
