"""What `offbeat threshold` shows and writes."""

import json

import numpy as np
import pandas as pd
import pytest

from offbeat import load
from offbeat.thresholds import Budget, Conformal


@pytest.fixture(scope="module")
def week():
    """Values every half hour for ten weeks, with two incidents in the last four."""
    rng, n = np.random.default_rng(4), 70 * 48
    values = 10 * np.sin(2 * np.pi * np.arange(n) / 48) + rng.normal(0, 0.5, n)
    label = np.zeros(n, dtype=int)
    for start in (2500, 3000):
        values[start : start + 6] += 15
        label[start : start + 6] = 1
    stamps = pd.date_range("2026-03-01", periods=n, freq="30min")
    return pd.DataFrame({"when": stamps, "load": values, "anomaly": label})


@pytest.fixture
def model(week, work, offbeat):
    week.to_csv("week.csv", index=False)
    ended = offbeat("fit", "week.csv", "-d", "pca", "--until", "0.6", "--set", "window=24", "--out", "m")
    assert ended.code == 0, ended.err
    return "m"


def rows_of(path):
    (table,) = json.loads(path.read_text(encoding="utf-8"))["tables"]
    return table["rows"]


def test_the_present_threshold_is_shown_beside_a_ladder_of_budgets(model, offbeat, work, listing):
    before = listing()
    ended = offbeat("threshold", model, "--json", "t.json")
    assert ended.code == 0, ended.err
    assert "aims at 1 alarm a week, by about" in ended.err.splitlines()[0]
    rows = rows_of(work / "t.json")
    assert [(row["choice"], row["aims at"]) for row in rows] == [
        ("now", "1 alarm a week"),
        ("", "1 alarm a day"),
        ("", "1 alarm in 30 days"),
    ]
    now, a_day, a_month = [row["threshold"] for row in rows]
    assert a_day < now == load(model).threshold_.value_ < a_month
    assert listing() == before | {work / "t.json": (work / "t.json").read_bytes()}


def test_another_threshold_is_written_without_training(model, offbeat, work):
    scores, other = load(model).held_out_scores_, work / "copy"
    ended = offbeat("threshold", model, "--alarms-per-week", "3", "--out", "copy")
    assert ended.code == 0, ended.err
    assert (load(model).threshold_.alarms, load(other).threshold_.alarms) == (1, 3)
    assert offbeat("threshold", model, "--alarms-per-week", "3").code == 0
    changed = load(model)
    assert changed.threshold_.get_params() == changed.tiers_.alarm.get_params() == Budget(3.0).get_params()
    assert changed.threshold_.value_ == load(other).threshold_.value_
    np.testing.assert_array_equal(changed.held_out_scores_, scores)
    assert offbeat("threshold", model, "--threshold", "conformal", "--threshold-set", "false_alarms=0.1").code == 0
    assert load(model).threshold_.get_params() == Conformal(0.1).get_params()
    assert load(model).tiers_.alarm.alarms == 3


def test_with_data_nothing_is_written_unless_asked_for(model, offbeat, listing):
    before = listing()
    asked = ("threshold", model, "--data", "week.csv", "--alarms-per-week", "2")
    ended = offbeat(*asked)
    assert ended.code == 0, ended.err
    assert "only time steps from 2,016 on count" in ended.err
    assert f"{model} is as it was" in ended.err
    assert listing() == before
    assert offbeat(*asked, "--write").code == 0
    assert load(model).threshold_.alarms == 2


def test_with_data_the_table_says_what_each_would_have_raised(model, offbeat, work):
    ended = offbeat("threshold", model, "--data", "week.csv", "--json", "t.json")
    assert ended.code == 0, ended.err
    for row, rule in zip(
        rows_of(work / "t.json"), (Budget(), Budget(1, 86_400.0), Budget(1, 30 * 86_400.0)), strict=True
    ):
        detector = load(model).set_threshold(rule)
        frame = pd.read_csv("week.csv", parse_dates=["when"])
        events = [event for event in detector.detect(frame[["when", "load"]].set_index("when")) if event.end > 2016]
        assert row["events"] == len(events)
        assert row["alarms a week"] == pytest.approx(len(events) / 4, rel=0.02)
        assert row["windows met"] == "2 of 2"
        assert row["false events"] <= len(events)


def test_series_are_counted_by_their_class(offbeat, work):
    ended = offbeat("threshold", "both-model", "--data", "both.csv", "--normal", "ok", "--json", "t.json")
    assert ended.code == 0, ended.err
    rows = rows_of(work / "t.json")
    assert [row["aims at"] for row in rows] == [f"{percent}% of normal series" for percent in (5, 10, 1)]
    assert all(row["anomalies flagged"].split(" of ")[0] <= row["anomalies flagged"].split(" of ")[1] for row in rows)
    rates = {row["aims at"]: row["false-alarm rate"] for row in rows}
    assert rates["1% of normal series"] <= rates["10% of normal series"]


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (("--out", "copy"), 2, "nothing to write"),
        (("--write", "--data", "both.csv"), 2, "nothing to write"),
        (("--threshold", "sigma", "--write", "--out", "copy"), 2, "leave one out"),
        (("--read", "gaps=nan"), 2, "--data"),
        (("--alarms-per-week", "1"), 2, "no clock"),
        (("--threshold", "sigma", "--data", "no-such.csv"), 1, "no-such.csv"),
        (("--threshold", "sigma", "--json", "both.csv", "--data", "both.csv"), 1, "both.csv"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_written(offbeat, listing, options, code, word):
    before = listing()
    ended = offbeat("threshold", "both-model", *options)
    assert (ended.code, word in ended.err) == (code, True), ended.err
    assert listing() == before


def test_a_file_without_a_clock_says_that_a_step_is_assumed(offbeat, work):
    values = np.sin(np.arange(900) / 5) + 0.1 * np.random.default_rng(0).normal(size=900)
    np.save(work / "bare.npy", values)
    fit = ("fit", "bare.npy", "--kind", "recording", "-d", "pca", "--set", "window=20", "--out", "bare")
    assert "taken for a minute" in offbeat(*fit).err
    ended = offbeat(*fit, "--read", "sampling_rate=0.01")
    assert (ended.code, "taken for a minute" in ended.err) == (0, False), ended.err
    assert load(work / "bare").threshold_.step_ == pytest.approx(100.0)
