"""The shipped models as ONNX say what they say in PyTorch; both are written from the same weights."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_signals import RATE, ecg
from offbeat import Collection, Record, classify_record
from offbeat.classifiers.saving import load
from offbeat.ecg.features.rhythm_log_odds import load_rhythm_network
from offbeat.portable.running import run
from without import run_without

pytest.importorskip("onnxruntime", reason="ONNX models are run by onnxruntime")

ECG = Path(str(files("offbeat.ecg")))
AGAIN = "run scripts/export_shipped.py after each training"


def test_the_classifier_gives_the_same_probabilities():
    trained, exported = (load(ECG / name) for name in ("beat_model", "beat_model_onnx"))
    drawn = np.random.default_rng(0)
    series = drawn.standard_normal((50, len(trained.channels_), trained.n_times_))
    features = drawn.standard_normal((50, len(trained.feature_names_)))
    beats = Collection(series, channels=trained.channels_, features=features, feature_names=trained.feature_names_)
    assert np.abs(exported.predict_proba(beats) - trained.predict_proba(beats)).max() < 1e-5, AGAIN


@pytest.mark.parametrize("n_beats", [1, 2, 300])
def test_the_rhythm_network_gives_the_same_log_odds(n_beats):
    before = np.random.default_rng(0).uniform(0.5, 1.2, n_beats).astype(np.float32)
    trained = load_rhythm_network(ECG / "rhythm_model")
    expected = run(trained, before[None])[0].T
    found = run(load_rhythm_network(ECG / "rhythm_model_onnx"), before[:, None], batch_size=n_beats)
    assert np.abs(found - expected).max() < 1e-4, AGAIN


def test_a_record_is_classified_without_torch(tmp_path):
    pytest.importorskip("sleepecg", reason="R peaks are found by SleepECG")
    signal, *_ = ecg(40)
    np.save(tmp_path / "signal.npy", signal)
    code = f"""
        import numpy as np
        from offbeat import Record, classify_record
        record = Record.from_array(np.load("signal.npy"), sampling_rate={RATE}, channels=["II"])
        classify_record(record).table.to_csv("table.csv", index=False)
    """
    run_without({"torch", "lightning", "onnx", "matplotlib"}, code, tmp_path)
    found = pd.read_csv(tmp_path / "table.csv", keep_default_na=False, na_values=[""])
    expected = classify_record(Record.from_array(signal, sampling_rate=RATE, channels=["II"])).table
    assert found["class"].fillna("").tolist() == expected["class"].tolist()
    assert (found["class"] == "V").sum() > 2
    assert np.allclose(found["confidence"], expected["confidence"], atol=1e-4, equal_nan=True)
