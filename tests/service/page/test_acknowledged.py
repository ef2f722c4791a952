"""What was said of events as data: normal ones teach a new model that they are normal, real ones stay anomalies."""

import io

import numpy as np
import pandas as pd
import pytest

import offbeat
from live_streams import Streams, asking, noise, spike
from offbeat.errors import MissingValuesWarning
from offbeat.service.service import Service

HUM = 10.0 + 6.0 * np.column_stack([np.sin(np.arange(24)), np.cos(np.arange(24))])
"""What the model does not know, but people do."""


@pytest.fixture
def said(streams, client):
    """A stream with a hum that is normal, a spike that is real, and one of which nobody said anything."""
    parts = [
        noise(900, 1),
        HUM,
        noise(600, 2),
        spike(),
        noise(600, 3),
        spike(height=-40.0),
        noise(600, 4),
        HUM,
        noise(90, 5),
    ]
    for part in parts:
        streams.push("s", part)
    marks = np.cumsum([len(part) for part in parts])
    for event in client.get("/v1/events").json():
        start = client.get("/v1/series", params={"key": "s", "stop": event["start_time"]}).json()["n_points"]
        of = int(np.searchsorted(marks, start + 1))
        verdict = {1: "normal", 7: "normal", 3: "real"}.get(of)
        if verdict:
            client.post(f"/v1/events/{event['id']}/acknowledge", json={"verdict": verdict})
    return marks


def table_of(answer):
    assert answer.status_code == 200, answer.text
    return pd.read_csv(io.StringIO(answer.text))


def test_rows_are_labelled_and_doubtful_ones_are_left_out(said, client):
    table = table_of(client.get("/v1/acknowledged", params={"key": "s"}))
    assert list(table) == ["time", "cpu", "load", "label"]
    assert len(table) == said[-1]
    assert table.label[said[2] : said[3]].all()
    assert not table.label[: said[2] - 8].any()
    assert table.cpu[said[4] : said[5]].isna().all()
    assert not table.label[said[4] : said[5]].any()
    assert table.cpu[said[0] : said[1]].notna().all()


def test_all_streams_of_which_something_was_said_come_by_key(said, streams, client):
    streams.push("calm", noise(50, 8))
    table = table_of(client.get("/v1/acknowledged", params={"model": "web"}))
    assert list(table)[:2] == ["key", "time"]
    assert set(table.key) == {"s"}
    since = table.time[said[-1] - 10]
    assert len(table_of(client.get("/v1/acknowledged", params={"since": since}))) == 10


def test_a_table_that_would_not_be_whole_is_refused(said, client):
    answer = client.get("/v1/acknowledged", params={"key": "s", "limit": 1000})
    assert answer.status_code == 422
    assert f"{said[-1]:,}" in answer.json()["error"]["message"]
    assert client.get("/v1/acknowledged", params={"key": "s", "limit": int(said[-1])}).status_code == 200


def test_keys_stay_one_cell(streams, client):
    hostile = 'a,"b"\nc'
    streams.push(hostile, noise(60, 1))
    streams.push(hostile, spike())
    number = client.get("/v1/events").json()[0]["id"]
    client.post(f"/v1/events/{number}/acknowledge", json={"verdict": "normal"})
    assert set(table_of(client.get("/v1/acknowledged")).key) == {hostile}


def test_streams_of_different_channels_come_one_by_one(tmp_path):
    store = offbeat.ModelStore.create(tmp_path / "web")
    for number, key in enumerate("ab"):
        names = tuple("xy"[: number + 1])
        store.save(key, offbeat.NaiveForecast().fit(offbeat.Recording(noise(400, 0)[:, : number + 1], channels=names)))
    with Service(tmp_path / "web", tmp_path / "data.db").running() as service:
        client, streams = asking(service), Streams(service)
        for number, key in enumerate("ab"):
            streams.push(key, noise(40, 1)[:, : number + 1])
            streams.push(key, spike()[:, : number + 1])
        for event in client.get("/v1/events").json():
            client.post(f"/v1/events/{event['id']}/acknowledge", json={"verdict": "real"})
        assert client.get("/v1/acknowledged").status_code == 422
        assert list(table_of(client.get("/v1/acknowledged", params={"key": "b"}))) == ["time", "x", "y", "label"]


def test_nothing_comes_of_nothing(streams, client):
    streams.push("s", noise(50, 1))
    assert client.get("/v1/acknowledged").text == ""
    assert client.get("/v1/acknowledged", params={"key": "none"}).status_code == 404


def test_a_model_fitted_on_it_raises_no_alarm_for_what_was_normal(said, client, detector, tmp_path):
    path = tmp_path / "said.csv"
    path.write_text(client.get("/v1/acknowledged", params={"key": "s"}).text)
    recording = offbeat.load_data(path)
    again = np.concatenate([noise(300, 70), HUM, noise(300, 71), spike(), noise(50, 72)])
    hum, real = range(300, 324), range(624, 628)

    def raised(model):
        events = model.live().detect(offbeat.Recording(again, channels=("cpu", "load")))
        return [any(event.start < span.stop and span.start < event.end for event in events) for span in (hum, real)]

    assert raised(detector) == [True, True]
    with pytest.warns(MissingValuesWarning, match="left out"):
        learned = offbeat.PCADetector(window=8).fit(recording)
    assert raised(learned) == [False, True]
