"""Heartbeat-like series that every test of the report draws from."""

import numpy as np
import pytest

from offbeat.recording import Collection


@pytest.fixture
def beats():
    """120 normal and 30 ectopic one-second beats of 140 samples, one lead."""
    rng = np.random.default_rng(7)
    t = np.linspace(0, 1, 140)
    normal = -4 * np.exp(-(((t - 0.03) / 0.02) ** 2)) + 1.5 * np.exp(-(((t - 0.75) / 0.06) ** 2))
    ectopic = -2 * np.exp(-(((t - 0.06) / 0.05) ** 2)) - 3 * np.exp(-(((t - 0.95) / 0.04) ** 2))
    values = np.vstack([np.tile(normal, (120, 1)), np.tile(ectopic, (30, 1))]) + rng.normal(0, 0.1, (150, 140))
    return Collection(values, labels=[1] * 120 + [2] * 30, class_names={"1": "normal", "2": "ectopic <b>beat</b>"})


@pytest.fixture
def scores():
    """Scores by part: normal ones around 0.1, anomalies around 0.5."""
    rng = np.random.default_rng(3)
    return {
        "train": rng.gamma(20, 0.005, 500),
        "test (normal)": rng.gamma(20, 0.005, 90),
        "anomalies": rng.gamma(50, 0.01, 200),
    }
