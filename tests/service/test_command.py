"""``offbeat serve`` as a process: killed, stopped, and told to load its models again."""

import json
import os
import signal
import sys
import urllib.request
from contextlib import contextmanager

import numpy as np
import pytest

from offbeat.cli.main import main
from offbeat.service.access import Access
from processes import start_apart
from pushing import START, fitted, noisy_wave, recording_of

KEYS = [f"host{n}" for n in range(20)]


@contextmanager
def serving(*arguments):
    """The command in a process of its own; its number, and where it listens."""
    read, write = os.pipe()

    def act():
        os.dup2(write, 1)
        sys.stdout, sys.argv = os.fdopen(1, "w", closefd=False), ["offbeat", "serve", *map(str, arguments)]
        try:
            main()
        except SystemExit as ended:
            return ended.code

    child = start_apart(act)
    os.close(write)
    with os.fdopen(read) as said:
        yield child, said.readline().strip()


def ended(child, number):
    os.kill(child, number)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def second(values, step):
    """The points of all streams at one second."""
    return {"points": [{"key": key, "time": START + step, "values": float(values[key][step, 0])} for key in KEYS]}


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there are no such signals here")
def test_nothing_that_was_answered_is_lost_by_a_kill_or_a_stop(detector, tmp_path):
    values = {key: noisy_wave(200, seed) for seed, key in enumerate(KEYS)}
    folder, scores = detector.save(tmp_path / "m"), {}
    arguments = (folder, "--data", tmp_path / "data.db", "--port", "0")
    with serving(*arguments) as (child, url):
        for step in range(150):
            scores[step] = ask(f"{url}/v1/points", second(values, step))["score"]
        assert ended(child, signal.SIGKILL) == -signal.SIGKILL
    with serving(*arguments) as (child, url):
        # The last answers may not have reached their sender, who sends the points again.
        again = ask(f"{url}/v1/points", second(values, 149))
        assert (again["repeated"], again["score"]) == (len(KEYS), scores[149])
        for step in range(150, 200):
            scores[step] = ask(f"{url}/v1/points", second(values, step))["score"]
        before = ask(f"{url}/v1/models")
        fitted(seed=3).save(folder)
        os.kill(child, signal.SIGHUP)
        assert any(ask(f"{url}/v1/models") != before for _ in range(1000))
        assert ended(child, signal.SIGTERM) == 128 + signal.SIGTERM
    for number, key in enumerate(KEYS):
        expected = detector.live().decision_function(recording_of(values[key]))
        found = np.array([scores[step][number] for step in range(200)], dtype=float)
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["offbeat", "serve", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code, capsys.readouterr()


def test_keys_are_made_and_asked_for(model_folder, tmp_path, monkeypatch, capsys):
    keys = tmp_path / "keys.json"
    code, said = run(monkeypatch, capsys, model_folder, "--keys", keys, "--add-key", "me:write")
    assert (code, Access(keys).role(said.out.strip())) == (0, "write")
    data = tmp_path / "data.db"
    code, said = run(monkeypatch, capsys, model_folder, "--data", data, "--host", "0.0.0.0")
    assert code == 2
    assert "--keys" in said.err
    assert not data.exists()
    code, said = run(monkeypatch, capsys, model_folder, "--data", data, "--tls-key", "x", "--port", "0")
    assert (code, "certificate" in said.err) == (2, True)
