"""Files made to harm: each ends in one sentence, soon, and in little memory, or is read rightly."""

from __future__ import annotations

import io
import os
import random
import struct
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from offbeat.data import read
from offbeat.errors import AmbiguousDateWarning, DataError, FormatError, OffbeatError, RoundedValuesWarning

pytestmark = pytest.mark.usefixtures("hang_guard")


def refused(path: Path, **options) -> str:
    """Return the message for a file that is refused."""
    with pytest.raises(OffbeatError) as caught:
        read(path, **options)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) <= 500
    return message


def refused_or_read(path: Path, **options) -> None:
    try:
        read(path, **options)
    except OffbeatError as error:
        message = str(error)
        assert message.isprintable() and len(message) <= 500, message  # noqa: PT018


def array_bytes(shape, descr="<f8", content=b"\0" * 64) -> bytes:
    header = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode()
    header += b" " * (64 - (len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


@pytest.mark.parametrize(
    "content",
    [
        array_bytes((10**12,)),
        array_bytes((2**62,)),
        array_bytes((-5,)),
        array_bytes((0, 10**12)),
        array_bytes((2, 9)),
        array_bytes((3,), "|O"),
        array_bytes((3,), [("a", "<f8"), ("b", "<i4")]),
        array_bytes((1,) * 40),
        array_bytes((8,)).replace(b"}", b"("),
        array_bytes((8,)).replace(b"'shape'", b"'shade'"),
        array_bytes((8,)).replace(b"\x01\x00", b"\x03\x00", 1),
        array_bytes((8,))[:9],
        b"\x93NUMPY\x01\x00" + struct.pack("<H", 60000) + b"[" * 59999 + b"\n",
    ],
)
def test_headers_of_arrays_are_believed_as_far_as_the_bytes_go(tmp_path, content):
    (tmp_path / "t.npy").write_bytes(content)
    refused(tmp_path / "t.npy")
    with zipfile.ZipFile(tmp_path / "t.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.npy", content)
    refused(tmp_path / "t.npz", kind="recording")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_archives_are_read_whole_or_refused(tmp_path, compression):
    path = tmp_path / "t.npz"
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("X.npy", array_bytes((8,)))
        archive.writestr("notes.txt", "not an array")
    assert len(read(path, kind="recording")) == 8
    whole = path.read_bytes()
    rng = random.Random(0)
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(rng.choice([1, 1, 2, 4])):
            content[rng.randrange(len(content))] = rng.randrange(256)
        path.write_bytes(content)
        refused_or_read(path, kind="recording")


def test_what_an_archive_expands_to_is_bounded(tmp_path, monkeypatch):
    path = tmp_path / "t.npz"
    np.savez_compressed(path, X=np.zeros((1000, 1000), dtype=np.int8))
    assert len(read(path)) == 1000
    monkeypatch.setenv("OFFBEAT_MAX_BYTES", "4000000")  # a byte each, but eight as floats
    assert "OFFBEAT_MAX_BYTES" in refused(path)
    np.savez(path, X=np.zeros((1000, 1000), dtype=np.int8))  # it stands there byte by byte
    assert len(read(path)) == 1000
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(5):
            archive.writestr(f"X{i}.npy", array_bytes((400_000,), "|i1", b"\0" * 1_000_000))
    assert "OFFBEAT_MAX_BYTES" in refused(path)


def test_archives_of_very_many_arrays_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.npz", "w") as archive:
        for i in range(3000):
            archive.writestr(f"a{i}.npy", b"")
    assert "3,000" in refused(tmp_path / "t.npz")


def test_damaged_parquet_files_are_refused(tmp_path):
    path = tmp_path / "t.parquet"
    times = pd.date_range("2024-01-01", periods=24, freq="5min")
    pd.DataFrame({"timestamp": times, "cpu": np.arange(24.0), "name": ["x", "y"] * 12}).to_parquet(path)
    whole = path.read_bytes()
    rng = random.Random(0)
    for _ in range(400):
        content = bytearray(whole)
        content[rng.randrange(len(content) // 2, len(content))] = rng.randrange(256)
        path.write_bytes(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            refused_or_read(path, channels="cpu")


ARFF = "@relation r\n@attribute a numeric\n@attribute b numeric\n"


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("t.csv", "t,v\n2024-01-01,1\n2024-01-02,1e400\n", "line 3, column 2|column v has '1e400' at line 3"),
        ("t.csv", "1e400,2,3\n4,5,6\n", "line 1, column 1"),
        ("t.csv", "1,1e400,3\n4,5,6\n7,8,9\n", "line 1, column 2"),
        ("t.csv", "v\n1\n\n-1e999\n", "line 4, column 1"),
        ("t.csv", "v\n" + "9" * 400 + "\n1\n", "t.csv"),
        ("t.csv", "a,b,c\n1,1_000,3\n4,5,6\n", "'1_000'"),
        ("t.csv", "1,1_000,3\n4,5,6\n7,8,9\n", "line 1, column 2"),
        ("t.csv", "a,b,c\n1,\uff11\uff12,3\n4,5,6\n", "line 2, column 2"),
        ("t.csv", 'a,b,c\n1,2,"3\n4",5,6\n7,8,9\n', "quotes"),
        ("t.csv", 'a,"' + "b" * 200_000 + '"\n1,2\n', "t.csv"),
        ("t.csv", ",".join("1" * 60_000) + "\n" + ",".join("2" * 60_000) + "\n", "50,000 columns"),
        ("t.csv", "x" * 100_000 + ",1,2\n" + "y,1,2\n" * 100_000, "OFFBEAT_MAX_BYTES"),
        ("t.txt", "a 4 5\nb 1\xa02 3\n", "line 2 has 4"),
        ("t.txt", "a 4 5\nb 12\n", "line 2 has 2"),
        ("t.ts", "@classLabel true\n@data\n1,1_000:a\n", "line 3, value 2"),
        ("t.ts", "@classLabel true\n@data\n1,\uff11:a\n", "line 3, value 2"),
        ("t.ts", "@classLabel true\n@data\n1,1e400:a\n", "line 3, value 2"),
        ("t.ts", "@classLabel true\n@data\n1,2:" + "x" * 200_000 + "\n" + "1,2:y\n" * 10_000, "OFFBEAT_MAX_BYTES"),
        ("t.arff", ARFF + "@data\n1,1_000\n", "line 5, column 2"),
        ("t.arff", ARFF + "@data\n1,\uff11\n", "line 5, column 2"),
        ("t.arff", ARFF + "@data\n1e400,2\n", "line 5, column 1"),
        ("t.arff", ARFF + "@data\n'" + "b" * 200_000 + "',2\n", "t.arff"),
        ("t.arff", ARFF + "@attribute c {" + "' ," * 20_000 + "}\n@data\n1,2,3\n", "line 6, column 3"),
        ("t.arff", ARFF + "@attribute c date " + "y" * 50_000 + "\n@data\n1,2,3\n", "the attribute 'c'"),
        ("t.arff", ARFF + "@attribute c {" + "a" * 200_000 + "}\n@data\n1,2,3\n", "line 6, column 3"),
    ],
)
def test_odd_text_is_refused_in_one_sentence(tmp_path, name, text, reason):
    (tmp_path / name).write_text(text, encoding="utf-8")
    said = refused(tmp_path / name)  # pandas tells of numbers too large in two ways, by its version
    assert any(each in said for each in reason.split("|"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp037"])
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.ts", "t.arff"])
def test_other_encodings_are_refused(tmp_path, name, encoding):
    (tmp_path / name).write_text("label,load\na,1\nb,2\n", encoding=encoding)
    refused(tmp_path / name)


def test_what_says_inf_is_read_as_that(tmp_path):
    (tmp_path / "t.csv").write_text("v\n1\n-inf\nInfinity\n")
    assert read(tmp_path / "t.csv").values.ravel().tolist() == [1.0, -np.inf, np.inf]


def test_a_delimiter_in_quotes_parts_nothing(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('timestamp,"temp; C","a\tb"\n2024-01-01,2,1\n2024-01-02,4,1\n')
    assert read(path).channels == ("temp; C", "a\tb")
    path.write_text("t" + "x" * 200_000 + ",load\n2024-01-01,2\n2024-01-02,4\n")
    assert read(path).channels == ("load",)


def test_attributes_in_quotes(tmp_path):
    path = tmp_path / "t.arff"
    path.write_text(
        "% made by hand\n@RELATION r\n@attribute 'at first' REAL\n@attribute\tthen\tinteger\n"
        "@attribute kind {'not so', calm, \"a, b\"}\n@DATA\n0.5, 1, 'not so'\n% a remark\n?,2,calm\n3,4,\"a, b\"\n"
    )
    series = read(path)
    assert series.labels.tolist() == ["not so", "calm", "a, b"]
    assert np.array_equal(series.values[:, 0], [[0.5, 1], [np.nan, 2], [3, 4]], equal_nan=True)
    assert len(read(path, label="none").values[0, 0]) == 2


def test_dates_that_can_be_read_both_ways_are_told(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("timestamp,v\n01/02/2024,1\n02/02/2024,2\n03/02/2024,4\n")
    with pytest.warns(AmbiguousDateWarning, match="day first.*month"):
        assert str(read(path).timestamps[2])[:10] == "2024-02-03"
    path.write_text("timestamp,v\n12/02/2024,1\n13/02/2024,2\n14/02/2024,4\n")
    assert str(read(path).timestamps[0])[:10] == "2024-02-12"


@pytest.mark.parametrize("text", ["v\n9007199254740993\n1\n", "v,w\n9007199254740993,0.5\n1,2\n"])
def test_whole_numbers_that_lose_digits_are_told(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    with pytest.warns(RoundedValuesWarning, match="16 digits"):
        read(tmp_path / "t.csv", kind="recording")


def test_labels_keep_all_their_digits(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("label,a,b\n9007199254740993,1,2\n9007199254740992,1,2\n")
    assert read(path).labels.tolist() == ["9007199254740993", "9007199254740992"]
    path.write_text("label,a,b\n1e300,1,2\n2e300,1,2\n")
    assert read(path).classes == ("1e+300", "2e+300")


def test_a_filled_gap_may_not_fill_the_memory(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("timestamp,v\n0001-01-01,1\n" + "".join(f"2262-01-0{i},2\n" for i in range(1, 9)))
    assert "fifty" not in refused(path, gaps="nan")
    times = [*range(0, 1000, 10), *range(20_000, 21_000, 10)]
    stamps = pd.Timestamp("2024-01-01") + pd.to_timedelta(times, unit="s")
    pd.DataFrame({"timestamp": stamps, "v": 1.0}).to_csv(path, index=False)
    monkeypatch.setenv("OFFBEAT_MAX_BYTES", "10000")
    assert "OFFBEAT_MAX_BYTES" in refused(path, gaps="nan")


def test_only_files_on_disk_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    (tmp_path / "null.csv").symlink_to("/dev/null")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    (tmp_path / "file.csv").write_text("v\n1\n2\n")
    assert "device or a pipe" in refused(tmp_path / "pipe.csv")
    assert "device or a pipe" in refused(tmp_path / "zero.csv")
    assert "is empty" in refused(tmp_path / "null.csv")
    for path in (tmp_path / "loop.csv", tmp_path / ("x" * 300 + ".csv"), tmp_path / "file.csv" / "t.csv"):
        with pytest.raises(DataError, match="cannot be opened"):
            read(path)
    with pytest.raises(DataError, match="cannot be opened"):
        read("a\0b.csv")


def test_a_file_that_vanishes_is_named(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("v\n1\n2\n")
    opened = Path.open

    def vanish(self, *args, **options):
        path.unlink(missing_ok=True)
        return opened(self, *args, **options)

    monkeypatch.setattr(Path, "open", vanish)
    with pytest.raises(FormatError, match=r"t\.csv"):
        read(path)


def test_an_array_is_read_from_a_stream_of_any_kind(tmp_path):
    stream = io.BytesIO()
    np.savez_compressed(stream, X=np.arange(12.0).reshape(3, 4), y=["a", "b", "a"])
    (tmp_path / "t.npz").write_bytes(stream.getvalue())
    assert read(tmp_path / "t.npz").labels.tolist() == ["a", "b", "a"]


@pytest.mark.parametrize("name", ["t.csv", "t.txt"])
@pytest.mark.parametrize("gap", ["\n\r ", "\r\r ", "\r\n\r\n ", "\n\r\r\n \r  ", "\r", "\n \n"])
def test_lines_end_as_python_ends_them(tmp_path, name, gap):
    (tmp_path / name).write_bytes(f"t,v{gap}2024-01-01,2{gap}2024-01-02,4\n".encode())
    assert read(tmp_path / name).values.ravel().tolist() == [2.0, 4.0]
