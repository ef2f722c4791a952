"""A network as ONNX computes what its module does, whatever the number of rows."""

import pickle

import numpy as np
import pytest
import torch
from torch import nn

from offbeat.errors import ModelError, OutputError
from offbeat.networks.lstm_autoencoder import LSTMAutoencoderNetwork
from offbeat.portable.running import network_arrays, restored, run
from offbeat.portable.runtime import OnnxNetwork

pytest.importorskip("onnxruntime", reason="ONNX models are run by onnxruntime")
pytest.importorskip("onnx", reason="networks are exported with onnx")

from offbeat.portable.tracing import as_onnx

PARTS = ("forward", "encode")


@pytest.fixture(scope="module")
def pair():
    """A recurrent network whose series end within a step, and the same as ONNX."""
    torch.manual_seed(0)
    module = LSTMAutoencoderNetwork(2, 3, (4,), values_per_step=4).eval()
    return module, as_onnx(module, (2, 10), what="it", parts=PARTS)


@pytest.mark.parametrize("n_rows", [0, 1, 3, 64, 130])
@pytest.mark.parametrize("part", PARTS)
def test_any_number_of_rows_gives_what_the_module_gives(pair, n_rows, part):
    rows = np.random.default_rng(1).standard_normal((n_rows, 2, 10)).astype(np.float32)
    module, found = (run(network, rows, part=part) for network in pair)
    assert found.shape == module.shape
    assert np.abs(found - module).max(initial=0) < 1e-5


def test_it_goes_through_arrays_and_to_other_processes(pair):
    rows = np.ones((2, 2, 10), np.float32)
    arrays = network_arrays(pair[1])
    assert {name: array.dtype for name, array in arrays.items()} == {"onnx": np.uint8}
    for twin in (restored(lambda: pytest.fail("built"), arrays, "it"), pickle.loads(pickle.dumps(pair[1]))):
        assert isinstance(twin, OnnxNetwork)
        assert np.array_equal(run(twin, rows), run(pair[1], rows))


def test_it_says_nothing_of_this_machine(pair):
    assert b".py" not in pair[1].content


def test_what_is_onnx_stays_as_it_is(pair):
    assert as_onnx(pair[1], (2, 10), what="it") is pair[1]


class ByRows(nn.Module):
    """Depends on how many rows there are."""

    def forward(self, x):
        return x * len(x)


@pytest.mark.slow
def test_a_network_that_is_no_graph_is_refused_by_name():
    with pytest.raises(OutputError, match="'mine' cannot be exported"):
        as_onnx(ByRows(), (1, 4), what="'mine'")


def test_the_module_and_the_random_state_are_untouched():
    module = LSTMAutoencoderNetwork(1, 2, (3,)).train()
    before = torch.get_rng_state()
    as_onnx(module, (1, 6), what="it")
    assert module.training
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("content", [b"", b"no model", b"\x3a\x02\x0a\x00"])
def test_what_cannot_be_run_is_refused(content):
    with pytest.raises(ModelError, match="expected"):
        OnnxNetwork(content)


class AlmostTheSame(nn.Module):
    """Gives back its input, and another number where it is traced."""

    def __init__(self, off):
        super().__init__()
        self.off = off

    def forward(self, x):
        return x * (1 + self.off) if torch.onnx.is_in_onnx_export() else x


@pytest.mark.parametrize(("off", "is_far"), [(3e-5, True), (3e-6, False)])
def test_a_network_that_gives_other_numbers_is_refused(off, is_far):
    network = AlmostTheSame(off)
    if is_far:
        with pytest.raises(OutputError, match="other numbers"):
            as_onnx(network, (1, 4), what="'mine'")
    else:
        as_onnx(network, (1, 4), what="'mine'")
