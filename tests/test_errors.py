"""Messages are one line that a terminal can show; what foreign code raises becomes an error of offbeat."""

import ast
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import offbeat
from offbeat import errors
from offbeat.errors import DataError, FormatError, OffbeatError, failing_as
from offbeat.files.limits import require_room
from offbeat.words import printable

ERRORS = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, OffbeatError)]


@pytest.mark.parametrize("cls", [*ERRORS, errors.OffbeatWarning, errors.IrregularTimeWarning])
def test_a_message_is_one_printable_line_of_bounded_length(cls):
    message = str(cls("a name \x1b[31m\n\u202e" + "x" * 200_000 + "\ud800: choose another"))
    assert message.isprintable()
    assert len(message) <= 500
    assert message.startswith("a name \\x1b[31m")
    assert message.endswith(": choose another")


@pytest.mark.parametrize("text", ["", "plain", "Größe 5 µV × 3 – ok", "日本"])
def test_ordinary_text_is_shown_as_it_is(text):
    assert printable(text, 40) == text


@pytest.mark.parametrize("width", range(5, 40))
def test_no_more_characters_than_asked_for(width):
    assert len(printable("word " * 30, width)) <= width


@pytest.mark.parametrize(
    "break_it", [lambda: json.loads("[" * 200_000), lambda: {}["a"], lambda: int("x"), lambda: "é".encode("ascii")]
)
def test_whatever_a_library_raises_becomes_the_error_asked_for(break_it):
    with pytest.raises(FormatError) as caught, failing_as(FormatError, "a.json cannot be read", "write it again"):
        break_it()
    assert caught.value.__cause__ is not None


def test_errors_of_offbeat_pass_as_they_are():
    with pytest.raises(DataError, match="mine"), failing_as(FormatError, "a.json cannot be read"):
        raise DataError("mine")


def test_a_stop_is_no_failure():
    with pytest.raises(KeyboardInterrupt), failing_as(FormatError, "a.json cannot be read"):
        raise KeyboardInterrupt


def test_the_largest_expansion_can_be_set(monkeypatch):
    require_room(2**30, "it")
    monkeypatch.setenv("OFFBEAT_MAX_BYTES", "1000")
    with pytest.raises(DataError, match="OFFBEAT_MAX_BYTES"):
        require_room(1001, "it")
    monkeypatch.setenv("OFFBEAT_MAX_BYTES", "much")
    with pytest.raises(errors.ParameterError):
        require_room(1, "it")


SOURCE = Path(offbeat.__file__).parent


def test_every_warning_goes_by_the_line_of_the_caller():
    calls = [
        (path, node)
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    ]
    direct = [f"{path}:{call.lineno}" for path, call in calls if ast.unparse(call.func) == "warnings.warn"]
    assert len(calls) > 10_000
    assert not direct


def gappy():
    times = pd.date_range("2026-01-01", periods=600, freq="5min")
    frame = pd.DataFrame({"load": np.sin(np.arange(600) / 9), "score": np.cos(np.arange(600) / 7)}, index=times)
    return frame.drop(frame.index[200:240])


@pytest.fixture(scope="module")
def fitted():
    with errors.ignoring(errors.OffbeatWarning):
        return offbeat.PCADetector(window=20).fit(gappy())


def read_a_file(folder):
    gappy().to_csv(folder / "load.csv")
    offbeat.load_data(folder / "load.csv")


@pytest.mark.parametrize(
    "way_in",
    [
        lambda fitted, _: fitted.decision_function(gappy()),
        lambda fitted, _: fitted.detect(gappy()),
        lambda fitted, _: fitted.predict(gappy()),
        lambda *_: offbeat.PCADetector(window=20).fit(gappy()),
        lambda *_: offbeat.Recording.from_frame(gappy()),
        lambda *_: offbeat.load_data(gappy()),
        lambda _, folder: read_a_file(folder),
    ],
    ids=["decision_function", "detect", "predict", "fit", "from_frame", "load_data", "file"],
)
def test_gaps_are_told_at_the_line_of_the_caller(way_in, fitted, tmp_path):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        way_in(fitted, tmp_path)
    assert "1 of 559 steps between rows are gaps" in str(
        next(each.message for each in told if each.category is errors.IrregularTimeWarning)
    )
    assert {each.filename for each in told if issubclass(each.category, errors.OffbeatWarning)} == {__file__}
