"""Writing that was interrupted, and several outputs that take their places together."""

import os
from pathlib import Path

import pytest

from atomic_writers import (
    everything_below,
    litter_in,
    names_in,
    refuse_renames_to,
    without_exchange,
    write_file,
    write_folder,
)
from offbeat.atomic import all_or_none, read_whole, writing_file, writing_folder
from offbeat.errors import OutputError
from offbeat.files.exchange import exchange
from offbeat.files.scratch import PREFIX
from processes import run_apart

# What was interrupted


def die_half_way(context, path):
    with context(path) as beside:
        (beside if context is writing_file else beside / "half").write_text("half")
        os._exit(9)


@pytest.mark.parametrize("context", [writing_file, writing_folder])
def test_what_a_dead_process_left_is_cleared_away_by_the_next(tmp_path, context):
    run_apart(lambda: die_half_way(context, tmp_path / "result"))
    assert litter_in(tmp_path)
    write_file(tmp_path / "another")
    assert everything_below(tmp_path) == ["another"]


def test_what_another_is_writing_is_left_alone(tmp_path):
    with writing_file(tmp_path / "one") as one:
        one.write_text("half")
        write_file(tmp_path / "other")
        assert one.read_text() == "half"
        one.write_text("whole")
    assert (tmp_path / "one").read_text() == "whole"
    assert everything_below(tmp_path) == ["one", "other"]


def die_between_renames(monkeypatch, target):
    def die(self, where):
        if Path(where) == target and self.parent.name == "new":
            os._exit(9)
        return rename(self, where)

    rename = Path.replace
    with monkeypatch.context() as patch:
        without_exchange(patch)
        patch.setattr(Path, "replace", die)
        run_apart(lambda: write_folder(target, ["newer"]))
    assert not target.exists()


def test_a_folder_that_was_moved_aside_is_still_read_and_comes_back(tmp_path, monkeypatch):
    target = tmp_path / "model"
    write_folder(target, ["older"])
    die_between_renames(monkeypatch, target)
    assert read_whole(target, names_in) == ["older"]
    write_file(tmp_path / "another")
    assert everything_below(tmp_path) == ["another", "model", "model/older"]


def test_a_folder_that_was_moved_aside_is_replaced_by_the_next(tmp_path, monkeypatch):
    target = tmp_path / "model"
    write_folder(target, ["older"])
    die_between_renames(monkeypatch, target)
    write_folder(target, ["newest"])
    assert everything_below(tmp_path) == ["model", "model/newest"]


def test_a_folder_that_is_replaced_while_it_is_read_is_read_again(tmp_path):
    target, seen = tmp_path / "model", []
    write_folder(target, ["older"])

    def read(folder):
        if not seen:
            write_folder(target, ["newer"])
        seen.append(names_in(folder))
        return seen[-1]

    assert read_whole(target, read) == ["newer"]
    assert len(seen) == 2


# Several at once


def test_all_take_their_place_together(tmp_path):
    with all_or_none():
        write_file(tmp_path / "a" / "one", "new")
        write_folder(tmp_path / "b")
        assert not (tmp_path / "a" / "one").exists()
    assert everything_below(tmp_path) == ["a", "a/one", "b", "b/new"]


def write_several(folder):
    write_folder(folder / "folder", ["newer"])
    for name in ("older", "newer", "last"):
        write_file(folder / name, "newer")


@pytest.mark.parametrize("exchanging", [True, False])
def test_if_one_cannot_take_its_place_none_does(tmp_path, monkeypatch, exchanging):
    write_file(tmp_path / "older", "older")
    write_folder(tmp_path / "folder", ["older"])
    before = everything_below(tmp_path)
    refuse_renames_to(monkeypatch, tmp_path / "last")
    if exchanging:
        monkeypatch.setattr("offbeat.atomic.exchange", exchange)
    with pytest.raises(OutputError, match="No space left"), all_or_none():
        write_several(tmp_path)
    assert everything_below(tmp_path) == before
    assert (tmp_path / "older").read_text() == "older"


def write_and_fail(folder):
    write_file(folder / "deep" / "one")
    with all_or_none():
        write_file(folder / "two")
    raise ValueError("odd")


def test_an_error_inside_leaves_nothing_at_all(tmp_path):
    with pytest.raises(ValueError, match="odd"), all_or_none():
        write_and_fail(tmp_path)
    assert everything_below(tmp_path) == []


def test_the_sizes_of_what_was_written_are_known_before_it_is_in_its_place(tmp_path):
    with all_or_none() as outputs:
        write_file(tmp_path / "one", "four")
        write_folder(tmp_path / "folder", ["inner"])
        sizes = outputs.sizes()
    assert sizes == {"one": 4, "folder/inner": (tmp_path / "folder" / "inner").stat().st_size}


def test_what_can_be_made_again_is_synced_only_where_it_replaces_something(tmp_path, monkeypatch):
    write_file(tmp_path / "older", "older")
    synced = []
    monkeypatch.setattr("offbeat.atomic.os.fsync", synced.append)
    with all_or_none(durable=False):
        write_file(tmp_path / "new")
        write_folder(tmp_path / "folder", ["newer"])
    assert synced == []
    with all_or_none(durable=False):
        write_file(tmp_path / "older", "newer")
    assert len(synced) == 2, "the file and its folder"
    assert (tmp_path / "older").read_text() == "newer"


def test_a_folder_of_many_entries_is_not_listed_for_each_output(tmp_path, monkeypatch):
    monkeypatch.setattr("offbeat.files.scratch._MANY", 3)
    for name in "abcde":
        write_file(tmp_path / name)
    (tmp_path / f"{PREFIX}left").mkdir()
    write_file(tmp_path / "f")
    assert (tmp_path / f"{PREFIX}left").is_dir()
    monkeypatch.setattr("offbeat.files.scratch._MINUTE", -1.0)
    monkeypatch.setattr("offbeat.files.scratch._swept_until", {})
    write_file(tmp_path / "g")
    assert not (tmp_path / f"{PREFIX}left").exists()
