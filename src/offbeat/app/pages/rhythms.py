"""The rhythms of a record in words and tables."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from offbeat.ecg.episodes import RHYTHMS
from offbeat.ecg.rhythm import RhythmSummary
from offbeat.tables import Table
from offbeat.words import clock, percent

__all__ = ["episode_table", "longest_rhythm", "rhythm_headline", "rhythm_statement", "rhythm_table"]


def rhythm_statement(rhythm: RhythmSummary) -> str:
    """Return the rhythm in a sentence or two; nothing where there are no beats."""
    headline = rhythm_headline(rhythm)
    if not headline:
        return ""
    rate = f"{_rate(rhythm.mean_rate)}/min ({_rate(rhythm.min_rate)} to {_rate(rhythm.max_rate)})"
    told = {"N", "AFIB", _beside_fibrillation(rhythm)}
    counts = Counter(episode.rhythm for episode in rhythm.episodes if episode.rhythm not in told)
    others = ", ".join(f"{RHYTHMS[name]} ({count:,} ×)" for name, count in counts.most_common())
    return f"{headline}, {rate}.{' Also: ' * bool(others)}{others}{'.' * bool(others)}"


def rhythm_headline(rhythm: RhythmSummary) -> str:
    """Return the rhythm that lasts longest; fibrillation first wherever it is, since it matters most."""
    spans = _seconds(rhythm)
    if "AFIB" not in spans or len(spans) == 1:
        return longest_rhythm(rhythm).capitalize()
    share = percent(spans["AFIB"], sum(spans.values()))
    beside = RHYTHMS[_beside_fibrillation(rhythm)]
    return f"{RHYTHMS['AFIB'].capitalize()} for {share} of the time, else mostly {beside}"


def longest_rhythm(rhythm: RhythmSummary) -> str:
    """Return the rhythm that lasts longest, in words; nothing without beats."""
    spans = _seconds(rhythm)
    return RHYTHMS[max(spans, key=spans.__getitem__)] if spans else ""


def _beside_fibrillation(rhythm: RhythmSummary) -> str:
    """Return the code of the rhythm that lasts longest, of others than fibrillation where there are any."""
    spans = _seconds(rhythm)
    return max(spans, key=lambda name: (name != "AFIB", spans[name]), default="")


def rhythm_table(rhythm: RhythmSummary) -> Table:
    """Return the share of the time of each rhythm, how many episodes it has, and how long its longest is."""
    spans = _seconds(rhythm)
    lengths = [(episode.rhythm, episode.stop_s - episode.start_s) for episode in rhythm.episodes]
    rows = [
        [
            RHYTHMS[name],
            percent(seconds, sum(spans.values())),
            sum(other == name for other, _ in lengths),
            max(length for other, length in lengths if other == name),
        ]
        for name, seconds in sorted(spans.items(), key=lambda span: -span[1])
    ]
    return Table("Rhythms", ["rhythm", "of the time", "episodes", "longest (s)"], rows, formats=["", "", "", ".1f"])


def episode_table(
    rhythm: RhythmSummary, most: int, tell: Callable[[float], str] = clock, shown: Callable[[float], str] = lambda _: ""
) -> Table:
    """Return the longest episodes other than sinus rhythm, their times as ``tell`` has it, ``shown`` by a figure."""
    episodes = [episode for episode in rhythm.episodes if episode.rhythm != "N"]
    longest = sorted(episodes, key=lambda episode: episode.start_s - episode.stop_s)[:most]
    rows = [
        [tell(one.start_s), tell(one.stop_s), RHYTHMS[one.rhythm], one.beats, one.rate, one.confidence]
        for one in longest
    ]
    note = f"{most} of {len(episodes):,}." if len(episodes) > most else ""
    names = ["from", "to", "rhythm", "beats", "rate / min", "confidence"]
    links = [shown(one.start_s) for one in longest]
    title = "Episodes other than sinus rhythm, longest first"
    return Table(title, names, rows, ["", "", "", "", ".0f", ".2f"], note, links)


def _seconds(rhythm: RhythmSummary) -> dict[str, float]:
    """Return the seconds of each rhythm that was found; of a single beat, 0."""
    spans: dict[str, float] = {}
    for episode in rhythm.episodes:
        spans[episode.rhythm] = spans.get(episode.rhythm, 0.0) + episode.stop_s - episode.start_s
    return spans


def _rate(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.0f}"
