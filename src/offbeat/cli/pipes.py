"""Standard input and output as they are, byte by byte, with an ear for signals while nothing goes in or out."""

from __future__ import annotations

import os
import select
import signal
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self

from offbeat.errors import DataError, OutputError
from offbeat.words import escaped

__all__ = ["Pipes"]

_PIECE = 2**16
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class Pipes:
    """Reads pieces and writes lines until a signal asks to stop; within a ``with``.

    The first SIGINT, SIGTERM or SIGHUP only sets :attr:`stopped`, so that nothing is torn apart that belongs together;
    another one ends the process as it would have otherwise. Ignored signals stay ignored.

    Parameters
    ----------
    patience : float, optional
        Seconds after which an empty piece comes if nothing else does.

    Attributes
    ----------
    stopped : int
        The signal that came; 0 for none.
    """

    def __init__(self, patience: float | None = None) -> None:
        self.patience, self.stopped = patience, 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._input, self._output = _number_of(sys.stdin, "input"), _number_of(sys.stdout, "output")
        # A signal makes a byte come in here, so that no wait misses one, however shortly before it comes.
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)
        self._wakeup = signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for number in (getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)):
            if signal.getsignal(number) != signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._woken.close()
        self._waker.close()

    def is_stopped(self) -> bool:
        """Whether a signal came."""
        return bool(self.stopped)

    def pieces(self) -> Iterator[bytes]:
        """Yield what comes in, to its end or to a signal; empty pieces while nothing comes.

        Raises
        ------
        DataError
            If the input cannot be read.
        """
        while not self.stopped:
            if not self._is_ready(self._input, None, self.patience):
                yield b""
                continue
            try:
                piece = os.read(self._input, _PIECE)
            except BlockingIOError:
                continue
            except OSError as error:
                raise DataError(f"the standard input cannot be read: {error.strerror or error}") from error
            if not piece:
                return
            yield piece

    def write(self, line: str) -> None:
        """Write a line, in UTF-8 wherever it goes.

        Raises
        ------
        BrokenPipeError
            If the reader has gone.
        OutputError
            If it cannot be written, or a signal came while the reader did not read.
        """
        # On a terminal control characters are written out; pipes and files get the line as it is.
        content = left = (escaped(line) if os.isatty(self._output) else line).encode() + b"\n"
        while left:
            ready = self._is_ready(None, self._output, None)
            if not ready and self.stopped and left is content:
                raise OutputError("the standard output was not read when the command was stopped")
            if ready:
                left = left[self._written(left) :]

    def sync(self) -> None:
        """See to it that what was written outlasts a power failure, where it goes to a file.

        Raises
        ------
        OutputError
            If it does not.
        """
        if stat.S_ISREG(os.fstat(self._output).st_mode):
            with _output():
                os.fsync(self._output)

    def _written(self, content: bytes) -> int:
        try:
            with _output():
                return os.write(self._output, content)
        except BlockingIOError:
            return 0

    def _is_ready(self, source: int | None, sink: int | None, patience: float | None) -> bool:
        """Wait until there is something to read, or room to write; not so after a signal, or if patience ends."""
        if sys.platform == "win32":
            return True  # there only sockets can be waited for
        sources = [self._woken.fileno(), *([] if source is None else [source])]
        readable, room, _ = select.select(sources, [] if sink is None else [sink], [], patience)
        if self._woken.fileno() in readable:
            self._woken.recv(64)
        return source in readable or bool(room)

    def _stop(self, number: int, _: FrameType | None) -> None:
        self.stopped = number
        for one, handler in self._before.items():
            signal.signal(one, handler)


@contextmanager
def _output() -> Iterator[None]:
    try:
        yield
    except (BrokenPipeError, BlockingIOError):
        raise
    except OSError as error:
        raise OutputError(f"the standard output cannot be written: {error.strerror or error}") from error


def _number_of(stream: Any, name: str) -> int:
    if stream is None:
        raise DataError(f"the standard {name} is closed: expected lines to read, and a place to write them to")
    return int(stream.fileno())
