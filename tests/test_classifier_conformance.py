"""The promises of every classifier, over all of them by discovery."""

import numpy as np
import pytest

from offbeat.classifiers import RandomForestBaseline
from offbeat.testing import CLASSIFIER_CHECKS, check_classifier, discovered_classifiers


@pytest.mark.parametrize("classifier", discovered_classifiers(), ids=lambda c: c.name)
@pytest.mark.parametrize("check", CLASSIFIER_CHECKS, ids=lambda c: c.__name__)
def test_promise(check, classifier):
    check(classifier)


def test_the_suite_fails_when_it_discovers_nothing(monkeypatch):
    monkeypatch.setattr("offbeat.testing.classifier_classes", dict)
    with pytest.raises(AssertionError, match="no classifier"):
        discovered_classifiers()


class ByCompany(RandomForestBaseline):
    """Scales what it is shown by what stands beside it."""

    def _probabilities(self, batch):
        p = super()._probabilities(batch) + batch.values.mean()
        return np.abs(p) / np.abs(p).sum(axis=1, keepdims=True)


class Forgetful(RandomForestBaseline):
    """Draws without its seed."""

    def _probabilities(self, batch):
        return np.random.default_rng().dirichlet([1, 1, 1], size=len(batch))


class Silent(RandomForestBaseline):
    """Gives shares that are no probabilities."""

    def _probabilities(self, batch):
        return 2 * super()._probabilities(batch)


@pytest.mark.parametrize("cls", [ByCompany, Forgetful, Silent])
def test_the_suite_finds_a_broken_promise(cls):
    with pytest.raises(AssertionError):
        check_classifier(cls(n_estimators=10))
