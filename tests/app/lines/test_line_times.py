"""The time of a single line is the one that a whole column of such times has."""

import numpy as np
import pandas as pd
import pytest

from offbeat.app.lines.times import time_of
from offbeat.series.dates import read_times
from offbeat.series.zones import stamp_of

CLOCKS = ("2026-03-01T10:05", "2026-03-01 10:05:07", "2026-03-01T10:05:07.25", "1650-12-31T23:59:59.999999")
OFFSETS = ("", "Z", "+00:00", "+01:00", "-05:30", "+14:00")


@pytest.mark.parametrize("cell", ["2026-03-01", *(clock + offset for clock in CLOCKS for offset in OFFSETS)])
def test_a_line_is_read_as_a_column_is(cell):
    times, zone = read_times(pd.Series([cell]), "row {}".format)
    expected, found = stamp_of(times[0], zone), time_of([("time", cell)])
    assert found == expected
    assert str(found) == str(expected)
    assert type(found) is type(expected)


@pytest.mark.parametrize("cell", [1_436_538_240, "1436538240", 1_436_538_240.0])
def test_seconds_of_a_line_are_read_as_those_of_a_column(cell):
    times, _ = read_times(pd.Series([1_436_538_240]), "row {}".format)
    assert time_of([("time", cell)]) == times[0]


@pytest.mark.parametrize("cell", ["2026-02-30", "2026-03-01T25:00", "2026-03-01T10:00+25:00", "07/10/2015", 17, True])
def test_what_is_no_certain_time_is_none(cell):
    assert time_of([("time", cell)]) is None


def test_of_several_dates_the_one_with_the_name_counts():
    cells = [("made", "2020-01-01"), ("timestamp", "2026-03-01T10:00")]
    assert time_of(cells) == np.datetime64("2026-03-01T10:00")
    assert time_of([("made", "2020-01-01"), ("sold", "2026-03-01")]) is None
