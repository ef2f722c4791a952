"""Many series on the command line: a folder, a pattern, several files, a long table."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from offbeat import ModelStore, load

FIT = ("--detector", "pca", "--set", "window=20", "--threshold", "quantile")


def host(seed, n=300, scale=1.0):
    rng = np.random.default_rng(seed)
    values = scale * (np.sin(np.arange(n) / 7) + rng.normal(0, 0.1, n))
    return pd.DataFrame({"time": pd.date_range("2026-01-01", periods=n, freq="min"), "load": values})


@pytest.fixture
def hosts(offbeat):
    Path("hosts").mkdir()
    for seed in range(4):
        host(seed).to_csv(f"hosts/web{seed}.csv", index=False)
    table = pd.concat([host(seed).assign(host=f"web{seed}") for seed in range(4)]).sort_values("time", kind="stable")
    table.to_csv("table.csv", index=False)
    return Path("hosts").resolve()


def test_how_a_series_was_read_is_said_with_its_key(hosts, offbeat):
    host(5).drop(index=range(100, 120)).to_csv("hosts/web9.csv", index=False)
    for way in ("--each", "--one"):
        ended = offbeat("fit", "hosts", *FIT, way, "--workers", "1", "--out", way[2:], "--json", "t.json")
        assert ended.code == 0, ended.err
        rows = {row["key"]: row["cautions"] for row in json.loads(Path("t.json").read_text())[0]["rows"]}
        assert "gaps" in rows["web9"]
        assert not any("gaps" in rows[f"web{k}"] for k in range(4))
        assert "gaps" not in "".join(line for line in ended.err.splitlines() if "web9" not in line)


@pytest.mark.parametrize(
    "data", [("hosts",), ("hosts/*.csv",), tuple(f"hosts/web{k}.csv" for k in range(4)), ("table.csv", "--by", "host")]
)
def test_ways_to_name_many_series(hosts, offbeat, data):
    for way in ("--each", "--one"):
        ended = offbeat("fit", *data, *FIT, way, "--workers", "1", "--out", way[2:], "--json", f"{way[2:]}.json")
        assert ended.code == 0, ended.err
        rows = json.loads((hosts.parent / f"{way[2:]}.json").read_text())[0]["rows"]
        assert [row["key"] for row in rows] == [f"web{k}" for k in range(4)]
    assert len(ModelStore("each")) == 4
    assert len(load("one").learned_from_) == 4
    for model in ("each", "one"):
        ended = offbeat("detect", *data, "--model", model, "--workers", "1")
        assert ended.code == 0, ended.err
        assert "web3" in ended.out


def test_what_the_commands_write(hosts, offbeat):
    assert offbeat("fit", "hosts", *FIT, "--workers", "1", "--out", "models").code == 0
    for command, option, files in (
        ("score", (), {"events.csv", "web0.scores.csv", "web0.json", "panel.csv", "panel.json"}),
        ("detect", (), {"events.csv", "web0.events.csv", "web0.json", "panel.csv", "panel.json"}),
        ("report", ("--pages",), {"events.csv", "web0.html", "index.html", "web0.json", "panel.csv", "panel.json"}),
    ):
        ended = offbeat(command, "hosts", "--model", "models", "--workers", "1", "--out", command, *option)
        assert ended.code == 0, ended.err
        found = {path.name for path in (hosts.parent / command).iterdir()}
        assert {name for name in found if not name.startswith(("web1", "web2", "web3"))} == files
    assert "by its" not in ended.err


@pytest.mark.slow
def test_a_page_in_the_folder_of_a_list_takes_what_is_there(hosts, offbeat):
    assert offbeat("fit", "hosts", *FIT, "--one", "--workers", "1", "--out", "model").code == 0
    asked = ("hosts", "--model", "model", "--workers", "1", "--since", "0.5")
    assert "4 of 4: web3: done" in offbeat("detect", *asked, "--out", "found").err
    listed = Path("found/events.csv").read_bytes()
    ended = offbeat("report", *asked, "--out", "found")
    assert "4 of 4 keys are done already" in ended.err
    links = re.findall(r'\b(?:src|href)="([^"]*)"', Path("found/index.html").read_text(encoding="utf-8"))
    assert [link for link in links if not link.startswith(("#", "data:"))] == []  # one file is enough to mail
    assert Path("found/events.csv").read_bytes() == listed
    again = offbeat("report", *asked, "--out", "found", "--pages")  # pages are not there yet
    assert "4 of 4: web3: done" in again.err
    refused = offbeat("report", *asked, "--out", "hosts.html")
    assert refused.code == 2
    assert "--out is a folder, whose page is index.html, got hosts.html: give --out hosts" in refused.err


def test_a_job_can_ask_for_an_exit_code(hosts, offbeat):
    assert offbeat("fit", "hosts", *FIT, "--one", "--workers", "1", "--out", "model").code == 0
    frame = host(2)
    frame.loc[200:205, "load"] += 9.0
    frame.to_csv("hosts/web2.csv", index=False)
    detect = ("detect", "hosts", "--model", "model", "--workers", "1", "--top", "1")
    assert [offbeat(*detect, *more).code for more in ((), ("--fail-on", "alarm"), ("--fail-on", "watch"))] == [0, 3, 3]
    calm = ("--min-length", "299")
    assert offbeat(*detect, *calm, "--fail-on", "watch").code == 0
    one = ("detect", "hosts/web2.csv", "--model", "model", "--fail-on", "alarm")
    assert (offbeat(*one).code, offbeat(*one, *calm).code) == (3, 0)
    Path("hosts/web9.csv").write_text("no numbers at all\n")
    broken = offbeat(*detect, "--fail-on", "alarm")
    assert (broken.code, "web9: " in broken.err) == (3, True)
    assert offbeat(*detect, *calm, "--fail-on", "alarm").code == 1
    refused = offbeat(*detect, "--fail-on", "red")
    assert refused.code == 2
    assert "expected watch or alarm as --fail-on, got 'red'" in refused.err


@pytest.mark.parametrize("way", ["--one", "--each"])
def test_a_rate_of_all_series_is_shared_equally(hosts, offbeat, way):
    fit = ("fit", "hosts", "--detector", "pca", "--set", "window=20", way, "--workers", "1")
    assert offbeat(*fit, "--alarms-per-week-in-all", "8", "--out", "fitted").code == 0
    assert offbeat(*fit, "--out", "set").code == 0
    workers = ("--workers", "1") * (way == "--each")
    ended = offbeat("threshold", "set", "--alarms-per-week-in-all", "8", "--write", *workers)
    assert ended.code == 0, ended.err
    for folder in ("fitted", "set"):
        models = [load(folder)] if way == "--one" else [ModelStore(folder)[f"web{k}"] for k in range(4)]
        assert [model.threshold_.alarms for model in models] == [2.0] * len(models)
    both = offbeat(*fit, "--alarms-per-week", "1", "--alarms-per-week-in-all", "8", "--out", "both")
    assert both.code == 2
    assert "leave one out" in both.err
    single = offbeat("fit", "hosts/web0.csv", "--alarms-per-week-in-all", "8", "--out", "single")
    assert single.code == 2
    assert "--alarms-per-week-in-all is for many series" in single.err


def test_by_itself_one_model_where_series_are_alike_and_else_one_for_each(hosts, offbeat):
    ended = offbeat("fit", "hosts", *FIT, "--workers", "1", "--out", "alike")
    assert "one model for all" in ended.err
    assert load("alike").name == "pca"
    host(9, scale=1000.0).to_csv("hosts/other.csv", index=False)
    ended = offbeat("fit", "hosts", *FIT, "--workers", "1", "--out", "unlike")
    assert "one model for each" in ended.err
    assert len(ModelStore("unlike")) == 5


def test_a_key_that_fails_is_named_and_the_others_go_on(hosts, offbeat):
    (hosts / "bad.csv").write_text("time,load\n2026-01-01,oops\n")
    ended = offbeat("fit", "hosts", *FIT, "--each", "--workers", "1", "--out", "models")
    assert ended.code == 1
    assert ended.err.splitlines()[-1].startswith("offbeat: 1 of 5 keys failed: bad: ")
    assert len(ModelStore("models")) == 4


def test_results_in_the_folder_that_is_read_are_no_series(hosts, offbeat):
    fitted = ("fit", "hosts", *FIT, "--each", "--workers", "1", "--out", "hosts/models")
    assert offbeat(*fitted).code == 0
    again = offbeat(*fitted)
    assert again.code == 0
    assert "4 of 4 keys are done already" in again.err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("fit", "hosts/web0.csv", *FIT, "--each", "--out", "m"), "--each"),
        (("fit", "hosts/web0.csv", *FIT, "--workers", "2", "--out", "m"), "--workers"),
        (("fit", "hosts", *FIT, "--checkpoints", "c", "--out", "m"), "--checkpoints"),
        (("fit", "ecg5000", "--by", "host", "--out", "m"), "--by"),
        (("fit", "hosts/web0.csv", "hosts/web1.csv", "--by", "load", "--out", "m"), "--by"),
        (("score", "hosts", "--model", "m"), "--out"),
        (("score", "hosts/web0.csv", "--model", "m", "--format", "parquet"), "--format"),
        (("score", "hosts", "--model", "m", "--out", "s", "--format", "xlsx"), "xlsx"),
        (("fit", "hosts", *FIT, "--out", "x", "--json", "hosts/web0.csv"), "hosts/web0.csv"),
        (("fit", "hosts", "-d", "ecgformer", "--by", "host", "--out", "x"), "--by"),
        (("score", "hosts", "--model", "m", "--out", "s"), "no model at m"),
        (("fit", "hosts", *FIT, "--out", "hosts"), "other files"),
    ],
)
def test_what_makes_no_sense_is_told(hosts, offbeat, arguments, word):
    ended = offbeat(*arguments)
    assert ended.code in (1, 2)
    assert word in ended.err.splitlines()[-1]


def test_one_series_by_a_folder_of_models(hosts, offbeat):
    assert offbeat("fit", "hosts", *FIT, "--each", "--workers", "1", "--out", "models").code == 0
    named = offbeat("score", "hosts/web1.csv", "--model", "models/web1")
    by_the_file = offbeat("score", "hosts/web1.csv", "--model", "models")
    assert (named.code, by_the_file.code, by_the_file.out) == (0, 0, named.out)
    assert "the model of web1" in by_the_file.err
    Path("hosts/web1.csv").rename("other.csv")
    ended = offbeat("score", "other.csv", "--model", "models")
    assert ended.code == 1
    assert "models/web0" in ended.err


def test_scores_of_each_key_as_parquet_are_those_of_the_csv(hosts, offbeat):
    assert offbeat("fit", "hosts", *FIT, "--each", "--workers", "1", "--out", "models").code == 0
    score = ("score", "hosts", "--model", "models", "--workers", "1")
    assert offbeat(*score, "--out", "text").code == 0
    assert offbeat(*score, "--out", "tables", "--format", "parquet").code == 0
    text, table = pd.read_csv("text/web1.scores.csv"), pd.read_parquet("tables/web1.scores.parquet")
    assert list(table) == list(text)
    np.testing.assert_allclose(table["score"], text["score"], rtol=1e-12)
    assert not list(Path("tables").glob("*.scores.csv"))


def test_events_of_all_keys_are_one_list_the_gravest_first(hosts, offbeat):
    assert offbeat("fit", "hosts", *FIT, "--one", "--workers", "1", "--out", "model").code == 0
    for seed, height in ((1, 3.0), (2, 9.0)):
        frame = host(seed)
        frame.loc[200:205, "load"] += height
        frame.to_csv(f"hosts/web{seed}.csv", index=False)
    detect = ("detect", "hosts", "--model", "model", "--workers", "1")
    ended = offbeat(*detect, "--out", "found", "--top", "1")
    assert ended.code == 0, ended.err
    found = pd.read_csv("found/events.csv")
    alone = {f"web{k}": pd.read_csv(f"found/web{k}.events.csv") for k in range(4)}
    assert len(found) == sum(map(len, alone.values()))
    assert found["key"].tolist()[:2] == ["web2", "web1"]
    assert found["ratio"].is_monotonic_decreasing
    assert found["start_time"][0].startswith("2026-01-01T03:")
    assert found["channels"][0] == "load"
    assert found["score"][0] == pytest.approx(alone["web2"]["score"].max())
    assert len({tuple(table) for table in alone.values()}) == 1
    shown = ended.out.partition("Events, gravest first")[2]
    assert "web2" in shown
    assert "web1" not in shown.partition(" events.")[0]
    assert f"1 of {len(found)} events" in shown


def test_only_what_comes_after_a_date_is_reported(hosts, offbeat):
    assert offbeat("fit", "hosts", *FIT, "--one", "--until", "0.3", "--workers", "1", "--out", "model").code == 0
    host(1, 100).to_csv("hosts/early.csv", index=False)
    frame = host(0)
    frame.loc[[120, 121, 250, 251], "load"] += 9.0
    frame.to_csv("hosts/web0.csv", index=False)
    since = np.datetime64("2026-01-01T03:20")
    for where, command in (("found", "detect"), ("scores", "score")):
        ended = offbeat(command, "hosts", "--model", "model", "--workers", "1", "--since", str(since), "--out", where)
        assert ended.code == 0, ended.err
        table = pd.read_csv(f"{where}/panel.csv", index_col="key")
        assert table.loc[["web0", "early"], "steps"].tolist() == [100, 0]
        assert table.loc["early", "cautions"].startswith("it ends before 2026-01-01")
        assert "were learned from" not in ended.out
    scored = pd.read_csv("scores/web0.scores.csv")
    assert scored["time"][0] == "2026-01-01 03:20:00"
    assert scored["score"].notna().all()  # what comes before fills the first windows
    found = pd.read_csv("found/events.csv").query("key == 'web0'")
    assert found["start"].tolist() == pytest.approx([250], abs=3)
    found_of_web0 = found["start_time"].iloc[0][:19].replace("T", " ")
    report = ("report", "hosts", "--model", "model", "--workers", "1", "--out", "page", "--since")
    assert offbeat(*report, "0.5", "--json", "page.json").code == 0
    listed = json.loads(Path("page.json").read_text())["tables"][-1]["rows"]
    assert [row["begins"] for row in listed if row["key"] == "web0"] == [found_of_web0]
    assert offbeat(*report, "0.5", "--until", "0.5").code == 2
    one = ("hosts/web0.csv", "--model", "model", "--since")
    assert offbeat("score", *one, "200", "--out", "one.csv").code == 0
    assert pd.read_csv("one.csv")["score"].tolist() == scored["score"].tolist()
    whole = offbeat("detect", *one, "0", "--json", "whole.json")
    assert "learned from" in whole.out
    ended = offbeat("detect", *one, "0.5", "--out", "part.csv")
    assert "150 scored time steps" in ended.out
    assert pd.read_csv("part.csv")["start"].tolist() == pytest.approx([250], abs=3)
    assert [event["start"] for event in json.loads(Path("whole.json").read_text())["events"]] == pytest.approx(
        [120, 250], abs=3
    )
    assert "--since" in offbeat("report", *one, "0.5").err
    for place in ("1.5", "-1", "yesterday"):
        assert offbeat("detect", *one, place).code == 2


def test_a_part_is_not_called_the_whole(hosts, offbeat):
    for until, is_whole in (((), True), (("--until", "0.5"), False)):
        ended = offbeat("fit", "hosts", *FIT, "--one", *until, "--workers", "1", "--out", "model")
        assert ("whole recording" in ended.err) == is_whole


@pytest.mark.parametrize("command", ["fit", "evaluate"])
def test_two_files_of_short_series_are_told_how_to_be_used(command, offbeat):
    for name, seed in (("A_TRAIN.txt", 0), ("A_TEST.txt", 1)):
        values = np.random.default_rng(seed).normal(size=(30, 40))
        np.savetxt(name, np.column_stack([np.arange(30) % 2 + 1, values]), "%.5f")
    place = ("--out", "model") if command == "fit" else ("--model", "model")
    if command == "evaluate":
        assert offbeat("fit", "A_TRAIN.txt", "--normal", "1", "-d", "pca", "--out", "model").code == 0
    ended = offbeat(command, "A_TRAIN.txt", "A_TEST.txt", *place)
    assert ended.code == 1
    told = ended.err.splitlines()[-1]
    assert "'offbeat fit A_TRAIN.txt --out MODEL'" in told
    assert "'offbeat evaluate A_TEST.txt --model MODEL --train A_TRAIN.txt'" in told
    assert told.count("--kind recording") == 1
