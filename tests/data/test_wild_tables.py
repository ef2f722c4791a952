"""Tables as programs and people write them: logs, joined files, marks of missing values, keys, frames in JSON."""

import json

import numpy as np
import pandas as pd
import pytest

from offbeat.data import read
from offbeat.data.panels import read_panel
from offbeat.errors import DataError

N = 30
TIMES = pd.date_range("2024-03-01 10:00", periods=N, freq="5min")
TEXT = [f"{time:%Y-%m-%d %H:%M:%S}" for time in TIMES]
LOAD = [round(float(value), 3) for value in np.sin(np.arange(N) / 3) + 5]
FRAME = pd.DataFrame({"load": LOAD, "mem": LOAD[::-1]}, index=pd.Index(TIMES, name="time"))


def lines(*columns, sep=","):
    return "".join(sep.join(map(str, row)) + "\n" for row in zip(*columns, strict=True))


def read_text(tmp_path, text, name="t.csv", **how):
    (tmp_path / name).write_text(text)
    return read(tmp_path / name, **how)


def assert_load(found):
    assert found.channels[-1:] == ("load",)
    assert found.values[:, -1].tolist() == LOAD
    np.testing.assert_array_equal(found.timestamps, TIMES.to_numpy())


@pytest.mark.parametrize("header", ["time,load\n", ""])
def test_milliseconds_after_a_comma_are_no_column(tmp_path, header):
    stamps = [f"{text},{7 * index:03d}" for index, text in enumerate(TEXT)]
    found = read_text(tmp_path, header + lines(stamps, LOAD))
    assert found.values.ravel().tolist() == LOAD
    assert found.timestamps[1] == np.datetime64("2024-03-01T10:05:00.007")


def test_whole_numbers_behind_a_time_are_a_column(tmp_path):
    found = read_text(tmp_path, "time,load,mem\n" + lines(TEXT, range(100, 100 + N), [x * x for x in range(N)]))
    assert found.channels == ("load", "mem")


def test_colons_behind_times_of_rrdtool(tmp_path):
    seconds = [f"{int(time.timestamp())}:" for time in TIMES]
    found = read_text(tmp_path, lines(seconds, LOAD, sep=" "), "t.txt")
    assert found.values.ravel().tolist() == LOAD


def test_headers_of_joined_files_are_left_out(tmp_path):
    head = "time,load\n"
    parts = (lines(TEXT[:12], LOAD[:12]), lines(TEXT[12:], LOAD[12:]))
    assert_load(read_text(tmp_path, "".join(head + part for part in parts)))


@pytest.mark.parametrize(
    ("stamps", "header"),
    [
        ([f"{time:%d/%b/%Y:%H:%M:%S} +0000" for time in TIMES], "time,load\n"),
        ([f"{time:%Y-%m-%d %H:%M} +0000" for time in TIMES], "Date/Time,load\n"),
    ],
)
def test_blanks_inside_of_times_part_nothing(tmp_path, stamps, header):
    assert_load(read_text(tmp_path, header + lines(stamps, LOAD)))


def test_numbered_rows_in_quotes_need_no_name(tmp_path):
    rows = lines([f'"{row + 1}"' for row in range(N)], [f'"{text}"' for text in TEXT], LOAD)
    assert_load(read_text(tmp_path, '"time","load"\n' + rows))


def test_names_that_come_twice_are_numbered(tmp_path):
    found = read_text(tmp_path, "time,load,load\n" + lines(TEXT, LOAD, LOAD))
    assert found.channels == ("load", "load.1")
    assert any("load.1" in note for note in found.notes)


def test_a_unit_of_time_below_the_header_counts(tmp_path):
    found = read_text(tmp_path, "Time,load\n(ms),(V)\n\n" + lines([10 * row + 0.5 for row in range(N)], LOAD))
    assert found.step == pytest.approx(0.01)


def test_names_of_another_encoding_are_told(tmp_path):
    (tmp_path / "t.csv").write_bytes(("Дата;Значение\n" + lines(TEXT, LOAD, sep=";")).encode("cp1251"))
    assert any("UTF-8" in note for note in read(tmp_path / "t.csv").notes)


@pytest.mark.parametrize("missing", [-999, "-999", [-999.0, "off"], "-999,off"])
def test_marks_of_missing_values(tmp_path, missing):
    cells = [-999 if row in (3, 4) else value for row, value in enumerate(LOAD)]
    text = "time,load\n" + lines(TEXT, cells)
    assert any("missing=-999" in note for note in read_text(tmp_path, text).notes)
    found = read_text(tmp_path, text, missing=missing)
    assert np.flatnonzero(np.isnan(found.values)).tolist() == [3, 4]
    assert any("2 rows" in note for note in found.notes)


def test_words_for_missing_values(tmp_path):
    cells = ["off" if row == 3 else value for row, value in enumerate(LOAD)]
    found = read_text(tmp_path, "time,load\n" + lines(TEXT, cells), missing="off")
    assert np.flatnonzero(np.isnan(found.values)).tolist() == [3]


def test_marks_of_missing_values_in_panels(tmp_path):
    cells = [-99 if row == 3 else value for row, value in enumerate(LOAD)]
    (tmp_path / "t.csv").write_text("time,host,load\n" + lines(TEXT, ["a"] * N, cells) + lines(TEXT, ["b"] * N, LOAD))
    found = read_panel(tmp_path / "t.csv", by="host", missing=-99)
    assert [int(np.isnan(found[key].values).sum()) for key in ("a", "b")] == [1, 0]


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"Store": [1, 2] * N, "time": np.repeat(TEXT, 2)}, "Store"),
        ({"simulation": [1] * N + [2] * N, "sample": [*range(N), *range(N)]}, "simulation"),
        ({"country": ["DE"] * N + ["FR"] * N, "year": [*range(1980, 1980 + N)] * 2}, "country"),
    ],
)
def test_rows_of_several_recordings_are_refused_whatever_tells_them_apart(columns, name):
    frame = pd.DataFrame({**columns, "load": LOAD + LOAD[::-1]})
    with pytest.raises(DataError, match=f"by='{name}'"):
        read(frame)


def test_ids_are_left_out_whatever_they_are_made_of():
    ids = [f"65e1{row:04x}ab" for row in range(N)]
    found = read(pd.DataFrame({"_id": ids, "Serial Number": "1D48A10E", "time": TEXT, "load": LOAD}))
    assert_load(found)


@pytest.mark.parametrize("orient", ["split", "index", "columns", "table", "records"])
def test_frames_in_json_keep_their_index(tmp_path, orient):
    frame = FRAME.reset_index() if orient == "records" else FRAME
    text = frame.to_json(orient=orient, date_format="iso" if orient != "index" else None)
    assert_load(read_text(tmp_path, text, "t.json").select(["load"]))


def test_an_uneven_index_of_seconds_is_the_time(tmp_path):
    seconds = [1_709_287_200 + 300 * row + row**2 % 7 for row in range(N)]
    pd.DataFrame({"load": LOAD}, index=seconds).to_parquet(tmp_path / "t.parquet")
    found = read(tmp_path / "t.parquet")
    assert found.timestamps.astype("datetime64[s]").astype(int).tolist() == seconds


def test_the_time_of_pairs_may_stand_second(tmp_path):
    pairs = [[value, int(time.timestamp())] for value, time in zip(LOAD, TIMES, strict=True)]
    found = read_text(tmp_path, json.dumps([{"target": "web1.cpu", "datapoints": pairs}]), "t.json")
    assert found.channels == ("value",)
    assert found.values.ravel().tolist() == LOAD


def test_anomalies_of_a_climate_and_one_word_are_no_labels(tmp_path):
    found = read_text(tmp_path, "time,anomaly,label\n" + lines(TEXT, LOAD, ["GET /"] * N))
    assert found.channels == ("anomaly",)
    assert found.labels is None
    assert any("anomaly" in note for note in found.notes)


def test_years_by_months_are_told(tmp_path):
    header = "     Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec\n"
    rows = "".join(
        f"{1950 + year} " + " ".join(str((7 * year + month**2) % 31) for month in range(12)) + "\n"
        for year in range(24)
    )
    found = read_text(tmp_path, header + rows, "t.txt")
    assert found.values.shape == (24, 12)
    assert str(found.timestamps[0])[:4] == "1950"
    assert any("months" in note for note in found.notes)


def test_time_steps_without_names_that_start_over_are_several_recordings(tmp_path):
    rows = [(unit, step, step % 3 / 10, LOAD[step]) for unit in (1, 2, 3) for step in range(1, N)]
    with pytest.raises(DataError, match="by='0'"):
        read_text(tmp_path, lines(*zip(*rows, strict=True), sep=" "), "t.txt")
    found = read_panel(tmp_path / "t.txt", by="0")
    assert [len(found[key]) for key in ("1", "2", "3")] == [N - 1] * 3


def test_series_whose_first_values_are_called_as_times_stay_series():
    frame = pd.DataFrame(np.random.default_rng(3).normal(size=(60, 5)), columns=[f"t{step}" for step in range(5)])
    found = read(frame.assign(label=["ok", "bad", "ok"] * 20))
    assert found.values.shape == (60, 1, 5)
