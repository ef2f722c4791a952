"""Log-odds of each beat by RR intervals alone, from a network trained on simulated rhythms.

It learned from no record, but the simulation was adjusted by looking at records of DS1 of the MIT-BIH database.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import log_softmax

from offbeat.ecg.features.rhythm_context import readable_rr, usual_rr
from offbeat.ecg.shipped import shipped_folder
from offbeat.errors import ModelError
from offbeat.estimators.folder import read_model, restoring, write_model
from offbeat.estimators.hints import Size, validate_types
from offbeat.portable.running import network_arrays, restored, run
from offbeat.portable.runtime import OnnxNetwork
from offbeat.series.arrays import FloatArray

if TYPE_CHECKING:
    from offbeat.networks.rhythm import RhythmNetwork
    from offbeat.portable.running import Network

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
    if not len(before):
        return np.empty((0, len(LOG_ODDS_NAMES)))
    intervals = readable_rr(before, usual_rr(before))
    # The network sees all beats at once: they are one batch.
    logits = run(_shipped(), intervals[:, None].astype(np.float32), batch_size=len(intervals))
    normal, early, wide, fibrillation = np.maximum(log_softmax(logits.astype(np.float64), axis=1), _LEAST).T
    premature = np.logaddexp(early, wide) - np.logaddexp(normal, fibrillation)
    return np.column_stack([early - normal, wide - normal, fibrillation - normal, premature])


def save_rhythm_network(network: RhythmNetwork, folder: str | Path, *, onnx: bool = False) -> Path:
    """Write a network as a folder, ``config.json`` and ``weights.safetensors``; with ``onnx`` one without PyTorch."""
    stored: Network = network
    if onnx:
        from offbeat.networks.rhythm import BeatByBeat
        from offbeat.portable.tracing import as_onnx

        stored = as_onnx(BeatByBeat(network), (1,), what="the rhythm network", low=0.3)
    config = {"network": "rhythm", "classes": RHYTHM_CLASSES, "width": network.widen.out_channels}
    return write_model(Path(folder), config, network_arrays(stored))


def load_rhythm_network(folder: str | Path) -> Network:
    """Return a saved network: a ``RhythmNetwork``, or an ``OnnxNetwork`` that takes a row for each beat.

    Raises
    ------
    ModelError
        If the folder is missing or damaged, or holds something else.
    """
    config, arrays = read_model(Path(folder))
    if config.get("network") != "rhythm" or config.get("classes") != list(RHYTHM_CLASSES):
        raise ModelError(
            f"expected a rhythm network of the classes {', '.join(RHYTHM_CLASSES)}, got another model at {folder}"
        )
    with restoring(f"the model at {folder}"):
        validate_types({"width": config["width"]}, {"width": Size})
        return restored(lambda: _untrained(config["width"]), arrays, "the rhythm network")


def _untrained(width: int) -> RhythmNetwork:
    from offbeat.networks.rhythm import RhythmNetwork

    return RhythmNetwork(len(RHYTHM_CLASSES), width=width)


@cache
def _shipped() -> Network:
    """Return the shipped network, with a row for each beat."""
    with shipped_folder("rhythm_model") as folder:
        network: Any = load_rhythm_network(folder)
    if isinstance(network, OnnxNetwork):
        return network
    from offbeat.networks.rhythm import BeatByBeat

    return BeatByBeat(network)
