"""Lines of many series in one input: each is scored as if its series came alone."""

import json
from itertools import chain

import numpy as np
import pytest

from offbeat import Fixed, ModelStore, NaiveForecast, OnlineDetector, PCADetector, read_events
from offbeat.app.lines import EventFile, Keeper, LineStream, ScoredLines, Streams, models_of
from offbeat.errors import DataError, ModelError, ParameterError
from offbeat.series.recording import Recording

SEEN = Recording(np.sin(np.arange(500.0) / 5), channels=["load"])
HOSTS = {name: np.random.default_rng(k).normal(0, 1, 60).round(3) for k, name in enumerate(("a", "b", "c"))}
MIXED = list(chain(*zip(*([f"{name},{value}" for value in values] for name, values in HOSTS.items()), strict=True)))


@pytest.fixture(scope="module", params=["last", "mean"])
def model(request):
    return PCADetector(window=8, n_components=2, fold=request.param, threshold=Fixed(0.5)).fit(SEEN)


def keyed(model, **settings):
    streams = Streams(OnlineDetector(model), "host")
    return ScoredLines(streams.first, streams=streams, **settings)


def alone(model, name):
    lines = ScoredLines(OnlineDetector(model)).feed(["host,load", *(f"{name},{value}" for value in HOSTS[name])])
    return list(lines)[1:]


class Sink:
    def __init__(self):
        self.lines = []

    def write(self, line):
        self.lines.append(line)

    def sync(self):
        pass


def test_each_key_is_scored_as_if_it_came_alone(model):
    found = list(keyed(model).feed(["host,load", *MIXED]))
    assert found[0] == "host,load,score,flag,tier"
    assert len(found) == len(MIXED) + 1
    for name in HOSTS:
        assert [line for line in found if line.startswith(f"{name},")] == alone(model, name)


def test_json_lines_have_keys_too(model):
    lines = [json.dumps({"host": 7, "load": 1.0})] * 9
    assert len(list(keyed(model).feed(lines))) == 9


def test_lines_without_a_key_are_bad(model):
    scored = keyed(model)
    assert len(list(scored.feed(["host,load", ",1.0", "a,1.0", '"  ",2.0']))) == 2
    assert scored.bad == {"without a key": 2}
    nameless = keyed(model)
    assert list(nameless.feed(["1.0", "2.0"])) == []
    assert nameless.n_bad == 2


def test_there_are_only_so_many_keys(model):
    streams = Streams(OnlineDetector(model), "host", most=2)
    scored = ScoredLines(streams.first, streams=streams)
    assert len(list(scored.feed(["host,load", "a,1", "b,1", "c,1", "a,2"]))) == 4
    assert scored.bad == {"too many keys": 1}


def test_what_cannot_be_keyed(model):
    with pytest.raises(ParameterError, match="load"):
        Streams(OnlineDetector(model), "load")
    with pytest.raises(ParameterError, match="key"):
        keyed(model, bad_lines="missing")


@pytest.mark.parametrize("stop", [1, 50, 177])
def test_the_state_keeps_all_keys(model, tmp_path, stop):
    text = ["host,load", *MIXED]
    whole = list(keyed(model).feed(text))
    found = []
    for part in (text[: stop + 1], text[stop + 1 :]):
        scored, out = keyed(model), Sink()
        stream = LineStream(scored, out, Keeper(tmp_path / "state", scored, pytest.fail))
        stream.run(["".join(f"{line}\n" for line in part).encode()])
        found += out.lines
    found += scored.rest()
    assert sorted(found) == sorted(whole)
    assert scored.streams.n_seen == len(MIXED)


def test_a_state_belongs_to_its_column_and_model(model, tmp_path):
    scored = keyed(model)
    Keeper(tmp_path / "state", scored, pytest.fail).save(LineStream(scored, Sink()).progress)
    for other in (ScoredLines(OnlineDetector(model)), keyed(NaiveForecast().fit(SEEN))):
        with pytest.raises(ModelError):
            Keeper(tmp_path / "state", other, pytest.fail).load()


def test_events_name_their_key(model, tmp_path):
    for name in ("events.csv", "events.jsonl"):
        scored = keyed(model, with_events=True)
        with EventFile(tmp_path / name, ["load"], "host") as file:
            stream = LineStream(scored, Sink(), None, [file])
            stream.run(["".join(f"{line}\n" for line in ["host,load", *MIXED]).encode()])
        lines = (tmp_path / name).read_text().splitlines()
        assert all('"host": "' in line for line in lines) or lines[0].split(",")[-2:] == ["host", "share_load"]
        assert read_events(tmp_path / name)
    with pytest.raises(ParameterError, match="score"):
        EventFile(tmp_path / "other.csv", ["load"], "score")


def test_models_of_their_own(tmp_path):
    store = ModelStore.create(tmp_path / "models")
    with pytest.raises(DataError, match="found none"):
        models_of(store)
    models = {name: PCADetector(window=8, n_components=k + 1).fit(SEEN) for k, name in enumerate("ab")}
    for name, each in models.items():
        store.save(name, each)
    store.save("two", NaiveForecast().fit(np.zeros((200, 2)) + np.arange(200.0)[:, None]))
    first, make = models_of(store)
    scored = ScoredLines(first, streams=Streams(first, "host", make))
    found = list(scored.feed(["host,load", *MIXED, "two,1.0"]))
    assert scored.bad == {"without a model": 60, "other channels": 1}
    for name, each in models.items():
        assert [line for line in found if line.startswith(f"{name},")] == alone(each, name)
