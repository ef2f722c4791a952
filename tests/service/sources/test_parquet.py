"""A folder in which files appear."""

import os

import pandas as pd
import pytest

from offbeat.service.sources import SourceError
from offbeat.service.sources.parquet import Parquet, ParquetSettings

pytest.importorskip("pyarrow")


def write(path, seconds, host="web1"):
    path.parent.mkdir(exist_ok=True, parents=True)
    times = pd.to_datetime([1_700_000_000 + second for second in seconds], unit="s", utc=True)
    pd.DataFrame({"host": host, "t": times, "cpu": [float(second) for second in seconds]}).to_parquet(path)


def source(folder, now=2e9, **settings):
    made = ParquetSettings(**({"name": "files", "folder": str(folder), "key": "host", "time": "t"} | settings))
    ticks = iter(range(10**6))
    return Parquet(made, lambda: now, lambda: 10.0 * next(ticks))


def values(kept):
    return [point.values for point in kept.points]


def test_files_are_read_in_the_order_of_their_names_and_once(tmp_path, kept):
    write(tmp_path / "b.parquet", range(10, 20))
    write(tmp_path / "a.parquet", range(10))
    kept.read(source(tmp_path))
    write(tmp_path / "c.parquet", range(20, 30))
    os.utime(tmp_path / "a.parquet")
    kept.read(source(tmp_path))
    assert values(kept) == [float(i) for i in range(30)]
    assert kept.points[0].time == 1_700_000_000_000_000


@pytest.mark.parametrize("n_pushes", [1, 2, 3])
def test_a_kill_neither_loses_nor_repeats(tmp_path, kept, n_pushes):
    for i in range(3):
        write(tmp_path / f"{i}.parquet", range(10 * i, 10 * i + 10))
    while len(kept.points) < 30:
        before = len(kept.points)
        kept.read(source(tmp_path, most=4), n_pushes=n_pushes)
        assert len(kept.points) > before
    assert values(kept) == [float(i) for i in range(30)]
    assert kept.n_repeated == 0


def test_a_file_that_is_being_written_is_waited_for_and_those_after_it(tmp_path, kept):
    write(tmp_path / "a.parquet", range(3))
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(whole[: len(whole) // 2])
    write(tmp_path / "b.parquet", range(3, 6))
    now = (tmp_path / "b.parquet").stat().st_mtime
    made = Parquet(source(tmp_path, settle=60.0, interval=0.0).settings, lambda: now + 1.0, lambda: now)
    assert kept.read(made) == []
    (tmp_path / "a.parquet").write_bytes(whole)
    kept.read(source(tmp_path))
    assert values(kept) == [float(i) for i in range(6)]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no table", b"PAR1" + b"x" * 99 + b"PAR1"])
def test_what_stays_broken_is_passed_over_until_it_is_mended(tmp_path, kept, content, caplog):
    (tmp_path / "a.parquet").write_bytes(content)
    write(tmp_path / "b.parquet", range(3))
    kept.read(source(tmp_path))
    assert values(kept) == [0.0, 1.0, 2.0]
    assert "a.parquet" in caplog.text
    write(tmp_path / "a.parquet", range(3, 6))
    kept.read(source(tmp_path))
    assert values(kept) == [float(i) for i in range(6)]


def test_folders_are_gone_through_and_what_is_hidden_is_not(tmp_path, kept):
    write(tmp_path / "day=1" / "a.parquet", range(2))
    write(tmp_path / ".hidden.parquet", [7])
    write(tmp_path / "_temporary" / "a.parquet", [8])
    write(tmp_path / "day=2" / "a.parquet", range(2, 4))
    kept.read(source(tmp_path))
    assert values(kept) == [0.0, 1.0, 2.0, 3.0]


def test_files_that_go_are_forgotten(tmp_path, kept):
    write(tmp_path / "a.parquet", range(2))
    kept.read(source(tmp_path))
    (tmp_path / "a.parquet").unlink()
    write(tmp_path / "b.parquet", range(2, 4))
    kept.read(source(tmp_path))
    assert "a.parquet" not in kept.positions["files"]


@pytest.mark.parametrize("inner", ["", "day=1"])
def test_a_folder_that_is_not_mounted_for_a_while_does_not_come_again(tmp_path, kept, inner):
    mounted, away = tmp_path / "exports" / inner, tmp_path / "away"
    write(tmp_path / "exports" / "day=2" / "z.parquet", range(20, 22))
    write(mounted / "a.parquet", range(10))
    kept.read(source(tmp_path / "exports", most=4), n_pushes=1)
    mounted.rename(away)
    mounted.mkdir()
    if inner:
        # Others go on meanwhile, and store the position.
        kept.read(source(tmp_path / "exports"))
        write(tmp_path / "exports" / "day=2" / "zz.parquet", range(30, 32))
    kept.read(source(tmp_path / "exports"))
    mounted.rmdir()
    away.rename(mounted)
    kept.read(source(tmp_path / "exports"))
    assert kept.n_repeated == 0
    expected = {*range(10), 20, 21, *((30, 31) if inner else ())}
    assert sorted(values(kept)) == sorted(float(i) for i in expected)


def test_a_file_of_another_clock_is_read_once_it_has_not_changed_for_a_while(tmp_path, kept):
    write(tmp_path / "a.parquet", range(3))
    written = (tmp_path / "a.parquet").stat().st_mtime
    kept.read(source(tmp_path, now=written - 86_400.0, settle=25.0, interval=0.0), n_idle=10)
    assert values(kept) == [0.0, 1.0, 2.0]


def test_an_empty_file_is_done(tmp_path, kept):
    write(tmp_path / "a.parquet", [])
    write(tmp_path / "b.parquet", [1])
    kept.read(source(tmp_path))
    assert values(kept) == [1.0]


def test_a_folder_that_is_not_there_is_named(tmp_path, kept):
    with pytest.raises(SourceError, match="nowhere"):
        kept.read(source(tmp_path / "nowhere"))
