"""Sources in a configuration file."""

import tomllib

import pytest

from offbeat.errors import ParameterError
from offbeat.service.sources import KINDS, read_sources

GOOD = """
[[sources]]
kind = "stdin"
name = "in"
key = "host"

[[sources]]
kind = "prometheus"
name = "prom"
url = "http://localhost:9090"
queries = {cpu = "rate(cpu[1m])", io = "rate(io[1m])"}

[[sources]]
kind = "kafka"
name = "bus"
brokers = "localhost:9092"
topics = ["points"]
options = {"security.protocol" = "PLAINTEXT"}

[[sources]]
kind = "sql"
name = "plant"
url = "sqlite:///plant.db"
table = "readings"
after = "id"
key = ["host", "site"]

[[sources]]
kind = "parquet"
name = "files"
folder = "/data/points"
"""


def test_every_kind_is_read():
    made = read_sources(tomllib.loads(GOOD))
    assert {type(settings) for settings in made} == set(KINDS.values())


def test_without_sources_there_are_none():
    assert read_sources({}) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = 'a'", "kind to be one of"),
        ("kind = 'kafka'\nname = 'a'", "to have brokers"),
        ("kind = 'kafak'\nname = 'a'", "did you mean 'kafka'"),
        ("kind = 'sql'\nname = 'a'\nurl = 'sqlite://'\ntable = 'a'", "to have after"),
        ("kind = 'parquet'\nname = 'a'\nfolder = 3", r"sources\[0\]: folder"),
        ("kind = 'parquet'\nname = 'a'\nfolder = 'b'\ntime_unit = 'min'", "one of s, ms, us, ns"),
        ("kind = 'stdin'\nname = 'a'\nkeys = 'b'", "did you mean 'key'"),
        ("kind = 'prometheus'\nname = 'a'\nurl = 'http://a'\nqueries = {a = 1}", "queries"),
    ],
)
def test_what_is_wrong_is_named(text, said):
    with pytest.raises(ParameterError, match=said):
        read_sources(tomllib.loads(f"[[sources]]\n{text}"))
