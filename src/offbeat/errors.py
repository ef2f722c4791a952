"""The exceptions and warnings of offbeat.

Every message says what was expected, what was found, and what to do::

    OffbeatError
    ├── DataError (ValueError)            the data is at fault
    │   ├── FormatError                   a file cannot be read as what it claims to be
    │   ├── ShapeError                    wrong kind, length, number of channels or number of rows
    │   └── UnknownDatasetError           no data set of that name
    ├── ParameterError (ValueError)       a setting is outside its range
    ├── NotFittedError                    used before ``fit``; also scikit-learn's NotFittedError
    ├── ModelError (ValueError)           a saved model is missing, damaged or newer than this version
    ├── DownloadError (OSError)           a data set could not be fetched whole
    ├── OutputError (OSError)             a result could not be written
    ├── PluginError (ImportError)         a class of another package cannot be used
    └── MissingExtraError (ImportError)   an optional dependency is not installed

    OffbeatWarning (UserWarning)
    ├── AmbiguousDateWarning              dates read as well with the day as with the month first
    ├── HardlyLearnedWarning              series are reconstructed clearly worse than by their mean
    ├── IrregularTimeWarning              time steps come out of order, or share their timestamp
    ├── ConstantWarning                   a channel never varies in the data learned from
    ├── LargeTrainingWarning              all windows to learn from at once take gigabytes of memory
    ├── MissingValuesWarning              some series hold missing values and get no score
    ├── RoundedValuesWarning              whole numbers are too large for a float to keep all their digits
    ├── PluginWarning                     a class of another package cannot be used; nothing else is affected
    ├── PrecisionWarning                  values vary by little more than they are rounded to
    ├── SampledDataWarning                only a part of a long recording was learned from
    └── SlowLoopsWarning                  long work is done without the compiler that makes it fast

The command line turns each :class:`OffbeatError` into one line on stderr and exit code 1; a :class:`ParameterError`,
which is wrong usage there, into exit code 2. So each message is one line that a terminal can show, however long or
strange the names and values in it are.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from offbeat.words import printable

__all__ = [
    "AmbiguousDateWarning",
    "ConstantWarning",
    "DataError",
    "DeviceError",
    "DownloadError",
    "FormatError",
    "HardlyLearnedWarning",
    "IncompleteClassError",
    "IrregularTimeWarning",
    "LargeTrainingWarning",
    "MissingExtraError",
    "MissingModuleError",
    "MissingValuesWarning",
    "ModelError",
    "NotFittedError",
    "OffbeatError",
    "OffbeatWarning",
    "OutputError",
    "ParameterError",
    "PluginError",
    "PluginWarning",
    "PrecisionWarning",
    "RoundedValuesWarning",
    "SampledDataWarning",
    "ShapeError",
    "SlowLoopsWarning",
    "UnknownDatasetError",
    "failing_as",
    "ignoring",
    "one_thread_at_a_time",
    "warn",
]

_LONGEST = 500
"""Characters of a message; of a longer one the middle is left out."""


class _Readable(Exception):
    """Shown as one line of bounded length, whatever its message holds."""

    def __str__(self) -> str:
        return printable(super().__str__(), _LONGEST)


class OffbeatError(_Readable):
    """Base class of every error that offbeat raises on purpose."""


class DataError(OffbeatError, ValueError):
    """The data cannot be used as asked."""


class FormatError(DataError):
    """A file is not what its name or its header claims."""


class ShapeError(DataError):
    """An array has the wrong number of axes, time steps, channels or rows."""


class UnknownDatasetError(DataError):
    """Neither a path nor a name of the catalogue."""


class ParameterError(OffbeatError, ValueError):
    """A setting lies outside what it may be."""


if TYPE_CHECKING:

    class NotFittedError(OffbeatError, ValueError, AttributeError):
        """A detector or threshold was used before ``fit``."""


class DeviceError(ParameterError):
    """A device was asked for that this machine lacks."""


class ModelError(OffbeatError, ValueError):
    """A saved model is missing, damaged, or written by a newer version."""


class MissingModuleError(ModelError):
    """A saved model needs a module of one's own that was not given; the message names it."""


class DownloadError(OffbeatError, OSError):
    """A data set could not be fetched, or its checksum is wrong."""


class OutputError(OffbeatError, OSError):
    """A result could not be written; nothing half-written was left."""


class IncompleteClassError(OffbeatError, TypeError):
    """A detector or classifier of one's own lacks methods, or a name; the message says which."""


class PluginError(OffbeatError, ImportError):
    """A class that another package offers as an entry point cannot be used; the message names both."""


class MissingExtraError(OffbeatError, ImportError):
    """An optional dependency is missing; the message names the extra to install."""


class OffbeatWarning(_Readable, UserWarning):
    """Base class of every warning that offbeat gives on purpose."""


class AmbiguousDateWarning(OffbeatWarning):
    """Dates such as 01/02/2024 make as good a series with the day first as with the month first."""


class ConstantWarning(OffbeatWarning):
    """A channel has one value in all of the data learned from: any other value counts as an anomaly."""


class HardlyLearnedWarning(OffbeatWarning):
    """Held-out normal series are reconstructed clearly worse than the mean series of the training data would do it."""


class IrregularTimeWarning(OffbeatWarning):
    """Time steps come out of order, share their timestamp, leave gaps, or are others than those learned from.

    The message says what was done about it.
    """


class LargeTrainingWarning(OffbeatWarning):
    """All windows to learn from are in memory at once, and take gigabytes of it."""


class MissingValuesWarning(OffbeatWarning):
    """Some of the series hold missing values: they are left out of training, and scored NaN."""


class ReadingWarning(OffbeatWarning):
    """Data was read in one way, and might have been meant in another."""


class RoundedValuesWarning(OffbeatWarning):
    """Whole numbers beyond 2^53, such as long identifiers, lose digits as floats."""


class PluginWarning(OffbeatWarning):
    """A class that another package offers as an entry point cannot be used; nothing else is affected."""


class PrecisionWarning(OffbeatWarning):
    """The values of a channel vary, but by little more than they are rounded to."""


class UnfamiliarBeatsWarning(OffbeatWarning):
    """Most beats of a record look like none of the patient that a model was adapted to: they may be of another one."""


class SampledDataWarning(OffbeatWarning):
    """Only a part of a long recording was learned from, since all of it would take too long to compare with."""


class SlowLoopsWarning(OffbeatWarning):
    """Very many pairs of windows are compared without numba, which takes several times as long as with it."""


@contextmanager
def failing_as(kind: type[OffbeatError], what: str, then: str = "") -> Iterator[None]:
    """Raise an error of offbeat in place of any error inside: for libraries that read files of unknown origin.

    Parsers raise exceptions of many types for damaged input, and no list of them is complete. Errors of offbeat pass
    unchanged. Keep the code inside small: a bug of ours there would be reported as a fault of the file.

    Parameters
    ----------
    kind : type
        The error to raise.
    what : str
        What cannot be done, such as ``"a.npy cannot be read"``; the reason follows in brackets.
    then : str
        What to do about it.

    Examples
    --------
    >>> with failing_as(FormatError, "a.json cannot be read", "write it again"):
    ...     [][1]
    Traceback (most recent call last):
    offbeat.errors.FormatError: a.json cannot be read (list index out of range): write it again
    """
    try:
        yield
    except (OffbeatError, Warning):  # a warning is raised only where the caller wants it so
        raise
    except Exception as error:
        raise kind(f"{what} ({_reason(error)}){': ' * bool(then)}{then}") from error


# Python keeps one list of warning filters for all threads. warnings.catch_warnings puts back the list that it found,
# so two threads that use it at once can put back each other's, and leave the process with filters that no one set. Here
# only what was put in is taken out again; libraries that use catch_warnings run in one thread at a time.
_LOCK = threading.RLock()


@contextmanager
def ignoring(*categories: type[Warning], message: str = "", module: str = "") -> Iterator[None]:
    """Suppress warnings inside: of these categories, with a message or from a module that matches.

    Parameters
    ----------
    *categories : type
        Without any, nothing is suppressed.
    message, module : str
        Regular expressions; everything where empty.

    Examples
    --------
    >>> with ignoring(UserWarning, message="too few"):
    ...     warnings.warn("too few scores", UserWarning)
    """
    text, where = (re.compile(pattern, re.IGNORECASE) if pattern else None for pattern in (message, module))
    ours = [("ignore", text, category, where, 0) for category in categories]
    with _LOCK:
        _filters()[:0] = ours
    try:
        yield
    finally:
        with _LOCK:
            kept = [entry for entry in _filters() if not any(entry is own for own in ours)]
            _filters()[:] = kept


_OURS = f"{Path(__file__).parent}{os.sep}"


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the line that called offbeat, however deep inside it the finding is made.

    Parameters
    ----------
    message : str
        What was found, and what to do.
    category : type
        A warning of offbeat.

    Examples
    --------
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     warn("too few scores", OffbeatWarning)
    >>> told[0].filename == __file__
    False
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    # Work in a thread or process of its own has no line of a caller.
    at = sys._getframe(1) if frame is None else frame
    module, told = at.f_globals.get("__name__", "offbeat"), at.f_globals.setdefault("__warningregistry__", {})
    warnings.warn_explicit(message, category, at.f_code.co_filename, at.f_lineno, module, told)


def quietly_imported(module: str) -> Any:
    """Import a module that brings tqdm, which warns in a notebook without widgets; nothing of ours needs these.

    Examples
    --------
    >>> quietly_imported("math").pi > 3
    True
    """
    with ignoring(Warning, message="IProgress not found"):
        return import_module(module)


@contextmanager
def one_thread_at_a_time() -> Iterator[None]:
    """Hold a lock that :func:`ignoring` takes, too: for calls of libraries that use ``warnings.catch_warnings``."""
    with _LOCK:
        yield


def _filters() -> list[Any]:
    filters: Any = warnings.filters
    assert isinstance(filters, list)
    return filters


def __getattr__(name: str) -> Any:
    """Make NotFittedError when it is first asked for: scikit-learn, whose own it is too, takes a second to import."""
    if name != "NotFittedError":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sklearn.exceptions import NotFittedError as SklearnNotFittedError

    doc = "A detector or threshold was used before ``fit``."
    made = type(name, (OffbeatError, SklearnNotFittedError), {"__doc__": doc, "__module__": __name__})
    return globals().setdefault(name, made)


def _reason(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, KeyError):
        return f"no {error} in it"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
