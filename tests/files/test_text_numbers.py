"""Numbers, words and times in tables of text, as programs and people write them."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from offbeat.errors import FormatError
from text_tables import COUNT, COUNTS, LOAD, LOADS, STAMPS, TIMES, N, check, quoted, rows, table


@pytest.mark.parametrize("mark", [";", "\t", "|"])
@pytest.mark.parametrize("header", [True, False])
def test_decimal_commas(tmp_path: Path, mark: str, header: bool) -> None:
    times = [f"{stamp:%d.%m.%Y %H:%M}" for stamp in STAMPS]
    text = f"time{mark}load{mark}count\n" * header + rows(
        times, [cell.replace(".", ",") for cell in LOADS], COUNTS, mark=mark
    )
    found = check(table(tmp_path, text), ("time", "load", "count") if header else None, times)
    assert found.notes == ()


def test_decimal_commas_in_quotes(tmp_path: Path) -> None:
    check(table(tmp_path, "time,load,count\n" + rows(TIMES, quoted(c.replace(".", ",") for c in LOADS), COUNTS)))


def test_three_decimals_behind_a_comma_are_told(tmp_path: Path) -> None:
    loads = [f"{cell}5".replace(".", ",") for cell in LOADS]
    found = table(tmp_path, "time;load\n" + rows(TIMES, loads, mark=";"))
    np.testing.assert_allclose(found.frame[1], LOAD + 0.005)
    (note,) = found.notes
    assert "decimal" in note


@pytest.mark.parametrize(
    ("mark", "group", "decimal"),
    [(";", ".", ","), (";", ",", "."), (";", "'", "."), (";", "’", "."), (";", "\u00a0", ","), (";", "\u202f", ","),
     (";", " ", ","), ("\t", ",", "."), (",", ",", ".")],
)  # fmt: skip
def test_thousands(tmp_path: Path, mark: str, group: str, decimal: str) -> None:
    large = 1000 * LOAD - 15_000
    written = [f"{value:,.2f}".replace(",", "_").replace(".", decimal).replace("_", group) for value in large]
    if mark == ",":
        written = quoted(written)
    found = table(tmp_path, f"time{mark}load\n" + rows(TIMES, written, mark=mark))
    np.testing.assert_allclose(found.frame[1], large)


def test_whole_thousands_with_commas_are_told(tmp_path: Path) -> None:
    found = table(tmp_path, "time,count\n" + rows(TIMES, quoted(f"{value:,}" for value in COUNT)))
    assert found.frame[1].tolist() == COUNT.tolist()
    (note,) = found.notes
    assert "thousands" in note


def test_three_digits_behind_a_comma_between_commas_are_thousands(tmp_path: Path) -> None:
    numbers = 1000 + 17 * np.arange(len(COUNT))
    found = table(tmp_path, "time,count\n" + rows(TIMES, quoted(f"{value:,}" for value in numbers)))
    assert found.frame[1].tolist() == numbers.tolist()
    (note,) = found.notes
    assert "thousands" in note


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (",cpu,cpu\n,mean,max\n", ("", "cpu mean", "cpu max")),
        (",cpu,cpu\n,mean,max\ntime,,\n", ("time", "cpu mean", "cpu max")),
        ("time,Pump A,\n,temp,flow\n", ("time", "Pump A temp", "Pump A flow")),
        ("time,Pump A,Pump B\n,flow,flow\n", ("time", "Pump A", "Pump B")),
        ("time,load,flow\n,kW,l/min\n", ("time", "load", "flow")),
    ],
)
def test_two_rows_of_names_are_joined(tmp_path: Path, header: str, names: tuple[str, ...]) -> None:
    found = table(tmp_path, header + rows(TIMES, LOADS, COUNTS))
    assert found.names == names
    np.testing.assert_array_equal(found.frame[1], LOAD)


def test_numbers_written_in_two_ways_are_refused_with_the_line(tmp_path: Path) -> None:
    loads = [cell.replace(".", ",") for cell in LOADS]
    loads[40] = "20.5"
    with pytest.raises(FormatError, match=r"line 42, column 2 \('load'\).*'20\.5'"):
        table(tmp_path, "time;load\n" + rows(TIMES, loads, mark=";"))


def test_decimal_commas_between_commas_are_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="decimal comma"):
        table(tmp_path, "time,load\n" + rows(TIMES, [cell.replace(".", ",") for cell in LOADS]))


@pytest.mark.parametrize("word", ["", "nan", "NaN", "NA", "N/A", "n/a", "#N/A", "null", "NULL", "None", "-", "--", "?"])
def test_words_for_nothing(tmp_path: Path, word: str) -> None:
    loads = LOADS.copy()
    loads[0] = loads[30] = word
    found = table(tmp_path, "time,load,count\n" + rows(TIMES, loads, COUNTS))
    assert np.flatnonzero(found.frame[1].isna()).tolist() == [0, 30]
    assert found.place(0) == "line 2"


@pytest.mark.parametrize("first", [0, 3])
def test_words_for_what_was_not_measured_among_decimal_commas_are_told(tmp_path: Path, first: int) -> None:
    loads = [cell.replace(".", ",") for cell in LOADS]
    loads[first] = "Bad"
    found = table(tmp_path, "time;load\n" + rows(TIMES, loads, mark=";"))
    np.testing.assert_array_equal(found.frame[1], np.where(np.arange(N) == first, np.nan, LOAD))
    (note,) = found.notes
    assert "'Bad' in 1 row" in note


def test_a_row_of_odd_cells_names_no_columns(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="line 2"):
        table(tmp_path, "time,load\n" + rows(TIMES, ["(20.5)", *LOADS[1:]]))


@pytest.mark.parametrize("name", ["Comment", "remarks"])
def test_rows_may_lack_a_remark(tmp_path: Path, name: str) -> None:
    check(table(tmp_path, f"time\tload\tcount\t{name}\n" + rows(TIMES, LOADS, COUNTS, mark="\t")))


def test_words_of_a_column_of_words_stay(tmp_path: Path) -> None:
    label = ["-", "none", "a", "NA?"] * (N // 4)
    assert table(tmp_path, "load,label\n" + rows(LOADS, label)).frame[1].tolist() == label


@pytest.mark.parametrize("digits", [6, 15, 17])
def test_numbers_are_read_to_the_last_bit(tmp_path: Path, digits: int) -> None:
    rng = np.random.default_rng(6)
    values = rng.normal(size=500) * 10.0 ** rng.integers(-300, 300, 500)
    written = [f"{value:.{digits}g}" for value in values]
    found = table(tmp_path, "a\n" + "\n".join(written))
    assert found.frame[0].tolist() == list(map(float, written))


def test_true_and_false_are_booleans(tmp_path: Path) -> None:
    for yes, no in (("True", "False"), ("true", "false"), ("TRUE", "FALSE")):
        found = table(tmp_path, "load,on\n" + rows(LOADS, [yes, no] * (N // 2)))
        assert found.frame[1].dtype == bool


@pytest.mark.parametrize(
    ("form", "is_read"),
    [
        ("%Y-%m-%d %H:%M:%S", True),
        ("%Y-%m-%dT%H:%M", True),
        ("%Y-%m-%d %H:%M:%S.%f", True),
        ("%Y-%m-%d %H:%M:%SZ", False),
        ("%Y-%m-%d", False),
        ("%d.%m.%Y %H:%M", False),
        ("%Y/%m/%d %H:%M", False),
    ],
)
def test_times_of_iso_8601_without_a_zone_are_times(tmp_path: Path, form: str, is_read: bool) -> None:
    written = [stamp.strftime(form) for stamp in STAMPS]
    for text in (rows(LOADS, written), rows(written, LOADS), "x,y\n" + rows(written, written)):
        frame = table(tmp_path, text).frame
        column = frame[1] if text.startswith(LOADS[0]) else frame[0]
        assert (column.dtype.kind == "M") == is_read
        found = column.tolist() if is_read else [datetime.datetime.strptime(cell, form) for cell in column]
        assert found == [datetime.datetime.strptime(cell, form) for cell in written]
        assert not is_read or column.dtype == pd.to_datetime(pd.Series(written), format=form).dtype


@pytest.mark.parametrize(
    "cell", ["2024-02-30 10:00:00", "2024-13-01 10:00:00", "2024-01-01 24:00:00", "2024-01-01 10:60:00", "", "soon"]
)
def test_times_stay_text_where_one_is_none(tmp_path: Path, cell: str) -> None:
    for block in (1 << 20, 1 << 23):  # in one piece, and in several
        found = table(tmp_path, "t,v\n" + "2024-01-31 10:00:00,1\n" * 100_000 + f"{cell},2\n", block=block)
        assert found.frame[0].iloc[0] == "2024-01-31 10:00:00"
        last = found.frame[0].iloc[-1]
        assert pd.isna(last) if not cell else last == cell
