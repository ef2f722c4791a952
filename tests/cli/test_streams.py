"""What the command does with streams that are closed, full, gone or of few characters: in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

OFFBEAT = Path(sys.executable).with_name("offbeat")
NOISE = ("Traceback", "Exception ignored", "please report")


def run(command, **environment):
    """Run a line of the shell in which ``offbeat`` is the command.

    ``PYTHONUNBUFFERED`` is set only where it is asked for, and no data lie here, whose checksums are long to count.
    """
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONUNBUFFERED", "OFFBEAT_DATA")}
    kept |= {"PATH": f"{OFFBEAT.parent}{os.pathsep}{kept['PATH']}", **environment}
    ended = subprocess.run(["bash", "-c", command], capture_output=True, env=kept, timeout=120, check=False)
    return ended.returncode, ended.stdout.decode(), ended.stderr.decode()


def is_one_line(text):
    return text.count("\n") == 1 and text.startswith("offbeat: ") and not any(word in text for word in NOISE)


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="there is no /dev/full here")
@pytest.mark.parametrize(
    ("arguments", "unbuffered"),
    [("--help", ""), ("--help", "1"), ("--version", ""), ("--version", "1"), ("data list", "")],
)
def test_a_full_disk_behind_stdout_is_one_line(arguments, unbuffered):
    code, _, err = run(f"offbeat {arguments} > /dev/full", PYTHONUNBUFFERED=unbuffered)
    assert code == 1
    assert is_one_line(err)
    assert "No space left" in err


def test_a_closed_stdout_cannot_be_written():
    code, _, err = run("offbeat data list >&-")
    assert code == 1
    assert is_one_line(err)


def test_a_closed_stdin_or_stderr_is_no_matter():
    assert run("offbeat --version <&-")[0] == 0
    assert run("offbeat data get synthetic-curves 2>&-") == (0, "", "")
    assert run("offbeat nonsense 2>&-")[0] == 2
    assert run("offbeat data list <&- >&- 2>&-")[0] == 1


@pytest.mark.parametrize("arguments", ["--help", "data list"])
def test_a_reader_that_has_gone_is_no_error(arguments):
    assert run(f"set -o pipefail; offbeat {arguments} | true") == (0, "", "")


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="there is no /dev/full here")
def test_progress_that_nobody_hears_stops_no_work(tmp_path):
    code, *_ = run(f"cd {tmp_path}; offbeat fit synthetic-metrics -d pca --out model > table 2> /dev/full")
    assert code == 0
    assert (tmp_path / "model" / "config.json").is_file()
    assert "pca" in (tmp_path / "table").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
    ids=["PYTHONIOENCODING", "locale"],
)
@pytest.mark.parametrize("arguments", ["--help", "data list", "fit ☃ --out x"])
def test_a_terminal_without_our_characters_gets_plain_ones(arguments, environment):
    code, out, err = run(f"offbeat {arguments}", **environment)
    assert code == ("fit" in arguments)
    assert (out + err).isascii()
    assert not any(word in err for word in NOISE)


def test_the_command_is_a_module_too():
    ended = subprocess.run([sys.executable, "-m", "offbeat", "--version"], capture_output=True, check=True)
    assert ended.stdout.startswith(b"offbeat ")


def test_help_imports_no_science():
    told = "import sys; sys.argv = ['offbeat', '-h']\ntry: import offbeat.cli.main as m; m.main()\nfinally: print()"
    ask = f"{told}; print(sorted({{'numpy', 'pandas', 'sklearn', 'torch'}} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False)
    assert ended.stdout.splitlines()[-1] == "[]"
