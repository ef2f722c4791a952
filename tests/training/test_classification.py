import math

import numpy as np
import pytest
import torch
from torch import nn

from offbeat import Augmentation, TrainConfig
from offbeat.errors import DataError, ParameterError
from offbeat.networks.architecture import ECGFormerArchitecture
from offbeat.networks.ecgformer import ECGFormerNetwork
from offbeat.testing import waves
from offbeat.training.class_weights import class_weights
from offbeat.training.classification import Classify
from offbeat.training.loop import fit_network, seeded
from offbeat.training.losses import ClassLoss
from offbeat.training.tasks import Forecast, Reconstruct

EVEN = np.ones(2)


def material(n=48, seed=0):
    x = waves(n, seed=seed).astype(np.float32)
    y = np.arange(n) % 2
    x[y == 1] *= 0.3
    return x, np.stack([y, -y], axis=1).astype(np.float32)[:, :0], y.astype(np.int64)


def net(seed=0, **settings):
    small = {"width": 8, "depth": 1, "heads": 2, "patch": 6, "dropout": 0.0}
    with seeded(seed):
        return ECGFormerNetwork(1, 24, 2, architecture=ECGFormerArchitecture(**small | settings))


def config(**settings):
    return TrainConfig(**{"epochs": 4, "batch_size": 16, "learning_rate": 1e-2, "progress": False} | settings)


def fit(network, settings, loss=None, augment=None, train=None, held_out=None, seed=5):
    with seeded(0):
        task = Classify(loss or ClassLoss(EVEN), augment)
        train, held_out = train or material(), held_out or material(20, seed=1)
        return fit_network(network, train, held_out, settings, seed, task=task, device="cpu")


def weights(network):
    return {name: tensor.tolist() for name, tensor in network.state_dict().items()}


# Learning


def test_it_learns_and_tells_how():
    network = net()
    history = fit(network, config(epochs=15))
    assert history["val_accuracy"][-1] > 0.9
    assert len(history["macro_f1"]) == len(history["train_confusion"]) == 15
    best = int(history["best_epoch"][0])
    x, features, y = material(20, seed=1)
    with torch.inference_mode():
        predicted = network(torch.from_numpy(x), torch.from_numpy(features)).argmax(1).numpy()
    counts = np.zeros((2, 2), int)
    np.add.at(counts, (y, predicted), 1)
    assert history["val_confusion"][best] == counts.tolist()
    assert all(np.sum(matrix) == 48 for matrix in history["train_confusion"])
    assert all(np.sum(matrix, axis=1).tolist() == [24, 24] for matrix in history["train_confusion"])


def test_same_seed_same_weights():
    settings, augment = config(average=0.9, schedule="cosine"), Augmentation(scaling=0.2, baseline_wander=0.1)
    one, two, other = net(dropout=0.2), net(dropout=0.2), net(dropout=0.2)
    assert fit(one, settings, augment=augment) == fit(two, settings, augment=augment)
    fit(other, settings, augment=augment, seed=6)
    assert weights(one) == weights(two)
    assert weights(one) != weights(other)


def test_the_best_epoch_by_macro_f1():
    history = fit(net(), config(epochs=8, monitor="macro_f1", learning_rate=0.05, schedule="constant"))
    best = int(history["best_epoch"][0])
    top = max(history["macro_f1"])
    assert history["macro_f1"][best] == top
    ties = [i for i, value in enumerate(history["macro_f1"]) if value == top]
    assert history["val_loss"][best] == min(history["val_loss"][i] for i in ties)


def test_patience_goes_by_the_monitor():
    x, features, y = material()
    still = config(epochs=30, patience=2, monitor="macro_f1", learning_rate=1e-12, schedule="constant")
    assert len(fit(net(), still, train=(x, features, y))["macro_f1"]) == 3


def test_the_last_epoch_will_do():
    history = fit(network := net(), config(epochs=5, monitor="last", learning_rate=0.3, schedule="constant"))
    assert history["best_epoch"] == [4.0]
    x, features, y = map(torch.from_numpy, material(20, seed=1))
    with torch.inference_mode():
        assert float(ClassLoss(EVEN)(network(x, features), y)) == pytest.approx(history["val_loss"][-1], rel=1e-5)
    with pytest.raises(ParameterError, match="patience"):
        config(monitor="last", patience=3).validate()


def test_only_classes_have_a_macro_f1():
    x = material()[0]
    with pytest.raises(ParameterError, match="monitor"):
        fit_network(nn.Identity(), x, x, config(monitor="macro_f1"), 0, task=Reconstruct())


def test_a_loss_that_is_no_number_is_an_error_whatever_is_monitored():
    with pytest.raises(DataError, match="stopped being a number"):
        fit(net(), config(monitor="macro_f1", learning_rate=1e30, schedule="constant", gradient_clip=0.0))


def test_a_forecast_is_a_task_like_others():
    x = material()[0]

    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.factor = nn.Parameter(torch.ones(1))

        def forward(self, known):
            return self.factor * known[:, :, -1:].transpose(1, 2)

    history = fit_network(Last(), x, x, config(), 0, task=Forecast(1))
    assert history == fit_network(Last(), x, x, config(), 0, task=Forecast(1))


def test_a_training_that_was_killed_ends_as_if_it_had_not_been(tmp_path):
    settings = config(epochs=5, average=0.8, checkpoint_dir=tmp_path, monitor="macro_f1")
    steps = iter(range(10**6))

    def count(module, args):
        if module.training and next(steps) == 7:
            raise RuntimeError("killed")

    dying = net(dropout=0.2)
    dying.register_forward_pre_hook(count)
    with pytest.raises(RuntimeError, match="killed"):
        fit(dying, settings, augment=Augmentation())
    resumed, whole = net(seed=1, dropout=0.2), net(dropout=0.2)
    history = fit(resumed, settings, augment=Augmentation())
    assert history == fit(whole, config(epochs=5, average=0.8, monitor="macro_f1"), augment=Augmentation())
    assert weights(resumed) == weights(whole)


def test_no_training_goes_on_from_the_checkpoint_of_another_task(tmp_path):
    settings = config(checkpoint_dir=tmp_path)
    for loss, augment in ((ClassLoss(EVEN), None), (ClassLoss([1, 2]), None), (ClassLoss(EVEN), Augmentation())):
        fit(net(), settings, loss, augment)
    assert len(list(tmp_path.iterdir())) == 3


def test_an_epoch_learns_from_a_share_of_the_most_frequent_class():
    x, features, _ = material(48)
    y = (np.arange(48) % 4 == 0).astype(np.int64)
    seen, loss = [], ClassLoss(EVEN)
    task = Classify(loss, None, 0.25)
    network = net()
    network.register_forward_pre_hook(lambda module, args: seen.append(args[0]) if module.training else None)
    with seeded(0):
        history = fit_network(network, (x, features, y), material(20), config(epochs=3), 0, task=task)
    assert [np.sum(matrix, axis=1).tolist() for matrix in history["train_confusion"]] == [[9, 12]] * 3
    epochs = [{row.numpy().tobytes() for row in torch.cat(seen[i : i + 2])} for i in (0, 2, 4)]
    rare = {row.tobytes() for row in x[y == 1]}
    assert all(len(epoch) == 21 and rare <= epoch for epoch in epochs)
    assert len(set.union(*epochs)) > 21


def test_what_is_drawn_is_mixed():
    y = torch.arange(4000) % 10 // 9
    order = Classify(ClassLoss(EVEN), None, 0.3).order((y, y, y), torch.Generator().manual_seed(0))
    assert len(order) == len(set(order.tolist())) == 400 + 1080
    shares = [float(part.float().mean()) for part in y[order].chunk(4)]
    assert shares == pytest.approx([400 / 1480] * 4, abs=0.06)


def test_biases_and_norms_do_not_decay():
    decayed, plain = net(), net()
    settings = {"epochs": 1, "schedule": "constant", "learning_rate": 1e-3, "batch_size": 48}
    fit(plain, config(**settings))
    fit(decayed, config(**settings, weight_decay=100.0))
    for (name, one), other in zip(decayed.named_parameters(), plain.parameters(), strict=True):
        assert torch.equal(one, other) == (one.ndim == 1), name


# Averages, schedules, threads


def test_the_average_of_the_weights_is_what_is_validated_and_kept():
    plain, averaged = net(), net()
    fast = {"epochs": 1, "learning_rate": 0.05, "schedule": "constant"}
    own = fit(plain, config(**fast))
    mean = fit(averaged, config(**fast, average=0.9))
    assert own["loss"] == mean["loss"]
    assert own["val_loss"] != mean["val_loss"]
    # three steps: the average lies between the start and the end
    start, end, between = (n.head[0].weight.detach() for n in (net(), plain, averaged))
    assert 0 < float((between - start).norm()) < float((end - start).norm())
    x, features, y = map(torch.from_numpy, material(20, seed=1))
    with torch.inference_mode():
        assert float(ClassLoss(EVEN)(averaged(x, features), y)) == pytest.approx(mean["val_loss"][0], rel=1e-5)


def test_cosine_with_warm_up():
    rates = fit(net(), config(epochs=10, schedule="cosine", warm_up=0.3))["lr"]
    assert rates.index(max(rates)) in (2, 3)
    assert max(rates) == pytest.approx(1e-2, rel=0.05)
    assert rates[-1] < 1e-4
    assert rates[3:] == sorted(rates[3:], reverse=True)


def test_threads_are_given_back():
    before = torch.get_num_threads()
    seen, network = [], net()
    network.register_forward_pre_hook(lambda *_: seen.append(torch.get_num_threads()))
    fit(network, config(epochs=1, threads=2))
    fit(network, config(epochs=1))
    assert set(seen) == {1, 2}
    assert torch.get_num_threads() == before


def test_bfloat16_trains():
    assert fit(net(), config(epochs=12, precision="bf16"))["val_accuracy"][-1] > 0.8


# Losses


def test_plain_loss_is_that_of_torch():
    logits, y = torch.randn(30, 4), torch.arange(30) % 4
    torch.testing.assert_close(ClassLoss(np.ones(4))(logits, y), nn.functional.cross_entropy(logits, y))
    smooth = nn.functional.cross_entropy(logits, y, label_smoothing=0.1)
    torch.testing.assert_close(ClassLoss(np.ones(4), 0.1)(logits, y), smooth)


def test_focal_loss_counts_less_what_is_told_well():
    logits, y = torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 0])
    p = logits.softmax(1)[:, 0]
    expected = (torch.tensor([1.0, 3.0])[y] * -((1 - p) ** 2) * p.log()).mean()
    torch.testing.assert_close(ClassLoss([1.0, 3.0], gamma=2.0)(logits, y), expected)
    torch.testing.assert_close(ClassLoss(EVEN, gamma=0.0)(logits, y), ClassLoss(EVEN)(logits, y))


@pytest.mark.parametrize("weight", [None, "balanced", "effective", 0.5, {"a": 3}, [1, 2, 3], (0.0, 0.0, 1.0)], ids=str)
def test_the_mean_weight_is_one(weight):
    counts = np.array([100, 10, 5])
    found = class_weights(weight, ["a", "b", "c"], counts)
    assert found @ counts == pytest.approx(counts.sum())


def test_what_weights_say():
    counts = np.array([900, 90, 10])

    def ratio(weight, beta=0.999):
        found = class_weights(weight, [0, 1, 2], counts, beta)
        return found[2] / found[0]

    assert ratio("balanced") == pytest.approx(90)
    assert ratio(0.5) == pytest.approx(math.sqrt(90))
    assert ratio("effective", beta=0.0) == pytest.approx(1)
    assert ratio("effective", beta=0.99) == pytest.approx((1 - 0.99**900) / (1 - 0.99**10))
    assert ratio({2: 4.0}) == ratio({"2": 4.0}) == pytest.approx(4)


@pytest.mark.parametrize("weight", ["even", [1, 2], {"x": 1}, [-1, 1, 1], [0, 0, 0], -1.0, [1, np.nan, 1]], ids=str)
def test_weights_that_make_no_sense(weight):
    with pytest.raises(ParameterError, match=r"class.weight"):
        class_weights(weight, ["a", "b", "c"], np.array([1, 2, 3]))


# Augmentation

STILL = {"noise_uniform": 0.0, "shift": 0}


def vary(augmentation, x, features=None, seed=0):
    with seeded(seed):
        return augmentation.vary(x, torch.zeros(len(x), 0) if features is None else features)


def test_nothing_asked_nothing_done():
    x, features = torch.randn(6, 2, 20), torch.randn(6, 3)
    same, same_features = vary(Augmentation(**STILL), x, features)
    assert torch.equal(same, x)
    assert torch.equal(same_features, features)


def test_shifts_roll_each_series_by_its_own_number():
    x = torch.arange(20.0).repeat(200, 2, 1)
    varied, _ = vary(Augmentation(noise_uniform=0.0, shift=3), x)
    shifts = [int(first.item()) for first in varied[:, 0, 0]]
    for row, first in zip(varied, shifts, strict=True):
        shift = -first if first <= 3 else 20 - first
        assert torch.equal(row, torch.roll(x[0], shift, dims=1))
        assert abs(shift) <= 3
    stayed = sum(first == 0 for first in shifts) / 200
    assert 0.45 < stayed < 0.7  # half, and one in seven of the others


def test_noise_is_the_references():
    x = torch.zeros(400, 1, 50)
    varied, _ = vary(Augmentation(shift=0), x)
    noisy = varied.abs().sum(dim=(1, 2)) > 0
    assert 0.4 < float(noisy.float().mean()) < 0.6
    assert 0 <= float(varied.min()) <= float(varied.max()) <= 0.05
    assert float(varied[noisy].mean()) == pytest.approx(0.025, abs=0.002)


def test_inversion_and_scaling_keep_the_shape_of_a_series():
    x = torch.randn(300, 2, 20)
    upside_down = (vary(Augmentation(**STILL, inversion=0.3), x)[0] / x).mean(dim=2)
    assert set(upside_down.flatten().tolist()) == {1.0, -1.0}
    assert torch.equal(upside_down[:, 0], upside_down[:, 1])
    assert 0.2 < float((upside_down[:, 0] < 0).float().mean()) < 0.4
    factors = (vary(Augmentation(**STILL, scaling=0.2), x)[0] / x).flatten(1)
    torch.testing.assert_close(factors, factors[:, :1].expand_as(factors), rtol=1e-4, atol=1e-4)
    assert 0.79 < float(factors.min()) < 0.85 < 1.15 < float(factors.max()) < 1.21


def test_wander_is_slow_and_small():
    wander, _ = vary(Augmentation(**STILL, baseline_wander=0.5), torch.zeros(50, 1, 200))
    assert 0.1 < float(wander.abs().max()) <= 0.5
    assert float(wander.diff(dim=2).abs().max()) < 0.5 * 2 * math.pi * 1.5 / 199 * 1.01


def test_channels_that_are_no_signals_are_only_shifted():
    mask = (torch.arange(20) < 12).float()
    x = torch.stack([torch.arange(20.0), mask]).repeat(50, 1, 1)
    varied, _ = vary(Augmentation(signals=1, shift=4, p_shift=1.0, scaling=0.2, inversion=0.5, noise=0.1), x)
    assert set(varied[:, 1].flatten().tolist()) == {0.0, 1.0}
    assert (varied[:, 1].sum(dim=1) == 12).all()
    assert (varied[:, 1] != mask).any()
    assert not torch.equal(varied[:, 0], x[:, 0])


def test_features_are_varied_by_themselves():
    features = torch.ones(200, 4)
    dropped = vary(Augmentation(**STILL, feature_drop=0.25), torch.zeros(200, 1, 5), features)[1]
    assert set(dropped.flatten().tolist()) == {0.0, 1.0}
    assert 0.2 < float((dropped == 0).float().mean()) < 0.3
    noisy = vary(Augmentation(**STILL, feature_noise=0.1), torch.zeros(200, 1, 5), features)[1]
    assert float((noisy - 1).std()) == pytest.approx(0.1, rel=0.15)


def test_the_input_stays_as_it_is_and_the_seed_decides():
    x = torch.randn(8, 1, 20)
    before, everything = x.clone(), Augmentation(noise=0.1, baseline_wander=0.1, scaling=0.1, inversion=0.5)
    one, two, other = (vary(everything, x, seed=seed)[0] for seed in (0, 0, 1))
    assert torch.equal(x, before)
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_held_out_series_are_never_varied():
    wild = Augmentation(noise=50.0, p_noise=1.0)
    history = fit(net(), config(epochs=1, learning_rate=1e-12, schedule="constant"), augment=wild)
    calm = fit(net(), config(epochs=1, learning_rate=1e-12, schedule="constant"))
    assert history["val_loss"] == pytest.approx(calm["val_loss"])
    assert history["loss"] != pytest.approx(calm["loss"], rel=1e-3)


@pytest.mark.parametrize(
    "setting",
    [
        {"signals": 0},
        {"shift": -1},
        {"shift": 1.5},
        {"p_noise": 2.0},
        {"noise": -0.1},
        {"scaling": "much"},
        {"feature_drop": 1.5},
    ],
    ids=str,
)
def test_augmentations_out_of_range(setting):
    with pytest.raises(ParameterError, match=f"^{next(iter(setting))} is "):
        Augmentation(**setting).validate()


@pytest.mark.parametrize("setting", [{"warm_up": 1.0}, {"average": 1.0}, {"threads": 0}, {"monitor": "f1"}], ids=str)
def test_settings_out_of_range(setting):
    with pytest.raises(ParameterError, match=f"^{next(iter(setting))} is "):
        config(**setting).validate()
