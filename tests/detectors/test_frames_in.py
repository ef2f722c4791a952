"""What a data scientist gives, and in which form: frames, numbers, words."""

import numpy as np
import pandas as pd
import pytest

from offbeat import Budget, Fixed, PCADetector
from offbeat.errors import OffbeatWarning, ParameterError, ignoring


@pytest.fixture(scope="module")
def frame():
    steps = np.arange(800)
    times = pd.date_range("2026-01-01", periods=len(steps), freq="5min")
    noise = np.random.default_rng(0).normal(0, 0.1, (3, len(steps)))
    columns = {"load": np.sin(steps / 9) + noise[0], "disk": np.cos(steps / 7) + noise[1], "net": noise[2]}
    return pd.DataFrame(columns, index=times)


@pytest.fixture
def detector(frame):
    with ignoring(OffbeatWarning):
        return PCADetector(window=20).fit(frame)


@pytest.mark.parametrize("number", [2, 0.9, np.float32(0.5)])
def test_a_bare_number_is_a_fixed_threshold(detector, number):
    detector.set_threshold(number)
    assert isinstance(detector.threshold_, Fixed)
    assert detector.threshold_.value_ == number


@pytest.mark.parametrize("other", ["0.9", True, Budget])
def test_what_is_no_threshold_is_told_what_is(detector, other):
    with pytest.raises(ParameterError, match=r"a rule such as Budget\(1\), or a score"):
        detector.set_threshold(other)
