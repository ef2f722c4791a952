"""Messages are one line that a terminal can show; what foreign code raises becomes an error of offbeat."""

import json

import pytest

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
