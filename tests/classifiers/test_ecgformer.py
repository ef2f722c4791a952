import random

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError as SklearnNotFittedError

from labelled_series import QUICK, N, S, V, material, quick
from offbeat import Augmentation, Collection, ECGFormer, Recording, TrainConfig
from offbeat.classifiers.held_out import held_out_rows
from offbeat.classifiers.saving import load as load_classifier
from offbeat.errors import DataError, MissingValuesWarning, NotFittedError, ParameterError, ShapeError
from offbeat.networks.committee import Committee
from offbeat.networks.ecgformer import ECGFormerNetwork
from offbeat.training import loop

# What it learns


def test_shape_and_features_are_learned_from(model):
    fresh = material(60, seed=1)
    assert model.classes_.tolist() == [N, S, V]
    assert model.score(fresh, fresh.labels) > 0.95
    blind = quick().fit(material().values, material().labels)
    named = blind.predict(fresh.values)
    assert np.mean(named[fresh.labels == V] == V) > 0.9
    assert np.mean(named == fresh.labels) < 0.9


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
    named = quick().fit(values, y).predict(values)
    assert named.dtype == y.dtype
    assert set(named.tolist()) <= set(labels)


def test_two_and_three_axes_are_the_same_series():
    values, y = material(40).values, material(40).labels
    flat, deep = quick().fit(values[:, 0], y), quick().fit(values, y)
    np.testing.assert_array_equal(flat.predict_proba(values), deep.predict_proba(values[:, 0]))


def test_several_channels_and_a_stem():
    beats = material(60, n_channels=3)
    model = quick(stem=(4, 8), augment=Augmentation(shift=1), class_weight="effective", loss="focal").fit(beats)
    assert model.predict_proba(beats).shape == (60, 3)
    assert model.network_.members[0].stem[0].in_channels == 3


def test_a_share_of_the_most_frequent_class_will_do():
    beats = material(120)
    most = beats[(beats.labels == N) | (np.arange(120) < 60)]
    model = quick(majority_share=0.5, class_weight="balanced").fit(most)
    assert np.sum(model.history_["train_confusion"][0]) < 60
    assert model.score(most, most.labels) > 0.6


def test_the_prior_is_what_the_classes_counted(beats):
    few = beats[(beats.labels != S) | (np.arange(len(beats)) % 2 == 0)]
    series = few.values, few.labels  # without groups the same share of each class is held out
    plain, weighted = quick().fit(*series), quick(class_weight={N: 1.0, S: 4.0, V: 1.0}).fit(*series)
    n, s, v = plain.class_prior_
    assert plain.class_prior_.sum() == pytest.approx(1)
    assert s == pytest.approx(n / 2)
    assert weighted.class_prior_ == pytest.approx(np.array([n, 4 * s, v]) / (n + 4 * s + v))


def test_the_reference_has_the_settings_of_the_reference():
    model = ECGFormer.reference(train=QUICK)
    model.classes_, model.n_times_, model.channels_, model.feature_names_ = np.arange(5), 187, ("ch0",), ()
    with torch.random.fork_rng():
        assert repr(model._build()) == repr(Committee([ECGFormerNetwork(1, 187, 5)]))
    assert model.augment == Augmentation()
    assert ECGFormer.reference().train.learning_rate == 2e-4


def test_members_differ_and_their_logits_are_averaged(beats, tmp_path):
    several = quick(members=3).fit(beats)
    first, second, _ = several.network_.members
    assert not torch.equal(first.head[0].weight, second.head[0].weight)
    assert several.history_["loss"] != []
    scaled = several._scaled(several._whole(beats))
    values, features = torch.from_numpy(scaled.values), torch.from_numpy(scaled.features)
    with torch.inference_mode():
        each = [member(values, features).numpy() for member in several.network_.members]
    assert several.predict_logits(beats) == pytest.approx(np.mean(each, axis=0), abs=1e-5)
    again = load_classifier(several.save(tmp_path / "model"))
    np.testing.assert_array_equal(again.predict_proba(beats), several.predict_proba(beats))
    with pytest.raises(ParameterError, match="members"):
        quick(members=0).fit(beats)


def test_each_member_has_other_groups_held_out(beats, monkeypatch):
    held_out = []
    real = loop.fit_network

    def watched(network, train, held, *rest, **more):
        held_out.append(frozenset(row.tobytes() for row in held[0]))
        assert not held_out[-1] & {row.tobytes() for row in train[0]}
        return real(network, train, held, *rest, **more)

    monkeypatch.setattr(loop, "fit_network", watched)
    model = quick(members=3, scaling="none").fit(beats)
    assert len(held_out) == 3
    assert len(set(held_out)) > 1
    assert model.temperature_ > 0
    held_out.clear()
    quick(members=3, scaling="none").fit(beats, validation=material(30, seed=5))
    assert len(set(held_out)) == 1


# Held out


def test_whole_groups_are_held_out(beats, monkeypatch):
    seen = {}
    monkeypatch.setattr(
        ECGFormer, "_fit", lambda self, split: seen.update(zip(("train", "held_out"), split(0), strict=True))
    )
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
    with pytest.raises(DataError, match="too few"):
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
    with pytest.raises(DataError, match="1 of 10 series"):
        quick().fit(holed)
    with pytest.raises(DataError, match="use classify"):
        model.predict_proba(holed)
    with pytest.warns(MissingValuesWarning, match="1 of 10 series"):
        named = model.classify(holed)
    assert named["class"][3] == ""
    assert np.isnan(named.loc[3, ["confidence", "p_N", "p_S", "p_V"]].to_numpy(dtype=float)).all()
    rest = [i for i in range(10) if i != 3]
    np.testing.assert_allclose(named.loc[rest, "p_N"], model.predict_proba(fresh[rest])[:, 0], rtol=1e-5)


def test_a_missing_feature_counts_as_the_mean(model, beats):
    unknown = Collection(beats.values, features=np.full((90, 1), np.nan), feature_names=["rr"])
    mean = Collection(beats.values, features=np.full((90, 1), model.feature_scaler_.shift[0]), feature_names=["rr"])
    np.testing.assert_allclose(model.predict_proba(unknown), model.predict_proba(mean), rtol=1e-5)
    assert np.isfinite(
        quick().fit(Collection(beats.values, labels=beats.labels, features=unknown.features)).temperature_
    )


def test_it_abstains_where_it_is_not_sure(model):
    fresh = material(60, seed=6)
    named = model.classify(fresh, min_confidence=0.0)
    assert list(named) == ["class", "confidence", "p_N", "p_S", "p_V"]
    assert (named["class"] == model.predict(fresh)).all()
    enough = float(named["confidence"].median())
    careful = model.classify(fresh, min_confidence=enough)
    np.testing.assert_array_equal(careful["class"] == "", named["confidence"] < enough)
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
        {"scaling": "loud"},
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
    with pytest.raises(ShapeError, match="1 channels x 24 time steps"):
        model.predict(Collection(beats.values[:, :, :20], features=beats.features, feature_names=["rr"]))
    with pytest.raises(ShapeError, match="give a Collection"):
        model.predict(beats.values[:, 0])
    with pytest.raises(DataError, match="infinite ones"):
        model.predict(Collection(beats.values, features=beats.features * np.inf, feature_names=["rr"]))
