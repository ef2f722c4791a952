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

from offbeat.version import __version__

if TYPE_CHECKING:
    from offbeat.classifiers.ecgformer import ECGFormer
    from offbeat.data import load as load_data
    from offbeat.data import normal_split
    from offbeat.detectors.autoencoders import DenseAutoencoder, LSTMAutoencoder
    from offbeat.detectors.base import Detector
    from offbeat.detectors.baselines import NaiveForecast, SeasonalBaseline
    from offbeat.detectors.classical import KNNDetector, PCADetector
    from offbeat.detectors.deepant import DeepAnT
    from offbeat.detectors.forecasting import ForecastDetector
    from offbeat.detectors.matrix_profile import MatrixProfileDetector
    from offbeat.detectors.mixed import MixedDetector
    from offbeat.detectors.online import OnlineDetector
    from offbeat.detectors.reconstruction import ReconstructionDetector
    from offbeat.detectors.scoring.explanation import Explanation
    from offbeat.detectors.wrapped import EstimatorDetector, IsolationForestDetector, OneClassSVMDetector
    from offbeat.estimators.saving import describe_model, load
    from offbeat.events import Event, events_to_frame, read_events, write_events
    from offbeat.events.severity import Severity
    from offbeat.series.collection import Collection
    from offbeat.series.periods import suggest_window
    from offbeat.series.recording import Recording
    from offbeat.series.windows import Windows
    from offbeat.thresholds import (
        IQR,
        MAD,
        Budget,
        Conformal,
        Fixed,
        PeaksOverThreshold,
        Quantile,
        Sigma,
        Threshold,
        Tiers,
    )
    from offbeat.training import TrainConfig
    from offbeat.training.augmentation import Augmentation

__all__ = [
    "IQR",
    "MAD",
    "Augmentation",
    "Budget",
    "Collection",
    "Conformal",
    "DeepAnT",
    "DenseAutoencoder",
    "Detector",
    "ECGFormer",
    "EstimatorDetector",
    "Event",
    "Explanation",
    "Fixed",
    "ForecastDetector",
    "IsolationForestDetector",
    "KNNDetector",
    "LSTMAutoencoder",
    "MatrixProfileDetector",
    "MixedDetector",
    "NaiveForecast",
    "OneClassSVMDetector",
    "OnlineDetector",
    "PCADetector",
    "PeaksOverThreshold",
    "Quantile",
    "ReconstructionDetector",
    "Recording",
    "SeasonalBaseline",
    "Severity",
    "Sigma",
    "Threshold",
    "Tiers",
    "TrainConfig",
    "Windows",
    "__version__",
    "describe_model",
    "events_to_frame",
    "load",
    "load_data",
    "normal_split",
    "read_events",
    "suggest_window",
    "write_events",
]

_HOMES = {
    "events_to_frame": "events",
    "read_events": "events",
    "write_events": "events",
    "MixedDetector": "detectors.mixed",
    "OnlineDetector": "detectors.online",
    "suggest_window": "series.periods",
    "Augmentation": "training.augmentation",
    "ECGFormer": "classifiers.ecgformer",
    "Budget": "thresholds",
    "MatrixProfileDetector": "detectors.matrix_profile",
    "SeasonalBaseline": "detectors.baselines",
    "NaiveForecast": "detectors.baselines",
    "ForecastDetector": "detectors.forecasting",
    "DeepAnT": "detectors.deepant",
    "Collection": "series.collection",
    "Conformal": "thresholds",
    "DenseAutoencoder": "detectors.autoencoders",
    "Detector": "detectors.base",
    "EstimatorDetector": "detectors.wrapped",
    "Event": "events",
    "Explanation": "detectors.scoring.explanation",
    "Fixed": "thresholds",
    "IQR": "thresholds",
    "IsolationForestDetector": "detectors.wrapped",
    "KNNDetector": "detectors.classical",
    "LSTMAutoencoder": "detectors.autoencoders",
    "MAD": "thresholds",
    "OneClassSVMDetector": "detectors.wrapped",
    "PCADetector": "detectors.classical",
    "PeaksOverThreshold": "thresholds",
    "Quantile": "thresholds",
    "Recording": "series.recording",
    "ReconstructionDetector": "detectors.reconstruction",
    "Severity": "events.severity",
    "Sigma": "thresholds",
    "Threshold": "thresholds",
    "Tiers": "thresholds",
    "TrainConfig": "training",
    "Windows": "series.windows",
    "describe_model": "estimators.saving",
    "load": "estimators.saving",
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
