"""The service killed again and again, while who receives its alerts fails in every way."""

import subprocess
import sys
import time
from random import Random

import httpx
import numpy as np
import pytest

import offbeat
from webhooks import Webhook, breaks_off, status

N_STREAMS, N_STEPS = 20, 120

CONFIG = """
[[receivers]]
name = "ops"
url = "{url}"
minimum = "watch"
group_wait = 0.2
cooldown = 0
timeout = 0.3
wait = 0.05
longest_wait = 0.2
tries = 1000
shown = 100
"""


def start(folder):
    arguments = ["serve", "cpu", "--data", "s.db", "--port", "0", "--config", "offbeat.toml"]
    command = [sys.executable, "-m", "offbeat", *arguments]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return process, process.stdout.readline().strip()


def end(process):
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.slow
def test_every_event_is_told_and_told_to_be_over(tmp_path):
    offbeat.NaiveForecast(scaling="none", threshold=offbeat.Fixed(3.0)).fit(np.sin(np.arange(500.0))).save(
        tmp_path / "cpu"
    )
    chance, second = Random(0), int(time.time()) - N_STEPS
    with Webhook() as webhook:
        failures = [status(500), status(429, Retry_After="0"), breaks_off, webhook.trickles, webhook.hangs]
        webhook.answers = [chance.choice([status(200), *failures]) for _ in range(60)]
        (tmp_path / "offbeat.toml").write_text(CONFIG.format(url=webhook.url))
        process, url = start(tmp_path)
        for step in range(N_STEPS):
            quiet = step > N_STEPS - 12
            values = [9.0 if not quiet and chance.random() < 0.02 else 0.1 for _ in range(N_STREAMS)]
            points = [{"key": f"web{i}", "time": second + step, "values": value} for i, value in enumerate(values)]
            assert httpx.post(f"{url}/v1/points", json={"points": points}, timeout=60).status_code == 200
            if step % 40 == 20:
                end(process)
                process, url = start(tmp_path)
        while (now := httpx.get(f"{url}/v1/receivers", timeout=60).json()[0])["waiting"] or now["open"]:
            time.sleep(0.05)
        events = httpx.get(f"{url}/v1/events?limit=1000", timeout=60).json()
        end(process)
        bodies = {got.content["id"]: got.body for got in webhook.got}
        assert all(bodies[got.content["id"]] == got.body for got in webhook.got)
    alerts = [alert for got in webhook.got for alert in got.content["alerts"]]
    assert len(events) > 10
    assert {event["status"] for event in events} == {"closed"}
    assert {str(event["id"]) for event in events} == {each["event"] for each in alerts if each["status"] == "resolved"}
