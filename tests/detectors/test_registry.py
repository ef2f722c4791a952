import gc
from abc import abstractmethod

import numpy as np
import pytest

import offbeat
from offbeat import KNNDetector, PCADetector
from offbeat.detectors import registry
from offbeat.detectors.base import Detector
from offbeat.detectors.registry import baselines, detector_class, detector_classes
from offbeat.errors import IncompleteClassError, ParameterError


@pytest.fixture(autouse=True)
def _forget_classes_of_tests():
    yield
    gc.collect()


def test_classes_are_found_by_name_and_sorted():
    classes = detector_classes()
    assert list(classes) == sorted(classes)
    assert all(cls.name == name and issubclass(cls, Detector) for name, cls in classes.items())
    assert classes["lstm-autoencoder"] is offbeat.LSTMAutoencoder
    assert classes["estimator"] is offbeat.EstimatorDetector


def test_abstract_classes_are_not_found():
    found = set(detector_classes().values())
    assert not {Detector, offbeat.ReconstructionDetector} & found


def test_a_class_is_found_by_its_name():
    assert detector_class("knn") is KNNDetector


@pytest.mark.parametrize(
    ("name", "hint"),
    [("lstm", "lstm-autoencoder"), ("PCA", "choose|detectors are"), ("", "knn, lstm-autoencoder"), ("pcaa", "pca")],
)
def test_an_unknown_name_gets_a_hint(name, hint):
    with pytest.raises(ParameterError, match=f"no detector is called {name!r}.*({hint})"):
        detector_class(name)


def test_baseline_are_the_simple_methods():
    assert {cls.name for cls in baselines()} == {"isolation-forest", "knn", "one-class-svm", "pca"}


def test_a_class_of_your_own_is_found_once_it_has_a_name():
    class Own(PCADetector):
        name = "own-pca"

    assert detector_class("own-pca") is Own
    assert detector_class("pca") is PCADetector


def test_a_class_without_a_name_of_its_own_takes_nobody_elses():
    class Heir(PCADetector):
        pass

    class Nameless(PCADetector):
        name = ""

    class Unfinished(PCADetector):
        name = "unfinished"

        @abstractmethod
        def more(self): ...

    assert detector_class("pca") is PCADetector
    assert not {Heir, Nameless, Unfinished} & set(detector_classes().values())


def test_examples_are_of_their_class():
    for cls in detector_classes().values():
        assert type(cls.example()) is cls
        assert not hasattr(cls.example(), "scaler_")


def test_each_of_ours_is_found_where_the_table_says():
    classes = detector_classes()
    ours = registry._MODULES
    assert {name: classes[name] for name in ours} == {name: detector_class(name) for name in ours}
    assert {name for name, cls in classes.items() if cls.__module__.startswith("offbeat.")} == ours.keys()


def test_a_class_that_lacks_methods_or_a_name_is_told_so_before_it_is_used():
    class Half(Detector):
        name = "half"

        def _fit(self, train, held_out):
            pass

    with pytest.raises(
        IncompleteClassError, match=r"got none of _arrays, _explain, _restore, _score, example: .*plugins"
    ):
        Half()
    with pytest.raises(TypeError, match="Half"):
        Half(window=3)

    class Nameless(Detector):
        _fit = _arrays = _explain = _restore = _score = example = Half._fit

    with pytest.raises(IncompleteClassError, match=r'expected Nameless to have a name.* name = "my-nameless"'):
        Nameless().fit(np.zeros((20, 10)))
