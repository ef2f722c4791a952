"""Several calls at a time, in processes of one thread each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from joblib import Parallel, delayed, parallel_config

from offbeat.errors import ignoring
from offbeat.threads import one_thread, processors

__all__ = ["Executor", "Processes", "call_in", "in_parallel"]

_Result = TypeVar("_Result")
_REPLACED = "A worker stopped while some jobs were given to the executor"


class Executor(Protocol):
    """Runs many calls of a function somewhere, and hands back their results."""

    def run(self, function: Callable[..., _Result], calls: Iterable[tuple[Any, ...]]) -> Iterator[_Result]:
        """Yield the results of calls as they are done, in any order; calls are made when there is room for them.

        Parameters
        ----------
        function : callable
            At the top level of a module, so that another process finds it.
        calls : iterable of tuple
            The arguments of each call.
        """
        ...


@dataclass(frozen=True)
class Processes:
    """Runs calls in processes of this machine, one thread each.

    Parameters
    ----------
    jobs : int, optional
        How many; as many as there are processors where None. With one, all of it runs in this process.
    """

    jobs: int | None = None

    def run(self, function: Callable[..., _Result], calls: Iterable[tuple[Any, ...]]) -> Iterator[_Result]:
        """Yield the results of calls as :meth:`Executor.run` says."""
        return in_parallel(function, calls, self.jobs or processors())


def in_parallel(function: Callable[..., _Result], calls: Iterable[tuple[Any, ...]], jobs: int) -> Iterator[_Result]:
    """Yield the results of calls of a function as they are done, in any order.

    Parameters
    ----------
    function : callable
        At the top level of a module, so that another process finds it.
    calls : iterable of tuple
        The arguments of each call.
    jobs : int
        Processes; with one, or a single call, all of it runs in this one.

    Examples
    --------
    >>> sorted(in_parallel(max, [(1, 2), (4, 3)], jobs=1))
    [2, 4]
    """
    waiting = iter(calls)
    first = list(islice(waiting, 2))
    calls = chain(first, waiting)
    if jobs == 1 or len(first) < 2:
        # To limit the threads takes as long as a small call: it is done once.
        with one_thread():
            yield from (function(*call) for call in calls)
        return
    here = str(Path.cwd())
    # A process that has grown is replaced, which joblib warns of in a thread of its own: as an error that would end it.
    with parallel_config(backend="loky", inner_max_num_threads=1), ignoring(UserWarning, message=_REPLACED):
        run = Parallel(n_jobs=jobs, return_as="generator_unordered")
        yield from run(delayed(call_in)(here, function, *call) for call in calls)


def call_in(folder: str, function: Callable[..., _Result], *arguments: Any) -> _Result:
    """Call a function in a folder, so that a worker from an earlier run finds relative paths where the caller does."""
    with suppress(OSError):  # on another machine it may be missing, and all paths absolute
        os.chdir(folder)
    return function(*arguments)
