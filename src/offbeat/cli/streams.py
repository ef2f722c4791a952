"""The standard streams in any state: closed, full, gone, or without the characters that we use."""

from __future__ import annotations

import codecs
import io
import os
import sys
from contextlib import suppress
from typing import Any

__all__ = ["fault_of", "open_streams", "silence"]

_ERRORS = "offbeat"
_PLAIN = {"–": "-", "—": "-", "−": "-", "×": "x", "…": "...", "·": ".", "±": "+-", "µ": "u", "μ": "u", "→": "->"}
_ESCAPED_BYTE = 0xDC00
"""What Python adds to a byte of a file's name that is no text."""


def open_streams() -> None:
    """Give each standard stream something to be, and let none of them fail at a character.

    A closed stdin is empty, a closed stderr discards its input, and a closed stdout cannot be written, which is
    an error where there is something to write.
    """
    codecs.register_error(_ERRORS, _plainly)
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, _stand_in(name))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_ERRORS)
    buffer = getattr(sys.stdout, "buffer", None)
    file = getattr(buffer, "raw", buffer)
    if type(file) is io.FileIO:
        # Told not to buffer (PYTHONUNBUFFERED), Python has the file itself for a buffer.
        at_once = bool(sys.stdout.line_buffering or file is buffer)
        sys.stdout = _reporting(file.fileno(), sys.stdout.encoding, line_buffering=at_once)


class _Output(io.FileIO):
    """Says of its failures whose they are, to whoever writes there; a reader that has gone is another matter."""

    def write(self, content: Any) -> int:  # the stubs have two signatures for one
        """Write what fits."""
        try:
            return super().write(content)
        except BrokenPipeError:
            raise
        except OSError as error:
            from offbeat.errors import OutputError

            raise OutputError(f"the standard output cannot be written: {error.strerror or error}") from error


def _reporting(number: int, encoding: str, *, line_buffering: bool) -> io.TextIOWrapper:
    buffer = io.BufferedWriter(_Output(number, "w", closefd=False))
    return io.TextIOWrapper(buffer, encoding, _ERRORS, line_buffering=line_buffering)


def fault_of(stream: Any) -> OSError | None:
    """Return why a stream does not take what still waits in it; None if it does."""
    try:
        stream.flush()
    except OSError as error:
        return error
    return None


def silence(stream: Any) -> None:
    """Let a stream lead nowhere from here on, so that nothing fails at it again, not even the end of Python."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _stand_in(name: str) -> io.TextIOWrapper:
    # The lowest free number is that of the closed stream: no file of ours gets it. As nothing can be written to what is
    # open for reading, a closed stdout fails as a full one does.
    number = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
    if name == "stdin":
        return io.TextIOWrapper(io.BufferedReader(io.FileIO(number, closefd=False)), "utf-8")
    return _reporting(number, "utf-8", line_buffering=False)


def _plainly(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return what stands for a character that a stream does not have: the byte that it was, its like, or its number."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    character, after = error.object[error.start], error.start + 1
    byte = ord(character) - _ESCAPED_BYTE
    if 0x80 <= byte <= 0xFF:
        return bytes([byte]), after
    return _PLAIN.get(character) or character.encode("unicode_escape").decode("ascii"), after
