"""The glossary names each word once, and only code that is there."""

import importlib
import re
from pathlib import Path

import pytest

import offbeat

PAGE = (Path(__file__).parents[1] / "docs" / "glossary.md").read_text(encoding="utf-8")
ROWS = [line.split(" | ") for line in PAGE.splitlines() if re.match(r"\| (?!word)", line)]
NAMES = sorted(set(re.findall(r"`(offbeat(?:\.\w+)+)`", PAGE)))


def found(name):
    """The object of a dotted name."""
    module, _, rest = name.rpartition(".")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return getattr(importlib.import_module(module), rest)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_there(name):
    found(name)


def test_names_with_one_dot_are_public():
    assert {name.partition(".")[2] for name in NAMES if name.count(".") == 1} <= set(offbeat.__all__)


def test_each_word_stands_once():
    words = [row[0].removeprefix("| ") for row in ROWS]
    assert len(words) > 50
    assert len(set(words)) == len(words)


def test_readme_and_design_lead_to_it():
    for page in ("README.md", "docs/design.md"):
        assert "glossary.md" in Path(__file__).parents[1].joinpath(page).read_text(encoding="utf-8")
