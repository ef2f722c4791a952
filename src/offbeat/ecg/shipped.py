"""The models that come with offbeat: with PyTorch as they were trained, without it as ONNX."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from offbeat.estimators.extras import has_extra

__all__ = ["shipped_folder"]


@contextmanager
def shipped_folder(name: str) -> Iterator[Path]:
    """Give the folder of a shipped model.

    Parameters
    ----------
    name : {"beat_model", "rhythm_model"}
        Which; the same as ONNX lies beside, and is taken where PyTorch is not installed.

    Examples
    --------
    >>> with shipped_folder("beat_model") as folder:
    ...     print((folder / "config.json").is_file())
    True
    """
    form = name if has_extra("deep") else f"{name}_onnx"
    with as_file(files("offbeat.ecg").joinpath(form)) as folder:
        yield folder
