"""What the README tells people to type works."""

import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest

import offbeat
from ecg_signals import RATE, ecg
from offbeat.cli.main import main
from offbeat.data.synthetic import server_metrics
from offbeat.metrics import event_overlap, labels_to_windows

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.S | re.M)
    return [text for name, text in fenced if name == language]


def commands():
    lines = [line.split("#")[0].strip() for block in blocks("") for line in block.splitlines()]
    return [line for line in lines if line.startswith("offbeat ")]


def test_the_template_of_a_detector_keeps_every_promise():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (template,) = re.findall(r"^```python\n(.*?)^```$", text, flags=re.S | re.M)
    body = template.partition("class ")[2].partition("\n\n\n")[0]
    assert len([line for line in body.splitlines() if line.strip()]) <= 30
    exec(compile(template, "CONTRIBUTING.md", "exec"), {"__name__": "template"})


def test_the_citation_names_this_version():
    assert f"version: {offbeat.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_python_example_runs(capsys):
    example, *_ = blocks("python")
    exec(compile(example, "README.md", "exec"), {})
    caught, worst = capsys.readouterr().out.splitlines()
    assert int(re.search(r"caught: (\d+)%", caught)[1]) > 60
    assert worst.startswith("alarm in series")


def test_the_example_of_a_recording_runs(capsys):
    _, example, *_ = blocks("python")
    seen = {}
    exec(compile(example, "README.md", "exec"), seen)
    aim, *events, score = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"1 alarm a week by \d+ independent windows", aim)
    assert any("alarm" in event for event in events)
    assert np.isfinite(float(score))
    known = labels_to_windows(seen["recording"].labels)
    found = event_overlap(seen["detector"].detect(seen["recording"], merge_gap=6, min_length=2), known)
    assert found.n_hit >= 2


def test_the_example_of_a_record_runs(tmp_path, monkeypatch, capsys):
    write_record(tmp_path / "records" / "200")
    monkeypatch.chdir(tmp_path)
    (example,) = (block for block in blocks("python") if "classify_record" in block)
    seen = {}
    exec(compile(example, "README.md", "exec"), seen)
    # Of 15, one is the last beat of the record.
    assert seen["beats"].counts()["V"] in (14, 15)
    assert f"'V': {seen['beats'].counts()['V']}" in capsys.readouterr().out


def test_the_example_of_a_classifier_runs(capsys):
    *_, example = blocks("python")
    exec(compile(example, "README.md", "exec"), {})
    assert int(re.search(r"right: (\d+)%", capsys.readouterr().out)[1]) > 80


def test_the_two_commands_are_targets():
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    (first,) = (block for block in blocks("") if "make demo" in block)
    for line in first.splitlines():
        assert re.search(rf"^{line.split()[1]}:", targets, flags=re.M), line


def write_record(path):
    """Write an artificial ECG as a WFDB record of one lead, 16 bits a sample."""
    signal, _, _ = ecg(150)
    path.parent.mkdir()
    path.with_suffix(".dat").write_bytes(np.round(signal * 200).astype("<i2").tobytes())
    signal_line = f"{path.name}.dat 16 200(0)/mV 12 0 0 0 0 MLII"
    path.with_suffix(".hea").write_text(f"{path.name} 1 {RATE:g} {len(signal)}\n{signal_line}\n")


def test_the_commands_run(tmp_path, monkeypatch):
    """In their order, in one folder; the data and the training made small, so that it takes seconds."""
    shown = {"reproduce", "bench", "review", "adapt", "serve"}  # these run too long, or until they are ended
    monkeypatch.chdir(tmp_path)
    np.savetxt("new.csv", np.random.default_rng(0).normal(size=(8, 140)), delimiter=",")
    write_record(tmp_path / "records" / "200")
    (tmp_path / "hosts").mkdir()
    for seed in range(3):
        server_metrics(500, seed=seed).to_frame().to_csv(f"hosts/web{seed}.csv")
    seen = []
    for line in commands():
        words = shlex.split(line)
        if words[1] in shown or {"models/200", "mine/", "models/mine"} & set(words):
            words = [*words, "--help"]
        if words[1] == "fit" and "lstm-autoencoder" in words:
            words += ["--train", "epochs=1", "--set", "hidden_sizes=(8,)", "--set", "code_size=4"]
        words = ["synthetic-heartbeats" if word == "ecg5000" and words[1] != "reproduce" else word for word in words]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code in (0, None), line
        seen.append(words[1])
    assert {
        "fit",
        "threshold",
        "score",
        "detect",
        "evaluate",
        "report",
        "reproduce",
        "data",
        "bench",
        "classify",
        "review",
        "adapt",
        "export",
        "serve",
    } <= set(seen)
    made = ("models/ecg/config.json", "scores.csv", "report.html", "events.csv", "metrics.html")
    for name in (*made, "portable/ecg/score.onnx", "records/200.ofb", "200.html", "beats.csv"):
        assert (tmp_path / name).is_file(), name


def test_the_examples_of_the_page_on_thresholds_run(capsys):
    page = (ROOT / "docs" / "thresholds.md").read_text(encoding="utf-8")
    chosen, previewed = re.findall(r"^```python\n(.*?)^```$", page, flags=re.S | re.M)
    seen = {}
    exec(compile(chosen, "thresholds.md", "exec"), seen)
    assert capsys.readouterr().out.startswith("1 alarm a week by ")
    assert seen["detector"].threshold_.aim == "1 alarm a day"
    exec(compile(previewed, "thresholds.md", "exec"), seen)
    lines = capsys.readouterr().out.splitlines()
    rates = [float(re.search(r"([\d.]+) a week", line)[1]) for line in lines[::2]]
    assert len(lines) == 6
    assert rates == sorted(rates)


def test_the_page_on_thresholds_names_every_rule():
    page = (ROOT / "docs" / "thresholds.md").read_text(encoding="utf-8")
    rules = [name for name in offbeat.thresholds.__all__ if getattr(getattr(offbeat.thresholds, name), "name", "")]
    assert len(rules) == len(offbeat.thresholds.threshold_names())
    for name in rules:
        assert f"`{name}(" in page, name


def test_links_and_pictures_exist():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if "://" not in target:
            assert (ROOT / target).exists(), target
