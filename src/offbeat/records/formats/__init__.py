"""The formats of single files, recognised by what they begin with, whatever they are called."""

from __future__ import annotations

from offbeat.records.formats.registry import FILE_SUFFIXES, FORMATS, TABLE_SUFFIXES, Format, open_file, what_is_read

__all__ = ["FILE_SUFFIXES", "FORMATS", "TABLE_SUFFIXES", "Format", "open_file", "what_is_read"]
