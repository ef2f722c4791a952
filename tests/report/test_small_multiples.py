"""Small pictures of many recordings."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from offbeat.errors import DataError
from offbeat.events import Event
from offbeat.report.drawing.style import lightness
from offbeat.report.figures.small_multiples import small_multiples, small_picture
from offbeat.series.recording import Recording

PICTURE = {"channel": "cpu", "values": [1.0, None, 3.0], "events": [[0.2, 0.2, 1], [0.5, 0.9, 2]]}


@pytest.mark.parametrize("n", [1, 4, 5])
def test_each_recording_has_a_panel_with_its_name(n):
    figure = small_multiples({f"web{k}": PICTURE for k in range(n)})
    assert [axes.get_title(loc="left") for axes in figure.axes] == [f"web{k}: cpu" for k in range(n)]


def test_events_are_shaded_and_a_short_one_is_to_be_seen():
    (axes,) = small_multiples({"web": PICTURE}).axes
    shades, marks = axes.patches[::2], axes.patches[1::2]
    assert len(shades) == len(marks) == 2
    assert min(patch.get_extents().width for patch in axes.patches) > 0
    assert {patch.get_facecolor() for patch in axes.patches} != {axes.get_facecolor()}
    assert [(patch.get_y(), patch.get_height()) for patch in shades] == [(0, 1), (0, 1)]


def test_tiers_are_told_by_where_their_marks_are():
    (axes,) = small_multiples({"web": PICTURE}).axes
    _, watch, _, alarm = (patch.get_bbox() for patch in axes.patches)
    assert watch.y1 < 0.5 < alarm.y0


def test_the_ends_of_the_time_stand_below_a_panel():
    times = np.datetime64("2026-03-01T00:00:30") + np.arange(50) * np.timedelta64(1, "h")
    dated, plain = (small_picture(Recording(np.arange(50.0), timestamps=stamps), []) for stamps in (times, None))
    panels = small_multiples({"web1": dated, "web2": plain, "web3": PICTURE}).axes
    shown = [[label.get_text() for label in axes.get_xticklabels()] for axes in panels]
    assert shown == [["2026-03-01 00:00", "2026-03-03 01:00"], ["0", "49"], []]
    assert [label.get_horizontalalignment() for label in panels[0].get_xticklabels()] == ["left", "right"]


def test_nothing_to_draw():
    with pytest.raises(DataError):
        small_multiples({})


def test_where_a_level_has_not_returned_is_hatched():
    picture = small_picture(Recording(np.arange(50.0)), [], [(10, 20), (30, 50)])
    assert picture["away"] == [[0.2, 0.4], [0.6, 1.0]]
    (axes,) = small_multiples({"web": picture}).axes
    assert [patch.get_hatch() for patch in axes.patches] == ["////", "////"]
    assert not any(patch.get_hatch() for patch in small_multiples({"web": PICTURE}).axes[0].patches)


def test_an_event_far_above_the_threshold_is_shaded_deeper():
    events = [Event(0, 5, 1, score=2.2), Event(10, 15, 11, score=22.0), Event(20, 25, 21, score=9e9)]
    recording = Recording(np.arange(50.0))
    known, unknown = (small_picture(recording, events, threshold=value) for value in (2.0, 0.0))
    assert [event[3:] for event in known["events"]] == [[1.1], [11.0], [4.5e9]]
    assert [event[3:] for event in unknown["events"]] == [[], [], []]
    shades = [patch.get_facecolor() for patch in small_multiples({"web": known}).axes[0].patches[::2]]
    lights = [lightness(to_hex(shade)) for shade in shades]
    assert lights == sorted(set(lights), reverse=True)
    plain = [patch.get_facecolor() for patch in small_multiples({"web": unknown}).axes[0].patches[::2]]
    assert len(set(plain)) == 1
