"""What the sender of a bad request reads."""

import json

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve")

from offbeat.service.bodies import points_of


def said(**point):
    """What is said of a point."""
    [unread] = points_of("application/json", json.dumps({"points": [{"key": "web1"} | point]}).encode())
    return unread.message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cpu": "abc"}, "cpu: expected a number, got 'abc'"),
        ({"cpu": 1, "time": [2]}, "time: expected a number, got a list"),
        ({"float": {}}, "float: expected a number, got an object"),
        ([1, "abc"], "values.1: expected a number, got 'abc'"),
        ([1, True], "values.1: expected a number, got true"),
        ("abc", "values: expected a number, a list or an object, got 'abc'"),
    ],
)
def test_a_bad_value_is_named_by_its_channel(values, message):
    assert said(values=values) == message


def test_other_fields_that_are_wrong_are_named_and_counted():
    assert said(values=1, time={}) == "time: expected text or a number, got an object"
    assert said(values=1, sqe=1) == "expected no field sqe: correct its name or leave it out"
    assert said() == "expected the field values, got none: add it"
    assert said(values={"cpu": "abc"}, seq="7") == "cpu: expected a number, got 'abc' (1 more)"


def test_the_answer_says_which_point_of_which_stream(service):
    from live_streams import asking

    body = {"points": [{"key": "web1", "values": 1}, {"key": "web1", "values": {"cpu": "abc"}}]}
    answer = asking(service).post("/v1/points", json=body).json()
    assert answer["messages"] == {"1": "point 1 of 'web1': cpu: expected a number, got 'abc'"}
