"""Figures, films and the one-file HTML page: what was found, for people to look at.

Needs ``pip install 'offbeat[report]'`` (matplotlib, Jinja2 and plotly), which are only loaded when something is drawn;
films need ``offbeat[film]``.
"""

from offbeat.report.drawing.downsample import downsample
from offbeat.report.drawing.style import house_style, lightness
from offbeat.report.figures import (
    Chosen,
    EcgStrip,
    beat_shapes,
    class_counts,
    class_means,
    comparison,
    confusion_figure,
    critical_difference,
    ecg_strips,
    event_zooms,
    first_and_worst,
    forecast_against_truth,
    full_disclosure,
    heart_rate,
    loss_curves,
    reconstructions,
    recording_overview,
    reliability_figure,
    rhythm_strip,
    rr_tachogram,
    score_histograms,
    scores_by_class,
    values_by_series,
)
from offbeat.report.files import save_figure
from offbeat.report.film import confusion_film, write_film
from offbeat.report.interactive.recording import Interactive, interactive_recording
from offbeat.report.page import Fact, Picture, Section, write_page

__all__ = [
    "Chosen",
    "EcgStrip",
    "Fact",
    "Interactive",
    "Picture",
    "Section",
    "beat_shapes",
    "class_counts",
    "class_means",
    "comparison",
    "confusion_figure",
    "confusion_film",
    "critical_difference",
    "downsample",
    "ecg_strips",
    "event_zooms",
    "first_and_worst",
    "forecast_against_truth",
    "full_disclosure",
    "heart_rate",
    "house_style",
    "interactive_recording",
    "lightness",
    "loss_curves",
    "reconstructions",
    "recording_overview",
    "reliability_figure",
    "rhythm_strip",
    "rr_tachogram",
    "save_figure",
    "score_histograms",
    "scores_by_class",
    "values_by_series",
    "write_film",
    "write_page",
]
