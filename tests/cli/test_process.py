"""What only a process of its own can show: signals, pipes, the end of the interpreter."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

OFFBEAT = Path(sys.executable).with_name("offbeat")


def start(*arguments, **streams):
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **streams}
    # No data lie here, whose checksums are long to count.
    environment = {name: value for name, value in os.environ.items() if name != "OFFBEAT_DATA"}
    return subprocess.Popen([OFFBEAT, *arguments], env=environment, **streams)


def test_an_error_in_a_process_of_its_own():
    with start("data", "show", "nothing") as process:
        out, err = process.communicate()
    assert (process.returncode, out) == (1, "")
    assert err.startswith("offbeat: no data set and no file is called 'nothing': the data sets are ")
    assert err.count("\n") == 1


def test_a_reader_that_goes_away_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    with start("data", "list", stdout=writing) as process:
        os.close(writing)
        assert process.communicate()[1] == ""
    assert process.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="there is no /dev/full here")
def test_a_full_disk_behind_stdout_is_told():
    with Path("/dev/full").open("w") as full, start("data", "list", stdout=full) as process:
        err = process.communicate()[1]
    assert process.returncode == 1
    assert err == "offbeat: the standard output cannot be written: No space left on device\n"


def test_ctrl_c_stops_a_training_and_leaves_nothing(work):
    before = sorted(work.iterdir())
    told = []
    command = ("fit", "plain.csv", "--out", "made", "-d", "dense-autoencoder", "--train", "epochs=1000")

    def hear_ctrl_c():
        # Whoever runs the tests in the background has told its children to ignore it.
        signal.signal(signal.SIGINT, signal.default_int_handler)

    with start(*command, preexec_fn=hear_ctrl_c) as process:
        for line in process.stderr:
            told.append(line)
            if line.startswith("epoch 1/"):
                process.send_signal(signal.SIGINT)
    assert process.returncode == 130
    assert told[-1] == "offbeat: stopped\n"
    assert "Traceback" not in "".join(told)
    assert sorted(work.iterdir()) == before
