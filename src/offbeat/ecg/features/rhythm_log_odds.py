"""Log-odds of each beat by RR intervals alone, from a network trained on simulated rhythms.

It learned from no record, but the simulation was adjusted by looking at records of DS1 of the MIT-BIH database.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file
from importlib.resources import files as package_files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from offbeat.ecg.features.rhythm_context import readable_rr, usual_rr
from offbeat.errors import ModelError
from offbeat.estimators.folder import read_model, restoring, write_model
from offbeat.estimators.hints import Size, validate_types
from offbeat.series.arrays import FloatArray

if TYPE_CHECKING:
    from offbeat.networks.rhythm import RhythmNetwork

__all__ = [
    "LOG_ODDS_NAMES",
    "RHYTHM_CLASSES",
    "load_rhythm_network",
    "rhythm_log_odds",
    "save_rhythm_network",
]

RHYTHM_CLASSES = ("N", "S", "V", "fibrillation")
"""The classes of the network: sinus beats, premature ones (S, V), and beats conducted while the atria fibrillate."""
LOG_ODDS_NAMES = ("S by rhythm", "V by rhythm", "fibrillation by rhythm", "premature by rhythm")
"""The columns of :func:`rhythm_log_odds`: natural logarithms of odds."""

_LEAST = -8.0  # logarithm of the least probability


def rhythm_log_odds(before: FloatArray) -> FloatArray:
    """Return the log-odds that each beat of a stretch is premature, or one of fibrillation, by RR intervals alone.

    Parameters
    ----------
    before : array of shape (n_beats,)
        RR intervals (s), one to the beat before; a missing one counts as the median, or as 1 s where all are.

    Returns
    -------
    array of shape (n_beats, 4)
        Natural logarithms of odds, the columns of ``LOG_ODDS_NAMES``: S, V and fibrillation against N, and S or V
        against N or fibrillation.

    Raises
    ------
    ModelError
        If the files of the network are missing or damaged.

    Examples
    --------
    >>> early = np.where(np.arange(60) % 10 == 5, 0.5, 0.8)
    >>> premature = rhythm_log_odds(early)[:, 3] > 0
    >>> print(np.flatnonzero(premature))
    [ 5 15 25 35 45 55]
    """
    import torch

    from offbeat.networks.inference import one_thread

    if not len(before):
        return np.empty((0, len(LOG_ODDS_NAMES)))
    intervals = readable_rr(before, usual_rr(before))
    with torch.inference_mode(), one_thread():
        logits = _shipped()(torch.from_numpy(intervals[None].astype(np.float32)))
        logarithms = logits[0].log_softmax(0).numpy().astype(np.float64)
    normal, early, wide, fibrillation = np.maximum(logarithms, _LEAST)
    premature = np.logaddexp(early, wide) - np.logaddexp(normal, fibrillation)
    return np.column_stack([early - normal, wide - normal, fibrillation - normal, premature])


def save_rhythm_network(network: RhythmNetwork, folder: str | Path) -> Path:
    """Write a network as a folder: ``config.json`` and ``weights.safetensors``, no pickle."""
    arrays = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    width = network.widen.out_channels
    return write_model(Path(folder), {"network": "rhythm", "classes": RHYTHM_CLASSES, "width": width}, arrays)


def load_rhythm_network(folder: str | Path) -> RhythmNetwork:
    """Return a saved network.

    Raises
    ------
    ModelError
        If the folder is missing or damaged, or holds something else.
    """
    from offbeat.networks.rhythm import RhythmNetwork
    from offbeat.networks.weights import restored_network

    config, arrays = read_model(Path(folder))
    if config.get("network") != "rhythm" or config.get("classes") != list(RHYTHM_CLASSES):
        raise ModelError(
            f"expected a rhythm network of the classes {', '.join(RHYTHM_CLASSES)}, got another model at {folder}"
        )
    with restoring(f"the model at {folder}"):
        validate_types({"width": config["width"]}, {"width": Size})
        return restored_network(lambda: RhythmNetwork(len(RHYTHM_CLASSES), width=config["width"]), arrays)


@cache
def _shipped() -> RhythmNetwork:
    with as_file(package_files("offbeat.ecg").joinpath("rhythm_model")) as folder:
        return load_rhythm_network(folder)
