"""Digests of files, by which a change of what lies at a path is noticed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

__all__ = ["digest_of_file", "digest_of_files", "digest_of_texts"]


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of the content of a file, as hexadecimal digits."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def digest_of_files(paths: Iterable[Path]) -> str:
    """Return a digest of the names and contents of files; one that cannot be read counts as empty."""
    parts = []
    for path in paths:
        try:
            parts += [path.name, digest_of_file(path)]
        except OSError:
            parts += [path.name, ""]
    return digest_of_texts(parts)


def digest_of_texts(texts: Iterable[str]) -> str:
    """Return a digest of texts in their order."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
