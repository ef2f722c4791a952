"""The real command in processes that begin at once: a server imports everything one time, and forks for each."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import redirect_stderr, suppress
from pathlib import Path

__all__ = ["Commands", "Piped"]


class Commands:
    """Starts commands, one at a time or several, within a ``with``."""

    def __enter__(self):
        self._server = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=_environment(),
        )
        return self

    def __exit__(self, *_):
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()

    def start(self, *arguments, stdin=os.devnull, stdout=os.devnull, stderr=os.devnull, ignoring=()):
        """Start ``offbeat`` in the current folder, with files or named pipes as its streams; return its number."""
        argv, streams = [str(one) for one in arguments], [str(stream) for stream in (stdin, stdout, stderr)]
        asked = {
            "argv": argv,
            "folder": str(Path.cwd()),
            "streams": streams,
            "ignoring": [int(one) for one in ignoring],
        }
        return self._ask(asked)

    def run(self, *arguments, stdin=""):
        """Run ``offbeat`` on a text; return its exit code and what it wrote to stdout and stderr."""
        with tempfile.TemporaryDirectory() as folder:
            given, out, err = (Path(folder) / name for name in ("in", "out", "err"))
            given.write_text(stdin)
            code = self.wait(self.start(*arguments, stdin=given, stdout=out, stderr=err))
            return code, out.read_text(), err.read_text()

    def wait(self, pid):
        """Return the exit code of a process, negative where a signal ended it."""
        return self._ask({"wait": pid})

    def _ask(self, what):
        self._server.stdin.write(json.dumps(what) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())


class Piped:
    """A command with its input and output in our hands, within a ``with``."""

    def __init__(self, commands, place, *arguments, **more):
        for name in ("in", "out"):
            os.mkfifo(place / name)
        self.commands, self.err = commands, place / "err"
        self.pid = commands.start(*arguments, stdin=place / "in", stdout=place / "out", stderr=self.err, **more)
        self.into, self.out = (place / "in").open("wb", 0), (place / "out").open("rb", 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for end in (self.into, self.out):
            end.close()

    def end(self, number=None):
        """Send a signal where one is given, and return the exit code and what was said."""
        if number is not None:
            os.kill(self.pid, number)
        else:
            self.into.close()
        return self.commands.wait(self.pid), self.err.read_text()


def _environment():
    """Return the environment of commands: what a test of this process has set must not reach those of others."""
    own = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "OFFBEAT_DATA")}
    # A library that has started threads would not have them after a fork.
    return {**own, "OMP_NUM_THREADS": "1"}


def _serve():
    from offbeat.app.lines import LineStream
    from offbeat.cli.main import main
    from offbeat.detectors.registry import detector_classes

    assert detector_classes()
    assert LineStream
    _import_the_rest(main)
    # As in any process that Python has not begun to run in yet, whatever whoever runs the tests has told us to ignore.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            answer = os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1])
        else:
            answer = os.fork() or _run(main, **asked)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _import_the_rest(main):
    """Run a command that fails at once: what it imports and builds on its way is there for all that follow."""
    sys.argv = ["offbeat", "watch", os.devnull]
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere), suppress(SystemExit):
        main()


def _run(main, argv, folder, streams, ignoring):
    code = 70
    try:
        os.chdir(folder)
        for number in ignoring:
            signal.signal(number, signal.SIG_IGN)
        for number, (path, flags) in enumerate(zip(streams, _FLAGS, strict=True)):
            os.dup2(os.open(path, flags, 0o666), number)
        sys.stdin, sys.stdout, sys.stderr = (
            os.fdopen(number, mode, closefd=False) for number, mode in enumerate("rww")
        )
        sys.argv = ["offbeat", *argv]
        if signal.SIGINT not in ignoring:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


_FLAGS = (os.O_RDONLY, os.O_WRONLY | os.O_CREAT | os.O_APPEND, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

if __name__ == "__main__":
    _serve()
