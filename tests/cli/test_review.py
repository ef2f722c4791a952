"""The command ``review`` from its start to its end, without a browser."""

import json
import os
import signal
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_signals import RATE, ecg
from offbeat.records import Annotations, read_annotations, reviewed_beats, write_annotations
from offbeat.words import NOTICE

pytest.importorskip("uvicorn")


@pytest.fixture
def strip(work):
    """A record with annotations beside it."""
    values, times, _ = ecg(40)
    pd.DataFrame({"II": values}).round(4).to_csv(work / "strip.csv", index=False)
    peaks = np.rint(times * RATE).astype(int)
    write_annotations(Annotations(peaks, ["N"] * len(peaks), RATE), work / "strip.ofb")
    return work / "strip.csv"


class Review:
    """A running review of the strip in the current folder."""

    def __init__(self, commands):
        self.commands, self.err = commands, Path("said")
        os.mkfifo("shown")
        command = ("review", "strip.csv", "--sampling-rate", "250", "--no-browser")
        self.pid = commands.start(*command, stdout="shown", stderr=self.err)
        with Path("shown").open() as shown:
            self.address = shown.readline().strip()
        Path("shown").unlink()

    def tell(self, path, **said):
        request = urllib.request.Request(
            self.address + path, json.dumps(said).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())

    def end(self, number=None):
        """Return the exit code and what stands on stderr after a signal, if one is given."""
        if number is not None:
            os.kill(self.pid, number)
        return self.commands.wait(self.pid), self.err.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
def test_a_signal_ends_it_with_everything_saved_and_says_where(commands, strip, number):
    review = Review(commands)
    review.tell("name", number=0, name="V")
    code, err = review.end(number)
    assert code == 128 + number
    assert err.splitlines()[-2:] == [
        "annotations with 1 reviewed beat are in strip.rev",
        "a report of them: offbeat classify strip.csv --annotations strip.rev --sampling-rate 250.0 "
        "--report strip-reviewed.html",
    ]
    assert NOTICE in err
    assert "Traceback" not in err
    assert reviewed_beats(read_annotations(strip.with_suffix(".rev"))).symbols.tolist() == ["V"]
    assert sorted(path.name for path in strip.parent.iterdir() if "strip" in path.name) == [
        "strip.csv",
        "strip.ofb",
        "strip.rev",
    ]


def test_the_page_can_end_it_and_the_next_review_goes_on(commands, strip):
    review = Review(commands)
    review.tell("name", number=0, name="V")
    review.tell("done")
    assert review.end()[0] == 0
    again = Review(commands)
    again.tell("name", number=1, name="V")
    _, err = again.end(signal.SIGINT)
    assert "(strip.rev)" in err
    assert "2 reviewed beats" in err


def test_a_review_without_a_change_writes_nothing(commands, strip):
    code, err = Review(commands).end(signal.SIGINT)
    assert code == 130
    assert err.splitlines()[-1] == "no beat was reviewed, and nothing was written"
    assert not strip.with_suffix(".rev").exists()


def test_two_reviews_of_one_record_do_not_get_into_each_others_way(commands, strip, offbeat):
    review = Review(commands)
    second = offbeat("review", "strip.csv", "--sampling-rate", "250", "--no-browser")
    assert (second.code, second.out) == (1, "")
    assert f"in use by process {review.pid}" in second.err
    review.end(signal.SIGINT)


def test_what_is_wrong_is_said_in_one_line(strip, offbeat):
    for options, code, word in (
        (["--out", "strip.atr"], 1, "never replaces"),
        (["--out", "strip.csv"], 1, "strip.csv"),
        (["--annotations", "strip.none"], 1, "no annotation file"),
        (["--out", "strip"], 2, "ending"),
    ):
        ended = offbeat("review", "strip.csv", "--sampling-rate", "250", "--no-browser", *options)
        assert (ended.code, ended.out, word in ended.err) == (code, "", True), ended.err
        assert len(ended.err.splitlines()) == 1


def test_a_port_that_is_taken_is_said(commands, strip, offbeat):
    review = Review(commands)
    port = review.address.split(":")[2].split("/")[0]
    taken = offbeat("review", "strip.csv", "--sampling-rate", "250", "--no-browser", "--port", port, "--out", "a.rev")
    assert taken.code == 1
    assert "--port" in taken.err
    review.end(signal.SIGINT)


def test_without_a_screen_no_browser_is_opened(monkeypatch):
    from offbeat.cli.review import _has_screen

    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert not _has_screen()
    monkeypatch.setitem(os.environ, "DISPLAY", ":0")
    assert _has_screen()
