"""Write the shipped models of ECGs anew as ONNX, for machines without PyTorch; after each training of one of them.

::

    PYTHONPATH=src python scripts/export_shipped.py     # a minute
"""

from __future__ import annotations

from pathlib import Path

from offbeat.classifiers.saving import load
from offbeat.ecg.features.rhythm_log_odds import load_rhythm_network, save_rhythm_network

ECG = Path(__file__).parents[1] / "src" / "offbeat" / "ecg"

if __name__ == "__main__":
    load(ECG / "beat_model").to_onnx(ECG / "beat_model_onnx")
    save_rhythm_network(load_rhythm_network(ECG / "rhythm_model"), ECG / "rhythm_model_onnx", onnx=True)
