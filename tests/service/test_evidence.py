"""What was seen when an event was flagged."""

import pytest

from live_streams import Streams, learned, noise, spike
from offbeat.service.service import Service


@pytest.mark.parametrize("n_after", [0, 20])
def test_the_value_at_the_peak_is_told_beside_the_usual_one(tmp_path, n_after):
    learned().save(tmp_path / "web")
    with Service(tmp_path / "web", tmp_path / "data.db").running() as service:
        streams = Streams(service)
        streams.push("web1", noise(40, 1))
        streams.push("web1", [*spike(), *noise(n_after, 3)])
        event = [change.event for change in service.feed.after(0) if change.what == "opened"][-1]
        assert next(iter(event["values"])) == "cpu" == max(event["channels"], key=event["channels"].get)
        assert event["values"]["cpu"] > 40 > event["usual"]["cpu"]
        assert event["usual"]["cpu"] == pytest.approx(10.0, abs=0.5)
        assert event["score"] > event["threshold"] > 0
