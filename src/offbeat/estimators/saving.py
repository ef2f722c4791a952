"""Save a fitted estimator and load it again, whatever it is; or see what a folder would become, before it does."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from offbeat.estimators.folder import described_arrays, read_config
from offbeat.tables import Table

__all__ = ["describe_model", "load", "model_tables", "save"]

_WRITERS = {"detector": "offbeat.detectors.saving", "classifier": "offbeat.classifiers.saving"}
"""What writes and reads each kind of model. By name: these stand above this room, whose save their classes call."""

_BITS = {"BOOL": 8, "F8_E4M3": 8, "F8_E5M2": 8, "BF16": 16}


def save(estimator: Any, kind: str, folder: str | Path) -> Path:
    """Write a fitted estimator as a model folder.

    Parameters
    ----------
    estimator : Detector or Classifier
        Fitted.
    kind : {"detector", "classifier"}
        Which of them.
    folder : path
        Where it goes; an older model there is replaced whole.

    Raises
    ------
    OutputError
        If it cannot be written, or could not be loaded again.
    """
    written: Path = importlib.import_module(_WRITERS[kind]).save(estimator, Path(folder))
    return written


def load(folder: str | Path) -> Any:
    """Return the detector or the classifier that was saved in a folder.

    A model is plain values and arrays. Nothing is built of it but what :func:`describe_model` shows, and of that only
    classes of offbeat, and outlier detectors of scikit-learn and PyOD that are on a list, with settings in bounds.

    Raises
    ------
    ModelError
        If the folder is missing, damaged, written by a newer version, or asks for anything else.
    MissingExtraError
        If a package is not installed that the model needs.

    Examples
    --------
    >>> import tempfile, offbeat
    >>> from offbeat.data.synthetic import voltage_curves
    >>> curves = voltage_curves(200, 5, 5)
    >>> detector = offbeat.PCADetector().fit(curves.where("normal"))
    >>> folder = detector.save(tempfile.mkdtemp())
    >>> bool((offbeat.load(folder).predict(curves) == detector.predict(curves)).all())
    True
    """
    kind = "classifier" if "classifier" in read_config(Path(folder)) else "detector"
    return importlib.import_module(_WRITERS[kind]).load(folder)


def describe_model(folder: str | Path) -> dict[str, Any]:
    """Return what a model folder says of itself; nothing is imported or built, and no weights are read.

    Parameters
    ----------
    folder : path
        A model folder, of whatever origin.

    Returns
    -------
    dict
        Plain values: ``folder``, ``kind`` (``"detector"``, ``"classifier"``, ``"network"`` or ``"unknown"``), ``name``,
        ``offbeat`` (the version that wrote it), ``settings``, ``builds`` (each class that its settings name),
        ``channels``, ``n_times``, ``step``, ``domain``, ``classes``, ``arrays`` (name, type, shape and bytes of each),
        ``bytes``. What the folder does not say is None.

    Raises
    ------
    ModelError
        If the folder is missing, damaged, or written by a newer version.

    Examples
    --------
    >>> import tempfile, offbeat
    >>> from offbeat.data.synthetic import voltage_curves
    >>> detector = offbeat.PCADetector(n_components=2).fit(voltage_curves(200, 0, 0))
    >>> told = describe_model(detector.save(tempfile.mkdtemp()))
    >>> told["name"], told["settings"]["n_components"], told["builds"], told["n_times"]
    ('pca', 2, [], 150)
    """
    folder = Path(folder)
    config = read_config(folder)
    kind = next((kind for kind in ("detector", "classifier", "network") if kind in config), "unknown")
    arrays = [
        {"name": name, "type": dtype, "shape": list(shape), "bytes": _bytes(dtype, shape)}
        for name, (dtype, shape) in sorted(described_arrays(folder).items())
    ]
    return {
        "folder": str(folder),
        "kind": kind,
        "name": config.get(kind),
        **{key: config.get(key) for key in ("offbeat", "settings")},
        "builds": sorted(set(_classes(config.get("settings")))),
        **{key: config.get(key) for key in ("channels", "n_times", "step", "domain", "classes")},
        "arrays": arrays,
        "bytes": sum(array["bytes"] for array in arrays),
    }


def model_tables(told: dict[str, Any]) -> list[Table]:
    """Return what :func:`describe_model` found as tables: of the model, its settings and its arrays."""
    facts = {
        "kind": told["kind"],
        "name": told["name"],
        "written by offbeat": told["offbeat"],
        "builds": ", ".join(told["builds"]) or "nothing but itself",
        "channels": _listed(told["channels"]),
        "classes": _listed(told["classes"]),
        "time steps of a series": told["n_times"],
        "seconds between them": told["step"],
        "bytes of arrays": told["bytes"],
    }
    rows = [[name, value] for name, value in facts.items() if value not in (None, "")]
    settings = [[name, _plain(value)] for name, value in _flat(told["settings"])]
    arrays = [
        [array["name"], array["type"], " x ".join(map(str, array["shape"])), array["bytes"]] for array in told["arrays"]
    ]
    return [
        Table(f"The model at {told['folder']}", ["what", "value"], rows),
        Table("Settings", ["name", "value"], settings),
        Table("Arrays", ["name", "type", "shape", "bytes"], arrays),
    ]


def _classes(value: Any) -> Iterator[str]:
    """Yield the name of each class that is named at any depth."""
    if isinstance(value, dict) and set(value) == {"class", "settings"}:
        yield str(value["class"])
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from _classes(part)


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each setting by its name, with those of objects below theirs."""
    if isinstance(value, dict) and set(value) == {"class", "settings"}:
        yield name, value["class"]
        value = value["settings"]
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _flat(part, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(part, dict | list) for part in value):
        for number, part in enumerate(value):
            yield from _flat(part, f"{name}[{number}]")
    else:
        yield name, value


def _listed(values: Any) -> str:
    return ", ".join(map(str, values)) if isinstance(values, list) else ""


def _plain(value: Any) -> str:
    return "none" if value is None else _listed(value) or str(value)


def _bytes(dtype: str, shape: tuple[int, ...]) -> int:
    bits = _BITS.get(dtype) or int("".join(filter(str.isdigit, dtype)) or 0)
    return math.prod(shape) * bits // 8
