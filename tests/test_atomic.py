import errno
import os
from pathlib import Path

import pytest

from offbeat.atomic import writing_file, writing_folder
from offbeat.errors import OffbeatError, OutputError


def disk_full():
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def write_file(path, text="new"):
    with writing_file(path) as beside:
        beside.write_text(text)


def write_folder(path, names=("new",)):
    with writing_folder(path) as beside:
        for name in names:
            (beside / name).write_text(name)


def fail_half_way(context, path, error):
    with context(path) as beside:
        (beside if context is writing_file else beside / "half").write_text("half")
        raise error


def refuse_renames(monkeypatch, name):
    """Let the system refuse to rename ``name``, as it does when a disk goes away."""
    rename = Path.replace

    def refusing(self, target):
        if self.name == name:
            raise disk_full()
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", refusing)


def everything_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_file_is_there_when_all_went_well(tmp_path):
    target = tmp_path / "deep" / "down" / "result.txt"
    with writing_file(str(target)) as beside:
        beside.write_text("all of it")
        assert not target.exists()
        assert beside.suffix == ".txt"
    assert target.read_text() == "all of it"
    assert everything_below(target.parent) == ["result.txt"]


def test_a_file_takes_the_place_of_an_older_one(tmp_path):
    target = tmp_path / "result.txt"
    write_file(target, "old")
    write_file(target, "new")
    assert target.read_text() == "new"
    assert everything_below(tmp_path) == ["result.txt"]


def test_a_folder_is_replaced_whole(tmp_path):
    write_folder(tmp_path / "model", ["old", "both"])
    with writing_folder(tmp_path / "model") as beside:
        assert everything_below(beside) == []
        (beside / "both").write_text("newer")
        assert (tmp_path / "model" / "old").read_text() == "old"
    assert everything_below(tmp_path) == ["model", "model/both"]
    assert (tmp_path / "model" / "both").read_text() == "newer"


def test_a_new_folder_can_be_read_by_whom_the_umask_says(tmp_path):
    write_folder(tmp_path / "model")
    (tmp_path / "plain").mkdir()
    assert (tmp_path / "model").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("write", [write_file, write_folder])
def test_a_rename_that_fails_leaves_the_older_one(tmp_path, monkeypatch, write):
    target = tmp_path / "result"
    write(target)
    before = target.stat().st_ino
    refuse_renames(monkeypatch, "result" if write is write_file else "new")
    with pytest.raises(OutputError, match="No space left on device"):
        write(target)
    assert target.stat().st_ino == before
    assert everything_below(tmp_path) == (["result"] if write is write_file else ["result", "result/new"])


@pytest.mark.parametrize("context", [writing_file, writing_folder])
@pytest.mark.parametrize("error", [disk_full(), KeyboardInterrupt(), ValueError("odd")], ids=lambda e: type(e).__name__)
def test_a_failure_half_way_leaves_the_older_one_and_nothing_else(tmp_path, context, error):
    target = tmp_path / "result"
    (write_file if context is writing_file else write_folder)(target)
    before = everything_below(tmp_path)
    with pytest.raises(OutputError if isinstance(error, OSError) else type(error)):
        fail_half_way(context, target, error)
    assert everything_below(tmp_path) == before
    assert (target if context is writing_file else target / "new").read_text() == "new"


@pytest.mark.parametrize("context", [writing_file, writing_folder])
def test_a_failure_with_nothing_there_before_leaves_nothing(tmp_path, context):
    with pytest.raises(OutputError, match="No space left"):
        fail_half_way(context, tmp_path / "result", disk_full())
    assert everything_below(tmp_path) == []


def test_the_message_names_the_target_and_the_reason(tmp_path):
    with pytest.raises(OutputError) as caught, writing_file(tmp_path / "a.csv"):
        raise disk_full()
    assert str(caught.value) == (
        f"{tmp_path / 'a.csv'} cannot be written: No space left on device; nothing was left half-written"
    )
    assert isinstance(caught.value, OffbeatError)
    assert isinstance(caught.value, OSError)
    assert caught.value.__cause__.errno == errno.ENOSPC


@pytest.mark.parametrize("write", [write_file, write_folder])
def test_a_file_where_a_folder_must_be(tmp_path, write):
    (tmp_path / "blocked").write_text("mine")
    with pytest.raises(OutputError, match="cannot be written"):
        write(tmp_path / "blocked" / "result")
    assert (tmp_path / "blocked").read_text() == "mine"


def test_a_folder_in_the_way_of_a_file(tmp_path):
    write_folder(tmp_path / "result", ["kept"])
    with pytest.raises(OutputError, match="a folder of that name is in the way"):
        write_file(tmp_path / "result")
    assert everything_below(tmp_path) == ["result", "result/kept"]


def test_a_file_in_the_way_of_a_folder(tmp_path):
    write_file(tmp_path / "result", "mine")
    with pytest.raises(OutputError, match="a file of that name is in the way"):
        write_folder(tmp_path / "result")
    assert (tmp_path / "result").read_text() == "mine"
    assert everything_below(tmp_path) == ["result"]


def test_a_file_that_was_never_written_is_no_success(tmp_path):
    with pytest.raises(OutputError, match="No such file"), writing_file(tmp_path / "result"):
        pass
    assert everything_below(tmp_path) == []
