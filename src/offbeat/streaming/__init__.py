"""Score a recording as it arrives: point by point, piece by piece, or line by line."""

from offbeat.streaming.lines import ScoredLines
from offbeat.streaming.online import OnlineDetector

__all__ = ["OnlineDetector", "ScoredLines"]
