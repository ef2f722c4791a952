"""Films: a picture an epoch, as MP4 that plays everywhere or as GIF."""

from __future__ import annotations

import contextlib
import math
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from itertools import chain, repeat
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from offbeat.atomic import writing_file
from offbeat.errors import DataError, MissingExtraError, OutputError, ParameterError, ShapeError
from offbeat.files.places import check_file_place
from offbeat.metrics.classification import macro_f1
from offbeat.report.drawing.style import BLUE, INK, RUST, headline, house_style, plain_numbers
from offbeat.report.figures.confusion import ConfusionPanel, checked_matrix
from offbeat.series.recording import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["confusion_film", "write_film"]

Frame = npt.NDArray[np.uint8]

_WIDTH, _HEIGHT, _DPI = 9.0, 5.6, 140  # inches, and dots an inch: 1260 × 784
_SMOOTH = 10  # pictures a second at least; players stumble over films that have fewer

_FILTERS = {
    # H.264 in yuv420p, which every player can show, wants an even number of rows and columns
    ".mp4": "fps={rate},pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white,format=yuv420p",
    ".gif": "split[all][few];[few]palettegen[palette];[all][palette]paletteuse=dither=none",
}
_CODECS = {
    ".mp4": ["-c:v", "libx264", "-crf", "20", "-preset", "veryfast", "-movflags", "+faststart"],
    ".gif": ["-c:v", "gif", "-loop", "0"],
}


def confusion_film(
    path: str | Path,
    train: Sequence[npt.ArrayLike],
    validation: Sequence[npt.ArrayLike],
    classes: Sequence[str],
    *,
    fps: float = 2.0,
    hold_s: float = 2.0,
    title: str = "Epoch",
) -> Path:
    """Write the confusion matrices of a training as a film: one picture an epoch, macro-F1 so far below them.

    Parameters
    ----------
    path : path
        Ends in ``.mp4`` or ``.gif``.
    train, validation : sequence of arrays of shape (n_classes, n_classes), one an epoch
        Counts; rows are the true classes. Either may be empty where it was not kept.
    classes : sequence of str
        Names of the classes, in the order of rows and columns.
    fps : float
        Epochs a second.
    hold_s : float
        For how many seconds the last epoch stays.
    title : str
        What to say before the number of the epoch.

    Returns
    -------
    Path
        Where the film is.

    Raises
    ------
    DataError
        If there is no epoch, or a matrix holds what is no count.
    ShapeError
        If a matrix does not fit the classes, or the parts have different numbers of epochs.
    ParameterError
        If the ending is neither, or ``fps`` or ``hold_s`` is out of range.
    MissingExtraError
        If matplotlib or imageio-ffmpeg is not installed.
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> epochs = [[[5, 5], [5, 5]], [[9, 1], [2, 8]]]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     confusion_film(Path(folder) / "training.gif", epochs, epochs, ["N", "V"]).name
    'training.gif'
    """
    given = {"training": train, "validation": validation}
    parts = {name: [checked_matrix(one, classes) for one in epochs] for name, epochs in given.items() if len(epochs)}
    if not parts:
        raise DataError("a film of a training needs a confusion matrix for each epoch, but there are none")
    if len({len(epochs) for epochs in parts.values()}) > 1:
        counts = ", ".join(f"{len(epochs)} of {name}" for name, epochs in parts.items())
        raise ShapeError(f"both parts have one matrix an epoch, got these: {counts}")
    return write_film(path, _confusion_frames(parts, classes, title), fps=fps, hold_s=hold_s)


def write_film(path: str | Path, frames: Iterable[Frame], *, fps: float = 2.0, hold_s: float = 2.0) -> Path:
    """Write pictures as a film, H.264 in MP4 or GIF by the ending; written beside, then renamed.

    Parameters
    ----------
    path : path
        Ends in ``.mp4`` or ``.gif``.
    frames : iterable of uint8 arrays of shape (height, width, 3)
        Red, green and blue; taken one by one, all of one size. An odd height or width gets a white edge in MP4.
    fps : float
        Pictures a second, 0.1 to 60.
    hold_s : float
        For how many seconds the last one stays, 0 to 60.

    Returns
    -------
    Path
        Where the film is.

    Raises
    ------
    ParameterError
        If the ending is neither, or a setting is out of range.
    DataError
        If there are no pictures.
    ShapeError
        If a picture is of another kind or size than the first.
    MissingExtraError
        If imageio-ffmpeg is not installed, or brings no program for this machine.
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> pictures = (np.full((40, 60, 3), shade, np.uint8) for shade in (0, 100, 200))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_film(Path(folder) / "dawn.mp4", pictures).stat().st_size > 500
    True
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in _CODECS:
        raise ParameterError(f"a film ends in .mp4 or .gif, got {path.name!r}")
    if not (0.1 <= fps <= 60 and 0 <= hold_s <= 60):
        raise ParameterError(f"a film has 0.1 to 60 pictures a second and holds 0 to 60 s, not {fps} and {hold_s}")
    program = _ffmpeg()
    check_file_place(path)
    pictures = _checked(frames, max(round(hold_s * fps), 1))
    first = next(pictures, None)
    if first is None:
        raise DataError("a film needs at least one picture, got none")
    with writing_file(path) as beside:
        _encode(_command(program, first, fps, kind, beside), chain([first], pictures), path)
    return path


def _ffmpeg() -> str:
    """Return where the program is that writes films."""
    try:
        program: str = import_module("imageio_ffmpeg").get_ffmpeg_exe()
    except ImportError as error:
        raise MissingExtraError(
            "films need imageio-ffmpeg, which is not installed: pip install 'offbeat[film]'"
        ) from error
    except RuntimeError as error:
        raise MissingExtraError(
            "films need the program ffmpeg, which 'offbeat[film]' does not bring for this kind of machine: "
            "install it, or name it in the environment variable IMAGEIO_FFMPEG_EXE"
        ) from error
    return program


def _checked(frames: Iterable[Frame], last: int) -> Iterator[Frame]:
    """Yield frames of one size, the last of them so many times."""
    frame, size = None, None
    for picture in frames:
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
            raise ShapeError(
                f"pictures have the shape (height, width, 3) and type uint8, got {picture.shape} {picture.dtype}"
            )
        if size not in (None, picture.shape):
            raise ShapeError(f"all pictures of a film have one size, got after {size} {picture.shape}")
        # a frame is written when the next is there, since only then it is known not to be the last
        if frame is not None:
            yield frame
        frame, size = np.array(picture, order="C"), picture.shape
    if frame is not None:
        yield from repeat(frame, last)


def _command(program: str, first: Frame, fps: float, kind: str, target: Path) -> list[str]:
    size = f"{first.shape[1]}x{first.shape[0]}"
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", f"{fps:.6g}", "-i", "-"]
    rate = f"{fps * math.ceil(_SMOOTH / fps):.6g}"
    # without dates and version numbers, the same pictures give the same file
    made = ["-vf", _FILTERS[kind].format(rate=rate), *_CODECS[kind], "-fflags", "+bitexact", "-flags:v", "+bitexact"]
    return [program, "-y", "-v", "error", "-threads", "2", *raw, "-an", *made, str(target)]


def _encode(command: list[str], frames: Iterable[Frame], path: Path) -> None:
    """Feed the frames to the program, and say so if it fails."""
    with tempfile.TemporaryFile() as complaints:
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": complaints}
        # a program that gave up no longer listens; its complaint says more than the broken pipe
        with contextlib.suppress(BrokenPipeError), subprocess.Popen(command, **pipes) as process:
            _feed(process, frames)
        if process.returncode:
            raise OutputError(f"{path} cannot be written: ffmpeg says {_last_line(complaints)}")


def _feed(process: subprocess.Popen[bytes], frames: Iterable[Frame]) -> None:
    if process.stdin is None:
        return
    try:
        for frame in frames:
            process.stdin.write(frame.data)
    except BrokenPipeError:
        return
    except BaseException:
        # what was begun is of no use
        process.kill()
        raise


def _last_line(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "nothing about the reason"


def _confusion_frames(parts: dict[str, list[FloatArray]], classes: Sequence[str], title: str) -> Iterator[Frame]:
    """Yield one picture an epoch, all drawn on one figure."""
    epochs = len(next(iter(parts.values())))
    with house_style():
        figure, panels, curves = _stage(list(parts), classes)
        lines = _curves(curves, parts, epochs)
    for epoch in range(epochs):
        # left before the picture is handed on: the style is not for those who wait for it
        with house_style():
            for name, panel in panels.items():
                panel.show(parts[name][epoch])
            for line, dot, values in lines:
                line.set_data(np.arange(1, epoch + 2), values[: epoch + 1])
                dot.set_data([epoch + 1], [values[epoch]])
            headline(figure, f"{title} {epoch + 1} of {epochs}")
            picture = _drawn(figure)
        yield picture


def _stage(names: list[str], classes: Sequence[str]) -> tuple[Figure, dict[str, ConfusionPanel], Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=_DPI, layout="constrained")
    grid = figure.add_gridspec(2, len(names), height_ratios=[4, 1])
    panels = {
        name: ConfusionPanel(figure.add_subplot(grid[0, column]), classes, name) for column, name in enumerate(names)
    }
    return figure, panels, figure.add_subplot(grid[1, :])


def _curves(axes: Axes, parts: dict[str, list[FloatArray]], epochs: int) -> list[tuple[Any, Any, FloatArray]]:
    """Prepare the macro-F1 of each part: a line that grows, and a dot at its end."""
    from matplotlib.ticker import MaxNLocator

    lines = []
    for (name, matrices), colour, dashes in zip(parts.items(), (BLUE, RUST), ("-", "--"), strict=False):
        values = np.array([macro_f1(matrix) for matrix in matrices])
        (line,) = axes.plot([], [], color=colour, linestyle=dashes, label=name)
        (dot,) = axes.plot([], [], color=colour, marker="o", markeredgecolor=INK, linestyle="none")
        lines.append((line, dot, values))
    every = np.concatenate([values for *_, values in lines])
    low = float(np.nanmin(every)) if np.isfinite(every).any() else 0.0
    axes.set(xlim=(0.5, epochs + 0.5), ylim=(max(0.0, math.floor(10 * low) / 10 - 0.02), 1.02))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("epoch")
    axes.set_ylabel("macro-F1")
    plain_numbers(axes.yaxis)
    axes.legend(loc="lower right", ncols=2)
    return lines


def _drawn(figure: Figure) -> Frame:
    """Return the figure as a picture, (height, width, 3)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    canvas.draw()
    # where everything stands is settled with the first picture, so that nothing jumps and the rest is drawn faster
    figure.set_layout_engine("none")
    return np.asarray(canvas.buffer_rgba())[:, :, :3]
