"""``offbeat watch`` as a process: killed, stopped, left alone by its reader, on a full disk."""

import os
import shutil
import signal
import time
from pathlib import Path
from random import Random

import numpy as np
import pytest

from cli.forked import Piped
from offbeat import Fixed, NaiveForecast, PCADetector, Recording, Tracking, load, read_events
from offbeat.estimators.folder import read_arrays
from offbeat.words import plural
from webhooks import Webhook

WAVE = np.sin(np.arange(60_000) / 7) + np.random.default_rng(0).normal(0, 0.1, 60_000)
VALUES = np.round(WAVE, 4)
HEADER = "t,load,score,flag,tier"
SHORT, LONG = 12_000, 60_000
SECONDS = 60
"""After which something hangs."""
WAITING = {"last": 0, "mean": 7}
"""Rows at the end whose scores are not known."""
STOPS = {signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGHUP: 129}


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """Write two models, one with a threshold that moves, and an input with a bad line every hundred rows."""
    folder = tmp_path_factory.mktemp("given")
    known = Recording(WAVE[:2000, None], channels=["load"])
    NaiveForecast().fit(known).save(folder / "last")
    moving = Tracking(10, 1000.0, step=1.0)
    PCADetector(window=8, n_components=2, fold="mean", threshold=moving).fit(known).save(folder / "mean")
    rows = [f"{i},{value}" for i, value in enumerate(VALUES)]
    rows[50::100] = [f"{i},oops" for i in range(50, len(rows), 100)]
    for n_rows in (SHORT, LONG):
        (folder / f"{n_rows}").write_text("\n".join(["t,load", *rows[:n_rows], ""]))
    return folder


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def good(n_rows):
    """Return the rows that are no bad lines."""
    return [i for i in range(n_rows) if i % 100 != 50]


GOOD = good(SHORT)


def until(condition):
    """Wait for something to be."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "it hangs"
        time.sleep(0.001)


def rows_of(path):
    """Return the rows that were written, without headers and what a kill cut off."""
    lines = Path(path).read_text().split("\n")
    return [line.split(",") for line in lines[:-1] if line != HEADER]


def check(model, rows):
    """Check the scores and flags of rows, and return which these are."""
    numbers = [int(row[0]) for row in rows]
    whole = model.decision_function(VALUES[good(LONG)])
    scores = dict(zip(good(LONG), whole, strict=True))
    flags = dict(zip(good(LONG), model.threshold_.predict(whole), strict=True))
    assert [int(row[3] or 0) for row in rows] == [flags[number] for number in numbers]
    found = [float(row[2] or "nan") for row in rows]
    np.testing.assert_allclose(found, [scores[number] for number in numbers], rtol=1e-5, atol=1e-7)
    return numbers


def survive(commands, model, lines, signals, n_stops, seed):
    """Stop ``watch`` again and again, go on each time to the end, and return the exit codes."""
    random, codes, out = Random(seed), [], Path("out")
    command = ("watch", model, "--state", "state", "--same-input", "--events", "events.csv")
    out.touch()
    for number in range(n_stops):
        size = out.stat().st_size
        pid = commands.start(*command, stdin=lines, stdout=out, stderr="err")
        if random.random() < 0.3:
            time.sleep(random.random() * 0.2)
        else:
            # Some 30 bytes a row, and a thousand rows from one state to the next.
            size += random.randrange(30 * (1800 if number % 8 == 7 else 60))
            until(lambda pid=pid, size=size: out.stat().st_size >= size or has_ended(pid))
        os.kill(pid, random.choice(signals))
        codes.append(commands.wait(pid))
    codes.append(commands.wait(commands.start(*command, stdin=lines, stdout=out, stderr="err")))
    return codes


def check_events(model, n_rows):
    """Check that the events in the file are those of the whole, but for one that goes on, and return the settled."""
    statuses = [line.split(",")[0] for line in Path("events.csv").read_text().splitlines()[1:]]
    events = list(zip(statuses, read_events("events.csv"), strict=True))
    whole = model.detect(VALUES[good(n_rows)])
    expected = [place_of(event) for event in whole]
    settled = [place_of(event) for status, event in events if status == "settled"]
    assert len(expected) > 3
    assert expected[:-1] == sorted(set(settled))[: len(expected) - 1]
    assert set(settled) <= set(expected)
    assert {event.known_at for event in whole} <= {event.known_at for status, event in events if status == "known"}
    return settled


def place_of(event):
    return event.start, event.end, event.peak, event.known_at, event.severity


def has_ended(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


STOPPED = [
    ("mean", SHORT, 4),
    pytest.param("last", LONG, 100, marks=pytest.mark.slow),
    pytest.param("mean", LONG, 100, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("name", "n_rows", "n_stops"), STOPPED)
def test_after_kills_every_row_was_written_with_its_score(commands, given, place, name, n_rows, n_stops):
    signals = [signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]
    codes = survive(commands, given / name, given / str(n_rows), signals, n_stops, seed=n_stops)
    numbers = check(load(given / name), rows_of("out"))
    assert set(numbers) == set(good(n_rows)[: -WAITING[name] or None])
    assert codes[-1] == 0
    assert codes.count(-signal.SIGKILL) > n_stops // 3
    assert len(numbers) - len(set(numbers)) <= 1000 * codes.count(-signal.SIGKILL)
    check_events(load(given / name), n_rows)


@pytest.mark.parametrize(("name", "n_rows", "n_stops"), STOPPED)
def test_after_stops_every_row_was_written_once(commands, given, place, name, n_rows, n_stops):
    codes = survive(commands, given / name, given / str(n_rows), list(STOPS), n_stops, seed=n_stops)
    assert check(load(given / name), rows_of("out")) == good(n_rows)[: -WAITING[name] or None]
    # A signal before anything has begun ends the process as it ends any.
    assert set(codes[:-1]) <= {0, *STOPS.values(), *(-number for number in STOPS)}
    assert Path("out").read_text().count(HEADER) == 1
    assert sorted(entry.name for entry in place.iterdir()) == ["err", "events.csv", "out", "state"]
    settled = check_events(load(given / name), n_rows)
    assert len(settled) == len(set(settled))


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_while_nothing_comes(commands, given, place, number):
    with Piped(commands, place, "watch", given / "mean", "--state", "state") as watch:
        watch.into.write(b"t,load\n" + b"".join(b"%d,1.5\n" % i for i in range(20)))
        told = b""
        while told.count(b"\n") < 1 + 20 - 7:
            told += watch.out.read(1000)
        code, said = watch.end(number)
    assert code == STOPS[number]
    assert "waiting for their scores in the state: 7" in said
    assert read_arrays(Path("state"))[0]["n_seen"].item() == 20
    assert sorted(entry.name for entry in place.iterdir()) == ["err", "in", "out", "state"]


def test_without_a_state_what_waits_is_written_at_a_stop(commands, given, place):
    with Piped(commands, place, "watch", given / "mean") as watch:
        watch.into.write(b"t,load\n" + b"".join(b"%d,1.5\n" % i for i in range(20)))
        told = b""
        while told.count(b"\n") < 1 + 20 - 7:
            told += watch.out.read(1000)
        code, _ = watch.end(signal.SIGTERM)
        while piece := watch.out.read(10_000):
            told += piece
    assert (code, told.count(b"\n")) == (143, 21)
    assert told.endswith(b"19,1.5,,,\n")


def test_a_signal_while_the_reader_does_not_read(commands, given, place):
    with Piped(commands, place, "watch", given / "last", "--state", "state") as watch:
        text = (given / str(SHORT)).read_bytes()
        os.set_blocking(watch.into.fileno(), False)
        sent = 0
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            try:
                sent += os.write(watch.into.fileno(), text[sent : sent + 4096])
            except BlockingIOError:
                break
            time.sleep(0.005)
        until(lambda: Path("state").exists())
        code, _ = watch.end(signal.SIGTERM)
        told = b""
        while piece := watch.out.read(100_000):
            told += piece
    assert code == 143
    Path("first").write_bytes(told)
    assert (
        commands.wait(
            commands.start(
                "watch", given / "last", "--state", "state", "--same-input", stdin=given / str(SHORT), stdout="first"
            )
        )
        == 0
    )
    assert check(load(given / "last"), rows_of("first")) == GOOD


def test_a_signal_that_is_ignored_stays_ignored(commands, given, place):
    with Piped(commands, place, "watch", given / "last", ignoring=[signal.SIGHUP]) as watch:
        watch.into.write(b"load\n1\n")
        assert watch.out.read(100)
        os.kill(watch.pid, signal.SIGHUP)
        code, said = watch.end()
    assert code == 0
    assert "lines written: 1" in said


def test_a_reader_that_goes_gets_the_rest_from_the_next_run(commands, given, place):
    with Piped(commands, place, "watch", given / "last", "--state", "state") as watch:
        text = (given / str(SHORT)).read_bytes().splitlines(keepends=True)
        watch.into.write(b"".join(text[:20]))
        told = b""
        while told.count(b"\n") < 20:
            told += watch.out.read(1000)
        watch.out.close()
        watch.into.write(b"".join(text[20:30]))
        code, said = watch.end()
    assert code == 0
    loading, how = said.splitlines()
    assert loading.startswith("loading ")
    assert how.startswith("each line is scored by the window that ends there, and flagged above ")
    n = load(given / "last").live().n_unscored_
    assert n > 0
    assert f"; a stream's first {plural(n, 'line has', 'lines have')} no score; offbeat threshold" in how
    Path("next").write_bytes(told)
    again = commands.start(
        "watch", given / "last", "--state", "state", "--same-input", stdin=given / str(SHORT), stdout="next"
    )
    assert commands.wait(again) == 0
    assert check(load(given / "last"), rows_of("next")) == GOOD


def test_a_stream_goes_on_with_another_threshold_but_not_with_one_that_moves(commands, given, place):
    text = (given / str(SHORT)).read_text().splitlines(keepends=True)
    Path("first").write_text("".join(text[:101]))
    Path("then").write_text("".join([text[0], *text[101:201]]))
    Path("out").touch()
    shutil.copytree(given / "last", "model")
    watch = ("watch", "model", "--state", "state", "--events", "events.jsonl")
    assert commands.wait(commands.start(*watch, stdin="first", stdout="out")) == 0
    threshold = ("threshold", "model", "--threshold", "fixed")
    settings = ("--threshold-set", "value=0.1")
    assert commands.wait(commands.start(*threshold, *settings, "--write", stderr="err")) == 0, Path("err").read_text()
    assert commands.wait(commands.start(*watch, stdin="then", stdout="out")) == 0
    rows, values = rows_of("out"), VALUES[good(200)]
    before, after = load(given / "last"), load("model")
    flags = np.append(before.predict(values)[:99], after.predict(values)[99:])
    assert [int(row[3] or 0) for row in rows] == flags.tolist()
    assert before.predict(values).sum() < flags.sum() < after.predict(values).sum()
    assert [line for line in Path("events.jsonl").read_text().splitlines() if "known" in line]

    after.set_threshold(Tracking(10, 1000.0, step=1.0)).save("model")
    assert commands.wait(commands.start(*watch, stdin="then", stdout="out", stderr="err")) == 1
    assert "thresholds that move" in Path("err").read_text()


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="there is no /dev/full here")
def test_a_full_disk_behind_stdout_loses_nothing(commands, given, place):
    command = ("watch", given / "mean", "--state", "state", "--same-input")
    assert commands.wait(commands.start(*command, stdin=given / str(SHORT), stdout="/dev/full", stderr="err")) == 1
    assert "No space left" in Path("err").read_text()
    assert commands.wait(commands.start(*command, stdin=given / str(SHORT), stdout="out")) == 0
    assert check(load(given / "mean"), rows_of("out")) == GOOD[:-7]


def test_a_second_process_on_a_state_is_refused(commands, given, place):
    with Piped(commands, place, "watch", given / "last", "--state", "state") as watch:
        watch.into.write(b"load\n1\n")
        assert watch.out.read(100)
        second = commands.start("watch", given / "last", "--state", "state", stderr="second")
        assert commands.wait(second) == 1
        assert f"in use by process {watch.pid}" in Path("second").read_text()
        os.kill(watch.pid, signal.SIGKILL)
        assert commands.wait(watch.pid) == -signal.SIGKILL
    third = commands.start("watch", given / "last", "--state", "state", stderr="third")
    assert commands.wait(third) == 0


def test_lines_that_are_too_long_or_cut_off(commands, given, place):
    Path("lines").write_bytes(b"load\n1\n" + b"9" * 200 + b"\n2\n60,4")
    process = commands.start("watch", given / "last", "--max-line", 100, stdin="lines", stdout="out", stderr="err")
    assert commands.wait(process) == 0
    assert [line.split(",")[0] for line in Path("out").read_text().splitlines()] == ["load", "1", "2"]
    assert "bad lines left out: 2 (1 too long, 1 cut off)" in Path("err").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--events", "events.parquet"), ".jsonl"),
        (("--events", "one.csv", "--state", "one.csv"), "one.csv"),
        (("--same-input",), "--state"),
        (("--max-line", "0"), "longest line"),
        (("--bad-lines", "eat"), "skip, missing"),
    ],
)
def test_wrong_use_is_refused(commands, given, place, arguments, message):
    assert commands.wait(commands.start("watch", given / "last", *arguments, stderr="err")) == 2
    assert message in Path("err").read_text()


def test_events_are_posted_and_go_on_in_the_next_run(commands, place):
    pytest.importorskip("httpx", reason="needs the extra serve")
    NaiveForecast(scaling="none", threshold=Fixed(3.0)).fit(np.sin(np.arange(500.0))).save("cpu")
    Path("first").write_text("host,load\n" + "".join(f"{host},{v}\n" for v in (0, 0.1, 0, 9) for host in "ab"))
    Path("second").write_text("host,load\n" + "a,9\n" * 5)
    with Webhook() as webhook:
        for lines in ("first", "second"):
            command = ("watch", "cpu", "--key", "host", "--state", "state", "--webhook", webhook.url)
            assert commands.wait(commands.start(*command, stdin=lines, stderr=f"{lines}.err")) == 0
        first, second = (got.content for got in webhook.got)
    assert {alert["stream"] for alert in first["alerts"]} == {"a", "b"}
    assert [(alert["stream"], alert["status"]) for alert in second["alerts"]] == [("a", "resolved")]
