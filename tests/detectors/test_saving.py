import json
import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from lightning.pytorch.loggers import CSVLogger
from safetensors.numpy import load_file, save_file
from sklearn.base import clone
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor

import offbeat
from offbeat import (
    Collection,
    DenseAutoencoder,
    EstimatorDetector,
    Fixed,
    IsolationForestDetector,
    KNNDetector,
    LSTMAutoencoder,
    PCADetector,
    PeaksOverThreshold,
    Quantile,
    Threshold,
    Tiers,
    TrainConfig,
)
from offbeat.errors import ModelError, OutputError
from offbeat.testing import discovered_detectors, long_wave, waves
from offbeat.testing.material import normal_data

QUICK = TrainConfig(epochs=2, batch_size=32, progress=False)

every_detector = pytest.mark.parametrize("detector", discovered_detectors(), ids=lambda d: d.name)


def fitted(detector, X=None):
    X = normal_data(detector) if X is None else X
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", offbeat.thresholds.FewScoresWarning)
        return detector.fit(X)


def settings_of(detector):
    return detector.get_params(deep=False)


@pytest.fixture
def model(tmp_path):
    return fitted(PCADetector(n_components=2, threshold=Fixed(1.0))).save(tmp_path / "model")


@pytest.fixture
def edit(model):
    """A function that changes ``config.json`` of the saved model."""

    def change(**values):
        path = model / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | values))
        return model

    return change


# What comes back.


@every_detector
def test_no_model_holds_a_pickle(detector, tmp_path):
    folder = fitted(detector).save(tmp_path / "model")
    assert {path.name for path in folder.iterdir()} == {"config.json", "weights.safetensors"}
    json.loads((folder / "config.json").read_text(encoding="utf-8"))
    content = (folder / "weights.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    assert set(header.pop("__metadata__")) == {"checksum"}
    assert max(tensor["data_offsets"][1] for tensor in header.values()) == len(content) - 8 - length
    assert {tensor["dtype"] for tensor in header.values()} <= {"F32", "F64", "U64", "I32", "I64"}


@every_detector
def test_loading_leaves_the_random_states_of_the_caller_alone(detector, tmp_path):
    folder = fitted(detector).save(tmp_path / "model")
    before, torch_before = str(np.random.get_state(legacy=False)), torch.get_rng_state()  # noqa: NPY002
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", offbeat.thresholds.FewScoresWarning)
        offbeat.load(str(folder))
    assert str(np.random.get_state(legacy=False)) == before  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), torch_before)


def test_a_detector_with_a_window_comes_back(tmp_path):
    detector = fitted(KNNDetector(n_neighbors=2, window=12, threshold=Fixed(1.0)), long_wave())
    again = offbeat.load(detector.save(tmp_path / "model"))
    recording = long_wave(50, seed=1)
    np.testing.assert_array_equal(again.decision_function(recording), detector.decision_function(recording))
    assert again.window == 12


def test_channel_names_come_back(tmp_path):
    beats = Collection(waves(n_channels=2), channels=["MLII", "V1"])
    detector = fitted(PCADetector(threshold=Fixed(0.0)), beats)
    again = offbeat.load(detector.save(tmp_path / "model"))
    assert again.channels_ == ("MLII", "V1")
    assert [name for name, _ in again.detect(beats[:1])[0].channels] == ["MLII", "V1"]


def test_what_was_seen_comes_back(tmp_path):
    detector = fitted(PCADetector(threshold=Fixed(1.0)))
    again = offbeat.load(detector.save(tmp_path / "model"))
    for name in ("seen_", "train_scores_", "held_out_scores_"):
        np.testing.assert_array_equal(getattr(again, name), getattr(detector, name))
        assert getattr(again, name).dtype == getattr(detector, name).dtype


def test_numpy_numbers_are_settings_like_any_other(tmp_path):
    detector = PCADetector(
        n_components=np.int64(3), held_out=np.float32(0.25), window=np.int32(12), threshold=Fixed(np.float64(1.5))
    )
    again = offbeat.load(fitted(detector, long_wave()).save(tmp_path / "model"))
    assert settings_of(again) | {"threshold": None} == settings_of(detector) | {"threshold": None}
    assert (type(again.n_components), type(again.held_out), type(again.window)) == (int, float, int)
    assert again.threshold.get_params() == {"value": 1.5}


@pytest.mark.parametrize("sizes", [(6, 5), [6, 5], ()])
def test_tuples_come_back(tmp_path, sizes):
    detector = fitted(DenseAutoencoder(code_size=2, hidden_sizes=sizes, train=QUICK, threshold=Fixed(1.0)))
    assert offbeat.load(detector.save(tmp_path / "model")).hidden_sizes == tuple(sizes)


def test_training_settings_come_back_without_those_of_the_run(tmp_path):
    train = replace(
        QUICK,
        noise=0.25,
        patience=3,
        seed=7,
        loss="l2",
        logger=CSVLogger(tmp_path / "logs"),
        checkpoint_dir=tmp_path / "checkpoints",
    )
    detector = fitted(DenseAutoencoder(code_size=2, hidden_sizes=(4,), train=train, threshold=Fixed(1.0)))
    folder = detector.save(tmp_path / "model")
    assert offbeat.load(folder).train == replace(train, logger=None, checkpoint_dir=None, progress=None)
    assert str(tmp_path) not in (folder / "config.json").read_text()
    assert detector.train is train


def test_history_comes_back(tmp_path):
    detector = fitted(DenseAutoencoder(code_size=2, hidden_sizes=(4,), train=QUICK, threshold=Fixed(1.0)))
    assert offbeat.load(detector.save(tmp_path / "model")).history_ == detector.history_


def test_a_loss_that_was_no_number_comes_back_as_nan(tmp_path):
    train = TrainConfig(epochs=2, progress=False)
    detector = fitted(DenseAutoencoder(code_size=2, hidden_sizes=(8,), train=train, threshold=Fixed(1.0)), waves(40))
    detector.history_["loss"][1] = float("inf")
    again = offbeat.load(detector.save(tmp_path / "model"))
    assert np.isnan(again.history_["loss"]).tolist() == [not ok for ok in np.isfinite(detector.history_["loss"])]
    assert again.history_["val_loss"] == detector.history_["val_loss"]


def test_objects_among_the_settings_come_back(tmp_path):
    detector = EstimatorDetector(
        LocalOutlierFactor(n_neighbors=7, novelty=True),
        threshold=PeaksOverThreshold(0.05, level=0.8),
        tiers=Tiers(0.4, Quantile(0.3)),
    )
    again = offbeat.load(fitted(detector, waves(200)).save(tmp_path / "model"))
    assert repr(settings_of(again)) == repr(settings_of(detector))
    assert again.estimator.n_neighbors == 7
    assert again.tiers.alarm.false_alarms == 0.3
    assert again.tiers_.values_ == detector.tiers_.values_


def test_a_threshold_set_later_is_the_one_saved(tmp_path):
    detector = fitted(PCADetector(threshold=Fixed(1.0))).set_threshold(Fixed(0.125))
    assert offbeat.load(detector.save(tmp_path / "model")).threshold_.value_ == 0.125


# What is refused when saving, so that it is not refused when loading.


class OwnThreshold(Threshold):
    def _value(self, scores):
        return scores.max()


class OwnForest(IsolationForest):
    pass


@pytest.mark.parametrize(
    "detector",
    [
        PCADetector(threshold=OwnThreshold()),
        EstimatorDetector(OwnForest(n_estimators=5), threshold=Fixed(1.0)),
        EstimatorDetector(IsolationForest(n_estimators=5, random_state=np.random.RandomState(0)), threshold=Fixed(1.0)),
    ],
    ids=["threshold", "estimator", "random state"],
)
def test_settings_that_cannot_come_back_are_refused(detector, tmp_path):
    with pytest.raises(OutputError, match=r"a setting of .* cannot be saved"):
        fitted(detector).save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


class Heir(PCADetector):
    """Has no name of its own, so that ``load`` would return a PCADetector."""


class Nameless(PCADetector):
    name = ""


@pytest.mark.parametrize("cls", [Heir, Nameless])
def test_a_detector_that_could_not_be_found_again_is_refused(cls, tmp_path):
    with pytest.raises(OutputError, match=f"{cls.__name__} cannot be saved"):
        fitted(cls(threshold=Fixed(1.0))).save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_saving_over_other_files_is_refused(model, tmp_path):
    (model / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="other files"):
        offbeat.load(model).save(model)
    assert (model / "notes.txt").read_text() == "mine"


def test_saving_over_an_older_model_replaces_it(model):
    fitted(KNNDetector(threshold=Fixed(1.0))).save(model)
    assert type(offbeat.load(model)) is KNNDetector


# What is refused when loading.


def assert_damaged(model, match="its parts do not fit together"):
    with pytest.raises(ModelError, match=match) as caught:
        offbeat.load(model)
    assert str(model) in str(caught.value)


def test_no_model_there(tmp_path):
    assert_damaged(tmp_path / "nothing", match="no model at")


@pytest.mark.parametrize("part", ["config.json", "weights.safetensors"])
def test_a_missing_or_truncated_part(model, part):
    content = (model / part).read_bytes()
    (model / part).write_bytes(content[: len(content) // 2])
    assert_damaged(model, match=f"{part} cannot be read")
    (model / part).unlink()
    assert_damaged(model, match=f"{part} cannot be read")


def test_a_newer_format(edit):
    assert_damaged(edit(format=99), match="format 99")


def test_an_unknown_detector_gets_the_closest_name(edit):
    assert_damaged(edit(detector="pcb"), match=r"'pcb'.*did you mean '?pca")


def test_a_model_of_nothing_is_named(model):
    path = model / "config.json"
    config = json.loads(path.read_text())
    del config["detector"]
    path.write_text(json.dumps(config))
    assert_damaged(model, match="expected a detector, got another model")


@pytest.mark.parametrize("name", ["settings", "n_times", "channels", "history"])
def test_a_missing_entry(model, name):
    path = model / "config.json"
    config = json.loads(path.read_text())
    del config[name]
    path.write_text(json.dumps(config))
    assert_damaged(model)


@pytest.mark.parametrize(
    "values",
    [
        {"detector": ["pca"]},
        {"detector": None},
        {"detector": "knn"},
        {"settings": []},
        {"settings": {"n_neighbours": 3}},
        {"settings": {"n_components": 2, "threshold": {"class": "Fixed", "settings": {"value": "high"}}}},
        {"settings": {"n_components": 2, "threshold": "high"}},
        {"settings": {"error": "loud"}},
        {"n_times": "many"},
        {"n_times": -24},
        {"n_times": 25},
        {"channels": 1},
        {"channels": ["a", "b"]},
        {"history": ["good"]},
    ],
    ids=json.dumps,
)
def test_entries_that_do_not_fit(edit, values):
    assert_damaged(edit(**values))


@pytest.mark.parametrize("name", ["detector.mean", "detector.components", "learned.shift", "learned.seen_"])
def test_a_missing_array(model, name):
    arrays = load_file(model / "weights.safetensors")
    del arrays[name]
    save_file(arrays, model / "weights.safetensors")
    assert_damaged(model, match=f"its parts do not fit together.*{name.split('.')[1]}")


@pytest.mark.parametrize(
    "detector",
    [
        LSTMAutoencoder(code_size=3, hidden_sizes=(4,), train=QUICK),
        DenseAutoencoder(code_size=2, hidden_sizes=(4,), train=QUICK),
        PCADetector(n_components=2),
        KNNDetector(n_neighbors=2),
        IsolationForestDetector(n_estimators=5),
    ],
    ids=lambda detector: detector.name,
)
@pytest.mark.parametrize(("n_channels", "n_times"), [(1, 20), (2, 24)])
def test_weights_learned_from_another_shape(tmp_path, detector, n_channels, n_times):
    assert_damaged(with_weights_of(tmp_path, detector, detector, waves(n_channels=n_channels)[:, :, :n_times]))


@pytest.mark.parametrize(
    ("detector", "sizes"),
    [
        (LSTMAutoencoder(code_size=3, hidden_sizes=(4,), train=QUICK), {"code_size": 2}),
        (DenseAutoencoder(code_size=2, hidden_sizes=(4,), train=QUICK), {"hidden_sizes": (4, 4)}),
    ],
    ids=["code", "depth"],
)
def test_weights_of_another_network(tmp_path, detector, sizes):
    assert_damaged(with_weights_of(tmp_path, detector, type(detector)(**settings_of(detector) | sizes), waves()))


def with_weights_of(folder, detector, other, X):
    """Save two models and swap the weights of the first for those of the second."""
    model = fitted(clone(detector).set_params(threshold=Fixed(1.0))).save(folder / "one")
    foreign = fitted(clone(other).set_params(threshold=Fixed(1.0)), X).save(folder / "other")
    (foreign / "weights.safetensors").replace(model / "weights.safetensors")
    return model


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """A module on the path that leaves a mark when it is imported."""
    monkeypatch.syspath_prepend(tmp_path)
    mark = tmp_path / "sprung"
    for name in ("trap", "sklearn_trap"):
        (tmp_path / f"{name}.py").write_text(
            f"open({str(mark)!r}, 'w').close()\nclass Estimator:\n    def fit(self, X):\n        return self\n"
        )
    yield mark
    for name in ("trap", "sklearn_trap"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", ["trap.Estimator", "sklearn_trap.Estimator", "trap.sklearn.Estimator", "os.system"])
@pytest.mark.parametrize("setting", ["threshold", "tiers", "scaling"])
def test_a_model_cannot_have_other_code_imported(edit, trap, name, setting):
    settings = {setting: {"class": name, "settings": {}}}
    assert_damaged(edit(settings=settings), match=f"{name} is not among")
    assert not trap.exists()
    assert not {"trap", "sklearn_trap"} & set(sys.modules)


def test_the_trap_would_spring(trap):
    __import__("trap")
    assert trap.exists()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("sklearn.base.clone", "is not among"),
        ("sklearn.base.nothing", "is not among"),
        ("sklearn.nowhere.Forest", "is not among"),
        ("sklearn..Forest", "is not among"),
        ("Nothing", "is not among"),
        ("threshold_from_name", "is not among"),
        ("FewScoresWarning", "is not among"),
        ("__loader__", "is not among"),
        (5, "its parts do not fit together"),
        (None, "its parts do not fit together"),
    ],
)
def test_a_class_that_is_no_estimator(edit, name, reason):
    assert_damaged(edit(settings={"threshold": {"class": name, "settings": {}}}), match=reason)


def test_a_model_that_lacks_a_setting_says_which(edit, model):
    settings = json.loads((model / "config.json").read_text())["settings"]
    del settings["n_components"]
    assert_damaged(edit(settings=settings), match=r"got none for 'n_components'.*fit it again")


def test_a_model_cannot_choose_the_device(tmp_path):
    folder = fitted(DenseAutoencoder(code_size=3, hidden_sizes=(4,), train=QUICK)).save(tmp_path / "network")
    config = json.loads((folder / "config.json").read_text())
    config["settings"]["device"] = "cpu"
    (folder / "config.json").write_text(json.dumps(config))
    assert_damaged(folder, match="holds no 'device'")
