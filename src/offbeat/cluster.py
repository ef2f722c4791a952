"""Several calls at a time on the machines of a Ray cluster."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from offbeat.errors import MissingExtraError, OffbeatError
from offbeat.parallel import call_in

__all__ = ["LOCAL", "RayCluster"]

_Result = TypeVar("_Result")

LOCAL = "local"
"""The address of a cluster that is started on this machine for the time of the calls."""

_RETRIES = 5
"""How often a call is made again where the worker that made it died."""
_PATIENCE = 10.0
"""Seconds that a cluster may take to answer."""
_AHEAD = 4
"""Calls that wait for each processor, so that none is idle and the queue stays short."""


@dataclass(frozen=True)
class RayCluster:
    """Runs calls on the machines of a Ray cluster, each on one processor.

    A call is made again on another worker where its worker died; one that raises an error is not.

    Parameters
    ----------
    address : str
        Of the cluster (``host:port``, ``ray://host:port`` or ``auto``), or ``local`` for one on this machine. Offbeat
        is installed on all of its machines.
    """

    address: str = LOCAL

    def run(self, function: Callable[..., _Result], calls: Iterable[tuple[Any, ...]]) -> Iterator[_Result]:
        """Yield the results of calls as :meth:`offbeat.parallel.Executor.run` says.

        Raises
        ------
        MissingExtraError
            If Ray is not installed.
        OffbeatError
            If there is no cluster at the address, or workers die again and again.
        """
        with _connected(self.address) as ray:
            task = ray.remote(num_cpus=1, max_retries=_RETRIES)(call_in)
            here, running = str(Path.cwd()), set[Any]()
            room = _AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
            for call in calls:
                running.add(task.remote(here, function, *call))
                if len(running) >= room:
                    yield from _done(ray, running)
            while running:
                yield from _done(ray, running)


def _done(ray: Any, running: set[Any]) -> Iterator[Any]:
    """Wait for at least one of the running calls, and yield what is done."""
    ready, _ = ray.wait(list(running))
    running.difference_update(ready)
    for each in ready:
        try:
            yield ray.get(each)
        except ray.exceptions.RayTaskError as error:
            raise error.cause if isinstance(error.cause, OffbeatError) else error from None
        except ray.exceptions.RayError as error:
            raise OffbeatError(
                f"a worker of the Ray cluster was lost {_RETRIES} times during one call ({type(error).__name__}): see "
                "the memory and the logs of its machines, then run the command again"
            ) from error


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Connect to a cluster, unless this process is connected already; what was begun here is ended."""
    try:
        ray: Any = import_module("ray")
    except ImportError as error:
        raise MissingExtraError("--ray needs Ray, which is not installed: pip install 'offbeat[scale]'") from error
    if ray.is_initialized():
        yield ray
        return
    try:
        _require_answer(address)
        where = {} if address == LOCAL else {"address": address}
        ray.init(**where, log_to_driver=False, logging_level="error")
    except (OSError, ValueError, RuntimeError) as error:
        raise OffbeatError(
            f"no Ray cluster answers at {address!r} ({str(error).splitlines()[0][:120]}): start one (ray start --head) "
            f"and give its address, or {LOCAL!r} for one on this machine"
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _require_answer(address: str) -> None:
    """Raise OSError where nothing answers at a host and port: Ray would try it again for many minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()
