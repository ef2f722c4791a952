"""API keys: who may read, and who may push and change."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from offbeat.atomic import writing_file
from offbeat.errors import FormatError, ParameterError, failing_as

__all__ = ["ROLES", "Access", "add_key"]

Role = Literal["read", "write"]
ROLES: tuple[Role, ...] = ("read", "write")
"""A key to write may read, too."""


@dataclass(frozen=True)
class _Key:
    name: str
    role: Role
    digest: bytes


class Access:
    """The keys of a service; anybody may do anything where there are none.

    Keys are long and random, so that a plain hash keeps them secret; the file holds only hashes.

    Parameters
    ----------
    path : Path, optional
        The file of keys, see :func:`add_key`.

    Raises
    ------
    FormatError
        If it is none.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "keys.json"
    >>> token = add_key(path, "grafana", "read")
    >>> access = Access(path)
    >>> access.role(token), access.role("guess")
    ('read', None)
    """

    def __init__(self, path: Path | None = None) -> None:
        self._keys = [] if path is None else _read(path)

    @property
    def is_open(self) -> bool:
        """Whether there are no keys."""
        return not self._keys

    def role(self, token: str) -> Role | None:
        """Return what the holder of a token may do; None for nothing.

        It takes as long for every token.
        """
        digest, found = _digest(token), None
        for key in self._keys:
            if hmac.compare_digest(key.digest, digest):
                found = key.role
        return found


def add_key(path: Path, name: str, role: str) -> str:
    """Add a key to a file, new or not, and return its token, which is stored nowhere.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Whose it is; a key of that name is replaced.
    role : {"read", "write"}
        What it is for.

    Raises
    ------
    ParameterError
        If there is no such role, or the name is empty.
    FormatError, OutputError
        If the file is something else, or cannot be written.
    """
    known = next((each for each in ROLES if each == role), None)
    if not name:
        raise ParameterError(f"expected NAME:read or NAME:write, got {f':{role}'!r}: say whose key it is")
    if known is None:
        got = f"{name}:{role}" if role else name
        raise ParameterError(f"expected NAME:read or NAME:write, got {got!r}: say what the key is for, as {name}:read")
    token = secrets.token_urlsafe(32)
    keys = [key for key in (_read(path) if path.exists() else []) if key.name != name]
    keys.append(_Key(name, known, _digest(token)))
    plain = [{"name": key.name, "role": key.role, "sha256": key.digest.hex()} for key in keys]
    with writing_file(path) as beside:
        beside.touch(mode=0o600)
        beside.write_text(json.dumps({"keys": plain}, indent=2) + "\n", encoding="utf-8")
    return token


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", errors="surrogatepass")).digest()


def _read(path: Path) -> list[_Key]:
    with failing_as(FormatError, f"expected {path} as a file of keys", "make one with --add-key NAME:write"):
        found = json.loads(path.read_text(encoding="utf-8"))["keys"]
        keys = [_Key(str(each["name"]), each["role"], bytes.fromhex(each["sha256"])) for each in found]
        if not keys or any(key.role not in ROLES or len(key.digest) != hashlib.sha256().digest_size for key in keys):
            raise ValueError("expected keys with a name, a role and a hash")
    return keys
