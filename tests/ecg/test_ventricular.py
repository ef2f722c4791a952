"""A ventricular beat is believed if it recurs or two leads show it, and is none if it looks like the usual beats."""

import numpy as np
import pytest

from offbeat.ecg.beats import Beats
from offbeat.ecg.ventricular import credible, usual_in_shape

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
    assert np.flatnonzero(credible(found, named, np.ones(13, int))).tolist() == [10, 11]


def test_two_leads_are_believed_once_and_poor_signals_never():
    found = beats(*[NARROW] * 10, OTHER, WIDE, WIDE, doubtful=[11, 12])
    named = np.arange(13) >= 10
    votes = np.where(np.arange(13) == 10, 2, 1)
    assert np.flatnonzero(credible(found, named, votes)).tolist() == [10]


@pytest.mark.parametrize("lag", [-5, 0, 5])
def test_a_usual_beat_is_none_wherever_its_peak_was_taken(lag):
    found = beats(*[NARROW] * 10, np.roll(NARROW, lag), WIDE)
    named = np.arange(12) >= 10
    assert np.flatnonzero(usual_in_shape(found, named)).tolist() == [10]


def test_where_all_or_none_are_ventricular_nothing_is_usual():
    found = beats(*[WIDE] * 5)
    assert not usual_in_shape(found, np.ones(5, bool)).any()
    assert not usual_in_shape(found, np.zeros(5, bool)).any()
    assert credible(found, np.ones(5, bool), np.ones(5, int)).all()
