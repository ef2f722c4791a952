"""The promises of every classifier, on labelled series of three classes."""

from __future__ import annotations

import tempfile
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone

import offbeat
from offbeat.classifiers.base import Classifier
from offbeat.errors import MissingValuesWarning, NotFittedError, OffbeatError, OutputError
from offbeat.series.recording import Collection, Recording
from offbeat.testing.material import LENGTH, assert_close, assert_raises, long_wave, random_states, waves

__all__ = ["labelled_waves"]

_CLASSES = ("low", "high", "flipped")


def labelled_waves(n: int = 90, seed: int = 0) -> Collection:
    """Return ``n`` series of three classes in turn: waves, shifted waves, and inverted waves."""
    values, labels = waves(n, seed=seed), np.array(_CLASSES)[np.arange(n) % len(_CLASSES)]
    values[labels == "high"] += 2.0
    values[labels == "flipped"] *= -1.0
    return Collection(values, labels=labels)


def fitted(classifier: Classifier) -> Classifier:
    """Return a fitted copy."""
    copy: Classifier = clone(classifier)
    return copy.fit(labelled_waves())


def check_probabilities(classifier: Classifier) -> None:
    """There is one probability for each class, they sum to 1, and the predicted class is the most probable one."""
    model, fresh = fitted(classifier), labelled_waves(30, seed=1)
    probabilities = model.predict_proba(fresh)
    assert probabilities.shape == (30, 3), "expected one probability for each series and class"
    assert (probabilities >= 0).all(), "a probability is below 0"
    assert_close(probabilities.sum(axis=1), np.ones(30), "the sum of the probabilities of a series, and 1")
    assert model.classes_.tolist() == sorted(_CLASSES), "the classes are not those of the training data"
    assert (model.predict(fresh) == model.classes_[probabilities.argmax(axis=1)]).all(), (
        "the predicted class is not the most probable one"
    )


def check_classes_are_learned(classifier: Classifier) -> None:
    """Classes that differ clearly are predicted well above chance."""
    fresh = labelled_waves(60, seed=2)
    right = float(np.mean(fitted(classifier).predict(fresh) == fresh.labels))
    assert right > 0.6, f"only {right:.0%} of predictions of three clear classes are right"


def check_series_stand_alone(classifier: Classifier) -> None:
    """The prediction for a series does not depend on the other series in the batch, its size, or the order."""
    model, fresh = fitted(classifier), labelled_waves(24, seed=3)
    together = model.predict_proba(fresh)
    alone = np.concatenate([model.predict_proba(fresh[i : i + 1]) for i in range(len(fresh))])
    assert_close(alone, together, "a series alone and among others")
    order = np.random.default_rng(4).permutation(len(fresh))
    assert_close(model.predict_proba(fresh[order]), together[order], "a batch in another order")


def check_classifier_is_repeatable(classifier: Classifier) -> None:
    """Same seed, same probabilities; random states and inputs of the caller stay as they were."""
    normal, states = labelled_waves(), random_states()
    before = normal.values.copy()
    first, second = (clone(classifier).fit(normal).predict_proba(normal) for _ in range(2))
    assert np.array_equal(first, second), "same seed, other probabilities"
    assert random_states() == states, "the caller's global random state was touched"
    assert np.array_equal(normal.values, before), "the input was changed"


def check_classifier_settings(classifier: Classifier) -> None:
    """``clone``, ``get_params`` and ``set_params`` round-trip; ``fit`` keeps settings and refuses wrong ones."""
    settings = classifier.get_params(deep=False)
    copy = clone(classifier)
    assert repr(copy.set_params(**settings).get_params(deep=False)) == repr(settings), "set_params changed a setting"
    assert repr(copy.fit(labelled_waves()).get_params(deep=False)) == repr(settings), "fit changed a setting"
    for wrong in ({"held_out": 0.0}, {"held_out": 1.5}, {"scaling": "loud"}, {"random_state": -1}):
        assert_raises(OffbeatError, partial(clone(classifier).set_params(**wrong).fit, labelled_waves()))


def check_unfitted_classifier(classifier: Classifier) -> None:
    """Use before ``fit`` raises NotFittedError."""
    unfitted, fresh = clone(classifier), labelled_waves(6)
    for call in (unfitted.predict, unfitted.predict_proba, unfitted.classify, unfitted.save):
        assert_raises(NotFittedError, partial(call, fresh))


def check_classifier_comes_back(classifier: Classifier) -> None:
    """After saving and loading the probabilities are the same, whatever ``set_params`` has changed since ``fit``.

    Or saving is refused with an error, and nothing is left on the disk.
    """
    model, fresh = fitted(classifier), labelled_waves(20, seed=5)
    before = model.predict_proba(fresh)
    model.set_params(**{name: object() for name in model.get_params(deep=False)})
    assert_close(model.predict_proba(fresh), before, "set_params changed the predictions of a fitted classifier")
    with tempfile.TemporaryDirectory() as folder:
        try:
            place = model.save(Path(folder) / "model")
        except OutputError:
            assert not list(Path(folder).iterdir()), "a model that cannot be saved left files"
            return
        again = offbeat.load(place)
    assert type(again) is type(model), "expected a model of the same class"
    assert_close(again.predict_proba(fresh), before, "a model and its saved copy")


def check_classifier_refuses(classifier: Classifier) -> None:
    """Unusable data is refused with an error of offbeat; series with missing values get no class."""
    model, fresh = fitted(classifier), labelled_waves(9, seed=6)
    infinite, holed = fresh.values.copy(), fresh.values.copy()
    infinite[1, 0, 3], holed[1, 0, 3] = np.inf, np.nan
    unusable: list[Any] = [infinite, holed, fresh.values[:, :, :-1], np.repeat(fresh.values, 2, axis=1)]
    for data in [*unusable, Recording(long_wave(LENGTH))]:
        assert_raises(OffbeatError, partial(model.predict_proba, data))
    one_class = fresh[np.asarray(fresh.labels == "low")]
    for data in (one_class, fresh[:0], Collection(fresh.values)):
        assert_raises(OffbeatError, partial(clone(classifier).fit, data))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingValuesWarning)
        found = model.classify(holed)
    assert found["class"].tolist()[1] == "", "a series with a missing value has a class"
    assert np.isfinite(found["confidence"].drop(1)).all(), "a series beside one with a missing value has no class"
