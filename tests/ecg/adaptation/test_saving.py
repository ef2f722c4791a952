import json
from dataclasses import replace

import numpy as np
import pytest

import offbeat
from offbeat.classifiers import ECGFormer
from offbeat.ecg.adaptation.learning import learn_patient
from offbeat.ecg.adaptation.saving import is_patient_model, load_patient_model
from offbeat.ecg.classify import load_beat_model
from offbeat.errors import ModelError
from offbeat.training import TrainConfig
from patient_beats import NARROW, WIDE, beats_of, said

N = 60
WIDE_ONES = np.arange(N) % 4 == 3


@pytest.fixture(scope="module")
def beats():
    return beats_of(np.where(WIDE_ONES[:, None], WIDE, NARROW), leads=("II", "V1"))


@pytest.fixture(scope="module")
def model(base, beats):
    return learn_patient(beats, said("N" * N), np.where(WIDE_ONES, "V", "N"), base)


@pytest.fixture
def folder(model, tmp_path):
    return model.save(tmp_path / "patient")


def test_a_saved_model_says_the_same(model, beats, folder):
    again = load_beat_model(folder)
    assert is_patient_model(folder)
    assert (again.record, again.leads, again.counts()) == (model.record, model.leads, model.counts())
    expected = model.revised(said("N" * N), beats)
    assert again.revised(said("N" * N), beats) == pytest.approx(expected, abs=1e-5)
    assert (expected.argmax(axis=1) == 2).sum() == WIDE_ONES.sum()


def test_it_is_described_before_it_is_built(folder):
    described = offbeat.describe_model(folder)
    assert (described["kind"], described["name"], described["builds"]) == ("patient", "strip", [])
    assert described["settings"]["learned from"]["V"] == int(WIDE_ONES.sum())


def test_it_is_no_detector(folder):
    with pytest.raises(ModelError, match="detector"):
        offbeat.load(folder)


def test_another_classifier_below_it_is_refused(folder):
    other = ECGFormer(width=8, depth=1, heads=2, train=TrainConfig(epochs=1, progress=False))
    rng = np.random.default_rng(0)
    other.fit(rng.normal(size=(20, 1, 40)), np.arange(20) % 2)
    with pytest.raises(ModelError, match="adapt"):
        load_patient_model(folder, other)


@pytest.mark.parametrize(
    "broken",
    [
        {"windows": np.zeros((3, 2, 5), np.float32)},
        {"windows": np.full((N, 2, 114), np.nan, np.float32)},
        {"classes": np.full(N, 5)},
        {"classes": np.full(N, -1)},
        {"reach": np.zeros(N)},
        {"rhythm": np.zeros(3)},
        {"leads": ("II",)},
        {"leads": ("II", "II")},
    ],
    ids=lambda broken: next(iter(broken)),
)
def test_parts_that_do_not_fit_are_refused(model, base, broken, tmp_path):
    folder = replace(model, **broken).save(tmp_path / "broken")
    with pytest.raises(ModelError, match="damaged"):
        load_patient_model(folder, base)


@pytest.mark.parametrize("without", ["settings", "channels"])
def test_a_configuration_without_a_part_is_refused(base, folder, without):
    config = json.loads((folder / "config.json").read_text())
    del config[without]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="damaged"):
        load_patient_model(folder, base)
