"""What a model folder holds and would build, seen before anything is built."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from offbeat.estimators.folder import described_arrays, read_config
from offbeat.estimators.needs import classes_in
from offbeat.tables import Table

__all__ = ["describe_model", "model_tables"]

_BITS = {"BOOL": 8, "F8_E4M3": 8, "F8_E5M2": 8, "BF16": 16}


def describe_model(folder: str | Path) -> dict[str, Any]:
    """Return the contents of a model folder; nothing is imported or built, and no weights are read.

    Parameters
    ----------
    folder : path
        A model folder, trusted or not.

    Returns
    -------
    dict
        Plain values: ``folder``, ``kind`` (``"detector"``, ``"classifier"``, ``"network"``, ``"patient"`` or
        ``"unknown"``), ``name``, ``offbeat`` (the version that wrote it), ``settings``, ``builds`` (each class that its
        settings name, or those of the model that it stands on), ``channels``, ``n_times``, ``step``, ``domain``,
        ``classes``, ``arrays`` (name, type, shape and bytes of each), ``bytes``. None stands for what the folder does
        not hold.

    Raises
    ------
    ModelError
        If the folder is missing, damaged, or written by a newer version.

    Examples
    --------
    >>> import tempfile, offbeat
    >>> from offbeat.data.synthetic import voltage_curves
    >>> detector = offbeat.PCADetector(n_components=2).fit(voltage_curves(200, 0, 0))
    >>> described = describe_model(detector.save(tempfile.mkdtemp()))
    >>> described["name"], described["settings"]["n_components"], described["builds"], described["n_times"]
    ('pca', 2, [], 150)
    """
    folder = Path(folder)
    config = read_config(folder)
    kind = next((kind for kind in ("detector", "classifier", "network", "patient") if kind in config), "unknown")
    arrays = [
        {"name": name, "type": dtype, "shape": list(shape), "bytes": _bytes(dtype, shape)}
        for name, (dtype, shape) in sorted(described_arrays(folder).items())
    ]
    return {
        "folder": str(folder),
        "kind": kind,
        "name": config.get(kind),
        **{key: config.get(key) for key in ("offbeat", "settings")},
        "builds": sorted(set(classes_in([config.get("settings"), config.get("base")]))),
        **{key: config.get(key) for key in ("channels", "n_times", "step", "spans_gaps", "domain", "classes")},
        "arrays": arrays,
        "bytes": sum(array["bytes"] for array in arrays),
    }


def model_tables(described: dict[str, Any]) -> list[Table]:
    """Return what :func:`describe_model` found as tables: of the model, its settings and its arrays."""
    facts = {
        "kind": described["kind"],
        "name": described["name"],
        "written by offbeat": described["offbeat"],
        "builds": ", ".join(described["builds"]) or "nothing but itself",
        "channels": _listed(described["channels"]),
        "classes": _listed(described["classes"]),
        "time steps of a series": described["n_times"],
        "seconds between them": described["step"],
        "gaps in time": "rows were taken as they follow each other" if described["spans_gaps"] else None,
        "bytes of arrays": described["bytes"],
    }
    rows = [[name, value] for name, value in facts.items() if value not in (None, "")]
    settings = [[name, _plain(value)] for name, value in _flat(described["settings"])]
    arrays = [
        [array["name"], array["type"], " x ".join(map(str, array["shape"])), array["bytes"]]
        for array in described["arrays"]
    ]
    return [
        Table(f"The model at {described['folder']}", ["what", "value"], rows),
        Table("Settings", ["name", "value"], settings),
        Table("Arrays", ["name", "type", "shape", "bytes"], arrays),
    ]


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
