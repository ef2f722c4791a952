"""Settings by name: a slip is answered, signatures and help are complete, and groups go round."""

import copy
import dataclasses
import inspect
import re

import pytest
from sklearn.base import clone

from offbeat.classifiers.registry import classifier_classes
from offbeat.detectors.registry import detector_classes
from offbeat.errors import ParameterError
from offbeat.estimators.settings import SettingsGroup, parameters_of, types_of
from offbeat.networks.architecture import ECGFormerArchitecture
from offbeat.training.augmentation import Augmentation
from offbeat.training.config import TrainConfig

ESTIMATORS = [*detector_classes().values(), *classifier_classes().values()]
GROUPS = SettingsGroup.__subclasses__()
by_name = pytest.mark.parametrize("cls", [*ESTIMATORS, *GROUPS], ids=lambda cls: cls.__name__)
groups = pytest.mark.parametrize("cls", GROUPS, ids=lambda cls: cls.__name__)


def test_all_groups_are_found():
    assert {TrainConfig, Augmentation, ECGFormerArchitecture} <= set(GROUPS)


@by_name
def test_a_slip_in_any_setting_is_answered_with_its_name(cls):
    for name in parameters_of(cls):
        slip = f"{name[:-1]}_{name[-1]}"
        with pytest.raises(ParameterError, match=rf"{cls.__name__} has no setting '{slip}': did you mean '{name}'"):
            cls(**{slip: 1})


@by_name
def test_a_name_like_no_setting_is_answered_with_all_of_them(cls):
    with pytest.raises(ParameterError) as refused:
        cls(qqqqqq=1)
    assert "did you mean" not in str(refused.value)
    assert all(name in str(refused.value) for name in parameters_of(cls))


@by_name
def test_signatures_show_every_setting(cls):
    assert set(inspect.signature(cls).parameters) == set(parameters_of(cls))
    assert set(parameters_of(cls)) <= set(types_of(cls))


@pytest.mark.parametrize("cls", ESTIMATORS, ids=lambda cls: cls.__name__)
def test_estimators_are_still_cloned_and_copied(cls):
    model = cls.example()
    for other in (clone(model), copy.copy(model), copy.deepcopy(model)):
        assert repr(other.get_params(deep=False)) == repr(model.get_params(deep=False))


@groups
def test_help_has_a_sentence_and_the_default_of_each_setting(cls):
    described = dict(re.findall(r"^(\w+) : .*, default (.+)\n    \S", inspect.getdoc(cls), re.MULTILINE))
    defaults = {field.name: field.default for field in dataclasses.fields(cls)}
    assert described.keys() == defaults.keys()
    for name, default in defaults.items():
        assert described[name].replace('"', "'") == repr(default), name


@groups
def test_groups_come_back_from_their_config_key(cls):
    group = cls()
    key = group.config_key()
    assert key.keys() == parameters_of(cls).keys() - set(cls.run_only)
    assert cls.from_config(**key) == group
    assert dataclasses.replace(group) == group


def test_a_saved_training_holds_nothing_of_the_run():
    for name in TrainConfig.run_only:
        with pytest.raises(ParameterError, match=name):
            TrainConfig.from_config(**{name: None})
    with pytest.raises(ParameterError, match="did you mean 'epochs'"):
        TrainConfig.from_config(epoch=3)
    with pytest.raises(ParameterError, match="did you mean 'epochs'"):
        dataclasses.replace(TrainConfig(), epoch=3)


@groups
def test_what_earlier_versions_did_not_write_is_as_they_went_by(cls):
    key = cls().config_key()
    earlier = {name: value for name, value in key.items() if name not in cls.added_later}
    assert cls.added_later.items() <= cls.from_config(**earlier).config_key().items()
    for name in earlier:
        with pytest.raises(ParameterError, match=f"got none for '{name}'"):
            cls.from_config(**{other: value for other, value in key.items() if other != name})


def test_types_are_read_once_a_class():
    assert types_of(TrainConfig) is types_of(TrainConfig)
    assert types_of(TrainConfig) != types_of(Augmentation)
