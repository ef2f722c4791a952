"""What tells the class of short series, such as heartbeats, after learning from labelled ones."""

from offbeat.classifiers.base import Classifier
from offbeat.classifiers.baselines import MiniRocketFloor, RandomForestFloor
from offbeat.classifiers.ecgformer import ECGFormer
from offbeat.classifiers.registry import classifier_class, classifier_classes, classifier_floors
from offbeat.classifiers.saving import load

__all__ = [
    "Classifier",
    "ECGFormer",
    "MiniRocketFloor",
    "RandomForestFloor",
    "classifier_class",
    "classifier_classes",
    "classifier_floors",
    "load",
]
