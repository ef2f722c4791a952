"""What the times between beats say of each: on rhythms written by hand, and in and out of a folder."""

import json

import numpy as np
import pytest
import torch

from offbeat.ecg.features.rhythm_log_odds import (
    LOG_ODDS_NAMES,
    RHYTHM_CLASSES,
    load_rhythm_network,
    rhythm_log_odds,
    save_rhythm_network,
)
from offbeat.ecg.training.rhythm_network import train_rhythm_network
from offbeat.errors import ModelError
from offbeat.networks.rhythm import RhythmNetwork


def premature(rr):
    return rhythm_log_odds(np.asarray(rr, float))[:, LOG_ODDS_NAMES.index("premature by rhythm")] > 0


def sinus(n, rr=0.8):
    return rr * np.exp(0.02 * np.random.default_rng(1).normal(size=n))


def test_a_steady_heart_has_no_premature_beats_fast_or_slow():
    for rr in (0.55, 0.8, 1.2):
        assert premature(sinus(600, rr)).mean() < 0.01


def test_single_premature_beats_are_found_and_nothing_else():
    rr = sinus(600)
    early = np.arange(20, 600, 37)
    rr[early] *= 0.7
    rr[early + 1] *= 1.15
    assert np.flatnonzero(premature(rr)).tolist() == early.tolist()


def test_runs_of_early_beats_are_premature_though_they_are_most_of_all():
    rng = np.random.default_rng(1)
    classes = np.concatenate([["N", *["S"] * rng.integers(1, 14)] for _ in range(80)])
    rr = np.where(classes == "S", 0.62, 1.8) * np.exp(0.04 * rng.normal(size=len(classes)))
    found = premature(rr)
    assert found[classes == "S"].mean() > 0.9
    assert found[classes == "N"].mean() < 0.1


def test_in_fibrillation_beats_come_early_without_being_premature():
    rr = np.random.default_rng(0).lognormal(np.log(0.65), 0.22, 600)
    assert premature(rr).mean() < 0.05
    log_odds = rhythm_log_odds(rr)[:, LOG_ODDS_NAMES.index("fibrillation by rhythm")]
    assert (log_odds > 0).mean() > 0.9


@pytest.mark.parametrize("n", [0, 1, 2, 3, 50])
def test_few_beats_and_missing_intervals_have_log_odds_too(n):
    rr = np.full(n, np.nan)
    rr[1:2] = 0.8
    found = rhythm_log_odds(rr)
    assert found.shape == (n, len(LOG_ODDS_NAMES))
    assert np.isfinite(found).all()


def test_pauses_and_mistakes_say_no_more_than_the_limits():
    rr = sinus(40)
    wild, tame = rr.copy(), rr.copy()
    wild[[10, 20]], tame[[10, 20]] = (40.0, 0.01), (3.0, 0.2)
    np.testing.assert_array_equal(rhythm_log_odds(wild), rhythm_log_odds(tame))


def test_a_network_is_saved_and_loaded(tmp_path):
    network = RhythmNetwork(len(RHYTHM_CLASSES), width=8).eval()
    again = load_rhythm_network(save_rhythm_network(network, tmp_path / "rhythms"))
    intervals = torch.from_numpy(sinus(30)[None].astype(np.float32))
    with torch.inference_mode():
        assert torch.equal(network(intervals), again(intervals))


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"network": "other"}, "a rhythm network"), ({"classes": ["N"]}, "a rhythm network"), ({"width": 9}, "damaged")],
)
def test_another_model_is_refused(tmp_path, changed, message):
    folder = save_rhythm_network(RhythmNetwork(len(RHYTHM_CLASSES), width=8), tmp_path / "rhythms")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changed))
    with pytest.raises(ModelError, match=message):
        load_rhythm_network(folder)


@pytest.mark.slow
def test_a_network_learns_from_simulated_rhythms():
    network, history = train_rhythm_network(n=160, n_beats=128, epochs=6, progress=False)
    assert history["val_loss"][-1] < 0.8 * history["val_loss"][0]
    assert not network.training
    again, _ = train_rhythm_network(n=160, n_beats=128, epochs=6, progress=False)
    for one, other in zip(network.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one, other)
