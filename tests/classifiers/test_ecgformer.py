import json
import random
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError as SklearnNotFittedError

import offbeat
from offbeat import Augmentation, Collection, ECGFormer, Recording, TrainConfig
from offbeat.classifiers.floors import MiniRocketFloor, RandomForestFloor
from offbeat.classifiers.held_out import held_out_rows
from offbeat.classifiers.persistence import load as load_classifier
from offbeat.classifiers.registry import classifier_class, classifier_classes, classifier_floors
from offbeat.detectors.persistence import load as load_detector
from offbeat.errors import (
    DataError,
    MissingExtraError,
    MissingValuesWarning,
    ModelError,
    NotFittedError,
    OutputError,
    ParameterError,
    ShapeError,
)
from offbeat.networks.ecgformer import ECGFormerNetwork

QUICK = TrainConfig(epochs=8, batch_size=16, learning_rate=1e-2, progress=False)
N, S, V = "N", "S", "V"


def quick(**settings):
    return ECGFormer(**{"width": 8, "depth": 1, "heads": 2, "held_out": 0.2, "train": QUICK} | settings)


def material(n=90, seed=0, n_channels=1):
    """Three classes: two by their shape, and the third like the first but for the number beside it."""
    rng = np.random.default_rng(seed)
    y = np.array([N, S, V])[np.arange(n) % 3]
    wave = np.sin(np.linspace(0, 2 * np.pi, 24))
    values = np.where((y == V)[:, None, None], -wave, wave) + rng.normal(0, 0.1, (n, n_channels, 24))
    rr = np.where(y == S, 0.6, 1.0)[:, None] + rng.normal(0, 0.02, (n, 1))
    return Collection(values, labels=y, features=rr, feature_names=["rr"], groups=np.arange(n) % 9)


@pytest.fixture(scope="module")
def beats():
    return material()


@pytest.fixture(scope="module")
def model(beats):
    return quick(train=TrainConfig(epochs=25, batch_size=16, learning_rate=1e-2, progress=False)).fit(beats)


# What it learns


def test_shape_and_features_are_learned_from(model):
    fresh = material(60, seed=1)
    assert model.classes_.tolist() == [N, S, V]
    assert model.score(fresh, fresh.labels) > 0.95
    blind = quick().fit(material().values, material().labels)
    told = blind.predict(fresh.values)
    assert np.mean(told[fresh.labels == V] == V) > 0.9
    assert np.mean(told == fresh.labels) < 0.9


def test_probabilities_are_the_softmax_of_the_logits(model):
    fresh = material(30, seed=2)
    p = model.predict_proba(fresh)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    e = np.exp(model.predict_logits(fresh) / model.temperature_)
    np.testing.assert_allclose(p, e / e.sum(axis=1, keepdims=True))
    assert (model.predict(fresh) == model.classes_[p.argmax(axis=1)]).all()
    assert quick(calibrate=False).fit(fresh).temperature_ == 1.0


@pytest.mark.parametrize("labels", [[3, 7], ["a", "bb"], [True, False], [0.0, 2.0]], ids=str)
def test_labels_of_any_kind_come_back(labels):
    values = material(40).values[:, 0]
    y = np.array(labels)[np.arange(40) % 2]
    told = quick().fit(values, y).predict(values)
    assert told.dtype == y.dtype
    assert set(told.tolist()) <= set(labels)


def test_two_and_three_axes_are_the_same_series():
    values, y = material(40).values, material(40).labels
    flat, deep = quick().fit(values[:, 0], y), quick().fit(values, y)
    np.testing.assert_array_equal(flat.predict_proba(values), deep.predict_proba(values[:, 0]))


def test_several_channels_and_a_stem():
    beats = material(60, n_channels=3)
    model = quick(stem=(4, 8), augment=Augmentation(shift=1), class_weight="effective", loss="focal").fit(beats)
    assert model.predict_proba(beats).shape == (60, 3)
    assert model.network_.stem[0].in_channels == 3


def test_a_share_of_the_most_frequent_class_will_do():
    beats = material(120)
    most = beats[(beats.labels == N) | (np.arange(120) < 60)]
    model = quick(majority_share=0.5, class_weight="balanced").fit(most)
    assert np.sum(model.history_["train_confusion"][0]) < 60
    assert model.score(most, most.labels) > 0.6


def test_the_reference_has_the_settings_of_the_reference():
    model = ECGFormer.reference(train=QUICK)
    model.classes_, model.n_times_, model.channels_, model.feature_names_ = np.arange(5), 187, ("ch0",), ()
    with torch.random.fork_rng():
        assert repr(model._build()) == repr(ECGFormerNetwork(1, 187, 5))
    assert model.augment == Augmentation()
    assert ECGFormer.reference().train.learning_rate == 2e-4


# Held out


def test_whole_groups_are_held_out(beats, monkeypatch):
    seen = {}
    monkeypatch.setattr(ECGFormer, "_fit", lambda self, train, held_out: seen.update(train=train, held_out=held_out))
    quick(scaling="none").fit(beats)
    whose = {row.tobytes(): group for row, group in zip(np.float32(beats.values), beats.groups, strict=True)}
    train, held_out = ({whose[row.tobytes()] for row in seen[part].values} for part in ("train", "held_out"))
    assert train | held_out == set(range(9))
    assert not train & held_out
    assert len(held_out) == 2


def test_held_out_rows_keep_the_shares_of_the_classes():
    codes = np.repeat([0, 1, 2], [1000, 50, 2])
    rows = held_out_rows(codes, 0.1, seed=0)
    assert np.bincount(codes[rows]).tolist() == [100, 5, 1]
    np.testing.assert_array_equal(rows, held_out_rows(codes, 0.1, seed=0))
    assert (rows != held_out_rows(codes, 0.1, seed=1)).any()
    assert not held_out_rows(np.array([0, 0, 1]), 0.5, seed=0)[2]
    with pytest.raises(DataError, match="one series of each class is too few"):
        held_out_rows(np.array([0, 1, 2]), 0.5, seed=0)


def test_no_class_is_held_out_with_its_only_group():
    codes, groups = np.array([0] * 30 + [1] * 3), np.array([*range(10)] * 3 + [4] * 3)
    for seed in range(20):
        rows = held_out_rows(codes, 0.2, seed, groups)
        assert not rows[-1]
        assert len(set(groups[rows]) & set(groups[~rows])) == 0
    with pytest.raises(DataError, match="two groups or more"):
        held_out_rows(codes, 0.2, 0, np.zeros(33))
    with pytest.raises(ShapeError, match="expected 33 groups"):
        held_out_rows(codes, 0.2, 0, np.zeros(3))


def test_a_validation_of_ones_own(beats):
    other = material(30, seed=5)
    model = quick().fit(beats, validation=other)
    assert np.sum(model.history_["val_confusion"][0], axis=1).tolist() == [10, 10, 10]
    assert np.sum(model.history_["train_confusion"][0]) == 90
    plain = quick().fit(beats.values, beats.labels, validation=(other.values, other.labels))
    assert np.sum(plain.history_["val_confusion"][0]) == 30
    with pytest.raises(DataError, match="class 'X', which is not among"):
        quick().fit(beats.values, beats.labels, validation=(other.values[:2], [N, "X"]))


# Promises


def test_same_seed_same_probabilities_and_nothing_else_is_touched(beats):
    values, features = beats.values.copy(), beats.features.copy()
    states = torch.get_rng_state(), str(np.random.get_state()), random.getstate()  # noqa: NPY002
    settings = {"augment": Augmentation(), "random_state": 3}
    one, two = quick(**settings).fit(beats).predict_proba(beats), quick(**settings).fit(beats).predict_proba(beats)
    np.testing.assert_array_equal(one, two)
    assert (one != quick(augment=Augmentation()).fit(beats).predict_proba(beats)).any()
    np.testing.assert_array_equal(beats.values, values)
    np.testing.assert_array_equal(beats.features, features)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (str(np.random.get_state()), random.getstate()) == states[1:]  # noqa: NPY002


def test_a_series_alone_and_among_others(model):
    fresh = material(70, seed=3)
    together = model.predict_proba(fresh)
    alone = np.concatenate([model.predict_proba(fresh[i : i + 1]) for i in range(70)])
    np.testing.assert_allclose(alone, together, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(model.predict_proba(fresh[::-1]), together[::-1], rtol=1e-5, atol=1e-7)


def test_settings_go_round(model):
    assert clone(model).get_params(deep=False) == model.get_params(deep=False)


def test_missing_values(model):
    fresh = material(10, seed=4)
    values = fresh.values.copy()
    values[3, 0, 5] = np.nan
    holed = Collection(values, labels=fresh.labels, features=fresh.features, feature_names=["rr"])
    with pytest.raises(DataError, match="1 of 10 series hold NaN, which marks missing values: leave them out"):
        quick().fit(holed)
    with pytest.raises(DataError, match="use classify"):
        model.predict_proba(holed)
    with pytest.warns(MissingValuesWarning, match="1 of 10 series"):
        told = model.classify(holed)
    assert told["class"][3] == ""
    assert np.isnan(told.loc[3, ["confidence", "p_N", "p_S", "p_V"]].to_numpy(dtype=float)).all()
    rest = [i for i in range(10) if i != 3]
    np.testing.assert_allclose(told.loc[rest, "p_N"], model.predict_proba(fresh[rest])[:, 0], rtol=1e-5)


def test_a_missing_feature_counts_as_the_mean(model, beats):
    unknown = Collection(beats.values, features=np.full((90, 1), np.nan), feature_names=["rr"])
    mean = Collection(beats.values, features=np.full((90, 1), model.scaling_.feature_shift[0]), feature_names=["rr"])
    np.testing.assert_allclose(model.predict_proba(unknown), model.predict_proba(mean), rtol=1e-5)
    assert np.isfinite(
        quick().fit(Collection(beats.values, labels=beats.labels, features=unknown.features)).temperature_
    )


def test_it_abstains_where_it_is_not_sure(model):
    fresh = material(60, seed=6)
    told = model.classify(fresh, min_confidence=0.0)
    assert list(told) == ["class", "confidence", "p_N", "p_S", "p_V"]
    assert (told["class"] == model.predict(fresh)).all()
    cut = float(told["confidence"].median())
    careful = model.classify(fresh, min_confidence=cut)
    np.testing.assert_array_equal(careful["class"] == "", told["confidence"] < cut)
    assert 0 < (careful["class"] == "").sum() < 60
    with pytest.raises(DataError, match="0 sample"):
        model.classify(fresh[:0])
    with pytest.raises(ParameterError, match="min_confidence"):
        model.classify(fresh, min_confidence=60)


def test_scaling():
    beats = material(60)
    far = Collection(1000 * beats.values + 5000, labels=beats.labels)
    assert quick().fit(far).score(far, far.labels) > 0.6
    each = quick(scaling="series").fit(beats.values, beats.labels)
    moved = beats.values * np.linspace(1, 9, 60)[:, None, None] + 3
    np.testing.assert_allclose(each.predict_proba(moved), each.predict_proba(beats.values), atol=1e-4)
    flat = np.zeros((2, 24))
    assert np.isfinite(each.predict_proba(flat)).all()


# Refusals


def test_before_fit():
    for use in ("predict", "predict_proba", "classify", "predict_logits"):
        with pytest.raises(NotFittedError, match="call fit first"):
            getattr(quick(), use)(material().values)
    with pytest.raises(SklearnNotFittedError):
        quick().save("nowhere")


@pytest.mark.parametrize(
    "setting",
    [
        {"scaling": "minmax"},
        {"held_out": 1.0},
        {"loss": "hinge"},
        {"class_weight": "rare"},
        {"class_weight": [1.0]},
        {"dropout": 1.0},
        {"gamma": -1.0},
        {"majority_share": 0.0},
        {"positions": "nowhere"},
        {"heads": 3},
        {"random_state": -1},
        {"width": "wide"},
        {"augment": Augmentation(shift=-1)},
        {"train": TrainConfig(epochs=0)},
    ],
    ids=str,
)
def test_settings_out_of_range(setting, beats):
    (name,) = setting
    word = {"augment": "shift", "train": "epochs"}.get(name, name)
    with pytest.raises(ParameterError, match=word):
        quick(**setting).fit(beats)


def test_data_that_does_not_fit(model, beats):
    with pytest.raises(ShapeError, match="one long recording"):
        quick().fit(Recording(np.zeros(50)))
    with pytest.raises(ShapeError, match="one long recording"):
        quick().fit(pd.DataFrame({"v": np.zeros(5)}, index=pd.date_range("2020", periods=5)))
    with pytest.raises(ShapeError, match="4 axes"):
        quick().fit(np.zeros((2, 2, 2, 2)), [0, 1])
    with pytest.raises(DataError, match="one class"):
        quick().fit(beats.where(N))
    with pytest.raises(DataError, match="requires y"):
        quick().fit(beats.values)
    with pytest.raises(DataError, match="infinity"):
        quick().fit(np.full((4, 9), np.inf), [0, 1, 0, 1])
    with pytest.raises(ShapeError, match="1 channels x 24 time steps with the features"):
        model.predict(Collection(beats.values[:, :, :20], features=beats.features, feature_names=["rr"]))
    with pytest.raises(ShapeError, match="give a Collection"):
        model.predict(beats.values[:, 0])
    with pytest.raises(DataError, match="infinite ones"):
        model.predict(Collection(beats.values, features=beats.features * np.inf, feature_names=["rr"]))


# Saved and loaded


def test_it_comes_back_from_disk(model, tmp_path):
    before = torch.get_rng_state()
    again = offbeat.load(model.save(tmp_path / "model"))
    assert torch.equal(torch.get_rng_state(), before)
    fresh = material(40, seed=7)
    np.testing.assert_array_equal(again.predict_proba(fresh), model.predict_proba(fresh))
    assert again.predict(fresh).tolist() == model.predict(fresh).tolist()
    assert again.history_ == model.history_
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
    forest = RandomForestFloor.example().fit(material())
    with pytest.raises(OutputError, match="quickly fitted again"):
        forest.save(tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_classifier_is_no_detector(model, tmp_path):
    folder = model.save(tmp_path / "model")
    with pytest.raises(ModelError, match="names classes, but one that scores was expected"):
        load_detector(folder)
    detector = offbeat.PCADetector(n_components=2, threshold=offbeat.Fixed(1.0)).fit(material().values)
    with pytest.raises(ModelError, match=r"is a detector \(pca\): expected a classifier"):
        load_classifier(detector.save(tmp_path / "other"))


# Floors


def test_classifiers_are_found():
    assert set(classifier_classes()) >= {"ecgformer", "random-forest", "minirocket"}
    assert classifier_floors() == [MiniRocketFloor, RandomForestFloor]
    with pytest.raises(ParameterError, match="did you mean 'ecgformer'"):
        classifier_class("ecgforme")


# The first use of MiniRocket on a machine compiles it, which takes most of a minute; the result is kept on disk.
@pytest.mark.parametrize("floor", classifier_floors(), ids=lambda cls: cls.name)
def test_floors_learn_and_leave_the_random_state_alone(floor, beats):
    before = str(np.random.get_state())  # noqa: NPY002
    fresh = material(30, seed=8)
    model = floor.example().fit(beats)
    assert model.score(fresh, fresh.labels) > 0.8
    np.testing.assert_array_equal(model.predict_proba(fresh), floor.example().fit(beats).predict_proba(fresh))
    np.testing.assert_allclose(model.predict_proba(fresh)[:5], model.predict_proba(fresh[:5]), rtol=1e-5, atol=1e-7)
    assert str(np.random.get_state()) == before  # noqa: NPY002
    np.testing.assert_allclose(model.predict_proba(fresh).sum(axis=1), 1.0)


def test_without_aeon_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "aeon.transformations.collection.convolution_based", None)
    with pytest.raises(MissingExtraError, match=r"offbeat\[rocket\]"):
        MiniRocketFloor.example().fit(material())


def test_minirocket_reads_short_series_and_two_classes():
    values = np.array([[0.0, 1, 0], [0, -1, 0]])[np.arange(30) % 2]
    assert MiniRocketFloor.example().fit(values, np.arange(30) % 2).predict_proba(values).shape == (30, 2)
