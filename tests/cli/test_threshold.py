"""What `offbeat threshold` shows and writes."""

import json

import numpy as np
import pandas as pd
import pytest

from offbeat import OnlineDetector, load
from offbeat.thresholds import Budget, Conformal, Fixed


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


def rows_of(path, used_by="score, detect"):
    rows = json.loads(path.read_text(encoding="utf-8"))["tables"][0]["rows"]
    return [row for row in rows if row.get("used by", used_by) == used_by]


def test_the_present_threshold_is_shown_beside_half_and_twice_its_rate(model, offbeat, work, listing):
    before = listing()
    ended = offbeat("threshold", model, "--json", "t.json")
    assert ended.code == 0, ended.err
    loading, aim, *_ = ended.err.splitlines()
    assert loading == f"loading {model}"
    assert "aims at 1 alarm a week, by about" in aim
    for used_by, detector in {"score, detect": load(model), "serve, watch": load(model).live()}.items():
        rows = rows_of(work / "t.json", used_by)
        assert [(row["choice"], row["aims at"]) for row in rows] == [
            ("now", "1 alarm a week"),
            ("half", "0.5 alarms a week"),
            ("twice", "2 alarms a week"),
        ]
        now, half, twice = [row["threshold"] for row in rows]
        assert twice < now == detector.threshold_.value_ < half
    assert listing() == before | {work / "t.json": (work / "t.json").read_bytes()}


def test_another_threshold_is_written_without_training(model, offbeat, work):
    scores, other = load(model).held_out_scores_, work / "copy"
    ended = offbeat("threshold", model, "--alarms-per-week", "3", "--out", "copy")
    assert ended.code == 0, ended.err
    assert (load(model).threshold_.alarms, load(other).threshold_.alarms) == (1, 3)
    assert offbeat("threshold", model, "--alarms-per-week", "3", "--write").code == 0
    changed = load(model)
    assert changed.threshold_.get_params() == changed.tiers_.alarm.get_params() == Budget(3.0).get_params()
    assert changed.threshold_.value_ == load(other).threshold_.value_
    np.testing.assert_array_equal(changed.held_out_scores_, scores)
    asked = ("--threshold", "conformal", "--threshold-set", "false_alarms=0.1", "--write")
    assert offbeat("threshold", model, *asked).code == 0
    changed = load(model)
    assert changed.threshold_.get_params() == Conformal(0.1).get_params()
    for one in (changed, changed.live()):  # the tiers follow
        assert one.tiers_.values_[0] <= one.tiers_.values_[1] == one.threshold_.value_


@pytest.mark.parametrize("data", [(), ("--data", "week.csv")])
def test_nothing_is_written_unless_asked_for(model, offbeat, listing, data):
    before = listing()
    ended = offbeat("threshold", model, "--alarms-per-week", "2", *data)
    assert ended.code == 0, ended.err
    assert ("only time steps from 2,016 on count" in ended.err) == bool(data)
    assert f"{model} is as it was" in ended.err
    assert listing() == before


def test_what_each_threshold_would_have_raised_is_what_detect_finds_with_it(model, offbeat, work, week):
    asked = ("threshold", model, "--data", "week.csv", "--alarms-per-week", "4", "--json", "t.json")
    ended = offbeat(*asked)
    assert ended.code == 0, ended.err
    told = json.loads((work / "t.json").read_text(encoding="utf-8"))
    found_of = {(each["form"], each["choice"]): each["data"] for each in told["choices"]}
    data = week[["when", "load"]].set_index("when")
    for name, rule in {"now": Budget(), "new": Budget(4), "half": Budget(2), "twice": Budget(8)}.items():
        detector = load(model).set_threshold(rule)
        for form, one in {"batch": detector, "live": detector.live()}.items():
            found, events = found_of[form, name], [event for event in one.detect(data) if event.end > 2016]
            assert [each["peak"] for each in found["events"]] == [event.peak for event in events]
            assert found["a_week"] == pytest.approx(len(events) / 4, rel=0.02)
            assert found["interval_95"][0] < found["a_week"] < found["interval_95"][1]
            assert (found["windows_met"], found["known_windows"]) == (2, 2)
            assert found["false_events"] == len(events) - 2
    thresholds, *by_form, listed = (table["rows"] for table in told["tables"])
    weeks = dict(zip(("score, detect", "serve, watch"), by_form, strict=True))
    for row in thresholds:
        assert row["events"] == sum(each[row["choice"]] for each in weeks[row["used by"]])
    assert [row["week from"] for row in by_form[0]] == ["2026-04-12", "2026-04-19", "2026-04-26", "2026-05-03"]
    assert len(listed) == found_of["live", "new"]["n_events"]
    assert {"begins", "tier", "peaks"} <= listed[0].keys()
    assert f"on this data it raises {len(listed)} event" in ended.err


@pytest.mark.parametrize(("option", "form"), [("--live", "live"), ("--batch", "batch")])
def test_what_a_stream_raises_is_what_serve_opens(model, offbeat, work, week, option, form):
    ended = offbeat("threshold", model, "--data", "week.csv", "--alarms-per-week", "4", option, "--json", "t.json")
    assert ended.code == 0, ended.err
    told = json.loads((work / "t.json").read_text(encoding="utf-8"))
    assert {each["form"] for each in told["choices"]} == {form}
    if form == "live":
        online = OnlineDetector(load(model).set_threshold(Budget(4)))
        known = set()
        for value in week["load"]:
            online.score_one(value)
            known |= {online.known_at} - {None}
        new = next(each["data"] for each in told["choices"] if each["choice"] == "new")
        # What was flagged before the part that counts may go on into it.
        found = [each["known_at"] for each in new["events"]]
        assert [at for at in found if at > 2100] == sorted(at for at in known if at > 2100) != []


def test_a_value_by_hand_says_what_it_is_worth_in_both_forms(model, offbeat):
    ended = offbeat("threshold", model, "--threshold", "fixed", "--threshold-set", "value=2")
    assert ended.code == 0, ended.err
    detector = load(model).set_threshold(Fixed(2.0))
    for one in (detector, detector.live()):
        assert one.threshold_.achieved_words() in ended.err


def test_models_by_key_have_a_row_each(offbeat, work, week):
    (work / "hosts").mkdir()
    for name, part in {"a": week[:1500], "b": week[1500:]}.items():
        part[["when", "load"]].to_csv(work / "hosts" / f"{name}.csv", index=False)
    one_at_a_time = ("--workers", "1")
    fit = ("fit", "hosts", "-d", "pca", "--set", "window=24", "--each", "--out", "each", *one_at_a_time)
    assert offbeat(*fit).code == 0
    ended = offbeat(
        "threshold", "each", "--data", "hosts", "--alarms-per-week", "3", *one_at_a_time, "--json", "t.json"
    )
    assert ended.code == 0, ended.err
    rows = rows_of(work / "t.json")
    assert [row["key"] for row in rows] == ["a", "b"]
    for row in rows:
        live = load(work / "each" / row["key"]).live()
        assert row["now"] == pytest.approx(live.threshold_.value_, rel=1e-3)
        assert row["new"] == pytest.approx(live.set_threshold(Budget(3)).threshold_.value_, rel=1e-3)
        assert row["events now"] <= row["events new"]
    said = sum(row["events new"] for row in rows)
    assert f"{said} by the new threshold" in ended.out
    assert "each is as it was" in ended.err
    assert offbeat("threshold", "each", "--alarms-per-week", "3", "--write", *one_at_a_time).code == 0
    assert [load(work / "each" / key).threshold_.alarms for key in "ab"] == [3, 3]
    rare = ("--threshold", "conformal", "--threshold-set", "false_alarms=1e-9", "--json", "rare.json")
    ended = offbeat("threshold", "each", *rare, "--out", "c", *one_at_a_time)
    assert ended.code == 0, ended.err
    assert [load(work / "c" / key).threshold_.value_ for key in "ab"] == [np.inf, np.inf]


def test_the_name_of_a_file_says_which_of_the_models_by_key_it_is_for(offbeat, work, week):
    (work / "hosts").mkdir()
    for name in "ab":
        week[["when", "load"]][:1500].to_csv(work / "hosts" / f"{name}.csv", index=False)
    fit = ("fit", "hosts", "-d", "pca", "--set", "window=24", "--each", "--out", "each", "--workers", "1")
    assert offbeat(*fit).code == 0
    for command in (("detect", "hosts/a.csv", "--model", "each"), ("threshold", "each", "--data", "hosts/a.csv")):
        ended = offbeat(*command)
        assert (ended.code, "the model of a in each" in ended.err) == (0, True), ended.err
    asked = ("threshold", "each", "--data", "hosts/a.csv", "--alarms-per-week", "3", "--write")
    assert offbeat(*asked).code == 0
    assert [load(work / "each" / key).threshold_.alarms for key in "ab"] == [3, 1]
    ended = offbeat("detect", "week.csv", "--model", "each")
    assert ended.code == 1


def test_how_sure_a_rate_is_is_said_with_the_length_of_the_normal_data(model, offbeat, work, week):
    (caution,) = [
        line for line in offbeat("threshold", model, "--alarms-per-week", "2").err.splitlines() if "95%" in line
    ]
    rule = load(model).set_threshold(Budget(2)).threshold_
    low, high = rule.alarm_interval()
    assert f"41.5 days of normal data with {rule.n_alarms_} alarms: {low:.2g} to {high:.2g} alarms a week" in caution
    week[2400:2496].to_csv("short.csv", index=False)
    ended = offbeat("threshold", model, "--data", "short.csv")
    assert ended.code == 0, ended.err
    assert "extrapolated" in ended.err


def test_a_picture_shows_what_each_threshold_raised(model, offbeat, work):
    ended = offbeat("threshold", model, "--data", "week.csv", "--alarms-per-week", "4", "--plot", "t.svg")
    assert ended.code == 0, ended.err
    drawn = (work / "t.svg").read_text(encoding="utf-8")
    assert all(f">{name}: " in drawn for name in ("now", "new", "half", "twice"))
    assert "labelled window" in drawn


def test_series_are_counted_by_their_class(offbeat, work):
    asked = ("threshold", "both-model", "--data", "both.csv", "--normal", "ok", "--json", "t.json", "--plot", "t.png")
    ended = offbeat(*asked)
    assert ended.code == 0, ended.err
    rows = rows_of(work / "t.json")
    assert [row["aims at"] for row in rows] == [f"{percent}% of normal series" for percent in (5, 2.5, 10)]
    assert all(row["anomalies flagged"].split(" of ")[0] <= row["anomalies flagged"].split(" of ")[1] for row in rows)
    rates = {row["aims at"]: row["false-alarm rate"] for row in rows}
    assert rates["2.5% of normal series"] <= rates["10% of normal series"]


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (("--out", "copy"), 2, "nothing to write"),
        (("--write", "--data", "both.csv"), 2, "nothing to write"),
        (("--threshold", "sigma", "--write", "--out", "copy"), 2, "leave one out"),
        (("--read", "gaps=nan"), 2, "--data"),
        (("--alarms-per-week", "1"), 2, "no clock"),
        (("--step", "60"), 2, "--alarms-per-week"),
        (("--plot", "t.png"), 2, "--data"),
        (("--plot", "t.jpg", "--data", "both.csv"), 2, ".svg"),
        (("--by", "host"), 2, "--data"),
        (("--workers", "2"), 2, "--workers"),
        (("--threshold", "sigma", "--data", "no-such.csv"), 1, "no-such.csv"),
        (("--threshold", "sigma", "--json", "both.csv", "--data", "both.csv"), 1, "both.csv"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_written(offbeat, listing, options, code, word):
    before = listing()
    ended = offbeat("threshold", "both-model", *options)
    assert (ended.code, word in ended.err) == (code, True), ended.err
    assert listing() == before


def test_a_model_without_a_clock_asks_for_the_time_of_a_step(offbeat, work):
    values = np.sin(np.arange(900) / 5) + 0.1 * np.random.default_rng(0).normal(size=900)
    np.save(work / "bare.npy", values)
    fit = ("fit", "bare.npy", "--kind", "recording", "-d", "pca", "--set", "window=20", "--out", "bare")
    assert "taken for a minute" in offbeat(*fit).err
    asked = ("threshold", "bare", "--alarms-per-week", "50")
    ended = offbeat(*asked, "--data", "bare.npy", "--kind", "recording")
    assert (ended.code, "--step" in ended.err) == (2, True), ended.err
    said = offbeat(*asked, "--step", "100", "--out", "said")
    assert said.code == 0, said.err
    data = ("--data", "bare.npy", "--kind", "recording", "--read", "sampling_rate=0.01")
    assert offbeat(*asked, *data, "--out", "by-data").code == 0
    assert {load(work / name).threshold_.step_ for name in ("said", "by-data")} == {100.0}
    ended = offbeat(*fit, "--read", "sampling_rate=0.01")
    assert (ended.code, "taken for a minute" in ended.err) == (0, False), ended.err
    assert load(work / "bare").threshold_.step_ == pytest.approx(100.0)
    assert offbeat(*asked).code == 0
