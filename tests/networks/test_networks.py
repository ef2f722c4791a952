import pytest
import torch

from offbeat.networks.dense_autoencoder import DenseAutoencoderNetwork
from offbeat.networks.inference import in_parallel
from offbeat.networks.lstm_autoencoder import LSTMAutoencoderNetwork


def lstm(n_channels=1, n_times=12, **settings):
    return LSTMAutoencoderNetwork(n_channels, **{"code_size": 3, "hidden_sizes": (5,)} | settings)


def stepped(n_channels=1, n_times=12, **settings):
    """An LSTM whose steps do not divide the series."""
    return lstm(n_channels, n_times, values_per_step=5, **settings)


def dense(n_channels=1, n_times=12, **settings):
    return DenseAutoencoderNetwork(n_channels, n_times, **{"code_size": 3, "hidden_sizes": (5,)} | settings)


@pytest.fixture(autouse=True)
def _same_weights_each_time():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def decode(network, codes, n_times):
    return network.decode(codes, n_times) if isinstance(network, LSTMAutoencoderNetwork) else network.decode(codes)


each = pytest.mark.parametrize("make", [lstm, stepped, dense])


def test_the_default_lstm_is_the_published_one():
    network = LSTMAutoencoderNetwork(1)
    assert [layer.hidden_size for layer in network.encoder] == [128, 64]
    assert [layer.hidden_size for layer in network.decoder] == [64, 128]
    assert sum(weights.numel() for weights in network.parameters()) == 249_473


@each
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


def test_a_series_that_ends_within_a_step_is_padded_with_zeros():
    network, x = lstm(2, values_per_step=4), torch.randn(3, 2, 7)
    padded = torch.cat([x, torch.zeros(3, 2, 1)], dim=2)
    torch.testing.assert_close(network(x), network(padded)[:, :, :7])


def test_a_step_holds_neighbouring_values_of_each_channel():
    x = torch.arange(12.0).reshape(1, 2, 6)
    assert lstm(2, values_per_step=3)._steps(x).tolist() == [[[0, 1, 2, 6, 7, 8], [3, 4, 5, 9, 10, 11]]]


@each
def test_each_series_depends_on_itself_alone(make):
    network = make(2)
    x = torch.randn(3, 2, 12, requires_grad=True)
    network(x)[1].sum().backward()
    by_series = x.grad.abs().sum(dim=(1, 2))
    assert by_series[1] > 0
    assert by_series[[0, 2]].tolist() == [0.0, 0.0]


@each
def test_each_series_is_decoded_from_its_own_code(make):
    network, codes = make(2), torch.randn(4, 3)
    together = decode(network, codes, 12)
    for i in range(4):
        torch.testing.assert_close(decode(network, codes[i : i + 1], 12)[0], together[i])
    assert len({tuple(series.flatten().tolist()) for series in together}) == 4


@each
def test_a_code_is_of_the_whole_series(make):
    network = make(2)
    x = torch.randn(1, 2, 12, requires_grad=True)
    network.encode(x).pow(2).sum().backward()
    assert (x.grad.abs() > 0).all()


@each
def test_channels_are_not_mixed_up_with_time(make):
    """A network whose output layer knows one channel only gives a constant for the other."""
    network = make(2)
    last = network.decoder[-1] if make is dense else network.output
    rows = {lstm: slice(1, 2), stepped: slice(5, 10), dense: slice(12, 24)}[make]
    with torch.no_grad():
        last.weight[rows], last.bias[rows] = 0.0, 7.0
    rebuilt = network(torch.randn(3, 2, 12))
    assert (rebuilt[:, 1] == 7.0).all()
    assert rebuilt[:, 0].std() > 0


@each
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


@each
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
