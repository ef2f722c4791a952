import asyncio
import random

import pytest

from offbeat.service.alerts import Alerts, Change, Receiver
from offbeat.service.alerts.courier import Courier
from offbeat.service.alerts.sending import client, post
from webhooks import Webhook


@pytest.fixture
def webhook():
    pytest.importorskip("httpx", reason="needs the extra serve")
    with Webhook() as made:
        yield made


class Bench:
    """Alerts whose time is turned by hand."""

    def __init__(self, folder, url, session, runner):
        self.path, self.url, self.now = folder / "alerts.db", url, 1_000_000.0
        self.names_model = True
        self._session, self._runner, self._connections = session, runner, []

    def receiver(self, **settings):
        return Receiver(**({"name": "ops", "url": self.url, "group_wait": 0.0, "cooldown": 0.0} | settings))

    def begin(self, *receivers, **settings):
        """Begin with the database as it is: again, it is as after a kill."""
        receivers = receivers or (self.receiver(**settings),)
        self.alerts = Alerts(self.path, receivers, self.clock)
        self._connections.append(self.alerts._connect())
        self.couriers = [
            Courier(
                each,
                self._connections[-1],
                self.clock,
                self.send,
                random.Random(0),
                self.clock,
                lambda: self.names_model,
            )
            for each in receivers
        ]
        return self

    def clock(self):
        return self.now

    async def send(self, request, timeout, now):
        return await post(self._session, request, timeout, now)

    def opened(self, stream="web1", event=None, **facts):
        self.alerts.report([Change(stream, event or f"{stream}-1", **facts)])

    def closed(self, stream="web1", event=None, **facts):
        self.alerts.report([Change(stream, event or f"{stream}-1", closed=True, **facts)])

    def step(self, n=1, *, after=0.0):
        """Look after each receiver ``n`` times; return how long the first would wait then."""
        self.now += after
        for _ in range(n):
            waits = [self._runner.run(courier.step()) for courier in self.couriers]
        return waits[0]

    def close(self):
        for connection in self._connections:
            connection.close()


@pytest.fixture(scope="session")
def runner():
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="session")
def session(runner):
    made = client()
    yield made
    runner.run(made.aclose())


@pytest.fixture
def bench(tmp_path, webhook, session, runner):
    made = Bench(tmp_path, webhook.url, session, runner)
    yield made
    made.close()
