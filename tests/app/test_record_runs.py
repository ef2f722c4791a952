"""Many records: one table, whatever fails, wherever it was stopped."""

import json
import os
import shutil
from importlib.resources import as_file, files

import numpy as np
import pandas as pd
import pytest

import offbeat
from ecg_signals import RATE, ecg
from offbeat.app.record_outputs import TABLE
from offbeat.app.record_runs import classify_records
from offbeat.errors import DataError, OutputError, ParameterError
from offbeat.records import Annotations, read_annotations, write_annotations


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """A folder with two strips, one that is no table, and one without beats."""
    folder = tmp_path_factory.mktemp("records")
    for seed, name in enumerate(("a", "b")):
        pd.DataFrame({"II": ecg(40, seed=seed)[0]}).round(4).to_csv(folder / f"{name}.csv", index=False)
    (folder / "broken.csv").write_text("no number\nat all\n")
    pd.DataFrame({"II": np.zeros(5000)}).to_csv(folder / "flat.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def done(records, tmp_path_factory):
    """Its table and the folder of its results."""
    out = tmp_path_factory.mktemp("results") / "out"
    lines = []
    table = classify_records(records, out, jobs=1, reports=True, beats=True, log=lines.append, sampling_rate=RATE)
    return table, out, lines


def test_a_row_for_each_record_in_order(done):
    table, _, lines = done
    assert table["record"].tolist() == ["a", "b", "broken", "flat"]
    assert (table["error"] != "").tolist() == [False, False, True, False]
    assert table["beats"].tolist() == [40, 40, pd.NA, 0]
    assert table["V"].iloc[0] == 4
    assert table["rhythm"].iloc[0] == "Sinus rhythm"
    assert "no beats were found" in table["cautions"].iloc[3]
    assert len(lines) == 4
    assert lines[-1].startswith("4 of 4: ")


def test_every_record_has_its_files(done):
    table, out, _ = done
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [TABLE, *(f"{name}{ending}" for name in ("a", "b", "flat") for ending in (".ofb", ".csv", ".html", ".json"))]
    )
    summary = json.loads((out / "a.json").read_text())
    assert summary["beats"] == summary["row"]["beats"] == 40
    assert (read_annotations(out / "a.ofb").symbols == "V").sum() == 4
    assert len(pd.read_csv(out / "b.csv")) == 40
    pd.testing.assert_frame_equal(
        pd.read_csv(out / TABLE, keep_default_na=False)[["record", "error"]], table[["record", "error"]]
    )


def test_it_is_what_a_single_record_gives(done, records):
    table, _, _ = done
    alone = offbeat.classify_record(offbeat.open_record(records / "a.csv", sampling_rate=RATE)).rhythm()
    assert table["mean_rate"].iloc[0] == pytest.approx(alone.mean_rate, abs=1e-4)
    assert table["V"].iloc[0] == alone.counts["V"]


@pytest.mark.slow
def test_processes_change_nothing(done, records):
    table = classify_records(records, jobs=2, sampling_rate=RATE)
    pd.testing.assert_frame_equal(table, done[0])


def test_a_run_that_was_stopped_is_resumed(done, records, tmp_path):
    table, whole, _ = done
    out = tmp_path / "out"
    classify_records([records / "a.csv"], out, jobs=1, sampling_rate=RATE)
    before = (out / "a.json").stat().st_mtime_ns
    lines = []
    again = classify_records(records, out, existing="skip", jobs=1, log=lines.append, sampling_rate=RATE)
    assert "1 of 4 records have results already" in lines[0]
    assert len(lines) == 4
    assert (out / "a.json").stat().st_mtime_ns == before
    pd.testing.assert_frame_equal(again, table)
    assert (out / TABLE).read_bytes() == (whole / TABLE).read_bytes()


def test_what_is_half_there_is_made_again(records, tmp_path):
    classify_records([records / "a.csv"], tmp_path, jobs=1, sampling_rate=RATE)
    (tmp_path / "a.json").unlink()
    classify_records([records / "a.csv"], tmp_path, existing="skip", jobs=1, sampling_rate=RATE)
    assert json.loads((tmp_path / "a.json").read_text())["row"]["beats"] == 40


def test_nothing_is_replaced_unless_asked_for(done, records):
    _, out, _ = done
    with pytest.raises(OutputError, match="--overwrite"):
        classify_records(records, out, sampling_rate=RATE)
    table = classify_records([records / "a.csv"], out, existing="overwrite", jobs=1, sampling_rate=RATE, lead="II")
    assert table["beats"].tolist() == [40]


@pytest.fixture
def rerun(records, tmp_path):
    """Two records of one's own with results, and a function that goes on with them: the rows and what was said."""
    folder, out = tmp_path / "mine", tmp_path / "results"
    folder.mkdir()
    for name in ("a", "b"):
        values = pd.read_csv(records / f"{name}.csv")["II"].to_numpy()
        (folder / f"{name}.dat").write_bytes(np.round(values * 200).astype("<i2").tobytes())
        signal = f"{name}.dat 16 200(0)/mV 12 0 0 0 0 MLII"
        (folder / f"{name}.hea").write_text(f"{name} 1 {RATE:g} {len(values)}\n{signal}\n")

    def go_on(**options):
        lines = []
        found = classify_records(folder, out, existing="skip", jobs=1, log=lines.append, **options)
        return found, "\n".join(lines)

    go_on()
    return folder, out, go_on


def test_results_of_a_record_that_changed_are_made_again(rerun):
    folder, out, go_on = rerun
    untouched = (out / "b.json").stat().st_mtime_ns
    os.utime(folder / "b.dat")  # another time is no other content
    signal = np.fromfile(folder / "a.dat", "<i2")
    (folder / "a.dat").write_bytes(np.where(np.arange(len(signal)) < 20 * RATE, signal, 0).astype("<i2").tobytes())
    table, said = go_on()
    assert "1 of 2 records have results already" in said
    assert "1 of 2 records are classified again: its signals changed" in said
    assert table["beats"].iloc[0] < table["beats"].iloc[1] == 40
    assert (out / "b.json").stat().st_mtime_ns == untouched
    assert json.loads((out / "a.json").read_text())["row"]["beats"] == table["beats"].iloc[0]
    assert "again" not in go_on()[1]


@pytest.mark.parametrize(
    ("options", "word"), [({"min_confidence": 0.9}, "min-confidence"), ({"lead": "0"}, "lead"), ({"gain": 2.0}, "gain")]
)
def test_results_with_other_options_are_not_mixed_with_new_ones(rerun, options, word):
    _, out, go_on = rerun
    table, said = go_on(**options)
    assert f"2 of 2 records are classified again: the option {word} changed" in said
    assert "already" not in said
    for name in ("a", "b"):
        made = json.loads((out / f"{name}.json").read_text())["origin"]["options"]
        assert made[word.replace("-", "_")] in (*options.values(), ["0"])
    pd.testing.assert_frame_equal(go_on(**options)[0], table)


def test_another_model_at_the_same_place_is_noticed(rerun, tmp_path):
    _, _, go_on = rerun
    with as_file(files("offbeat.ecg").joinpath("beat_model")) as shipped:
        shutil.copytree(shipped, tmp_path / "model")
        assert "the model changed" in go_on(model=tmp_path / "model")[1]
        shutil.copytree(tmp_path / "model", tmp_path / "moved")
        assert "2 of 2 records have results already" in go_on(model=tmp_path / "moved")[1]
        config = tmp_path / "moved" / "config.json"
        config.write_text(config.read_text() + "\n")
        assert "2 of 2 records are classified again: the model changed" in go_on(model=tmp_path / "moved")[1]


def test_other_samples_in_memory_are_noticed(tmp_path):
    signal = ecg(40)[0]

    def go_on(samples):
        lines = []
        classify_records([samples], tmp_path, existing="skip", jobs=1, log=lines.append, sampling_rate=RATE)
        return lines[0]

    go_on(signal)
    assert "already" in go_on(signal.copy())
    assert "its signals changed" in go_on(signal[: len(signal) // 2])


def test_a_file_that_is_no_summary_is_not_replaced(rerun):
    _, out, go_on = rerun
    (out / "a.json").write_text('{"row": 1}')
    with pytest.raises(OutputError, match="no summary"):
        go_on()


def test_no_input_is_replaced(records):
    before = (records / "a.csv").read_bytes()
    with pytest.raises(OutputError, match="is read and would be replaced"):
        classify_records(records, records, beats=True, existing="overwrite", sampling_rate=RATE)
    assert (records / "a.csv").read_bytes() == before
    assert not os.path.lexists(records / TABLE)


@pytest.mark.parametrize("place", ["results", "."])
def test_results_among_the_records_are_no_records(records, tmp_path, place):
    folder = tmp_path / "records"
    shutil.copytree(records, folder)
    options = {"jobs": 1, "beats": place != ".", "sampling_rate": RATE}
    first = classify_records(folder, folder / place, **options)
    again = classify_records(folder, folder / place, existing="skip", **options)
    pd.testing.assert_frame_equal(first, again)


def test_samples_in_memory():
    signal = ecg(40)[0]
    named = offbeat.Recording(signal, sampling_rate=RATE, channels=["II"], name="mine")
    table = classify_records([signal, named], jobs=1, sampling_rate=RATE)
    assert table["record"].tolist() == ["1", "mine"]
    assert table["beats"].tolist() == [40, 40]


@pytest.mark.parametrize(
    ("sources", "options", "error", "said"),
    [
        ([], {}, DataError, "at least one"),
        (["x"], {"existing": "keep"}, ParameterError, "refuse, skip, overwrite"),
        (["x"], {"gains": 3}, ParameterError, "gains"),
    ],
)
def test_wrong_usage(sources, options, error, said):
    with pytest.raises(error, match=said):
        classify_records(sources, **options)


def test_records_with_a_review_are_reported_as_reviewed(tmp_path):
    for seed, name in enumerate(("a", "b")):
        pd.DataFrame({"II": ecg(40, seed=seed)[0]}).round(4).to_csv(tmp_path / f"{name}.csv", index=False)
    peaks = np.rint(ecg(40)[1] * RATE).astype(int)
    aux = ["reviewed, was N", *[""] * (len(peaks) - 1)]
    write_annotations(Annotations(peaks, ["S", *"N" * (len(peaks) - 1)], RATE, aux), tmp_path / "a.rev")
    given = {"sampling_rate": RATE, "annotations": ".rev", "existing": "skip", "jobs": 1}
    lines = []
    table = classify_records(tmp_path, tmp_path / "out", reports=True, **given).set_index("record")
    assert table["reviewed"].to_dict() == {"a": 1, "b": 0}
    assert table["changed"].to_dict() == {"a": 1, "b": 0}
    assert table.loc["a", ["S", "V"]].tolist() == [1, 0]
    assert table.loc["b", "V"] > 0
    assert "1 beat reviewed by a person" in (tmp_path / "out" / "a.html").read_text(encoding="utf-8")
    classify_records(tmp_path, tmp_path / "out", reports=True, log=lines.append, **given)
    assert lines == ["2 of 2 records have results already"]
    write_annotations(Annotations(peaks, ["V", *"N" * (len(peaks) - 1)], RATE, aux), tmp_path / "a.rev", overwrite=True)
    again = classify_records(tmp_path, tmp_path / "out", reports=True, log=lines.append, **given)
    assert "its annotations changed since" in lines[2]
    assert again.set_index("record").loc["a", ["S", "V"]].tolist() == [0, 1]
    with pytest.raises(ParameterError, match="files beside them of one ending"):
        classify_records(tmp_path, sampling_rate=RATE, annotations=str(tmp_path / "a.rev"))
