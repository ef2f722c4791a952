"""A checkpoint is gone on from whole, or refused in one sentence; nothing takes the last good one away."""

import os
import random
import resource
import stat

import numpy as np
import pytest
import torch

import offbeat
from offbeat.errors import ModelError, OutputError
from processes import run_apart

SERIES = np.random.default_rng(0).normal(size=(800, 1, 8))
REFUSED = 3


def fit(folder, epochs=3):
    train = offbeat.TrainConfig(epochs=epochs, batch_size=256, checkpoint_dir=folder, progress=False)
    return offbeat.DenseAutoencoder(hidden_sizes=(4,), code_size=2, train=train).fit(SERIES)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return the last checkpoint of a training, as a name below its folder and as bytes, and the scores after it."""
    folder = tmp_path_factory.mktemp("trained")
    detector = fit(folder)
    (last,) = folder.rglob("*.ckpt")
    return last.relative_to(folder), last.read_bytes(), detector.decision_function(SERIES)


@pytest.fixture
def checkpoint(trained, tmp_path):
    """Return where a checkpoint is that a training in ``tmp_path`` would go on from."""
    place = tmp_path / trained[0]
    place.parent.mkdir()
    place.write_bytes(trained[1])
    return place


def without(*names):
    def change(content):
        for name in names[:-1]:
            content = content[name]
        del content[names[-1]]

    return change


def replaced(name, value):
    return lambda content: content.update({name: value})


CHANGES = {
    **{f"no {name}": without(name) for name in ("epoch", "state_dict", "loops", "callbacks", "optimizer_states")},
    "no version": without("pytorch-lightning_version"),
    "no best weights": without("callbacks", "BestWeights"),
    "no history": without("callbacks", "History"),
    "nothing in the best": lambda content: content["callbacks"].update(BestWeights={}),
    "nothing in the history": lambda content: content["callbacks"].update(History={}),
    "uneven history": lambda content: content["callbacks"]["History"]["loss"].append(1.0),
    "weights of another": lambda content: content["callbacks"]["BestWeights"]["weights"].popitem(),
    "no weights": replaced("state_dict", {}),
    "no optimizer": replaced("optimizer_states", []),
    "callbacks of another kind": replaced("callbacks", [1, 2]),
    "loops of another kind": replaced("loops", 7),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_checkpoint_with_a_part_amiss_is_refused(checkpoint, tmp_path, change):
    content = torch.load(checkpoint, weights_only=True)
    change(content)
    torch.save(content, checkpoint)
    with pytest.raises(ModelError, match=r"is damaged .* delete it") as caught:
        fit(tmp_path)
    assert len(str(caught.value)) <= 500


class Command:
    def __reduce__(self):
        return os.mkdir, ("ran",)


@pytest.mark.parametrize("content", [{}, [1], "text", Command()], ids=lambda content: type(content).__name__)
def test_a_file_of_something_else_is_refused_and_runs_nothing(checkpoint, tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    torch.save(content, checkpoint)
    with pytest.raises(ModelError, match="is damaged"):
        fit(tmp_path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("keep", [0, 1, 0.5, -1])
def test_a_checkpoint_that_was_cut_is_refused(checkpoint, tmp_path, keep):
    whole = checkpoint.read_bytes()
    checkpoint.write_bytes(whole[: int(keep * len(whole)) if keep == 0.5 else keep])
    with pytest.raises(ModelError, match="is damaged"):
        fit(tmp_path)


def test_flipped_bits_never_change_a_result(trained, checkpoint, tmp_path):
    dice = random.Random(0)
    for _ in range(25):
        spoilt = bytearray(trained[1])
        spoilt[dice.randrange(len(spoilt))] ^= 1 << dice.randrange(8)
        checkpoint.write_bytes(spoilt)
        try:
            scores = fit(tmp_path).decision_function(SERIES)
        except ModelError:
            continue
        np.testing.assert_array_equal(scores, trained[2])


def train_on_a_full_disk(folder):
    """Train where no file may grow beyond a few bytes."""

    def act():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        try:
            fit(folder, epochs=4)
        except OutputError:
            return REFUSED
        return 0

    return run_apart(act)


class Stopped(Exception):
    pass


def test_a_full_disk_does_not_take_the_last_good_checkpoint(tmp_path, monkeypatch):
    done = []

    def stop(self, trainer, module):
        done.append(trainer.current_epoch)
        if len(done) == 3:
            raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr("offbeat.training.callbacks.History.on_train_epoch_start", stop, raising=False)
        with pytest.raises(Stopped):
            fit(tmp_path, epochs=4)
    (last,) = tmp_path.rglob("*.ckpt")
    last.chmod(0o640)
    good = last.read_bytes()
    assert train_on_a_full_disk(tmp_path) == REFUSED
    assert last.read_bytes() == good
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [last]
    resumed, whole = fit(tmp_path, epochs=4), fit(None, epochs=4)
    np.testing.assert_array_equal(resumed.decision_function(SERIES), whole.decision_function(SERIES))
    assert stat.S_IMODE(last.stat().st_mode) == 0o640
