"""Files below a folder, and what is no folder to look through."""

from pathlib import Path

import pytest

from offbeat.errors import DataError
from offbeat.files.finding import files_below


def test_hidden_files_and_folders_are_left_out(tmp_path):
    for name in ("a.csv", ".b.csv", ".hidden/c.csv", "in/d.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert sorted(path.name for path in files_below(tmp_path) if path.is_file()) == ["a.csv", "d.csv"]


def test_a_disk_or_a_home_is_not_looked_through(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for folder in (Path(tmp_path.anchor), tmp_path, tmp_path / "x" / ".."):
        with pytest.raises(DataError, match="name a folder in it"):
            files_below(folder)
