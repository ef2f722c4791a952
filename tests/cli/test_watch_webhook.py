"""``offbeat watch --webhook``."""

import numpy as np
import pytest

import offbeat
from cli.forked import Commands
from webhooks import Webhook


@pytest.fixture(scope="module")
def commands():
    with Commands() as ready:
        yield ready


def test_events_are_posted_and_go_on_in_the_next_run(commands, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    offbeat.NaiveForecast(scaling="none", threshold=offbeat.Fixed(3.0)).fit(np.sin(np.arange(500.0))).save("cpu")
    (tmp_path / "first").write_text("host,load\n" + "".join(f"{host},{v}\n" for v in (0, 0.1, 0, 9) for host in "ab"))
    (tmp_path / "second").write_text("host,load\n" + "a,9\n" * 5)
    with Webhook() as webhook:
        for lines in ("first", "second"):
            command = ("watch", "cpu", "--key", "host", "--state", "state", "--webhook", webhook.url)
            assert commands.wait(commands.start(*command, stdin=lines, stderr=f"{lines}.err")) == 0
        first, second = (got.content for got in webhook.got)
    assert {alert["stream"] for alert in first["alerts"]} == {"a", "b"}
    assert [(alert["stream"], alert["status"]) for alert in second["alerts"]] == [("a", "resolved")]
