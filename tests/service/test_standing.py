"""Whether streams still send, and what is said of those that do not."""

import time

import numpy as np
import pytest

from offbeat.errors import ParameterError
from offbeat.service.blocks import Block
from offbeat.service.newest import Newest
from offbeat.service.points import MICRO
from offbeat.service.service import Service, ServiceOptions
from offbeat.service.standing import Patience
from pushing import START, crashed_copy, noisy_wave, points_of, pushed

BEGIN = 1_772_000_000.0


def arriving(gaps, step=1.0, n=1):
    """The newest of a stream of which ``n`` points arrive together, after each of some seconds."""
    newest, now, count = Newest(), BEGIN, 0
    for gap in [0.0, *gaps]:
        now += gap
        at = np.array([round((BEGIN + step * (count + row)) * MICRO) for row in range(n)])
        newest, count = newest.after(Block(at, at, np.ones(n), np.zeros(n, np.uint8), np.ones((n, 1))), now), count + n
    return newest


@pytest.mark.parametrize(
    ("newest", "usual"),
    [
        (arriving([60.0] * 20, step=60.0), 60.0),
        (arriving([600.0] * 3, step=10.0, n=60), 600.0),  # sent once in ten minutes
        (arriving([0.01] * 20, step=300.0), 300.0),  # a history in quick succession
        (arriving([], step=300.0, n=50), 300.0),
        (arriving([60.0] * 5 + [86_400.0] + [60.0] * 40, step=60.0), 60.0),  # an outage, and long after it
    ],
)
def test_a_stream_is_silent_after_five_of_its_usual_waits(newest, usual):
    assert newest.wait == pytest.approx(usual)
    patience = Patience(since=BEGIN)
    assert not patience.is_over(newest, newest.arrived + 4.9 * usual)
    assert patience.is_over(newest, newest.arrived + max(60.0, 5.1 * usual))


def test_nothing_is_said_of_one_point_or_before_a_service_could_listen():
    assert not Patience(since=BEGIN).is_over(arriving([]), BEGIN + 1e9)
    every_second = arriving([1.0] * 9)
    started = every_second.arrived + 3600.0
    assert not Patience(since=started).is_over(every_second, started + 59.0)
    assert Patience(since=started).is_over(every_second, started + 61.0)
    assert Patience(after=10.0, since=BEGIN).is_over(arriving([]), BEGIN + 11.0)
    with pytest.raises(ParameterError, match="silent"):
        Patience(after=0.0)


def test_silent_streams_are_listed_until_they_send_again_also_after_a_restart(model_folder, tmp_path):
    values, data = noisy_wave(40, 0), tmp_path / "data.db"
    with Service(model_folder, data, ServiceOptions(silent_after=100.0)).running() as service:
        for key in ("a", "b"):
            pushed(service, points_of(key, values[:30]))
        streams, later = service.engine.streams, time.time() + 101.0
        assert streams.silent() == []
        assert [(each.model, each.key) for each in streams.silent(later)] == [("pca", "a"), ("pca", "b")]
        (standing, _) = streams.standings(now=later)
        assert (standing.state, standing.light) == ("silent", "silent")
        arrived = streams.silent(later)[0].since
        assert later - 120.0 < arrived < later - 100.0
    with Service(model_folder, data, ServiceOptions(silent_after=100.0)).running() as service:
        found = service.engine.streams.silent(later + 30.0)
        assert [(each.key, each.since) for each in found] == [("a", arrived), ("b", found[1].since)]
        assert service.reader.stream(None, "a")["age"] < 100.0


def test_after_a_start_a_stream_has_one_usual_wait_and_what_came_before_counts():
    newest = arriving([600.0] * 9, step=600.0)
    for since in (newest.arrived + 60.0, newest.arrived + 2_900.0):
        overdue = max(newest.arrived + 3_000.0, since + 600.0)
        assert not Patience(since=since).is_over(newest, overdue - 1.0)
        assert Patience(since=since).is_over(newest, overdue + 1.0)


def test_a_stream_is_blind_when_values_are_missing_for_longer_than_it_warms_up(service, model_folder, tmp_path):
    pushed(service, points_of("new", noisy_wave(40, 0)[:11]))
    values = noisy_wave(80, 0)
    values[30:60:5] = values[31:60:5] = np.nan  # too long to be bridged
    pushed(service, points_of("s", values[:30]))
    new, stream = (service.reader.found(None, key) for key in ("new", "s"))
    assert (new.is_blind, stream.is_blind) == (False, False)
    for step in range(30, 80):
        pushed(service, points_of("s", values[step : step + 1], step))
        # A window of 12 values, and the last gap up to 56.
        assert stream.is_blind == (30 + 12 <= step < 57 + 11)
        if step == 50:
            _check_blind(service.engine.streams.find(None, "s"))
            with Service(model_folder, crashed_copy(service.database.path, tmp_path / "left")).running() as again:
                _check_blind(again.reader.found(None, "s"))


def _check_blind(stream):
    newest = stream.newest
    assert stream.is_blind
    assert (newest.scored, newest.missing, newest.missing_channel) == (
        *((START + step) * MICRO for step in (29, 50)),
        0,
    )


def test_an_alarm_outdoes_silence(service):
    pushed(service, points_of("s", [*noisy_wave(30, 0), [40.0]]))
    (standing,) = service.engine.streams.standings(now=time.time() + 1e6)
    assert (standing.state, standing.light) == ("silent", "alarm")
