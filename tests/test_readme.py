"""What the README and the pages tell people to type works."""

import re
import sys

import numpy as np
import pytest

import offbeat
from ecg_signals import RATE, ecg
from offbeat import parallel
from offbeat.cli.main import main
from offbeat.data.synthetic import server_metrics
from offbeat.metrics import event_overlap, labels_to_windows
from pages import NAMES, ROOT, blocks, commands, prose, read
from website.command_pages import commands as known_commands

# The pages whose Python is run from top to bottom, and what it prints.
PYTHON_OF = {
    "README.md": ("caught: ", "start_time"),
    "docs/alerts.md": (),
    "docs/benchmarks.md": ("event_f1",),
    "docs/explanation/baselines.md": ("event_f1",),
    "docs/explanation/live.md": ("live 0.",),
    "docs/explanation/windows.md": ("by the period: ",),
    "docs/how-to/tables.md": ("timestamp",),
    "docs/plugins.md": (),
    "docs/start/frame.md": ("1 alarm a week by ", "6 events"),
    "docs/start/hosts.md": (),
    "docs/start/notebooks.md": ("caught ", "AUROC "),
}
SLOW_PYTHON_OF = {
    "docs/onnx.md": (),
    "docs/own-network.md": (),
    "docs/panels.md": (),
    "docs/start/holter.md": ("'V': ",),
    "docs/tuning.md": ("is kept", "chosen"),
}
# Those with tests of their own below or elsewhere, and one that needs a file larger than memory.
OTHER_PYTHON_OF = {
    "CONTRIBUTING.md",
    "README.es.md",
    "docs/how-to/ecg.md",
    "docs/how-to/recordings.md",
    "docs/large.md",
    "docs/thresholds.md",
}
# The pages whose commands are run, and the commands that would run too long, or until they are ended.
COMMANDS_OF = ("README.md", "docs/how-to/command-line.md", "docs/how-to/ecg.md", "docs/start/hosts.md")
SHOWN = {"reproduce", "bench", "review", "adapt", "serve", "watch"}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """What the commands of the pages begin with."""
    monkeypatch.chdir(tmp_path)
    np.savetxt("new.csv", np.random.default_rng(0).normal(size=(8, 140)), delimiter=",")
    write_record(tmp_path / "records" / "200")
    found = offbeat.classify_record("records/200").annotations()
    offbeat.write_annotations(found, "records/200.rev")  # as a review leaves them, whose command waits for a person
    write_hosts(tmp_path / "hosts")
    return tmp_path


def test_the_template_of_a_detector_keeps_every_promise():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (template,) = re.findall(r"^```python\n(.*?)^```$", text, flags=re.S | re.M)
    body = template.partition("class ")[2].partition("\n\n\n")[0]
    assert len([line for line in body.splitlines() if line.strip()]) <= 30
    exec(compile(template, "CONTRIBUTING.md", "exec"), {"__name__": "template"})


def test_no_python_of_a_page_is_forgotten():
    known = {*PYTHON_OF, *SLOW_PYTHON_OF, *OTHER_PYTHON_OF}
    assert {name for name in NAMES if blocks(name, "python")} == known


@pytest.mark.parametrize(
    ("name", "printed"),
    [*PYTHON_OF.items(), *(pytest.param(*item, marks=pytest.mark.slow) for item in SLOW_PYTHON_OF.items())],
)
@pytest.mark.usefixtures("files")
def test_the_python_of_a_page_runs_from_top_to_bottom(name, printed, capsys):
    seen = {}
    for block in blocks(name, "python"):
        exec(compile(block, name, "exec"), seen)
    out = capsys.readouterr().out
    assert [expected for expected in printed if expected not in out] == []


def test_the_first_example_of_the_readme_catches_anomalies(capsys):
    first, _ = blocks("README.md", "python")
    exec(compile(first, "README.md", "exec"), {})
    caught, false_alarms = re.findall(r"(\d+)%", capsys.readouterr().out)
    assert int(caught) > 60
    assert int(false_alarms) < 20


def test_the_example_of_a_frame_finds_what_is_labelled():
    _, second = blocks("README.md", "python")
    seen = {}
    exec(compile(second, "README.md", "exec"), seen)
    labelled = offbeat.load_data("synthetic-metrics")[1600:].labels
    found = event_overlap(seen["detector"].detect(seen["rest"]), labels_to_windows(labelled))
    assert found.n_hit == 4


def test_the_example_of_a_recording_runs(capsys):
    example, *_ = blocks("docs/how-to/recordings.md", "python")
    seen = {}
    exec(compile(example, "recordings.md", "exec"), seen)
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
    (example, _) = blocks("docs/how-to/ecg.md", "python")
    seen = {}
    exec(compile(example, "ecg.md", "exec"), seen)
    # Of 15, one is the last beat of the record.
    assert seen["beats"].counts()["V"] in (14, 15)
    assert f"'V': {seen['beats'].counts()['V']}" in capsys.readouterr().out


def test_the_example_of_a_classifier_runs(capsys):
    *_, example = blocks("docs/how-to/ecg.md", "python")
    exec(compile(example, "ecg.md", "exec"), {})
    assert int(re.search(r"right: (\d+)%", capsys.readouterr().out)[1]) > 80


def test_the_two_commands_are_targets():
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    (first,) = (block for block in blocks("README.md", "") if "make demo" in block)
    for line in first.splitlines():
        assert re.search(rf"^{line.split()[1]}:", targets, flags=re.M), line


def write_record(path):
    """Write an artificial ECG as a WFDB record of one lead, 16 bits a sample."""
    signal, _, _ = ecg(150)
    path.parent.mkdir()
    path.with_suffix(".dat").write_bytes(np.round(signal * 200).astype("<i2").tobytes())
    signal_line = f"{path.name}.dat 16 200(0)/mV 12 0 0 0 0 MLII"
    path.with_suffix(".hea").write_text(f"{path.name} 1 {RATE:g} {len(signal)}\n{signal_line}\n")


def write_hosts(folder):
    folder.mkdir()
    for seed in range(2):
        server_metrics(1000, seed=seed).to_frame()[["cpu"]].to_csv(folder / f"web{seed}.csv")


def run_small(words, monkeypatch):
    """Run a command with data and training made small, or only read its options where it would take long."""
    if words[0] in SHOWN or {"models/200", "mine/", "models/mine"} & set(words):
        return run([*words, "--help"], monkeypatch)
    if words[0] == "fit" and "lstm-autoencoder" in words:
        words = [*words, "--train", "epochs=1", "--set", "hidden_sizes=(8,)", "--set", "code_size=4"]
    return run(["synthetic-heartbeats" if word == "ecg5000" else word for word in words], monkeypatch)


def run(words, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["offbeat", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (0, None), words


def offbeat_commands():
    return [typed.split()[1] for typed in known_commands() if typed.count(" ") == 1]


def test_the_commands_of_the_readme_run(files, monkeypatch):
    # Two processes would take longer to begin than one to do it all.
    monkeypatch.setattr(parallel, "processors", lambda: 1)
    for words in commands("README.md"):
        run_small(words, monkeypatch)
    for name in ("models/hosts/config.json", "found/events.csv", "200.html", "results/records.csv"):
        assert (files / name).is_file(), name


@pytest.mark.parametrize("name", COMMANDS_OF)
def test_the_options_of_all_commands_are_known(monkeypatch, capsys, name):
    for words in commands(name):
        run([*words, "--help"], monkeypatch)
        assert "Usage:" in capsys.readouterr().out


@pytest.mark.slow
def test_the_commands_run(files, monkeypatch):
    """Those of all pages, each once and in their order, in one folder."""
    seen = {}
    for words in (words for name in COMMANDS_OF for words in commands(name)):
        if tuple(words) not in seen:
            # No output is written over, so what one page writes another may not.
            (files / "records" / "200.ofb").unlink(missing_ok=True)
            run_small(words, monkeypatch)
        seen[tuple(words)] = words[0]
    assert {"fit", "threshold", "score", "detect", "evaluate", "report", "reproduce", "data", "bench"} <= set(
        seen.values()
    )
    assert {"classify", "review", "adapt", "export", "serve", "watch", "inspect"} <= set(seen.values())
    made = ("models/ecg/config.json", "scores.csv", "report.html", "events.csv", "metrics.html", "found/index.html")
    for name in (*made, "portable/ecg/score.onnx", "200.html", "beats.csv", "found/panel.csv"):
        assert (files / name).is_file(), name


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


def test_the_readme_is_short():
    assert len(read("README.md").splitlines()) <= 150


def test_the_spanish_readme_is_in_step():
    for language in ("", "python"):
        english, spanish = blocks("README.md", language), blocks("README.es.md", language)
        assert len(english) == len(spanish)
        for one, other in zip(english, spanish, strict=True):
            assert without_remarks(one) == without_remarks(other)
    # The same sections, tables and links, but for the link that each has to the other.
    shapes = [shape_of(name) for name in ("README.md", "README.es.md")]
    assert shapes[0] == shapes[1]


def without_remarks(block):
    return [line.partition("  #")[0].rstrip() for line in block.splitlines()]


def shape_of(name):
    text = prose(name)
    targets = sorted(set(re.findall(r"\]\(([^)]+)\)", text)) - {"README.md", "README.es.md"})
    return len(re.findall(r"^## ", text, flags=re.M)), len(re.findall(r"^\|", text, flags=re.M)), targets
