import json
from dataclasses import replace

import numpy as np
import pytest

import offbeat
from offbeat.classifiers import ECGFormer
from offbeat.ecg.adaptation.learning import learn_patient
from offbeat.ecg.adaptation.saving import is_patient_model, load_patient_model
from offbeat.ecg.classify import load_base_model, load_beat_model
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
    assert (described["kind"], described["name"]) == ("patient", "strip")
    assert "TrainConfig" in described["builds"]  # of the classifier that it stands on
    assert described["settings"]["learned from"]["V"] == int(WIDE_ONES.sum())


def test_it_is_no_detector(folder):
    with pytest.raises(ModelError, match="detector"):
        offbeat.load(folder)


def test_the_classifier_below_it_comes_with_it(folder, base):
    again = load_patient_model(folder).base
    assert again.classes_.tolist() == base.classes_.tolist()
    rows = np.random.default_rng(0).normal(size=(3, len(base.channels_), base.n_times_))
    features = np.zeros((3, len(base.feature_names_)))
    batch = offbeat.Collection(rows, channels=base.channels_, features=features, feature_names=base.feature_names_)
    assert np.array_equal(again.predict_proba(batch), base.predict_proba(batch))


def test_a_classifier_of_other_series_below_it_is_refused(model, tmp_path):
    other = ECGFormer(width=8, depth=1, heads=2, train=TrainConfig(epochs=1, progress=False))
    rng = np.random.default_rng(0)
    other.fit(rng.normal(size=(20, 1, 40)), np.arange(20) % 2)
    folder = replace(model, base=other).save(tmp_path / "other")
    with pytest.raises(ModelError, match="beats"):
        load_beat_model(folder)


def test_what_is_adapted_already_is_no_base(folder):
    with pytest.raises(ModelError, match="already"):
        load_base_model(folder)


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
def test_parts_that_do_not_fit_are_refused(model, broken, tmp_path):
    folder = replace(model, **broken).save(tmp_path / "broken")
    with pytest.raises(ModelError, match="damaged"):
        load_patient_model(folder)


@pytest.mark.parametrize("without", ["base", "channels"])
def test_a_configuration_without_a_part_is_refused(folder, without):
    config = json.loads((folder / "config.json").read_text())
    del config[without]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="damaged"):
        load_patient_model(folder)
