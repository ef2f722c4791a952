"""Tables of text as programs and people write them: all of them hold one table, and have to give it.

Each file is made of the same times, a load and a count, in the manner of some program.
"""

import bz2
import datetime
import gzip
import io
import lzma
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from offbeat.errors import FormatError
from offbeat.files.text.table import TextTable

N = 60
RNG = np.random.default_rng(5)
LOAD = np.round(20 + 5 * np.sin(np.arange(N) / 4) + RNG.normal(0, 0.3, N), 2)
COUNT = RNG.integers(900, 1100, N)
START = datetime.datetime(2024, 3, 25, 22)
STAMPS = [START + datetime.timedelta(minutes=15 * i) for i in range(N)]


def cells(values: Iterable[float], pattern: str = "{:.2f}") -> list[str]:
    return [pattern.format(value) for value in values]


LOADS, COUNTS, TIMES = cells(LOAD), cells(COUNT, "{:d}"), [str(stamp) for stamp in STAMPS]


def rows(*columns: Sequence[str], mark: str = ",", end: str = "\n") -> str:
    return "".join(mark.join(row) + end for row in zip(*columns, strict=True))


def quoted(values: Iterable[str]) -> list[str]:
    return [f'"{value}"' for value in values]


def table(folder: Path, text: str | bytes, encoding: str = "utf-8", **options: int) -> TextTable:
    path = folder / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return TextTable(path, **options)


def check(
    found: TextTable,
    names: tuple[str, ...] | None = ("time", "load", "count"),
    times: Sequence[str] | None = TIMES,
    first_line: int | None = None,
) -> TextTable:
    """Hold a table against the times, the load and the count; columns in front of the load are not numbers."""
    assert found.names == names
    assert len(found.frame) == N
    numbers = found.frame.iloc[:, -2:]
    assert all(pd.api.types.is_numeric_dtype(dtype) for dtype in numbers.dtypes)
    np.testing.assert_array_equal(numbers.to_numpy(np.float64), np.column_stack([LOAD, COUNT]))
    if times is not None:
        assert [str(time) for time in found.frame[0]] == list(times)
    if first_line is not None:
        assert found.place(0) == f"line {first_line}"
        assert found.place(N - 1) == f"line {first_line + N - 1}"
    return found


PLAIN = "time,load,count\n" + rows(TIMES, LOADS, COUNTS)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", ", ", " ; "])
@pytest.mark.parametrize("header", [True, False])
def test_delimiters(tmp_path: Path, mark: str, header: bool) -> None:
    text = f"time{mark}load{mark}count\n" * header + rows(TIMES, LOADS, COUNTS, mark=mark)
    check(table(tmp_path, text), ("time", "load", "count") if header else None, first_line=1 + header)


def test_blanks_part_columns_and_dates_from_times(tmp_path: Path) -> None:
    found = check(
        table(tmp_path, "date time load count\n" + rows(TIMES, LOADS, COUNTS, mark="   ")),
        ("date", "time", "load", "count"),
        [f"{stamp:%Y-%m-%d}" for stamp in STAMPS],
    )
    assert found.frame[1].tolist() == [f"{stamp:%H:%M:%S}" for stamp in STAMPS]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("zone", ["CEST", "PST", "IST"])
@pytest.mark.parametrize("form", ["{}", '"{}"'])
def test_blanks_in_times_with_a_zone_part_nothing(tmp_path: Path, mark: str, zone: str, form: str) -> None:
    times = [f"{time} {zone}" for time in TIMES]
    written = ([form.format(cell) for cell in column] for column in (times, LOADS, COUNTS))
    check(table(tmp_path, mark.join(("time", "load", "count")) + "\n" + rows(*written, mark=mark)), times=times)


def test_blanks_in_quotes_part_nothing(tmp_path: Path) -> None:
    text = '"time" "load" "count"\n' + rows([f'"{i + 1}"' for i in range(N)], quoted(TIMES), LOADS, COUNTS, mark=" ")
    found = table(tmp_path, text)
    assert found.names == ("time", "load", "count")
    assert [str(time) for time in found.frame[0]] == TIMES
    np.testing.assert_array_equal(found.frame[1], LOAD)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n", "\r\r\n"])
def test_line_ends(tmp_path: Path, end: str) -> None:
    check(table(tmp_path, f"time,load,count{end}" + rows(TIMES, LOADS, COUNTS, end=end)))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = "time,Größe (°C),count\n" + rows(TIMES, LOADS, COUNTS)
    check(table(tmp_path, text, encoding), ("time", "Größe (°C)", "count"))


def test_an_encoding_is_told_by_the_whole_file(tmp_path: Path) -> None:
    found = table(tmp_path, "site,load\n" + "Aarhus,1.5\n" * 200_000 + "Zürich,2.5\n", "cp1252")
    assert found.frame[0].iloc[-1] == "Zürich"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_table_is_unpacked_within_limits(tmp_path: Path, pack, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack(PLAIN.encode())
    check(table(tmp_path, packed))
    with pytest.raises(FormatError, match="unpacked"):
        table(tmp_path, packed[: len(packed) // 2])
    monkeypatch.setenv("OFFBEAT_MAX_BYTES", "1000")
    with pytest.raises(FormatError, match="OFFBEAT_MAX_BYTES"):
        table(tmp_path, packed)


def test_an_archive_holds_one_table(tmp_path: Path) -> None:
    for count in (1, 2):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for i in range(count):
                archive.writestr(f"t{i}.csv", PLAIN)
        if count == 1:
            check(table(tmp_path, packed.getvalue()))
        else:
            with pytest.raises(FormatError, match="2"):
                table(tmp_path, packed.getvalue())


@pytest.mark.parametrize(
    "top",
    [
        "\n\n",
        "# logger 3\n# unit: degC\n",
        "% made by hand\n",
        "// exported\n",
        "sep=,\n",
        '"sep=,"\n',
        "Report of the week\n",
        "Report of the week\n\n",
        "Site: north\nFrom: 2024-03-25\n\n",
        "Site,north\nSerial,123\n\n",
        "Device:,Logger 3,\nSerial:,123,\n,,\n",
        "Exported,2024-03-25 10:00\n",
        "".join(f"Line {i}: words\n" for i in range(300)),
    ],
)
def test_lines_above_the_names(tmp_path: Path, top: str) -> None:
    check(table(tmp_path, top + PLAIN), first_line=2 + top.count("\n"))


def test_the_delimiter_that_is_stated_goes_first(tmp_path: Path) -> None:
    found = table(tmp_path, "sep=;\na;b\n" + "1,5;2,5\n" * 5)
    assert (found.names, found.frame[0].tolist()) == (("a", "b"), [1.5] * 5)


@pytest.mark.parametrize(
    "header",
    [
        '"time","load","count"\n',
        "'time','load','count'\n",
        "# time,load,count\n",
        "#time,load,count\n",
        "time,load,count,\n",
        "time , load , count\n",
        "time,load,count\n\n",
        "time,load,count\n,°C,1/min\n",
        "time,load,count\ns,kWh,\n",
        "time,load,count\n[s],[m/s],[%]\n",
        "time,load,count\n(-),(bar),(°C)\n",
    ],
)
def test_names_and_units(tmp_path: Path, header: str) -> None:
    check(table(tmp_path, header + rows(TIMES, LOADS, COUNTS)))


@pytest.mark.parametrize("header", ["time,load,count\n", "time,load,count,\n"])
def test_a_delimiter_at_the_end_of_lines(tmp_path: Path, header: str) -> None:
    check(table(tmp_path, header + rows(TIMES, LOADS, COUNTS, end=",\n")))


def test_cells_in_quotes_hold_any_mark(tmp_path: Path) -> None:
    host = ['"a, b; ""c"""', "d"] * (N // 2)
    found = check(
        table(tmp_path, "host,load,count\n" + rows(host, quoted(LOADS), quoted(COUNTS))),
        ("host", "load", "count"),
        None,
    )
    assert found.frame[0].tolist() == ['a, b; "c"', "d"] * (N // 2)


@pytest.mark.parametrize(
    ("end", "note"),
    [
        ("# end\n", ""),
        ("\n\n", ""),
        (",,\n,,\n", ""),
        ("\x1a", ""),
        ("Total,,60123\n", "'Total,,60123'"),
        ("Mittelwert,20.1,1000\n", "'Mittelwert"),
        ("(60 rows affected)\n", "'(60 rows"),
        ("\nEnd of report\n", "'End of report'"),
        ("-- end --\n", "'-- end --'"),
    ],
)
def test_lines_below_the_rows(tmp_path: Path, end: str, note: str) -> None:
    found = check(table(tmp_path, PLAIN + end), first_line=2)
    assert note in " ".join(found.notes)
    assert bool(found.notes) == bool(note)


def test_remarks_and_blank_lines_between_rows_are_left_out_and_counted(tmp_path: Path) -> None:
    lines = PLAIN.splitlines(keepends=True)
    lines[10:10] = ["# moved to the roof\n", "\n", "   \n"]
    found = check(table(tmp_path, "".join(lines)))
    assert (found.place(8), found.place(9)) == ("line 10", "line 14")


# Numbers


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
    values = RNG.normal(size=500) * 10.0 ** RNG.integers(-300, 300, 500)
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


# Blocks: a table is read piece by piece, and must not show it.


def test_a_column_has_one_type_in_all_blocks(tmp_path: Path) -> None:
    n = 400_000
    whole, late = ["7"] * n, ["0.50"] * n
    late[-1] = "word"
    found = table(tmp_path, "a,b,c\n" + rows(whole, late, ["x", *[""] * (n - 1)]), block=1 << 20)
    assert found.frame[0].dtype == np.int64
    assert found.frame[1].iloc[[0, -1]].tolist() == ["0.50", "word"]
    assert found.frame[2].iloc[0] == "x"
    assert found.frame[2].isna().sum() == n - 1
    assert [found.place(row) for row in (0, n // 2, n - 1)] == ["line 2", f"line {n // 2 + 2}", f"line {n + 1}"]


def test_a_line_that_is_cut_short_is_named_in_any_block(tmp_path: Path) -> None:
    text = "a,b\n" + "1,2\n" * 700_000 + "1\n" + "1,2\n" * 10
    with pytest.raises(FormatError, match="line 700002 has 1"):
        table(tmp_path, text, block=1 << 20)


# What no table is


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", "web page"),
        ("<?xml version='1.0'?>\n<a>b</a>\n", "XML"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:ab\n", "LFS"),
        ("import pandas\nprint()\n", "program"),
        ("Dear all,\nplease find attached\n", "words"),
        ("t,v\n2024-01-01,1\n2024-01-02\n" + "2024-01-03,1\n" * 9, "line 3 has 1"),
        ("t,v\n2024-01-01\n" + "2024-01-02,1\n" * 9, "line 2 has 1"),
        ("t,v\n2024-01-01,1,5\n" + "2024-01-02,1\n" * 9, "line 2 has 3"),
        ("t,v,w\n" + "2024-01-02,1\n" * 9, "line 1"),
        ("x,2,3\n" + "4,5,6\n" * 9, "line 1"),
        ("v\n1\0\n2\n", "text"),
    ],
)
def test_what_is_no_table_is_told(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(FormatError) as caught:
        table(tmp_path, text)
    assert reason in str(caught.value)


def test_a_row_of_a_word_and_nothing_is_no_remark(tmp_path: Path) -> None:
    for mark in "\t;,|":
        assert len(table(tmp_path, f"N{mark}{mark}\nvery low{mark}{mark}\n").frame) == 2
