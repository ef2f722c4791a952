"""Labels in the keys of streams: ``host=web1,site=berlin``."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["key_of", "labels_of"]

_PAIR = re.compile(r"(?:^|,)([a-zA-Z_]\w*)=((?:[^,\\]|\\.)*)", re.ASCII | re.DOTALL)


def labels_of(key: str) -> dict[str, str]:
    r"""Return the labels in the key of a stream, if it consists of them; a comma in a value follows a backslash.

    Examples
    --------
    >>> labels_of("host=web1,site=berlin"), labels_of("web1"), labels_of(r"name=a\,b")
    ({'host': 'web1', 'site': 'berlin'}, {}, {'name': 'a,b'})
    """
    found = {name: re.sub(r"\\(.)", r"\1", value) for name, value in _PAIR.findall(key)}
    return found if key_of(found) == key else {}


def key_of(labels: Mapping[str, str]) -> str:
    """Return the key of the stream with some labels; :func:`labels_of` returns them again.

    Examples
    --------
    >>> key_of({"host": "web1", "site": "berlin"})
    'host=web1,site=berlin'
    """
    return ",".join(f"{name}=" + re.sub(r"([,\\])", r"\\\1", value) for name, value in labels.items())
