import errno
import os
import stat
import tempfile
from pathlib import Path

import pytest

from atomic_writers import (
    disk_full,
    everything_below,
    fail_half_way,
    names_in,
    refuse_renames_to,
    write_file,
    write_folder,
)
from offbeat.atomic import all_or_none, writing_file, writing_folder
from offbeat.errors import OffbeatError, OutputError
from offbeat.files.exchange import exchange
from offbeat.files.scratch import PREFIX


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
    refuse_renames_to(monkeypatch, target)
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
    with pytest.raises(OutputError, match="folder"):
        write_file(tmp_path / "result")
    assert everything_below(tmp_path) == ["result", "result/kept"]


def test_a_file_in_the_way_of_a_folder(tmp_path):
    write_file(tmp_path / "result", "mine")
    with pytest.raises(OutputError, match="file"):
        write_folder(tmp_path / "result")
    assert (tmp_path / "result").read_text() == "mine"
    assert everything_below(tmp_path) == ["result"]


def test_a_file_that_was_never_written_is_no_success(tmp_path):
    with pytest.raises(OutputError, match="No such file"), writing_file(tmp_path / "result"):
        pass
    assert everything_below(tmp_path) == []


# What is replaced


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_that_is_replaced_keeps_its_mode(tmp_path):
    target = tmp_path / "result"
    write_file(target)
    target.chmod(0o640)
    write_file(target, "newer")
    assert (target.read_text(), mode_of(target)) == ("newer", 0o640)


def test_a_folder_that_is_replaced_keeps_its_modes(tmp_path):
    target = tmp_path / "model"
    write_folder(target, ["secret", "old"])
    target.chmod(0o750)
    (target / "secret").chmod(0o600)
    write_folder(target, ["secret", "new"])
    (tmp_path / "plain").touch()
    assert [mode_of(path) for path in (target, target / "secret", target / "new")] == [
        0o750,
        0o600,
        mode_of(tmp_path / "plain"),
    ]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root may give files away")
def test_a_file_that_is_replaced_keeps_its_owner(tmp_path):
    target = tmp_path / "result"
    write_file(target)
    os.chown(target, 1234, 4321)
    write_file(target)
    assert (target.stat().st_uid, target.stat().st_gid) == (1234, 4321)


@pytest.mark.parametrize("write", [write_file, write_folder])
@pytest.mark.parametrize("there", [True, False], ids=["link", "dangling link"])
def test_a_link_is_written_through_and_stays(tmp_path, write, there):
    (tmp_path / "far").mkdir()
    if there:
        write(tmp_path / "far" / "result")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "far" / "result")
    write(link)
    assert link.is_symlink()
    assert (link if write is write_file else link / "new").read_text() == "new"
    assert not (tmp_path / "far" / "result").is_symlink()


@pytest.mark.parametrize("write", [write_file, write_folder])
def test_names_may_be_as_long_as_the_disk_has_them_and_no_longer(tmp_path, write):
    write(tmp_path / ("n" * 255))
    write(tmp_path / ("n" * 255))
    with pytest.raises(OutputError, match="cannot be written"):
        write(tmp_path / ("ä" * 200))
    assert everything_below(tmp_path)[0] == "n" * 255


@pytest.mark.parametrize("write", [write_file, write_folder])
@pytest.mark.parametrize("name", ["circle", "circle/below", "nul\0byte"])
def test_names_that_lead_nowhere_end_in_one_sentence(tmp_path, write, name):
    (tmp_path / "circle").symlink_to(tmp_path / "round")
    (tmp_path / "round").symlink_to(tmp_path / "circle")
    with pytest.raises(OutputError, match="cannot be written"):
        write(tmp_path / name)


def test_a_folder_is_exchanged_without_being_away(tmp_path):
    write_folder(tmp_path / "one", ["a"])
    write_folder(tmp_path / "other", ["b"])
    if not exchange(tmp_path / "one", tmp_path / "other"):
        pytest.skip("this disk cannot exchange folders")
    assert everything_below(tmp_path) == ["one", "one/b", "other", "other/a"]
    assert not exchange(tmp_path / "one", tmp_path / "nowhere")
    assert everything_below(tmp_path) == ["one", "one/b", "other", "other/a"]


# Devices, and folders of others


devices = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has other devices")


@devices
def test_what_has_no_name_is_written_to_as_it_is(tmp_path):
    with tempfile.TemporaryFile(dir=tmp_path) as nameless:
        write_file(f"/dev/fd/{nameless.fileno()}")
        nameless.seek(0)
        assert nameless.read() == b"new"
        assert everything_below(tmp_path) == []


@devices
def test_a_device_is_written_to_and_not_replaced():
    write_file("/dev/null")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    with pytest.raises(OutputError, match="No space left"):
        write_file("/dev/full")


def test_nothing_is_taken_from_where_a_planted_link_leads(tmp_path):
    (tmp_path / "mine" / "old" / "treasure").mkdir(parents=True)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / f"{PREFIX}planted").symlink_to(tmp_path / "mine")
    write_file(tmp_path / "shared" / "result")
    assert (tmp_path / "mine" / "old" / "treasure").is_dir()
    assert names_in(tmp_path / "shared") == [f"{PREFIX}planted", "result"]


def test_outputs_of_one_folder_share_a_scratch_folder_and_the_last_of_one_name_counts(tmp_path):
    with all_or_none():
        for name, text in (("a", "first"), ("b", "other"), ("a", "last")):
            with writing_file(tmp_path / name) as beside:
                beside.write_text(text)
        assert len([path for path in tmp_path.iterdir() if path.name.startswith(".")]) == 2
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "last", "b": "other"}
