"""Events that are quiet: scores are normal again, and it is not settled yet whether they are over."""

import re

import numpy as np
import pandas as pd
import pytest

import offbeat
from live_streams import CHANNELS, STEP, Streams, asking, learned, noise, spike
from offbeat.service.service import Service
from pushing import crashed_copy


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return learned().save(tmp_path_factory.mktemp("quiet") / "web")


@pytest.fixture
def service(model, tmp_path):
    with Service(model, tmp_path / "data.db").running() as running:
        yield running


def whats(service, number):
    return [change.what for change in service.feed.after(0) if change.event["id"] == number]


def quiet(service):
    """Push a stream until its open event is quiet, one point at a time; return the event and the stream."""
    streams = Streams(service)
    streams.push("web1", [*noise(40, 1), *spike()])
    [event] = service.reader.events(status="open")
    assert event["quiet_since"] is None
    for step in range(30):
        streams.push("web1", noise(1, 100 + step))
        event = service.reader.event(event["id"])
        if event["quiet_since"]:
            return event, streams
        assert event["status"] == "open"
    raise AssertionError


def test_an_event_is_quiet_before_it_is_settled_and_tells_its_own_end(service):
    event, streams = quiet(service)
    assert whats(service, event["id"])[-1] == "quieted"
    assert not any("level" in change.event for change in service.feed.after(0))
    # The end is that of the spike, not that of the windows that reach over it.
    assert event["start_time"] < event["end_time"] < event["quiet_since"]
    client = asking(service)
    [tile] = client.get("/v1/board").json()["streams"]
    assert (tile["light"], tile["n_open"], tile["quiet_since"]) == ("normal", 1, event["quiet_since"])
    assert client.get("/v1/events").json()[0]["quiet_since"] == event["quiet_since"]
    assert client.get("/v1/streams").json()["streams"][0]["quiet_since"] == event["quiet_since"]
    streams.push("web1", noise(20, 7))
    event = service.reader.event(event["id"])
    assert (event["status"], event["quiet_since"]) == ("closed", None)
    assert whats(service, event["id"])[-2:] == ["quieted", "closed"]


def test_a_level_that_stays_elsewhere_is_told_when_scores_are_usual_again(tmp_path):
    """``profile`` gets used to what lasts; who is told that scores are usual must hear that the level is not."""
    index = pd.date_range("2025-11-01", periods=600, freq=f"{STEP}s", tz="UTC")
    normal = pd.DataFrame(noise(600, 0), columns=CHANNELS, index=index)
    model = offbeat.ProfileDetector(window=16).fit(normal).save(tmp_path / "profile")
    with Service(model, tmp_path / "data.db").running() as running:
        streams = Streams(running)
        streams.push("web1", noise(80, 1))
        for step in range(200):
            streams.push("web1", noise(1, 100 + step) + np.array([9.0, 0.0]))
        quieted = next(change.event for change in running.feed.after(0) if change.what == "quieted")
        last = running.feed.after(0)[-1]
    assert re.fullmatch(rf"{CHANNELS[0]} 1[89]\S*, usually (9\.9|10)\S*", quieted["level"])
    assert last.event["level"].startswith(f"{CHANNELS[0]} 1")


def test_an_event_that_is_flagged_again_goes_on(service):
    event, streams = quiet(service)
    streams.push("web1", spike(1))
    assert whats(service, event["id"])[-1] == "again"
    assert service.reader.event(event["id"])["quiet_since"] is None
    assert service.reader.stream(None, "web1")["tier"] == "alarm"


def test_time_without_scores_makes_nothing_quiet(service):
    streams = Streams(service)
    streams.push("web1", [*noise(40, 1), *spike()])
    streams.push("web1", [[float("nan")] * 2] * (3600 // STEP))
    assert service.reader.stream(None, "web1")["quiet_since"] is None


def test_after_a_restart_it_is_as_quiet_as_before_and_told_once(service, model, tmp_path):
    event, _ = quiet(service)
    told = service.feed.after(0)
    with Service(model, crashed_copy(service.database.path, tmp_path / "left")).running() as restarted:
        assert restarted.feed.after(0) == told
        assert restarted.reader.event(event["id"]) == event
