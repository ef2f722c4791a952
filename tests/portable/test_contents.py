"""Whatever an ONNX file asks for beyond arithmetic on its own arrays is refused before it is run."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.errors import ModelError
from offbeat.portable.contents import require_plain
from offbeat.portable.graphs import Graph

onnx = pytest.importorskip("onnx", reason="ONNX models are made with onnx")


def model(change=None):
    """Return an ONNX model that doubles, changed."""
    graph = Graph()
    doubled = graph.add("Mul", "series", graph.constant(np.float32(2)))
    made = onnx.load_from_string(graph.model({"series": ("rows", 3)}, {"score": doubled}, {}))
    if change is not None:
        change(made)
    return made.SerializeToString()


def name_a_file(made):
    tensor = made.graph.initializer[0]
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def name_a_file_in_an_attribute(made):
    tensor = onnx.numpy_helper.from_array(np.zeros(1, np.float32))
    tensor.external_data.add(key="location", value="secret")
    made.graph.node.append(onnx.helper.make_node("Constant", [], ["c"], value=tensor))


def ask_for_code_of_others(made):
    made.graph.node[0].domain = "com.example"


def branch(made):
    inner = onnx.helper.make_graph([], "inner", [], [])
    made.graph.node.append(onnx.helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner))


def define_a_function(made):
    made.functions.add(name="own")


def hold_sparse_arrays(made):
    made.graph.sparse_initializer.add()


def train(made):
    made.training_info.add()


def test_a_plain_model_is_taken():
    require_plain(model())


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (name_a_file, "names other files"),
        (name_a_file_in_an_attribute, "names other files"),
        (ask_for_code_of_others, "com.example"),
        (branch, "graphs within graphs"),
        (define_a_function, "functions"),
        (hold_sparse_arrays, "sparse"),
        (train, "training"),
    ],
)
def test_what_asks_for_more_is_refused(change, word):
    with pytest.raises(ModelError, match=word):
        require_plain(model(change))


def test_a_model_that_is_cut_off_is_taken_or_refused():
    content = model()
    for end in range(1, len(content), 7):
        with suppress(ModelError):  # what ends between two fields is whole
            require_plain(content[:end])


@given(st.binary(max_size=200))
def test_any_bytes_are_taken_or_refused(content):
    with suppress(ModelError):
        require_plain(content)


def test_a_field_whose_number_others_would_cut_off_is_refused():
    """ONNX Runtime reads keys of 32 bits: with one more, a graph would be an unknown field here and a graph there."""
    content = model()
    assert content.count(b"\x3a") >= 1  # the key of the graph: field 7, bytes
    hidden = content.replace(b"\x3a", b"\xba\x80\x80\x80\x10", 1)
    with pytest.raises(ModelError):
        require_plain(hidden)
    with pytest.raises(ModelError, match="32 bits"):
        require_plain(b"\xba\x80\x80\x80\x10\x00")
