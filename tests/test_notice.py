"""Who needs the notice that this is no medical device, and that it stands there: over all data sets and pages."""

import ast
import json
import re
from pathlib import Path

import numpy as np
import pytest

import offbeat
from offbeat import Collection, PCADetector, Recording
from offbeat.app.pages.base import ResultPage
from offbeat.data import find, join, names, normal_split
from offbeat.data.catalogue.catalog import domain_of_file
from offbeat.data.synthetic import heartbeats, server_metrics, voltage_curves
from offbeat.errors import ModelError, ParameterError
from offbeat.words import NOTICE, notice_for

SOURCES = sorted(Path(offbeat.__file__).parent.rglob("*.py"))
A_BODY = re.compile(
    r"ecg|heart|mit-bih|mitbih|apnea|ltstdb|s20101m|qtdb|bidmc|bleeding|charis|gait|walking|gp711", flags=re.I
)


def subclasses(cls):
    found = cls.__subclasses__()
    return {*found, *(deeper for one in found for deeper in subclasses(one))}


# Who needs it


@pytest.mark.parametrize("name", names())
def test_every_data_set_says_whether_it_is_about_a_body(name):
    entry = find(name)
    known = A_BODY.search(f"{name} {entry.title}")
    assert bool(notice_for(entry.domain)) == bool(known), entry.title


@pytest.mark.parametrize(
    "name", ["synthetic-heartbeats", "synthetic-curves", "synthetic-metrics", "ucr/119", "ecg5000"]
)
def test_what_is_loaded_says_it_too(name, data_dir):
    assert find(name).load(data_dir, download=False).domain == find(name).domain


def test_a_file_is_known_by_its_name():
    assert domain_of_file("anywhere/119_UCR_Anomaly_ECG1_10000_11800_12100.txt") == "ecg"
    assert domain_of_file("mitbih_train_sample.csv") == "ecg"
    assert domain_of_file("TravelTime_451.csv") == domain_of_file("mine.csv") == ""


@pytest.mark.parametrize(
    ("file", "channel", "domain"),
    [
        ("patient.csv", "MLII", "ecg"),
        ("patient.csv", "ECG1 (mV)", "ecg"),
        ("patient.csv", "aVR", "ecg"),
        ("my-ekg.csv", "value", "ecg"),
        ("ECGFiveDays_TRAIN.csv", "value", "ecg"),
        ("pump.csv", "V1", ""),
        ("load.csv", "mlops", ""),
    ],
)
def test_a_file_of_ones_own_is_known_by_its_names(tmp_path, file, channel, domain):
    path = tmp_path / file
    path.write_text(f"{channel}\n" + "".join(f"{i % 7}.5\n" for i in range(600)))
    for found in (offbeat.data.read(path, kind="recording"), offbeat.data.load(path, kind="recording")):
        assert found.domain == domain
    assert PCADetector(window=5).fit(found).domain_ == domain


def test_parts_and_joins_keep_what_they_are_about():
    beats = heartbeats({"1": 30, "2": 3})
    assert {part.domain for part in (beats[:3], beats.where("2"), join([beats, beats]))} == {"ecg"}
    assert normal_split(beats, "1").train.domain == "ecg"
    pulse = Recording(np.zeros(9), domain="physiology", train_end=4)
    assert {part.domain for part in (*pulse.split(), pulse[2:], pulse.select(["ch0"]))} == {"physiology"}


def test_nothing_else_can_be_said():
    with pytest.raises(ParameterError, match="got 'ECG'"):
        Collection(np.zeros((2, 9)), domain="ECG")
    with pytest.raises(ParameterError, match="a domain is one of"):
        Recording(np.zeros(9), domain="heart")


def test_a_model_remembers_what_it_learned_from(tmp_path):
    folder = PCADetector().fit(heartbeats({"1": 200})).save(tmp_path / "model")
    assert offbeat.load(folder).domain_ == "ecg"
    assert PCADetector().fit(voltage_curves(200, 0, 0).values).domain_ == ""
    config = json.loads((folder / "config.json").read_text())
    for domain, expected in ((None, ""), ("physiology", "physiology")):
        (folder / "config.json").write_text(json.dumps({**config, "domain": domain} if domain else _without(config)))
        assert offbeat.load(folder).domain_ == expected
    (folder / "config.json").write_text(json.dumps({**config, "domain": "magic"}))
    with pytest.raises(ModelError, match="magic"):
        offbeat.load(folder)


def _without(config):
    """Return the configuration as it was before models knew."""
    return {name: value for name, value in config.items() if name != "domain"}


# That it stands there


def test_the_sentence_stands_once_in_the_code():
    assert [path.name for path in SOURCES if NOTICE in path.read_text(encoding="utf-8")] == ["words.py"]


def test_every_page_is_written_by_the_base():
    from offbeat.app.pages import record  # noqa: F401
    from offbeat.bench import recipes  # noqa: F401  # so that all are known

    assert {cls.__name__ for cls in subclasses(ResultPage)} >= {"SeriesResults", "RecordingResults", "RecordResults"}
    for cls in subclasses(ResultPage):
        assert cls.write_page is ResultPage.write_page, cls
    importing = [path.name for path in SOURCES if _imports(path, "write_page")]
    assert sorted(importing) == ["__init__.py", "base.py"]  # the first is that of offbeat.report


def _imports(path, name):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(
        name in [alias.name for alias in node.names] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
    )


class Page(ResultPage):
    """As small as a page can be."""

    def __init__(self, domain):
        self._domain = domain

    @property
    def domain(self):
        return self._domain

    def summary(self):
        return ["Nothing."]

    def _heading(self):
        return "A page"

    def _sections(self, pick):
        return []

    def _facts(self):
        return []


@pytest.mark.parametrize(("domain", "expected"), [("", 0), ("ecg", 1), ("physiology", 1)])
def test_the_base_puts_it_on_the_page(domain, expected, tmp_path):
    page = Page(domain).write_page(tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count(NOTICE) == expected


def test_data_or_model_are_enough():
    from offbeat.app.pages.recording import RecordingResults
    from offbeat.app.recording_runs import RecordingPart

    load = server_metrics()
    pulse = Recording(load.values, labels=load.labels, domain="physiology")
    for recording, learned, expected in ((load, load, ""), (pulse, load, NOTICE), (load, pulse, NOTICE)):
        run = RecordingPart(recording, 1600).evaluate(PCADetector(window=12).fit(learned[:1600]))
        results = RecordingResults("Load", recording, [run])
        assert results.notice == results.to_dict()["notice"] == expected
