from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from offbeat.data import group_split, heartbeats, load, normal_split, stratified_split
from offbeat.errors import DataError, ParameterError
from offbeat.series.recording import Collection


def numbered(labels: list[str], groups: list[int] | None = None) -> Collection:
    """Series that tell their own row."""
    rows = np.arange(len(labels), dtype=float)[:, None].repeat(4, axis=1)
    return Collection(rows, labels=np.array(labels), groups=None if groups is None else np.array(groups))


def rows_of(part: Collection) -> set[int]:
    return set(part.values[:, 0, 0].astype(int).tolist())


def test_reference_protocol_on_ecg5000(data_dir: Path) -> None:
    beats = load("ecg5000", data_dir=data_dir, download=False)
    split = normal_split(beats, "1")
    sizes = [len(part) for part in (split.train, split.validation, split.test, split.anomalies, split.evaluation)]
    assert sizes == [2481, 219, 219, 2081, 2300]
    assert split.anomalies.counts() == {"2": 1767, "3": 96, "4": 194, "5": 24}


def test_rows_are_those_of_the_frames_of_the_reference() -> None:
    beats = heartbeats({"1": 200, "2": 40})
    frame = pd.DataFrame({"target": beats.labels}).sample(frac=1.0, random_state=42)
    normal = frame[frame.target == "1"]
    train, rest = train_test_split(normal, test_size=0.15, random_state=42)
    validation, test = train_test_split(rest, test_size=0.5, random_state=42)
    split = normal_split(beats, "1")
    assert split.train_rows.tolist() == train.index.tolist()
    assert split.validation_rows.tolist() == validation.index.tolist()
    assert split.test_rows.tolist() == test.index.tolist()
    assert split.anomaly_rows.tolist() == frame[frame.target != "1"].index.tolist()


@settings(max_examples=50, deadline=None)
@given(normals=st.integers(7, 60), others=st.integers(1, 20), seed=st.integers(0, 2**32 - 1))
def test_parts_are_disjoint_whole_and_seeded(normals: int, others: int, seed: int) -> None:
    source = numbered(["n"] * normals + ["a"] * others)
    split = normal_split(source, "n", seed=seed)
    parts = [split.train, split.validation, split.test, split.anomalies]
    assert sum(map(len, parts)) == len(source)
    assert set.union(*map(rows_of, parts)) == set(range(len(source)))
    assert all(part.classes == ("n",) for part in parts[:3])
    assert split.anomalies.classes == ("a",)
    assert split.truth.tolist() == [int(label == "a") for label in split.evaluation.labels]
    again = normal_split(source, "n", seed=seed)
    assert again.train_rows.tolist() == split.train_rows.tolist()


@pytest.mark.usefixtures("untouched_global_generator")
def test_other_seeds_give_other_splits() -> None:
    source = numbered(["n"] * 100 + ["a"])
    assert rows_of(normal_split(source, "n", seed=1).train) != rows_of(normal_split(source, "n", seed=2).train)


def test_normal_split_errors() -> None:
    source = numbered(["n"] * 20 + ["a", "b"])
    with pytest.raises(DataError, match=r"'x'.* a, b, n"):
        normal_split(source, "x")
    with pytest.raises(DataError, match=r"20 series .* n"):
        normal_split(source[:20], "n")
    with pytest.raises(DataError, match="1 of class 'a'"):
        normal_split(source, "a")
    with pytest.raises(DataError, match="6 of class 'n'"):
        normal_split(source[14:], "n")
    with pytest.raises(DataError, match="no labels"):
        normal_split(Collection(np.zeros((5, 3))), "n")
    for validation, test in [(0.5, 0.5), (0, 0.1), (-0.1, 0.2), (float("nan"), 0.1)]:
        with pytest.raises(ParameterError, match="validation and test"):
            normal_split(source, "n", validation=validation, test=test)


@settings(max_examples=30, deadline=None)
@given(counts=st.lists(st.integers(5, 40), min_size=2, max_size=4), seed=st.integers(0, 1000))
def test_stratified_parts_keep_the_proportions(counts: list[int], seed: int) -> None:
    source = numbered([f"c{i}" for i, count in enumerate(counts) for _ in range(count)])
    train, test = stratified_split(source, test=0.25, seed=seed)
    assert rows_of(train) | rows_of(test) == set(range(len(source)))
    assert len(train) + len(test) == len(source)
    for label, count in source.counts().items():
        assert abs(test.counts().get(label, 0) - 0.25 * count) <= 1


def test_stratified_errors() -> None:
    with pytest.raises(DataError, match="two classes"):
        stratified_split(numbered(["n"] * 9))
    with pytest.raises(DataError, match="class 'a'"):
        stratified_split(numbered(["n"] * 9 + ["a"]))
    with pytest.raises(DataError, match="share"):
        stratified_split(numbered(list("aabbccdd")), test=0.1)
    with pytest.raises(ParameterError, match=r"test .* 1"):
        stratified_split(numbered(list("aabb")), test=1)


@settings(max_examples=30, deadline=None)
@given(groups=st.lists(st.integers(0, 9), min_size=4, max_size=60), seed=st.integers(0, 1000))
def test_no_group_is_on_both_sides(groups: list[int], seed: int) -> None:
    source = numbered(["n"] * len(groups), groups)
    if len(set(groups)) < 2:
        with pytest.raises(DataError, match="two groups"):
            group_split(source, seed=seed)
        return
    train, test = group_split(source, test=0.3, seed=seed)
    assert not set(train.groups.tolist()) & set(test.groups.tolist())
    assert rows_of(train) | rows_of(test) == set(range(len(groups)))


def test_group_errors() -> None:
    with pytest.raises(DataError, match="groups"):
        group_split(numbered(["n", "n"]))
    with pytest.raises(ParameterError, match="test"):
        group_split(numbered(["n", "n"], [1, 2]), test=0)
