"""Databases and workbooks: several tables in one file, of which one is read and nothing is written."""

import sqlite3
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from offbeat.data import load, read
from offbeat.errors import DataError, FormatError, MissingExtraError, OffbeatError, ParameterError

TIMES = pd.date_range("2024-03-25", periods=40, freq="15min")
FRAME = pd.DataFrame({"time": TIMES, "load": np.arange(40) / 8, "count": np.arange(40)})


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    pytest.importorskip("sqlalchemy")
    path = tmp_path / "plant.db"
    connection = sqlite3.connect(path)
    FRAME.assign(time=TIMES.astype(str)).to_sql("readings", connection, index=False)
    FRAME.assign(time=TIMES.astype(str), load=0.5).to_sql("odd name.2024", connection, index=False)
    connection.close()
    return path


def test_a_query_or_a_table_of_a_database_is_read(plant: Path) -> None:
    for source in (f"sqlite:///{plant}", plant):
        whole = read(source, table="readings")
        np.testing.assert_array_equal(whole.values, FRAME[["load", "count"]])
        assert (whole.name == "readings", whole.step) == (True, 900)
        some = load(source, query="select time, load from readings where count >= 30 order by time")
        assert some.values[:, 0].tolist() == FRAME["load"][30:].tolist()
        assert read(source, table="odd name.2024").values[:, 0].tolist() == [0.5] * 40


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "readings"),
        ({"table": "reading"}, "readings"),
        ({"table": "readings", "query": "select 1"}, "both"),
        ({"query": "delete from readings"}, "query that reads"),
        ({"query": "with x as (select 1) delete from readings"}, "query on"),
        ({"query": "select nothing from readings"}, "nothing"),
        ({"query": "select time, load, load from readings"}, "twice"),
    ],
)
def test_what_cannot_be_asked_of_a_database_is_told_and_nothing_is_written(plant: Path, options, reason: str) -> None:
    before = plant.read_bytes()
    with pytest.raises(OffbeatError, match=reason):
        read(f"sqlite:///{plant}", **options)
    assert plant.read_bytes() == before


@pytest.mark.parametrize("url", ["sqlite:////nowhere/plant.db", "nothing://host/plant", "https://host/plant.csv"])
def test_databases_that_cannot_be_opened_are_named_without_their_password(url: str) -> None:
    pytest.importorskip("sqlalchemy")
    secret = url.replace("://host", "://me:hush@host")
    with pytest.raises((DataError, MissingExtraError)) as caught:
        read(secret, table="t")
    assert "hush" not in str(caught.value)
    assert "plant" in str(caught.value)


def test_files_of_one_table_have_no_others(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(ParameterError, match="table='a'"):
        read(tmp_path / "t.csv", table="a")
    with pytest.raises(ParameterError, match="query="):
        read(tmp_path / "t.csv", query="select 1")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    pytest.importorskip("openpyxl")
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path) as writer:
        FRAME.to_excel(writer, sheet_name="plant", index=False, startrow=3)
        writer.sheets["plant"]["A1"] = "Report of the week"
        FRAME.assign(load=1.5, on=True).to_excel(writer, sheet_name="other", index=False)
    return path


def test_a_worksheet_of_words_tells_of_the_others(book: Path) -> None:
    import openpyxl

    workbook = openpyxl.load_workbook(book)
    sheet = workbook.create_sheet("Readme", 0)
    sheet["A1"], sheet["A2"] = "read me", "hello"
    workbook.save(book)
    with pytest.raises(FormatError, match=r"Readme, plant, other.*table="):
        read(book)


def test_a_worksheet_is_read_with_its_title(book: Path) -> None:
    first = read(book)
    np.testing.assert_array_equal(first.values, FRAME[["load", "count"]])
    assert (first.channels, first.step) == (("load", "count"), 900)
    for wanted in ("other", 1):
        assert read(book, table=wanted, channels="load").values[:, 0].tolist() == [1.5] * 40
    with pytest.raises(DataError, match="plant"):
        read(book, table="third")
    book.rename(book.with_suffix(".csv"))
    assert len(read(book.with_suffix(".csv"))) == 40


def test_a_bad_cell_of_a_worksheet_is_named_by_its_row(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    FRAME.astype({"load": object}).assign(load=["x" if i == 7 else i / 2 for i in range(40)]).to_excel(
        tmp_path / "t.xlsx", index=False
    )
    with pytest.raises(FormatError, match=r"'x'.* row 9"):
        read(tmp_path / "t.xlsx")


def test_damaged_workbooks_are_refused(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = book.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(30):
        content = bytearray(whole)
        content[rng.integers(len(content))] ^= 255
        book.write_bytes(content)
        try:
            read(book)
        except OffbeatError as error:
            assert str(error).isprintable()  # noqa: PT017
    book.write_bytes(whole)
    monkeypatch.setenv("OFFBEAT_MAX_BYTES", "1000")
    with pytest.raises(FormatError, match="OFFBEAT_MAX_BYTES"):
        read(book)


@pytest.mark.parametrize(("module", "extra", "name"), [("openpyxl", "excel", "t.xlsx"), ("sqlalchemy", "sql", "t.db")])
def test_a_missing_library_names_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, extra: str, name: str
) -> None:
    pytest.importorskip(module)
    if name == "t.xlsx":
        FRAME.to_excel(tmp_path / name)
    else:
        FRAME.to_sql("t", sqlite3.connect(tmp_path / name))
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"offbeat\[{extra}\]"):
        read(tmp_path / name)
