"""One argument says where networks train, score and stream; a saved model goes to any machine.

Where there is no other device, the same runs on the processor.
"""

import json

import numpy as np
import pytest
import torch

import offbeat
from offbeat import ECGFormer, OnlineDetector, PCADetector
from offbeat.data.synthetic import voltage_curves
from offbeat.detectors.registry import detector_classes
from offbeat.errors import DeviceError, ParameterError
from offbeat.networks.devices import VARIABLE, computing_device, devices, training_device
from offbeat.networks.inference import in_parallel, place_of
from offbeat.testing import long_wave, waves

ALL = ("cpu", "cuda", "mps")
each_device = pytest.mark.parametrize(
    "device",
    [pytest.param(name, marks=pytest.mark.skipif(name not in devices(), reason=f"no {name} here")) for name in ALL],
)
MISSING = next(name for name in ALL if name not in devices())
NETWORKED = [cls for cls in detector_classes().values() if cls.trains]
TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}


def fitted(cls, device):
    detector = cls.example().set_params(device=device, calibration="held-out")
    if "collections" in cls.reads:
        return detector.fit(waves(60)), waves(9, seed=1)
    return detector.fit(long_wave(300)), long_wave(90, seed=1)


@each_device
@pytest.mark.parametrize("cls", NETWORKED, ids=lambda cls: cls.name)
def test_a_detector_trains_and_scores_where_it_is_told_and_loads_anywhere(cls, device, tmp_path):
    detector, probe = fitted(cls, device)
    assert place_of(detector.network_).type == device
    scores = detector.decision_function(probe)
    folder = detector.save(tmp_path / "model")
    assert "device" not in json.loads((folder / "config.json").read_text())["settings"]
    elsewhere, there = offbeat.load(folder), offbeat.load(folder, device=device)
    assert place_of(elsewhere.network_).type == "cpu"
    assert place_of(there.network_).type == there.device == device
    np.testing.assert_allclose(elsewhere.decision_function(probe), scores, **TOLERANCE)
    np.testing.assert_allclose(there.decision_function(probe), scores, **TOLERANCE)
    np.testing.assert_allclose(there.explain(probe).expected, elsewhere.explain(probe).expected, rtol=1e-3, atol=1e-4)


@each_device
def test_the_same_seed_gives_the_same_scores_on_a_device(device):
    cls = offbeat.LSTMAutoencoder
    (one, probe), (other, _) = fitted(cls, device), fitted(cls, device)
    np.testing.assert_allclose(one.decision_function(probe), other.decision_function(probe), **TOLERANCE)


@each_device
def test_a_stream_on_a_device_has_the_scores_of_the_whole(device):
    detector = offbeat.DeepAnT.example().set_params(device=device, calibration="held-out").fit(long_wave(300))
    probe = long_wave(60, seed=1)
    stream = OnlineDetector(detector)
    found = [stream.score_one(values) for values in probe]
    np.testing.assert_allclose(found, detector.live().decision_function(probe), **TOLERANCE)


@each_device
def test_a_classifier_trains_and_classifies_where_it_is_told(device, tmp_path):
    curves = voltage_curves(40, 40, 40)
    model = ECGFormer.example().set_params(device=device).fit(curves)
    folder = model.save(tmp_path / "model")
    elsewhere, there = offbeat.load(folder), offbeat.load(folder, device=device)
    assert [place_of(each.network_).type for each in (model, elsewhere, there)] == [device, "cpu", device]
    for again in (elsewhere, there):
        np.testing.assert_allclose(again.predict_proba(curves), model.predict_proba(curves), rtol=1e-3, atol=1e-5)


@each_device
def test_batches_on_a_device_are_those_of_the_processor(device):
    rows, scale = torch.randn(2500, 3), torch.arange(2500.0)
    found = in_parallel(lambda x, by: x * by[:, None], rows, scale, device=device)
    assert found.device.type == "cpu"
    torch.testing.assert_close(found, rows * scale[:, None])


def test_a_device_that_is_not_there_is_refused_before_the_training():
    with pytest.raises(DeviceError, match=f"'{MISSING}': choose .*cpu"):
        offbeat.DenseAutoencoder.example().set_params(device=MISSING).fit(waves(60))
    with pytest.raises(DeviceError, match=MISSING):
        ECGFormer.example().set_params(device=MISSING).fit(voltage_curves(40, 40, 40))


@pytest.mark.parametrize("cls", [*NETWORKED, ECGFormer], ids=lambda cls: cls.name)
def test_a_device_that_no_machine_has_is_refused(cls):
    with pytest.raises(ParameterError, match="device is one of auto, cpu, cuda, mps, got 'abacus'"):
        cls.example().set_params(device="abacus").fit(waves(60), np.arange(60) % 2)


def test_a_model_for_a_missing_device_is_not_called_damaged(tmp_path, monkeypatch):
    folder = fitted(offbeat.DenseAutoencoder, "cpu")[0].save(tmp_path / "model")
    with pytest.raises(DeviceError, match=MISSING):
        offbeat.load(folder, device=MISSING)
    monkeypatch.setenv(VARIABLE, MISSING)
    with pytest.raises(DeviceError, match=f"{VARIABLE}={MISSING}"):
        offbeat.load(folder)
    assert offbeat.load(folder, device="cpu").device == "cpu"


def test_loading_takes_nothing_but_what_a_model_does_not_hold(tmp_path):
    folder = fitted(offbeat.DenseAutoencoder, "cpu")[0].save(tmp_path / "model")
    with pytest.raises(ParameterError, match="takes device, got 'code_size'"):
        offbeat.load(folder, code_size=3)
    plain = PCADetector().fit(waves(60)).save(tmp_path / "plain")
    with pytest.raises(ParameterError, match="takes no settings, got 'device'"):
        offbeat.load(plain, device="cpu")


def test_the_environment_stands_in_for_auto(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert (training_device("auto"), computing_device("auto")) == (devices()[0], "cpu")
    monkeypatch.setenv(VARIABLE, devices()[0])
    assert training_device("auto") == computing_device("auto") == devices()[0]
    monkeypatch.setenv(VARIABLE, "abacus")
    with pytest.raises(DeviceError, match=f"{VARIABLE}=abacus"):
        training_device("auto")
    assert training_device("cpu") == computing_device("cpu") == "cpu"
