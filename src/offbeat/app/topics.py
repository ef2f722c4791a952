"""What ``offbeat help`` can tell of besides commands: detectors, rules of thresholds, and the words of the glossary."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from offbeat.app.docstrings import SECTION
from offbeat.tables import Table

__all__ = ["Topics", "glossary"]

_ROW = re.compile(r"^\| (?!word \|)([^|]+) \| ([^|]+) \|", flags=re.MULTILINE)
_LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")
_ROLE = re.compile(r":\w+:`[~.]*([^`<]+?)(?: <[^>]*>)?`")


_OF_USE = ("Parameters", "References")
"""Sections of a docstring that help where no Python is written."""


class Topics:
    """Texts by name, each kind from the one place where it is written: docstrings, and the page of the glossary."""

    @cached_property
    def detectors(self) -> dict[str, str]:
        """What each detector does, and its parameters."""
        from offbeat.detectors.registry import detector_classes

        return {name: _told(kind) for name, kind in detector_classes().items()}

    @cached_property
    def rules(self) -> dict[str, str]:
        """What each rule of thresholds does, and its parameters."""
        from offbeat.thresholds.names import threshold_classes

        return {name: _told(kind) for name, kind in sorted(threshold_classes().items())}

    @cached_property
    def words(self) -> dict[str, str]:
        """The meaning of each word."""
        return glossary(_glossary_page())

    def text(self, name: str) -> str:
        """Return what there is to say of a name or its first word, in any case; nothing where it is unknown."""
        known = (*self.words.items(), *self.rules.items(), *self.detectors.items())
        texts = [text for each, text in known if each.lower() == name.lower()]
        texts = texts or [f"{each}: {text}" for each, text in known if each.lower().startswith(f"{name.lower()} ")]
        return "\n\n".join(texts)

    def names(self) -> list[str]:
        """Return all names."""
        return [*self.detectors, *self.rules, *self.words]

    def tables(self) -> list[Table]:
        """Return the detectors and the rules with a sentence each, and the words."""
        return [
            _table("Detectors: offbeat help NAME", self.detectors),
            _table("Rules of thresholds: offbeat help NAME", self.rules),
            Table("Words: offbeat help WORD", [""], [[", ".join(self.words)]]),
        ]


def glossary(page: str) -> dict[str, str]:
    r"""Return the meaning of each word of a page of tables with the columns word and meaning, without links.

    Examples
    --------
    >>> glossary("| word | meaning |\n|---|---|\n| kind, sort | What [data](data.md) is. |")
    {'kind': 'What data is.', 'sort': 'What data is.'}
    """
    rows = [(words, _LINK.sub(r"\1", meaning).replace("`", "").strip()) for words, meaning in _ROW.findall(page)]
    return {word.strip(): meaning for words, meaning in rows for word in words.replace("`", "").split(",")}


def _glossary_page() -> str:
    """Return the page, which a built package has inside, and a checkout in ``docs``."""
    inside = files("offbeat").joinpath("glossary.md")
    if inside.is_file():
        return inside.read_text(encoding="utf-8")
    return (Path(__file__).parents[3] / "docs" / "glossary.md").read_text(encoding="utf-8")


def _told(kind: type) -> str:
    """Return the docstring of a class for a terminal: what it is, its parameters, and where it comes from."""
    begins, *parts = SECTION.split(inspect.getdoc(kind) or "")
    kept = [
        f"{name}\n{'-' * len(name)}\n{text}"
        for name, text in zip(parts[::2], parts[1::2], strict=True)
        if name in _OF_USE
    ]
    return _ROLE.sub(r"\1", "".join([begins, *kept])).replace("``", "").rstrip()


def _table(title: str, texts: Mapping[str, str]) -> Table:
    return Table(title, ["name", "what it is"], [[name, text.partition("\n")[0]] for name, text in texts.items()])
