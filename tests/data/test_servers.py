from __future__ import annotations

import numpy as np
import pytest

from offbeat.data import load, server_metrics
from offbeat.data.synthetic import server_metrics as same_one
from offbeat.errors import ParameterError


def runs(labels: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(labels, prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n_times", [400, 1000, 4000])
def test_four_anomalies_after_a_part_without(n_times: int, seed: int) -> None:
    made = server_metrics(n_times, seed=seed)
    assert made.train_end == 0.4 * n_times
    found = runs(made.labels)
    assert len(found) == 4
    assert found[0][0] >= made.train_end
    assert made.step == 300
    assert np.isfinite(made.values).all()
    assert made.values.min() >= 0
    assert made.values.max() <= 100


def test_each_anomaly_is_of_its_kind() -> None:
    quiet = server_metrics(noise=0)
    values = quiet.values[:, 0]
    plain = values[:288]
    off = values - np.resize(plain, len(values))
    spike, shift, flat, pattern = (slice(*run) for run in runs(quiet.labels))
    np.testing.assert_allclose(off[quiet.labels == 0], 0, atol=1e-9)
    assert (off[spike] > 30).all()
    np.testing.assert_allclose(off[shift], 20)
    assert np.ptp(values[flat]) == 0
    assert values[pattern].max() <= plain.max()
    assert np.ptp(off[pattern]) > 20


@pytest.mark.usefixtures("untouched_global_generator")
def test_same_seed_same_recording() -> None:
    np.testing.assert_array_equal(server_metrics(seed=1).values, server_metrics(seed=1).values)
    assert not np.array_equal(server_metrics(seed=1).values, server_metrics(seed=2).values)
    assert same_one is server_metrics


def test_noise_has_the_deviation_that_is_asked_for() -> None:
    noise = server_metrics(noise=2.0, seed=3).values[:1600] - server_metrics(noise=0).values[:1600]
    assert noise.std() == pytest.approx(2, rel=0.15)
    assert np.corrcoef(noise[1:, 0], noise[:-1, 0])[0, 1] == pytest.approx(0.6, abs=0.1)


def test_the_catalogue_has_it() -> None:
    np.testing.assert_array_equal(load("synthetic-metrics").values, server_metrics().values)
    assert load("synthetic-metrics").train_end == 1600


def test_settings_out_of_range() -> None:
    with pytest.raises(ParameterError, match="n_times is 399"):
        server_metrics(399)
    with pytest.raises(ParameterError, match="-1"):
        server_metrics(noise=-1)
