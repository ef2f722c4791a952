"""Whatever is wrong with a file, the error names the place and says what was expected."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from offbeat.data import load, read
from offbeat.data.readers.formats import FORMATS
from offbeat.errors import DataError, FormatError, MissingExtraError, OffbeatError, ParameterError
from offbeat.series.recording import Recording

ARFF = "@relation r\n@attribute a numeric\n@attribute b numeric\n@attribute target {1,2}\n"
TS = "@classLabel true 1 2\n@data\n"

BAD_TEXT = [
    ("t.csv", "", "empty"),
    ("t.csv", "\n  \n", "only blank lines"),
    ("t.txt", "\n  \n", "only blank lines"),
    ("t.csv", "a,b,c\n", "header and no rows"),
    ("t.csv", "0,0,1,2,3,4,5,6\n", "header and no rows"),
    ("t.csv", "1,2,3\n\n4,5\n", "expected 3 columns .* line 3 has 2"),
    ("t.csv", "1,2,3\n4,5,6,7\n", "expected 3 columns .* line 2 has 4"),
    ("t.csv", "a,b,c\n1,2,3,4\n", "line 2 has 4"),
    ("t.csv", "a,b,c\n1,2,3\n\n4,oops,6\n", r"expected a number at line 4, column 2 \('b'\).* 'oops'"),
    ("t.csv", "1,2,3\n4,5,x\n", "expected a number at line 2, column 3 .* 'x'"),
    ("t.csv", "1,2,3\n4,True,6\n", "expected a number at line 2, column 2 .* 'True'"),
    ("t.csv", "N,1,2,V\nN,1,2,V\n", "column 1 and column 4 .* could both"),
    ("t.csv", "label,a,b,target\n1,2,3,4\n", "could both"),
    ("t.csv", "N,1,2\n,3,4\n", "line 2 .* has no label"),
    ("t.csv", "14:24,1,2\n14:38,3,4\n", "one long recording"),
    ("t.csv", "t,v\n2015-07-10,1\n\n2015-07-11,x\n", "column v has 'x' at line 4"),
    ("t.csv", "t,v\n2015-07-10,1\nsoon,2\n", "expected a date .* at line 3, got 'soon'"),
    ("t.csv", "t,v\n2015-07-10,1\n,2\n", "line 3 has no timestamp"),
    ("t.csv", "t,v,w\n2015-07-10,1,2\n2015-07-11,2\n", "expected 3 columns .* line 3 has 2"),
    ("t.csv", "t,v,label\n2015-07-10,1,2\n", "line 2 has '2' in column label"),
    ("t.csv", "t,v,label,anomaly\n2015-07-10,1,1,1\n", "could both hold the labels"),
    ("t.csv", "t,label\n2015-07-10,1\n", "at least one column of values"),
    ("t.csv", "value\n1\n\nx\n", "column value has 'x' at line 4"),
    ("t.txt", "1.5\nx\n", "has 'x' at line 2"),
    ("t.txt", "1 2 3\n1 2\n", "expected 3 columns .* line 2 has 2"),
    ("t.txt", "0.07 2 3\n1 2 3\n", "expected a class in column 1 .* line 1 has 0.07"),
    ("t.tsv", "1\t2\tx\n", "expected a number at line 1, column 3"),
    ("t.ts", TS.replace("@data\n", ""), "expected a line @data"),
    ("t.ts", "1,2,3\n", "line 1 of .* has none yet"),
    ("t.ts", TS, "ends after @data"),
    ("t.ts", TS + "1,2,3:1\n1,2:2\n", "expected 1 channels of 3 values.* line 4"),
    ("t.ts", TS + "1,2,3:1\n1,2,3:1,2,3:2\n", "line 4 .* has 2 channels"),
    ("t.ts", TS + "1,2,3:1\n1,2\n", "at the end of line 4"),
    ("t.ts", TS + "1,2,3:1\n1,2,3:\n", "expected one of 1, 2 at the end of line 4"),
    ("t.ts", TS + "1,2,3:1\n1,2,3:9\n", "expected one of 1, 2 at the end of line 4.* '9'"),
    ("t.ts", TS + "1,oops,3:1\n", "expected a number at line 3, value 2"),
    ("t.ts", "@timestamps true\n" + TS, "time stamp"),
    ("t.arff", ARFF, "ends before any line @data"),
    ("t.arff", ARFF + "@data\n", "ends right after @data"),
    ("t.arff", ARFF + "@data\n1,2,1\n3,4\n", "expected 3 values .* line 7 has 2"),
    ("t.arff", ARFF + "@data\n1,2,1\n3,4,5,1\n", "line 7 has 4"),
    ("t.arff", ARFF + "@data\n1,2,1\n3,4,\n", "expected one of 1, 2 at line 7, column 3"),
    ("t.arff", ARFF + "@data\n1,2,1\n3,oops,1\n", "expected a number at line 7, column 2 .* 'oops'"),
    ("t.arff", ARFF + "@data\n1,2,?\n", "line 6 .* has no label"),
    ("t.arff", ARFF + "@data\n{0 1, 2 1}\n", "line 6 .* sparse"),
    ("t.arff", "@relation r\n@attribute a string\n@data\nx\n", "attribute .a. is none of numbers or of words"),
    ("t.arff", "@relation r\n@attribute a string\n@data\n1\n", "no ARFF file that can be read"),
    ("t.arff", "not,an,arff\n", "ends before any line @data"),
]


@pytest.mark.parametrize(("name", "text", "message"), BAD_TEXT)
def test_bad_text_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(FormatError if "could" not in message else DataError, match=message) as caught:
        read(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cut", [30, 90, 130, 170, 2000, 4000, 6110])
def test_a_truncated_arff_never_reads_as_if_whole(tmp_path: Path, cut: int) -> None:
    header = "@relation r\n" + "".join(f"@attribute att{i} numeric\n" for i in range(4)) + "@attribute c {1,2}\n@data\n"
    text = header + "0.12345,-4.7E-4,0.5,0.25,1\n" * 250
    (tmp_path / "t.arff").write_text(text[:cut])
    with pytest.raises(FormatError, match=r"t\.arff"):
        read(tmp_path / "t.arff")


@pytest.mark.parametrize("name", ["t.csv", "t.txt", "t.tsv", "t.ts", "t.arff", "t.npy", "t.npz", "t.parquet"])
@pytest.mark.parametrize("junk", [b"\xff\xfe\x00\x81junk\n" * 50, b"PK\x03\x04" + bytes(range(256)), b"\x00" * 100])
def test_binary_junk_is_a_format_error(tmp_path: Path, name: str, junk: bytes) -> None:
    (tmp_path / name).write_bytes(junk)
    with pytest.raises(FormatError, match=name):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["t.npy", "t.npz", "t.parquet"])
def test_cut_binary_files_are_format_errors(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "t.npz":
        np.savez_compressed(path, X=np.random.default_rng(0).normal(size=(50, 20)))
    elif name == "t.npy":
        np.save(path, np.zeros((50, 20)))
    else:
        pd.DataFrame(np.zeros((50, 3)), columns=list("abc")).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(FormatError, match="whole"):
        read(path)


def test_npz_without_series_or_with_objects(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    np.savez(path, Z=np.zeros((2, 3)))
    with pytest.raises(FormatError, match=r"X or values .* Z"):
        read(path)
    np.savez(path, X=np.array([[1, None], [2, "x"]], dtype=object))
    with pytest.raises(FormatError, match="never unpickled"):
        read(path)
    np.savez(path, X=np.zeros(5))
    with pytest.raises(FormatError, match=r"n_channels, n_times\) in .* its shape is \(5,\)"):
        read(path, kind="collection")
    np.savez(path, X=np.float64(3), channels=["a"])
    with pytest.raises(FormatError, match=r"its shape is \(\)"):
        read(path)
    np.savez(path, X=np.zeros((5, 2, 3)))
    with pytest.raises(FormatError, match=r"\(n_times, n_channels\) in .* its shape is \(5, 2, 3\)"):
        read(path, kind="recording")
    np.savez(path, X=np.zeros((5, 2)), timestamps=np.arange(4))
    with pytest.raises(FormatError, match=r"expected 5 timestamps in .* got \(4,\)"):
        read(path)
    np.savez(path, X=np.zeros((5, 2)), timestamps=np.arange(5))
    with pytest.raises(DataError, match=r"no array .* 'when': it holds timestamps"):
        read(path, time="when")
    np.savez(path, X=np.array([["a", "b"]]))
    with pytest.raises(DataError, match="numbers"):
        read(path)
    np.savez(path, X=np.zeros((2, 3)), y=np.zeros(3))
    with pytest.raises(DataError, match="2 labels"):
        read(path)
    with pytest.raises(DataError, match=r"no array .* 'kind': it holds y"):
        read(path, label="kind")
    with pytest.raises(ParameterError, match="no label column 7"):
        read(path, label=7)


def test_npy_of_objects_is_never_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "t.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(FormatError, match="never unpickled"):
        read(path)
    np.save(path, np.array(["a", "b"]))
    with pytest.raises(DataError, match="numbers"):
        read(path, duplicates="mean")
    np.save(path, np.float64(3))
    with pytest.raises(FormatError, match=r"its shape is \(\)"):
        read(path)
    np.save(path, np.zeros((2, 2, 2, 2)))
    with pytest.raises(FormatError, match=r"its shape is \(2, 2, 2, 2\)"):
        read(path)


def test_options_that_fit_nothing(tmp_path: Path) -> None:
    (tmp_path / "t.ts").write_text(TS + "1,2:1\n")
    (tmp_path / "t.csv").write_text("2015-07-10,1\n2015-07-11,2\n")
    with pytest.raises(ParameterError, match=r"\.ts"):
        read(tmp_path / "t.ts", kind="recording")
    with pytest.raises(ParameterError, match=r"kind .*'series'"):
        read(tmp_path / "t.csv", kind="series")
    with pytest.raises(ParameterError, match="time="):
        read(tmp_path / "t.csv", kind="collection", time="first")
    with pytest.raises(DataError, match=r"time .*0 … 1, not 2"):
        read(tmp_path / "t.csv", time=2)
    with pytest.raises(DataError, match=r"'when'.* time"):
        read(tmp_path / "t.csv", time="when")
    with pytest.raises(FormatError, match="kind='recording'"):
        read(tmp_path / "t.csv", kind="collection")


def test_parquet_of_lists_or_times(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pd.DataFrame({"a": [[1.0, 2.0]], "b": [1.0], "c": [2.0]}).to_parquet(path)
    with pytest.raises(FormatError, match=r"row 1, column 1 \('a'\)"):
        read(path)
    times = pd.date_range("2020-01-01", periods=3, freq="h")
    pd.DataFrame({"time": times, "b": 1.0, "c": ["low", "low", "1"]}).to_parquet(path)
    with pytest.raises(FormatError, match=r"c .*'low'.* row 1"):
        read(path)


def test_parquet_without_pyarrow_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'offbeat\[parquet\]'"):
        read(tmp_path / "t.parquet")


def test_wrong_label_columns(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(",".join(f"t{i}" for i in range(140)) + "\n" + ",".join("1" * 140) + "\n")
    with pytest.raises(DataError, match=r"'clas': the columns are t0, t1, t2, …, t137, t138, t139$"):
        read(tmp_path / "t.csv", label="clas")
    with pytest.raises(DataError, match="one of 0 … 139, not 140"):
        read(tmp_path / "t.csv", label=140)
    (tmp_path / "t.csv").write_text("1,2,3\n")
    with pytest.raises(DataError, match="header"):
        read(tmp_path / "t.csv", label="kind")
    (tmp_path / "t.ts").write_text(TS + "1,2:1\n")
    with pytest.raises(ParameterError, match="'last'"):
        read(tmp_path / "t.ts", label="first")


def test_missing_files_folders_and_unknown_extensions(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file"):
        read(tmp_path / "none.csv")
    with pytest.raises(DataError, match="there is no file"):
        load(str(tmp_path / "none.csv"))
    (tmp_path / "t.xyz").write_text("1,2\n")
    with pytest.raises(DataError, match=r"folder.*t\.xyz"):
        load(str(tmp_path))
    (tmp_path / "t.xyz").write_bytes(bytes(range(256)))
    with pytest.raises(FormatError) as caught:
        read(tmp_path / "t.xyz")
    for one in FORMATS:
        assert one.name in str(caught.value)


def test_every_bad_file_is_an_offbeat_error_after_any_cut(tmp_path: Path) -> None:
    whole = ARFF + "@data\n" + "0.5,0.25,1\n1.5,-2,2\n"
    for cut in range(len(whole)):
        (tmp_path / "t.arff").write_text(whole[:cut])
        try:
            read(tmp_path / "t.arff")
        except OffbeatError:
            continue
        # Only a cut right behind a whole row can go unnoticed.
        assert whole[:cut].rstrip().endswith((",1", ",2"))


def test_every_cut_of_a_recording_reads_as_a_part_of_it_or_is_an_offbeat_error(tmp_path: Path) -> None:
    whole = "timestamp,load\n2024-01-01 00:00,10.5\n2024-01-01 00:05,20.5\n2024-01-01 00:10,30.5\n"
    for cut in range(len(whole)):
        (tmp_path / "t.csv").write_text(whole[:cut])
        try:
            data = read(tmp_path / "t.csv")
        except OffbeatError:
            continue
        assert isinstance(data, Recording)
        assert len(data) == whole[:cut].rstrip().count("\n")
