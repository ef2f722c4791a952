"""Several calls at a time."""

from pathlib import Path

import numpy as np
import pytest

from offbeat.parallel import in_parallel


@pytest.mark.parametrize("jobs", [1, 2])
def test_all_results_come_in_any_order(jobs):
    assert sorted(in_parallel(pow, [(2, n) for n in range(5)], jobs)) == [1, 2, 4, 8, 16]


def test_a_single_call_needs_no_other_process():
    assert list(in_parallel(lambda: np.float64(3), [()], 4)) == [3]  # which could not be sent


def test_workers_of_an_earlier_run_find_relative_paths(tmp_path, monkeypatch):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "word.txt").write_text(name)
        monkeypatch.chdir(tmp_path / name)
        assert list(in_parallel(_word, [("word.txt",)] * 3, 2)) == [name] * 3


def _word(path):
    return Path(path).read_text()
