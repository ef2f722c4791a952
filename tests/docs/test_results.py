"""Figures of the pages are those of the files of results."""

import json

import pytest

from offbeat.tables import Table
from pages import NAMES, read
from website.results import RESULTS, filled

BENCH = {
    "command": "offbeat bench waves --detectors pca",
    "version": "9.9.9",
    "date": "2031-05-01",
    "tables": [
        Table("All", ["detector", "AUROC", "hits"], [["pca", 0.98756, 3], ["random", None, 1]], ["", ".3f"]).to_dict(),
        Table("Halves", ["detector", "even series"], [["pca", 0.5]], ["", ".1%"]).to_dict(),
    ],
}
PAGE = "Before.\n\n<!-- results: {} -->\n{}<!-- end of results -->\n\nAfter.\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "waves.json").write_text(json.dumps(BENCH))
    return tmp_path


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_of_a_page_are_those_of_the_files(name):
    assert filled(read(name)) == read(name), "make results"


def test_every_file_of_results_is_shown():
    pages = "".join(map(read, NAMES))
    assert [path.stem for path in RESULTS.glob("*.json") if f"<!-- results: {path.stem}" not in pages] == []


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_a_file_of_results_says_where_it_comes_from_and_nothing_of_a_machine(path):
    content = json.loads(path.read_text())
    assert all(content[name] for name in ("command", "version", "date", "tables"))
    assert not any(place in path.read_text() for place in ("/work", "/home", "/root", "/tmp"))


def test_a_table_takes_the_columns_that_are_asked_for(folder):
    old = PAGE.format("waves | detector | AUROC = area", "\n| anything | old |\n\n")
    new = "\n| detector | area |\n| --- | --- |\n| pca | 0.988 |\n| random | – |\n\n"
    origin = "`offbeat bench waves --detectors pca`, version 9.9.9, 2031-05-01.\n\n"
    assert filled(old, folder) == PAGE.format("waves | detector | AUROC = area", new + origin)
    assert filled(filled(old, folder), folder) == filled(old, folder)


def test_a_table_that_is_not_the_first_is_named(folder):
    assert "| pca | 50.0% |" in filled(PAGE.format("waves, Halves", ""), folder)
    assert "| pca | 0.988 | 3 |" in filled(PAGE.format("waves", ""), folder)


def test_remark_and_notice_of_a_file_stand_below_its_table(folder):
    (folder / "waves.json").write_text(json.dumps({**BENCH, "notice": "No device.", "remark": "Not run since."}))
    assert "2031-05-01. Not run since. No device.\n" in filled(PAGE.format("waves", ""), folder)


@pytest.mark.parametrize("wanted", ["tides", "waves, Thirds", "waves | AUPRC"])
def test_what_there_is_not_is_an_error_that_says_what_there_is(wanted, folder):
    with pytest.raises(LookupError, match=r"expected one of .*, got (tides|Thirds|AUPRC)"):
        filled(PAGE.format(wanted, ""), folder)
