"""Several calls at a time."""

import time
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


@pytest.mark.slow
def test_a_process_that_has_grown_is_replaced_whatever_happens_to_warnings(hang_guard):
    """Warnings are errors in these tests, and one that ended the thread which gives out calls ended all of it."""
    pytest.importorskip("psutil", reason="without it no process is replaced")
    assert sorted(in_parallel(_grow, [(n,) for n in range(16)], 2)) == [*range(16)]


_kept = []


def _grow(n):
    _kept.append(bytearray(b"x" * 120_000_000))
    time.sleep(0.3)
    return n
