"""Types and bounds of settings."""

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
import pytest

from offbeat.errors import ParameterError
from offbeat.estimators.hints import Range, validate_types

Threads = Annotated[int, Range(1, 256)]
Share = Annotated[float, Range(0, 1, open_low=True, open_high=True)]


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (1, Threads),
        (256, Threads),
        (np.int32(8), Threads),
        (None, Threads | None),
        (0.5, Share),
        (np.float32(0.5), Share),
        (1, Annotated[float, Range(0, 1)]),
        ((8, 4), Sequence[Threads]),
        (np.array([8, 4]), Sequence[Threads]),
        ("auto", float | Literal["auto"]),
        ((("a", 1), ("b", 2)), Sequence[tuple[str, int]]),
        (object(), Any),
    ],
)
def test_what_fits(value, hint):
    validate_types({"setting": value}, {"setting": hint})


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        (0, Threads, "a whole number from 1 to 256"),
        (257, Threads, "a whole number from 1 to 256"),
        (True, Threads, "a whole number from 1 to 256"),
        (10**5000, Threads, "a whole number from 1 to 256"),
        (10**5000, int, "a whole number"),
        (10**5000, float, "a number"),
        (math.inf, float, "a number"),
        (math.nan, Share, "a number above 0 and below 1"),
        (1.0, Share, "a number above 0 and below 1"),
        ([1] * 100_000, Sequence[int], "up to 1,000 items"),
        ((8, 0), Sequence[Threads], "each a whole number from 1 to 256"),
        ("scale", Literal["auto"], "one of auto"),
        (1, Literal[True], "one of True"),
        ((("a",),), Sequence[tuple[str, int]], r"each \(text, a whole number\)"),
        ({"a": 1}, Sequence[str], "a sequence"),
    ],
    # Python refuses to write some of these values out.
    ids=map(str, range(15)),
)
def test_what_does_not(value, hint, expected):
    with pytest.raises(ParameterError, match=f"^setting is .*{expected}") as refused:
        validate_types({"setting": value}, {"setting": hint})
    assert len(str(refused.value)) <= 500
