"""Valid files, damaged: bytes, text and JSON, each as a function of a generator of random numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

import numpy as np
from safetensors.numpy import load, save

import recorders
from offbeat.estimators.arrays import digest

__all__ = ["damaged_arrays", "damaged_bytes", "damaged_json", "damaged_sections", "damaged_text"]

LONG = 100_000

WORDS: tuple[str, ...] = (
    # Numbers that are none, too large, too small, or of another notation.
    *("", " ", "0", "-0", "-1", "+", ".", "1e", "1e400", "-1e400", "1e308", "4e-324", "1e15", "1e16"),
    *("nan", "inf", "-Inf", "Infinity", "1_0", "0x1F", "1,5", "1.2.3", "1e5.5", "²", "１２", "٣", "½"),
    *("9" * 30, "9" * 400, "-" * 50),
    # Times.
    *("2024-02-30", "2024-01-01", "0000-01-01", "1677-09-21", "9999-12-31T23:59:60", "31/12/2024", "25:61", "NaT"),
    *("2024-01-01T00:00:00+23:59", "2024-01-01 00:00:00 Mars/Base", "1e18", "1700000000000000000000"),
    # What separates, quotes and comments.
    *(",", ";", "\t", "|", ":", "~", "(", '"', "'", '"a,b', '"a\nb"', "#", "%", "=1+2", "\\", "$x$", "<b>"),
    *("{", "}", "[", "]", "{}", "[]", "null", "None", "true", "?", "N/A", "-"),
    *("@data", "@attribute x numeric", "@relation"),
    # What terminals and parsers stumble over.
    *("\r", "\n", "\r\n", "\x00", "\x1b[2J", "\x0b", "\x0c", "\x85", "\u2028", "\ufeff", "\u202e"),
    *("é", "日本", "\U0001f600"),
    # Places and names.
    *("../../x", "/etc/passwd", "C:\\x", "a" * 300, "x" * LONG, "[" * LONG, '"' + "y" * LONG),
)

NUMBERS = (0, 1, -1, 2, 7, 255, 2**31, -(2**31), 2**63, 10**12, 10**30, 0.5, -2.5, 1e308, float("inf"), float("nan"))
VALUES: tuple[Any, ...] = (
    *NUMBERS,
    *(None, True, False, "", "a", "\ud800", "x" * LONG, [], {}, [None], [[1], 2], [0] * 1000, {"a": {}}),
    *("os.system", "builtins.eval", "sklearn.pipeline.Pipeline", "sklearn.svm.SVC", "pyod.models.knn.KNN", "Quantile"),
    {"class": "sklearn.pipeline.Pipeline", "settings": {"steps": [], "memory": "cache"}},
    {"class": "os.system", "settings": {"command": "true"}},
    {"class": "Quantile", "settings": {"false_alarms": -1}},
    {"class": "PCADetector", "settings": {}},
    {"class": 1, "settings": 2},
)


def damaged_bytes(random: Random, content: bytes) -> bytes:
    """Return bytes with one to four pieces changed, cut, doubled, moved or put in."""
    data = bytearray(content)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        at = random.randrange(len(data) + 1)
        end = min(len(data), at + random.choice((1, 2, 4, 16, 64)))
        match random.randrange(10):
            case 0 if data:
                data[at % len(data)] = random.randrange(256)
            case 1 if data:
                data[at % len(data)] ^= 1 << random.randrange(8)
            case 2:
                data[at:at] = random.randbytes(random.choice((1, 3, 8)))
            case 3:
                del data[at:end]
            case 4:
                del data[at:]
            case 5:
                data[at:at] = data[at:end]
            case 6:
                data[at : at + 4] = random.choice((0, 1, 2**31 - 1, 2**31, 2**32 - 1)).to_bytes(4, "little")
            case 7:
                data[at : at + 8] = random.choice((0, 2**40, 2**63 - 1, 2**64 - 1)).to_bytes(8, "little")
            case 8:
                # In place, as headers of fields with a fixed width need it.
                word = _word(random)[:80].ljust(random.choice((0, 4, 8)))
                data[at : at + len(word)] = word
            case _:
                data[at:at] = _word(random)
    return bytes(data)


def damaged_arrays(random: Random, content: bytes) -> bytes:
    """Return a safetensors file with an array changed, or without it; or damaged as bytes are."""
    if random.random() < 0.4:
        return damaged_bytes(random, content)
    length = int.from_bytes(content[:8], "little")
    notes = json.loads(content[8 : 8 + length]).get("__metadata__")
    arrays = load(content)
    for _ in range(random.choice((1, 1, 2))):
        name = random.choice([*arrays, *arrays, "extra"])
        array = arrays.pop(name, np.zeros(3))
        if random.random() < 0.9:
            arrays[name] = np.ascontiguousarray(_other_array(random, array))
    # What guards against damage by chance would keep all this from being looked at.
    notes = {**(notes or {}), "digest": digest(arrays)}
    notes.pop("checksum", None)
    if random.random() < 0.2:
        notes[random.choice([*notes, "extra"])] = random.choice(("", "0", "-1", "1e400", "9" * 5000, "nan", "x" * LONG))
    return save(arrays, notes)


def damaged_sections(random: Random, content: bytes) -> bytes:
    """Return an SCP-ECG file with one or two sections damaged, and checksums that are right all the same."""
    contents = recorders.scp_contents(content)
    for number in random.sample(sorted(contents), random.choice((1, 1, 2))):
        contents[number] = damaged_bytes(random, contents[number])
    return recorders.scp_bytes(contents)


def damaged_text(random: Random, content: bytes) -> bytes:
    """Return text with other lines, cells or an other encoding; or damaged as bytes are."""
    kind = random.randrange(10)
    if kind == 0:
        return damaged_bytes(random, content)
    if kind == 1:
        encoding = random.choice(("utf-16", "utf-32", "utf-16-be", "utf-8-sig", "utf-7", "cp500"))
        return content.decode("latin-1").encode(encoding)
    if kind == 2:
        end = random.choice(("\r", "\r\n", "\n\n", "\n\r", " \n", ",\n", "\x00\n", "\u2028"))
        return content.replace(b"\n", end.encode())
    lines = content.split(b"\n")
    for _ in range(random.choice((1, 1, 2, 4))):
        _damage_line(random, lines)
    return b"\n".join(lines)


def damaged_json(random: Random, content: bytes) -> bytes:
    """Return JSON with other values, without some, or with more; now and then damaged as text is."""
    whole = json.loads(content)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        holder, key = random.choice([*_places(whole)] or [({}, "")])
        if random.random() < 0.2 and isinstance(holder, dict):
            holder.pop(key, None)
        elif random.random() < 0.1 and isinstance(holder, dict):
            holder[random.choice(("class", "settings", "format", "window", "extra"))] = _value(random)
        else:
            holder[key] = _value(random)
    text = json.dumps(whole).encode()
    if random.random() < 0.1:
        text = damaged_text(random, text)
    if random.random() < 0.03:
        text = random.choice((b"[" * LONG, b'{"a":' * LONG, b"", b"1", b"null", b'{"format": ' + b"9" * 5000 + b"}"))
    return text


def _other_array(random: Random, array: Any) -> Any:
    match random.randrange(10):
        case 0:
            return array[:0] if array.ndim else array[None][:0]
        case 1:
            return np.concatenate([array.ravel(), array.ravel()])
        case 2:
            return array[None]
        case 3:
            return array.T
        case 4:
            return array.ravel()
        case 5:
            return array.astype(random.choice((np.int8, np.int64, np.uint64, np.float16, np.float64, np.bool_)))
        case 6:
            return np.zeros_like(array)
        case 7:
            return -array if array.dtype != bool else ~array
        case _:
            changed = array.copy().ravel()
            if changed.size:
                values = (np.nan, np.inf, -1, 0, 1e30) if changed.dtype.kind == "f" else (0, 1, 127)
                changed[random.randrange(changed.size)] = random.choice(values)
            return changed.reshape(array.shape)


def _damage_line(random: Random, lines: list[bytes]) -> None:
    at = random.randrange(len(lines))
    match random.randrange(9):
        case 0 if len(lines) > 1:
            del lines[at]
        case 1:
            lines.insert(at, random.choice(lines))
        case 2:
            lines[at] = _word(random)
        case 3:
            del lines[at + 1 :]
        case 4:
            lines[at] *= random.choice((2, 40))
        case 5:
            other = random.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case _:
            cells = re.split(rb"([,;\t:/ =()]+)", lines[at])
            cell = random.randrange(len(cells))
            cells[cell : cell + random.randrange(2) + random.randrange(2)] = [_word(random)]
            lines[at] = b"".join(cells)


def _value(random: Random) -> Any:
    # A copy: what is put in may be damaged itself, and must not be there for the next case.
    return deepcopy(random.choice(VALUES))


def _word(random: Random) -> bytes:
    return random.choice(WORDS).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place of a nested value, as its holder and its key there."""
    keys = list(value) if isinstance(value, dict) else range(min(len(value), 20)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])
