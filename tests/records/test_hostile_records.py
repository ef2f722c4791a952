"""Records made to harm: what a header claims is believed as far as the files go, and nothing hangs."""

import os
import struct

import numpy as np
import pytest

from offbeat.errors import DataError, FormatError, OffbeatError
from offbeat.records import open_record, read_annotations
from offbeat.records.sources import distinct

pytestmark = pytest.mark.usefixtures("hang_guard")


def opened(folder, header, name="r"):
    """Open a record by the text of its header, with 4,000 bytes of signal, and read all of it."""
    (folder / "s.dat").write_bytes(bytes(range(250)) * 16)
    (folder / f"{name}.hea").write_text(header)
    record = open_record(folder / name)
    return record, record.read()


def refused(folder, header):
    with pytest.raises(OffbeatError) as caught:
        opened(folder, header)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) <= 500
    return str(caught.value)


@pytest.mark.parametrize("fmt", ["8", "16", "24", "32", "61", "80", "160", "212", "310", "311"])
def test_no_more_samples_than_the_file_holds(tmp_path, fmt):
    assert "cut short" in refused(tmp_path, f"r 1 360 1000000000000\ns.dat {fmt} 200\n")
    assert opened(tmp_path, f"r 1 360 900\ns.dat {fmt} 200\n")[1].shape == (900, 1)
    held = opened(tmp_path, f"r 1 360\ns.dat {fmt} 200\n")[0].n_times
    assert opened(tmp_path, f"r 1 360 {held}\ns.dat {fmt} 200\n")[0].n_times == held
    assert "cut short" in refused(tmp_path, f"r 1 360 {held + 1}\ns.dat {fmt} 200\n")


@pytest.mark.parametrize(
    "header",
    [
        "r 1000000000 360 100\ns.dat 16 200\n",
        "r 2000 360 1\n" + "s.dat 16 200\n" * 2000,
        "r 1 360 -5\ns.dat 16 200\n",
        "r 1 3600e-1 100\ns.dat 16 200\n",
        "r 1 36_0 100\ns.dat 16 200\n",
        "r 1 360 1_00\ns.dat 16 200\n",
        "r 1 0 100\ns.dat 16 200\n",
        "r 2 360 100\n",
        "r 2 360 100\ns.dat 16x1000000000 200\ns.dat 16 200\n",
        "r 1 360 100\ns.dat 16+1000000000000000000 200\n",
        "r 1 360 100\ns.dat 16 1e-300\n",
        "r 1 360 100\n../s.dat 16 200\n",
        "r 1 360 100\n/dev/zero 16 200\n",
        "r/2 1 360 200\nr 100\nr 100\n",
        "r/1 1 360 100\nnone 100\n",
        "r/1 1 360 100\n~ 100\n",
        "r 1 360 100\n" + "a" * 200_000 + "\n",
        "r 1 360 100\ns.dat 16 200 " + " " * 200_000 + "\n",
        "#only a remark\n",
        "\x00" * 50,
    ],
)
def test_headers_that_lie_are_refused(tmp_path, header):
    refused(tmp_path, header)


def test_gaps_are_bounded_by_the_stated_limit(tmp_path, monkeypatch):
    (tmp_path / "a.hea").write_text("a 1 360 100\ns.dat 16 200\n")
    _, values = opened(tmp_path, "r/3 1 360 1200\na 100\n~ 1000\na 100\n")
    assert np.isnan(values[100:1100]).all()
    assert not np.isnan(values[:100]).any()
    assert "a gap of 1,000,000,000,000 samples" in refused(tmp_path, "r/2 1 360 0\na 100\n~ 1000000000000\n")
    monkeypatch.setenv("OFFBEAT_MAX_BYTES", "3999")
    assert "OFFBEAT_MAX_BYTES" in refused(tmp_path, "r/3 1 360 1200\na 100\n~ 1000\na 100\n")


def test_a_segment_that_is_shorter_than_listed_is_named(tmp_path):
    (tmp_path / "a.hea").write_text("a 1 360 100\ns.dat 16 200\n")
    assert "segment a" in refused(tmp_path, "r/2 1 360 0\na 1000000000000\na 100\n")


def edf_with_times(path, onsets):
    """Write a discontinuous EDF+ file: one second of one lead at 100 Hz a data record, and the time it begins at."""
    fields = ["0", "X X X X", "Startdate X X X X", "01.01.00", "00.00.00", 768, "EDF+D", len(onsets), 1, 2]
    head = "".join(str(field).ljust(n) for field, n in zip(fields, (8, 80, 80, 8, 8, 8, 44, 8, 8, 4), strict=True))
    signals = [
        (16, "ECG II", "EDF Annotations"), (80, "", ""), (8, "mV", ""), (8, "-2", "-1"), (8, "2", "1"),
        (8, "-2000", "-32768"), (8, "2000", "32767"), (80, "", ""), (8, "100", "10"), (32, "", ""),
    ]  # fmt: skip
    head += "".join(word.ljust(n) for n, *words in signals for word in words)
    records = [
        np.arange(100, dtype="<i2").tobytes() + f"+{onset}\x14\x14".encode().ljust(20, b"\0") for onset in onsets
    ]
    path.write_bytes(head.encode("ascii") + b"".join(records))
    return path


def test_times_of_data_records_are_bounded_too(tmp_path):
    record = open_record(edf_with_times(tmp_path / "r.edf", [0, 1, 5]))
    assert (record.n_times, int(np.isnan(record.read()).sum())) == (600, 300)
    for onset in ("1e15", "1e300", "1e999", "nan"):
        with pytest.raises(FormatError):
            open_record(edf_with_times(tmp_path / "r.edf", [0, 1, onset]))


def table(folder, text, suffix=".csv", **options):
    path = folder / f"t{suffix}"
    path.write_text(text, encoding="utf-8", newline="")
    return open_record(path, **{"sampling_rate": 250, **options})


def test_blanks_in_a_header_take_no_time(tmp_path):
    rows = "".join(f"{i / 250},2\n" for i in range(50))
    assert table(tmp_path, "time" + " " * 300_000 + "x,c\n" + rows, sampling_rate=None).channels == ("c",)
    assert len(table(tmp_path, "a" + " " * 300_000 + "b,c\n" + rows.replace(".", "")).channels[0]) == 300_002


@pytest.mark.parametrize(
    ("name", "read_as", "unit"),
    [
        ("II (uV)", "II", "mV"), ("II [ mV ]", "II", "mV"), ("II/V", "II", "mV"), ("V5 (mmHg)", "V5 (mmHg)", "mV"),
        ("a (b) (uV)", "a (b)", "mV"), ("II (adc)", "II", "adc"), ("(mV)", "(mV)", "mV"), ("II (mV", "II", "mV"),
    ],
)  # fmt: skip
def test_units_behind_a_name(tmp_path, name, read_as, unit):
    record = table(tmp_path, f"{name},other\n1,2\n3,4\n5,7\n")
    assert (record.channels[0], record.units[0]) == (read_as, unit)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('II,V\n1,2\n"3\n",4\n5,6\n', "in quotes"),
        ('II,V\n1,2\n3,"4\n5,6\n7,"8\n', "t.csv"),
        ('II,V\n1,2\n"3"\n5,6\n', "line 3 has 1"),
        ("II,V\n1,2_0\n3,4\n", "'2_0'"),
        ("II,V\n1,\uff12\n3,4\n", "line 2"),
        ("II,V\n1,2\n3,1e39\n", "line 3"),
        (",".join("1" * 2000) + "\n", "exchange lines and columns"),
        ("1" * 2_000_000, "longer than"),
    ],
)
def test_tables_that_would_be_read_wrongly_are_refused(tmp_path, text, reason):
    with pytest.raises(FormatError) as caught:
        table(tmp_path, text).read()
    assert reason in str(caught.value)


def test_infinite_values_are_missing(tmp_path):
    read = table(tmp_path, "II,V\n1,2\n3,inf\n-inf,6\n7,8\n").read()
    assert np.isnan(read).tolist() == [[False, False], [False, True], [True, False], [False, False]]


def test_short_lines_between_blanks_are_named(tmp_path):
    with pytest.raises(FormatError, match="line 2 has 1"):
        table(tmp_path, "1 2\n3\n5 6\n", ".txt").read()


def test_a_delimiter_in_quotes_parts_nothing(tmp_path):
    assert table(tmp_path, '"up; left",z\n1,2\n3,4\n5,7\n').channels == ("up; left", "z")


def test_windows_line_ends_are_read(tmp_path):
    assert table(tmp_path, "II,V\r\n1,2\r\n3,4\r\n").read().tolist() == [[1, 2], [3, 4]]


def test_equal_names_get_numbers_in_no_time():
    names = distinct(["ECG"] * 50_000)
    assert names[:3] == ("ECG", "ECG 2", "ECG 3")
    assert len(set(names)) == 50_000
    assert distinct(["a", "a 2", "a", "a", "", "lead 5"]) == ("a", "a 2", "a 3", "a 4", "lead 5", "lead 5 2")


def word(code, number):
    return struct.pack("<H", code << 10 | number)


def test_annotations_may_not_fill_the_memory(tmp_path, monkeypatch):
    path = tmp_path / "r.atr"
    path.write_bytes(word(1, 10) + word(63, 1000) + b"x" * 1000 + word(1, 10) * 1000 + word(0, 0))
    assert len(read_annotations(path)) == 1001
    monkeypatch.setenv("OFFBEAT_MAX_BYTES", "3000000")  # a remark in one makes room for one in each
    with pytest.raises(FormatError, match="the remarks"):
        read_annotations(path)
    monkeypatch.setenv("OFFBEAT_MAX_BYTES", "100000")
    with pytest.raises(FormatError, match="OFFBEAT_MAX_BYTES"):
        read_annotations(path)


def test_only_files_on_disk_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zero.edf").symlink_to("/dev/zero")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    for name in ("pipe.csv", "zero.edf"):
        with pytest.raises(FormatError, match="device"):
            open_record(tmp_path / name)
        with pytest.raises(FormatError, match="device"):
            read_annotations(tmp_path / name)
    for path in (tmp_path / "loop.csv", tmp_path / ("x" * 300), "a\0b"):
        with pytest.raises(DataError, match="no record"):
            open_record(path)
        with pytest.raises(DataError, match="no annotation file"):
            read_annotations(path)
