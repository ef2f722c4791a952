import threading

import pytest

from offbeat.service.points import Answer, Result


class Kept:
    """Takes pushes as a service does: points and position together, each place of a stream once."""

    def __init__(self):
        self.points, self.positions, self.arrived = [], {}, threading.Condition()
        self.seen, self.n_repeated = set(), 0

    def submit(self, push):
        with self.arrived:
            results = [self._take(point) for point in push.points]
            self.positions[push.source] = push.position
            self.arrived.notify_all()
        push.answer.set_result(Answer(results))
        return push

    def _take(self, point):
        place = (point.model, point.key, point.time if point.seq is None else point.seq)
        if place[2] is not None and place in self.seen:
            self.n_repeated += 1
            return Result("repeated")
        self.seen.add(place)
        self.points.append(point)
        return Result("scored")

    def position(self, name):
        return self.positions.get(name)

    def wait_for(self, n, timeout=30.0):
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.points) >= n, timeout), f"{len(self.points)} of {n} came"
            return list(self.points)

    def read(self, source, n_idle=3, n_pushes=None, until=None):
        """Store what a source has, until it has had nothing for some times, after some pushes, as if killed then, or
        until there are so many points.
        """
        pushes, idle = source.pushes(self.positions.get(source.name)), 0
        taken = 0
        for push in pushes:
            idle = idle + 1 if push is None else 0
            if push is not None:
                self.submit(push)
                source.acknowledge(push)
                taken += 1
            if (until is None and idle == n_idle) or taken == n_pushes or len(self.points) == until:
                break
        source.close()
        return self.points


class Clock:
    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def kept():
    return Kept()
