import numpy as np
import pytest
import torch

from offbeat import DenseAutoencoder, Fixed
from offbeat.errors import DataError, OutputError, ParameterError
from offbeat.testing import waves
from offbeat.training.batches import Batches
from small_trainings import HELD_OUT, TRAIN, config, dense, diverging, fit, lstm


def weights(network):
    return {name: tensor.tolist() for name, tensor in network.state_dict().items()}


def loss_of(network, series):
    with torch.inference_mode():
        return float((network(torch.from_numpy(series)) - torch.from_numpy(series)).abs().mean())


def watch(network, see):
    """Call ``see`` with every batch that is trained on."""
    network.register_forward_pre_hook(lambda module, args: see(args[0]) if module.training else None)
    return network


# The same again


@pytest.mark.parametrize("make", [dense, lstm])
def test_same_seed_same_weights(make):
    one, two, other = make(), make(), make()
    assert fit(one, config(noise=0.3)) == fit(two, config(noise=0.3))
    fit(other, config(noise=0.3), seed=6)
    assert weights(one) == weights(two)
    assert weights(one) != weights(other)


def test_the_seed_of_the_training_goes_before_that_of_the_detector():
    def trained(random_state, seed):
        detector = DenseAutoencoder(
            code_size=2, hidden_sizes=(4,), train=config(seed=seed), random_state=random_state, threshold=Fixed(1.0)
        )
        return weights(detector.fit(TRAIN, validation=HELD_OUT).network_)

    assert trained(1, seed=9) == trained(2, seed=9) == trained(9, seed=None)
    assert trained(1, seed=None) != trained(2, seed=None)


def test_the_random_state_of_the_caller_stays_as_it_was():
    detector = DenseAutoencoder(code_size=2, hidden_sizes=(4,), train=config(noise=0.3), threshold=Fixed(1.0))
    before = torch.get_rng_state()
    detector.fit(TRAIN, validation=HELD_OUT)
    assert torch.equal(torch.get_rng_state(), before)
    with pytest.raises(DataError, match="stopped being a number"):
        detector.set_params(train=diverging()).fit(TRAIN, validation=HELD_OUT)
    assert torch.equal(torch.get_rng_state(), before)


# What is learned from


def test_each_epoch_takes_all_rows_in_another_order():
    batches = []
    network = watch(dense(), lambda x: batches.append([TRAIN[:, 0, 0].tolist().index(v) for v in x[:, 0, 0].tolist()]))
    fit(network, config(epochs=3))
    assert [len(batch) for batch in batches] == [4, 4, 4, 2] * 3
    orders = [[row for batch in batches[i : i + 4] for row in batch] for i in (0, 4, 8)]
    assert all(sorted(order) == list(range(14)) for order in orders)
    assert len({tuple(order) for order in [*orders, range(14)]}) == 4


def test_the_order_depends_on_seed_and_epoch_alone():
    rows = torch.arange(10)

    def order(seed, epoch):
        batches = Batches(rows, 3, seed)
        batches.epoch = epoch
        assert [len(batch) for batch in batches] == [3, 3, 4]  # a row alone has no variance to normalise by
        assert len(batches) == 3
        return torch.cat(list(batches)).tolist()

    assert order(1, 2) == order(1, 2)
    assert order(1, 2) != order(1, 3)
    assert order(1, 2) != order(7, 2)
    assert torch.cat(list(Batches(rows, 3))).tolist() == rows.tolist()


@pytest.mark.parametrize("size", [13, 14, 6, 12])
def test_networks_with_batch_normalisation_learn_whatever_is_left_over(size):
    n_times = TRAIN.shape[-1]
    normalised = torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.BatchNorm1d(n_times), torch.nn.Unflatten(1, (1, n_times)), dense()
    )
    history = fit(normalised, config(epochs=2, batch_size=size), train=TRAIN[:13])
    assert np.isfinite(history["loss"]).all()


def test_a_limited_epoch_takes_other_rows_each_time():
    batches = []
    network = watch(dense(), lambda x: batches.append([TRAIN[:, 0, 0].tolist().index(v) for v in x[:, 0, 0].tolist()]))
    history = fit(network, config(epochs=9), limit=6)
    assert [len(batch) for batch in batches] == [4, 2] * 9
    epochs = [{*one, *two} for one, two in zip(batches[::2], batches[1::2], strict=True)]
    assert {len(epoch) for epoch in epochs} == {6}
    assert len(set(map(frozenset, epochs))) > 1
    assert set.union(*epochs) == set(range(14))
    # The schedule counts the steps that are made.
    assert history["lr"][-1] < 0.05 * max(history["lr"])


def test_a_limited_evaluation_takes_evenly_spaced_rows():
    batches = Batches(torch.arange(10), 3, limit=4)
    assert len(batches) == 2
    assert torch.cat(list(batches)).tolist() == [0, 2, 5, 7]


def test_several_devices_share_an_epoch():
    def of(rank):
        batches = Batches(torch.arange(10), 2, 0, world=2)
        batches.rank = rank
        found = list(batches)
        assert len(batches) == len(found) == 3
        return torch.cat(found).tolist()

    one, two, whole = of(0), of(1), torch.cat(list(Batches(torch.arange(10), 2, 0))).tolist()
    assert set(one) | set(two) == set(range(10))
    assert one[:4] + one[4:] == [*whole[0:2], *whole[4:6], *whole[8:10]]
    # Six batches are needed, and there are five: the first comes again.
    assert two == [*whole[2:4], *whole[6:8], *whole[0:2]]


@pytest.mark.slow
def test_a_training_on_several_devices_is_one():
    """On the processor, a device is a process."""
    one, two, again = dense(), dense(), dense()
    fit(one, config(batch_size=4, noise=0.0, schedule="constant"))
    history = fit(two, config(batch_size=2, devices=2, noise=0.0, schedule="constant"))
    assert len(history["val_loss"]) == 4
    assert min(history["val_loss"]) == pytest.approx(loss_of(two, HELD_OUT), rel=1e-5)
    assert history == fit(again, config(batch_size=2, devices=2, noise=0.0, schedule="constant"))
    assert weights(two) == weights(again) != weights(dense())


def test_a_limit_that_is_not_reached_changes_nothing():
    limited, free = dense(), dense()
    assert fit(limited, config(noise=0.3), limit=14) == fit(free, config(noise=0.3))
    assert weights(limited) == weights(free)


def test_noise_is_on_the_input_and_not_on_the_target():
    seen = []
    fit(watch(dense(), seen.append), config(epochs=2, noise=0.5, batch_size=14))
    clean = {tuple(row) for row in TRAIN[:, 0].tolist()}
    assert all(tuple(row) not in clean for batch in seen for row in batch[:, 0].tolist())
    assert not torch.equal(seen[0].sum(), seen[1].sum())
    # A network that gives back the mean whatever it sees has a loss that tells the target.
    network = dense()
    for parameter in network.parameters():
        torch.nn.init.zeros_(parameter)
    history = fit(network, config(epochs=1, noise=5.0, batch_size=14, learning_rate=1e-12))
    assert history["loss"][0] == pytest.approx(np.abs(TRAIN).mean(), rel=1e-5)


def test_fewer_rows_than_a_batch():
    history = fit(dense(), config(epochs=1, batch_size=500))
    assert len(history["loss"]) == 1
    assert np.isfinite(history["loss"]).all()


@pytest.mark.parametrize("loss", ["l1", "l2"])
def test_losses_are_means_over_all_series_however_they_are_batched(loss):
    network = dense()
    before = weights(network)
    held_out = waves(300, seed=3).astype(np.float32)
    settings = config(epochs=1, learning_rate=1e-12, schedule="constant", loss=loss)
    history = fit(network, settings, held_out=held_out)
    same = dense()
    assert weights(same) == before
    for name, series in (("loss", TRAIN), ("val_loss", held_out)):
        with torch.inference_mode():
            errors = same(torch.from_numpy(series)).numpy() - series
        naive = np.abs(errors).mean() if loss == "l1" else (errors**2).mean()
        assert history[name] == pytest.approx([naive], rel=1e-4)


# What is kept


def test_the_weights_of_the_best_epoch_come_back():
    # Steps so large that the loss goes up and down.
    history = fit(network := dense(), config(epochs=8, learning_rate=0.3, schedule="constant"))
    (best,) = history["best_epoch"]
    assert history["val_loss"][int(best)] == min(history["val_loss"])
    assert loss_of(network, HELD_OUT) == pytest.approx(min(history["val_loss"]), rel=1e-5)
    assert loss_of(network, HELD_OUT) != pytest.approx(history["val_loss"][-1], rel=1e-3)
    assert not network.training


def test_early_stopping_stops_once_it_gets_no_better():
    # What is learned from is the opposite of what is watched: each step makes it worse.
    settings = config(epochs=30, patience=3, learning_rate=1e-3, schedule="constant")
    history = fit(network := dense(), settings, train=-TRAIN)
    assert history["best_epoch"] == [0.0]
    assert len(history["val_loss"]) == 4
    assert loss_of(network, HELD_OUT) == pytest.approx(history["val_loss"][0], rel=1e-5)


def test_without_patience_it_goes_on_to_the_end():
    assert len(fit(dense(), config(epochs=6), train=-TRAIN)["val_loss"]) == 6


def test_one_cycle_rises_and_falls_and_constant_stays():
    rates = fit(dense(), config(epochs=10))["lr"]
    assert 0 < rates.index(max(rates)) < 6
    assert rates[-1] < 0.01 * max(rates) <= 1e-4
    assert fit(dense(), config(schedule="constant"))["lr"] == [1e-2] * 4


# Stopped and started again


class Killed(Exception):
    pass


def killed_in(network, epoch):
    """Let a network fail half-way through an epoch, as a machine does that goes down."""
    steps = iter(range(10**6))

    def count(_):
        if next(steps) == 4 * epoch + 2:
            raise Killed

    return watch(network, count)


@pytest.mark.parametrize("make", [dense, lstm])
@pytest.mark.parametrize("epochs_done", [0, 1, 4])
def test_a_training_that_was_killed_ends_as_if_it_had_not_been(make, epochs_done, tmp_path):
    settings = config(epochs=6, noise=0.3, patience=5, checkpoint_dir=tmp_path / "deep" / "checkpoints")
    with pytest.raises(Killed):
        fit(killed_in(make(), epochs_done), settings)
    resumed, steps = make(seed=1), []
    if epochs_done == 0:
        resumed = make()
    history = fit(watch(resumed, steps.append), settings)
    assert len(steps) == 4 * (6 - epochs_done)
    whole = make()
    assert history == fit(whole, config(epochs=6, noise=0.3, patience=5))
    assert weights(resumed) == weights(whole)


def test_the_best_epoch_may_lie_before_the_kill(tmp_path):
    settings = config(epochs=5, schedule="constant", checkpoint_dir=tmp_path)
    with pytest.raises(Killed):
        fit(killed_in(dense(), 3), settings, train=-TRAIN)
    resumed = dense(seed=1)
    history = fit(resumed, settings, train=-TRAIN)
    assert history["best_epoch"] == [0.0]
    assert loss_of(resumed, HELD_OUT) == pytest.approx(history["val_loss"][0], rel=1e-5)
    assert len(history["val_loss"]) == 5


def test_patience_counts_on_after_a_kill(tmp_path):
    settings = config(epochs=30, patience=4, schedule="constant", checkpoint_dir=tmp_path)
    with pytest.raises(Killed):
        fit(killed_in(dense(), 3), settings, train=-TRAIN)
    assert len(fit(dense(), settings, train=-TRAIN)["val_loss"]) == 5


def test_a_training_that_is_done_is_not_done_again(tmp_path):
    settings = config(checkpoint_dir=tmp_path)
    history = fit(network := dense(), settings)
    again, steps = dense(), []
    assert fit(watch(again, steps.append), settings) == history
    assert steps == []
    assert weights(again) == weights(network)


@pytest.mark.parametrize(
    "other",
    [
        {"settings": {"learning_rate": 2e-2}},
        {"settings": {"epochs": 5}},
        {"train": TRAIN[::-1].copy()},
        {"held_out": HELD_OUT[1:]},
        {"seed": 6},
        {"network": lstm},
    ],
    ids=lambda other: next(iter(other)),
)
def test_no_training_goes_on_from_the_checkpoint_of_another(tmp_path, other):
    fit(dense(), config(checkpoint_dir=tmp_path))
    network, steps = other.pop("network", dense)(), []
    settings = config(checkpoint_dir=tmp_path, **other.pop("settings", {}))
    fit(watch(network, steps.append), settings, **other)
    assert len(steps) == 4 * settings.epochs


def test_checkpoints_that_cannot_be_kept(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="checkpoints cannot be kept in"):
        fit(dense(), config(checkpoint_dir=tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "mine"


def test_without_a_folder_no_checkpoint_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fit(dense(), config())
    assert list(tmp_path.iterdir()) == []


# Settings


def test_bfloat16_trains():
    history = fit(network := dense(), config(epochs=12, precision="bf16"))
    assert history["val_loss"][-1] < 0.9 * history["val_loss"][0]
    assert {weight.dtype for weight in network.parameters()} == {torch.float32}


@pytest.mark.parametrize(("make", "dtype"), [(dense, torch.bfloat16), (lstm, torch.float32)])
def test_in_bfloat16_recurrent_layers_stay_in_single_precision(make, dtype):
    seen, network = set(), make()
    layer = network.encoder[0]
    layer.register_forward_hook(lambda _, __, out: seen.add((out[0] if isinstance(out, tuple) else out).dtype))
    fit(network, config(epochs=1, precision="bf16"))
    assert seen == {dtype}


def test_a_loss_that_is_no_number_is_an_error():
    with pytest.raises(DataError, match="lower the learning rate"):
        fit(dense(), diverging())


@torch.no_grad()
def distance(one, other):
    return sum(float((a - b).abs().sum()) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_gradients_are_clipped_and_weights_decay():
    plain, clipped, decayed, nothing = dense(), dense(), dense(), dense()
    for parameter in nothing.parameters():
        torch.nn.init.zeros_(parameter)
    settings = {"schedule": "constant", "epochs": 1, "gradient_clip": 0.0}
    fit(plain, config(**settings))
    fit(clipped, config(**settings | {"gradient_clip": 1e-8}))
    fit(decayed, config(**settings, weight_decay=10.0))
    # Adam divides by the size of the gradient, but for its epsilon of 1e-8.
    assert distance(clipped, dense()) < 0.5 * distance(plain, dense())
    assert distance(decayed, nothing) < 0.9 * distance(plain, nothing)


@pytest.mark.parametrize(
    "setting",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"learning_rate": 0.0},
        {"noise": -0.1},
        {"weight_decay": -0.1},
        {"gradient_clip": -1.0},
        {"patience": 0},
        {"loss": "huber"},
        {"schedule": "linear"},
        {"precision": "16"},
        {"epochs": "many"},
        {"epochs": 2.5},
        {"learning_rate": float("nan")},
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused_by_fit(setting):
    (name,) = setting
    with pytest.raises(ParameterError, match=f"^{name} is "):
        DenseAutoencoder(train=config(**setting)).fit(TRAIN)


def test_little_data_gets_more_epochs_until_enough_steps_are_taken():
    def epochs(**settings):
        return len(fit(dense(), config(epochs=2, **settings))["loss"])

    assert epochs() == 2
    assert epochs(min_steps=8) == 2  # 14 rows in batches of 4 are 4 steps an epoch
    assert epochs(min_steps=9) == 3
    history = fit(dense(), config(epochs=1, min_steps=40))
    assert len(history["lr"]) == 10
    assert history["lr"][-1] < 0.05 * max(history["lr"])  # the schedule ends where the training does
    assert len(fit(dense(), config(epochs=2, min_steps=9), limit=6)["loss"]) == 3  # as without the limit
