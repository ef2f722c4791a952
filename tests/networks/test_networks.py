import pytest
import torch

from offbeat.networks.dense_autoencoder import DenseAutoencoderNetwork
from offbeat.networks.inference import in_parallel
from offbeat.networks.lstm_autoencoder import LSTMAutoencoderNetwork


def lstm(n_channels=1, n_times=12, **settings):
    return LSTMAutoencoderNetwork(n_channels, **{"code_size": 3, "hidden_sizes": (5,)} | settings)


def dense(n_channels=1, n_times=12, **settings):
    return DenseAutoencoderNetwork(n_channels, n_times, **{"code_size": 3, "hidden_sizes": (5,)} | settings)


@pytest.fixture(autouse=True)
def _same_weights_each_time():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def decode(network, codes, n_times):
    return network.decode(codes, n_times) if isinstance(network, LSTMAutoencoderNetwork) else network.decode(codes)


both = pytest.mark.parametrize("make", [lstm, dense])


def test_the_default_lstm_is_the_published_one():
    network = LSTMAutoencoderNetwork(1)
    assert [layer.hidden_size for layer in network.encoder] == [128, 64]
    assert [layer.hidden_size for layer in network.decoder] == [64, 128]
    assert sum(weights.numel() for weights in network.parameters()) == 249_473


@both
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("n_times", [1, 7])
@pytest.mark.parametrize("code_size", [1, 4])
@pytest.mark.parametrize("hidden_sizes", [(), (5,), (6, 5, 4)])
def test_series_and_codes_of_any_size(make, n_channels, n_times, code_size, hidden_sizes):
    network = make(n_channels, n_times, code_size=code_size, hidden_sizes=hidden_sizes)
    x = torch.randn(2, n_channels, n_times)
    assert network.encode(x).shape == (2, code_size)
    assert network(x).shape == x.shape
    assert network(x[:0]).shape == (0, n_channels, n_times)


def test_one_lstm_reads_series_of_any_length():
    network = lstm()
    assert [network(torch.zeros(1, 1, n)).shape[2] for n in (1, 5, 50)] == [1, 5, 50]


@both
def test_each_series_depends_on_itself_alone(make):
    network = make(2)
    x = torch.randn(3, 2, 12, requires_grad=True)
    network(x)[1].sum().backward()
    by_series = x.grad.abs().sum(dim=(1, 2))
    assert by_series[1] > 0
    assert by_series[[0, 2]].tolist() == [0.0, 0.0]


@both
def test_each_series_is_decoded_from_its_own_code(make):
    network, codes = make(2), torch.randn(4, 3)
    together = decode(network, codes, 12)
    for i in range(4):
        torch.testing.assert_close(decode(network, codes[i : i + 1], 12)[0], together[i])
    assert len({tuple(series.flatten().tolist()) for series in together}) == 4


@both
def test_a_code_is_of_the_whole_series(make):
    network = make(2)
    x = torch.randn(1, 2, 12, requires_grad=True)
    network.encode(x).pow(2).sum().backward()
    assert (x.grad.abs() > 0).all()


@both
def test_channels_are_not_mixed_up_with_time(make):
    """A network whose output layer knows one channel only gives a constant for the other."""
    network = make(2)
    last = network.output if make is lstm else network.decoder[-1]
    rows = slice(1, 2) if make is lstm else slice(12, 24)
    with torch.no_grad():
        last.weight[rows], last.bias[rows] = 0.0, 7.0
    rebuilt = network(torch.randn(3, 2, 12))
    assert (rebuilt[:, 1] == 7.0).all()
    assert rebuilt[:, 0].std() > 0


@both
@pytest.mark.parametrize("hidden_sizes", [(), (6, 5)])
def test_gradients_flow_to_all_parameters(make, hidden_sizes):
    network = make(2, hidden_sizes=hidden_sizes)
    network(torch.randn(8, 2, 12)).pow(2).sum().backward()
    idle = [name for name, weights in network.named_parameters() if not weights.grad.abs().sum() > 0]
    assert idle == []


def test_forget_gates_start_open():
    network = lstm()
    for layer in [*network.encoder, *network.decoder]:
        parts = (layer.bias_ih_l0 + layer.bias_hh_l0).chunk(4)
        assert [set(part.tolist()) for part in parts] == [{0.0}, {1.0}, {0.0}, {0.0}]
        for gate in layer.weight_hh_l0.chunk(4):
            torch.testing.assert_close(gate @ gate.T, torch.eye(len(gate)))


def test_lstms_stay_in_single_precision_where_others_do_not():
    x = torch.randn(2, 1, 12)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert lstm()(x).dtype == torch.float32
        assert dense()(x).dtype == torch.bfloat16
    network = lstm()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = network(x)
    assert torch.equal(rounded, network(x))


@both
@pytest.mark.parametrize("n_series", [0, 1, 64, 65, 200])
def test_many_threads_give_what_one_gives(make, n_series):
    network, x = make(), torch.randn(n_series, 1, 12)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        rebuilt = in_parallel(network, x)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(threads)
    assert not rebuilt.requires_grad
    torch.testing.assert_close(rebuilt, network(x).detach())
