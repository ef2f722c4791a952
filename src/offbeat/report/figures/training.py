"""How the training went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from offbeat.errors import DataError
from offbeat.report.drawing.scales import LONG, finite
from offbeat.report.drawing.style import (
    AMBER,
    BLUE,
    INK,
    RUST,
    headline,
    house_style,
    legend_below,
    panel_grid,
    plain_numbers,
)
from offbeat.series.recording import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["loss_curves"]

_NAMES = {"loss": "training loss", "val_loss": "validation loss"}


def loss_curves(history: Mapping[str, Sequence[float]]) -> Figure:
    """Draw the losses by epoch with the best epoch marked, and below them the learning rate where it is known.

    Parameters
    ----------
    history : mapping of str to sequence of float, one value an epoch
        ``loss``, ``val_loss`` or both; ``lr`` adds a second panel. Other entries are not drawn. The best epoch is the
        one of lowest validation loss, or of lowest training loss where none was kept.

    Returns
    -------
    matplotlib.figure.Figure
        One panel, or two with the learning rate. Epochs count from 1.

    Raises
    ------
    DataError
        If there is no loss to draw.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> loss_curves({"loss": [3, 2, 1], "val_loss": [3, 1.5, 2]}).get_suptitle()
    'Best epoch 2 of 3: validation loss 1.5'
    """
    losses = {name: np.asarray(history[name], dtype=float) for name in _NAMES if finite(history.get(name, ())).size}
    if not losses:
        raise DataError(f"a loss curve needs 'loss' or 'val_loss' by epoch, but the history holds {sorted(history)}")
    decisive = list(losses)[-1]
    rates = np.asarray(history.get("lr", ()), dtype=float)
    best = int(np.nanargmin(losses[decisive]))
    with house_style():
        shape: dict[str, Any] = {"height_ratios": [3, 1], "height": 2.1} if rates.size else {"height": 3.2}
        figure, panels = panel_grid(1 + bool(rates.size), 1, sharex=True, **shape)
        _draw_losses(panels[0, 0], losses, best)
        if rates.size:
            _draw_rates(panels[1, 0], rates)
        panels[-1, 0].set_xlabel("epoch")
        headline(figure, _finding(losses[decisive], best, _NAMES[decisive]))
        handles, labels = panels[0, 0].get_legend_handles_labels()
        legend_below(figure, dict(zip(labels, handles, strict=True)))
    return figure


def _epochs(values: FloatArray) -> FloatArray:
    return np.arange(1.0, len(values) + 1)


def _finding(values: FloatArray, best: int, name: str) -> str:
    text = f"Best epoch {best + 1} of {len(values)}: {name} {values[best]:.4g}"
    # a lowest value at the very end means that the training was cut short
    return text + ", still falling at the end" if best == len(values) - 1 > 0 else text


def _draw_losses(axes: Axes, losses: Mapping[str, FloatArray], best: int) -> None:
    from matplotlib.ticker import MaxNLocator

    for (name, values), colour, dashes in zip(losses.items(), (BLUE, RUST), ("-", "--"), strict=False):
        marker = "o" if len(values) == 1 else ""
        axes.plot(_epochs(values), values, color=colour, linestyle=dashes, marker=marker, label=_NAMES[name])
    decisive = list(losses.values())[-1]
    mark: dict[str, Any] = {
        "color": AMBER,
        "markeredgecolor": INK,
        "marker": "D",
        "markersize": 7,
        "linestyle": "none",
        "zorder": 3,
    }
    axes.plot([best + 1.0], [decisive[best]], label=f"best epoch ({best + 1})", **mark)
    every = finite(np.concatenate(list(losses.values())))
    axes.set_ylabel("loss")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    # there is no epoch 0, so the axis must not reach it
    axes.set_xlim(0.5, len(decisive) + 0.5)
    if every.min() > 0 and every.max() > LONG * every.min():
        axes.set_yscale("log")
        axes.set_ylabel("loss (log scale)")
    plain_numbers(axes.yaxis)


def _draw_rates(axes: Axes, rates: FloatArray) -> None:
    axes.plot(_epochs(rates), rates, color=INK, linestyle="-.", marker="o" if len(rates) == 1 else "")
    axes.set_ylabel("learning rate")
    axes.set_ylim(bottom=0)
    plain_numbers(axes.yaxis)
