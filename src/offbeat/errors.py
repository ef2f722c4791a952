"""The exceptions and warnings of offbeat.

Every message says what was expected, what came, and what to do::

    OffbeatError
    ├── DataError (ValueError)            the data is at fault
    │   ├── FormatError                   a file cannot be read as what it claims to be
    │   ├── ShapeError                    wrong noun, length, number of channels or number of rows
    │   └── UnknownDatasetError           no data set of that name
    ├── ParameterError (ValueError)       a setting is outside its range
    ├── NotFittedError                    used before ``fit``; also scikit-learn's NotFittedError
    ├── ModelError (ValueError)           a saved model is missing, damaged or newer than this version
    ├── DownloadError (OSError)           a data set could not be fetched whole
    ├── OutputError (OSError)             a result could not be written
    └── MissingExtraError (ImportError)   an optional dependency is not installed

    OffbeatWarning (UserWarning)
    ├── IrregularTimeWarning              time steps come out of order, or share their timestamp
    └── MissingValuesWarning              some series hold missing values and get no score

The command line turns each :class:`OffbeatError` into one line on stderr and exit code 1; a :class:`ParameterError`,
which is wrong usage there, into exit code 2.
"""

from __future__ import annotations

from sklearn.exceptions import NotFittedError as SklearnNotFittedError

__all__ = [
    "DataError",
    "DownloadError",
    "FormatError",
    "IrregularTimeWarning",
    "MissingExtraError",
    "MissingValuesWarning",
    "ModelError",
    "NotFittedError",
    "OffbeatError",
    "OffbeatWarning",
    "OutputError",
    "ParameterError",
    "ShapeError",
    "UnknownDatasetError",
]


class OffbeatError(Exception):
    """Base class of every error that offbeat raises on purpose."""


class DataError(OffbeatError, ValueError):
    """The data cannot be used as asked."""


class FormatError(DataError):
    """A file is not what its name or its header says."""


class ShapeError(DataError):
    """An array has the wrong number of axes, time steps, channels or rows."""


class UnknownDatasetError(DataError):
    """Neither a path nor a name of the catalogue."""


class ParameterError(OffbeatError, ValueError):
    """A setting lies outside what it may be."""


class NotFittedError(OffbeatError, SklearnNotFittedError):  # type: ignore[misc]  # scikit-learn has no types
    """A detector or threshold was used before ``fit``."""


class ModelError(OffbeatError, ValueError):
    """A saved model is missing, damaged, or written by a newer version."""


class DownloadError(OffbeatError, OSError):
    """A data set could not be fetched, or its checksum is wrong."""


class OutputError(OffbeatError, OSError):
    """A result could not be written; nothing half-written was left."""


class MissingExtraError(OffbeatError, ImportError):
    """An optional dependency is missing; the message names the extra to install."""


class OffbeatWarning(UserWarning):
    """Base class of every warning that offbeat gives on purpose."""


class IrregularTimeWarning(OffbeatWarning):
    """Time steps come out of order, share their timestamp, or leave gaps; the message says what was done about it."""


class MissingValuesWarning(OffbeatWarning):
    """Some of the series hold missing values: they are left out of training, and scored NaN."""
