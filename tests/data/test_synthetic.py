from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from offbeat.data import heartbeats, load, normal_split, voltage_curves
from offbeat.errors import ParameterError
from offbeat.series.recording import Collection


def test_curves_follow_the_original_ones(data_dir: Path) -> None:
    original = load("hkn-synthetic", data_dir=data_dir, download=False)
    made = voltage_curves(noise=0)
    assert original.labels.tolist() == made.labels.tolist()
    for label in original.classes:
        mean = original.where(label).values.mean(axis=0)
        # 0.2 of noise over 1000 curves leaves 0.0063 on the mean of each point; 450 points stay below four times that.
        np.testing.assert_allclose(mean, made.where(label).values[0], atol=0.026)


def test_curves_carry_noise_but_no_label() -> None:
    curves = voltage_curves(50, 20, 30, seed=3)
    assert curves.values.shape == (100, 1, 150)
    assert curves.counts() == {"normal": 50, "high": 20, "low": 30}
    spread = curves.values[:50, 0].std(axis=0).mean()
    assert spread == pytest.approx(0.2, rel=0.05)
    assert voltage_curves(2, 0, 0).counts() == {"normal": 2}


@pytest.mark.usefixtures("untouched_global_generator")
@pytest.mark.parametrize("make", [voltage_curves, heartbeats])
def test_same_seed_same_series(make: Callable[..., Collection]) -> None:
    np.testing.assert_array_equal(make(seed=1).values, make(seed=1).values)
    assert not np.array_equal(make(seed=1).values, make(seed=2).values)


def test_heartbeats_are_scaled_and_counted() -> None:
    beats = heartbeats()
    assert beats.values.shape == (1870, 1, 140)
    assert beats.counts() == {"1": 1200, "2": 500, "3": 60, "4": 90, "5": 20}
    np.testing.assert_allclose(beats.values.mean(axis=2), 0, atol=1e-12)
    np.testing.assert_allclose(beats.values.std(axis=2, ddof=1), 1)
    assert np.argmax(beats.where("1").values.mean(axis=0)) == 60


def test_one_kind_does_not_depend_on_the_others() -> None:
    few = heartbeats({"3": 5, "1": 1})
    np.testing.assert_array_equal(few.where("3").values, heartbeats({"1": 9, "3": 5}).where("3").values)


@pytest.mark.parametrize("n_times", [20, 187, 500])
def test_any_number_of_samples(n_times: int) -> None:
    beats = heartbeats({"1": 4, "4": 2}, n_times=n_times)
    assert beats.values.shape == (6, 1, n_times)
    assert beats.sampling_rate == pytest.approx(n_times / 0.7)
    assert np.isfinite(beats.values).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_anomalies_stand_out_but_not_all(seed: int) -> None:
    split = normal_split(heartbeats(seed=seed), "1", test=0.2)
    nearest = NearestNeighbors(n_neighbors=5).fit(split.train.values[:, 0])
    scores = nearest.kneighbors(split.evaluation.values[:, 0])[0].mean(axis=1)
    assert 0.97 < roc_auc_score(split.truth, scores) < 0.995
    kinds = split.evaluation.labels
    against = {k: roc_auc_score(split.truth[rows], scores[rows]) for k in "2345" for rows in [np.isin(kinds, ["1", k])]}
    assert min(against, key=against.get) == "4"


def test_settings_out_of_range() -> None:
    with pytest.raises(ParameterError, match="1, 2, 3, 4, 5, got '6'"):
        heartbeats({"6": 1})
    with pytest.raises(ParameterError, match="-1 of '2'"):
        heartbeats({"1": 4, "2": -1})
    with pytest.raises(ParameterError, match="counts"):
        voltage_curves(0, 0, 0)
    with pytest.raises(ParameterError, match="noise"):
        voltage_curves(noise=-1)
    with pytest.raises(ParameterError, match="20"):
        heartbeats(n_times=3)
