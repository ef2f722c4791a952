from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from offbeat.data import read
from offbeat.errors import FormatError
from offbeat.series.recording import Collection

VALUES = np.array([[0.5, -1.25, 3e-4], [2.0, 7.5, -0.125]])


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def same(a: Collection, b: Collection) -> bool:
    return np.array_equal(a.values, b.values, equal_nan=True) and np.array_equal(a.labels, b.labels)


@pytest.fixture(scope="module")
def train(data_dir: Path) -> Collection:
    return read(data_dir / "ecg5000/ECG5000_TRAIN.arff")


def test_ecg5000_arff_holds_what_the_archive_says(train: Collection) -> None:
    assert train.values.shape == (500, 1, 140)
    assert train.counts() == {"1": 292, "2": 177, "3": 10, "4": 19, "5": 2}
    np.testing.assert_array_equal(train.values[0, 0, :3], [-0.11252183, -2.8272038, -3.7738969])
    assert train.name == "ECG5000_TRAIN"


@pytest.mark.parametrize("extension", ["txt", "ts"])
def test_ecg5000_reads_equal_from_every_original_format(data_dir: Path, train: Collection, extension: str) -> None:
    assert same(read(data_dir / f"ecg5000/ECG5000_TRAIN.{extension}"), train)


def test_ecg5000_test_reads_equal(data_dir: Path) -> None:
    arff = read(data_dir / "ecg5000/ECG5000_TEST.arff")
    assert arff.values.shape == (4500, 1, 140)
    assert same(read(data_dir / "ecg5000/ECG5000_TEST.txt"), arff)


@pytest.mark.parametrize("form", ["csv", "csv-header", "csv-index", "csv-first", "parquet", "npz", "tsv"])
def test_ecg5000_survives_rewriting(tmp_path: Path, train: Collection, form: str) -> None:
    frame = pd.DataFrame(train.values[:, 0])
    path = tmp_path / f"ecg.{form.partition('-')[0]}"
    label: str | None = None
    if form == "npz":
        np.savez(path, values=train.values, labels=train.labels)
    elif form == "parquet":
        frame.rename(columns=str).assign(target=train.labels).to_parquet(path)
    elif form == "tsv":
        frame.insert(0, "y", train.labels)
        frame.to_csv(path, sep="\t", header=False, index=False)
    elif form == "csv-first":
        frame.insert(0, "kind", train.labels)
        frame.to_csv(path, index=False)
        label = "kind"
    else:
        frame.assign(Target=train.labels).to_csv(path, header=form != "csv", index=form == "csv-index")
        label = "last" if form == "csv" else None
    assert same(read(path, label=label), train)


def test_numbered_header_is_no_curve(data_dir: Path) -> None:
    low = read(data_dir / "hkn_synthetic/synthetic_data_low.csv")
    assert low.values.shape == (1000, 1, 150)
    assert low.counts() == {"low": 1000}
    np.testing.assert_array_equal(low.values[0, 0, 0], -0.12034895078901581)


def test_headerless_csv_loses_no_beat_and_the_kaggle_files_are_known_by_their_look(data_dir: Path) -> None:
    path = data_dir / "kaggle_ecg_sample/mitbih_train_sample.csv"
    labelled = read(path)
    assert labelled.values.shape == (500, 1, 187)
    assert labelled.counts() == dict.fromkeys("01234", 100)
    assert labelled.class_name("2") == "V"
    np.testing.assert_array_equal(labelled.values[0, 0, :2], np.loadtxt(path, delimiter=",", max_rows=1)[:2])
    for label in ("last", 187, -1):
        assert read(path, label=label).counts() == labelled.counts()
    assert read(path, label="none").values.shape == (500, 1, 188)
    assert read(data_dir / "kaggle_ecg_sample/mitbih_test_rows_0001_0999.csv").counts() == {"0": 999}
    healthy = read(data_dir / "kaggle_ecg_sample/ptbdb_normal_sample.csv")
    assert (healthy.counts(), healthy.class_names) == ({"0": 100}, {})


@pytest.mark.parametrize(("column", "value"), [(187, 5), (187, 0.5), (3, 1.5), (3, -0.1), (3, np.nan)])
def test_188_columns_that_are_no_kaggle_rows_have_no_label(tmp_path: Path, column: int, value: float) -> None:
    rows = np.zeros((3, 188))
    rows[1, column] = value
    np.savetxt(tmp_path / "t.csv", rows, delimiter=",", fmt="%.18e")
    assert read(tmp_path / "t.csv").labels is None


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("0.5,-1.25,3e-4\n2.0,7.5,-0.125\n", None),
        ("\ufeff0.5,-1.25,3e-4\n\n   \n  2.0,7.5,-0.125\n\n", None),
        ("0.5, -1.25, 3e-4\r\n2.0, 7.5, -0.125\r\n", None),
        ("0.5;-1.25;3e-4\n2.0;7.5;-0.125\n", None),
        ("0.5\t-1.25\t3e-4\n2.0\t7.5\t-0.125\n", None),
        ("a,b,c\n0.5,-1.25,3e-4\n2.0,7.5,-0.125\n", None),
        (",a,b,c\n0,0.5,-1.25,3e-4\n1,2.0,7.5,-0.125\n", None),
        ("high,0.5,-1.25,3e-4\nlow,2.0,7.5,-0.125\n", ["high", "low"]),
        ("0.5,-1.25,3e-4,high\n2.0,7.5,-0.125,low\n", ["high", "low"]),
        ('"very high",0.5,-1.25,3e-4\n"very, very low",2.0,7.5,-0.125\n', ["very high", "very, very low"]),
        ("kind,a,b,c\nhigh,0.5,-1.25,3e-4\nlow,2.0,7.5,-0.125\n", ["high", "low"]),
        ("a,Class,b,c\n0.5,1,-1.25,3e-4\n2.0,2,7.5,-0.125\n", ["1", "2"]),
        ("a,b,c,y\n0.5,-1.25,3e-4,1.0\n2.0,7.5,-0.125,2.0\n", ["1", "2"]),
    ],
)
def test_header_and_label_column_of_csv_are_found(tmp_path: Path, text: str, labels: list[str] | None) -> None:
    table = read(write(tmp_path, "t.csv", text))
    np.testing.assert_array_equal(table.values[:, 0], VALUES)
    assert (None if table.labels is None else table.labels.tolist()) == labels


@pytest.mark.parametrize("at", ["first", "last"])
def test_whole_numbers_beside_measured_values_are_labels_without_a_header(tmp_path: Path, at: str) -> None:
    rng = np.random.default_rng(0)
    values, classes = rng.normal(size=(40, 12)), rng.integers(0, 3, 40)
    rows = np.insert(values, 0 if at == "first" else 12, classes, axis=1)
    np.savetxt(tmp_path / "t.csv", rows, delimiter=",", fmt="%.8g")
    found = read(tmp_path / "t.csv")
    assert found.values.shape == (40, 1, 12)
    assert found.labels.tolist() == [str(label) for label in classes]
    assert "3 whole numbers beside measured values: taken for the labels; label='none'" in " ".join(found.notes)
    assert read(tmp_path / "t.csv", label="none").values.shape == (40, 1, 13)
    named = read(tmp_path / "t.csv", label=at)
    assert "taken for the labels" not in " ".join(named.notes)
    assert named.labels.tolist() == found.labels.tolist()


@pytest.mark.parametrize(
    "column",
    [np.arange(40), np.zeros(40), np.arange(40) % 3 + 0.5, np.where(np.arange(40) == 3, np.nan, np.arange(40) % 3)],
    ids=["counts", "constant", "no whole numbers", "one missing"],
)
def test_other_last_columns_stay_time_steps(tmp_path: Path, column: np.ndarray) -> None:
    rows = np.column_stack([np.random.default_rng(0).normal(size=(40, 12)), column])
    np.savetxt(tmp_path / "t.csv", rows, delimiter=",", fmt="%.8g")
    assert read(tmp_path / "t.csv", kind="collection").labels is None


def test_series_of_whole_numbers_have_no_labels_by_their_look(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "t.csv", np.random.default_rng(0).integers(0, 4, (40, 12)), delimiter=",", fmt="%d")
    assert read(tmp_path / "t.csv", kind="collection").labels is None


def test_label_none_keeps_a_column_called_label_among_the_values(tmp_path: Path) -> None:
    table = read(write(tmp_path, "t.csv", "a,b,label\n1,2,3\n4,5,6\n"), label="none")
    assert table.labels is None
    assert table.values.shape == (2, 1, 3)


@pytest.mark.parametrize("cell", ["", "NaN", "nan", "?", "NA"])
@pytest.mark.parametrize("name", ["t.csv", "t.ts", "t.arff", "t.tsv"])
def test_missing_values_become_nan(tmp_path: Path, cell: str, name: str) -> None:
    rows = f"1,{cell},3,a\n4,5,6,b\n"
    text = {
        "t.csv": rows,
        "t.ts": f"@classLabel true a b\n@data\n1,{cell if cell != 'NA' else '?'},3:a\n4,5,6:b\n",
        "t.arff": "@relation r\n@attribute p real\n@attribute q integer\n@attribute s numeric\n@attribute c {a, b}\n"
        "@data\n" + rows.replace(f",{cell},", ",?,"),
        "t.tsv": f"a\t1\t{cell}\t3\nb\t4\t5\t6\n",
    }[name]
    table = read(write(tmp_path, name, text))
    np.testing.assert_array_equal(table.values[:, 0], [[1, np.nan, 3], [4, 5, 6]])
    assert table.labels is not None
    assert table.labels.tolist() == ["a", "b"]


def test_ts_keeps_channels_apart_and_reads_unlabelled_files(tmp_path: Path) -> None:
    table = read(
        write(tmp_path, "t.ts", "# made up\n@univariate false\n@classLabel false\n@data\n1,2:3,4:5,6\n7,8:9,0:1,2\n")
    )
    assert table.labels is None
    assert table.values.tolist() == [[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 0], [1, 2]]]


def test_arff_words_may_be_quoted_and_stand_anywhere(tmp_path: Path) -> None:
    header = "@RELATION r\n\n@ATTRIBUTE kind {'very high', low}\n@ATTRIBUTE a NUMERIC\n@ATTRIBUTE b NUMERIC\n\n@DATA\n"
    table = read(write(tmp_path, "t.arff", header + "% one\n'very high',1,2\n\nlow,3,4\n"))
    assert table.labels is not None
    assert table.labels.tolist() == ["very high", "low"]
    assert table.values[:, 0].tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("extension", ["arff", "ts"])
def test_label_none_leaves_the_label_out_where_the_format_knows_it(
    data_dir: Path, train: Collection, extension: str
) -> None:
    table = read(data_dir / f"ecg5000/ECG5000_TRAIN.{extension}", label="none")
    assert table.labels is None
    np.testing.assert_array_equal(table.values, train.values)


def test_npz_takes_the_label_from_an_array_or_a_column(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    np.savez(path, X=np.array([[7, 1, 2], [8, 3, 4]]), kind=np.array([5, 6]), y=np.array([1, 1]))
    assert read(path, label="kind").labels.tolist() == ["5", "6"]
    assert read(path, label="first").values[:, 0].tolist() == [[1, 2], [3, 4]]
    assert read(path, label=-1).labels.tolist() == ["2", "4"]
    assert read(path).labels.tolist() == ["1", "1"]
    assert read(path, label="none").labels is None


def test_parquet_reads_whole_numbers_nulls_and_single_precision(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": np.array([0.5, 2], "f4"), "kind": ["x", "y"]})
    frame.set_index(pd.Index([10, 20], name="row")).to_parquet(tmp_path / "t.parquet")
    table = read(tmp_path / "t.parquet")
    np.testing.assert_array_equal(table.values[:, 0], [[1, 0.5], [np.nan, 2]])
    assert table.labels is not None
    assert table.labels.tolist() == ["x", "y"]


finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
tables = hnp.arrays(
    np.float64, st.tuples(st.integers(1, 6), st.integers(2, 8)), elements=finite | st.just(float("nan"))
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=tables, form=st.sampled_from(["csv", "header.csv", "tsv", "ts", "parquet", "npz"]), data=st.data())
def test_reading_undoes_writing(tmp_path: Path, values: np.ndarray, form: str, data: st.DataObject) -> None:
    word = st.sampled_from(["N", "V", "high", "very low"])
    labels = data.draw(st.lists(word, min_size=len(values), max_size=len(values)))
    path = tmp_path / f"t.{form}"
    frame = pd.DataFrame(values).rename(columns="t{}".format)
    if form == "npz":
        np.savez(path, X=values, y=labels)
    elif form == "parquet":
        frame.assign(kind=labels).to_parquet(path)
    elif form == "ts":
        rows = [",".join(map(repr, row)) + f":{label}" for row, label in zip(values.tolist(), labels, strict=True)]
        path.write_text("\n".join(["@classLabel true", "@data", *rows]))
    elif form == "tsv":
        frame.insert(0, "kind", labels)
        frame.to_csv(path, sep="\t", header=False, index=False)
    else:
        frame.assign(kind=labels).to_csv(path, header=form == "header.csv", index=False)
    table = read(path)
    np.testing.assert_array_equal(table.values[:, 0], values)
    assert table.labels is not None
    assert table.labels.tolist() == labels


def test_a_mark_in_a_name_without_quotes_parts_no_columns(tmp_path):
    file = tmp_path / "load.csv"
    file.write_text("time,load; mean,memory\n2024-01-01,0.5,1\n2024-01-02,0.25,2\n")
    recording = read(file)
    assert recording.channels == ("load; mean", "memory")
    np.testing.assert_array_equal(recording.values, [[0.5, 1], [0.25, 2]])


def test_words_of_an_attribute_need_their_closing_brace(tmp_path):
    file = tmp_path / "a.arff"
    file.write_text("@relation x\n@attribute a {yes, no\n@attribute b numeric\n@data\nyes,1\n")
    with pytest.raises(FormatError, match="attribute 'a'"):
        read(file)
