"""Graphs that map raw series to scores, for programs that know nothing of offbeat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

__all__ = ["Graph"]

_OPSET, _IR = 18, 9
_FLOAT, _INT, _DOUBLE = 1, 7, 11  # onnx.TensorProto's numbers of types


class Graph:
    """An ONNX graph in the making: each method adds a step, and returns the name of its result.

    Examples
    --------
    >>> graph = Graph()
    >>> doubled = graph.add("Mul", "series", graph.constant(np.float32(2)))
    >>> content = graph.model({"series": ("rows", 3)}, {"score": doubled}, {"unit": "mV"})
    >>> from offbeat.portable.runtime import OnnxNetwork
    >>> OnnxNetwork(content).run(np.ones((1, 3), np.float32), part="score")
    array([[2., 2., 2.]], dtype=float32)
    """

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._arrays: list[TensorProto] = []
        self._n_names = 0

    def constant(self, value: npt.ArrayLike) -> str:
        """Add an array, of the type that it has."""
        from onnx import numpy_helper

        name = self._name("array")
        self._arrays.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator of the ONNX standard with one result."""
        from onnx import helper

        name = self._name(operator)
        self._nodes.append(helper.make_node(operator, list(inputs), [name], name, **attributes))
        return name

    def double(self, name: str) -> str:
        """Add a conversion to float64."""
        return self.add("Cast", name, to=_DOUBLE)

    def single(self, name: str) -> str:
        """Add a conversion to float32."""
        return self.add("Cast", name, to=_FLOAT)

    def whole(self, name: str) -> str:
        """Add a conversion to int64."""
        return self.add("Cast", name, to=_INT)

    def mean(self, name: str, *axes: int) -> str:
        """Add a mean over some axes, which are dropped."""
        return self.add("ReduceMean", name, self.constant(np.array(axes, dtype=np.int64)), keepdims=0)

    def sum(self, name: str, *axes: int) -> str:
        """Add a sum over some axes, which are dropped."""
        return self.add("ReduceSum", name, self.constant(np.array(axes, dtype=np.int64)), keepdims=0)

    def square(self, name: str) -> str:
        """Add the square of each value."""
        return self.add("Mul", name, name)

    def part(self, name: str, start: int, stop: int) -> str:
        """Add the time steps from ``start`` to before ``stop`` of series ``(rows, channel, time)``."""
        return self.add("Slice", name, *(self.constant(np.array([n], dtype=np.int64)) for n in (start, stop, 2)))

    def reshape(self, name: str, *shape: int) -> str:
        """Add a change of shape; -1 stands for the rest."""
        return self.add("Reshape", name, self.constant(np.array(shape, dtype=np.int64)))

    def network(self, content: bytes, read: str, part: str = "forward") -> str:
        """Add the whole graph of a network, which reads a result, and return the name of one of its outputs."""
        import onnx
        from onnx import compose

        prefix = self._name("network") + "."
        graph = compose.add_prefix(onnx.load_from_string(content), prefix).graph
        own = graph.input[0].name
        for node in graph.node:
            node.input[:] = [read if name == own else name for name in node.input]
        self._nodes += graph.node
        self._arrays += graph.initializer
        return prefix + part

    def model(
        self, reads: Mapping[str, tuple[str | int, ...]], returns: Mapping[str, str], notes: Mapping[str, str]
    ) -> bytes:
        """Return the whole as an ONNX model.

        Parameters
        ----------
        reads : mapping
            The shape of each float32 input, by its name; a word for an axis of any length.
        returns : mapping
            The result of each output, by its name.
        notes : mapping
            What the file says of itself.
        """
        import onnx
        from onnx import helper

        nodes = [*self._nodes, *(helper.make_node("Identity", [name], [out]) for out, name in returns.items())]
        inputs = [helper.make_tensor_value_info(name, _FLOAT, shape) for name, shape in reads.items()]
        outputs = [onnx.ValueInfoProto(name=name) for name in returns]
        graph = helper.make_graph(nodes, "offbeat", inputs, outputs, self._arrays)
        opset = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=_IR, producer_name="offbeat")
        helper.set_model_props(model, dict(notes))
        # Types are found rather than said; shapes, too, unless the network hides them: then only the rows are known.
        whole = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
        for output in whole.graph.output:
            if not output.type.tensor_type.HasField("shape"):
                output.type.tensor_type.shape.dim.add(dim_param="rows")
        onnx.checker.check_model(whole)
        content: bytes = whole.SerializeToString()
        return content

    def _name(self, word: str) -> str:
        self._n_names += 1
        return f"{word}.{self._n_names}"
