"""Small pictures of many recordings."""

import pytest

from offbeat.errors import DataError
from offbeat.report.figures.small_multiples import small_multiples

PICTURE = {"channel": "cpu", "values": [1.0, None, 3.0], "events": [[0.2, 0.2, 1], [0.5, 0.9, 2]]}


@pytest.mark.parametrize("n", [1, 4, 5])
def test_each_recording_has_a_panel_with_its_name(n):
    figure = small_multiples({f"web{k}": PICTURE for k in range(n)})
    assert [axes.get_title(loc="left") for axes in figure.axes] == [f"web{k}: cpu" for k in range(n)]


def test_events_are_shaded_and_a_short_one_is_to_be_seen():
    (axes,) = small_multiples({"web": PICTURE}).axes
    spans = [patch.get_extents().width for patch in axes.patches]
    assert len(spans) == 2
    assert min(spans) > 0
    assert {patch.get_facecolor() for patch in axes.patches} != {axes.get_facecolor()}


def test_nothing_to_draw():
    with pytest.raises(DataError):
        small_multiples({})
