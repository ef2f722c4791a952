"""Find what is off in time series, heartbeats first.

Learn what normal looks like, score, threshold, explain and report what is not. Names are loaded when first used, so
that ``import offbeat`` is quick and torch is only loaded by what needs it.

Examples
--------
>>> import offbeat
>>> curves = offbeat.load_data("synthetic-curves")
>>> detector = offbeat.PCADetector().fit(curves.where("normal"))
>>> int(detector.predict(curves.where("high")).min())
1
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from offbeat.data import load as load_data
    from offbeat.data import normal_split
    from offbeat.detectors.autoencoders import DenseAutoencoder, LSTMAutoencoder
    from offbeat.detectors.base import Detector, Explanation
    from offbeat.detectors.estimators import EstimatorDetector, IsolationForestDetector, OneClassSVMDetector
    from offbeat.detectors.floors import KNNDetector, PCADetector
    from offbeat.detectors.persistence import load
    from offbeat.detectors.reconstruction import ReconstructionDetector
    from offbeat.events import Event
    from offbeat.recording import Collection, Recording
    from offbeat.severity import Severity
    from offbeat.thresholds import IQR, MAD, Conformal, Fixed, PeaksOverThreshold, Quantile, Sigma, Threshold, Tiers
    from offbeat.training import TrainConfig
    from offbeat.windows import Windows

__all__ = [
    "IQR",
    "MAD",
    "Collection",
    "Conformal",
    "DenseAutoencoder",
    "Detector",
    "EstimatorDetector",
    "Event",
    "Explanation",
    "Fixed",
    "IsolationForestDetector",
    "KNNDetector",
    "LSTMAutoencoder",
    "OneClassSVMDetector",
    "PCADetector",
    "PeaksOverThreshold",
    "Quantile",
    "ReconstructionDetector",
    "Recording",
    "Severity",
    "Sigma",
    "Threshold",
    "Tiers",
    "TrainConfig",
    "Windows",
    "__version__",
    "load",
    "load_data",
    "normal_split",
]

_HOMES = {
    "Collection": "recording",
    "Conformal": "thresholds",
    "DenseAutoencoder": "detectors.autoencoders",
    "Detector": "detectors.base",
    "EstimatorDetector": "detectors.estimators",
    "Event": "events",
    "Explanation": "detectors.base",
    "Fixed": "thresholds",
    "IQR": "thresholds",
    "IsolationForestDetector": "detectors.estimators",
    "KNNDetector": "detectors.floors",
    "LSTMAutoencoder": "detectors.autoencoders",
    "MAD": "thresholds",
    "OneClassSVMDetector": "detectors.estimators",
    "PCADetector": "detectors.floors",
    "PeaksOverThreshold": "thresholds",
    "Quantile": "thresholds",
    "Recording": "recording",
    "ReconstructionDetector": "detectors.reconstruction",
    "Severity": "severity",
    "Sigma": "thresholds",
    "Threshold": "thresholds",
    "Tiers": "thresholds",
    "TrainConfig": "training",
    "Windows": "windows",
    "load": "detectors.persistence",
    "load_data": "data",
    "normal_split": "data",
}
"""The module that each public name comes from."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'offbeat' has no attribute {name!r}")
    module = importlib.import_module(f"offbeat.{_HOMES[name]}")
    value = getattr(module, "load" if name == "load_data" else name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
