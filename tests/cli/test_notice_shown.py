"""Whatever shows results about a body says that this is no medical device, and nothing else does."""

import json

import numpy as np
import pytest

from ecg_signals import RATE, ecg
from offbeat import PCADetector, Recording
from offbeat.data.synthetic import heartbeats
from offbeat.words import NOTICE

BEATS, PULSE = ("--model", "beats-model"), ("--model", "pulse-model")


@pytest.fixture
def body(work):
    """Two models that learned from bodies, and data of which nothing says what it is about."""
    beats = heartbeats({"1": 240, "2": 12})
    PCADetector().fit(beats.where("1")[:200]).save(work / "beats-model")
    np.savez(work / "beats.npz", X=beats.values, y=beats.labels)
    pulse = np.sin(np.arange(900) / 6) + 0.1 * np.random.default_rng(0).normal(size=900)
    PCADetector(window=12).fit(Recording(pulse[:600], channels=["value"], domain="physiology")).save(
        work / "pulse-model"
    )
    (work / "pulse.csv").write_text("value\n" + "\n".join(map(str, pulse)) + "\n")
    np.savetxt(work / "lead.csv", ecg(60)[0], header="MLII", comments="")
    return work


@pytest.mark.parametrize(
    "line",
    [
        ("fit", "synthetic-heartbeats", "-d", "pca", "--out", "made"),
        ("score", "beats.npz", *BEATS),
        ("score", "pulse.csv", *PULSE, "--json", "shown.json"),
        ("detect", "beats.npz", *BEATS),
        ("detect", "pulse.csv", *PULSE, "--json", "shown.json"),
        ("evaluate", "beats.npz", *BEATS, "--normal", "1", "--no-baselines", "--json", "shown.json"),
        ("report", "beats.npz", *BEATS, "--normal", "1", "--no-baselines", "--out", "page.html"),
        (
            "report",
            "pulse.csv",
            *PULSE,
            "--until",
            "0.7",
            "--no-baselines",
            "--out",
            "page.html",
            "--json",
            "shown.json",
        ),
        ("score", "lead.csv", "--kind", "beats", "--read", f"sampling_rate={RATE}", "--model", "lead-model"),
        ("classify", "lead.csv", "--sampling-rate", str(RATE), "--report", "page.html"),
        ("data", "show", "synthetic-heartbeats", "--json", "shown.json"),
    ],
    ids=lambda line: " ".join(line[:2]),
)
def test_results_about_a_body_carry_the_notice(line, body, offbeat):
    if "lead-model" in line:
        assert offbeat("fit", *line[1:6], "-d", "pca", "--out", "lead-model").code == 0
    ended = offbeat(*line)
    assert ended.code == 0, ended.err
    assert (ended.out + ended.err).count(NOTICE) == 1
    if "page.html" in line:
        assert NOTICE in (body / "page.html").read_text(encoding="utf-8")
    if "shown.json" in line:
        assert json.loads((body / "shown.json").read_text())["notice"] == NOTICE


@pytest.mark.parametrize("line", [("score", "new.csv"), ("detect", "new.csv")], ids=lambda line: line[0])
def test_other_results_do_not(line, work, offbeat):
    ended = offbeat(*line, "--model", "both-model", "--json", "shown.json")
    assert "medical" not in ended.out + ended.err
    assert json.loads((work / "shown.json").read_text())["notice"] == ""


@pytest.mark.parametrize("command", ["classify", "review", "adapt"])
def test_the_help_of_commands_for_records_says_it(offbeat, command):
    assert NOTICE in " ".join(offbeat(command, "--help").out.split())
