"""Which records a folder, a pattern or a list stands for, and what each is called."""

import os
from pathlib import Path

import pytest

from offbeat.errors import DataError
from offbeat.records import Annotations, write_annotations
from offbeat.records.finding import find_records, find_with_left_out, holds_many, named_apart


@pytest.fixture
def folder(tmp_path):
    """A folder of many formats, with a record of two segments and files that are no records."""
    contents = {
        "a/100.hea": "100 1 250 10\n100.dat 16 200 12 0 0 0 0 II\n",
        "a/100.dat": "",
        "a/100.atr": "",
        "a/REFERENCE.csv": "100,N\n",
        "a/long.hea": "long/3 1 250 30\nlong_1 10\nlong_2 10\nelsewhere/long_3 10\n",
        "a/long_1.hea": "long_1 1 250 10\n",
        "a/long_2.hea": "long_2 1 250 10\n",
        "night.EDF": "",
        "tables/strip.csv": "",
        "tables/notes.md": "",
        "tables/.hidden.csv": "",
        "tables/RECORDS": "# mine\n../a/100\n\n../night.EDF\n",
    }
    for name, content in contents.items():
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "data"


def names(found, folder):
    return [path.relative_to(folder).as_posix() for path in found]


def test_a_folder_holds_headers_and_files_but_no_segments_or_tables_beside_headers(folder):
    assert names(find_records(folder), folder) == ["a/100", "a/long", "night.EDF", "tables/strip.csv"]


def test_beside_headers_a_table_is_a_record_by_its_columns_and_others_are_told(folder):
    rows = "".join(f"{i / 250:.3f};{i % 7}\n" for i in range(50))
    (folder / "a/strip.csv").write_text(f"time;MLII\n{rows}")
    (folder / "a/device.txt").write_text(f"time;temperature\n{rows}")
    (folder / "a/peaks.csv").write_text("sample,time_s,symbol\n5,0.02,N\n")
    os.mkfifo(folder / "a/pipe.csv")
    records, left_out = find_with_left_out(folder)
    assert names(records, folder) == ["a/100", "a/long", "a/strip.csv", "night.EDF", "tables/strip.csv"]
    assert names(left_out, folder) == ["a/REFERENCE.csv", "a/device.txt", "a/pipe.csv"]
    assert names(find_records(f"{folder}/a/*.txt"), folder) == ["a/device.txt"]  # as the note about it says


def test_results_that_lie_beside_records_are_no_records(folder):
    write_annotations(Annotations([5], ["N"], 250.0), folder / "tables/night.csv")
    (folder / "tables/beats.csv").write_text("sample,time_s,class,symbol\n5,0.02,N,N\n")
    (folder / "tables/records.csv").write_text("record,error,rhythm\n100,,sinus rhythm\n")
    os.mkfifo(folder / "tables/pipe.csv")
    assert names(find_records(folder / "tables"), folder) == ["tables/pipe.csv", "tables/strip.csv"]


def test_a_pattern_and_a_list(folder):
    assert names(find_records(folder / "a/1*"), folder) == ["a/100"]
    assert names(find_records(f"{folder}/t*"), folder) == ["tables/strip.csv"]
    assert [path.resolve() for path in find_records(folder / "tables/RECORDS")] == [
        folder / "a/100",
        folder / "night.EDF",
    ]


def test_what_stands_for_one_record_only(folder):
    assert [holds_many(folder / name) for name in ("a", "a/1*", "tables/RECORDS")] == [True] * 3
    assert not holds_many(folder / "a/100")
    assert find_records(folder / "a/100") == [folder / "a/100"]
    odd = folder / "what?.csv"
    odd.touch()
    assert not holds_many(odd)  # a file of that very name


@pytest.mark.parametrize("place", ["empty", "x*", "RECORDS"])
def test_none_is_an_error_that_says_what_was_looked_for(tmp_path, place):
    (tmp_path / "empty").mkdir()
    (tmp_path / "RECORDS").write_text("\n")
    with pytest.raises(DataError, match=r"\.hea"):
        find_records(tmp_path / place)


def test_no_name_comes_twice():
    records = [Path("r/100"), Path("r/100.edf"), Path("r/100.csv"), Path("s/100.csv"), Path("s/100.csv")]
    found = named_apart(records)
    assert found[:3] == ["100", "100.edf", "100.csv"]
    assert len(set(found)) == 5
