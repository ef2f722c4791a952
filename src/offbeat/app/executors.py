"""Where a command works: in processes of this machine, or on a Ray cluster."""

from __future__ import annotations

from offbeat.app.request import PanelRequest
from offbeat.cluster import RayCluster
from offbeat.errors import ParameterError
from offbeat.parallel import Executor, Processes

__all__ = ["executor_of"]


def executor_of(wanted: PanelRequest) -> Executor:
    """Return what runs the parts of the work, as was asked for.

    Raises
    ------
    ParameterError
        If both processes and a cluster are asked for.

    Examples
    --------
    >>> executor_of(PanelRequest(workers=2))
    Processes(jobs=2)
    """
    if wanted.ray is None:
        return Processes(wanted.workers)
    if wanted.workers is not None:
        raise ParameterError("--workers is about processes of this machine, --ray about a cluster: give one of them")
    return RayCluster(wanted.ray)
