"""Modules of one's own: what they may be, and what a saved model of one needs."""

import copy
import json
import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import offbeat
from offbeat import DeepAnT, DenseAutoencoder, Fixed, OnlineDetector, TorchDetector, TrainConfig
from offbeat.errors import DataError, MissingModuleError, ModelError, ParameterError
from offbeat.networks import own
from offbeat.networks.deepant import DeepAnTNetwork
from offbeat.networks.dense_autoencoder import DenseAutoencoderNetwork
from offbeat.testing import long_wave, waves

QUICK = TrainConfig(epochs=2, batch_size=16, learning_rate=1e-2, progress=False)
DENSE = {"code_size": 2, "hidden_sizes": (4,)}


class Halves(nn.Module):
    """One layer, with a mask that is no number, and a hook that a call of ``forward`` would miss."""

    def __init__(self, n_times, bias=True):
        super().__init__()
        self.layer = nn.Linear(n_times, n_times, bias=bias)
        self.register_buffer("mask", torch.ones(n_times, dtype=torch.bool))
        self.calls = 0
        self.register_forward_hook(self.count)

    @staticmethod
    def count(module, inputs, output):
        module.calls += 1

    def forward(self, x):
        return self.layer(x) * self.mask


class Ahead(nn.Module):
    def __init__(self, n_channels, n_times, horizon):
        super().__init__()
        self.layer = nn.Linear(n_times, horizon)

    def forward(self, x):
        return self.layer(x)


class Normed(Halves):
    def forward(self, x):
        found = super().forward(x)
        return nn.BatchNorm1d(24)(found[:, 0])[:, None] if self.training else found


class Detached(Halves):
    def forward(self, x):
        return super().forward(x).detach()


class Doubled(Halves):
    def forward(self, x):
        return super().forward(x).double()


class Meta(Halves):
    def forward(self, x):
        return super().forward(x.to("meta"))


class Flattened(nn.Module):
    def __init__(self, n_times):
        super().__init__()
        self.layer = nn.Linear(n_times, n_times)

    def forward(self, x):
        return self.layer(x)[:, 0]


class Ratio(Halves):
    """Divides by zero where a series begins with 99."""

    def forward(self, x):
        return super().forward(x) / torch.where(x[:, :, :1] > 50, 0.0, 1.0)


def reconstructing(module=Halves, **settings):
    return TorchDetector(module, train=QUICK, threshold=Fixed(1.0), **settings)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    detector = reconstructing(module_params={"bias": False}).fit(waves(60))
    return detector, detector.save(tmp_path_factory.mktemp("models") / "own")


def test_a_network_of_ours_gives_the_scores_of_its_own_detector():
    ours = DenseAutoencoder(**DENSE, train=QUICK).fit(waves(60))
    theirs = TorchDetector(DenseAutoencoderNetwork, module_params=DENSE, train=QUICK).fit(waves(60))
    probe = waves(9, seed=1)
    np.testing.assert_allclose(theirs.decision_function(probe), ours.decision_function(probe), rtol=1e-5)


def test_a_forecast_is_compared_with_what_follows():
    window, horizon = 12, 3
    params = {"window": window, "filters": (4, 4), "hidden_size": 4}
    theirs = TorchDetector(DeepAnTNetwork, module_params=params, window=window, horizon=horizon, train=QUICK)
    ours = DeepAnT(window=window, horizon=horizon, filters=(4, 4), hidden_size=4, train=QUICK)
    recording = long_wave(300)
    found, expected = (each.fit(recording).decision_function(recording) for each in (theirs, ours))
    assert np.isnan(found[:window]).all()
    # DeepAnT takes the root of the mean square.
    live = [each.live().decision_function(recording) for each in (theirs, ours)]
    np.testing.assert_allclose(np.sqrt(live[0][20:]), live[1][20:], rtol=1e-4)
    assert np.isfinite(found[window:]).all()
    stream = OnlineDetector(theirs)
    np.testing.assert_allclose([stream.score_one(v) for v in recording], live[0], rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))


def test_the_examples_of_the_documentation_run(tmp_path, monkeypatch):
    page = (Path(__file__).parents[2] / "docs" / "own-network.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    seen = {"__name__": "page"}
    for example in examples:
        exec(compile(example, "own-network.md", "exec"), seen)
    np.testing.assert_allclose(seen["again"].decision_function(seen["split"].evaluation), seen["scores"], rtol=1e-5)
    assert seen["events"]


def test_the_shape_is_filled_in_where_it_is_asked_for():
    detector = TorchDetector(Ahead, window=10, horizon=2, train=QUICK).fit(long_wave(200, n_channels=2))
    assert detector.network_.layer.weight.shape == (2, 10)


def test_a_module_that_is_made_already_is_copied_for_each_fit():
    with torch.random.fork_rng():
        module = Halves(24)
    before = copy.deepcopy(module.state_dict())
    detector = reconstructing(module)
    probe = waves(5, seed=1)
    one, two = (detector.fit(waves(60)).decision_function(probe) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert all(torch.equal(before[name], weights) for name, weights in module.state_dict().items())


def test_hooks_run(saved):
    detector, _ = saved
    before = detector.network_.calls
    detector.decision_function(waves(3))
    assert detector.network_.calls > before


def test_a_saved_model_names_its_module_and_holds_no_code(saved):
    _, folder = saved
    settings = json.loads((folder / "config.json").read_text())["settings"]
    assert settings["module"] == own.import_path(Halves)
    assert settings["module_params"] == {"bias": False}
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "weights.safetensors"]


def test_a_saved_model_says_which_module_it_needs(saved):
    _, folder = saved
    with pytest.raises(MissingModuleError, match=rf"needs the module .*:Halves: set {own.VARIABLE}=.*:Halves, "):
        offbeat.load(folder)


@pytest.mark.parametrize("module", [Halves, Halves(24, bias=False)], ids=["class", "module"])
def test_a_saved_model_loads_with_its_module(saved, module):
    detector, folder = saved
    probe = waves(5, seed=1)
    again = offbeat.load(folder, module=module)
    np.testing.assert_allclose(again.decision_function(probe), detector.decision_function(probe), rtol=1e-6)


def test_the_environment_or_an_installed_package_may_allow_a_module(saved, monkeypatch):
    detector, folder = saved
    path, scores = own.import_path(Halves), detector.decision_function(waves(3))
    monkeypatch.setenv(own.VARIABLE, f"other:Net,{path}")
    np.testing.assert_allclose(offbeat.load(folder).decision_function(waves(3)), scores, rtol=1e-6)
    monkeypatch.delenv(own.VARIABLE)
    monkeypatch.setattr(own, "entry_points", lambda group: [EntryPoint("halves", path, group)])
    np.testing.assert_allclose(offbeat.load(folder).decision_function(waves(3)), scores, rtol=1e-6)


def test_nothing_that_a_model_names_is_imported(saved, tmp_path, monkeypatch):
    folder = tmp_path / "model"
    reconstructing(module_params={"bias": False}).fit(waves(60)).save(folder)
    config = json.loads((folder / "config.json").read_text())
    config["settings"]["module"] = "antigravity:Net"
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(MissingModuleError, match="antigravity:Net"):
        offbeat.load(folder)
    assert "antigravity" not in sys.modules


def test_a_model_cannot_ask_for_a_million_layers(tmp_path):
    detector = TorchDetector(DenseAutoencoderNetwork, module_params=DENSE, train=QUICK, threshold=Fixed(1.0))
    folder = detector.fit(waves(60)).save(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    config["settings"]["module_params"]["hidden_sizes"] = [1] * 1_000_000
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=r"hidden_sizes is .*up to 1,000 items"):
        offbeat.load(folder)


def test_a_path_is_imported_by_fit():
    path = own.import_path(DenseAutoencoderNetwork)
    assert isinstance(reconstructing(path, module_params=DENSE).fit(waves(60)).network_, DenseAutoencoderNetwork)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"module": None}, "module is a class"),
        ({"module": dict}, "module is a class"),
        ({"module": "no such module"}, "expected a module as"),
        ({"module": "nowhere.at_all:Net"}, "cannot be imported"),
        ({"module": "json:loads"}, "expected a class of PyTorch modules"),
        ({"module": nn.Identity(), "module_params": {"a": 1}}, "module_params"),
        ({"module_params": {"width": 3}}, "Halves cannot be made"),
        ({"horizon": 2}, "give a window"),
        ({"error": "mean"}, "error is one of"),
        ({"module": Flattened}, r"expected Flattened to return torch.float32 of \(2, 1, 24\) .* got .*\(2, 24\)"),
        ({"module": Doubled}, r"got torch.float64 of .*: call .float\(\) on it"),
        ({"module": Meta}, r"Meta cannot compute .*device.*: return float32 on the device of its input"),
        ({"module": nn.Linear(24, 24).double()}, r"Linear cannot compute .*: .*call .float\(\) on weights"),
        ({"module": nn.Identity}, "expected Identity to have weights to learn"),
        ({"module": Halves(24).requires_grad_(False)}, "expected Halves to have weights to learn"),
        ({"module": Detached}, r"without a gradient: leave out detach\(\)"),
        (
            {"module": Normed, "train": TrainConfig(epochs=1, batch_size=1, progress=False)},
            "Normed cannot learn from 1 series .*: set batch_size to 2 or more",
        ),
        ({"module": nn.Linear(3, 3)}, r"Linear cannot compute \(2, 1, 24\)"),
        ({"module": nn.LSTM(24, 24, batch_first=True)}, "got tuple"),
    ],
    ids=str,
)
def test_what_cannot_be_trained_is_refused_before_the_training(settings, words):
    detector = reconstructing().set_params(**settings)
    with pytest.raises(ParameterError, match=words):
        detector.fit(waves(60))


def test_a_network_that_divides_by_zero_is_an_error_and_no_missing_score():
    detector = reconstructing(Ratio).fit(waves(60))
    probe = np.array(waves(20, seed=1))
    assert np.isfinite(detector.decision_function(probe)).all()
    probe[[3, 7], 0, 0] = 1e4
    with pytest.raises(DataError, match="NaN or infinity for 2 of 20 series whose values are finite"):
        detector.decision_function(probe)
    probe[7, 0, 5] = np.nan  # this one has no score anyway
    with pytest.raises(DataError, match="for 1 of 19 series"), pytest.warns(offbeat.errors.MissingValuesWarning):
        detector.decision_function(probe)


@pytest.mark.parametrize("rate", [1e8, 1e30])
def test_a_training_that_diverges_is_refused(rate):
    train = TrainConfig(epochs=2, batch_size=16, learning_rate=rate, progress=False)
    with pytest.raises(DataError, match="lower the learning rate"):
        TorchDetector(Halves, train=train).fit(waves(60))


@pytest.mark.parametrize("scaling", ["none", "minmax"])
def test_a_training_that_hardly_begins_is_not_taken_for_one_that_diverges(scaling):
    train = TrainConfig(epochs=1, batch_size=64, learning_rate=1e-6, progress=False)
    detector = TorchDetector(Halves, train=train, threshold=Fixed(1.0), scaling=scaling)
    assert np.isfinite(detector.fit(1000 + 50 * waves(60)).decision_function(1000 + 50 * waves(5))).all()


def test_the_current_folder_counts_for_modules_that_the_variable_names(saved, tmp_path, monkeypatch):
    source = ["from torch import nn", "class Net(nn.Linear):", "    def __init__(self, n_times):"]
    (tmp_path / "net_from_here.py").write_text("\n".join([*source, "        super().__init__(n_times, n_times)"]))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each not in ("", str(tmp_path))])
    path = "net_from_here:Net"
    with pytest.raises(ParameterError, match=f"{path} cannot be imported .*{own.VARIABLE}"):
        reconstructing(path).fit(waves(60))
    monkeypatch.setenv(own.VARIABLE, path)
    detector = reconstructing(path).fit(waves(60))
    folder = detector.save(tmp_path / "model")
    np.testing.assert_allclose(
        offbeat.load(folder).decision_function(waves(3)), detector.decision_function(waves(3)), rtol=1e-6
    )


def test_a_saved_model_whose_module_is_not_there_is_not_called_damaged(saved, tmp_path, monkeypatch):
    folder = reconstructing(module_params={"bias": False}).fit(waves(60)).save(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    config["settings"]["module"] = "not_there:Net"
    (folder / "config.json").write_text(json.dumps(config))
    monkeypatch.setenv(own.VARIABLE, "not_there:Net")
    with pytest.raises(MissingModuleError, match="No module named 'not_there'") as caught:
        offbeat.load(folder)
    assert "damaged" not in str(caught.value)


def test_the_promises_can_be_checked_of_a_class_that_no_path_finds():
    class Local(Halves):
        pass

    detector = TorchDetector(Local, train=QUICK, threshold=Fixed(1.0))
    offbeat.testing.check_save_and_load(detector)
    offbeat.testing.check_settings_are_frozen(detector)
