"""Tables of text as programs and people write them: all of them hold one table, and have to give it.

Each file is made of the same times, a load and a count, in the manner of some program.
"""

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pytest

from offbeat.errors import FormatError
from offbeat.files.text.table import TextTable
from text_tables import COUNTS, LOAD, LOADS, PLAIN, STAMPS, TIMES, N, check, quoted, rows, table


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


@pytest.mark.parametrize("header", [True, False])
def test_ids_behind_a_time_are_no_milliseconds(tmp_path, header):
    path = tmp_path / "sensors.csv"
    lines = [f"2024-01-01 12:00:{second:02d},{1 + second % 3:03d},{second / 8}" for second in range(40)]
    path.write_text("\n".join(["time,sensor,load"] * header + lines), encoding="utf-8")
    assert TextTable(path).frame.shape == (40, 3)


def test_a_name_that_is_made_up_is_not_taken_yet(tmp_path):
    path = tmp_path / "twice.csv"
    path.write_text(
        "time,load,load,load.1\n" + "\n".join(f"{i},{i},{2 * i},{3 * i}" for i in range(9)), encoding="utf-8"
    )
    assert list(TextTable(path).names) == ["time", "load", "load.2", "load.1"]
