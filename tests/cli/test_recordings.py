"""What the commands do with long recordings."""

import io
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import chdir
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cli.forked import Piped
from offbeat import load, load_data
from offbeat.events import read_events


@pytest.fixture(scope="module")
def given(commands, tmp_path_factory):
    """Write a recording with two anomalies, and a model of its leading part, once."""
    folder = tmp_path_factory.mktemp("given")
    rng = np.random.default_rng(0)
    n = 1200
    load_ = 10 * np.sin(2 * np.pi * np.arange(n) / 48) + rng.normal(0, 0.5, n)
    heat = 0.5 * load_ + rng.normal(0, 0.5, n)
    load_[800:806] += 15
    heat[1000:1004] -= 20
    label = np.zeros(n, dtype=int)
    label[800:806] = label[1000:1004] = 1
    stamps = pd.date_range("2026-03-01", periods=n, freq="30min")
    frame = pd.DataFrame({"when": stamps, "load": load_, "heat": heat, "anomaly": label})
    frame.to_csv(folder / "metrics.csv", index=False)
    frame.assign(load=frame["load"] + 1).to_csv(folder / "other.csv", index=False)
    frame.drop(columns="anomaly").to_parquet(folder / "bare.parquet")
    with chdir(folder):
        fit = ("fit", "metrics.csv", "-d", "pca", "--until", "0.5", "--out", "m", "--set", "window=24")
        code, _, said = commands.run(*fit)
    assert code == 0, said
    return folder, frame


@pytest.fixture
def metrics(given, work):
    """Return the recording, whose files lie in the current folder."""
    folder, frame = given
    shutil.copytree(folder, work, dirs_exist_ok=True, ignore=shutil.ignore_patterns("m"))
    return frame.copy()


@pytest.fixture
def model(given, metrics):
    """Return the name of the model, which lies in the current folder."""
    shutil.copytree(given[0] / "m", "m")
    return "m"


def test_fit_learns_from_the_leading_part(metrics, offbeat):
    ended = offbeat("fit", "metrics.csv", "-d", "pca", "--until", "2026-03-11", "--out", "m", "--json", "m.json")
    assert ended.code == 0, ended.err
    assert "a window of 48 time steps for the part to fit on: its period" in ended.err
    assert "fitting pca on 480 time steps" in ended.err
    detector = load("m")
    assert (detector.window, detector.channels_, detector.step_) == (48, ("load", "heat"), 1800.0)


def test_fit_names_what_is_odd_in_what_it_learned_from(metrics, offbeat):
    """Models that had not seen it score it; nobody has to know that it lies there."""
    metrics.drop(columns="anomaly").to_csv("whole.csv", index=False)
    fit = ("fit", "whole.csv", "-d", "pca", "--set", "window=24", "--out")
    ended = offbeat(*fit, "m")
    assert ended.code == 0, ended.err
    (note,) = [line for line in ended.err.splitlines() if "of what it learned from" in line]
    named = pd.to_datetime(re.findall(r"2026-03-\d\d [\d:]+", note))
    odd = [metrics["when"][step] for step in (802, 1002)]
    assert all(min(abs(named - time)) < pd.Timedelta(hours=12) for time in odd)
    seldom = offbeat(*fit, "n", "--until", "0.5", "--alarms-per-week", "0.001")
    assert seldom.code == 0, seldom.err
    assert "of what it learned from" not in seldom.err


TRAINED = [pytest.param(name, marks=pytest.mark.slow) for name in ("deepant", "mixed")]


@pytest.mark.parametrize("detector", ["naive", "seasonal", *TRAINED])
def test_detectors_with_windows_of_their_own(metrics, offbeat, detector):
    quick = ["--train", "epochs=20"] if detector == "deepant" else []
    ended = offbeat("fit", "metrics.csv", "-d", detector, "--until", "600", "--out", "m", *quick)
    assert ended.code == 0, ended.err
    assert "its period" not in ended.err
    assert offbeat("score", "metrics.csv", "-m", "m", "--out", "s.csv").code == 0
    scores = pd.read_csv("s.csv")["score"]
    assert scores[800:806].max() > scores[600:800].quantile(0.99)


def test_a_budget_of_alarms_takes_the_step_from_the_timestamps(metrics, offbeat):
    ended = offbeat("fit", "metrics.csv", "-d", "naive", "--until", "0.5", "--alarms-per-week", "4", "--out", "m")
    assert ended.code == 0, ended.err
    assert "aims at 4 alarms a week" in ended.err
    model = load("m")
    assert (model.threshold_.step_, model.threshold_.alarms) == (1800.0, 4)
    assert model.threshold_.n_alarms_ <= model.threshold_.allowed_ == pytest.approx(4 * 599 / 336)
    assert model.tiers_.values_[0] < model.tiers_.values_[1] == model.threshold_.value_


def test_alarms_a_week_are_for_rules_that_count_them(metrics, offbeat):
    ended = offbeat("fit", "metrics.csv", "-d", "naive", "--alarms-per-week", "1", "--threshold", "sigma", "--out", "m")
    assert (ended.code, "leave one out" in ended.err) == (2, True)


def test_channels_are_chosen_from_the_columns(metrics, offbeat):
    metrics.assign(host="a").to_csv("hosts.csv", index=False)
    ended = offbeat("fit", "hosts.csv", "-d", "naive", "--until", "600", "--out", "m", "--read", "channels=heat,load")
    assert ended.code == 0, ended.err
    assert load("m").channels_ == ("heat", "load")


def test_scores_carry_the_times(model, offbeat):
    ended = offbeat("score", "metrics.csv", "--model", model, "--json", "s.json")
    assert ended.code == 0, ended.err
    frame = pd.read_csv(io.StringIO(ended.out), parse_dates=["time"])
    assert frame.columns.tolist() == ["time", "score", "flag", "tier", "label"]
    assert len(frame) == 1200
    assert "each time step is scored by the mean of all windows over it" in ended.err
    assert frame["score"].notna().all()
    assert frame.loc[800:806, "flag"].sum() >= 6
    assert frame["time"].iloc[1] == pd.Timestamp("2026-03-01 00:30")
    told = json.loads(Path("s.json").read_text())
    assert (told["n_times"], told["n_without_score"]) == (1200, 0)


def test_scores_on_the_common_scale(model, offbeat):
    assert offbeat("score", "metrics.csv", "--model", model, "--out", "raw.csv").code == 0
    ended = offbeat("score", "metrics.csv", "--model", model, "--scale", "surprise", "--json", "s.json")
    assert ended.code == 0, ended.err
    frame, raw = pd.read_csv(io.StringIO(ended.out)), pd.read_csv("raw.csv")
    assert frame.columns.tolist() == ["time", "surprise", "flag", "tier", "label"]
    fitted, values = load(model), load_data("metrics.csv")
    np.testing.assert_allclose(frame["surprise"][600:], fitted.surprise(values)[600:], rtol=1e-9)
    rare = fitted.normal_tail().neg_log10_p(fitted.unseen_scores(values))
    np.testing.assert_allclose(frame["surprise"], rare, rtol=1e-9)
    assert frame["surprise"].max() > 3 > frame["surprise"].median()
    pd.testing.assert_frame_equal(frame.drop(columns="surprise"), raw.drop(columns="score"))
    told = json.loads(Path("s.json").read_text())
    assert (len(told["surprises"]), told["n_without_score"], "scores" in told) == (1200, 0, False)
    ended = offbeat("score", "metrics.csv", "--model", model, "--scale", "log")
    assert (ended.code, "raw, surprise" in ended.err) == (2, True)


@pytest.mark.parametrize("suffix", ["csv", "json", "jsonl", "parquet"])
def test_events_carry_times_and_channels(model, offbeat, suffix):
    ended = offbeat(
        "detect", "bare.parquet", "-m", model, "--out", f"e.{suffix}", "--merge-gap", "24", "--min-length", "5"
    )
    assert ended.code == 0, ended.err
    events = read_events(f"e.{suffix}")
    first = next(event for event in events if event.start < 806 and event.end > 800)
    second = next(event for event in events if event.start < 1004 and event.end > 1000)
    assert dict(first.channels)["load"] > 0.6
    assert dict(second.channels)["heat"] > 0.6
    assert first.start_time == np.datetime64("2026-03-01") + np.timedelta64(30 * first.start, "m")
    assert "time steps flagged" in ended.out


def test_a_low_threshold_keeps_events_open(model, offbeat):
    fitted, values = load(model), load_data("metrics.csv")
    low, scores = fitted.threshold_.value_ / 3, fitted.unseen_scores(values)
    assert offbeat("detect", "metrics.csv", "-m", model, "--out", "e.json", "--low", str(low)).code == 0
    found = [(event.start, event.end) for event in read_events("e.json")]
    assert found == [(event.start, event.end) for event in fitted.detect(values, low=low, scores=scores)]
    assert found != [(event.start, event.end) for event in fitted.detect(values, scores=scores)]


def test_evaluated_after_the_part_learned_from(model, offbeat):
    ended = offbeat(
        "evaluate", "metrics.csv", "-m", model, "--until", "0.5", "--json", "e.json", "--figures", "figures"
    )
    assert ended.code == 0, ended.err
    rows = {row["detector"]: row for row in json.loads(Path("e.json").read_text())["tables"][0]["rows"]}
    assert {"pca", "naive", "seasonal", "knn", "isolation-forest", "one-class-svm"} <= set(rows)
    assert rows["pca"]["windows hit"] == "2 of 2"
    assert "labelled windows are met" in ended.out
    drawn = {path.name for path in Path("figures").iterdir()}
    assert {"overview.png", "events.svg", "forecast.png", "score-histograms.png"} <= drawn


@pytest.mark.parametrize("until", [(), ("--until", "0.1")])
def test_what_was_learned_from_is_never_evaluated(model, offbeat, until):
    ended = offbeat("report", "metrics.csv", "-m", model, *until, "--no-baselines", "--out", "r.html")
    assert ended.code == 0, ended.err
    assert ("evaluated from there on" in ended.err) == bool(until)
    assert "in 600 scored time steps" in Path("r.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("until", [pytest.param((), marks=pytest.mark.slow), ("--until", "0")])
def test_a_recording_that_nothing_was_learned_from_is_evaluated_whole(model, offbeat, until):
    ended = offbeat("evaluate", "other.csv", "-m", model, *until, "--train", "metrics.csv", "--json", "e.json")
    assert ended.code == 0, ended.err
    assert "Nothing of this recording was learned from" in ended.out
    assert "in 1,200 scored time steps" in ended.out
    assert "fitting naive on 600 time steps" in ended.err
    told = json.loads(Path("e.json").read_text())
    assert {"pca", "naive"} <= {row["detector"] for row in told["tables"][0]["rows"]}
    assert "Evaluated as a whole." in told["notes"][0]
    alone = offbeat("evaluate", "other.csv", "-m", model, *until)
    assert alone.code == 0, alone.err
    assert "--train" in alone.err


def test_channels_are_found_by_name_in_any_order(model, metrics, offbeat):
    metrics[["anomaly", "heat", "when", "load"]].assign(fan=1.0).to_csv("order.csv", index=False)
    for command in ("evaluate", "report"):
        ended = offbeat(command, "order.csv", "-m", model, "--no-baselines")
        assert ended.code == 0, ended.err
        assert "the model has the channels load, heat: fan left out" in ended.err
    assert "in 600 scored time steps" in Path("report.html").read_text(encoding="utf-8")
    scores = [pd.read_csv(io.StringIO(offbeat("score", f, "-m", model).out)) for f in ("order.csv", "metrics.csv")]
    pd.testing.assert_frame_equal(*scores)


@pytest.mark.parametrize("command", ["evaluate", "report", "score", "detect"])
def test_channels_that_are_missing_are_named(model, metrics, offbeat, command):
    for change, told in (
        ({"columns": "heat"}, "got 2: heat is missing; fan was not there"),
        ({"columns": ["heat", "load"]}, "got 1: load, heat are missing; fan was not there"),
    ):
        metrics.drop(**change).assign(fan=1.0).to_csv("fan.csv", index=False)
        ended = offbeat(command, "fan.csv", "-m", model)
        assert ended.code == 1
        assert f"fitted on 2 channels (load, heat), {told}" in ended.err
        assert "--read channels=" in ended.err


def test_rounded_data_is_evaluated_after_what_was_learned_from_with_a_note(model, metrics, offbeat):
    metrics.round({"load": 1, "heat": 1}).to_csv("rounded.csv", index=False)
    ended = offbeat("evaluate", "rounded.csv", "-m", model, "--no-baselines")
    assert ended.code == 0, ended.err
    assert "in 600 scored time steps" in ended.out
    assert "rounded otherwise" in ended.out


def test_a_page_of_a_recording_without_labels(model, offbeat):
    ended = offbeat("report", "bare.parquet", "-m", model, "--until", "600", "--no-baselines", "--out", "r.html")
    assert ended.code == 0, ended.err
    page = Path("r.html").read_text(encoding="utf-8")
    assert "the recording has no labels" in page
    assert "plotly" in page
    assert len(page) < 5_000_000


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("evaluate", "metrics.csv", "-m", "m", "--until", "soon"), 2, "soon"),
        (("fit", "metrics.csv", "-d", "pca", "--until", "1.5", "--out", "x"), 2, "1.5"),
        (("fit", "metrics.csv", "-d", "pca", "--normal", "fine", "--out", "x"), 1, "'fine'"),
        (("fit", "both.csv", "-d", "deepant", "--out", "x", "--normal", "ok"), 1, "deepant reads one long recording"),
        (("fit", "plain.csv", "-d", "pca", "--until", "0.5", "--out", "x"), 2, "--until is for recordings"),
        (("score", "both.csv", "-m", "m"), 1, "reads one long recording"),
        (("score", "metrics.csv", "-m", "both-model"), 1, "got one long recording"),
        (("fit", "metrics.csv", "-d", "deepant", "--until", "8", "--out", "x"), 1, "give a longer recording"),
        (("fit", "metrics.csv", "-d", "pca", "--time", "hour", "--out", "x"), 1, "hour"),
        (("detect", "metrics.csv", "-m", "m", "--out", "e.xyz"), 2, ".jsonl"),
        (("bench", "naab"), 2, "did you mean"),
        (("bench", "synthetic-metrics", "-d", "magic"), 2, "no detector is called 'magic'"),
        (("bench", "synthetic-metrics", "-d", "pca:windows=3"), 2, "windows"),
        (("bench", "plain.csv"), 1, "labels"),
        (("watch", "m", "--bad-lines", "eat"), 2, "skip, missing"),
        (("watch", "both-model"), 2, "fit one with a window"),
    ],
)
def test_wrong_use_ends_in_one_line(model, offbeat, arguments, code, message):
    ended = offbeat(*arguments)
    complaints = [line for line in ended.err.splitlines() if line.startswith("offbeat: ")]
    assert (ended.code, len(complaints)) == (code, 1), ended.err
    assert message in complaints[0]
    assert not Path("x").exists()


def test_unreadable_times_are_named(offbeat, work):
    rows = ["when,load", *(f"2026-03-{day:02d} 00:00,{day}" for day in range(1, 20))]
    rows[7] = "someday,7"
    Path("odd.csv").write_text("\n".join(rows))
    ended = offbeat("fit", "odd.csv", "-d", "naive", "--time", "when", "--out", "x")
    assert ended.code == 1
    assert "someday" in ended.err


# Lines as they arrive, in a process of its own


def test_watch_writes_each_line_at_once_and_goes_on_after_a_stop(commands, model, metrics, work):
    lines = metrics[["when", "load", "heat"]].to_csv(index=False).splitlines()
    with Piped(commands, work, "watch", model, "--state", "state") as process:
        written = []
        for line in lines[:60]:
            process.into.write(f"{line}\n".encode())
            written.append(process.out.readline().decode().rstrip("\n"))
        _, told = process.end(signal.SIGTERM)
    assert written[0] == "when,load,heat,score,flag,tier"
    assert "lines written: 59" in told
    assert "wrote state" in told
    rest = "\n".join([lines[0], *lines[60:], "broken"])
    _, out, told = commands.run("watch", model, "--state", "state", stdin=rest)
    assert "going on after 59 time steps" in told
    assert "bad lines left out: 1" in told
    rows = [line.split(",") for line in [*written[1:], *out.splitlines()[1:]]]
    found = np.array([float(row[3] or "nan") for row in rows])
    assert "each line is scored by the window that ends there" in told
    live = load(model).live()
    np.testing.assert_allclose(found, live.decision_function(metrics[["load", "heat"]].to_numpy()), rtol=1e-6)


def test_watch_writes_only_what_is_flagged(commands, model, metrics):
    text = metrics[["load", "heat"]].to_csv(index=False)
    _, out, told = commands.run("watch", model, "--flagged-only", stdin=text)
    header, *rows = out.splitlines()
    assert header == "load,heat,score,flag,tier"
    assert rows
    assert {row.split(",")[3] for row in rows} == {"1"}
    assert f"flagged: {len(rows)}" in told


def test_watch_writes_the_common_scale(commands, model, metrics):
    values = metrics[["load", "heat"]]
    _, out, _ = commands.run("watch", model, "--scale", "surprise", stdin=values.to_csv(index=False))
    frame = pd.read_csv(io.StringIO(out))
    assert frame.columns.tolist() == ["load", "heat", "surprise", "flag", "tier"]
    np.testing.assert_allclose(frame["surprise"], load(model).live().surprise(values.to_numpy()), rtol=1e-6)


def test_watch_moves_the_threshold_of_a_tracking_model(commands, metrics, offbeat):
    ended = offbeat(
        *("fit", "metrics.csv", "-d", "pca", "--until", "0.5", "--out", "m", "--set", "window=24"),
        *("--threshold", "tracking", "--alarms-per-week", "14"),
    )
    assert ended.code == 0, ended.err
    drifting = metrics[["load", "heat"]] * np.geomspace(1, 20, len(metrics))[:, None]
    lines = drifting.to_csv(index=False).splitlines()
    out = []
    for piece in (lines[:700], [lines[0], *lines[700:]]):
        out += commands.run("watch", "m", "--state", "state", stdin="\n".join([*piece, ""]))[1].splitlines()[1:]
    detector = load("m").live()
    flags = np.array([int(line.split(",")[3] or 0) for line in out])
    values = pd.read_csv(io.StringIO("\n".join(lines))).to_numpy()
    scores = detector.decision_function(values)
    np.testing.assert_array_equal(flags, detector.threshold_.predict(scores))
    assert 0 < flags.sum() < np.sum(scores > detector.threshold_.value_)


def test_watch_ends_with_its_reader(model, metrics):
    """In a process that begins as a user's does, and ends as one."""
    text = metrics[["load", "heat"]].to_csv(index=False, header=False)
    pipe = subprocess.PIPE
    command = [Path(sys.executable).with_name("offbeat"), "watch", model]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        process.stdin.write(text[:400])
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        time.sleep(0.1)
        try:
            process.stdin.write(text[400:])
            process.stdin.close()
        except BrokenPipeError:
            pass
        assert process.wait(timeout=60) == 0
        assert "Traceback" not in process.stderr.read()
        process.stdin = None
