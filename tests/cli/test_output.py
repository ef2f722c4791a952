"""What tables look like in terminals wide and narrow."""

import io
import re

import pytest
from rich.console import Console

from offbeat.cli.drawing import draw
from offbeat.cli.output import print_tables
from offbeat.tables import Table

WIDE = Table(
    "A title that is longer than the narrowest of all terminals",
    ["detector", "avg. precision", "false alarms aimed", "n", "what it is", "where"],
    [
        ["isolation-forest", 0.123456, 0.05, 12345, "few random cuts set apart what is off", "here"],
        ["one-class-svm", 1.0, None, 7, "a boundary around what is normal, by a kernel", "there"],
    ],
    formats=["", ".4f", ".1%"],
    note="A note.",
)


def drawn(table, width):
    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
    console.print(*draw(table, console), sep="\n")
    return stream.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_no_number_or_word_is_cut_at_any_width(width):
    text = drawn(WIDE, width)
    assert all(len(line) <= width for line in text.splitlines() if line.startswith(("│", "┃", "┏", "└")))
    assert "…" not in text
    words = {word for row in WIDE.cells() for cell in row for word in cell.split()}
    assert words <= set(re.split(r"[│\s]+", text))


def test_a_wide_terminal_gets_one_table():
    assert "(continued)" not in drawn(WIDE, 200)
    assert drawn(WIDE, 200).count("isolation-forest") == 1


def test_the_first_column_stands_in_every_part():
    text = drawn(WIDE, 60)
    parts = text.count("(continued)") + 1
    assert parts > 1
    assert text.count("isolation-forest") == text.count("detector") == parts


def test_a_word_longer_than_the_terminal_is_folded_not_lost():
    address = "https://example.org/" + "x" * 100
    text = drawn(Table("Facts", ["", "what"], [["source", address]]), 50)
    assert address in "".join(re.findall(r"│ (?:source|) +│ (\S+) *│", text))


def test_names_from_data_are_no_markup(capsys):
    print_tables([Table("[red]Title[/red]", ["class"], [["[bold]x[/bold]"], [":smile:"]], note="[dim]note[/dim]")])
    shown = capsys.readouterr().out
    assert all(text in shown for text in ("[red]Title[/red]", "[bold]x[/bold]", ":smile:", "[dim]note[/dim]"))


def test_the_width_is_that_of_the_environment(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    print_tables([WIDE])
    narrow = capsys.readouterr().out
    monkeypatch.delenv("COLUMNS")
    print_tables([WIDE])
    assert max(map(len, narrow.splitlines())) <= 60 < max(map(len, capsys.readouterr().out.splitlines())) <= 140


def test_an_empty_table_is_not_shown(capsys):
    print_tables([Table("Nothing", ["a"], [])])
    assert capsys.readouterr().out == ""
