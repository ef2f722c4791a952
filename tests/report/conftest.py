"""Heartbeat-like series and a recording of a pump that every test of the report draws from."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest

from offbeat.events import mask_to_events
from offbeat.events.severity import Severity
from offbeat.series.recording import Collection, Recording


class Pump(NamedTuple):
    recording: Recording
    scores: Any
    expected: Any
    events: list


@pytest.fixture(scope="session")
def beats():
    """120 normal and 30 ectopic one-second beats of 140 samples, one lead."""
    rng = np.random.default_rng(7)
    t = np.linspace(0, 1, 140)
    normal = -4 * np.exp(-(((t - 0.03) / 0.02) ** 2)) + 1.5 * np.exp(-(((t - 0.75) / 0.06) ** 2))
    ectopic = -2 * np.exp(-(((t - 0.06) / 0.05) ** 2)) - 3 * np.exp(-(((t - 0.95) / 0.04) ** 2))
    values = np.vstack([np.tile(normal, (120, 1)), np.tile(ectopic, (30, 1))]) + rng.normal(0, 0.1, (150, 140))
    return Collection(values, labels=[1] * 120 + [2] * 30, class_names={"1": "normal", "2": "ectopic <b>beat</b>"})


@pytest.fixture(scope="session")
def scores():
    """Scores by part: normal ones around 0.1, anomalies around 0.5."""
    rng = np.random.default_rng(3)
    return {
        "train": rng.gamma(20, 0.005, 500),
        "test (normal)": rng.gamma(20, 0.005, 90),
        "anomalies": rng.gamma(50, 0.01, 200),
    }


@pytest.fixture(scope="session")
def pump():
    """Recording, scores, expected signal and three events: 2000 ten-minute steps, three channels, the last to blame."""
    rng = np.random.default_rng(11)
    expected = np.sin(np.arange(2000)[:, None] / 40 + np.arange(3))
    values = expected + rng.normal(0, 0.05, (2000, 3))
    values[700:705, 2] += 3
    values[1500, 2] += 1.5
    values[1200, 0] -= 1
    times = np.datetime64("2024-03-01") + np.arange(2000) * np.timedelta64(10, "m")
    recording = Recording(values, timestamps=times, channels=["flow", "level", "pressure"], name="pump")
    scores = np.abs(values - expected).max(axis=1)
    scores[:20] = np.nan
    causes = [(("pressure", 0.9), ("flow", 0.1)), (("flow", 1.0),), (("pressure", 1.0),)]
    grades = [Severity.ALARM, Severity.WATCH, Severity.ALARM]
    events = [
        replace(event, channels=cause, severity=grade)
        for event, cause, grade in zip(mask_to_events(scores > 0.8, scores), causes, grades, strict=True)
    ]
    return Pump(recording, scores, expected, events)
