import json
from copy import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

import offbeat
from labelled_series import QUICK, material, quick
from offbeat import Augmentation, ECGFormer
from offbeat.classifiers.baselines import RandomForestBaseline
from offbeat.classifiers.saving import load as load_classifier
from offbeat.detectors.saving import load as load_detector
from offbeat.errors import ModelError, OffbeatError, OutputError


def test_it_comes_back_from_disk(model, tmp_path):
    before = torch.get_rng_state()
    again = offbeat.load(model.save(tmp_path / "model"))
    assert torch.equal(torch.get_rng_state(), before)
    fresh = material(40, seed=7)
    np.testing.assert_array_equal(again.predict_proba(fresh), model.predict_proba(fresh))
    assert again.predict(fresh).tolist() == model.predict(fresh).tolist()
    assert again.history_ == model.history_
    assert again.class_prior_.tolist() == model.class_prior_.tolist()
    run_only = {"progress": None, "logger": None, "checkpoint_dir": None}
    settings = model.get_params(deep=False)
    assert again.get_params(deep=False) == settings | {"train": replace(settings["train"], **run_only)}
    assert {path.name for path in (tmp_path / "model").iterdir()} == {"config.json", "weights.safetensors"}


@pytest.mark.parametrize("labels", [[3, 7], [True, False], np.array(["a", "b"], dtype=object)], ids=str)
def test_settings_and_labels_of_all_kinds_come_back(labels, tmp_path):
    values, y = material(40).values, np.asarray(labels)[np.arange(40) % 2]
    weight = dict.fromkeys(y.tolist(), 2.0)
    model = quick(stem=(4,), augment=Augmentation(scaling=0.1), class_weight=weight).fit(values, y)
    again = offbeat.load(model.save(tmp_path / "model"))
    assert again.classes_.dtype == model.classes_.dtype
    assert again.predict(values).tolist() == model.predict(values).tolist()
    assert again.augment == model.augment
    again.set_params(train=QUICK).fit(values, y)
    np.testing.assert_array_equal(again.predict_proba(values), model.predict_proba(values))


@pytest.mark.parametrize(
    "change",
    [
        {"classifier": "nothing"},
        {"classes": ["N", "V"]},
        {"n_times": 7},
        {"channels": ["a", "b"]},
        {"settings": {}},
        {"settings": {"width": "x"}},
        {"settings": {"unknown": 1}},
        {"features": []},
    ],
    ids=str,
)
def test_a_damaged_model_is_told(change, model, tmp_path):
    folder = model.save(tmp_path / "model")
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelError, match="damaged"):
        offbeat.load(folder)


def test_what_cannot_be_saved(model, tmp_path):
    class Own(ECGFormer):
        name = ""

    mine = Own(**quick().get_params(deep=False)).fit(material())
    with pytest.raises(OutputError, match="a name of its own"):
        mine.save(tmp_path / "model")
    forest = RandomForestBaseline.example().fit(material())
    with pytest.raises(OutputError, match="RandomForestBaseline cannot be saved"):
        forest.save(tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_classifier_is_no_detector(model, tmp_path):
    folder = model.save(tmp_path / "model")
    with pytest.raises(ModelError, match="classifier 'ecgformer'"):
        load_detector(folder)
    detector = offbeat.PCADetector(n_components=2, threshold=offbeat.Fixed(1.0)).fit(material().values)
    with pytest.raises(ModelError, match="detector 'pca'"):
        load_classifier(detector.save(tmp_path / "other"))


@pytest.mark.parametrize("setting", sorted(ECGFormer().get_params(deep=False)))
def test_settings_changed_after_fit_are_for_the_next_fit(model, setting, tmp_path):
    fresh, changed = material(40, seed=7), copy(model)
    changed.set_params(**{setting: object()})
    np.testing.assert_array_equal(changed.predict_proba(fresh), model.predict_proba(fresh))
    again = offbeat.load(changed.save(tmp_path / "model"))
    np.testing.assert_array_equal(again.predict_proba(fresh), model.predict_proba(fresh))


@pytest.mark.parametrize("spoil", [{"scaling": "loud"}, {"heads": 3}])
def test_a_fit_that_fails_leaves_the_model_as_it_was(model, spoil):
    fresh, changed = material(40, seed=7), copy(model)
    with pytest.raises(OffbeatError):
        changed.set_params(**spoil).fit(material(60, n_channels=2))
    np.testing.assert_array_equal(changed.predict_proba(fresh), model.predict_proba(fresh))
