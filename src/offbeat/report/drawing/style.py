"""One look for every figure: colours that keep their order in grey, tier bands, and grids of panels.

Matplotlib is only loaded when something is drawn, by its object interface; its global state is left as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import MissingExtraError, ParameterError
from offbeat.words import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

__all__ = [
    "AMBER",
    "BLUE",
    "INK",
    "PALE",
    "PALETTE",
    "RUST",
    "STYLE_FILE",
    "TIER_COLOURS",
    "TIER_MARKS",
    "house_style",
    "lightness",
]

STYLE_FILE = Path(__file__).with_name("offbeat.mplstyle")

INK, BLUE, RUST, AMBER, PALE = "#16213a", "#1d4e89", "#c4512d", "#e09f3e", "#b9dbe8"
PALETTE = (INK, BLUE, RUST, AMBER, PALE)
TIER_COLOURS = {"normal": "#f1f8f3", "watch": "#f9e2ae", "alarm": "#efb8aa"}
"""Shades of the tiers behind data."""
TIER_MARKS = {"normal": "#8fa79a", "watch": AMBER, "alarm": RUST}
"""Colours of the marks of events, which stand in a row for each tier."""

TierValues = Mapping[str, float] | tuple[float, float]

_WIDTH = 9.0  # inches; every figure is as wide as the page
_NOTEBOOK_DPI = 100


def need(module: str) -> ModuleType:
    """Import an optional module, or name the extra that brings it.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingExtraError(
            f"figures and pages need {package}, which is not installed: pip install 'offbeat[report]'"
        ) from error


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the style of offbeat within the ``with`` block, whatever the user's own matplotlib settings are.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    >>> import matplotlib
    >>> with house_style():
    ...     matplotlib.rcParams["svg.fonttype"]
    'none'
    """
    with need("matplotlib.style").context(["default", _settings()]):
        yield


@cache
def _settings() -> dict[str, Any]:
    """Return what the style file says, which would else be read anew for every picture."""
    return dict(need("matplotlib").rc_params_from_file(STYLE_FILE, use_default_template=False))


def lightness(colour: str) -> float:
    """Return how light a colour is to the eye: CIE L*, from 0 (black) to 100 (white).

    Two colours of different lightness stay apart on a black-and-white printer and to every kind of colour vision.

    Examples
    --------
    >>> round(lightness("white"))
    100
    >>> [round(lightness(colour)) for colour in PALETTE]
    [13, 33, 49, 70, 85]
    """
    rgb = np.array(need("matplotlib.colors").to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ [0.2126, 0.7152, 0.0722])
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance


@cache
def _figure_class() -> type[Figure]:
    from matplotlib.figure import Figure

    class ShownFigure(Figure):
        """A figure that a notebook shows by itself, whether or not it has been told of matplotlib."""

        def _repr_png_(self) -> bytes:
            from offbeat.report.files import render

            return render(self, "png", dpi=_NOTEBOOK_DPI)

    return ShownFigure


def new_figure(**settings: Any) -> Figure:
    """Return an empty figure, which a notebook shows in the style that it is drawn in."""
    return _figure_class()(**settings)


def panel_grid(
    rows: int, columns: int, *, height: float = 1.7, extra: float = 0.9, **shared: Any
) -> tuple[Figure, npt.NDArray[np.object_]]:
    """Return a figure as wide as a page and its panels, (rows, columns); heights in inches."""
    figure = new_figure(figsize=(_WIDTH, rows * height + extra), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **shared)


def headline(figure: Figure, text: str) -> None:
    """Write what the figure shows above it, flush left, in as many lines as it takes."""
    figure.suptitle(wrapped(text, 92), x=0.008, ha="left")


def legend_below(figure: Figure, handles: dict[str, Any], columns: int = 5) -> None:
    """Put one legend for all panels below them, so that it covers no data."""
    if handles:
        figure.legend(
            list(handles.values()), list(handles), loc="outside lower center", ncols=min(columns, len(handles))
        )


def plain_numbers(axis: Axis) -> None:
    """Write ticks as 0.01 and 1,000, equally many decimals each on a linear axis; minor ticks get no number."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    def written(value: float, _: int | None) -> str:
        # seen with six digits, a tick at 0.30000000000000004 has one decimal
        ticks = [f"{tick:.6g}" for tick in axis.get_majorticklocs()]
        decimals = max((len(tick.partition(".")[2]) for tick in ticks), default=0)
        even = axis.get_scale() == "linear" and not any("e" in tick for tick in ticks)
        return (f"{value:,.{decimals}f}" if even else f"{value:,.6g}").replace("-", "−")

    axis.set_major_formatter(FuncFormatter(written))
    axis.set_minor_formatter(NullFormatter())


def halo() -> list[Any]:
    """Return the path effects that keep a dark line in sight over dark bars: a white edge."""
    from matplotlib.patheffects import Normal, Stroke

    return [Stroke(linewidth=3.2, foreground="white"), Normal()]


def tier_values(tiers: TierValues | None) -> tuple[float, float] | None:
    """Return where watch and alarm begin, from a pair or from a mapping of the two names; None as None.

    Raises
    ------
    ParameterError
        If a threshold is missing, or the watch threshold is above the alarm threshold.

    Examples
    --------
    >>> tier_values({"watch": 0.2, "alarm": 0.5}), tier_values((0.2, 0.5))
    ((0.2, 0.5), (0.2, 0.5))
    """
    if tiers is None:
        return None
    if isinstance(tiers, Mapping):
        if not {"watch", "alarm"} <= set(tiers):
            raise ParameterError(f"tiers name the thresholds of 'watch' and 'alarm', got these: {', '.join(tiers)}")
        tiers = (tiers["watch"], tiers["alarm"])
    watch, alarm = (float(threshold) for threshold in tiers)
    if watch > alarm:
        raise ParameterError(
            f"the watch threshold lies at or below the alarm threshold, but {watch:g} is above {alarm:g}"
        )
    return watch, alarm


def draw_tiers(axes: Axes, tiers: TierValues, low: float, high: float, *, along: str = "x") -> dict[str, Any]:
    """Shade the ranges of the three severities along x or y, darker as it gets worse; return legend handles by name.

    Raises
    ------
    ParameterError
        If the watch threshold is above the alarm threshold.
    """
    shade = axes.axvspan if along == "x" else axes.axhspan
    # a tier that is never reached may begin at infinity
    edges = np.clip([low, *(tier_values(tiers) or ()), high], low, high)
    return {
        name: shade(start, stop, color=colour, linewidth=0, zorder=0)
        for (name, colour), start, stop in zip(TIER_COLOURS.items(), edges[:-1], edges[1:], strict=True)
    }
