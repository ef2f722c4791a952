"""Settings from a file, and what is said of wrong ones."""

import pytest

from offbeat.errors import FormatError, ParameterError
from offbeat.service.alerts.receiver import Receiver, read_receivers, webhook_receiver
from offbeat.service.config_file import read_config

GOOD = """
[[receivers]]
name = "ops"
url = "http://localhost:9000/hook"
minimum = "watch"
group_by = ["model", "site"]
cooldown = 60

[[receivers]]
name = "pager"
format = "alertmanager"
url_env = "PAGER"
"""


def read(tmp_path, text, name="offbeat.toml"):
    path = tmp_path / name
    path.write_text(text)
    return read_receivers(read_config(path, ("receivers", "sources")))


def test_a_file_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("PAGER", "https://pager:9093")
    ops, pager = read(tmp_path, GOOD)
    assert (ops.tier.label, list(ops.group_by), ops.cooldown, ops.repeat) == ("watch", ["model", "site"], 60, 0)
    assert (pager.url, pager.repeat, pager.group_wait, pager.cooldown) == ("https://pager:9093", 60.0, 0.0, 0.0)


def test_json_is_read_as_well(tmp_path):
    [made] = read(tmp_path, '{"receivers": [{"name": "ops", "url": "http://localhost"}]}', "offbeat.json")
    assert made.name == "ops"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("receiver = 1", "did you mean 'receivers'"),
        ("receivers = 1", "list of tables"),
        ("[[receivers]]\nurl = 'http://x'", r"receivers\[0\] to have name"),
        ("[[receivers]]\nname = 'a'", "url or url_env"),
        ("[[receivers]]\nname = 'a'\nurl = 'ftp://x'", "http://"),
        ("[[receivers]]\nname = 'a'\nurl = 'http://x'\nlink = 'live'", "got link 'live'"),
        ("[[receivers]]\nname = 'a'\nurl = 'http://x'\ncooldown = 'long'", r"receivers\[0\]: cooldown"),
        ("[[receivers]]\nname = 'a'\nurl = 'http://x'\ncooldown = -1", "cooldown is a number from 0"),
        ("[[receivers]]\nname = 'a'\nurl = 'http://x'\nformat = 'mail'", "one of json, slack, alertmanager"),
        ("[[receivers]]\nname = 'a'\nurl = 'http://x'\ntimout = 3", "did you mean 'timeout'"),
        ("[[receivers]]\nname = 'a'\nurl = 'http://x'\nkey = 'x'", "has no setting 'key'"),
        ("[[receivers]]\nname = 'a'\nurl_env = 'NOT_SET_ANYWHERE'", "NOT_SET_ANYWHERE to be set"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, said):
    with pytest.raises(ParameterError, match=said):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("name", "text"), [("a.toml", "= 1"), ("a.json", "{"), ("a.json", "[]"), ("a.toml", "a = [" * 9)]
)
def test_what_is_no_configuration_is_refused(tmp_path, name, text):
    with pytest.raises(FormatError, match=name.replace(".", r"\.")):
        read(tmp_path, text, name)


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(ParameterError, match="toml"):
        read(tmp_path, "a: 1", "offbeat.yaml")


def test_no_secret_is_shown(monkeypatch):
    monkeypatch.setenv("HOOK", "https://hooks.slack.com/services/secret")
    monkeypatch.setenv("KEY", "secret")
    made = Receiver(name="ops", url_env="HOOK", secret_env="KEY", authorization_env="KEY")
    assert "secret" not in repr(made).replace("secret_env", "")


def test_a_webhook_is_known_by_its_address():
    assert webhook_receiver("https://hooks.slack.com/services/x").format == "slack"
    assert webhook_receiver("http://localhost:9/x", cooldown=1.0).cooldown == 1.0
