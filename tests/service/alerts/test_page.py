"""What the page on alerts shows is what the service takes and posts."""

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from offbeat.service.alerts import Receiver
from offbeat.service.alerts.receiver import read_receivers
from offbeat.service.sources import KINDS, read_sources

PAGE = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.S | re.M)


@pytest.fixture(autouse=True)
def secrets(monkeypatch):
    for name in re.findall(r'(?:_env = |"sasl.password" = )"(\w+)"', PAGE):
        monkeypatch.setenv(name, "https://secret")


def test_the_receiver_that_is_shown_is_taken_and_has_every_setting():
    table = tomllib.loads(blocks("toml")[0])
    [made] = read_receivers(table)
    assert {*table["receivers"][0]} >= {field.name for field in fields(Receiver) if field.init} - {"url"}
    plain = Receiver(name="a", url="http://localhost")
    for name in (
        "group_wait",
        "cooldown",
        "timeout",
        "tries",
        "wait",
        "longest_wait",
        "shown",
        "silent_after",
        "gone_after",
        "history_after",
    ):
        assert getattr(made, name) == getattr(plain, name)


def test_the_sources_that_are_shown_are_taken():
    made = read_sources(tomllib.loads(blocks("toml")[1]))
    assert {type(settings) for settings in made} == set(KINDS.values())


def test_the_message_that_is_shown_has_the_keys_of_one_that_is_posted(bench, webhook):
    bench.begin()
    bench.opened("host=web1,site=berlin", details={"score": 8.9, "start_time": "2026-03-01T09:00:00Z", "channels": {}})
    bench.step()
    shown, posted = json.loads(blocks("json")[0]), webhook.got[0].content
    assert [*shown] == [*posted]
    assert {*shown["alerts"][0]} == {*posted["alerts"][0]}


def test_the_signature_is_verified_by_the_function_that_is_shown(bench, webhook, monkeypatch):
    monkeypatch.setenv("KEY", "key")
    seen = {}
    exec(blocks("python")[0], seen)
    bench.begin(secret_env="KEY")
    bench.opened()
    bench.step()
    [got] = webhook.got
    assert seen["is_ours"](b"key", got.body, got.headers["x-offbeat-signature"])
    assert not seen["is_ours"](b"other", got.body, got.headers["x-offbeat-signature"])
