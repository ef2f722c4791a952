import gc
import subprocess
import sys
import warnings

import numpy as np
import pytest
from PIL import Image

from offbeat.errors import DataError, MissingExtraError, OutputError, ParameterError, ShapeError
from offbeat.report import confusion_film, write_film

pytest.importorskip("imageio_ffmpeg")

SHADES = (20, 120, 220)


def frames(height=48, width=64):
    for shade in SHADES:
        yield np.full((height, width, 3), shade, np.uint8)


def read(path):
    """Return the pictures of a film, (n, height, width, 3), and what ffmpeg says about it."""
    import imageio_ffmpeg

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # of the reader, not of what is tested
        reader = imageio_ffmpeg.read_frames(str(path))
        about = next(reader)
        width, height = about["size"]
        pictures = [np.frombuffer(picture, np.uint8).reshape(height, width, 3) for picture in reader]
        reader.close()
        gc.collect()
    return np.array(pictures), about


def test_an_mp4_plays_everywhere_and_holds_the_last_picture(tmp_path):
    path = write_film(tmp_path / "film.mp4", frames(), fps=2, hold_s=2)
    pictures, about = read(path)
    assert about["codec"] == "h264"
    assert about["pix_fmt"].startswith("yuv420p")
    assert about["fps"] == 10
    # 0.5 s each, and the last for 2 s
    assert len(pictures) == 5 + 5 + 20
    for at, shade in ((2, SHADES[0]), (7, SHADES[1]), (12, SHADES[2]), (29, SHADES[2])):
        assert abs(float(pictures[at].mean()) - shade) < 4
    # the index comes first, so that it plays while it loads
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_a_gif_has_a_picture_a_frame_and_loops(tmp_path):
    path = write_film(tmp_path / "film.GIF", frames(), fps=2, hold_s=0)
    content = path.read_bytes()
    assert content.startswith(b"GIF89a")
    assert b"NETSCAPE2.0" in content
    with Image.open(path) as film:
        assert film.n_frames == 3
        for at, shade in enumerate(SHADES):
            film.seek(at)
            assert film.info["duration"] == 500
            assert round(float(np.asarray(film.convert("L")).mean())) == shade


@pytest.mark.parametrize(("height", "width"), [(47, 63), (1, 1)])
def test_odd_sizes_get_an_edge(tmp_path, height, width):
    pictures, about = read(write_film(tmp_path / "film.mp4", frames(height, width)))
    assert about["size"] == (width + 1, height + 1)
    assert pictures[0, -1].mean() > 200


def test_the_same_pictures_give_the_same_file(tmp_path):
    first, second = (write_film(tmp_path / name, frames()).read_bytes() for name in ("a.mp4", "b.mp4"))
    assert first == second


def test_one_buffer_may_serve_for_all_pictures(tmp_path):
    def reused():
        buffer = np.empty((48, 64, 3), np.uint8)
        for shade in SHADES:
            buffer[:] = shade
            yield buffer

    again = write_film(tmp_path / "again.mp4", reused()).read_bytes()
    assert again == write_film(tmp_path / "plain.mp4", frames()).read_bytes()


def test_confusion_matrices_by_epoch(tmp_path):
    import matplotlib

    before = dict(matplotlib.rcParams)
    epochs = [[[8, 2], [4, 6]], [[9, 1], [1, 9]], [[10, 0], [0, 10]]]
    path = confusion_film(tmp_path / "new" / "training.mp4", epochs, epochs[::-1], ["N", "V"], fps=10, hold_s=0)
    pictures, about = read(path)
    assert len(pictures) == 3
    assert about["size"] == (1260, 784)
    # the left half gets a darker diagonal, the right one a lighter one
    cells = pictures[:, 80:500, :, 0].astype(float)
    off_diagonal = cells[:, :180, 380:600].mean(axis=(1, 2)), cells[:, :180, 1010:1230].mean(axis=(1, 2))
    assert off_diagonal[0][0] < off_diagonal[0][1] < off_diagonal[0][2]
    assert off_diagonal[1][0] > off_diagonal[1][1] > off_diagonal[1][2]
    assert dict(matplotlib.rcParams) == before


def test_a_part_that_was_not_kept_is_left_out(tmp_path):
    path = confusion_film(tmp_path / "film.mp4", [], [np.eye(2), 2 * np.eye(2)], ["N", "V"], fps=10, hold_s=0)
    assert len(read(path)[0]) == 2


def test_refusals_leave_nothing_behind(tmp_path):
    for name in ("film.avi", "film"):
        with pytest.raises(ParameterError, match=r"\.mp4 or \.gif"):
            write_film(tmp_path / name, frames())
    with pytest.raises(ParameterError, match="pictures a second"):
        write_film(tmp_path / "film.mp4", frames(), fps=0)
    with pytest.raises(DataError, match="at least one picture"):
        write_film(tmp_path / "film.mp4", iter([]))
    with pytest.raises(ShapeError, match="uint8"):
        write_film(tmp_path / "film.mp4", [np.zeros((4, 4, 3))])
    with pytest.raises(ShapeError, match="one size"):
        write_film(tmp_path / "film.mp4", [np.zeros((4, 4, 3), np.uint8), np.zeros((4, 6, 3), np.uint8)])
    with pytest.raises(DataError, match="for each epoch"):
        confusion_film(tmp_path / "film.mp4", [], [], ["N"])
    with pytest.raises(ShapeError, match="2 of training, 1 of validation"):
        confusion_film(tmp_path / "film.mp4", [np.eye(2)] * 2, [np.eye(2)], ["N", "V"])
    assert list(tmp_path.iterdir()) == []


def test_a_failure_on_the_way_keeps_the_old_film(tmp_path):
    path = write_film(tmp_path / "film.mp4", frames())
    before = path.read_bytes()

    def broken():
        yield from frames()
        raise RuntimeError("drawing failed")

    with pytest.raises(RuntimeError, match="drawing failed"):
        write_film(path, broken())
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["film.mp4"]


def test_a_complaint_of_the_program_becomes_an_error(tmp_path, monkeypatch):
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\necho 'no such encoder' >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", lambda: str(program))
    large = (np.zeros((500, 500, 3), np.uint8) for _ in range(5))
    with pytest.raises(OutputError, match="ffmpeg says no such encoder"):
        write_film(tmp_path / "film.mp4", large)
    assert not (tmp_path / "film.mp4").exists()


def test_a_folder_in_the_way_is_named(tmp_path):
    (tmp_path / "film.mp4").mkdir()
    with pytest.raises(OutputError, match="a folder of that name"):
        write_film(tmp_path / "film.mp4", frames())


def test_what_is_missing_is_named(tmp_path, monkeypatch):
    def nothing_here():
        raise RuntimeError("No ffmpeg exe could be found")

    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", nothing_here)
    with pytest.raises(MissingExtraError, match="IMAGEIO_FFMPEG_EXE"):
        write_film(tmp_path / "film.mp4", frames())
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(MissingExtraError, match=r"offbeat\[film\]"):
        write_film(tmp_path / "film.mp4", frames())


def test_no_process_or_file_is_left_open(tmp_path):
    code = (
        "import numpy as np; from offbeat.report import write_film\n"
        f"write_film({str(tmp_path / 'film.mp4')!r}, [np.zeros((8, 8, 3), np.uint8)] * 3)\n"
    )
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
