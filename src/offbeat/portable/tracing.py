"""From an ``nn.Module`` to ONNX, by the exporters of PyTorch, with the result held against the module."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from offbeat.errors import ModelError, OutputError, failing_as, ignoring, one_thread_at_a_time
from offbeat.estimators.extras import require_extra
from offbeat.portable.runtime import OnnxNetwork

__all__ = ["OPSET", "as_onnx"]

OPSET = 18
"""The version of the standard operators: one that both exporters write and all runtimes of the last years read."""
_ROWS = (1, 2, 5)
"""As many rows are tried, because an exporter may take the number of its example for that of every batch."""
_CLOSE = 1e-5
"""How far the output may be from that of the module, as a share of the largest value of the output: float32 has rounded
by up to a millionth of that after the steps of a long recurrent network."""
_WIDE = 4.0


def as_onnx(
    network: nn.Module | OnnxNetwork,
    *shapes: tuple[int, ...],
    what: str,
    parts: Sequence[str] = ("forward",),
    low: float = -2.0,
) -> OnnxNetwork:
    """Return a network as ONNX, with any number of rows.

    Parameters
    ----------
    network : nn.Module or OnnxNetwork
        The latter is returned as it is.
    *shapes : tuple of int
        The shape of a row of each input.
    what : str
        What has it, for messages.
    parts : sequence of str
        Methods that become outputs, by their names.
    low : float
        The lowest value that is tried; the highest is 4 more.

    Raises
    ------
    OutputError
        If the network has an operator that ONNX has not, depends on the number of rows, or gives other numbers as ONNX:
        further away than 1e-5 of its largest output.
    MissingExtraError
        If ONNX, or what exports to it, is not installed.
    """
    if isinstance(network, OnnxNetwork):
        return network
    require_extra("onnx", "export to ONNX")
    module, drawn = deepcopy(network).cpu().eval(), np.random.default_rng(0)
    examples = [[drawn.uniform(low, low + _WIDE, (n, *shape)).astype(np.float32) for shape in shapes] for n in _ROWS]
    reason = "its network has a step that ONNX cannot express"
    with failing_as(OutputError, f"{what} cannot be exported to ONNX: {reason}"), _quietly():
        content = _exported(_Parts(module, parts), [torch.from_numpy(rows) for rows in examples[1]], parts)
    try:
        found = OnnxNetwork(content)
        same = all(_agree(found, module, rows, part) for rows in examples for part in parts)
    except ModelError as error:
        raise OutputError(f"{what} cannot be exported to ONNX: {error}") from error
    if not same:
        raise OutputError(
            f"{what} cannot be exported to ONNX: its network gives other numbers there, further "
            f"away than {_CLOSE:g} of the largest"
        )
    return found


class _Parts(nn.Module):
    """Returns what several methods of a network compute of the same inputs."""

    def __init__(self, network: nn.Module, parts: Sequence[str]) -> None:
        super().__init__()
        self.network, self.parts = network, tuple(parts)
        self.eval()

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        return tuple(getattr(self.network, part)(*inputs) for part in self.parts)


def _exported(module: nn.Module, inputs: list[Tensor], parts: Sequence[str]) -> bytes:
    import onnx

    names = [f"input{number}" for number in range(len(inputs))]
    # The exporter by tracing is the older one, but the other takes a minute for recurrent layers.
    if any(isinstance(part, nn.RNNBase) for part in module.modules()):
        file: Any = io.BytesIO()
        axes = {name: {0: "rows"} for name in (*names, *parts)}
        how: dict[str, Any] = {"dynamo": False, "dynamic_axes": axes}
        torch.onnx.export(
            module, tuple(inputs), file, opset_version=OPSET, input_names=names, output_names=[*parts], **how
        )
        return _without_remarks(onnx.load_from_string(file.getvalue()))
    rows = torch.export.Dim("rows")
    shapes = (tuple({0: rows} for _ in inputs),)  # one argument, *inputs
    program: Any = torch.onnx.export(
        module,
        tuple(inputs),
        dynamo=True,
        dynamic_shapes=shapes,
        opset_version=OPSET,
        input_names=names,
        output_names=[*parts],
        verbose=False,
    )
    return _without_remarks(program.model_proto)


def _without_remarks(model: Any) -> bytes:
    """Return a model without what exporters write about it, such as where the code lies on this machine."""
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        for name in ("doc_string", "metadata_props"):
            part.ClearField(name)
    content: bytes = model.SerializeToString()
    return content


def _agree(found: OnnxNetwork, module: nn.Module, rows: list[npt.NDArray[np.float32]], part: str) -> bool:
    with torch.inference_mode():
        expected = getattr(module, part)(*map(torch.from_numpy, rows)).numpy()
    computed = found.run(*rows, part=part)
    if computed.shape != expected.shape:
        return False
    scale = float(np.max(np.abs(expected), initial=0.0))
    return bool(np.allclose(computed, expected, rtol=0, atol=_CLOSE * scale))


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep what the exporters say, and the random numbers they draw, from the caller."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with one_thread_at_a_time(), ignoring(Warning), torch.random.fork_rng(devices=[]):
            yield
    finally:
        logger.setLevel(before)
