"""Figures: functions of plain arrays that return a :class:`matplotlib.figure.Figure`."""

from offbeat.report.figures.beat_shapes import beat_shapes
from offbeat.report.figures.classes import class_counts, class_means
from offbeat.report.figures.comparison import comparison
from offbeat.report.figures.confusion import confusion_figure
from offbeat.report.figures.disclosure import full_disclosure
from offbeat.report.figures.ecg_paper import EcgStrip, ecg_strips
from offbeat.report.figures.forecasts import forecast_against_truth
from offbeat.report.figures.heart_rate import heart_rate
from offbeat.report.figures.histograms import score_histograms
from offbeat.report.figures.ranks import critical_difference, values_by_series
from offbeat.report.figures.reconstructions import Chosen, first_and_worst, reconstructions
from offbeat.report.figures.recordings import recording_overview
from offbeat.report.figures.reliability import reliability_figure
from offbeat.report.figures.rhythm_strip import rhythm_strip
from offbeat.report.figures.strips import scores_by_class
from offbeat.report.figures.tachogram import rr_tachogram
from offbeat.report.figures.thresholds import threshold_previews
from offbeat.report.figures.training import loss_curves
from offbeat.report.figures.zooms import event_zooms

__all__ = [
    "Chosen",
    "EcgStrip",
    "beat_shapes",
    "class_counts",
    "class_means",
    "comparison",
    "confusion_figure",
    "critical_difference",
    "ecg_strips",
    "event_zooms",
    "first_and_worst",
    "forecast_against_truth",
    "full_disclosure",
    "heart_rate",
    "loss_curves",
    "reconstructions",
    "recording_overview",
    "reliability_figure",
    "rhythm_strip",
    "rr_tachogram",
    "score_histograms",
    "scores_by_class",
    "threshold_previews",
    "values_by_series",
]
