"""What a line may be, what it is read as, and what is a bad one."""

import json
import sys

import numpy as np
import pytest

from offbeat import Fixed, NaiveForecast, OnlineDetector, PCADetector, Recording
from offbeat.app.lines import ScoredLines
from offbeat.errors import DataError

WAVE = np.stack([np.sin(np.arange(400) / 7), np.cos(np.arange(400) / 5)], axis=1)
TWO = NaiveForecast(scaling="none", threshold=Fixed(4.0)).fit(Recording(WAVE, channels=["load", "heat"]))
ONE = NaiveForecast(scaling="none", threshold=Fixed(4.0)).fit(Recording(WAVE[:, :1], channels=["load"]))
NUMBERED = NaiveForecast(scaling="none", threshold=Fixed(4.0)).fit(Recording(WAVE, channels=["0", "1"]))


def scored(model, lines, **settings):
    """Return what was written, and the kinds of bad lines by their numbers."""
    told = {}
    lines_in = ScoredLines(OnlineDetector(model), report=told.__setitem__, **settings)
    out = list(lines_in.feed(lines))
    assert lines_in.n_bad == lines_in.bad.total()
    return out, told, lines_in


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("1,2\r3", "control characters"),
        ("1,\x002", "control characters"),
        ("1,2\x1b[31m", "control characters"),
        ('1,"2', "not CSV"),
        ('1,"2"3', "not CSV"),
        ('1,"' + "x" * 200_000 + '"', "not CSV"),
        ("x" * 200_000 + ",2", "not CSV"),
        ("1,1_0", "not a number"),
        ("1,١٢", "not a number"),
        ("1,１２", "not a number"),
        ("1,0x10", "not a number"),
        ("1,infinity", "not a number"),
        ("1,-inf", "not a number"),
        ("1,1e999", "out of range"),
        ("1," + "9" * 400, "out of range"),
        ("1," + "9" * 5000, "out of range"),
        ("1,1e300", "out of range"),
        ("1,1 2", "not a number"),
        ("1", "of another width"),
        ("1,2,3", "of another width"),
        ('{"load": 2}', "of another width"),
    ],
)
@pytest.mark.parametrize("bad_lines", ["skip", "missing"])
def test_a_bad_line_of_csv_is_left_out_and_counted(line, kind, bad_lines):
    out, told, lines = scored(ONE, ["t,load", "1,0", line, "3,5", "4,5"], bad_lines=bad_lines)
    newest = "3,5,5,1,alarm" if bad_lines == "skip" else "3,5,,,"
    assert out == ["t,load,score,flag,tier", "1,0,,,", newest, "4,5,0,0,normal"]
    assert (dict(lines.bad), list(told)) == ({kind: 1}, [3])
    assert len(told[3]) <= 500
    assert told[3].isprintable()


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('{"load": ' + "9" * 400 + "}", "out of range"),
        ('{"load": ' + "9" * 5000 + "}", "not JSON"),
        ('{"load": 1e999}', "out of range"),
        ('{"load": Infinity}', "out of range"),
        ('{"load": 1, "x": -Infinity}', "out of range"),
        ('{"load": 1, "x": 1e999, "score": 1}', "out of range"),
        ('{"load": ' + '{"a":' * 100_000, "not JSON"),
        ('{"load": 1, "x": ' + "[" * 100_000 + "]" * 100_000 + "}", "not JSON"),
        ('{"load": ' + "[" * 200 + "]" * 200 + "}", "not a number"),
        ('{"load": "1_0"}', "not a number"),
        ('{"load": "١٢"}', "not a number"),
        ('{"load": true}', "not a number"),
        ('{"load": {"load": 1}}', "not a number"),
        ('{"load": 1, "load": 2}', "not JSON"),
        ('{"load": 1', "not JSON"),
        ('{"load": 1} {"load": 2}', "not JSON"),
        ('{"load": 1_0}', "not JSON"),
        ('{"load": 0x10}', "not JSON"),
        ('{"\ud800": 1}', "without a channel"),
        ('{"heat": 1}', "without a channel"),
        ("[1]", "not JSON"),
        ("1", "not JSON"),
        ("\x00" * 64, "control characters"),
    ],
)
def test_a_bad_line_of_json_is_left_out_and_counted(line, kind):
    out, told, lines = scored(ONE, ['{"load": 0}', line, '{"load": 5}'])
    assert [json.loads(text)["score"] for text in out] == [None, 5.0]
    assert (dict(lines.bad), list(told)) == ({kind: 1}, [2])
    assert len(told[2]) <= 500
    assert told[2].isprintable()


def test_json_is_written_back_as_it_came():
    line = '{"id": 12345678901234567890.50, "load":1.10, "at": "\\u00e9", "n": ' + "9" * 400 + "}"
    (out,), _, _ = scored(ONE, [line])
    assert out.startswith(line[:-1])
    assert json.loads(out)["score"] is None


def test_json_that_holds_a_score_gets_the_new_one_and_nan_becomes_null():
    out, told, _ = scored(ONE, ['{"load": 1, "score": 9, "x": NaN}', '{"load": 2, "tier": "none"}', '{"load": NaN}'])
    assert [json.loads(text, parse_constant=pytest.fail) for text in out] == [
        {"load": 1, "x": None, "score": None, "flag": None, "tier": None},
        {"load": 2, "score": 1.0, "flag": 0, "tier": "watch"},
        {"load": None, "score": None, "flag": None, "tier": None},
    ]
    assert not told


def test_a_line_nested_as_deeply_as_can_be_read_can_be_written():
    deepest = sys.getrecursionlimit()
    for depth in range(deepest - 200, deepest, 7):
        nested = '{"load": 1, "score": 0, "x": ' + "[" * depth + "]" * depth + "}"
        out, _, lines = scored(ONE, [nested])
        assert len(out) + lines.n_bad == 1


@pytest.mark.parametrize("missing", ["", " ", "nan", "NaN", "NA", "n/a", "null", "None", "?"])
def test_missing_values_are_no_bad_lines(missing):
    out, told, _ = scored(ONE, ["t,load", "1,0", f"2,{missing}", "3,1", "4,2"])
    assert [line.split(",")[2] for line in out[1:]] == ["", "", "", "1"]
    assert not told


@pytest.mark.parametrize(
    "number", ["5", "+5", "5.", "5.0", "05", "50e-1", ".5E+1", " 5 ", '"5"', "5.000000000000000001"]
)
def test_numbers_of_csv(number):
    assert scored(ONE, ["t,load", "1,0", f"2,{number}"])[0][-1] == f"2,{number},5,1,alarm"


def test_digits_without_end_take_no_time():
    lines = ["load", "9" * 100_000 + "x", "9" * 100_000, "0." + "3" * 100_000, "1"]
    assert [number for number, _ in scored(ONE, lines)[1].items()] == [2, 3]


def test_the_same_header_again_is_left_out():
    out, told, lines = scored(ONE, ["t,load", "1,0", "t,load", "1,5"])
    assert out == ["t,load,score,flag,tier", "1,0,,,", "1,5,5,1,alarm"]
    assert (lines.n_repeated, lines.n_bad, told) == (1, 0, {})


def test_a_header_that_moves_the_channels_is_followed():
    out, told, lines = scored(TWO, ["load,heat", "0,0", "heat;x;load", "4;9;3", "load,heat", "3,4"])
    assert out == [
        "load,heat,score,flag,tier",
        "0,0,,,",
        "heat;x;load;score;flag;tier",
        "4;9;3;5;1;alarm",
        "load,heat,score,flag,tier",
        "3,4,0,0,normal",
    ]
    assert (lines.n_headers, lines.n_repeated, lines.n_bad, list(told)) == (3, 0, 0, [3, 5])


def test_a_header_after_values_in_their_places():
    out, told, lines = scored(TWO, ["0,0", "load,heat", "3,4", "load,load,heat", "3,4"])
    assert out == ["0,0,,,", "3,4,5,1,alarm", "3,4,0,0,normal"]
    assert (lines.n_repeated, list(told)) == (1, [4])


def test_lines_that_wait_stand_before_a_header_that_came_after_them():
    model = PCADetector(window=4, n_components=2, fold="mean").fit(Recording(WAVE, channels=["load", "heat"]))
    rows = [f"{a:.3f},{b:.3f}" for a, b in WAVE[:9]]
    out, _, _ = scored(
        model, ["load,heat", *rows[:5], "heat;load", *[";".join(row.split(",")[::-1]) for row in rows[5:]]]
    )
    assert [line.split(",")[0].split(";")[0] for line in out] == [
        "load",
        *[f"{a:.3f}" for a in WAVE[:5, 0]],
        "heat",
        *[f"{b:.3f}" for b in WAVE[5:9, 1]],
    ]
    values = np.array([row.split(",") for row in rows], dtype=float)
    found = [
        float(line.replace(";", ",").split(",")[2] or "nan") for line in out if not line.startswith(("load", "heat"))
    ]
    # The scores of the last lines stay open.
    np.testing.assert_allclose(found, [*model.decision_function(values)[:-3], *[np.nan] * 3], rtol=1e-5)


def test_columns_called_by_numbers_are_found_and_values_are_none():
    out, told, _ = scored(NUMBERED, ["t,1,0", "a,0,0", "b,4,3", "c,0,1", "d,1,0"])
    assert out[0] == "t,1,0,score,flag,tier"
    assert out[2] == "b,4,3,5,1,alarm"
    assert len(out) == 5
    assert not told


def test_a_delimiter_inside_quotes_is_none():
    out, told, _ = scored(ONE, ['"a;b",load', "x,0", '"y;z",5'])
    assert out[-1] == '"y;z",5,5,1,alarm'
    assert not told


@pytest.mark.parametrize(
    "first", ["9:00,oops", "2026-03-01 00:00,-", "1,2,3,4", "\x00\x01\x02", '"', "9:00,1_0", "{", "1,1e999"]
)
def test_a_bad_first_line_is_left_out(first):
    out, told, _ = scored(ONE, [first, "9:00,0", "9:05,5"])
    assert out in (["9:00,0,,,", "9:05,5,5,1,alarm"], [])
    assert next(iter(told)) == 1


def test_values_may_be_missing_in_the_first_line():
    out, told, _ = scored(ONE, ["9:00,", "9:05,1", "9:10,1"])
    assert out == ["9:00,,,,", "9:05,1,,,", "9:10,1,0,0,normal"]
    assert not told


def test_a_header_with_a_channel_twice_is_refused():
    with pytest.raises(DataError, match="one column load"):
        scored(ONE, ["load,load", "1,2"])


def test_a_byte_order_mark_is_none_but_at_the_start():
    out, told, _ = scored(ONE, ["\ufeffload", "0", "\ufeff1", "5"])
    assert out == ["load,score,flag,tier", "0,,,", "5,5,1,alarm"]
    assert list(told) == [3]


def test_only_what_is_flagged():
    out, _, lines = scored(ONE, ["load", "0", "1", "9", "9"], flagged_only=True)
    assert out == ["load,score,flag,tier", "9,8,1,alarm"]
    assert (lines.n_scored, lines.n_flagged) == (4, 1)


@pytest.mark.parametrize("head", [["time,load"], []])
def test_milliseconds_behind_a_comma_are_part_of_the_time(head):
    lines = ["2024-03-01 10:00:00,007,1.5", "2024-03-01 10:00:00,150,2.5", "2024-03-01 10:00:00,300,9.5"]
    out, told, _ = scored(ONE, [*head, *lines])
    assert not told
    assert [line.split(",")[:3] for line in out[len(head) :]] == [line.split(",") for line in lines]
    assert out[-1].endswith(",alarm")
