"""Which series are normal, and what there is to learn from."""

import numpy as np
import pytest

from offbeat.app.loading import Source, load_source
from offbeat.app.request import Request
from offbeat.data import normal_split
from offbeat.data.synthetic import voltage_curves
from offbeat.errors import DataError
from offbeat.series.recording import Collection


@pytest.fixture
def curves():
    return voltage_curves(60, 10, 10)


def saved(collection, path):
    labels = {} if collection.labels is None else {"y": collection.labels}
    np.savez(path, X=collection.values, **labels)
    return str(path)


def test_the_catalogue_knows_its_normal_class():
    source = load_source(Request("synthetic-heartbeats"))
    assert (source.normal, source.data.domain) == ("1", "ecg")
    assert load_source(Request("synthetic-curves")).data.domain == ""


def test_the_callers_word_comes_first(curves, tmp_path):
    assert load_source(Request("synthetic-curves", normal="high")).normal == "high"
    assert load_source(Request(saved(curves, tmp_path / "c.npz"), normal="low")).need_normal() == "low"


def test_the_only_class_is_the_normal_one(curves, tmp_path):
    source = load_source(Request(saved(curves.where("normal"), tmp_path / "c.npz")))
    assert source.normal == "normal"
    assert source.to_learn()[0] is source.data


def test_several_classes_need_a_word_only_where_it_matters(curves, tmp_path):
    path = saved(curves, tmp_path / "c.npz")
    with pytest.raises(DataError, match="high, low, normal: say which of them is normal"):
        load_source(Request(path))
    assert load_source(Request(path), need_normal=False).normal is None


def test_without_labels_all_series_are_taken_for_normal(curves, tmp_path):
    source = load_source(Request(saved(Collection(curves.values), tmp_path / "c.npz")))
    learned, held_out = source.to_learn()
    assert (source.normal, len(learned), held_out) == (None, 80, None)


def test_with_anomalies_the_reference_split_is_learned_from(curves):
    learned, held_out = Source(curves, "normal").to_learn()
    split = normal_split(curves, "normal")
    assert (learned.values == split.train.values).all()
    assert (held_out.values == split.validation.values).all()
    assert learned.classes == held_out.classes == ("normal",)


@pytest.mark.parametrize(
    ("normal", "classes", "expected"),
    [
        (None, None, "needs labels, but there are none"),
        (None, ("normal", "high"), "which of the classes high, normal is normal"),
        ("normal", ("normal",), "all 60 series are of class 'normal': give data that holds both"),
    ],
    ids=["no labels", "not said", "one class"],
)
def test_what_cannot_be_evaluated(normal, classes, expected, curves):
    data = curves.where(*classes) if classes else Collection(curves.values)
    with pytest.raises(DataError, match=expected):
        Source(data, normal).need_normal()
