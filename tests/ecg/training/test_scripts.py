"""The scripts that train what is shipped write models that load, with their cards."""

import importlib.util
import shutil
from pathlib import Path

import pytest

from offbeat.bench.heartbeats.between_patients import MAIN, STRICT
from offbeat.classifiers import ECGFormer, load
from offbeat.ecg.features.rhythm_log_odds import load_rhythm_network
from offbeat.errors import DataError

ROOT = Path(__file__).parents[3]
TRAIN, TEST = ("201", "208", "223"), ("202", "213")


def script_of(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


@pytest.mark.slow
def test_the_script_trains_a_network_of_rhythms_and_writes_its_card(tmp_path):
    out = tmp_path / "rhythm_model"
    for _ in range(2):  # a model with its card gives way to a new one
        script_of("train_rhythm_model").main(["--rhythms", "64", "--epochs", "1", "--threads", "1", "--out", str(out)])
    assert load_rhythm_network(out).widen.in_channels == 3
    card = (out / "card.md").read_text(encoding="utf-8")
    for text in ("64 rhythms", "not a medical device", "| fibrillation |", "has seen no record"):
        assert text in card


@pytest.mark.slow
def test_the_script_trains_a_model_and_writes_its_card(data_dir, tmp_path):
    script = script_of("train_beat_model")
    out = tmp_path / "beat_model"
    others = tmp_path / "others"
    others.mkdir()
    for name in ("100", "101"):
        for file in (data_dir / "mitdb").glob(f"{name}.*"):
            shutil.copy(file, others)
    few = ["--epochs", "1", "--train", *TRAIN, "--test", *TEST, "--data-dir", str(data_dir), "--out", str(out)]
    few += ["--others", str(others)]
    script.main(few)
    script.main(few)  # a model with its card gives way to a new one
    assert isinstance(load(out), ECGFormer)
    assert sum(file.stat().st_size for file in out.iterdir()) < 2_000_000
    card = (out / "card.md").read_text(encoding="utf-8")
    wanted = (
        "ODC-BY",
        "Moody",
        "Goldberger",
        "not a medical device",
        "Q (unclassifiable)",
        MAIN,
        STRICT,
        "202 (evaluated)",
        "Se ",
        "even records",
        "odd records, by confidence",
    )
    for text in wanted:
        assert text in card
    with pytest.raises(DataError, match="both sides"):
        script.main([*few, "--train", "202"])
