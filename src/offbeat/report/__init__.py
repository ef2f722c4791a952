"""Figures and the one-file HTML page: what was found, for people to look at.

Needs ``pip install 'offbeat[report]'`` (matplotlib, Jinja2 and plotly), which are only loaded when something is drawn.
"""

from offbeat.report.downsample import downsample
from offbeat.report.figures import (
    Chosen,
    class_counts,
    class_means,
    comparison,
    event_zooms,
    first_and_worst,
    forecast_against_truth,
    loss_curves,
    reconstructions,
    recording_overview,
    score_histograms,
    scores_by_class,
)
from offbeat.report.files import save_figure
from offbeat.report.interactive import Interactive, interactive_recording
from offbeat.report.page import Fact, Picture, Section, write_page
from offbeat.report.style import house_style, lightness

__all__ = [
    "Chosen",
    "Fact",
    "Interactive",
    "Picture",
    "Section",
    "class_counts",
    "class_means",
    "comparison",
    "downsample",
    "event_zooms",
    "first_and_worst",
    "forecast_against_truth",
    "house_style",
    "interactive_recording",
    "lightness",
    "loss_curves",
    "reconstructions",
    "recording_overview",
    "save_figure",
    "score_histograms",
    "scores_by_class",
    "write_page",
]
