"""The rhythms of a record in words and tables."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from offbeat.ecg.episodes import RHYTHMS
from offbeat.ecg.rhythm import RhythmSummary
from offbeat.records.aami import SHORT_NAMES
from offbeat.tables import Table
from offbeat.words import clock, percent, plural

__all__ = [
    "ectopic_beats",
    "episode_table",
    "rhythm_headline",
    "rhythm_statement",
    "rhythm_table",
    "underlying_rhythm",
]

_RATES = ("SBR", "STACH")
_OF_SINUS = ("N", *_RATES, "B", "T")
_PATTERNS = {"B": "bigeminy", "T": "trigeminy"}
_RUNS = ("VT", "SVTA", "IVR")
_GRAVEST = ("VT", "IVR")
_MOST = 0.5  # of the time of sinus rhythm: what is longer gives it its name


def rhythm_statement(rhythm: RhythmSummary) -> str:
    """Return the rhythm in a sentence or two; nothing where there are no beats."""
    headline = rhythm_headline(rhythm)
    if not headline:
        return ""
    rate = f"{_rate(rhythm.mean_rate)}/min ({_rate(rhythm.min_rate)} to {_rate(rhythm.max_rate)})"
    sentences = [f"{headline}, {rate}", *(said for name in "VS" if (said := ectopic_beats(rhythm, name)))]
    return "; ".join(sentences) + "." + _others(rhythm)


def rhythm_headline(rhythm: RhythmSummary) -> str:
    """Return the underlying rhythm; fibrillation first wherever it is, since it matters most."""
    spans = _families(rhythm)
    if "AFIB" not in spans or len(spans) == 1:
        return underlying_rhythm(rhythm).capitalize()
    share = percent(spans["AFIB"], sum(spans.values()))
    beside = RHYTHMS[_longest({name: seconds for name, seconds in spans.items() if name != "AFIB"}, rhythm)]
    return f"{RHYTHMS['AFIB'].capitalize()} for {share} of the time, else mostly {beside}"


def underlying_rhythm(rhythm: RhythmSummary) -> str:
    """Return the rhythm that lasts longest, in words; nothing without beats.

    Ectopic beats interrupt a rhythm and do not replace it: bigeminy and trigeminy are time of sinus rhythm, which is
    bradycardia or tachycardia where it is that for most of its time.
    """
    spans = _families(rhythm)
    return RHYTHMS[_longest(spans, rhythm)] if spans else ""


def ectopic_beats(rhythm: RhythmSummary, name: str) -> str:
    """Return how many beats are V or S and what they make together; nothing where there are none.

    Examples
    --------
    >>> import pandas as pd
    >>> from offbeat.ecg.rhythm import rhythm_summary
    >>> table = pd.DataFrame({"time_s": range(40), "class": list("NNV" * 5 + "N" * 20 + "NVVVN")})
    >>> ectopic_beats(rhythm_summary(table, 40), "V")
    '20% ventricular beats (8; 1 run of 3 or more, trigeminy for 44.4% of the time)'
    """
    count = rhythm.counts.get(name, 0)
    if not count:
        return ""
    runs = sum(run.pattern == name for run in rhythm.runs)
    together = [
        plural(rhythm.couplets.get(name, 0), "couplet") * bool(rhythm.couplets.get(name, 0)),
        f"{plural(runs, 'run')} of 3 or more" * bool(runs),
        *(_pattern_shares(rhythm) if name == "V" else ()),
    ]
    made = "; " * any(together) + ", ".join(filter(None, together))
    return f"{percent(count, rhythm.beats)} {SHORT_NAMES[name]} beats ({count:,}{made})"


def _pattern_shares(rhythm: RhythmSummary) -> list[str]:
    spans = _seconds(rhythm)
    total = sum(spans.values())
    return [
        f"{word} for {percent(spans[code], total)} of the time" for code, word in _PATTERNS.items() if code in spans
    ]


def _others(rhythm: RhythmSummary) -> str:
    """Return the rhythms beside the underlying one that ectopic beats do not account for, as a sentence."""
    headline = rhythm_headline(rhythm).lower()
    counts = Counter(episode.rhythm for episode in rhythm.episodes)
    told = [
        _told(rhythm, name, count)
        for name, count in counts.most_common()
        if name not in ("N", *_PATTERNS) and RHYTHMS[name] not in headline
    ]
    return f" Also: {', '.join(told)}." if told else ""


def _told(rhythm: RhythmSummary, name: str, count: int) -> str:
    """Return how often there is a rhythm; of runs how long and how fast the longest is, which may be three beats."""
    longest = max((one for one in rhythm.episodes if one.rhythm == name), key=lambda one: one.beats)
    if name in _RUNS:
        what = f"run of {longest.beats} beats at {_rate(longest.rate)}/min"
        return f"{RHYTHMS[name]} ({what})" if count == 1 else f"{RHYTHMS[name]} ({count:,} ×, longest a {what})"
    return f"{RHYTHMS[name]} ({count:,} ×)"


def _families(rhythm: RhythmSummary) -> dict[str, float]:
    """Return the seconds of each rhythm, all that is sinus rhythm together as N."""
    spans: dict[str, float] = {}
    for name, seconds in _seconds(rhythm).items():
        family = "N" if name in _OF_SINUS else name
        spans[family] = spans.get(family, 0.0) + seconds
    return spans


def _longest(families: dict[str, float], rhythm: RhythmSummary) -> str:
    """Return the code of the rhythm that lasts longest."""
    longest = max(families, key=families.__getitem__)
    spans = _seconds(rhythm)
    named = [name for name in _RATES if spans.get(name, 0.0) > _MOST * families[longest]]
    return named[0] if longest == "N" and named else longest


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
    """Return the ventricular and the longest other episodes, but no sinus rhythm.

    Their times are as ``tell`` has it, ``shown`` by a figure.
    """
    episodes = [episode for episode in rhythm.episodes if episode.rhythm != "N"]
    longest = sorted(episodes, key=lambda one: (one.rhythm not in _GRAVEST, one.start_s - one.stop_s))[:most]
    rows = [
        [tell(one.start_s), tell(one.stop_s), RHYTHMS[one.rhythm], one.beats, one.rate, one.confidence]
        for one in longest
    ]
    note = f"{most} of {len(episodes):,}." if len(episodes) > most else ""
    names = ["from", "to", "rhythm", "beats", "rate / min", "confidence"]
    links = [shown(one.start_s) for one in longest]
    title = "Episodes other than sinus rhythm, ventricular ones first, then the longest"
    return Table(title, names, rows, ["", "", "", "", ".0f", ".2f"], note, links)


def _seconds(rhythm: RhythmSummary) -> dict[str, float]:
    """Return the seconds of each rhythm that was found; of a single beat, 0."""
    spans: dict[str, float] = {}
    for episode in rhythm.episodes:
        spans[episode.rhythm] = spans.get(episode.rhythm, 0.0) + episode.stop_s - episode.start_s
    return spans


def _rate(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.0f}"
