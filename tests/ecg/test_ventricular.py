"""A ventricular beat is believed if it recurs or two leads show it, and is none if it looks like the usual beats."""

import numpy as np
import pytest

from offbeat.ecg.beats import Beats
from offbeat.ecg.features.traits import Traits
from offbeat.ecg.ventricular import credible, likeness_around, usual_in_shape

TIME = np.arange(114) / 120 - 0.4


def bump(centre, width, height=1.0):
    return height * np.exp(-0.5 * ((TIME - centre) / width) ** 2)


NARROW = bump(0, 0.012) - bump(0.03, 0.012, 0.9) + bump(0.28, 0.05, 0.3)
WIDE = bump(0, 0.045, -1.2) + bump(0.25, 0.07, 0.4)
OTHER = bump(0.05, 0.03) - bump(0.2, 0.02)


def beats(*shapes, doubtful=()):
    windows = np.array(shapes, np.float32)[:, None]
    marks = np.isin(np.arange(len(shapes)), doubtful)
    return Beats("strip", np.arange(len(shapes)) * 200, 250.0, 200 * len(shapes), ("II",), windows, marks)


def test_what_recurs_is_believed():
    found = beats(*[NARROW] * 10, WIDE, 1.3 * WIDE, OTHER)
    named = np.arange(13) >= 10
    assert np.flatnonzero(credible(found, named, np.ones(13, int), np.ones(13))).tolist() == [10, 11]


def test_two_leads_are_believed_once_and_poor_signals_never():
    found = beats(*[NARROW] * 10, OTHER, WIDE, WIDE, doubtful=[11, 12])
    named = np.arange(13) >= 10
    votes = np.where(np.arange(13) == 10, 2, 1)
    assert np.flatnonzero(credible(found, named, votes, np.ones(13))).tolist() == [10]


@pytest.mark.parametrize("lag", [-5, 0, 5])
def test_a_usual_beat_is_none_wherever_its_peak_was_taken(lag):
    found = beats(*[NARROW] * 10, np.roll(NARROW, lag), WIDE)
    named = np.arange(12) >= 10
    assert np.flatnonzero(usual_in_shape(found, named)).tolist() == [10]


def test_where_all_or_none_are_ventricular_nothing_is_usual():
    found = beats(*[WIDE] * 5)
    assert not usual_in_shape(found, np.ones(5, bool)).any()
    assert not usual_in_shape(found, np.zeros(5, bool)).any()
    assert credible(found, np.ones(5, bool), np.ones(5, int), np.ones(5)).all()


def test_in_noise_it_takes_many_of_one_shape():
    found = beats(*[NARROW] * 10, *[WIDE] * 8)
    named = np.arange(18) >= 10
    unlike = np.full(18, 0.1)
    assert credible(found, named, np.ones(18, int), unlike).sum() == 8
    few = beats(*[NARROW] * 10, *[WIDE] * 7)
    assert not credible(few, named[:17], np.full(17, 2), unlike[:17]).any()
    assert credible(few, named[:17], np.ones(17, int), np.ones(17)).sum() == 7


def test_likeness_is_of_the_beats_around_that_are_not_ventricular():
    traits = Traits.empty(200, 2)
    traits.qrs_share[:100, 1], traits.qrs_share[100:, 0] = 0.9, 0.1
    ventricular = np.arange(200) % 2 == 1
    traits.qrs_share[ventricular] = 0.5
    found = likeness_around(traits, ventricular)
    assert found[:60] == pytest.approx(0.9)
    assert found[140:] == pytest.approx(0.1)
    assert likeness_around(traits, np.ones(200, bool)).max() == 0
    assert likeness_around(Traits.empty(0, 1), np.empty(0, bool)).shape == (0,)
