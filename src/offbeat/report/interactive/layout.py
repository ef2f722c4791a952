"""Axes, thresholds and views of an interactive picture, as plotly describes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from offbeat.events import Event
from offbeat.report.drawing.lanes import tiers_of
from offbeat.report.drawing.scales import ScoreAxis
from offbeat.report.drawing.style import INK, TIER_COLOURS, TierValues, tier_values
from offbeat.report.drawing.times import Timeline
from offbeat.report.interactive.traces import plain
from offbeat.report.interactive.views import WHOLE, event_views, named_spans
from offbeat.series.recording import Recording

__all__: list[str] = []

HEIGHT = 660  # CSS pixels

_LANES, _SERIES, _SCORE = (0.91, 1.0), (0.38, 0.89), (0.0, 0.31)  # shares of the height that the panels take
_BUTTONS = 5  # for events
_FONT = 'system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif'
_RULE = "#e3e6eb"


def layout_of(
    timeline: Timeline,
    axis: ScoreAxis,
    recording: Recording,
    events: Sequence[Event],
    *,
    threshold: float | None,
    tiers: TierValues | None,
    train_end: int | None,
) -> dict[str, Any]:
    """Return the layout: lanes of events, series, score, one time axis with a slider, and views to go to.

    A notebook shows the first of the views as plotly's own buttons; a page makes buttons of ``meta``, which keys reach.
    """
    whole = list(timeline.span(0, len(recording)))
    views = event_views(timeline, events, len(recording))
    label = plain(recording.channels[0], 24) if len(recording.channels) == 1 else "value"
    return {
        "template": "none",
        "autosize": True,
        "height": HEIGHT,
        "margin": {"l": 70, "r": 20, "t": 50, "b": 40},
        "font": {"family": _FONT, "size": 13, "color": INK},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "hovermode": "x",
        "hoverlabel": {"bgcolor": "white", "font": {"color": INK}, "namelength": 40},
        "dragmode": "zoom",
        # at the side, where a long one scrolls and covers nothing
        "legend": {"x": 1.01, "y": 1, "tracegroupgap": 2, "font": {"size": 12}},
        "xaxis": _time_axis(timeline, whole),
        "yaxis": _axis(label, _SERIES, overlaying="y3"),
        "yaxis2": _axis("score (log)" if axis.log else "score", _SCORE, **_score_range(axis)),
        # shares of the height of the upper panel, below its lines
        "yaxis3": {"domain": _SERIES, "range": [0, 1], "fixedrange": True, "visible": False},
        "yaxis4": _lanes_axis(tiers_of(events)),
        "shapes": [*_tier_shapes(axis, tiers), *_cut_shape(threshold), *_train_shape(timeline, train_end)],
        "annotations": [*_threshold_note(axis, threshold), *_train_note(timeline, train_end, whole)],
        "updatemenus": [_buttons([{"name": WHOLE, "view": whole}, *views[:_BUTTONS]])],
        "meta": {
            "whole": whole,
            "events": views,
            "spans": [{"name": name, "width": width} for name, width in named_spans(timeline)],
        },
    }


def _axis(title: str, domain: tuple[float, float], **more: Any) -> dict[str, Any]:
    return {
        "title": {"text": title},
        "domain": domain,
        "tickmode": "auto",  # an axis over another would take its ticks from there
        "showline": True,
        "gridcolor": _RULE,
        "zeroline": False,
        "linecolor": INK,
        "automargin": True,
        **more,
    }


def _time_axis(timeline: Timeline, whole: list[float]) -> dict[str, Any]:
    return {
        "type": "date" if timeline.dated else "linear",
        "anchor": "y2",
        "range": whole,
        "title": {"text": "" if timeline.dated else timeline.label},
        "gridcolor": _RULE,
        "zeroline": False,
        "showline": True,
        "linecolor": INK,
        "rangeslider": {"visible": True, "range": whole, "thickness": 0.07, "bgcolor": "#f4f6f9"},
    }


def _score_range(axis: ScoreAxis) -> dict[str, Any]:
    ends = np.log10([axis.low, axis.high]) if axis.log else np.array([axis.low, axis.high])
    return {"type": "log" if axis.log else "linear", "range": ends.tolist()}


def _tier_shapes(axis: ScoreAxis, tiers: TierValues | None) -> list[dict[str, Any]]:
    """Return the shaded ranges of the severities in the panel of the score."""
    thresholds = tier_values(tiers)
    if thresholds is None:
        return []
    edges = np.clip([axis.low, *thresholds, axis.high], axis.low, axis.high).tolist()
    where = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "yref": "y2", "layer": "below", "line": {"width": 0}}
    return [
        {**where, "name": name, "y0": low, "y1": high, "fillcolor": colour}
        for (name, colour), low, high in zip(TIER_COLOURS.items(), edges[:-1], edges[1:], strict=True)
    ]


def _cut_shape(threshold: float | None) -> list[dict[str, Any]]:
    if threshold is None or not np.isfinite(threshold):
        return []
    dashed = {"color": INK, "width": 1.5, "dash": "dash"}
    return [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "yref": "y2",
            "y0": threshold,
            "y1": threshold,
            "line": dashed,
        }
    ]


def _threshold_note(axis: ScoreAxis, threshold: float | None) -> list[dict[str, Any]]:
    if threshold is None or not np.isfinite(threshold):
        return []
    height = (
        float(np.log10(threshold)) if axis.log else threshold
    )  # plotly places notes on a log axis by their exponent
    return [
        _note(f"threshold {threshold:.4g}", xref="paper", x=1, yref="y2", y=height, xanchor="right", yanchor="bottom")
    ]


def _train_shape(timeline: Timeline, train_end: int | None) -> list[dict[str, Any]]:
    if not train_end:
        return []
    place = timeline.span(0, train_end)[1]
    dashed = {"color": INK, "width": 1.5, "dash": "dashdot"}
    return [{"type": "line", "yref": "paper", "y0": 0, "y1": 1, "xref": "x", "x0": place, "x1": place, "line": dashed}]


def _train_note(timeline: Timeline, train_end: int | None, whole: list[float]) -> list[dict[str, Any]]:
    if not train_end:
        return []
    place = timeline.span(0, train_end)[1]
    room_left = place - whole[0] > 0.4 * (whole[1] - whole[0])
    text = "← learned from the left part"
    side = "right" if room_left else "left"
    return [_note(text, xref="x", x=place, yref="paper", y=0.345, xanchor=side, yanchor="middle")]


def _note(text: str, **where: Any) -> dict[str, Any]:
    return {"text": text, "showarrow": False, "font": {"size": 12}, "bgcolor": "rgba(255,255,255,0.75)", **where}


def _lanes_axis(tiers: Sequence[str]) -> dict[str, Any]:
    """Return the axis of the lanes: a row a tier, and a free one above for numbers."""
    rows = {"tickvals": [row + 0.5 for row in range(len(tiers))], "ticktext": list(tiers), "ticks": ""}
    still = {"fixedrange": True, "showgrid": False, "zeroline": False, "automargin": True}
    return {"domain": _LANES, "range": [0, len(tiers) + 1], "visible": bool(tiers), **rows, **still}


def _buttons(views: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return plotly's own buttons for views."""
    return {
        "type": "buttons",
        "direction": "right",
        "showactive": False,
        "x": 0,
        "xanchor": "left",
        "y": 1.03,
        "yanchor": "bottom",
        "pad": {"t": 0, "b": 4},
        "font": {"size": 12},
        "bgcolor": "white",
        # y axes fit themselves to what the view shows of a lone event no better: they stay, so that heights compare
        "buttons": [
            {"label": each["name"], "method": "relayout", "args": [{"xaxis.range": each["view"]}]} for each in views
        ],
    }
