"""Many series by key: one model for all or one for each, resumable runs, one table."""

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from offbeat import ModelStore, Panel, PCADetector, fit_each, load, read_panel, score_panel
from offbeat.app.loading import since
from offbeat.app.panels.drift import drift_of
from offbeat.app.panels.models import Models
from offbeat.app.panels.page import PanelResults
from offbeat.app.panels.results import Results
from offbeat.app.panels.rows import shown_tables, still_since, table_of, with_spreads, worst_first
from offbeat.app.panels.runs import fit_each_key, fit_one_for_all, one_or_each, score_keys
from offbeat.app.panels.scale import LIKE, likeness
from offbeat.app.panels.units import FitOptions, ScoreOptions, cautions
from offbeat.app.request import DetectorRequest, ThresholdRequest
from offbeat.data.synthetic import server_metrics
from offbeat.errors import (
    DataError,
    MissingValuesWarning,
    ModelError,
    OutputError,
    ParameterError,
    SampledDataWarning,
)
from offbeat.parallel import Processes
from offbeat.series.recording import Collection, Recording

HERE = Processes(1)
FIT = FitOptions(DetectorRequest("pca", settings=("window=20",)), ThresholdRequest(threshold="quantile"))


def host(seed, n=400, level=0.0, scale=1.0):
    rng = np.random.default_rng(seed)
    values = level + scale * (np.sin(np.arange(n) / 7) + rng.normal(0, 0.1, n))
    times = np.datetime64("2026-01-01T00:00:00") + np.arange(n) * np.timedelta64(60, "s")
    return Recording(values, timestamps=times, channels=["load"])


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    """A folder with six hosts, one of which cannot be read."""
    folder = tmp_path_factory.mktemp("hosts")
    for seed in range(6):
        host(seed).to_frame().to_csv(folder / f"web{seed}.csv")
    (folder / "sub").mkdir()
    (folder / "sub" / "broken.csv").write_text("time,load\n2026-01-01,oops\n")
    return folder


@pytest.fixture(scope="module")
def each(hosts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "each"
    return folder, fit_each_key(read_panel(hosts), folder, FIT, HERE)


def test_one_model_for_each_key(hosts, each):
    folder, found = each
    assert found.table["key"].tolist() == ["sub/broken", *(f"web{k}" for k in range(6))]
    assert found.failed == 1
    assert "oops" in found.table.loc[0, "error"]
    store = ModelStore(folder)
    assert list(store) == [f"web{k}" for k in range(6)]
    alone = PCADetector(window=20).fit(read_panel(hosts)["web3"])
    np.testing.assert_array_equal(store["web3"].decision_function(host(9)), alone.decision_function(host(9)))
    with pytest.raises(DataError, match="1 of 7"):
        found.require_all()


def test_one_model_for_all_leaves_out_what_cannot_be_read(hosts, tmp_path):
    found = fit_one_for_all(read_panel(hosts), tmp_path / "one", FIT)
    model = load(tmp_path / "one")
    assert [stretch.name for stretch in model.learned_from_] == [f"web{k}" for k in range(6)]
    assert found.failed == 1
    with pytest.raises(DataError, match="none of the 1"):
        fit_one_for_all(read_panel(hosts).pick(["sub/broken"]), tmp_path / "none", FIT)


@pytest.mark.parametrize("jobs", [1, 2])
def test_scores_are_those_of_the_model_of_the_key(hosts, each, tmp_path, jobs):
    panel = read_panel(hosts)
    out = tmp_path / "scores"
    found = score_keys(panel, Models(each[0]), ScoreOptions(ending=".csv"), out, Processes(jobs))
    assert found.failed == 1
    assert found.table["key"].tolist() == list(panel)
    scores = pd.read_csv(out / "web2.scores.csv")["score"]
    np.testing.assert_allclose(scores, ModelStore(each[0])["web2"].unseen_scores(panel["web2"]))
    assert json.loads((out / "panel.json").read_text())["rows"][1]["key"] == "web0"
    assert pd.read_csv(out / "panel.csv")["key"].tolist() == list(panel)


def test_a_run_goes_on_with_what_is_there(hosts, each, tmp_path):
    panel, out, options = read_panel(hosts), tmp_path / "events", ScoreOptions(events=True)
    first = score_keys(panel, Models(each[0]), options, out, HERE)
    (out / "web1.json").unlink()
    before = {path: path.stat().st_mtime_ns for path in out.glob("web*")}
    said = []
    again = score_keys(panel, Models(each[0]), options, out, HERE, said.append)
    pd.testing.assert_frame_equal(first.table, again.table)
    assert first.pictures == again.pictures
    changed = {path.name for path, when in before.items() if path.stat().st_mtime_ns != when}
    assert changed == {"web1.events.csv"}
    assert "5 of 7 keys are done already" in said[0]


def test_other_settings_data_or_models_are_worked_on_again(hosts, each, tmp_path):
    panel, out = read_panel(hosts).pick(["web0", "web1"]), tmp_path / "out"
    score_keys(panel, Models(each[0]), ScoreOptions(), out, HERE)
    for more in (ScoreOptions(min_length=3), ScoreOptions(min_length=3)):
        said = []
        score_keys(panel, Models(each[0]), more, out, HERE, said.append)
    assert "2 of 2 keys are done already" in said[0]
    source = panel.sources["web0"].data
    os.utime(source, ns=(1, 1))
    said = []
    score_keys(panel, Models(each[0]), more, out, HERE, said.append)
    assert "1 of 2 keys are done already" in said[0]


def test_recordings_in_memory_are_known_again_by_their_values(tmp_path):
    panel, out = Panel({"a": host(1), "b": host(2)}), tmp_path / "models"
    fit_each_key(panel, out, FIT, HERE)
    said = []
    fit_each_key(Panel({"a": host(1), "b": host(3)}), out, FIT, HERE, said.append)
    assert "1 of 2 keys are done already" in said[0]


def test_a_new_key_needs_one_model_for_all(each, tmp_path):
    new = Panel({"new": host(11)})
    refused = score_keys(new, Models(each[0]), ScoreOptions(), executor=HERE)
    assert "'new'" in refused.table.loc[0, "error"]
    fit_one_for_all(Panel({"a": host(1), "b": host(2)}), tmp_path / "one", FIT)
    scored = score_keys(new, Models(tmp_path / "one"), ScoreOptions(), executor=HERE)
    assert scored.failed == 0
    assert scored.table.loc[0, "unusual"] < 0.3


def test_odd_keys_have_files_of_their_own(tmp_path):
    keys = ["eu/web 1", "..", "ünï", 'a"b:c', "x" * 300]
    found = fit_each_key(Panel(dict.fromkeys(keys, host(1))), tmp_path / "models", FIT, HERE)
    assert found.table["error"].ne("").tolist() == [False, False, False, False, True]
    assert sorted(ModelStore(tmp_path / "models")) == sorted(keys[:4])
    assert all(path.parent == tmp_path / "models" for path in (tmp_path / "models").iterdir())


def test_folders_of_others_are_left_alone(hosts, each, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="other files"):
        score_keys(read_panel(hosts), Models(each[0]), ScoreOptions(), tmp_path, HERE)
    with pytest.raises(OutputError, match="other files"):
        fit_each_key(read_panel(hosts), tmp_path, FIT, HERE)
    with pytest.raises(ModelError, match="by key"):
        load(each[0])
    with pytest.raises(ModelError, match=r"models\.json"):
        ModelStore(tmp_path)


def test_a_summary_that_was_cut_short_is_made_again(tmp_path):
    results = Results(tmp_path / "out")
    results.open()
    with results.writing("a", {"row": {"key": "a", "error": ""}}, {"by": 1}):
        pass
    assert results.kept("a", {"by": 1}) is not None
    assert results.kept("a", {"by": 2}) is None
    results.place("a", ".json").write_text('{"row"')
    assert results.kept("a", {"by": 1}) is None


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b""), Path.unlink])
@pytest.mark.parametrize("file", ["config.json", "weights.safetensors"])
def test_a_model_that_a_power_failure_damaged_is_made_again(tmp_path, file, damage):
    panel, out = Panel({"a": host(1), "b": host(2)}), tmp_path / "models"
    fit_each_key(panel, out, FIT, HERE)
    whole = (out / "b" / file).read_bytes()
    damage(out / "b" / file)
    said = []
    assert fit_each_key(panel, out, FIT, HERE, said.append).failed == 0
    assert "1 of 2 keys are done already" in said[0]
    assert (out / "b" / file).read_bytes() == whole


def test_evaluation_begins_where_learning_ended(tmp_path):
    values, labels = host(1, 800).values.copy(), np.zeros(800, dtype=int)
    values[600:620], labels[600:620] = 9.0, 1
    known = Recording(values, channels=["load"], labels=labels)
    fit_each_key(Panel({"a": known}), tmp_path / "m", FitOptions(FIT.wanted, FIT.decisions, until="400"), HERE)
    found = score_keys(Panel({"a": known}), Models(tmp_path / "m"), ScoreOptions(evaluates=True), executor=HERE)
    assert any("No baselines" in sentence for sentence in PanelResults("Hosts", found).summary())
    row = found.table.iloc[0]
    assert (row["steps"], row["windows"], row["hit"], row["recall"]) == (400, 1, 1, 1.0)
    assert row["auroc"] > 0.9


def test_pages_of_all_and_of_each(hosts, each, tmp_path):
    panel, out = read_panel(hosts).pick(["web0", "sub/broken"]), tmp_path / "pages"
    found = score_keys(panel, Models(each[0]), ScoreOptions(pages=True), out, HERE)
    page = PanelResults("Hosts", found, pages=True).write_page(out / "index.html").read_text()
    assert "web0" in page
    assert "no model of the key" in page
    assert 'href="web0.html"' in page
    assert page.count('<div class="gallery">') == 1
    assert "web0: load</figcaption>" in page
    assert (out / "web0.html").exists()
    assert not (out / "sub%2Fbroken.html").exists()


def test_scale_decides_between_one_and_each():
    alike = Panel({str(k): host(k) for k in range(8)})
    louder = Panel({str(k): host(k, scale=100.0 if k == 3 else 1.0) for k in range(8)})
    higher = Panel({str(k): host(k, level=20.0 * k) for k in range(8)})
    quiet = lambda line: None  # noqa: E731
    assert [one_or_each(panel, None, quiet) for panel in (alike, louder, higher)] == [False, True, True]
    assert one_or_each(alike, True, quiet)
    assert likeness([host(1), Recording(np.zeros((9, 2)))]) == 0 < LIKE
    assert likeness([host(1), Recording(np.zeros(90), channels=["load"]), host(2)]) > LIKE


@pytest.mark.parametrize(
    ("scale", "level", "word"),
    [(0.1, 0.0, "varies 0.1"), (10.0, 0.0, "varies 10"), (1.0, 9.0, "above"), (1.0, -9.0, "below")],
)
def test_a_host_of_another_scale_is_told(tmp_path, scale, level, word):
    fit_one_for_all(Panel({"a": host(1), "b": host(2)}), tmp_path / "one", FIT)
    hosts = {"same": host(3), "other": host(3, scale=scale, level=level)}
    table = score_keys(Panel(hosts), Models(tmp_path / "one"), ScoreOptions(), executor=HERE).table
    assert table["cautions"].tolist()[0] == ""
    assert word in table["cautions"].tolist()[1]
    assert table["drift"][0] < 0.2
    assert table["drift"][1] > 3 or not level


def test_drift_of_what_says_nothing():
    model = PCADetector(window=20).fit(host(1))
    assert np.isnan(drift_of(Recording(np.full(90, np.nan), channels=["load"]), model)[0])
    model.learned_from_ = ()
    drift, said = drift_of(host(2), model)
    assert np.isnan(drift)
    assert said == []


def test_a_host_that_dies_is_told():
    alive = host(1)
    dead = alive.values.copy()
    dead[300:] = 0.0
    assert still_since(alive, 20) == ""
    assert "since 2026-01-01 05:00" in still_since(Recording(dead, timestamps=alive.timestamps), 20)
    assert still_since(Recording(np.full((90, 2), np.nan)), 20) == ""
    rows = [{"key": str(k), "error": "", "ends": "2026-01-02", "cautions": ""} for k in range(4)]
    rows.append({"key": "late", "error": "", "ends": "2026-01-01", "cautions": "x"})
    assert table_of(rows)["cautions"].tolist() == ["", "", "", "", "ends before the others (2026-01-02) | x"]


def test_the_gravest_come_first():
    rows = [("a", "watch", 9.0, 0.5), ("b", "alarm", 1.5, 0.9), ("c", "normal", 0.5, 0.0), ("d", "alarm", 109.0, 0.1)]
    rows.append(("e", "alarm", None, 1.0))  # its threshold value is not above 0
    names = ("key", "worst", "peak", "flagged")
    table = table_of([dict(zip(names, row, strict=True)) | {"error": "", "cautions": ""} for row in rows])
    assert worst_first(table)["key"].tolist() == ["d", "b", "e", "a", "c"]


@pytest.mark.slow
def test_a_kill_in_the_middle_changes_nothing(hosts, tmp_path):
    command = [sys.executable, "-m", "offbeat", "fit", str(hosts), "-d", "pca", "--set", "window=20", "--each"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"

    def run(out):
        return [*command, "--workers", "1", "--out", str(out)]

    subprocess.run(run(whole), capture_output=True, check=False)
    with subprocess.Popen(run(killed), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not list(killed.glob("web1.json")):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert not (killed / "panel.csv").exists() or process.returncode == 1
    again = subprocess.run(run(killed), capture_output=True, check=False, text=True)
    assert again.returncode == 1
    assert "done already" in again.stderr
    assert (killed / "panel.csv").read_text() == (whole / "panel.csv").read_text()
    for path in Path(whole).rglob("weights.safetensors"):
        assert path.read_bytes() == (killed / path.relative_to(whole)).read_bytes()
    assert {p.relative_to(killed) for p in killed.rglob("*")} == {p.relative_to(whole) for p in whole.rglob("*")}


def test_fit_each_in_python(tmp_path):
    panel = Panel({"a": host(1), "b": host(2), "short": host(3, 5)})
    said = []
    store = fit_each(PCADetector(window=20), panel, tmp_path / "m", workers=1, log=said.append)
    assert list(store) == ["a", "b"]
    assert any("short" in line for line in said)
    np.testing.assert_array_equal(
        store["b"].decision_function(host(7)), PCADetector(window=20).fit(host(2)).decision_function(host(7))
    )
    fit_each(PCADetector(window=20), panel.pick(["a"]), tmp_path / "m", workers=1, log=said.append)
    assert said[-1] == "1 of 1 keys are done already"
    fit_each(PCADetector(window=30), panel.pick(["a"]), tmp_path / "m", workers=1)
    assert store["a"].n_times_ == 30
    with pytest.raises(DataError, match="all 1 keys failed"):
        fit_each(PCADetector(window=20), panel.pick(["short"]), tmp_path / "none", workers=1)


def test_score_panel_in_python(tmp_path):
    panel = Panel({"a": host(1), "b": host(2)})
    store = fit_each(PCADetector(window=20), panel, tmp_path / "m", until="300", workers=1)
    assert store["a"].learned_from_[0].n_times == 300
    table = score_panel(panel, store, tmp_path / "out", workers=1, events=True)
    assert table["key"].tolist() == ["a", "b"]
    assert (tmp_path / "out" / "b.events.csv").exists()
    with pytest.raises(ParameterError, match="event"):
        score_panel(panel, store, event=True)
    with pytest.raises(ModelError):
        score_panel(panel, tmp_path / "nowhere")


def test_what_many_files_have_in_common_is_told_once_and_is_no_caution(tmp_path):
    for number in range(3):
        frame = server_metrics(600, seed=number).to_frame()
        frame.assign(is_anomaly=0).drop(columns="label", errors="ignore").to_csv(tmp_path / f"web{number}.csv")
    panel = read_panel(tmp_path)
    model = PCADetector(window=12).fit(panel)
    model.save(tmp_path / "model")
    found = score_keys(panel, Models(tmp_path / "model"), ScoreOptions(), None, None, str)
    assert [note.startswith("web0 and 2 more: ") for note in found.notes] == [True, True]
    assert "column is_anomaly is read as the labels" in found.notes[0]
    assert "learned from" in found.notes[1]
    assert not any("labels" in caution for caution in found.table["cautions"])


def test_a_table_has_the_offsets_of_the_files_and_tells_early_ends(tmp_path):
    times = pd.date_range("2024-07-01", periods=400, freq="5min", tz="Europe/Berlin")
    for number, n in enumerate((400, 400, 399, 250)):
        load = np.sin(np.arange(n) / 9) + np.random.default_rng(number).normal(0, 0.1, n)
        frame = pd.DataFrame({"time": [time.isoformat() for time in times[:n]], "load": load})
        frame.to_csv(tmp_path / f"web{number}.csv", index=False)
    panel = read_panel(tmp_path)
    PCADetector(window=12).fit(panel).save(tmp_path / "model")
    table = score_keys(panel, Models(tmp_path / "model"), ScoreOptions(), None, None, str).table
    assert table["begins"].tolist() == ["2024-07-01 00:00:00+02:00"] * 4
    assert ["ends before the others" in caution for caution in table["cautions"]] == [False, False, False, True]


def test_cautions_are_whole_in_files_and_on_a_screen_each_kind_stands_once_whole():
    first, second = "reading 3 rows was doubtful; " * 20, "cpu stands still"
    row = {"error": "", "worst": "alarm", "peak": 2.0, "flagged": 0.1}
    said = {"a": f"{first} | {second}", "b": first.replace("3", "14"), "c": ""}
    table = table_of([row | {"key": key, "cautions": cautions} for key, cautions in said.items()])
    (whole, _), (short, _, told) = shown_tables(table, "Keys", whole=True), shown_tables(table, "Keys")
    assert [each["cautions"] for each in whole.to_dict()["rows"]] == list(said.values())
    assert [each[-1] for each in short.rows] == ["1, 2", "1", ""]
    assert short.note == "flagged: share of the time above the threshold; peak: highest score in thresholds"
    assert told.rows == [["1", "2, such as a", first], ["2", "a", second]]


def test_events_stand_beside_what_is_aimed_at(tmp_path):
    calm, odd = host(1, n=6000), host(2, n=6000)
    odd.values[200:206] += 9.0
    fit = FitOptions(DetectorRequest("pca", settings=("window=20",)), ThresholdRequest(alarms_per_week=14.0))
    fit_one_for_all(Panel({"a": calm, "b": host(3, n=6000)}), tmp_path / "one", fit)
    panel, models = Panel({"calm": calm, "odd": odd}), Models(tmp_path / "one")
    found = score_keys(panel, models, ScoreOptions(), tmp_path / "out", HERE)
    assert found.table["aimed"].tolist() == [8.333, 8.333]
    said = PanelResults("Hosts", found).summary()
    aimed = "16.7 aimed at (14 alarms a week for each of 2 series on normal data, 4.17 days each)."
    assert f"{len(found.events)} events raised, {aimed}" in said
    assert not any(sentence.startswith("The thresholds of") for sentence in said)
    assert score_keys(panel, models, ScoreOptions(), tmp_path / "out", HERE).aims == found.aims  # as kept
    by_rate = FitOptions(FIT.wanted, ThresholdRequest(threshold="quantile"))
    fit_one_for_all(panel, tmp_path / "rate", by_rate)
    assert "aimed" not in score_keys(panel, Models(tmp_path / "rate"), ScoreOptions(), executor=HERE).table


def test_warnings_are_cautions_as_they_are_and_what_needs_no_action_is_a_note():
    long = "rows are missing; " * 20 + "mend them"
    with cautions() as said:
        warnings.warn(long, MissingValuesWarning, stacklevel=1)
        warnings.warn("learning from 8 stretches", SampledDataWarning, stacklevel=1)
    assert said == [long]
    assert said.notes == ["learning from 8 stretches"]


def test_spreads_compare_channels_of_any_unit():
    def of(load, size):
        return Recording(np.outer(np.arange(9.0), [load, size]), channels=["load", "bytes"])

    recordings = [of(1, 1e9), of(1, 1e9), of(1, 1e8), of(3, 1e9)]
    rows = [{"key": str(k), "error": "oops" if k == 1 else ""} for k in range(5)]
    found = with_spreads(rows, recordings)
    assert [row.get("spread") for row in found] == [1.0, None, 1.0, 0.1, 3.0]
    assert with_spreads(rows, [of(1, 1), host(1)]) == rows


def test_since_is_a_share_a_row_or_a_date():
    recording = host(1, 100)
    places = [None, "0", "0.25", "40", "900", "2025-12-31", "2026-01-01 00:30", "2027-01-01"]
    assert [since(recording, place) for place in places] == [0, 0, 25, 40, 100, 0, 30, 100]
    with pytest.raises(DataError, match="timestamps"):
        since(Recording(np.zeros(9)), "2026-01-01")
    for data, place in (
        (recording, "-1"),
        (recording, "1.5"),
        (recording, "soon"),
        (Collection(np.zeros((3, 9))), "1"),
    ):
        with pytest.raises(ParameterError):
            since(data, place)


def test_the_page_of_all_lists_the_events_and_leads_to_the_pictures(hosts, tmp_path):
    odd = host(3)
    odd.values[200:206] += 9.0
    fit_one_for_all(Panel({"a": host(1), "b": host(2)}), tmp_path / "one", FIT)
    found = score_keys(Panel({"calm": host(4), "odd": odd}), Models(tmp_path / "one"), ScoreOptions(), executor=HERE)
    page = PanelResults("Hosts", found)
    text = page.write_page(tmp_path / "index.html").read_text()
    assert list(page.figures()) == ["series-0", "series-1"]
    assert "Events, gravest first" in text
    assert "with cautions" not in text
    doubted = replace(found, table=found.table.assign(cautions=["cpu stands still", ""]))
    text = PanelResults("Hosts", doubted).write_page(tmp_path / "doubted.html").read_text()
    assert "1 key with cautions: read these before the events" in text
    assert text.index("cpu stands still") < text.index("Events, gravest first")
    assert '<a href="#figure-series-0">odd</a></th>\n<td>2026-01-01 03:' in text
    assert page.to_dict()["tables"][-1]["rows"][0]["key"] == "odd"
