"""Figures and the one-file HTML page: what was found, for people to look at.

Needs ``pip install 'offbeat[report]'`` (matplotlib and Jinja2), which are only loaded when something is drawn.
"""

from offbeat.report.figures import (
    Chosen,
    class_counts,
    class_means,
    comparison,
    first_and_worst,
    loss_curves,
    reconstructions,
    score_histograms,
    scores_by_class,
)
from offbeat.report.files import save_figure
from offbeat.report.page import Fact, Picture, Section, write_page
from offbeat.report.style import house_style, lightness

__all__ = [
    "Chosen",
    "Fact",
    "Picture",
    "Section",
    "class_counts",
    "class_means",
    "comparison",
    "first_and_worst",
    "house_style",
    "lightness",
    "loss_curves",
    "reconstructions",
    "save_figure",
    "score_histograms",
    "scores_by_class",
    "write_page",
]
