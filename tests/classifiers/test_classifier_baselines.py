import sys

import numpy as np
import pytest

from labelled_series import material
from offbeat.classifiers.baselines import MiniRocketBaseline, RandomForestBaseline
from offbeat.classifiers.registry import classifier_baselines, classifier_class, classifier_classes
from offbeat.errors import MissingExtraError, ParameterError
from offbeat.estimators.settings import parameters_of
from offbeat.words import DOMAINS


def test_classifiers_are_found():
    assert set(classifier_classes()) >= {"ecgformer", "random-forest", "minirocket"}
    assert {MiniRocketBaseline, RandomForestBaseline} <= set(classifier_baselines())


@pytest.mark.parametrize("cls", classifier_classes().values(), ids=lambda cls: cls.name)
def test_facts_of_the_class_are_true(cls):
    assert cls.reads == ("collections",)
    assert cls.trains == ("train" in parameters_of(cls))
    assert cls.is_baseline == (cls in classifier_baselines())
    assert cls.domain in DOMAINS


def test_an_unknown_classifier_is_answered():
    with pytest.raises(ParameterError, match="did you mean 'ecgformer'"):
        classifier_class("ecgforme")


# The first use of MiniRocket on a machine compiles it, which takes most of a minute; the result is kept on disk.
@pytest.mark.parametrize("baseline", classifier_baselines(), ids=lambda cls: cls.name)
def test_baseline_learn_and_leave_the_random_state_alone(baseline, beats):
    before = str(np.random.get_state())  # noqa: NPY002
    fresh = material(30, seed=8)
    model = baseline.example().fit(beats)
    assert model.score(fresh, fresh.labels) > 0.8
    np.testing.assert_array_equal(model.predict_proba(fresh), baseline.example().fit(beats).predict_proba(fresh))
    np.testing.assert_allclose(model.predict_proba(fresh)[:5], model.predict_proba(fresh[:5]), rtol=1e-5, atol=1e-7)
    assert str(np.random.get_state()) == before  # noqa: NPY002
    np.testing.assert_allclose(model.predict_proba(fresh).sum(axis=1), 1.0)


def test_without_aeon_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "aeon.transformations.collection.convolution_based", None)
    with pytest.raises(MissingExtraError, match=r"offbeat\[rocket\]"):
        MiniRocketBaseline.example().fit(material())


@pytest.mark.slow
def test_minirocket_reads_short_series_and_two_classes():
    values = np.array([[0.0, 1, 0], [0, -1, 0]])[np.arange(30) % 2]
    assert MiniRocketBaseline.example().fit(values, np.arange(30) % 2).predict_proba(values).shape == (30, 2)
