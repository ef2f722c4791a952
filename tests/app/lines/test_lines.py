import json

import numpy as np
import pytest

from offbeat import Fixed, NaiveForecast, OnlineDetector, PCADetector, Recording
from offbeat.app.lines import ScoredLines
from offbeat.errors import DataError, ParameterError

RNG = np.random.default_rng(0)
WAVE = np.stack([np.sin(np.arange(400) / 7), np.cos(np.arange(400) / 5)], axis=1) + RNG.normal(0, 0.1, (400, 2))
NAMED = NaiveForecast(scaling="none", threshold=Fixed(4.0)).fit(Recording(WAVE, channels=["load", "heat"]))
NAMELESS = NaiveForecast(scaling="none", threshold=Fixed(4.0)).fit(WAVE)


def scored(model, lines, **settings):
    """Return what was written, what was reported, and the counts."""
    told = []
    reader = ScoredLines(OnlineDetector(model), report=lambda number, what: told.append((number, what)), **settings)
    return list(reader.feed(lines)), told, (reader.n_scored, reader.n_flagged, reader.n_bad)


def test_columns_are_found_by_name_and_everything_is_written_back():
    out, told, counts = scored(NAMED, ["t;heat;other;load", "1;0;x;0", "2;4;y;3\r\n", "", '3;"4";z;3'])
    assert out == [
        "t;heat;other;load;score;flag;tier",
        "1;0;x;0;;;",
        "2;4;y;3;5;1;alarm",
        '3;"4";z;3;0;0;normal',
    ]
    assert told == []
    assert counts == (3, 1, 0)


@pytest.mark.parametrize("time", [(), ("9:00",)])
def test_without_a_header_values_stand_in_their_places(time):
    lines = [",".join([*time, a, b]) for a, b in (("0", "0"), ("3", "4"))]
    out, _, counts = scored(NAMED, lines)
    assert out == [lines[0] + ",,,", lines[1] + ",5,1,alarm"]
    assert counts == (2, 1, 0)


def test_nameless_channels_take_any_header_of_the_right_width():
    out, _, _ = scored(NAMELESS, ["when,a,b", "x,0,0", "y,3,4"])
    assert out[2] == "y,3,4,5,1,alarm"


def test_json_lines():
    lines = ['{"load": 0, "heat": 0}', '{"at": "9:05", "load": "3", "heat": 4}']
    out, _, counts = scored(NAMED, lines)
    assert [json.loads(line) for line in out] == [
        {"load": 0, "heat": 0, "score": None, "flag": None, "tier": None},
        {"at": "9:05", "load": "3", "heat": 4, "score": 5.0, "flag": 1, "tier": "alarm"},
    ]
    assert counts == (2, 1, 0)


def test_missing_values_have_no_score_and_are_no_error():
    out, told, _ = scored(NAMED, ["load,heat", "0,0", "0,", "0,nan", "1,1", "1,1"])
    assert [line.endswith(",,,") for line in out[1:]] == [True, True, True, True, False]
    assert told == []


BROKEN = ["load,heat", "0,0", "0,oops", "0", "0,0,0", "1e300,0", "inf,0", "3,4"]


def test_bad_lines_are_reported_and_left_out():
    out, told, counts = scored(NAMED, BROKEN)
    assert out == ["load,heat,score,flag,tier", "0,0,,,", "3,4,5,1,alarm"]
    assert [number for number, _ in told] == [3, 4, 5, 6, 7]
    assert "expected a number, got 'oops'" in told[0][1]
    assert "expected 2 fields, got 1" in told[1][1]
    assert "finite" in told[3][1]
    assert counts == (2, 1, 5)


def test_bad_lines_can_be_missing_values():
    out, _, counts = scored(NAMED, BROKEN, bad_lines="missing")
    assert out == ["load,heat,score,flag,tier", "0,0,,,", "3,4,,,"]
    assert counts == (2, 0, 5)


def test_broken_json():
    bad = ["{", "[1, 2]", '{"load": 1}', '{"load": true, "heat": 1}']
    lines = ['{"load": 0, "heat": 0}', *bad, '{"load": 3, "heat": 4}']
    out, told, counts = scored(NAMED, lines)
    assert len(out) == 2
    assert [number for number, _ in told] == [2, 3, 4, 5]
    assert counts == (2, 1, 4)


def test_a_broken_first_line_does_not_decide_the_format():
    out, told, _ = scored(NAMED, ["1,2,3,4,5,6", "load,heat", "0,0"])
    assert out == ["load,heat,score,flag,tier", "0,0,,,"]
    assert told[0][0] == 1


def test_a_header_without_the_channels_is_refused():
    with pytest.raises(DataError, match="expected the columns load, heat, which the model was fitted on, but"):
        scored(NAMED, ["cold,heat", "0,0"])


def test_lines_wait_for_scores_that_look_ahead():
    model = PCADetector(window=5, n_components=2, fold="mean").fit(WAVE[:, :1])
    values = WAVE[:30, 0]
    out, _, counts = scored(model, [f"{value:.6f}" for value in values])
    expected = model.decision_function(np.round(values, 6))
    expected[-4:] = np.nan  # if the input went on, more windows would be about them
    assert counts[0] == len(out) == 30
    found = [float(line.split(",")[1] or "nan") for line in out]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert [line.split(",")[0] for line in out] == [f"{value:.6f}" for value in values]


def test_nothing_comes():
    assert scored(NAMED, []) == ([], [], (0, 0, 0))
    assert scored(NAMED, ["load,heat"])[0] == ["load,heat,score,flag,tier"]


def test_unknown_way():
    with pytest.raises(ParameterError, match="skip, missing"):
        ScoredLines(OnlineDetector(NAMED), bad_lines="ignore")
    with pytest.raises(ParameterError, match="raw, surprise"):
        ScoredLines(OnlineDetector(NAMED), scale="log")


def test_on_the_common_scale_the_column_says_so():
    values = WAVE[:30, 0]
    model = NaiveForecast().fit(WAVE[:, :1])
    raw, told, counts = scored(model, ["load", *map(str, values)])
    out, told_again, counts_again = scored(model, ["load", *map(str, values)], scale="surprise")
    assert (told, counts) == (told_again, counts_again)
    assert out[0] == "load,surprise,flag,tier"
    found = [float(line.split(",")[1] or "nan") for line in out[1:]]
    np.testing.assert_allclose(found, model.surprise(values), rtol=1e-6)
    assert [line.split(",")[2:] for line in out] == [line.split(",")[2:] for line in raw]
    assert scored(model, ["load", "0"], scale="surprise")[0][1] == "0,,,"


def test_keys_of_json_are_left_alone_unless_they_are_added():
    lines = ['{"load": 0, "heat": 0}', '{"load": 3, "heat": 4, "surprise": "b", "score": "a"}']
    raw, common = (json.loads(scored(NAMED, lines, scale=scale)[0][1]) for scale in ("raw", "surprise"))
    assert (raw["score"], raw["surprise"]) == (5.0, "b")
    assert common["score"] == "a"
    assert common["surprise"] == pytest.approx(OnlineDetector(NAMED).surprise(5.0))


def test_too_few_held_out_scores_for_the_common_scale_are_told_at_once():
    model = PCADetector(window=5, n_components=2, fold="last", calibration="held-out").fit(WAVE[:, :1])
    model.held_out_scores_ = model.held_out_scores_[:4]
    with pytest.raises(DataError, match="at least 5 held-out normal scores"):
        ScoredLines(OnlineDetector(model), scale="surprise")
