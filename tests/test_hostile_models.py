"""Whatever a model folder or a stream's state says: it is right and scores, or it is refused in one sentence."""

import json
import os
import shutil

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import offbeat
from offbeat import DenseAutoencoder, Fixed, KNNDetector, MixedDetector, NaiveForecast, PCADetector, TrainConfig
from offbeat.errors import ModelError
from offbeat.estimators.arrays import digest, write_arrays
from offbeat.testing import long_wave

HUGE = 10**12
TRAIN = TrainConfig(epochs=1, progress=False)
DETECTORS = {
    "pca": PCADetector(n_components=2, window=8, error="whitened"),
    "knn": KNNDetector(n_neighbors=2, window=8),
    "dense": DenseAutoencoder(code_size=2, hidden_sizes=(4,), window=8, train=TRAIN),
    "seasonal": offbeat.SeasonalBaseline(period=6, seasons=2),
    "forest": offbeat.IsolationForestDetector(n_estimators=2, window=8),
    "svm": offbeat.OneClassSVMDetector(window=8),
    "mixed": MixedDetector(parts=(NaiveForecast(), PCADetector(n_components=2)), window=8, memory=50),
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Save one of each detector, once."""
    folder = tmp_path_factory.mktemp("models")
    for name, detector in DETECTORS.items():
        detector.set_params(threshold=Fixed(1.0)).fit(long_wave(300)).save(folder / name)
    return folder


@pytest.fixture
def damage(saved, tmp_path):
    """Return a function that copies a model and changes its configuration and arrays."""

    def damaged(name, change=None, **arrays):
        model = tmp_path / "model"
        shutil.copytree(saved / name, model)
        config = json.loads((model / "config.json").read_text())
        if change is not None:
            change(config)
        (model / "config.json").write_text(json.dumps(config))
        if arrays:
            whole = load_file(model / "weights.safetensors")
            whole |= {key.replace("__", "."): np.asarray(value) for key, value in arrays.items()}
            save_file(whole, model / "weights.safetensors")
        return model

    return damaged


def refused(model, match="the model at"):
    with pytest.raises(ModelError, match=match) as caught:
        offbeat.load(model)
    assert len(str(caught.value)) <= 500
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", DETECTORS)
def test_what_is_whole_scores(name, damage):
    model = offbeat.load(damage(name))
    assert np.isfinite(model.decision_function(long_wave(60))[-1])


@pytest.mark.parametrize("value", [HUGE, 10**30, -1, 0, 2.5, True, "8", None, [8], {}, 1e308], ids=str)
@pytest.mark.parametrize("name", DETECTORS)
def test_time_steps(name, value, damage):
    refused(damage(name, lambda config: config.update(n_times=value)))


@pytest.mark.parametrize("value", [HUGE, -1, 2.5, "8", [8], {}, 9], ids=str)
@pytest.mark.parametrize("name", sorted({*DETECTORS} - {"seasonal"}))
def test_windows(name, value, damage):
    refused(damage(name, lambda config: config["settings"].update(window=value)))


@pytest.mark.parametrize("value", [["a", "a"], 5, [5], [None], [], "a", ["a", "b"], ["\ud800"], [["a"]], {"a": 1}])
def test_channels(value, damage):
    refused(damage("pca", lambda config: config.update(channels=value)))


@pytest.mark.parametrize("value", ["x", -1, 0, [1], True, 10**400, {}], ids=lambda value: str(value)[:9])
def test_steps(value, damage):
    refused(damage("pca", lambda config: config.update(step=value)))


@pytest.mark.parametrize("value", [5, "x", {"loss": "x"}, {"loss": ["x"]}, {"loss": [[True]]}, [1]], ids=str)
def test_histories(value, damage):
    refused(damage("dense", lambda config: config.update(history=value)))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("mixed", {"memory": -1}),
        ("mixed", {"memory": HUGE}),
        ("mixed", {"memory": 2.5}),
        ("mixed", {"memory": 50, "window": None}),
        ("mixed", {"join": "sum"}),
        ("mixed", {"parts": []}),
        ("mixed", {"parts": [{"class": "PCADetector", "settings": {"n_components": -1}}]}),
        ("pca", {"fold": [1] * 100_000}),
        ("pca", {"n_components": HUGE}),
        ("pca", {"held_out": 1e308}),
        ("pca", {"random_state": -1}),
        ("pca", {"stride": HUGE}),
        ("knn", {"n_neighbors": 900_000}),
        ("knn", {"n_neighbors": HUGE}),
        ("forest", {"n_estimators": HUGE}),
        ("dense", {"hidden_sizes": [65_536] * 900}),
        ("dense", {"hidden_sizes": [HUGE]}),
        ("dense", {"code_size": HUGE}),
        ("seasonal", {"seasons": HUGE}),
        ("pca", {"threshold": {"class": "Quantile", "settings": {"false_alarms": 1e-300}}}),
        ("pca", {"threshold": {"class": "Quantile", "settings": {"false_alarms": 5}}}),
        ("pca", {"threshold": {"class": "Budget", "settings": {"alarms": 1e308, "step": 1e-308}}}),
        ("pca", {"threshold": {"class": 1, "settings": 2}}),
        ("pca", {"class": "x"}),
    ],
    ids=lambda part: str(part)[:60],
)
def test_settings_are_judged_as_fit_does(name, settings, damage):
    refused(damage(name, lambda config: config["settings"].update(settings)))


def test_windows_of_another_length_than_those_learned_from(damage):
    refused(damage("seasonal", detector__period=[HUGE, 2]), "its windows take")


@pytest.mark.parametrize(
    ("name", "arrays"),
    [
        ("pca", {"learned__scale": [0.0]}),
        ("pca", {"learned__scale": [-1.0]}),
        ("pca", {"learned__scale": [np.nan]}),
        ("pca", {"learned__shift": [np.inf]}),
        ("pca", {"learned__scale": [1]}),
        ("pca", {"learned__shift": [1e25]}),
        ("pca", {"learned__held_out_scores_": np.array([np.nan, np.nan])}),
        ("pca", {"learned__held_out_scores_": np.zeros((3, 1))}),
        ("pca", {"learned__held_out_scores_": np.zeros(0)}),
        ("pca", {"learned__seen_": np.zeros(3)}),
        ("pca", {"detector__mean": np.zeros(9)}),
        ("pca", {"detector__mean": np.full(8, np.nan)}),
        ("pca", {"detector__components": np.zeros((2, 7))}),
        ("pca", {"detector__residuals.whitener": np.zeros((8, 7))}),
        ("knn", {"detector__normal": np.zeros((1, 8))}),
        ("knn", {"detector__normal": np.full((9, 8), np.nan)}),
        ("svm", {"detector__normal": np.zeros((9, 1, 9), np.float32)}),
        ("svm", {"detector__normal": np.zeros((0, 1, 8), np.float32)}),
        ("forest", {"detector__features": np.full((2, 255), 8, np.int32)}),
        ("forest", {"detector__features": np.zeros((2, 2**20 - 1), np.int32)}),
        ("forest", {"detector__depths": np.full((2, 256), np.nan)}),
        ("forest", {"detector__average": np.zeros(1)}),
        ("seasonal", {"detector__level": np.zeros(2)}),
        ("seasonal", {"detector__period": [6.0, 2.0]}),
        ("seasonal", {"detector__period": [6, -2]}),
        ("dense", {"detector__network.encoder.0.bias": np.full(4, np.nan, np.float32)}),
        (
            "dense",
            {
                "detector__network.decoder.0.bias": np.full(4, 3e38, np.float32),
                "detector__network.decoder.2.weight": np.full((8, 4), [3e38, -3e38, 3e38, -3e38], np.float32),
            },
        ),
        ("dense", {"detector__network.more": np.zeros(1, np.float32)}),
        ("mixed", {"detector__normal": np.zeros((9, 3))}),
        ("mixed", {"detector__normal": np.zeros((2, 2))}),
        ("mixed", {"detector__normal": np.full((9, 2), np.nan)}),
        ("mixed", {"detector__part0.n_times": [HUGE]}),
        ("mixed", {"detector__part0.n_times": [1]}),
        ("mixed", {"detector__part0.n_times": [-1]}),
        ("mixed", {"detector__part1.scale": [0.0]}),
    ],
    ids=lambda part: str(part)[:70],
)
def test_arrays_are_what_they_should_be(name, arrays, damage):
    refused(damage(name, **arrays))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 60 + "1" + "}" * 60,
        '{"format": Infinity}',
        '{"format": NaN}',
        '{"format": 1e999}',
        '{"format": ' + "9" * 5000 + "}",
        '{"format": -5}',
        '{"format": true}',
        '{"format": "1"}',
        "[1]",
        '"\\ud800"',
    ],
    ids=lambda text: text[:24],
)
def test_configurations_that_are_none(text, damage):
    model = damage("pca")
    (model / "config.json").write_text(text)
    refused(model, "config.json cannot be read")
    with pytest.raises(ModelError, match=r"config\.json cannot be read"):
        offbeat.describe_model(model)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
@pytest.mark.parametrize("name", ["config.json", "weights.safetensors"])
def test_nobody_waits_for_a_pipe(name, damage):
    model = damage("pca")
    (model / name).unlink()
    os.mkfifo(model / name)
    refused(model, f"{name} cannot be read")


@pytest.mark.parametrize("at", [200, -1, -40])
def test_a_flipped_bit_in_the_weights_is_found(at, damage):
    model = damage("pca")
    content = bytearray((model / "weights.safetensors").read_bytes())
    content[at] ^= 1
    (model / "weights.safetensors").write_bytes(content)
    refused(model, "weights.safetensors")


# Describing.


def test_a_model_is_described_before_anything_is_built(damage):
    def change(config):
        config["settings"]["threshold"] = {"class": "os.system", "settings": {"command": ["touch x"]}}

    model = offbeat.describe_model(damage("mixed", change))
    assert model["builds"] == ["NaiveForecast", "PCADetector", "os.system"]
    assert (model["kind"], model["name"], model["channels"], model["n_times"]) == ("detector", "mixed", ["ch0"], 8)
    assert model["settings"]["threshold"]["settings"] == {"command": ["touch x"]}
    assert model["bytes"] == sum(array["bytes"] for array in model["arrays"])
    shapes = {array["name"]: (array["type"], array["shape"]) for array in model["arrays"]}
    assert shapes["learned.scale"] == ("F64", [1])
    json.dumps(model, allow_nan=False)


def test_bytes_are_those_of_the_file(saved):
    model = offbeat.describe_model(saved / "dense")
    arrays = load_file(saved / "dense" / "weights.safetensors")
    assert model["bytes"] == sum(array.nbytes for array in arrays.values())


# States of streams.


@pytest.fixture
def stream(saved):
    online = offbeat.OnlineDetector(offbeat.load(saved / "mixed"))
    online.update(long_wave(30))
    return online


@pytest.mark.parametrize(
    "arrays",
    [
        {"recent": None},
        {"n_seen": None},
        {"stage.past": None},
        {"recent": np.zeros((1, 9))},
        {"recent": np.zeros((1, 8), np.int64)},
        {"recent": np.full((1, 8), np.inf)},
        {"recent": np.full((1, 8), 1e300)},
        {"n_seen": np.array([-1])},
        {"n_seen": np.array([1.5])},
        {"n_seen": np.array([1, 2])},
        {"n_seen": np.array([2**64 - 1], np.uint64)},
        {"stage.past": np.zeros((3, 3))},
        {"stage.past": np.zeros((0, 2))},
        {"stage.past": np.zeros((51, 2))},
        {"stage.past": np.full((9, 2), np.nan)},
    ],
    ids=lambda arrays: str(arrays)[:60],
)
def test_a_damaged_state_leaves_the_stream_as_it_was(stream, arrays, tmp_path):
    path = stream.save_state(tmp_path / "state")
    with safe_open(path, framework="numpy") as file:
        model = file.metadata()["model"]
    whole = load_file(path) | {name: value for name, value in arrays.items() if value is not None}
    kept = {name: value for name, value in whole.items() if name not in arrays or arrays[name] is not None}
    write_arrays(path, kept, {"model": model, "digest": digest(kept)})
    other = offbeat.OnlineDetector(stream.detector)
    other.update(long_wave(30))
    with pytest.raises(ModelError, match=r"the state (in|of) .* is damaged"):
        stream.load_state(path)
    assert stream.n_seen == 30
    np.testing.assert_array_equal(stream.update(long_wave(20, seed=1)), other.update(long_wave(20, seed=1)))


@pytest.mark.parametrize(
    "arrays",
    [
        {"decisions.flag.level": None},
        {"decisions.flag.level": np.array([np.nan])},
        {"decisions.flag.level": np.array([0], np.int64)},
        {"decisions.flag.since": np.array([-1.0])},
        {"decisions.flag.since": np.array([[1.0]])},
        {"decisions.flag.risen": np.array([2], np.uint8)},
        {"decisions.flag.more": np.zeros(1)},
        {"decisions.watch.level": np.zeros(1)},
    ],
    ids=lambda arrays: str(arrays)[:60],
)
def test_a_damaged_state_of_a_moving_threshold_is_refused(tracked, arrays):
    whole = tracked.arrays()
    changed = {name: value for name, value in {**whole, **arrays}.items() if value is not None}
    with pytest.raises(ModelError, match=r"the state of .* is damaged"):
        tracked.restore(changed)
    for name, array in tracked.arrays().items():
        np.testing.assert_array_equal(array, whole[name])


@pytest.fixture(scope="module")
def tracked(saved):
    """Return a stream whose threshold moves and whose tiers are fixed."""
    detector = offbeat.load(saved / "pca").set_threshold(offbeat.Tracking(20, 300.0, step=1.0), offbeat.Tiers(0.2, 0.1))
    online = offbeat.OnlineDetector(detector)
    online.update(long_wave(60) * 3)
    return online


@pytest.mark.parametrize("content", [b"", b"x" * 100, b"\xff" * 8, b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_state_that_is_none(stream, content, tmp_path):
    (tmp_path / "state").write_bytes(content)
    with pytest.raises(ModelError):
        stream.load_state(tmp_path / "state")


def test_a_flipped_bit_in_a_state_is_found(stream, tmp_path):
    path = stream.save_state(tmp_path / "state")
    content = bytearray(path.read_bytes())
    content[-3] ^= 4
    path.write_bytes(content)
    with pytest.raises(ModelError, match="damaged"):
        stream.load_state(path)
