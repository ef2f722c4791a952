"""Signals at any moment: no traceback, the right exit code, nothing half-written."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from offbeat.cli.main import main
from processes import start_apart

OFFBEAT = Path(sys.executable).with_name("offbeat")


def start(*arguments, cwd=None):
    def hear():
        # Whoever runs the tests in the background has told its children to ignore it.
        signal.signal(signal.SIGINT, signal.default_int_handler)

    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "preexec_fn": hear}
    return subprocess.Popen([OFFBEAT, *arguments], cwd=cwd, **streams)


@pytest.mark.parametrize("delay", [0.3, 0.9])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"])
def test_a_signal_in_the_first_second(number, code, delay, tmp_path):
    with start("demo", "--out", str(tmp_path / "demo")) as process:
        time.sleep(delay)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    # Before the first line of ours Python itself answers: by the signal, or on a very busy machine by a traceback.
    assert process.returncode in (code, -number)
    assert out == ""
    assert "Exception ignored" not in err
    assert err.count("stopped") == (process.returncode == 130)


def test_a_request_to_end_stops_a_training_quietly_and_leaves_nothing(work, tmp_path):
    before = sorted(work.iterdir())
    said = tmp_path / "said"
    said.touch()

    def train():
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.dup2(os.open(said, os.O_WRONLY), 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
        sys.argv = ["offbeat", "fit", "plain.csv", "--out", "made", "-d", "dense-autoencoder"]
        sys.argv += ["--train", "epochs=1000"]
        try:
            main()
        except SystemExit as ended:
            return ended.code
        return 0

    child = start_apart(train)
    patience = time.monotonic() + 60
    while "epoch 1/" not in said.read_text():
        assert time.monotonic() < patience, "it hangs"
        time.sleep(0.02)
    os.kill(child, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 143
    told = said.read_text()
    assert told.splitlines()[-1].startswith("epoch")
    assert "Traceback" not in told
    assert sorted(work.iterdir()) == before


def test_what_is_told_to_be_ignored_stays_ignored():
    ignored = f"trap '' INT TERM; exec {OFFBEAT} data list"
    with subprocess.Popen(["bash", "-c", ignored], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert b"ecg5000" in out
