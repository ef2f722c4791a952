"""No whole number among the settings of anything takes memory, threads or time without end."""

import dataclasses
import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone

from offbeat import PCADetector
from offbeat.classifiers.registry import classifier_classes
from offbeat.detectors.registry import detector_classes
from offbeat.errors import ParameterError
from offbeat.networks.dense_autoencoder import DenseAutoencoderNetwork
from offbeat.networks.size import require_network_room
from offbeat.testing import waves
from offbeat.testing.material import normal_data
from offbeat.thresholds import Budget, Conformal, PeaksOverThreshold, Quantile, Tiers
from offbeat.training.augmentation import Augmentation
from offbeat.training.config import TrainConfig

HUGE = 10**12
MODELS = [cls.example() for cls in (*detector_classes().values(), *classifier_classes().values())]
GROUPS = [TrainConfig(), Augmentation()]


def whole_numbers(settings):
    """Return the names of settings that are whole numbers, or may be: None says nothing of its type."""
    return [name for name, value in settings.items() if value is None or type(value) is int]


def fit(model):
    if hasattr(model, "threshold"):
        return model.fit(normal_data(model))
    return model.fit(waves(60), np.arange(60) % 2)


@pytest.mark.parametrize(
    ("model", "name"),
    [(model, name) for model in MODELS for name in whole_numbers(model.get_params(deep=False))],
    ids=lambda part: part if isinstance(part, str) else part.name,
)
def test_a_huge_setting_is_refused_before_anything_is_taken(model, name):
    with pytest.raises(ParameterError, match=name.replace("_", ".")):
        fit(clone(model).set_params(**{name: HUGE}))


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (model, name)
        for model in MODELS
        for name, value in model.get_params(deep=False).items()
        if isinstance(value, tuple) and all(type(item) is int for item in value)
    ],
    ids=lambda part: part if isinstance(part, str) else part.name,
)
@pytest.mark.parametrize("value", [(HUGE,), (1,) * 100_000])
def test_huge_sizes_are_refused(model, name, value):
    with pytest.raises(ParameterError, match=name):
        fit(clone(model).set_params(**{name: value}))


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: type(group).__name__)
def test_so_are_those_of_a_training(group):
    names = set(whole_numbers(dataclasses.asdict(group))) - {"logger", "progress", "checkpoint_dir"}
    assert names
    for name in names:
        with pytest.raises(ParameterError, match=f"^{name} is"):
            dataclasses.replace(group, **{name: HUGE}).validate()


@pytest.mark.parametrize(
    "model", [model for model in MODELS if "train" in model.get_params(deep=False)], ids=lambda model: model.name
)
def test_sizes_that_are_allowed_each_by_itself_are_counted_together(model):
    """The largest of all sizes at once make a network that no machine holds."""
    settings = model.get_params(deep=False)
    sizes = {name: (65_536,) * 4 for name, value in settings.items() if isinstance(value, tuple)}
    sizes |= {name: 65_536 for name in ("code_size", "hidden_size", "width") if name in settings}
    if "module_params" in settings:
        sizes["module_params"] = {"code_size": 65_536, "hidden_sizes": (65_536,) * 4}
    if model.name == "mixed":
        pytest.skip("has the networks of its parts")
    with pytest.raises(ParameterError, match="GB of memory"):
        fit(clone(model).set_params(**sizes))


def test_whitening_of_very_long_series_is_refused_before_the_training():
    wave = np.random.default_rng(0).normal(size=(4, 1, 20_000))
    with pytest.raises(ParameterError, match=r"whitened.*GB of memory"):
        PCADetector(n_components=1, error="whitened").fit(wave)


def test_counting_a_network_neither_draws_nor_keeps_anything(torch_state):
    require_network_room(lambda: DenseAutoencoderNetwork(1, 100))


@pytest.fixture
def torch_state():
    before = torch.get_rng_state()
    yield
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("rate", [1e-300, 5e-324])
def test_a_rate_that_no_data_can_show_is_no_endless_count(rate):
    for rule in (Quantile, Conformal, PeaksOverThreshold):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(ParameterError, match="false_alarms must"):
                rule(rate).fit(np.arange(100.0))


@pytest.mark.parametrize(
    "rule",
    [
        {"threshold": Quantile(5)},
        {"threshold": Conformal(0.0)},
        {"threshold": Budget(-1.0)},
        {"tiers": Tiers(0.01, 0.05)},
    ],
    ids=str,
)
def test_a_rule_that_cannot_be_is_refused_before_anything_is_learned(rule, monkeypatch):
    monkeypatch.setattr(PCADetector, "_fit", lambda *_: pytest.fail("it was trained first"))
    with pytest.raises(ParameterError):
        PCADetector(window=8, **rule).fit(np.sin(np.arange(300.0)))
