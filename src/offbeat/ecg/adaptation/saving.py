"""A patient model as a folder: ``config.json`` and ``weights.safetensors``, with the classifier it stands on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from offbeat.ecg.adaptation.patient_model import PatientModel
from offbeat.ecg.features.shape import BEAT_TIMES
from offbeat.errors import ModelError
from offbeat.estimators.arrays import Arrays, array_of, part_of
from offbeat.estimators.folder import read_config, read_model, restoring, write_model
from offbeat.estimators.plain import names_of
from offbeat.records.aami import CLASSES
from offbeat.version import __version__

__all__ = ["is_patient_model", "load_patient_model", "save_patient_model"]

_KIND, _BASE = "patient", "base"


def is_patient_model(folder: str | Path) -> bool:
    """Return whether a folder holds what was learned about a patient, rather than a classifier.

    Raises
    ------
    ModelError
        If the folder is missing or damaged.
    """
    return _KIND in read_config(Path(folder))


def save_patient_model(model: PatientModel, folder: str | Path) -> Path:
    """Write a patient model, and in the same files the classifier that it stands on.

    So it stays what it is when the classifier is trained again, or another version of offbeat ships another one.

    Raises
    ------
    OutputError
        If it cannot be written, or the folder holds something that is no model.
    """
    from offbeat.classifiers.saving import parts

    base, base_arrays = parts(model.base)
    config: dict[str, Any] = {
        "offbeat": __version__,
        _KIND: model.record,
        "settings": {"base": model.base.name, "learned from": model.counts()},
        "n_times": BEAT_TIMES,
        "channels": list(model.leads),
        "classes": list(CLASSES),
        "domain": "ecg",
        _BASE: base,
    }
    arrays: Arrays = {
        "windows": model.windows.astype(np.float32),
        "classes": model.classes.astype(np.int64),
        "reach": model.reach.astype(np.float64),
        "rhythm": model.rhythm.astype(np.float64),
        "usual": model.usual.astype(np.float64),
        **{f"{_BASE}.{name}": array for name, array in base_arrays.items()},
    }
    return write_model(Path(folder), config, arrays)


def load_patient_model(folder: str | Path) -> PatientModel:
    """Return a saved patient model.

    Parameters
    ----------
    folder : str or Path
        As :func:`save_patient_model` wrote it.

    Raises
    ------
    ModelError
        If the folder is missing or damaged.
    """
    from offbeat.classifiers.saving import restored

    config, arrays = read_model(Path(folder))
    with restoring(f"the model at {folder}"):
        leads, record = names_of(config, "channels", 1), str(config[_KIND])
        windows = array_of(arrays, "windows", None, len(leads), BEAT_TIMES)
        classes = array_of(arrays, "classes", len(windows), kinds="i")
        reach = array_of(arrays, "reach", len(windows))
        if not len(windows) or not np.isin(classes, range(len(CLASSES))).all() or (reach <= 0).any():
            raise ModelError("expected beats of known classes with a reach above 0, got others")
        rhythm, usual = (array_of(arrays, name, 2) for name in ("rhythm", "usual"))
        base = restored(config[_BASE], part_of(arrays, f"{_BASE}."), Path(folder))
    return PatientModel(base, record, leads, windows, classes, reach, rhythm, usual)
