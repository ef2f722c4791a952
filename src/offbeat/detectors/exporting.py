"""A fitted detector for programs without PyTorch: its networks as ONNX, and its score as a graph of raw series."""

from __future__ import annotations

import json
from copy import copy
from typing import TypeVar

import numpy as np

from offbeat.detectors.learning import Learning
from offbeat.errors import OutputError
from offbeat.estimators.extras import require_extra
from offbeat.portable.graphs import Graph
from offbeat.series.magnitudes import LARGEST
from offbeat.version import __version__

__all__ = ["exported", "score_model"]

L = TypeVar("L", bound=Learning)


def exported(detector: L) -> L:
    """Return a detector that shares what this one has learned, and is saved as a folder that needs no PyTorch.

    Raises
    ------
    OutputError
        If it has no network and its score is no graph, or its network cannot be expressed in ONNX.
    MissingExtraError
        If ONNX is not installed.
    """
    require_extra("onnx", "export to ONNX")
    portable = detector._as_onnx()
    if portable is detector and score_model(detector, detector) is None:
        raise OutputError(
            f"{detector.name} has no network, and its score is not written as an ONNX graph: its ordinary model folder "
            "is read without PyTorch already, so use that (save, or the folder that fit wrote)"
        )
    twin = copy(portable)
    twin.is_exported_ = True
    return twin


def score_model(detector: Learning, live: Learning) -> bytes | None:
    """Return an ONNX model that maps raw series to scores, or None where the score is no such graph.

    It reads ``series``, float32 of shape ``(rows, channel, time)`` in the units of the data learned from, and returns
    ``score``, and where a score alone decides, ``flag`` (0 or 1) and ``severity`` (0 normal, 1 watch, 2 alarm). With a
    window a row is one window, and what it returns is about the last time step, as in a stream.

    Parameters
    ----------
    detector : Learning
        Fitted.
    live : Learning
        The same as streams use it, for the decisions.
    """
    graph, scaler = Graph(), detector.scaler_
    shift, scale = (graph.constant(learned[:, None]) for learned in (scaler.shift, scaler.scale))
    scaled = graph.add("Div", graph.add("Sub", graph.double("series"), shift), scale)
    limits = [graph.constant(np.float64(limit)) for limit in (-LARGEST, LARGEST)]
    score = detector._score_graph(graph, graph.single(graph.add("Clip", scaled, *limits)))
    if score is None:
        return None
    found, notes = {"score": graph.single(score)}, _notes(detector)
    if live.scorer_.stage().delay == 0:
        decisions, values = _decisions(graph, score, live)
        found, notes = found | decisions, notes | values
    return graph.model({"series": ("rows", len(detector.channels_), detector.n_times_)}, found, notes)


def _decisions(graph: Graph, score: str, live: Learning) -> tuple[dict[str, str], dict[str, str]]:
    """Add what the threshold and the tiers make of a score; return the outputs, and the values that they compare with.

    A threshold that moves with the scores before is no graph of one of them.
    """
    rules = {"threshold": live.threshold_, "watch": live.tiers_.thresholds_[0], "alarm": live.tiers_.thresholds_[1]}
    values = {name: np.float64(rule.value_) for name, rule in rules.items()}
    above = {name: graph.whole(graph.add("Greater", score, graph.constant(value))) for name, value in values.items()}
    found = {} if live.threshold_.moves else {"flag": above["threshold"]}
    if not any(rule.moves for rule in rules.values()):
        found["severity"] = graph.add("Add", above["watch"], above["alarm"])
    return found, {name: repr(float(value)) for name, value in values.items()}


def _notes(detector: Learning) -> dict[str, str]:
    return {
        "offbeat": __version__,
        "detector": detector.name,
        "channels": json.dumps(detector.channels_),
        "reads": f"{detector.n_times_} time steps of each channel, in the units of the data learned from",
    }
