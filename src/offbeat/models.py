"""Load a saved model, whatever it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from offbeat.store import read_config

__all__ = ["load"]


def load(folder: str | Path) -> Any:
    """Return the detector or the classifier that was saved in a folder.

    Raises
    ------
    ModelError
        If the folder is missing, damaged, or written by a newer version.

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
    from offbeat.classifiers import persistence as classifiers
    from offbeat.detectors import persistence as detectors

    return (classifiers if "classifier" in read_config(Path(folder)) else detectors).load(folder)
