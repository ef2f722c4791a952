"""Sources that run: what fails is begun again, what is full is waited for."""

import threading
from collections import Counter

import pytest

from offbeat.errors import OutputError
from offbeat.service.points import Answer, Point, Push, Result
from offbeat.service.sources import Running, SourceError, running


class Full(Exception):
    pass


class Numbers:
    """Counts; goes on at its position."""

    name = "numbers"

    def __init__(self, last=30, fails_at=()):
        self.last, self.fails_at, self.closed, self.acknowledged = last, list(fails_at), 0, []
        self.left_out = Counter()

    def pushes(self, position):
        for number in range(int(position or 0), self.last):
            if number in self.fails_at:
                self.fails_at.remove(number)
                raise SourceError(f"nothing at {number}")
            yield None
            self.left_out["odd"] += number % 2
            yield Push([Point("a", float(number), number)], self.name, str(number + 1))

    def acknowledge(self, push):
        self.acknowledged.append(push.position)

    def close(self):
        self.closed += 1


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    for name in ("_IDLE", "_FULL", "_FIRST_WAIT"):
        monkeypatch.setattr(running, name, 0.0)


def run(source, kept):
    made = Running(lambda: source, "numbers", kept, kept.position, Full)
    with made:
        assert made.join(30)
    return made.status()


def values(kept):
    return [point.values for point in kept.points]


def test_a_source_is_read_to_its_end(kept):
    source = Numbers()
    status = run(source, kept)
    assert values(kept) == [float(i) for i in range(30)]
    assert (status["state"], status["scored"], status["failures"]) == ("ended", 30, 0)
    assert status["left_out"] == {"odd": 15}
    assert source.acknowledged == [str(i + 1) for i in range(30)]


def test_a_source_that_fails_goes_on_where_it_was(kept):
    source = Numbers(fails_at=[3, 3, 17])
    status = run(source, kept)
    assert values(kept) == [float(i) for i in range(30)]
    assert kept.n_repeated == 0
    assert (status["failures"], source.closed) == (3, 4)


def test_a_source_that_cannot_be_opened_is_opened_again(kept):
    sources = [Numbers()]

    def make():
        if not sources[0].closed:
            sources[0].closed = 1
            raise SourceError("not yet")
        return sources[0]

    with Running(make, "numbers", kept, kept.position, Full) as made:
        assert made.join(30)
    assert len(kept.points) == 30


def test_a_service_without_room_is_waited_for_and_that_is_counted(kept, monkeypatch, caplog):
    takes, refused = kept.submit, [True, True, False]

    def submit(push):
        refused.append(refused.pop(0))
        if refused[-1]:
            raise Full("9 of 10 wait")
        return takes(push)

    monkeypatch.setattr(kept, "submit", submit)
    status = run(Numbers(), kept)
    assert values(kept) == [float(i) for i in range(30)]
    # Each push is refused twice, and waits once.
    assert (status["failures"], status["waits"]) == (0, 30)
    assert [record.getMessage() for record in caplog.records] == [
        "source numbers waits, as the service has no room for more points: 9 of 10 wait"
    ]


def test_an_error_is_shown_until_it_is_over_also_where_nothing_comes_then(kept, caplog):
    seen, more = threading.Event(), threading.Event()

    class Empty(Numbers):
        def pushes(self, position):
            if not self.closed:
                raise SourceError("no server")
            yield None
            seen.set()
            more.wait(30)

    made = Running(lambda: source, "numbers", kept, kept.position, Full)
    source = Empty()
    with made:
        assert seen.wait(30)
        assert (made.status()["state"], made.status()["error"], made.status()["failures"]) == ("running", "", 1)
        more.set()
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0] == "source numbers cannot be read: no server"
    assert lines[1].startswith("source numbers can be read again; it failed 1 time")


def test_a_source_that_fails_for_long_is_one_line_in_the_log(kept, caplog):
    run(Numbers(fails_at=[3] * 50), kept)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert "50 times" in lines[1]


def test_points_that_could_not_be_stored_are_read_again(kept, monkeypatch):
    takes, lost = kept.submit, [True, False, False]

    def submit(push):
        lost.append(lost.pop(0))
        if lost[-1] and len(lost) == 3:
            push.answer.set_exception(OutputError("the disk is full"))
            return push
        return takes(push)

    monkeypatch.setattr(kept, "submit", submit)
    status = run(Numbers(), kept)
    assert values(kept) == [float(i) for i in range(30)]
    assert status["failures"] > 0


def test_points_that_are_refused_are_counted_and_told(kept, monkeypatch):
    def submit(push):
        kept.positions[push.source] = push.position
        push.answer.set_result(Answer([Result("refused", message="expected 2 values, got 1")]))

    monkeypatch.setattr(kept, "submit", submit)
    status = run(Numbers(), kept)
    assert (status["refused"], status["refusal"]) == (30, "expected 2 values, got 1")


def test_it_stops_while_the_service_has_no_room(kept, monkeypatch):
    came = threading.Event()

    def submit(push):
        came.set()
        raise Full

    monkeypatch.setattr(kept, "submit", submit)
    source = Numbers()
    made = Running(lambda: source, "numbers", kept, kept.position, Full).__enter__()
    assert came.wait(30)
    made.stop()
    assert (made.status()["state"], source.closed) == ("stopped", 1)
