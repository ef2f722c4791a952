"""What a user asks for, as the options of a command and as one object."""

import dataclasses
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from offbeat.app.docstrings import documented, sentences
from offbeat.app.request import DetectorRequest, RecordRequest, Request, ThresholdRequest
from offbeat.cli.options import takes
from offbeat.errors import ParameterError


def run(command, *arguments):
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_a_command_gets_its_options_as_one_request():
    seen = []

    @takes(Request, "data", "label", "read", "data_dir")
    def command(request: Request, top: int = 3) -> None:
        seen.append((request, top))

    assert run(command, "x.csv", "--read", "order=sort", "--read", "gaps=nan", "--data-dir", "d").exit_code == 0
    assert seen == [(Request("x.csv", read=("order=sort", "gaps=nan"), data_dir=Path("d")), 3)]
    assert run(command, "x.csv", "--until", "3").exit_code == 2


def test_what_is_not_given_has_the_defaults_of_the_request():
    seen = []

    @takes(Request, "data")
    @takes(DetectorRequest)
    def command(request: Request, wanted: DetectorRequest) -> None:
        seen.append((request, wanted))

    assert run(command, "x").exit_code == 0
    assert seen == [(Request("x"), DetectorRequest())]


def test_without_the_field_that_it_is_about_there_is_no_request():
    seen = []

    @takes(Request, "data", "read", if_given="data")
    def command(request: Request | None) -> None:
        seen.append(request)

    assert run(command).exit_code == run(command, "--data", "x", "--read", "gaps=nan").exit_code == 0
    assert seen == [None, Request("x", read=("gaps=nan",))]
    with pytest.raises(ParameterError, match="--data"):
        run(command, "--read", "gaps=nan")


@pytest.mark.parametrize("kind", [Request, DetectorRequest, ThresholdRequest, RecordRequest])
def test_every_field_is_an_option_with_its_sentence_as_help(kind):
    @takes(kind)
    def command(request: kind) -> None:
        """Do nothing."""

    shown = "".join(run(command, "--help").output.split())
    for field in dataclasses.fields(kind):
        assert sentences(kind)[field.name].split()[0] in shown
    assert set(sentences(kind)) == {field.name for field in dataclasses.fields(kind)}


def test_training_data_are_read_as_the_data_but_have_no_normal_class():
    beats = Request("new", kind="beats", label="atr", normal="N", until="0.5", train="old", read=("lead=V1",))
    assert beats.for_training_data() == Request("old", kind="beats", label="atr", read=("lead=V1",))
    assert dataclasses.replace(beats, kind="recording").for_training_data().kind is None
    assert Request("new").for_training_data() is None


class Base:
    """A base.

    Parameters
    ----------
    one, two : int
        Both,
        of :class:`~a.b.Thing`.
    **common
        Others.
    """


class Derived(Base):
    """A class.

    Parameters
    ----------
    one : {"a", "b"}, default "a"
        Its ``own``.

    Returns
    -------
    three : int
        Nothing of this.
    """


def test_docstrings_are_read_from_the_class_and_its_bases():
    assert documented(Derived) == {"one": ('{"a", "b"}', "Its own."), "two": ("int", "Both, of a.b.Thing.")}
