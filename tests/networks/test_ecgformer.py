import copy

import pytest
import torch
from torch import nn

from offbeat.errors import ParameterError
from offbeat.networks.architecture import POSITIONS, ECGFormerArchitecture
from offbeat.networks.ecgformer import ECGFormerNetwork


def network(n_channels=2, n_times=30, n_classes=3, n_features=0, **settings):
    tiny = ECGFormerArchitecture(**{"width": 8, "depth": 2, "heads": 2, "patch": 4} | settings)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return ECGFormerNetwork(n_channels, n_times, n_classes, n_features, tiny).eval()


def series(n=5, n_channels=2, n_times=30):
    return torch.randn(n, n_channels, n_times, generator=torch.Generator().manual_seed(1))


def test_the_default_is_the_reference():
    reference = ECGFormerNetwork(1, 187, 5)
    assert reference.n_tokens == 188
    assert len(reference.layers) == 6
    assert reference.positions.shape == (1, 188, 192)
    assert reference.layers[0].mlp[0].out_features == 768
    per_layer = 4 * (192 * 192 + 192) + (192 * 768 + 768) + (768 * 192 + 192) + 4 * 192
    embedding, head = 2 * 192 + 2 * 192, 192 * 192 + 192 + 2 * 192 + 192 * 5 + 5
    # weights and biases; the class token; the position table
    assert sum(p.numel() for p in reference.parameters()) == 6 * per_layer + embedding + head + 192 + 188 * 192


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("n_times", [1, 2, 9, 30])
@pytest.mark.parametrize(("patch", "stride"), [(1, 1), (4, 4), (4, 3), (12, 5)])
@pytest.mark.parametrize("stem", [(), (4, 6)])
@pytest.mark.parametrize("n_features", [0, 2])
def test_any_shape_goes_in_and_logits_come_out(n_channels, n_times, patch, stride, stem, n_features):
    net = network(n_channels, n_times, 4, patch=patch, patch_stride=stride, stem=stem, n_features=n_features)
    features = torch.randn(3, n_features)
    logits = net(series(3, n_channels, n_times), features)
    assert logits.shape == (3, 4)
    assert net.encode(series(3, n_channels, n_times), features).shape[1] == net.n_tokens
    assert net(series(0, n_channels, n_times), features[:0]).shape == (0, 4)


@pytest.mark.parametrize("settings", [{}, {"stem": (4,)}, {"patch": 6, "patch_stride": 4}, {"patch": 7}])
def test_every_time_step_matters(settings):
    net, x = network(**settings), series().requires_grad_()
    net(x).pow(2).sum().backward()
    assert (x.grad.abs().sum(dim=0) > 0).all()


def test_each_series_depends_on_itself_alone():
    net, x = network(n_features=2), series().requires_grad_()
    features = torch.randn(5, 2, requires_grad=True)
    net(x, features)[1].sum().backward()
    for given in (x.grad.flatten(1), features.grad):
        by_series = given.abs().sum(dim=1)
        assert by_series[1] > 0
        assert by_series[[0, 2, 3, 4]].tolist() == [0.0] * 4


@pytest.mark.parametrize("settings", [{}, {"stem": (4,)}, {"n_features": 2}])
def test_logits_alone_and_among_others(settings):
    net, x = network(**settings), series(7)
    features = torch.randn(7, settings.get("n_features", 0))
    together = net(x, features)
    alone = torch.cat([net(x[i : i + 1], features[i : i + 1]) for i in range(7)])
    torch.testing.assert_close(alone, together, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("settings", [{"positions": p} for p in POSITIONS] + [{"n_features": 3}, {"stem": (4, 6)}])
def test_gradients_flow_to_all_parameters(settings):
    net = network(**settings)
    net(series(), torch.randn(5, settings.get("n_features", 0))).pow(2).sum().backward()
    idle = [name for name, weights in net.named_parameters() if not weights.grad.abs().sum() > 0]
    assert idle == []


def test_where_positions_are_told():
    shapes = {p: network(positions=p, depth=3).positions.shape[0] for p in POSITIONS}
    assert shapes == {"every-layer": 1, "own": 3, "input": 1}
    # Without positions the order of the patches could not matter: the class token sees a set.
    net, x = network(n_channels=1, n_times=8), series(2, 1, 8)
    swapped = torch.cat([x[:, :, 4:], x[:, :, :4]], dim=2)
    assert not torch.allclose(net(x), net(swapped), atol=1e-4)
    with torch.no_grad():
        net.positions.zero_()
    torch.testing.assert_close(net(x), net(swapped))


def naive(net, x):
    """The same network, one series and one token at a time, with attention written out."""
    n_tokens = (x.shape[2] - net.patch) // net.patch_stride + 1
    cuts = [x[0, :, i * net.patch_stride : i * net.patch_stride + net.patch] for i in range(n_tokens)]
    tokens = [net.class_token[0, 0], *(net.embed(cut.flatten()) for cut in cuts)]
    for layer in net.layers:
        tokens = [token + net.positions[0, i] for i, token in enumerate(tokens)]
        normed = [layer.before_attention(token) for token in tokens]
        q, k, v = (
            [(layer.qkv(token)[part * 8 : part * 8 + 8]).view(layer.heads, -1) for token in normed] for part in range(3)
        )
        for i in range(len(tokens)):
            heads = []
            for head in range(layer.heads):
                likeness = torch.stack([q[i][head] @ k[j][head] for j in range(len(tokens))]) / (8 / layer.heads) ** 0.5
                shares = likeness.softmax(0)
                heads.append(sum(share * v[j][head] for j, share in enumerate(shares)))
            tokens[i] = tokens[i] + layer.out(torch.cat(heads))
        tokens = [token + layer.mlp(layer.before_mlp(token)) for token in tokens]
    return net.head(torch.stack(tokens).mean(dim=0))


@pytest.mark.parametrize("stride", [4, 2])
def test_it_is_what_an_obvious_twin_computes(stride):
    net, x = network(patch_stride=stride), series(1, 2, 20)
    net = network(2, 20, patch_stride=stride)
    torch.testing.assert_close(net(x)[0], naive(net, x), rtol=1e-4, atol=1e-5)


def test_dropout_is_for_training_alone():
    net, x = network(dropout=0.5), series()
    assert torch.equal(net(x), net(x))
    loud = copy.deepcopy(net).train()
    assert not torch.equal(loud(x), loud(x))
    assert any(isinstance(part, nn.Dropout) for part in net.head)


@pytest.mark.parametrize(
    "setting",
    [
        {"width": 9},
        {"heads": 0},
        {"depth": 0},
        {"patch": 0},
        {"patch_stride": 5},
        {"patch_stride": -1},
        {"positions": "x"},
    ],
    ids=str,
)
def test_sizes_out_of_range(setting):
    with pytest.raises(ParameterError, match=next(iter(setting))):
        network(**setting)
