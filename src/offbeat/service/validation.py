"""What is wrong with a request, as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["validation_message"]

_SHOWN = 40


def validation_message(errors: Sequence[Any]) -> str:
    """Return the first thing that is wrong with a request, as a sentence."""
    first = errors[0]
    where = ".".join(str(part)[:_SHOWN] for part in first["loc"] if part not in ("body", "query")) or "the request"
    got = "" if first["type"] == "missing" else f", got {_shown(first.get('input'))}"
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{where}: {first['msg'][0].lower()}{first['msg'][1:]}{got}{more}: see /docs"


def _shown(value: Any) -> str:
    if isinstance(value, str | bytes):
        return ascii(value[:_SHOWN])
    return f"{value!r}"[:_SHOWN] if isinstance(value, int | float | None) else f"a {type(value).__name__}"
