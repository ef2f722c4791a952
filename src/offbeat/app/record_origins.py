"""What the results of a record were made from, so that a later run knows which of them still hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import joblib

from offbeat.app.annotated_records import annotations_beside
from offbeat.app.places import signal_files
from offbeat.app.request import RecordRequest
from offbeat.data import find
from offbeat.ecg.opening import is_catalogued
from offbeat.errors import OffbeatError
from offbeat.estimators.folder import model_files
from offbeat.files.digests import digest_of_files, digest_of_texts
from offbeat.records import Record
from offbeat.version import __version__

__all__ = ["changes", "origin_of"]

_NOT_OPTIONS = ("record", "data_dir", "model", "annotations")
"""Fields of a request that say where something lies: what lies there has a digest of its own."""


def origin_of(source: Any, wanted: RecordRequest) -> dict[str, Any]:
    """Return what the results of a record depend on, as JSON has it.

    Parameters
    ----------
    source : Any
        A path, a name of the catalogue, an open record, or samples in memory.
    wanted : RecordRequest
        How it is read and classified.

    Returns
    -------
    dict
        ``offbeat`` (its version), ``options``, and digests of the ``signals`` (of all files of the record), of the
        ``annotations`` that its beats are taken from (empty where there are none) and of the ``model`` (empty for the
        shipped one, which the version stands for). Where files lie does not matter.

    Examples
    --------
    >>> sorted(origin_of([0.1, 0.2], RecordRequest("")))
    ['annotations', 'model', 'offbeat', 'options', 'signals']
    """
    options = {name: value for name, value in asdict(wanted).items() if name not in _NOT_OPTIONS}
    return {
        "offbeat": __version__,
        "options": json.loads(json.dumps(options)),  # a tuple comes back as a list
        "annotations": _annotations(source, wanted),
        "model": "" if wanted.model is None else digest_of_files(model_files(wanted.model)),
        "signals": _signals(source),
    }


def changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return what differs between the origins of two results, each in a word or two.

    Examples
    --------
    >>> then = origin_of([0.1], RecordRequest(""))
    >>> changes(then, origin_of([0.2], RecordRequest("", lead=("II",))))
    ['its signals', 'the option lead']
    """
    old, new = then["options"], now["options"]
    found = [f"the option {name.replace('_', '-')}" for name in new if old.get(name) != new[name]]
    words = {
        "signals": "its signals",
        "annotations": "its annotations",
        "model": "the model",
        "offbeat": "the version of offbeat",
    }
    return [*(word for name, word in words.items() if then[name] != now[name]), *found]


def _annotations(source: Any, wanted: RecordRequest) -> str:
    """Return a digest of the annotation file beside a record that its beats are taken from; empty where none is."""
    path = Path(source) if isinstance(source, str | Path) else getattr(source, "path", None)
    file = None if path is None or wanted.annotations is None else annotations_beside(path, [wanted.annotations])
    return "" if file is None else digest_of_files([file])


def _signals(source: Any) -> str:
    """Return a digest of the signals of a record, whatever was given as its source."""
    if isinstance(source, str | Path):
        if is_catalogued(source):
            return digest_of_texts(file.sha256 for file in find(str(source)).files)
        return digest_of_files(_files_of(Path(source)))
    if isinstance(source, Record) and not source.in_memory:
        return digest_of_texts([digest_of_files(_files_of(source.path)), *source.channels])
    return str(joblib.hash(source, hash_name="sha1"))


def _files_of(path: Path) -> list[Path]:
    try:
        return list(signal_files(path))
    except (OffbeatError, OSError):  # to open it says what is wrong
        return [path]
