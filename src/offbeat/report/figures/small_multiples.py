"""Many recordings at a glance: a small picture of each, with what was flagged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from offbeat.errors import DataError
from offbeat.events import Event
from offbeat.report.drawing.style import AMBER, INK, TIER_COLOURS, TIER_MARKS, house_style, new_figure, panel_grid
from offbeat.series.recording import Recording
from offbeat.words import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["small_figure", "small_multiples", "small_picture"]

_COLUMNS = 4
_NAME = 28
_SIZE = (2.8, 1.5)
"""Inches of a panel that is a figure of its own."""
_TIERS = ("normal", "watch", "alarm")
_MARKED = {"normal": (0.0, 0.0), "watch": (0.0, 0.08), "alarm": (0.92, 1.0)}
"""Shares of the height between which the mark of a tier lies."""
_DEEPEST = 100.0
"""Thresholds from which on the shade of an event is the deepest."""
_MINUTES = len("2024-01-01 00:00")
_POINTS = 240
"""Points of a panel."""


def small_multiples(pictures: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Draw a small panel for each of many recordings, each with a scale of its own.

    Parameters
    ----------
    pictures : mapping
        By key: ``channel`` (its name), ``values`` (in the order of time, None where one is missing), and ``events``, a
        list of start and end (as shares of the time, from 0 to 1), tier (1 watch, 2 alarm) and, where it is known, the
        highest score as a multiple of the threshold value. Where they are there:
        ``away``, stretches in which a level has not returned to the usual one, and ``ends``, the words for the first
        and the last time step.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        If there are none.

    Examples
    --------
    >>> figure = small_multiples({"web1": {"channel": "cpu", "values": [1.0, 2.0, None], "events": [[0.5, 0.7, 2]]}})
    >>> [axes.get_title(loc="left") for axes in figure.axes]
    ['web1: cpu']
    """
    if not pictures:
        raise DataError("expected at least one recording to draw, got none")
    columns = min(_COLUMNS, len(pictures))
    with house_style():
        figure, grid = panel_grid(-(-len(pictures) // columns), columns, height=1.1)
        panels = grid.ravel()
        for axes, (key, picture) in zip(panels, pictures.items(), strict=False):
            _draw(axes, picture)
            axes.set_title(shorten(f"{key}: {picture['channel']}", _NAME), loc="left", fontsize=8)
        for spare in panels[len(pictures) :]:
            spare.remove()
    return figure


def small_figure(picture: Mapping[str, Any]) -> Figure:
    """Draw one such panel as a figure of its own, without its name.

    Parameters
    ----------
    picture : mapping
        What :func:`small_picture` returned.
    """
    with house_style():
        figure = new_figure(figsize=_SIZE, layout="constrained")
        _draw(figure.add_subplot(), picture)
    return figure


def _draw(axes: Axes, picture: Mapping[str, Any]) -> None:
    """Draw a recording, the events in it, and its ends."""
    values = np.array([np.nan if value is None else value for value in picture["values"]], dtype=float)
    for start, end in picture.get("away", ()):
        axes.axvspan(start, max(end, start + 0.01), facecolor="none", edgecolor=AMBER, hatch="////", linewidth=0)
    for start, end, tier, *ratio in picture["events"]:
        # A short event is still to be seen; its tier is told by where its mark is, too, and not by colours alone.
        ends, name = (start, max(end, start + 0.01)), _TIERS[tier]
        axes.axvspan(*ends, color=_shade(name, *ratio), linewidth=0)
        axes.axvspan(*ends, *_MARKED[name], color=TIER_MARKS[name], linewidth=0)
    axes.plot(np.linspace(0, 1, len(values)), values, color=INK, linewidth=0.6)
    axes.set_xlim(0, 1)
    axes.tick_params(labelsize=6)
    _name_ends(axes, picture.get("ends", ()))


def _shade(tier: str, ratio: float = 1.0) -> Any:
    """Return the colour of an event: that of its tier, deeper the further it is above the threshold."""
    from matplotlib.colors import to_rgb

    share = min(max(np.log10(max(ratio, 1.0)) / np.log10(_DEEPEST), 0.0), 1.0)
    pale, deep = (np.array(to_rgb(colour)) for colour in (TIER_COLOURS[tier], TIER_MARKS[tier]))
    return tuple(pale + share * (deep - pale))


def _name_ends(axes: Axes, ends: Sequence[str]) -> None:
    """Write the words for the first and the last time step below a panel, inside its width."""
    axes.set_xticks([0, 1] if ends else [], list(ends))
    labels = axes.get_xticklabels()
    if labels:
        labels[0].set_horizontalalignment("left")
        labels[-1].set_horizontalalignment("right")


def small_picture(
    recording: Recording,
    events: Sequence[Event],
    away: Sequence[tuple[int, int]] = (),
    threshold: float = 0.0,
) -> dict[str, Any]:
    """Return what a small panel shows of a recording: the channel to blame most, its events, from 0 to 1, and its ends.

    Parameters
    ----------
    recording : Recording
        The data.
    events : sequence of Event
        What is shaded.
    away : sequence of (start, end)
        Time steps in which a level has not returned to the usual one, which are hatched.
    threshold : float
        The threshold value, so that the colour shows how far events are above it; not where that is not above 0.

    Examples
    --------
    >>> small_picture(Recording([1.0, 5.0, 2.0], channels=["cpu"]), [])["values"]
    [1.0, 1.0, 5.0, 5.0, 2.0, 2.0]
    """
    shares: dict[str, float] = {}
    for event in events:
        for name, share in event.channels:
            shares[name] = shares.get(name, 0.0) + share
    name = max(shares, key=lambda each: shares[each], default=recording.channels[0])
    values, n = recording.values[:, recording.channels.index(name)], len(recording)
    parts = np.array_split(values, min(_POINTS // 2, max(n, 1)))
    ends = [end for part in parts for end in _ends(part)]
    ratios = [[float(f"{event.score / threshold:.4g}")] if threshold > 0 else [] for event in events]
    places = [
        [event.start / n, event.end / n, int(event.severity), *ratio]
        for event, ratio in zip(events[:_POINTS], ratios, strict=False)
    ]
    hatched = [[start / n, end / n] for start, end in away[:_POINTS]]
    return {
        "channel": name,
        "values": ends,
        "events": places,
        "away": hatched,
        "ends": _words_for_ends(recording),
    }


def _words_for_ends(recording: Recording) -> list[str]:
    """Return when the first and the last time step are: the minute, or their numbers where times are not known."""
    if not len(recording):
        return []
    if recording.timestamps is None or np.isnat(recording.timestamps[[0, -1]]).any():
        return ["0", f"{len(recording) - 1:,}"]
    return [str(time)[:_MINUTES] for time in recording.times()[[0, -1]]]


def _ends(part: Any) -> list[float | None]:
    """Return the lowest and the highest value in the order of time, so that no peak is lost."""
    known = np.flatnonzero(~np.isnan(part))
    if not len(known):
        return [None, None]
    low, high = known[part[known].argmin()], known[part[known].argmax()]
    return [float(f"{part[at]:.4g}") for at in sorted((low, high))]
