"""How good a detector is: plain functions of labels and scores, decisions or events, and one object with all of it.

Labels are 1 for what is known to be anomalous and 0 for normal. A score is higher the more anomalous, and is flagged
where it lies *above* the threshold. NaN is no score: metrics of scores leave such rows out, with their labels, and what
is left closes up. Metrics of decisions take what is left by their caller, as :func:`scorer` and :func:`evaluate` do.
"""

from offbeat.metrics.affiliation import affiliation_precision_recall_f1
from offbeat.metrics.comparison import accuracy_table, class_table, comparison_table, sensitivity_table
from offbeat.metrics.decisions import (
    ClassCount,
    Confusion,
    DecisionQuality,
    SpecificitySensitivity,
    by_class,
    confusion,
    f1,
    precision,
    precision_recall_f1,
    recall,
    specificity_and_sensitivity,
)
from offbeat.metrics.evaluation import Evaluation, evaluate
from offbeat.metrics.intervals import Interval, bootstrap
from offbeat.metrics.location import detection_delays, ucr_located
from offbeat.metrics.nab import (
    NAB_PROFILES,
    NABProfile,
    NABResult,
    nab_credits,
    nab_normalised,
    nab_probation,
    nab_rows,
    nab_score,
    nab_threshold,
)
from offbeat.metrics.overlap import EventOverlap, event_overlap, labels_to_windows, pooled
from offbeat.metrics.previews import Preview, Week, preview_thresholds
from offbeat.metrics.ranges import PointAdjustedWarning, point_adjusted_f1, range_precision_recall_f1
from offbeat.metrics.ranking import auroc, average_precision
from offbeat.metrics.scorers import SCORERS, Scorer, scorer
from offbeat.metrics.volume import vus_buffer, vus_pr, vus_roc

__all__ = [
    "NAB_PROFILES",
    "SCORERS",
    "ClassCount",
    "Confusion",
    "DecisionQuality",
    "Evaluation",
    "EventOverlap",
    "Interval",
    "NABProfile",
    "NABResult",
    "PointAdjustedWarning",
    "Preview",
    "Scorer",
    "SpecificitySensitivity",
    "Week",
    "accuracy_table",
    "affiliation_precision_recall_f1",
    "auroc",
    "average_precision",
    "bootstrap",
    "by_class",
    "class_table",
    "comparison_table",
    "confusion",
    "detection_delays",
    "evaluate",
    "event_overlap",
    "f1",
    "labels_to_windows",
    "nab_credits",
    "nab_normalised",
    "nab_probation",
    "nab_rows",
    "nab_score",
    "nab_threshold",
    "point_adjusted_f1",
    "pooled",
    "precision",
    "precision_recall_f1",
    "preview_thresholds",
    "range_precision_recall_f1",
    "recall",
    "scorer",
    "sensitivity_table",
    "specificity_and_sensitivity",
    "ucr_located",
    "vus_buffer",
    "vus_pr",
    "vus_roc",
]
