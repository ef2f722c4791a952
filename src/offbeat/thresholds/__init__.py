"""From scores to decisions: thresholds learned from held-out *normal* scores, and the three tiers of a traffic light.

Higher scores are more anomalous; NaN means "no score" and is never flagged. Every rule flags the scores *above* its
threshold value, and reports the share of the held-out normal scores that lie above it.
"""

from offbeat.thresholds.base import RateThreshold, Threshold
from offbeat.thresholds.budget import Budget
from offbeat.thresholds.evidence import FewScoresWarning
from offbeat.thresholds.incidents import IncidentWarning
from offbeat.thresholds.independence import n_independent
from offbeat.thresholds.names import threshold_from_name, threshold_names
from offbeat.thresholds.rates import Conformal, Quantile
from offbeat.thresholds.spread import IQR, MAD, Fixed, Sigma
from offbeat.thresholds.tail import PeaksOverThreshold
from offbeat.thresholds.tiers import Tiers
from offbeat.thresholds.tracking import Tracking

__all__ = [
    "IQR",
    "MAD",
    "Budget",
    "Conformal",
    "FewScoresWarning",
    "Fixed",
    "IncidentWarning",
    "PeaksOverThreshold",
    "Quantile",
    "RateThreshold",
    "Sigma",
    "Threshold",
    "Tiers",
    "Tracking",
    "n_independent",
    "threshold_from_name",
    "threshold_names",
]
