import json
import math

import pytest

from offbeat.tables import Table

TABLE = Table(
    "Scores",
    ["detector", "series", "AUROC", "missed", "seen"],
    [["pca", 12345, 0.98756, 0.0213, True], ["knn", -7, math.nan, None, False]],
    formats=["", "", ".3f", ".1%"],
    note="Higher is better.",
)


def test_cells_are_text_by_the_format_of_their_column():
    assert TABLE.cells() == [["pca", "12,345", "0.988", "2.1%", "True"], ["knn", "-7", "–", "–", "False"]]


def test_floats_without_a_format_have_four_digits():
    assert Table("t", ["a", "b"], [[1234.5678, 1e-9]]).cells() == [["1235", "1e-09"]]
    assert Table("t", ["a", "b"], [[0.123456, 0.123456]], formats=[".1f"]).cells() == [["0.1", "0.1235"]]


def test_json_has_the_numbers_unrounded_and_null_for_what_is_missing():
    assert json.loads(json.dumps(TABLE.to_dict(), allow_nan=False)) == {
        "title": "Scores",
        "rows": [
            {"detector": "pca", "series": 12345, "AUROC": 0.98756, "missed": 0.0213, "seen": True},
            {"detector": "knn", "series": -7, "AUROC": None, "missed": None, "seen": False},
        ],
        "formats": {"AUROC": ".3f", "missed": ".1%"},
        "note": "Higher is better.",
    }


def test_a_table_comes_back_from_json():
    again = Table.from_dict(json.loads(json.dumps(TABLE.to_dict())))
    assert (again.title, again.columns, again.note) == (TABLE.title, TABLE.columns, TABLE.note)
    assert again.cells() == TABLE.cells()


@pytest.mark.parametrize("row", [[1], [1, 2, 3]])
def test_each_row_has_one_cell_a_column(row):
    table = Table("t", ["a", "b"], [row])
    with pytest.raises(ValueError, match="zip"):
        table.cells()
    with pytest.raises(ValueError, match="zip"):
        table.to_dict()


def test_a_table_may_be_empty():
    assert Table("t", ["a"], []).cells() == []
    assert Table("t", ["a"], []).to_dict() == {"title": "t", "rows": [], "formats": {}, "note": ""}


def test_printed_it_is_text_in_columns():
    table = Table(
        "Scores", ["detector", "AUROC", "n"], [["pca", 0.98756, 12_000], ["mean", None, 3]], ["", ".3f"], "All."
    )
    assert repr(table).splitlines() == [
        "Scores",
        "detector  AUROC       n",
        "pca       0.988  12,000",
        "mean          –       3",
        "All.",
    ]
    assert repr(Table("Nothing", ["a"], [])) == "Nothing"


def test_numbers_and_shares_stand_to_the_right_and_names_do_not():
    columns = ["record", "beats", "share", "known", "AF"]
    table = Table("Records", columns, [["100", 2273, "41 %", True, None], ["101", None, "–", False, None]])
    assert table.numeric == [False, True, True, False, False]
    assert Table("Nothing", columns, []).numeric == [False] * 5
