"""How many threads libraries and compiled loops use."""

import threading

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from offbeat import PCADetector
from offbeat.threads import n_threads, one_blas_thread, one_thread, processors, torch_threads


def blas_threads():
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


@pytest.fixture
def three_threads():
    """Three threads for BLAS, set by a thread that is gone: one that is alive would keep others from setting it."""
    limits = []
    in_a_thread(lambda: limits.append(threadpool_limits(3, user_api="blas")))
    assert blas_threads() == {3}
    yield
    in_a_thread(limits[0].restore_original_limits)


def in_a_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.mark.usefixtures("three_threads")
def test_products_keep_to_one_thread_and_the_caller_gets_back_what_was_set():
    with one_blas_thread():
        assert blas_threads() == {1}
        with one_blas_thread():
            assert blas_threads() == {1}
        assert blas_threads() == {1}
    assert blas_threads() == {3}


@pytest.mark.usefixtures("three_threads")
def test_the_last_of_several_threads_puts_back_what_was_set():
    first_is_in, second_is_in = threading.Event(), threading.Event()

    def hold():
        with one_blas_thread():
            first_is_in.set()
            second_is_in.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    first_is_in.wait(10)
    with one_blas_thread():
        second_is_in.set()
        thread.join()
        assert blas_threads() == {1}
    assert blas_threads() == {3}


@pytest.mark.usefixtures("three_threads")
def test_fit_and_scores_use_one_thread_for_products():
    seen = []

    class Watched(PCADetector):
        name = ""

        def _fit(self, *given):
            seen.append(blas_threads())
            super()._fit(*given)

        def _score(self, values):
            seen.append(blas_threads())
            return super()._score(values)

    wave = np.sin(np.arange(300) / 5)
    Watched(window=10).fit(wave).decision_function(wave)
    assert len(seen) > 2
    assert all(each == {1} for each in seen)
    assert blas_threads() == {3}


def test_one_thread_is_for_the_time_being():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with one_thread():
            assert torch.get_num_threads() == n_threads() == 1
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("setting", "expected"), [("1", 1), ("1000000", None), ("", None), ("many", None), ("0", None)]
)
def test_compiled_loops_keep_to_what_the_environment_allows(monkeypatch, setting, expected):
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", setting)
    assert n_threads() == (expected or processors())


def test_there_is_a_processor():
    assert processors() >= 1


def torch_threads_of_a_new_thread():
    seen = []
    in_a_thread(lambda: seen.append(torch.get_num_threads()))
    return seen[0]


@pytest.fixture
def three_torch_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("three_torch_threads")
@pytest.mark.parametrize("limit", [lambda: torch_threads(1), one_thread], ids=["torch", "all"])
@pytest.mark.parametrize("first_out", ["first in", "last in"])
def test_threads_that_limit_torch_at_once_each_find_their_own_setting(limit, first_out):
    is_in, may_go, seen = threading.Event(), threading.Event(), []

    def work():
        with limit():
            seen.append(torch.get_num_threads())
            is_in.set()
            may_go.wait(10)
        seen.append(torch.get_num_threads())

    thread = threading.Thread(target=work)
    with limit():
        thread.start()
        assert is_in.wait(10)
        if first_out == "last in":
            may_go.set()
            thread.join()
            assert torch.get_num_threads() == torch_threads_of_a_new_thread() == 1
    assert torch.get_num_threads() == 3
    may_go.set()
    thread.join()
    assert seen == [1, 3]
    assert torch.get_num_threads() == torch_threads_of_a_new_thread() == 3


@pytest.mark.usefixtures("three_torch_threads")
def test_limits_within_limits_end_one_after_the_other():
    with torch_threads(2) as outside:
        assert outside == 3
        with torch_threads(1) as between:
            assert (between, torch.get_num_threads()) == (2, 1)
        assert torch.get_num_threads() == 2
    assert torch.get_num_threads() == torch_threads_of_a_new_thread() == 3


@pytest.mark.usefixtures("three_torch_threads")
def test_many_threads_leave_no_limit_behind():
    def work():
        for _ in range(30):
            with torch_threads(1):
                torch.ones(2).sum()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert torch.get_num_threads() == torch_threads_of_a_new_thread() == 3


def test_a_thread_of_openmp_is_put_back_by_whom_it_was_taken():
    is_in, may_go = threading.Event(), threading.Event()

    def openmp():
        return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "openmp"}

    def hold():
        with one_thread():
            is_in.set()
            may_go.wait(10)

    def measured():
        before = openmp()
        thread = threading.Thread(target=hold)
        with one_thread():
            thread.start()
            is_in.wait(10)
            assert 1 in openmp()  # libraries that came later than the first limit are not known to it
        seen.append(openmp() == before)
        may_go.set()
        thread.join()

    seen = []
    with threadpool_limits(2, user_api="openmp"):
        measured()
    assert seen == [True]
