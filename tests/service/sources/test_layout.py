"""Rows as points."""

import math
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from offbeat.errors import DataError
from offbeat.service.points import Point
from offbeat.service.sources.layout import Bad, Layout, micros_of_cell, points_of

NOON = 1_772_366_400_000_000


@pytest.mark.parametrize(
    ("cell", "unit"),
    [
        ("2026-03-01T12:00:00Z", "s"),
        ("2026-03-01T13:00:00+01:00", "s"),
        ("2026-03-01 12:00:00", "s"),
        (1_772_366_400, "s"),
        ("1772366400", "s"),
        (1_772_366_400_000, "ms"),
        (1_772_366_400_000_000_000, "ns"),
        (Decimal("1772366400"), "s"),
        (np.float64(1_772_366_400), "s"),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), "s"),
        (datetime(2026, 3, 1, 12), "s"),
        (pd.Timestamp("2026-03-01 12:00"), "s"),
        (np.datetime64("2026-03-01T12:00"), "s"),
    ],
)
def test_times_of_any_kind_are_read(cell, unit):
    assert micros_of_cell(cell, unit) == NOON


def test_nanoseconds_keep_their_digits():
    assert micros_of_cell(1_772_366_400_123_456_789, "ns") == NOON + 123_457
    assert micros_of_cell(date(2026, 3, 1)) == NOON - 12 * 3_600_000_000


@pytest.mark.parametrize(
    "cell", [None, "", "soon", float("nan"), True, pd.NaT, -1, 1e300, [], 1_772_366_400_000_000_000]
)
def test_what_is_no_time_is_refused(cell):
    with pytest.raises(DataError, match="time"):
        micros_of_cell(cell)


def test_all_other_columns_are_values():
    layout = Layout(key=("host", "site"), time="t", ignored=("id",), model="cpu")
    row = {"id": 1, "host": "a", "site": "b", "t": NOON // 10**6, "x": np.float32(0.5), "y": None, "z": True}
    point = layout.point(row)
    assert (point.key, point.time, point.model) == ("host=a,site=b", NOON, "cpu")
    assert point.values["x"] == 0.5
    assert math.isnan(point.values["y"])
    assert point.values["z"] == 1.0


def test_one_column_is_a_number_without_a_name():
    assert Layout(values=("x",), otherwise="plant").point({"x": "1.5", "y": 2}) == Point("plant", 1.5)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"x": 1, "t": 1}, "without a column"),
        ({"host": "", "x": 1, "t": 1}, "without a key"),
        ({"host": float("nan"), "x": 1, "t": 1}, "without a key"),
        ({"host": "a", "x": "many", "t": 1}, "not a number"),
        ({"host": "a", "x": float("inf"), "t": 1}, "out of range"),
        ({"host": "a", "x": 1}, "without a column"),
        ({"host": "a", "t": 1}, "without values"),
        ({"host": "a", "x": 1, "t": "yesterday"}, "not a point"),
    ],
)
def test_a_row_that_is_no_point_is_counted_by_what_is_wrong(row, kind):
    bad = Bad("plant", Counter())
    assert points_of([lambda: Layout(key=("host",), time="t").point(row)], bad) == []
    assert dict(bad.counts) == {kind: 1}
