"""The share of premature beats: found as it was drawn, held by its prior, and harmless at the edges."""

import numpy as np
import pytest

from offbeat.ecg.prior_shift import correct_prior_shift


def probabilities(share, n, rng, learned=0.3, sharpness=2.0):
    """Return the truth of beats, and their probabilities by a calibrated classifier that learned from another share."""
    truth = rng.random(n) < share
    evidence = rng.normal(np.where(truth, sharpness, -sharpness) / 2, 1.0)
    odds = np.exp(sharpness * evidence) * learned / (1 - learned)
    return truth, odds / (1 + odds)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.8])
def test_fewer_beats_are_named_wrongly(share):
    truth, raw = probabilities(share, 4000, np.random.default_rng(0))
    adapted = correct_prior_shift(raw, np.ones(4000), 0.3)
    assert adapted.mean() == pytest.approx(share, abs=0.05)
    wrong, before = (np.mean((guess > 0.5) != truth) for guess in (adapted, raw))
    assert wrong <= before + 0.002
    if share != 0.3:
        assert wrong < 0.9 * before


def test_the_order_of_the_beats_stays():
    _, raw = probabilities(0.1, 500, np.random.default_rng(1))
    adapted = correct_prior_shift(raw, np.ones(500), 0.3)
    assert (np.argsort(adapted, kind="stable") == np.argsort(raw, kind="stable")).all()
    assert ((adapted >= 0) & (adapted <= 1)).all()


def test_a_few_beats_say_little_of_the_share():
    few = correct_prior_shift(np.full(5, 0.9), np.ones(5), 0.3)
    many = correct_prior_shift(np.full(2000, 0.9), np.ones(2000), 0.3)
    assert few[0] < 0.9 < many[0]


def test_what_is_ventricular_says_nothing_of_the_share():
    raw = np.append(np.full(300, 0.2), np.full(700, 0.99))
    alone = correct_prior_shift(raw[:300], np.ones(300), 0.3)
    beside = correct_prior_shift(raw, np.append(np.ones(300), np.zeros(700)), 0.3)
    assert beside[:300] == pytest.approx(alone)


@pytest.mark.parametrize("learned", [0.0, 1.0, np.nan])
def test_a_classifier_that_knows_one_of_both_is_left_alone(learned):
    raw = np.array([0.1, 0.9])
    assert correct_prior_shift(raw, np.ones(2), learned) is raw


def test_certain_beats_stay_certain():
    assert correct_prior_shift(np.array([0.0, 1.0]), np.ones(2), 0.3).round(6).tolist() == [0.0, 1.0]
    assert correct_prior_shift(np.empty(0), np.empty(0), 0.3).shape == (0,)
