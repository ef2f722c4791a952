from __future__ import annotations

import hashlib
import io
import os
import resource
import zipfile
from pathlib import Path
from typing import Any

import pytest

from offbeat.atomic import writing_file
from offbeat.data import DataFile, Dataset
from offbeat.errors import DownloadError
from offbeat.files.scratch import PREFIX
from processes import run_apart

TRAIN = b"a,0.5,0.25\nb,1.5,1.25\n" * 200
TEST = b"a,2.5,2.25\n" * 200


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/") + ".csv", content)
    return buffer.getvalue()


def left_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() or "." in path.name)


@pytest.fixture
def plain(site: Any) -> Dataset:
    site.contents |= {"train.csv": TRAIN, "test.csv": TEST}
    files = (
        DataFile("toy/train.csv", sha(TRAIN), f"{site.url}/train.csv"),
        DataFile("toy/test.csv", sha(TEST), f"{site.url}/test.csv"),
    )
    return Dataset("toy", "Toy", "a", files=files, label="first")


@pytest.fixture
def archived(site: Any) -> Dataset:
    site.contents["toy.zip"] = zipped(Toy__train=TRAIN, test=TEST, readme=b"")
    files = tuple(
        DataFile(f"toy/{name}.csv", sha(content), f"{site.url}/toy.zip", f"{name}.csv")
        for name, content in (("train", TRAIN), ("test", TEST))
    )
    return Dataset("toy", "Toy", "a", files=files, label="first")


@pytest.mark.parametrize("kind", ["plain", "archived"])
def test_files_go_to_the_cache_once(kind: str, request: pytest.FixtureRequest, site: Any, empty_machine: Path) -> None:
    toy: Dataset = request.getfixturevalue(kind)
    assert toy.load(download=True).counts() == {"a": 400, "b": 200}
    assert left_in(empty_machine) == ["toy/test.csv", "toy/train.csv"]
    assert len(site.requests) == (1 if kind == "archived" else 2)
    assert [path.read_bytes() for path in toy.fetch()] == [TRAIN, TEST]
    assert toy.locate() == toy.fetch()
    assert len(site.requests) == (1 if kind == "archived" else 2)


def test_files_go_to_a_folder_that_is_named_and_only_missing_ones(
    plain: Dataset, site: Any, tmp_path: Path, empty_machine: Path
) -> None:
    mine = tmp_path / "mine"
    (mine / "toy").mkdir(parents=True)
    (mine / "toy/test.csv").write_bytes(TEST)
    assert len(plain.load(mine, download=True)) == 600
    assert site.requests == ["train.csv"]
    assert left_in(mine) == ["toy/test.csv", "toy/train.csv"]
    assert not empty_machine.exists()


@pytest.mark.parametrize("kind", ["plain", "archived"])
@pytest.mark.parametrize("fault", ["truncated", "corrupt"])
def test_a_bad_download_leaves_nothing_and_the_next_one_is_clean(
    kind: str, fault: str, request: pytest.FixtureRequest, site: Any, empty_machine: Path
) -> None:
    toy: Dataset = request.getfixturevalue(kind)
    site.faults.append(fault)
    with pytest.raises(
        DownloadError, match=r"^http://127\.0\.0\.1.*try again later, or put toy/.*OFFBEAT_DATA"
    ) as caught:
        toy.load(download=True)
    assert "\n" not in str(caught.value)
    assert left_in(empty_machine) == []
    assert len(toy.load(download=True)) == 600


def test_another_file_than_expected_is_refused(plain: Dataset, site: Any, empty_machine: Path) -> None:
    site.contents["train.csv"] = TRAIN + b"a,1,1\n"
    with pytest.raises(DownloadError, match=r"toy/train\.csv "):
        plain.load(download=True)
    assert left_in(empty_machine) == []


@pytest.mark.parametrize("kind", ["plain", "archived"])
def test_not_found(kind: str, request: pytest.FixtureRequest, site: Any, empty_machine: Path) -> None:
    toy: Dataset = request.getfixturevalue(kind)
    site.contents.clear()
    with pytest.raises(DownloadError, match="404"):
        toy.load(download=True)
    assert left_in(empty_machine) == []


def test_archive_without_the_member_or_with_a_changed_one(archived: Dataset, site: Any, empty_machine: Path) -> None:
    site.contents["toy.zip"] = zipped(train=TRAIN)
    with pytest.raises(DownloadError, match=r"test\.csv"):
        archived.load(download=True)
    site.contents["toy.zip"] = zipped(train=TRAIN, test=TRAIN)
    with pytest.raises(DownloadError, match=r"toy/test\.csv "):
        archived.load(download=True)
    assert left_in(empty_machine) == []


def test_no_site_at_all(tmp_path: Path, empty_machine: Path) -> None:
    nowhere = DataFile("toy/a.csv", "0" * 64, "http://127.0.0.1:9/a.csv")
    with pytest.raises(DownloadError, match=r"no connection to 127\.0\.0\.1"):
        Dataset("toy", "Toy", "a", files=(nowhere,)).load(download=True)


def test_a_target_that_cannot_be_written(plain: Dataset, tmp_path: Path, empty_machine: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError, match="cannot be written to"):
        plain.load(tmp_path / "file/below", download=True)


def rewritten(archive: bytes, header_offset: int, value: int) -> bytes:
    """Change one byte of the entry of the first member in the directory of a zip archive."""
    changed = bytearray(archive)
    changed[changed.rfind(b"PK\1\2", 0, changed.find(b"PK\5\6")) + header_offset] = value
    return bytes(changed)


def spoilt(method: int) -> bytes:
    """Return an archive whose only member, the training part, is compressed so and damaged in the middle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("train.csv", hashlib.shake_256(b"noise").digest(9000))
    content = bytearray(buffer.getvalue())
    content[1000:1010] = b"\xff" * 10
    return bytes(content)


def claiming(size: int) -> bytes:
    """Return an archive whose member claims to be as large as that."""
    content = bytearray(zipped(train=TRAIN))
    entry = content.rfind(b"PK\1\2")
    content[entry + 24 : entry + 28] = size.to_bytes(4, "little")
    return bytes(content)


BAD_ARCHIVES = {
    "encrypted": rewritten(zipped(train=TRAIN), 8, 1),
    "unknown method": rewritten(zipped(train=TRAIN), 10, 99),
    "cut": zipped(train=TRAIN)[:60],
    "page": b"<html>please log in</html>",
    "deflated": spoilt(zipfile.ZIP_DEFLATED),
    "bzip2": spoilt(zipfile.ZIP_BZIP2),
    "lzma": spoilt(zipfile.ZIP_LZMA),
    "larger than may be": claiming(2**31),
}


@pytest.mark.parametrize("content", BAD_ARCHIVES.values(), ids=BAD_ARCHIVES)
def test_an_archive_that_lies_is_refused_and_leaves_nothing(content: bytes, site: Any, empty_machine: Path) -> None:
    site.contents["toy.zip"] = content
    file = DataFile("toy/train.csv", sha(TRAIN), f"{site.url}/toy.zip", "train.csv")
    with pytest.raises(DownloadError, match=r"http://127\.0\.0\.1"):
        Dataset("toy", "Toy", "a", files=(file,), label="first").load(download=True)
    assert left_in(empty_machine) == []


def test_what_a_killed_download_left_is_cleared_away(plain: Dataset, site: Any, empty_machine: Path) -> None:
    def die() -> None:
        with writing_file(empty_machine / "toy" / "train.csv") as beside:
            beside.write_bytes(TRAIN[:100])
            os._exit(9)

    run_apart(die)
    assert any(path.name.startswith(PREFIX) for path in (empty_machine / "toy").iterdir())
    assert len(plain.load(download=True)) == 600
    assert sorted(path.name for path in (empty_machine / "toy").iterdir()) == ["test.csv", "train.csv"]


def test_a_full_disk_is_told_and_leaves_nothing(plain: Dataset, empty_machine: Path) -> None:
    def fetch() -> int:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            plain.load(download=True)
        except DownloadError as error:
            return 3 if "cannot be written to" in str(error) else 4
        return 0

    assert run_apart(fetch) == 3
    assert left_in(empty_machine) == []
