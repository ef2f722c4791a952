"""Thresholds side by side in a picture."""

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

from offbeat.errors import DataError
from offbeat.report.figures.thresholds import threshold_previews


@pytest.fixture
def drawn(pump):
    choices = {"now": (np.inf, []), "new": (0.8, pump.events), "half": (1.5, pump.events[1:])}
    return threshold_previews(pump.recording, pump.scores, choices, chosen="new", known=[(690, 720)], train_end=500)


def test_each_threshold_has_a_row_with_its_events(drawn, pump):
    top, rows = drawn.axes
    assert [label.get_text() for label in rows.get_yticklabels()] == [
        "now: 0 events",
        "new: 3 events",
        "half: 2 events",
    ]
    bars = [path.get_extents() for each in rows.collections for path in each.get_paths()]
    assert sorted(round(bar.y0 + bar.y1) / 2 for bar in bars) == [1, 1, 1, 2, 2]
    left = top.get_xlim()[0]
    assert left > top.lines[0].get_xdata()[0]  # what was learned from is out of sight
    assert sum(isinstance(each, PolyCollection) for each in top.collections) == 1


def test_finite_thresholds_are_lines_and_the_peaks_of_the_chosen_one_are_dots(drawn, pump):
    top, _ = drawn.axes
    names = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert {"new: 0.8", "half: 1.5", "alarm", "watch", "labelled window"} <= set(names)
    assert not any(name.startswith("now") for name in names)
    (dots,) = [line for line in top.lines if line.get_marker() == "o"]
    assert dots.get_ydata().tolist() == [pump.scores[event.peak] for event in pump.events]
    assert drawn.get_suptitle() == "3 events of pump above the threshold 0.8"


def test_the_chosen_one_must_be_there(pump):
    with pytest.raises(DataError, match="newest"):
        threshold_previews(pump.recording, pump.scores, {"now": (1.0, [])}, chosen="newest")
