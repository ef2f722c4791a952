"""Models that change on disk under a service: what is taken over, and that what fails is seen."""

import logging
import shutil

import pytest

import offbeat
from offbeat.errors import ModelError
from offbeat.service.app import service_app
from offbeat.service.models import Models, Reloaded
from offbeat.service.service import Service
from pushing import fitted, noisy_wave, points_of, pushed

TestClient = pytest.importorskip("starlette.testclient", reason="needs httpx").TestClient


def damage(folder):
    (folder / "weights.safetensors").write_bytes(b"no weights")


def remove(folder):
    shutil.rmtree(folder)


@pytest.fixture
def folder(detector, tmp_path):
    for name in ("a", "b"):
        detector.save(tmp_path / "models" / name)
    return tmp_path / "models"


@pytest.fixture
def client(folder, tmp_path):
    with Service(folder, tmp_path / "data.db").running() as service:
        yield TestClient(service_app(service))


def failed_gauges(client):
    lines = client.get("/metrics").text.splitlines()
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines if line.startswith("offbeat_model_failed{")}


@pytest.mark.parametrize("spoil", [damage, remove])
def test_a_model_that_cannot_be_loaded_is_seen_everywhere_and_the_earlier_one_is_used(client, folder, caplog, spoil):
    before = client.get("/v1/models").json()
    assert [each["failed"] for each in before] == [None, None]
    assert failed_gauges(client) == {"a": 0, "b": 0}
    spoil(folder / "b")
    fitted(seed=3).save(folder / "a")
    with caplog.at_level(logging.ERROR, "offbeat.service"):
        answer = client.post("/v1/reload")
    assert answer.status_code == 409
    told = answer.json()
    assert (told["models"], list(told["failed"]), told["error"]["code"]) == ({"a": "changed"}, ["b"], "model")
    (record,) = caplog.records
    assert told["failed"]["b"] in record.getMessage()
    assert "earlier one stays in use" in record.getMessage()
    assert client.get("/ready").json() == {"status": "ready", "waiting": 0, "failed_models": 1}
    assert failed_gauges(client) == {"a": 0, "b": 1}
    changed, kept = client.get("/v1/models").json()
    assert changed["threshold"] != before[0]["threshold"]
    assert kept == before[1] | {"failed": told["failed"]["b"]}
    assert client.post("/v1/reload").status_code == 409
    fitted(seed=4).save(folder / "b")
    answer = client.post("/v1/reload")
    assert (answer.status_code, answer.json()) == (200, {"models": {"b": "changed"}, "failed": {}, "error": None})
    assert client.get("/ready").json()["failed_models"] == 0


def test_a_model_that_comes_damaged_is_not_served_and_seen(client, folder):
    shutil.copytree(folder / "a", folder / "c")
    damage(folder / "c")
    answer = client.post("/v1/reload")
    assert (answer.status_code, list(answer.json()["failed"])) == (409, ["c"])
    assert failed_gauges(client) == {"a": 0, "b": 0, "c": 1}
    assert [each["name"] for each in client.get("/v1/models").json()] == ["a", "b"]


def test_what_fails_when_a_service_begins_is_logged(folder, caplog):
    damage(folder / "b")
    with caplog.at_level(logging.ERROR, "offbeat.service"):
        assert list(Models(folder)) == ["a"]
    assert "model b" in caplog.text
    damage(folder / "a")
    with pytest.raises(ModelError):
        Models(folder)


def test_models_by_key_fail_one_by_one_and_show_the_range_of_their_thresholds(tmp_path):
    store = offbeat.ModelStore.create(tmp_path / "hosts")
    rules = {"low": offbeat.Fixed(1.0), "mid": offbeat.Fixed(2.0), "top": offbeat.Fixed(3.0)}
    for key, rule in rules.items():
        store.save(key, fitted().set_threshold(rule))
    with Service(tmp_path / "hosts", tmp_path / "data.db").running() as service:
        for key in ("low", "top"):
            pushed(service, points_of(key, noisy_wave(3, 0)))
        client = TestClient(service_app(service))
        (facts,) = client.get("/v1/models").json()
        assert (facts["n_models"], facts["n_in_use"], facts["threshold"]) == (3, 2, None)
        assert facts["threshold_range"] == [1.0, 3.0]
        damage(store.place("top"))
        store.save("low", fitted().set_threshold(offbeat.Fixed(0.5)))
        found = service.reload()
        assert (found.models, "top: " in found.failed["hosts"]) == ({"hosts": "changed"}, True)
        (facts,) = client.get("/v1/models").json()
        assert facts["threshold_range"] == [0.5, 3.0]


def test_what_became_of_models_is_a_line_for_the_log():
    assert str(Reloaded({"a": "changed"}, {"b": "why"})) == "a changed; b failed"
    assert str(Reloaded({}, {})) == "nothing has changed"
