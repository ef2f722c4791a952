"""Beat-by-beat comparison of annotations, and the tables of it that the standard ANSI/AAMI EC57 asks for."""

from __future__ import annotations

from offbeat.ecg.ec57.beat_by_beat import compare_beats
from offbeat.ecg.ec57.comparison import COLUMNS, ROWS, BeatComparison
from offbeat.ecg.ec57.tables import ec57_tables

__all__ = ["COLUMNS", "ROWS", "BeatComparison", "compare_beats", "ec57_tables"]
