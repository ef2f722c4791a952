"""What was taken for what: confusion matrices, side by side where there are several."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ShapeError
from offbeat.metrics.classification import accuracy, macro_f1
from offbeat.report.drawing.style import BLUE, INK, PALE, headline, house_style, need, panel_grid
from offbeat.series.recording import FloatArray
from offbeat.words import percent, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["confusion_figure"]

Matrix = npt.ArrayLike

_HEIGHT = 4.0  # inches
_NO_ROW = "#f0f0f2"  # the cells of a class that does not occur
_DARK = 0.4  # share of a row from which its cell is too dark for dark text


def confusion_figure(matrices: Matrix | Mapping[str, Matrix], classes: Sequence[str], title: str = "") -> Figure:
    """Draw a confusion matrix, or several side by side: counts, shares of the true class, coloured by those shares.

    Below each predicted class stands its positive predictivity, how many of those predicted as such are. Macro-F1 is
    the mean over the classes that occur, in truth or as a prediction.

    Parameters
    ----------
    matrices : array of shape (n_classes, n_classes), or mapping of str to such arrays
        Counts; rows are the true classes, columns the predicted ones. A mapping has a name for each, such as
        ``training`` and ``validation``.
    classes : sequence of str
        Names of the classes, in the order of rows and columns.
    title : str
        What to say above; nothing where empty.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a matrix.

    Raises
    ------
    ShapeError
        If a matrix is not square or does not fit the classes.
    DataError
        If there is no matrix, or a count is negative or not a number.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> figure = confusion_figure({"validation": [[90, 10], [5, 45]]}, ["N", "V"])
    >>> figure.axes[0].get_title("left")
    'validation: accuracy 90%, macro-F1 0.890'
    """
    several: Mapping[str, Matrix] = matrices if isinstance(matrices, Mapping) else {"": matrices}
    checked = {name: checked_matrix(matrix, classes) for name, matrix in several.items()}
    if not checked:
        raise DataError("a figure of confusion matrices needs at least one, got none")
    with house_style():
        figure, panels = panel_grid(1, len(checked), height=_HEIGHT, extra=0.5 if title else 0.1)
        for axes, (name, matrix) in zip(panels[0], checked.items(), strict=True):
            ConfusionPanel(axes, classes, name).show(matrix)
        if title:
            headline(figure, title)
    return figure


def checked_matrix(matrix: Matrix, classes: Sequence[str]) -> FloatArray:
    """Return the counts, (n_classes, n_classes).

    Raises
    ------
    ShapeError
        If it is not square or does not fit the classes.
    DataError
        If a count is negative or not a number.
    """
    counts = np.asarray(matrix, dtype=np.float64)
    if counts.shape != (len(classes), len(classes)) or not len(classes):
        raise ShapeError(
            f"a confusion matrix of {len(classes)} classes ({', '.join(classes)}) has as many rows and columns, "
            f"got {counts.shape}"
        )
    if not (np.isfinite(counts) & (counts >= 0)).all():
        raise DataError("a confusion matrix holds counts, 0 or more, but some are negative or not numbers")
    return counts


class ConfusionPanel:
    """One matrix on one panel, drawn once and shown with other counts as often as wanted, as films need it."""

    def __init__(self, axes: Axes, classes: Sequence[str], name: str = "") -> None:
        self.axes, self.classes, self.name = axes, [shorten(name, 12) for name in classes], name
        count = len(classes)
        shades = need("matplotlib.colors").LinearSegmentedColormap.from_list("share", ["white", PALE, BLUE, INK])
        shades = shades.with_extremes(bad=_NO_ROW)
        self.image = axes.imshow(np.zeros((count, count)), cmap=shades, vmin=0, vmax=1, aspect="auto")
        size = 8.5 if count <= 6 else 6.5
        style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": size, "linespacing": 1.3}
        self.cells = [[axes.text(j, i, "", **style) for j in range(count)] for i in range(count)]
        axes.set_xlabel("predicted, and how many of them are right")
        axes.set_ylabel("true")
        axes.tick_params(length=0)
        axes.set_xticks(np.arange(count - 1) + 0.5, minor=True)
        axes.set_yticks(np.arange(count - 1) + 0.5, minor=True)
        axes.grid(which="minor", color="white", linestyle="-", linewidth=1.5)
        axes.tick_params(which="minor", length=0)
        axes.spines[:].set_visible(False)

    def show(self, counts: FloatArray) -> None:
        """Draw these counts, (n_classes, n_classes), instead of the last."""
        rows, columns = counts.sum(axis=1), counts.sum(axis=0)
        shares = np.divide(counts, rows[:, None], out=np.full(counts.shape, np.nan), where=rows[:, None] > 0)
        self.image.set_data(shares)
        for i, line in enumerate(self.cells):
            for j, cell in enumerate(line):
                cell.set_text(f"{counts[i, j]:,.0f}\n{percent(counts[i, j], rows[i])}")
                cell.set_color("white" if shares[i, j] > _DARK else INK)
        places = range(len(self.classes))
        right = [percent(counts[i, i], columns[i]) for i in places]
        self.axes.set_xticks(places, [f"{name}\n{share}" for name, share in zip(self.classes, right, strict=True)])
        self.axes.set_yticks(places, [f"{name}\n{row:,.0f}" for name, row in zip(self.classes, rows, strict=True)])
        self.axes.set_title(self._heading(counts))

    def _heading(self, counts: FloatArray) -> str:
        right, f1 = accuracy(counts), macro_f1(counts)
        text = "empty" if math.isnan(right) else f"accuracy {percent(right, 1)}, macro-F1 {f1:.3f}"
        return f"{self.name}: {text}" if self.name else text
