"""Thresholds by alarms a week: what is previewed is what comes, and what is set is on disk and in force."""

import json
import math
from datetime import datetime, timedelta

import numpy as np
import pytest

import offbeat
from live_streams import STEP, Streams, asking, noise, spike
from offbeat import Budget, load
from offbeat.app.request import ThresholdRequest
from offbeat.app.threshold_choices import asked_rules, choose
from offbeat.service import month
from offbeat.service.service import Service

WEEK = 7 * 86_400 // STEP
PREVIEW, THRESHOLD = "/v1/models/web/preview", "/v1/models/web/threshold"


@pytest.fixture(scope="module")
def weeks(detector, tmp_path_factory):
    """Asks a service with a stream of three weeks with three spikes of different heights, and a calm one."""
    folder = tmp_path_factory.mktemp("weeks")
    detector.save(folder / "models" / "web")
    with Service(folder / "models", folder / "data.db").running() as service:
        streams = Streams(service)
        for number, height in enumerate((8.0, 15.0, 40.0)):
            streams.push("s", np.concatenate([noise(WEEK - 4, 20 + number), spike(height=height)]))
        streams.push("s", noise(60, 30))
        streams.push("calm", noise(600, 50))
        yield asking(service)


def previewed(client, alarms=2.0, key="s"):
    answer = client.get(PREVIEW, params={"key": key, "alarms_per_week": alarms})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return found, {choice["choice"]: choice for choice in found["choices"]}


def starts_of(events):
    return sorted(datetime.fromisoformat(event["start_time"]) for event in events)


def test_half_and_twice_stand_beside_what_is_asked_for(weeks, detector):
    _, choices = previewed(weeks, 2)
    assert [choices[name]["alarms_per_week"] for name in ("now", "half", "asked", "twice")] == [1, 1, 2, 4]
    assert choices["half"]["threshold"] > choices["asked"]["threshold"] > choices["twice"]["threshold"]
    assert choices["now"]["threshold"] == choices["half"]["threshold"] == detector.live().threshold_.value_
    assert choices["half"]["n_events"] <= choices["asked"]["n_events"] <= choices["twice"]["n_events"]


def test_a_preview_of_the_present_threshold_is_what_was_raised(weeks):
    _, choices = previewed(weeks)
    raised = weeks.get("/v1/events").json()
    assert choices["now"]["n_events"] == len(raised) >= 3
    # An event of a stream is placed within the windows that are flagged.
    for placed, flagged in zip(starts_of(raised), starts_of(choices["now"]["events"]), strict=True):
        assert timedelta(0) <= flagged - placed < timedelta(seconds=8 * STEP)
    low, high = choices["now"]["interval_95"]
    assert low < choices["now"]["a_week"] < high
    assert choices["now"]["a_week"] == pytest.approx(len(raised) / 3.03, rel=0.02)
    assert sum(week["events"] for week in choices["now"]["weeks"]) == len(raised)


def test_it_tells_how_many_of_the_acknowledged_events_would_come_again(weeks):
    raised = sorted(weeks.get("/v1/events").json(), key=lambda event: event["score"])
    weeks.post(f"/v1/events/{raised[-1]['id']}/acknowledge", json={"verdict": "real"})
    weeks.post(f"/v1/events/{raised[0]['id']}/acknowledge", json={"verdict": "normal"})
    found, choices = previewed(weeks, 1)
    assert (found["n_normal"], found["n_real"]) == (1, 1)
    assert (choices["now"]["normal_raised"], choices["now"]["real_raised"]) == (1, 1)
    _, rare = previewed(weeks, 1e-6)
    assert rare["asked"]["normal_raised"] == 0


def test_all_streams_of_the_model_are_counted(weeks):
    found, choices = previewed(weeks)
    assert (found["n_streams"], found["n_counted"]) == (2, 2)
    alone = previewed(weeks, key="calm")[1]["now"]["a_week"]
    assert choices["now"]["a_week_all"] == pytest.approx((choices["now"]["a_week"] + alone) / 2)


def test_nothing_is_changed_by_a_preview(streams, client, folder):
    streams.push("s", noise(300, 1))
    before = client.get("/v1/models").json()
    previewed(client, 50)
    assert client.get("/v1/models").json() == before
    assert load(folder / "web").threshold_.alarms == 1


def test_what_is_set_is_that_of_the_preview_on_disk_and_in_streams_that_go_on(streams, client, folder, tmp_path):
    streams.push("s", noise(300, 1))
    _, choices = previewed(client, 3)
    scored = client.get("/v1/stream", params={"key": "s"}).json()["n_points"]
    answer = client.post(THRESHOLD, json={"alarms_per_week": 3.0}).json()
    assert answer["n_models"] == 1
    assert answer["before"]["threshold"] == choices["now"]["threshold"]
    for name in ("threshold", "watch", "alarm", "rule"):
        assert answer["now"][name] == choices["asked"][name]
    (result,) = streams.push("s", noise(1, 60))
    assert result.status == "scored"
    assert math.isfinite(result.score)  # the stream goes on: no window to fill
    now = client.get("/v1/stream", params={"key": "s"}).json()
    assert (now["n_points"], now["threshold"]) == (scored + 1, choices["asked"]["threshold"])
    with Service(folder, tmp_path / "other.db").running() as later:
        assert later.models["web"].live("").threshold_.value_ == choices["asked"]["threshold"]


def test_it_is_what_the_command_writes(streams, client, folder, tmp_path):
    streams.push("s", noise(300, 1))
    saved = load(folder / "web")
    chosen = choose(saved, *asked_rules(ThresholdRequest(alarms_per_week=3), saved)).detector
    by_hand = chosen.save(tmp_path / "by-hand")
    client.post(THRESHOLD, json={"alarms_per_week": 3})
    assert json.loads((by_hand / "config.json").read_text()) == json.loads((folder / "web" / "config.json").read_text())


def test_a_model_without_a_clock_takes_the_step_of_the_stream(tmp_path):
    detector = offbeat.PCADetector(window=8, n_components=2, threshold=offbeat.Quantile(0.001))
    detector.fit(offbeat.Recording(noise(1500, 0), channels=("cpu", "load"))).save(tmp_path / "models" / "web")
    with Service(tmp_path / "models", tmp_path / "data.db").running() as service:
        client = asking(service)
        assert client.post(THRESHOLD, json={"alarms_per_week": 3}).status_code == 422
        Streams(service).push("s", noise(300, 1))
        found, choices = previewed(client)
        assert choices["now"]["alarms_per_week"] is None
        assert any("extrapolated" in caution for caution in found["cautions"])
        assert client.post(THRESHOLD, json={"alarms_per_week": 3}).status_code == 200
    assert load(tmp_path / "models" / "web").threshold_.get_params() == Budget(3.0, step=float(STEP)).get_params()


def test_where_each_key_has_a_model_one_or_all_are_set(detector, tmp_path):
    store = offbeat.ModelStore.create(tmp_path / "web")
    for key in ("a", "b"):
        store.save(key, detector)
    with Service(tmp_path / "web", tmp_path / "data.db").running() as service:
        client = asking(service)
        Streams(service).push("a", noise(200, 1))
        assert previewed(client, key="a")[0]["n_streams"] == 1
        assert client.post(THRESHOLD, json={"alarms_per_week": 2, "key": "a"}).json()["n_models"] == 1
        assert [store[key].threshold_.alarms for key in "ab"] == [2, 1]
        assert client.post(THRESHOLD, json={"alarms_per_week": 5}).json()["n_models"] == 2
        assert [store[key].threshold_.alarms for key in "ab"] == [5, 5]
        assert client.post(THRESHOLD, json={"alarms_per_week": 5, "key": "none"}).status_code == 404


@pytest.mark.parametrize("alarms", [0, -1, "nan", "inf", "many", 1e9])
def test_senseless_rates_are_refused(weeks, alarms):
    assert weeks.get(PREVIEW, params={"key": "s", "alarms_per_week": alarms}).status_code == 422
    assert weeks.post(THRESHOLD, json={"alarms_per_week": alarms}).status_code == 422


def test_unknown_streams_and_models_are_named(weeks):
    for path, key in ((PREVIEW, "none"), ("/v1/models/none/preview", "s")):
        answer = weeks.get(path, params={"key": key, "alarms_per_week": 1})
        assert answer.status_code == 404
        assert "none" in answer.json()["error"]["message"]


def test_only_what_the_present_model_has_scored_counts(streams, client, folder):
    streams.push("s", noise(300, 1))
    other = offbeat.Recording(noise(3000, 9), channels=("cpu", "load"), sampling_rate=1 / STEP)
    offbeat.PCADetector(window=8, n_components=1, calibration="held-out", held_out=0.5).fit(other).save(folder / "web")
    client.post("/v1/reload")
    streams.push("s", noise(60, 2))
    _, choices = previewed(client)
    days = sum(week["days_scored"] for week in choices["now"]["weeks"])
    assert 60 <= days * 86_400 / STEP <= 60 + 8


def test_a_preview_reads_no_more_points_than_there_is_room_for(weeks, monkeypatch):
    monkeypatch.setattr(month, "MOST_POINTS", WEEK // 2)
    found, choices = previewed(weeks)
    assert len(choices["now"]["weeks"]) == 1
    assert any("is extrapolated" in caution for caution in found["cautions"])
