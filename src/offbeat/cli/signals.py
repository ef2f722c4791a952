"""Signals that end the command, from its first moment on."""

from __future__ import annotations

import atexit
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

__all__ = ["SHELL_BASE", "Heard", "hearing"]

SHELL_BASE = 128
"""What shells add to the number of the signal that a command ended by."""

_USUAL = {
    getattr(signal, name): usual
    for name, usual in (
        ("SIGINT", signal.default_int_handler),
        ("SIGTERM", signal.SIG_DFL),
        ("SIGHUP", signal.SIG_DFL),
    )
    if hasattr(signal, name)
}


class Heard:
    """Which signal came; 0 for none."""

    number: int = 0

    @property
    def code(self) -> int:
        """The exit code for it."""
        return SHELL_BASE + self.number


@contextmanager
def hearing() -> Iterator[Heard]:
    """Turn Ctrl-C into KeyboardInterrupt and other endings into SystemExit, so that what is half-written is cleaned up.

    In the middle of an import nothing has begun that could be, and libraries turn interruptions of it into errors of
    their own: there the command ends at once, and wherever it is when a second signal comes. One that somebody has told
    us to ignore stays ignored.
    """
    heard = Heard()

    def hear(number: int, frame: FrameType | None) -> NoReturn:
        if heard.number or _is_importing(frame):
            _leave(number)
        heard.number = number
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(heard.code)

    ours = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, hear) for number in _USUAL if ours and _is_usual(number)}
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if before:
            atexit.register(_mind_no_more, list(before))


def _is_usual(number: int) -> bool:
    return signal.getsignal(number) == _USUAL[number]


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") == "importlib._bootstrap":
            return True
        frame = frame.f_back
    return False


def _leave(number: int, _: FrameType | None = None) -> NoReturn:
    if number == signal.SIGINT:
        os.write(2, b"offbeat: stopped\n")
    os._exit(SHELL_BASE + number)


def _mind_no_more(numbers: list[int]) -> None:
    """Leave at once from here on: all is written, and Python takes its time to take itself apart."""
    for number in numbers:
        signal.signal(number, _leave)
