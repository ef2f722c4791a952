"""Classifiers of short series, such as heartbeats, which learn from labelled ones."""

from offbeat.classifiers.base import Classifier
from offbeat.classifiers.baselines import MiniRocketBaseline, RandomForestBaseline
from offbeat.classifiers.ecgformer import ECGFormer
from offbeat.classifiers.registry import classifier_baselines, classifier_class, classifier_classes
from offbeat.classifiers.saving import load

__all__ = [
    "Classifier",
    "ECGFormer",
    "MiniRocketBaseline",
    "RandomForestBaseline",
    "classifier_baselines",
    "classifier_class",
    "classifier_classes",
    "load",
]
