"""The command says how it read a file, and what that means for learning and evaluating."""

import json

import numpy as np
import pandas as pd
import pytest

TIMES = pd.date_range("2024-10-26", periods=400, freq="15min", tz="Europe/Berlin")
ODD = (np.abs(np.arange(400) - 350) < 3).astype(int)
WAVE = np.sin(np.arange(400) / 8) + 0.05 * np.random.default_rng(0).normal(size=400) + 4 * ODD
PCA = ("-d", "pca", "--set", "window=16")


@pytest.fixture
def wave(work):
    """A recording with offsets in its times, and labels in words."""
    frame = pd.DataFrame({"time": [time.isoformat() for time in TIMES], "load": WAVE.round(3)})
    frame.assign(state=np.where(ODD, "bad", "fine")).to_csv(work / "words.csv", index=False)
    frame.assign(label=ODD, changepoint=np.roll(ODD, 3)).to_csv(work / "labelled.csv", index=False)
    frame.assign(valve="").to_csv(work / "valve.csv", index=False)
    pd.DataFrame({"cpu": WAVE, "mem": -WAVE}).round(3).to_csv(work / "named.csv", index=False)
    return work


def test_labels_of_a_recording_are_told_once_and_truly(wave, offbeat):
    ended = offbeat("fit", "labelled.csv", *PCA, "--out", "x")
    assert ended.err.count("read as the labels") == 1
    assert "without the 5 time steps that its labels call anomalous" in ended.err
    assert "taken for normal" not in ended.err
    assert "--label changepoint" in ended.err
    begun = offbeat("fit", "labelled.csv", *PCA, "--until", "0.5", "--out", "y")
    assert "without" not in begun.err
    judged = offbeat("evaluate", "labelled.csv", "-m", "y", "--no-baselines", "--json", "e.json")
    assert judged.code == 0
    assert "1 of 1" in (wave / "e.json").read_text()


def test_labels_in_words_have_a_normal_one(wave, offbeat):
    ended = offbeat("fit", "words.csv", "--label", "state", *PCA, "--out", "x")
    assert (ended.code, "--normal" in ended.err) == (1, True)
    assert (
        "without the 5 time steps"
        in offbeat("fit", "words.csv", "--label", "state", "--normal", "fine", *PCA, "--out", "x").err
    )
    assert offbeat("fit", "named.csv", "--normal", "fine", *PCA, "--out", "x").code == 2


def test_an_empty_column_is_named_and_left_out(wave, offbeat):
    ended = offbeat("fit", "valve.csv", *PCA, "--out", "x")
    assert (ended.code, "no value: valve" in ended.err) == (0, True)


def test_what_may_be_read_otherwise_is_told_with_the_option(wave, offbeat):
    assert "--kind collection" in offbeat("data", "show", "named.csv").err
    (wave / "bare.csv").write_text("".join(f"{x:.3f},{-x:.3f}\n" for x in WAVE))
    assert "read as 400 series of 2 time steps; --kind recording" in offbeat("data", "show", "bare.csv").err


def test_scores_and_events_carry_the_offsets_of_the_file(wave, offbeat):
    offbeat("fit", "valve.csv", *PCA, "--until", "0.5", "--out", "m")
    offbeat("score", "valve.csv", "-m", "m", "--out", "s.csv")
    times = pd.read_csv(wave / "s.csv")["time"]
    assert [pd.Timestamp(time).isoformat() for time in times] == [time.isoformat() for time in TIMES]
    offbeat("detect", "valve.csv", "-m", "m", "--out", "e.json")
    events = json.loads((wave / "e.json").read_text())
    assert {event["start_time"] for event in events} <= {time.isoformat() for time in TIMES}
    offbeat("score", "valve.csv", "-m", "m", "--out", "s.parquet")
    assert (pd.to_datetime(pd.read_parquet(wave / "s.parquet")["time"], utc=True) == TIMES).all()


def test_a_file_is_shown_with_its_columns_and_a_picture(wave, offbeat):
    ended = offbeat("data", "show", "labelled.csv", "--plot", "p.png", "--json", "s.json")
    assert ended.code == 0
    shown = json.loads((wave / "s.json").read_text())
    roles = {row["column"]: row["read as"] for row in shown["columns"]}
    assert (roles["time"], roles["label"], roles["load"]) == ("time", "labels", "channel")
    assert roles["changepoint"].startswith("left out")
    assert (shown["time zone"], shown["usual step"], shown["gaps"]) == ("+02:00 and +01:00", "00:15:00", "none")
    assert (wave / "p.png").read_bytes().startswith(b"\x89PNG")
    assert offbeat("data", "show", "labelled.csv", "--plot", "p.gif").code == 2


def test_a_collection_is_shown_with_its_classes(wave, offbeat):
    ended = offbeat("data", "show", "both.csv", "--plot", "p.svg")
    assert "320 x 1 x 20" in ended.out
    assert (ended.code, (wave / "p.svg").exists()) == (0, True)


def test_many_series_are_shown_by_key(wave, offbeat):
    long = pd.DataFrame(
        {"host": ["a", "b"] * 200, "time": np.repeat(TIMES[:200].astype(str), 2), "load": WAVE.round(3)}
    )
    long.to_csv(wave / "long.csv", index=False)
    assert "--by host" in offbeat("data", "show", "long.csv").err
    assert offbeat("data", "show", "long.csv", "--by", "host", "--json", "shown.json").code == 0
    shown = json.loads((wave / "shown.json").read_text())
    assert [[row["key"], row["time steps"]] for row in shown["rows"]] == [["a", 200], ["b", 200]]
    assert offbeat("data", "show", "long.csv", "--by", "host", "--plot", "x.png").code == 2


def test_the_format_of_times_can_be_stated_wherever_data_is_read(wave, offbeat):
    days = pd.date_range("2024-01-01", periods=300, freq="h").strftime("%Hh %d~%m~%Y")
    pd.DataFrame({"when": days, "load": WAVE[:300]}).to_csv(wave / "odd.csv", index=False)
    assert "--time-format" in offbeat("fit", "odd.csv", "--time", "when", *PCA, "--out", "m").err
    stated = ("--time", "when", "--time-format", "%Hh %d~%m~%Y")
    assert offbeat("fit", "odd.csv", *stated, *PCA, "--out", "m").code == 0
    for command in ("score", "detect", "data show", "threshold m --data"):
        words = [*command.split(), "odd.csv", *stated]
        words += ["-m", "m"] if command in ("score", "detect") else []
        assert offbeat(*words).code == 0, command
