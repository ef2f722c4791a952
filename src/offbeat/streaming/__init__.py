"""Score a recording as it arrives: point by point, piece by piece, or line by line."""

from offbeat.streaming.keeping import Keeper
from offbeat.streaming.lines import ScoredLines
from offbeat.streaming.lock import holding
from offbeat.streaming.online import OnlineDetector
from offbeat.streaming.splitting import LONGEST
from offbeat.streaming.stream import LineStream

__all__ = ["LONGEST", "Keeper", "LineStream", "OnlineDetector", "ScoredLines", "holding"]
