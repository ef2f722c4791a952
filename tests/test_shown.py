"""What objects show of themselves in a notebook, and what they draw."""

import math
import re
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

import offbeat
from offbeat.ecg.opening import as_record
from offbeat.errors import DataError, MissingExtraError, NotFittedError, ParameterError
from offbeat.tables import Table
from offbeat.training.notebook_bar import NotebookBar
from small_trainings import config, dense, fit

NASTY = "<script>alert(1)</script>&\x1b[31m"


class Balanced(HTMLParser):
    """Collects the tags of a piece of HTML, and whether each is closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def metrics():
    return offbeat.load_data("synthetic-metrics")


@pytest.fixture(scope="module")
def beats():
    return offbeat.load_data("synthetic-heartbeats")


@pytest.fixture(scope="module")
def fitted(metrics):
    return offbeat.PCADetector(window=24).fit(metrics.split()[0])


@pytest.fixture(scope="module")
def evaluated(beats):
    detector = offbeat.PCADetector().fit(beats.where("1"))
    scores, labels = detector.decision_function(beats), (beats.labels != "1").astype(int)
    threshold = detector.threshold_.value_
    return offbeat.evaluate("pca", labels, scores, threshold=threshold, classes=beats.labels, n_bootstrap=0)


@pytest.fixture(scope="module")
def strip():
    return offbeat.Recording(np.zeros(5000), sampling_rate=250.0, channels=["II"], name="strip", domain="ecg")


@pytest.fixture(scope="module")
def objects(metrics, beats, fitted, evaluated, strip):
    return {
        "recording": metrics,
        "collection": beats,
        "panel": offbeat.Panel({"web1": metrics, NASTY: metrics}),
        "unfitted": offbeat.PCADetector(),
        "detector": fitted,
        "events": fitted.detect(metrics),
        "evaluation": evaluated,
        "beats": offbeat.find_beats(strip),
        "classified": offbeat.classify_record(strip),
        "record": as_record(strip),
        "split": offbeat.normal_split(beats, "1"),
        "table": Table(NASTY, [NASTY], [[NASTY], [math.nan]], note=NASTY),
    }


KINDS = [
    *("recording", "collection", "panel", "unfitted", "detector", "events"),
    *("evaluation", "beats", "classified", "record", "split", "table"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_each_object_is_a_table_of_plain_html(objects, kind):
    shown = objects[kind]._repr_html_()
    page = Balanced(shown)
    assert not page.open
    assert "table" in page.seen
    assert "script" not in page.seen
    assert not re.search(r"[\x00-\x1f]|http|class=| 0x[0-9a-f]{6}", shown)


def test_an_empty_list_of_events_says_so():
    assert "0 events" in offbeat.Events()._repr_html_()


def test_a_detector_shows_its_own_tables_where_notebooks_would_take_those_of_scikit_learn(fitted):
    assert fitted._repr_mimebundle_(include=None, exclude=None)["text/html"] == fitted._repr_html_()


def test_results_on_hearts_carry_the_notice(objects):
    for kind in ("collection", "beats", "classified", "record"):
        assert "not a medical device" in objects[kind]._repr_html_()
    assert "medical" not in objects["recording"]._repr_html_()


def test_many_events_are_cut_to_the_worst_in_their_order(fitted):
    many = offbeat.Events(offbeat.Event(start=n, end=n + 1, peak=n, score=float(n)) for n in range(50))
    shown = many._repr_html_()
    places = [int(place) for place in re.findall(r"<tr><td[^>]*>(\d+)</td>", shown)]
    assert places == list(range(30, 50))
    assert "30 more" in shown


def test_events_are_a_list(metrics, fitted):
    found = fitted.detect(metrics)
    assert isinstance(found, list)
    assert found == list(found)
    assert isinstance(found[:2], offbeat.Events)
    assert found.to_frame().equals(offbeat.events_to_frame(list(found)))


def test_a_table_becomes_a_frame_with_its_numbers_unrounded():
    frame = Table("Scores", ["detector", "AUROC"], [["pca", 0.98756], ["knn", None]], note="Read me.").to_frame()
    assert frame["AUROC"].iloc[0] == 0.98756
    assert frame["AUROC"].isna().tolist() == [False, True]
    assert frame.attrs == {"title": "Scores", "note": "Read me."}


@pytest.mark.parametrize("kind", ["recording", "collection", "panel", "evaluation", "classified"])
def test_an_object_draws_itself_as_a_picture_that_a_notebook_shows(objects, kind):
    assert objects[kind].plot()._repr_png_().startswith(b"\x89PNG")


def test_a_detector_draws_what_it_makes_of_data(metrics, beats, fitted):
    lanes, values, scores = fitted.plot(metrics).axes
    assert (lanes.get_ylabel(), values.get_ylabel(), scores.get_ylabel()) == ("", "cpu", "score (log)")
    assert fitted.plot(metrics, interactive=True).to_dict()["data"]
    series = offbeat.PCADetector().fit(beats.where("1"))
    assert "PVC" in " ".join(tick.get_text() for tick in series.plot(beats).axes[0].get_yticklabels())
    assert series.plot(beats.values).axes
    with pytest.raises(ParameterError, match="interactive"):
        series.plot(beats, interactive=True)


def test_events_are_drawn_with_their_surroundings(metrics, fitted):
    found, scores = fitted.detect(metrics), fitted.decision_function(metrics)
    assert len(found[:1].plot(metrics, scores).axes) < len(found.plot(metrics, scores).axes)


def test_a_detector_is_evaluated_on_series_that_it_has_not_seen(beats):
    split = offbeat.normal_split(beats, "1")
    detector = offbeat.PCADetector().fit(split.train, validation=split.validation)
    found = detector.evaluate(beats, "1", n_bootstrap=0)
    assert (found.n_normal, found.n_anomalies) == (len(split.test_rows), len(split.anomaly_rows))
    assert found.auroc.value == detector.evaluate(split.evaluation, "1", n_bootstrap=0).auroc.value
    with pytest.raises(DataError, match="labels"):
        detector.evaluate(offbeat.Collection(beats.values), "1")
    with pytest.raises(NotFittedError):
        offbeat.PCADetector().evaluate(beats, "1")


def test_an_interactive_recording_needs_scores(metrics):
    with pytest.raises(ParameterError, match="scores"):
        metrics.plot(interactive=True)


def test_without_the_extra_a_plot_names_it(metrics, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.style", None)  # which Python takes for not installed
    with pytest.raises(MissingExtraError, match=r"offbeat\[report\]"):
        metrics.plot()


class Kernel:
    """Stands for the shell of a notebook."""

    kernel = object()


def test_a_training_in_a_notebook_shows_one_line_that_moves(monkeypatch):
    display = pytest.importorskip("IPython.display")
    shown = []

    class Handle:
        def update(self, line):
            shown.append(line)

    monkeypatch.setattr(display, "display", lambda line, display_id: [shown.append(line), Handle()][1])
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", Kernel)
    history = fit(dense(), config(epochs=3, progress=None))
    assert [repr(line)[:9] for line in shown] == [f"epoch {n}/3" for n in range(4)]
    assert f"loss {history['loss'][-1]:.4f}" in shown[-1]._repr_html_()
    assert not Balanced(shown[-1]._repr_html_()).open
    assert NotebookBar._shown is None
