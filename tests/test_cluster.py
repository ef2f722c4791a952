"""Calls on a Ray cluster of two nodes, of which one is lost in the middle."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import offbeat
from offbeat.app.large_scores import score_file
from offbeat.cluster import RayCluster
from offbeat.errors import DataError, OffbeatError
from offbeat.testing.material import fit

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # Ray takes its time, and warns


@pytest.fixture(scope="module")
def ray() -> Any:
    return pytest.importorskip("ray", reason="a cluster needs Ray")


@pytest.fixture(scope="module")
def cluster(ray: Any) -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    two = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    two.add_node(num_cpus=1)
    ray.init(address=two.address, log_to_driver=False, logging_level="error")
    yield two
    ray.shutdown()
    two.shutdown()


def _double(number: int) -> int:
    return 2 * number


def _die_once(number: int, marker: Path) -> int:
    if number == 3 and not marker.exists():
        marker.touch()
        os._exit(1)
    return number


def _refuse(number: int) -> int:
    raise DataError(f"no data for {number}")


def test_all_calls_are_made(cluster: Any) -> None:
    assert sorted(RayCluster("auto").run(_double, [(number,) for number in range(20)])) == list(range(0, 40, 2))


def test_a_call_is_made_again_where_its_worker_died(cluster: Any, tmp_path: Path) -> None:
    calls = [(number, tmp_path / "died") for number in range(6)]
    assert sorted(RayCluster("auto").run(_die_once, calls)) == list(range(6))
    assert (tmp_path / "died").exists()


def test_an_error_of_a_call_is_the_error_of_all(cluster: Any) -> None:
    with pytest.raises(DataError, match="no data for 1"):
        list(RayCluster("auto").run(_refuse, [(1,)]))


def test_a_lost_node_changes_no_score(cluster: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    load = np.sin(np.arange(20_000) / 9) + rng.normal(0, 0.1, 20_000)
    pd.DataFrame({"load": load}).to_parquet(tmp_path / "load.parquet")
    fit(offbeat.PCADetector(window=20), load[:1500]).save(tmp_path / "model")
    how = {"length": 500, "kind": "recording"}
    score_file(tmp_path / "model", tmp_path / "load.parquet", tmp_path / "here.parquet", **how)
    node = cluster.add_node(num_cpus=1)

    def lose() -> None:
        while len(list((tmp_path / "there").glob("part-*"))) < 5:
            time.sleep(0.01)
        cluster.remove_node(node, allow_graceful=False)

    losing = threading.Thread(target=lose)
    losing.start()
    found = score_file(tmp_path / "model", tmp_path / "load.parquet", tmp_path / "there", ray="auto", **how)
    losing.join()
    parts = sorted((tmp_path / "there").glob("part-*"))
    assert (found.n_parts, len(parts), found.n_kept) == (40, 40, 0)
    there = pd.concat([pd.read_parquet(part) for part in parts], ignore_index=True)
    pd.testing.assert_frame_equal(there, pd.read_parquet(tmp_path / "here.parquet"))


def test_many_series_are_scored_as_here(cluster: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for key in ("web1", "web2", "web3"):
        load = np.sin(np.arange(900) / 9) + rng.normal(0, 0.1, 900)
        pd.DataFrame({"load": load}).to_csv(tmp_path / f"{key}.csv", index=False)
    panel = offbeat.read_panel([tmp_path / f"{key}.csv" for key in ("web1", "web2", "web3")])
    fit(offbeat.PCADetector(window=20), load).save(tmp_path / "model")
    here = offbeat.score_panel(panel, tmp_path / "model", workers=1)
    there = offbeat.score_panel(panel, tmp_path / "model", ray="auto")
    pd.testing.assert_frame_equal(here, there)
    assert list(here["error"]) == ["", "", ""]


def test_a_cluster_that_does_not_answer_is_named(ray: Any) -> None:
    ray.shutdown()
    with pytest.raises(OffbeatError, match="no Ray cluster answers"):
        list(RayCluster("127.0.0.1:1").run(_double, [(1,)]))
