"""A stream of lines goes on after whatever stops it, and no line is lost."""

import json
import os
import resource
import signal
import tracemalloc
from contextlib import suppress
from random import Random

import numpy as np
import pytest

from offbeat import Fixed, MixedDetector, NaiveForecast, OnlineDetector, PCADetector, Recording, Tracking
from offbeat.app.lines import Keeper, LineStream, ScoredLines, holding
from offbeat.app.lines.splitting import Lines
from offbeat.errors import DataError, ModelError, OutputError, ParameterError
from offbeat.estimators.folder import read_arrays, write_arrays

WAVE = np.stack([np.sin(np.arange(600) / 7), np.cos(np.arange(600) / 5)], axis=1)
WAVE += np.random.default_rng(0).normal(0, 0.1, WAVE.shape)
KNOWN = Recording(WAVE[:400], channels=["load", "heat"])
NEWEST = NaiveForecast(scaling="none", threshold=Fixed(0.6)).fit(KNOWN)
FOLDED = PCADetector(window=6, n_components=2, fold="mean").fit(KNOWN)
ADAPTING = MixedDetector(parts=(NaiveForecast(), PCADetector(n_components=2)), window=5, memory=60).fit(KNOWN)
MOVING = PCADetector(window=4, n_components=2, fold="max", threshold=Tracking(20, 200.0, step=1.0)).fit(KNOWN)
MODELS = [NEWEST, FOLDED, ADAPTING, MOVING]
HEADER = "t,load,heat"
VALUES = np.round(WAVE[400:], 3)
ROWS = [f"{i},{a},{b}" for i, (a, b) in enumerate(VALUES.tolist())]
BAD = {20: "20,oops,1", 50: "\x00\x01", 51: '51,"1,2', 120: "é" * 300, 199: "199,1_0,2"}
GOOD = [i for i in range(len(ROWS)) if i not in BAD]
TEXT = "".join(f"{line}\n" for line in (HEADER, *(BAD.get(i, row) for i, row in enumerate(ROWS)))).encode()


class Written:
    """Keeps what is written, up to a line that fails."""

    def __init__(self, fails_at=None, error=BrokenPipeError):
        self.lines, self.fails_at, self.error = [], fails_at, error

    def write(self, line):
        if len(self.lines) == self.fails_at:
            raise self.error
        self.lines.append(line)

    def sync(self):
        pass


def stream(model, output, state=None, *, same_input=False, longest=500, told=None, **settings):
    lines = ScoredLines(OnlineDetector(model), **settings)
    keeper = None if state is None else Keeper(state, lines, ([] if told is None else told).append)
    return LineStream(lines, output, keeper, longest=longest, same_input=same_input)


def threshold(content, random, most=40):
    """Yield bytes in random pieces."""
    start = 0
    while start < len(content):
        end = start + random.randrange(most)
        yield content[start:end]
        start = end


def check_scores(model, lines):
    """Check that lines hold every good row in order, once, with the scores of the whole; those that wait may lack."""
    assert lines[0] == f"{HEADER},score,flag,tier"
    rows = [line.split(",") for line in lines[1:]]
    wanted = GOOD[: len(rows)]
    assert [int(row[0]) for row in rows] == wanted
    found = [float(row[3] or "nan") for row in rows]
    whole = model.decision_function(VALUES[GOOD])
    np.testing.assert_allclose(found, whole[: len(rows)], rtol=1e-6, atol=1e-8)
    flags = [int(row[4] or 0) for row in rows]
    assert flags == model.threshold_.predict(whole)[: len(rows)].tolist()
    assert model is not MOVING or sum(flags) > len(rows) // 30


def delay(model):
    return OnlineDetector(model).delay


@pytest.mark.parametrize("model", MODELS, ids=lambda d: f"{d.name}-{d.fold}")
def test_pieces_of_any_size_make_the_same_lines(model):
    for seed in range(5):
        out = Written()
        one = stream(model, out)
        one.run(threshold(TEXT, Random(seed), most=(2, 5, 40, 400, 9000)[seed]))
        assert len(out.lines) == 1 + len(GOOD)
        # Without a state, lines that still wait at the end are written without a score.
        check_scores(model, out.lines[: len(out.lines) - delay(model)])
        assert all(line.endswith(",,,") for line in out.lines[len(out.lines) - delay(model) :])
        assert one.scored.bad == {"too long": 1, "control characters": 1, "not CSV": 1, "not a number": 2}


@pytest.mark.parametrize("model", MODELS, ids=lambda d: f"{d.name}-{d.fold}")
def test_a_stop_anywhere_loses_and_doubles_nothing(model, tmp_path):
    random, state, out = Random(f"stops {model.name}"), tmp_path / "state", Written()
    for _ in range(25):
        one = stream(model, out, state, same_input=True)
        until = len(out.lines) + random.randrange(20)
        one.run(threshold(TEXT, random), lambda until=until: len(out.lines) >= until)
        assert one.progress.place.n_bytes <= len(TEXT)
    stream(model, out, state, same_input=True).run(threshold(TEXT, random))
    assert len(out.lines) == 1 + len(GOOD) - delay(model)
    check_scores(model, out.lines)


@pytest.mark.parametrize("model", MODELS, ids=lambda d: f"{d.name}-{d.fold}")
def test_what_could_not_be_written_is_written_by_the_next_run(model, tmp_path):
    random, state, written = Random(f"writes {model.name}"), tmp_path / "state", []
    for error in (BrokenPipeError, OutputError("full")) * 12:
        out = Written(random.randrange(15), error)
        with pytest.raises(type(error) if isinstance(error, Exception) else error):
            stream(model, out, state, same_input=True).run(threshold(TEXT, random))
        written += out.lines
        if len(written) > len(GOOD) - 20:
            break
    last = Written()
    stream(model, last, state, same_input=True).run(threshold(TEXT, random))
    assert len(written) + len(last.lines) == 1 + len(GOOD) - delay(model)
    check_scores(model, written + last.lines)


@pytest.mark.parametrize("model", MODELS, ids=lambda d: f"{d.name}-{d.fold}")
def test_after_a_kill_every_line_comes_at_least_once_with_its_score(model, tmp_path):
    class Killed(BaseException):
        """Nothing is saved any more, as when the power fails."""

    random, state, runs = Random(f"kills {model.name}"), tmp_path / "state", []
    for _ in range(15):
        out = Written(random.randrange(120), Killed)
        one = stream(model, out, state, same_input=True)
        one.keeper._n_lines = one.before.place.n_lines - 1000 + random.randrange(1, 60)  # soon due
        with suppress(Killed):
            one.run(threshold(TEXT, random))
        runs.append(out.lines)
    last = Written()
    stream(model, last, state, same_input=True).run(threshold(TEXT, random))
    rows = [line.split(",") for run in (*runs, last.lines) for line in run if line != f"{HEADER},score,flag,tier"]
    assert {int(row[0]) for row in rows} == set(GOOD[: len(GOOD) - delay(model)])
    expected = dict(zip(GOOD, model.decision_function(VALUES[GOOD]), strict=True))
    found = [float(row[3] or "nan") for row in rows]
    np.testing.assert_allclose(found, [expected[int(row[0])] for row in rows], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("model", MODELS, ids=lambda d: f"{d.name}-{d.fold}")
def test_the_rest_of_an_input_can_be_given_from_the_place_in_the_state(model, tmp_path):
    out, state = Written(), tmp_path / "state"
    first = stream(model, out, state)
    first.run([TEXT], lambda: len(out.lines) >= 70)
    place = first.progress.place
    assert TEXT[: place.n_bytes].count(b"\n") == place.n_lines
    # No header comes, and no values are taken by their place because of that.
    stream(model, out, state).run([TEXT[place.n_bytes :]])
    check_scores(model, out.lines)
    assert len(out.lines) == 1 + len(GOOD) - delay(model)


def test_a_new_input_brings_its_header_again_and_may_move_the_columns(tmp_path):
    state, out, told = tmp_path / "state", Written(), []
    stream(NEWEST, out, state).run([b"t,load,heat\n0,0,0\n"])
    stream(NEWEST, out, state).run([b"t,load,heat\n1,3,4\n"])
    stream(NEWEST, out, state, report=lambda _, what: told.append(what)).run([b"heat;load\n0;3\n"])
    stream(NEWEST, out, state).run([b'{"heat": 4, "load": 0}\n'])
    assert out.lines == [
        "t,load,heat,score,flag,tier", "0,0,0,,,",
        "t,load,heat,score,flag,tier", "1,3,4,5,1,alarm",
        "heat;load;score;flag;tier", "0;3;4;1;alarm",
        '{"heat": 4, "load": 0, "score": 5.0, "flag": 1, "tier": "alarm"}',
    ]  # fmt: skip
    assert len(told) == 1
    assert "heat;load" in told[0]


def test_without_its_header_a_stream_does_not_fall_back_to_places(tmp_path):
    state, out = tmp_path / "state", Written()
    stream(NEWEST, out, state).run([b"heat,load\n0,0\n"])
    again = stream(NEWEST, out, state)
    again.run([b"1,4\n9:00,1,4\n"])
    assert out.lines[-1] == "1,4,4.12310563,1,alarm"
    assert again.scored.bad == {"of another width": 1}
    arrays, _ = read_arrays(state)
    assert arrays["recent"][:, -1].tolist() == [4.0, 1.0]


def test_a_last_line_without_an_end_is_not_scored_before_it_is_whole(tmp_path):
    state, out = tmp_path / "state", Written()
    first = stream(NEWEST, out, state, same_input=True)
    first.run([b"t,load,heat\n0,0,0\n1,60,4"])
    assert out.lines[1:] == ["0,0,0,,,"]
    assert first.scored.bad == {"cut off": 1}
    stream(NEWEST, out, state, same_input=True).run([b"t,load,heat\n0,0,0\n1,60,42.5\n"])
    assert [line.split(",")[:3] for line in out.lines[2:]] == [["1", "60", "42.5"]]


@pytest.mark.parametrize("other", [b"t,load,heat\n9,0,0\n1,3,4\n", b"t,load", b""])
def test_another_input_than_before_is_refused(tmp_path, other):
    state = tmp_path / "state"
    stream(NEWEST, Written(), state).run([b"t,load,heat\n0,0,0\n"])
    before, out = read_arrays(state)[0], Written()
    with pytest.raises(DataError, match="another one"):
        stream(NEWEST, out, state, same_input=True).run([other])
    assert out.lines == []
    np.testing.assert_equal(read_arrays(state)[0], before)
    stream(NEWEST, out, state).run([other])


def test_a_line_is_read_in_bounded_memory():
    one = stream(NEWEST, out := Written(), longest=10_000)
    filler = b"x" * 2**16
    tracemalloc.start()
    one.run([b"load,heat\n0,0\n", *[filler] * 400, b"\n3,4\n"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000
    assert out.lines[-1] == "3,4,5,1,alarm"
    assert one.scored.bad == {"too long": 1}


def test_the_longest_line_is_what_is_said():
    lines = Lines(longest=5)
    assert [line.text for line in lines.push(b"12345\n12345\r\n123456\n123\r\r\n\n")] == [
        "12345",
        "12345",
        None,
        "123",
        "",
    ]
    for longest in (0, -1, 2**40):
        with pytest.raises(ParameterError, match="longest line"):
            Lines(longest)


def test_what_is_not_utf_8_is_a_bad_line_and_a_mark_at_the_start_is_none():
    one = stream(NEWEST, out := Written())
    one.run([b"\xef\xbb\xbft,load,heat\r\n0,0,0\r\n\xff\xfe,1,1\r\n\xc3\x28,1,1\n\xc3", b"\xa9,3,4\r\n"])
    assert out.lines == ["t,load,heat,score,flag,tier", "0,0,0,,,", "é,3,4,5,1,alarm"]
    assert one.scored.bad == {"not UTF-8": 2}


def test_another_encoding_makes_bad_lines_and_no_end():
    text = "load,heat\n0,0\n3,4\n"
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037"):
        one = stream(NEWEST, out := Written(), bad_lines="missing")
        one.run([text.encode(encoding)])
        assert len(out.lines) in (0, 3)
        assert one.scored.n_bad or out.lines


def test_a_state_that_cannot_be_written_is_told_once_and_tried_again(tmp_path):
    state, told, out = tmp_path / "state", [], Written()
    one = stream(NEWEST, out, state, told=told)

    def pieces():
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        # As on a full disk no byte goes into any file.
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        try:
            for row in ROWS[:3]:
                yield f"{row}\n".encode()
                one.keeper._time = -1e9
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert [f"{state} cannot be written" in text for text in told] == [True]
        assert one.keeper.failed is not None
        yield f"{ROWS[3]}\n".encode()
        one.keeper._time = -1e9
        yield b""
        assert len(told) == 2
        assert one.keeper.failed is None

    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        one.run(pieces())
    finally:
        signal.signal(signal.SIGXFSZ, before)
    assert len(out.lines) == 4
    assert list(tmp_path.iterdir()) == [state]


def test_a_state_is_written_while_nothing_comes(tmp_path):
    one = stream(NEWEST, Written(), tmp_path / "state")

    def pieces():
        yield b"load,heat\n0,0\n"
        before = read_arrays(tmp_path / "state")[0]["n_seen"].item()
        one.keeper._time = -1e9
        yield b""
        assert (before, read_arrays(tmp_path / "state")[0]["n_seen"].item()) == (0, 1)

    one.run(pieces())


def test_a_damaged_state_is_refused_in_one_sentence_or_says_the_same(tmp_path):
    state = tmp_path / "state"
    stream(FOLDED, Written(), state).run([TEXT])
    whole, random, (before, _) = state.read_bytes(), Random(0), read_arrays(state)
    n_refused = 0
    for _ in range(300):
        lines = ScoredLines(OnlineDetector(FOLDED))
        list(lines.feed(ROWS[:9]))
        damaged = bytearray(whole)
        where = random.randrange(len(whole))
        if random.random() < 0.5:
            damaged[where] ^= 1 << random.randrange(8)
        else:
            del damaged[where:]
        state.write_bytes(damaged)
        try:
            Keeper(state, lines, print).load()
        except ModelError:
            n_refused += 1
            assert lines.online.n_seen == 9
        else:
            # What was hit says nothing of the stream, such as the name of a note that nobody asks for.
            now, _ = read_arrays(state)
            assert all(np.array_equal(now[name], before[name]) for name in now.keys() | before.keys())
    assert n_refused > 290


def test_a_forged_state_is_refused(tmp_path):
    from offbeat.detectors.online_state import digest

    state, lines = tmp_path / "state", ScoredLines(OnlineDetector(FOLDED))
    stream(FOLDED, Written(), state).run([TEXT])
    good, notes = read_arrays(state)
    told = json.loads(good["lines"].tobytes())
    forged = [{"recent": good["recent"][:1]}, {"n_seen": np.array(-1)}, {"stage.recent": np.zeros((2, 2))}]
    forged += [{"stage.recent": np.array(["x"] * 5, dtype="S1").view(np.uint8)}, {"stage.other": np.zeros(3)}]
    for changed in ({"place": "far"}, {"owed": None}, {"lines": "{}"}, {"lines": '{"first": 3}'}, {"place": [1, 2]}):
        forged.append({"lines": np.frombuffer(json.dumps({**told, **changed}).encode(), dtype=np.uint8)})
    for changes in forged:
        arrays = {**good, **changes}
        write_arrays(state, arrays, {**notes, "digest": digest(arrays)})
        with pytest.raises(ModelError, match="damaged"):
            Keeper(state, lines, print).load()
        assert lines.online.n_seen == 0
    del good["recent"]
    write_arrays(state, good, {**notes, "digest": digest(good)})
    with pytest.raises(ModelError, match="damaged"):
        Keeper(state, lines, print).load()


def test_a_state_of_the_detector_alone_can_be_gone_on_from(tmp_path):
    online = OnlineDetector(FOLDED)
    online.update(VALUES[:50])
    online.save_state(tmp_path / "state")
    out = Written()
    stream(FOLDED, out, tmp_path / "state").run([f"{row}\n".encode() for row in ROWS[50:]])
    found = [float(line.split(",")[3]) for line in out.lines]
    np.testing.assert_allclose(found, FOLDED.decision_function(VALUES)[50 : 50 + len(found)], rtol=1e-6)


def test_one_process_at_a_time_holds_a_state(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "state")
    with holding(tmp_path / "state"):
        for path in (tmp_path / "state", link, tmp_path / "." / "state"):
            with pytest.raises(OutputError, match=f"in use by process {os.getpid()}"), holding(path):
                pass
        with holding(tmp_path / "other"):
            pass
    with holding(link):
        pass
    assert list(tmp_path.iterdir()) == [link]
