"""A JSON object a line, with a value for each channel by its name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from offbeat.app.lines.values import BadLine, number

__all__: list[str] = []


class JsonLines:
    """Reads JSON objects.

    Parameters
    ----------
    channels : sequence of str
        The keys of the values.
    added : sequence of str
        The keys that will be added to each object; what it has under them is left out.
    """

    first = style = "{"

    def __init__(self, channels: Sequence[str], added: Sequence[str]) -> None:
        self.channels, self.added = channels, set(added)
        self._decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=self._constant)
        self._rewrite = False

    def is_header(self, line: str) -> bool:
        """Return False: there is none."""
        return False

    def read(self, line: str) -> tuple[list[float], str, list[tuple[str, Any]]]:
        """Return the values, the line without what will be added to it, and the other items."""
        content = self._content(line)
        absent = [name for name in self.channels if name not in content]
        if absent:
            keys = ", ".join(list(content)[:20])
            raise BadLine("without a channel", f"expected a value for {absent[0]!r}, but the keys are {keys or 'none'}")
        values = [number(content[name]) for name in self.channels]
        others = [(name, cell) for name, cell in content.items() if name not in self.channels]
        if not self._rewrite and self.added.isdisjoint(content):
            return values, line.strip(), others
        return values, self._rewritten(content), others

    def _content(self, line: str) -> dict[str, Any]:
        self._rewrite = False
        try:
            content = self._decoder.decode(line)
        except BadLine:
            raise
        except (ValueError, RecursionError) as error:
            raise BadLine("not JSON", f"expected a JSON object, got {line[:40]!r} ({error})") from error
        if not isinstance(content, dict):
            raise BadLine("not JSON", f"expected a JSON object, got {line[:40]!r}")
        return content

    def _constant(self, word: str) -> None:
        """Take NaN for null, which JSON has for it; what is infinite is no value."""
        if word != "NaN":
            raise BadLine("out of range", f"expected finite numbers, got {word}")
        self._rewrite = True

    def _rewritten(self, content: dict[str, Any]) -> str:
        """Return an object as JSON, with other values of what is added left out, and null for NaN."""
        try:
            kept = {key: value for key, value in content.items() if key not in self.added}
            return json.dumps(kept, allow_nan=False)
        except (ValueError, RecursionError) as error:
            raise BadLine("out of range", f"expected finite numbers, not nested deeply ({error})") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise BadLine("not JSON", f"expected each key once, got {twice[:40]!r} twice")
    return content
