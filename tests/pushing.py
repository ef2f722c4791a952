"""Models, points and services for the tests of the service."""

import shutil
import warnings

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve")
pytest.importorskip("prometheus_client", reason="needs the extra serve")

import offbeat
from offbeat.service.points import MICRO, Point, Push

START = 1_772_000_000
"""Seconds from 1970."""
NAMES = ("a", "b", "c")


def noisy_wave(n, seed, n_channels=1):
    """Waves with some noise and a few spikes."""
    rng = np.random.default_rng(seed)
    values = np.sin(np.arange(n)[:, None] / 7 + np.arange(n_channels)) + rng.normal(0, 0.1, (n, n_channels))
    values[rng.choice(n, n // 60, replace=False)] += 3
    return values


def fitted(n_channels=1, seed=0, cls=offbeat.PCADetector, **settings):
    """A detector that learned from a wave without spikes, of channels called a, b and c."""
    rng = np.random.default_rng(seed)
    values = np.sin(np.arange(1500)[:, None] / 7 + np.arange(n_channels)) + rng.normal(0, 0.1, (1500, n_channels))
    recording = offbeat.Recording(values, channels=NAMES[:n_channels])
    settings = {"window": 12, "threshold": offbeat.Quantile(0.01), **settings}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return cls(**settings).fit(recording)


def recording_of(values):
    """The same points as one recording."""
    times = (START + np.arange(len(values))).astype("datetime64[s]")
    return offbeat.Recording(values, timestamps=times, channels=NAMES[: values.shape[1]])


def points_of(key, values, first=0, model=None):
    """Points of a stream, one a second."""
    rows = enumerate(np.asarray(values, dtype=np.float64).tolist())
    return [Point(key, row, (START + first + step) * MICRO, model=model) for step, row in rows]


def pushed(service, points):
    """The results of points that are pushed."""
    return service.engine.submit(Push(points)).answer.result(timeout=60).results


def fates(results):
    """What became of points: new, whether they have a score already or not, repeated, late or refused."""
    return ["new" if result.status in ("scored", "unscored") else result.status for result in results]


def scores_of(results):
    return np.array([result.score for result in results])


def crashed_copy(data, to):
    """What a kill would leave of a database: its files as they are now, in a folder of their own."""
    to.mkdir()
    for file in data.parent.glob(f"{data.name}*"):
        shutil.copy(file, to / file.name)
    return to / data.name
