"""Tables of what was fitted and found, for terminals and pages alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.app.runs import Run, counted
from offbeat.detectors.base import Detector
from offbeat.detectors.profile import ProfileDetector
from offbeat.detectors.scoring.views import Scores
from offbeat.detectors.unseen import held_out_of
from offbeat.ecg.beat_series import TIME
from offbeat.events import Event
from offbeat.series.recording import Collection, Recording
from offbeat.series.timeline import Times
from offbeat.tables import Table
from offbeat.thresholds import Budget, Threshold
from offbeat.thresholds.evidence import independent
from offbeat.thresholds.extrapolation import separate_peaks
from offbeat.words import clock, duration, percent, plural

__all__ = [
    "Raised",
    "detection_summary",
    "event_table",
    "fit_tables",
    "history_of",
    "learned_note",
    "most_like",
    "placement",
    "promise",
    "rate_table",
    "rule_words",
    "threshold_fact",
    "timing_table",
    "training_alarms_note",
    "unscored_note",
]

_NOTICED, _HOUR = 0.01, 3_600.0
"""So much of a recording without a score is told: a share of it, or seconds."""
_LONGER = 1.1
"""By so many times the clock went on longer than there were scores where both are told."""
_NAMED = 3
"""Peaks of the training data that are named."""
_SAID_BY_AIM = ("alarms", "period", "false_alarms", "value")
"""Settings of rules that the aim says, or the threshold value."""


def fit_tables(detector: Detector, seconds: float) -> list[Table]:
    """Return what a detector was fitted on, and what its threshold aims at and achieves."""
    kind = "series" if detector.kind == "collections" else "windows"
    rows: list[list[Any]] = [
        ["detector", detector.name],
        [kind, f"{_known(detector.train_scores_)} learned from, {_known(detector.held_out_scores_)} set the threshold"],
        ["shape", f"{plural(len(detector.channels_), 'channel')} x {detector.n_times_} time steps"],
    ]
    if placement(detector):
        live = detector.live()
        own = f"{placement(live)}, with a threshold of {live.threshold_.value_:.4g}"
        streams = "" if live is detector else f" (streams: by {own})"
        rows.append(["each time step", f"scored by {placement(detector)}{streams}"])
        rows += [["no score", told] for told in [_never_scored(detector, live)] if told]
    rows.append(["time", f"{seconds:.1f} s"])
    history = history_of(detector)
    if history:
        best = int(history["best_epoch"][0])
        rows.append(
            ["best epoch", f"{best + 1} of {len(history['loss'])}: held-out loss {history['val_loss'][best]:.4f}"]
        )
    return [Table("Fit", ["", "what"], rows), rate_table(detector)]


def _known(scores: npt.NDArray[np.float64]) -> str:
    return f"{np.sum(~np.isnan(scores)):,}"


def training_alarms_note(detector: Detector, data: Collection | Recording) -> str:
    """Return what of the data learned from is above the threshold; empty where nothing is, or nobody can tell where.

    Scores are those of models that had not seen it. A threshold stands where such scores have peaks as often as alarms
    are allowed, and people learn from whole files: what lifts it should be looked at.
    """
    if not isinstance(data, Recording) or detector.held_out_from_ < 0 or len(detector.learned_from_) != 1:
        return ""
    rule, scores = detector.threshold_, held_out_of(detector, 0)
    peaks = separate_peaks(np.where(scores > rule.value_, scores, np.nan), rule.window_)
    if not len(peaks):
        return ""
    times = data.timestamps

    def named(step: int) -> str:
        place = f"time step {step:,}" if times is None else str(pd.Timestamp(times[step]))
        return f"{place} ({scores[step]:.4g})"

    highest = ", ".join(named(int(step)) for step in peaks[:_NAMED])
    return (
        f"of what it learned from, {plural(len(peaks), 'peak is', 'peaks are')} above the threshold: "
        f"{highest}{', …' * (len(peaks) > _NAMED)}; if incidents are among them, fit on a part without them"
    )


def history_of(detector: Detector) -> Mapping[str, Any]:
    """Return the losses of a training by epoch; empty for detectors that do not train."""
    history: Mapping[str, Any] = detector.history_ if detector.trains else {}
    return history


def rate_table(detector: Detector, normal_scores: Any = None) -> Table:
    """Return what the threshold and the tiers aim at, and what they achieve on normal data."""
    watch, alarm = detector.tiers_.thresholds_
    rules = {"threshold": detector.threshold_, "tier watch": watch, "tier alarm": alarm}
    columns = ["decision", "rule", "threshold", "aims at", "held-out data"]
    rows = [[name, rule_words(rule), rule.value_, rule.aim, rule.achieved_words()] for name, rule in rules.items()]
    if normal_scores is not None:
        columns.append("unseen normal data")
        rows = [[*row, rule.achieved_words(normal_scores)] for row, rule in zip(rows, rules.values(), strict=True)]
    return Table("False alarms: aimed at, and achieved on normal data", columns, rows, ["", "", ".4g", "", "", ""])


def promise(detector: Detector) -> str:
    """Return in a sentence what the threshold aims at, by what evidence, and by which windows time steps are scored.

    Examples
    --------
    >>> from offbeat import PCADetector
    >>> from offbeat.data.synthetic import voltage_curves
    >>> promise(PCADetector().fit(voltage_curves(200, 0, 0)))
    'the threshold aims at 5% of normal series, by 200 series'
    """
    rule = detector.threshold_
    said = f"the threshold aims at {rule.aim}, by {_evidence(rule)}"
    if not rule.aim:
        said = f"the threshold is {rule.value_:.4g} ({rule_words(rule)})"
    normal = detector.held_out_scores_
    if np.nanmin(normal) == np.nanmax(normal) == rule.value_:
        said = f"all normal scores are {rule.value_:.4g}, so that any higher one counts as an anomaly"
    if placement(detector):
        said += f"; each time step is scored by {placement(detector)}"
    if isinstance(rule, Budget) and rule.step_is_assumed_:
        said += (
            "; nothing says how long a time step is, so it is taken for a minute: name the column of times (--time), "
            "or the rate (--read sampling_rate=…, in Hz)"
        )
    return said


def placement(detector: Detector) -> str:
    """Return by which windows a time step is scored; empty where there are none.

    Examples
    --------
    >>> import numpy as np
    >>> from offbeat import PCADetector
    >>> detector = PCADetector(window=12).fit(np.sin(np.arange(900) / 9))
    >>> placement(detector), placement(detector.live())
    ('the mean of all windows over it', 'the window that ends there')
    """
    scorer = detector.scorer_
    if scorer.view.reads != "recordings":
        return ""
    folded = {"mean": "mean", "max": "maximum", "median": "median"}.get(detector.fold_in_force)
    if not scorer.stage().delay:
        return "the window that ends there"
    return "the windows around it" if folded is None else f"the {folded} of all windows over it"


def _never_scored(detector: Detector, live: Detector) -> str:
    """Return which time steps of recordings and streams have no score; empty where all of them have one."""
    n, n_live = detector.n_unscored_, live.n_unscored_
    of_streams = f"the first {_steps(n_live, detector.step_)} of a stream" if n_live else ""
    of_recordings = f"the first {_steps(n, detector.step_)} of a recording" if n else ""
    return ", ".join(filter(None, (of_recordings, of_streams)))


def unscored_note(detector: Detector, data: Collection | Recording) -> list[str]:
    """Return a sentence on the time steps that lie too early for a score, where they are more than 1 % or an hour.

    Examples
    --------
    >>> import numpy as np
    >>> from offbeat import ProfileDetector
    >>> wave = Recording(np.sin(np.arange(1500) / 5), sampling_rate=1 / 60)
    >>> unscored_note(ProfileDetector(window=30).fit(wave[:1000]), wave)
    ['the first 60 time steps (1 hour) have no score: a window must lie before what it scores']
    """
    n = min(detector.n_unscored_, len(data))
    if not isinstance(data, Recording) or (n <= _NOTICED * len(data) and not n * data.step >= _HOUR):
        return []
    step = None if np.isnan(data.step) else float(data.step)
    return [f"the first {_steps(n, step)} have no score: a window must lie before what it scores"]


def _steps(n: int, step: float | None) -> str:
    return plural(n, "time step") + ("" if step is None else f" ({duration(n * step)})")


def learned_note(detector: Detector, data: Collection | Recording, start: int = 0) -> list[str]:
    """Return a sentence on time steps from ``start`` on that were learned from; nothing where there are none."""
    n = detector.n_learned_of(data) if isinstance(data, Recording) else 0
    if n <= start:
        return []
    which = "all of these time steps were" if n == len(data) else f"the first {n:,} time steps were"
    return [f"{which} learned from: they are scored by models of other parts, which had not seen them"]


def threshold_fact(detector: Detector) -> tuple[str, str]:
    """Return the threshold value, and in words its rule, its aim and what that is learned from."""
    rule = detector.threshold_
    about = [rule_words(rule), *([f"aims at {rule.aim}, by {_evidence(rule)}"] if rule.aim else [])]
    return f"{rule.value_:.4g}", ": ".join(about)


def rule_words(rule: Threshold) -> str:
    """Return the name of a rule, and those of its settings that its aim does not say.

    Examples
    --------
    >>> from offbeat.thresholds import Quantile, Sigma
    >>> rule_words(Budget(3)), rule_words(Quantile(0.01, strict=True)), rule_words(Sigma(2.5))
    ('budget', 'quantile (strict)', 'sigma (k=2.5)')
    """
    settings = {name: value for name, value in rule.get_params(deep=False).items() if name not in _SAID_BY_AIM}
    told = [name if value is True else f"{name}={value:g}" for name, value in settings.items() if value]
    return (rule.name or type(rule).__name__) + (f" ({', '.join(told)})" if told else "")


class Raised(NamedTuple):
    """How often a recording raised alarms, in words, with what normal data may raise."""

    events: str
    span: str
    rate: str
    aim: str
    """Empty where the threshold aims at nothing."""

    @classmethod
    def by(cls, rule: Threshold, n_events: int, n_flagged: int, scores: Scores, times: Times | None = None) -> Self:
        """Count the events and the flagged time steps of a recording by a fitted rule, of the time steps with a score.

        As for the rates of the rule itself, time steps without a score are no time, and neither are gaps between rows:
        nothing could be found there. Where the clock went on for much longer by the times of the rows, it is said.

        Examples
        --------
        >>> import numpy as np
        >>> rule = Budget().fit(np.random.default_rng(0).exponential(size=9000), step=300.0)
        >>> print(Raised.by(rule, 17, 210, np.append(np.full(99, np.nan), np.zeros(22_695))))
        17 events in 22,695 scored time steps, 78.8 days (1.51 alarms a week; the aim on normal data is 1 alarm a week)
        """
        n_times = int(np.sum(~np.isnan(scores)))
        events, steps = plural(n_events, "event"), plural(n_times, "scored time step")
        if isinstance(rule, Budget) and n_times:
            assert rule.step_ is not None
            rate, aim = rule.in_words(n_events / rule.n_periods(n_times)), f"the aim on normal data is {rule.aim}"
            length, by_clock = n_times * rule.step_, _by_clock(scores, times, rule.step_)
            if by_clock < _LONGER * length:
                return cls(events, f"{steps}, {duration(length)}", rate, aim)
            span = f"{steps}, {duration(length)} of scores over {duration(by_clock)} by the clock"
            return cls(events, span, f"{rate} of scores", aim)
        rate, aim = f"{percent(n_flagged, n_times)} of them flagged", f"the aim is {rule.aim}" * bool(rule.aim)
        return cls(events, steps, rate, aim)

    def __str__(self) -> str:
        """Return all of it as a part of a sentence."""
        return f"{self.events} in {self.span} ({'; '.join(filter(None, (self.rate, self.aim)))})"


def _by_clock(scores: Scores, times: Times | None, step: float) -> float:
    """Return the seconds from the first score to the end of the last; 0 where there are no times."""
    if times is None:
        return 0.0
    first, last = np.flatnonzero(~np.isnan(scores))[[0, -1]]
    return float((times[last] - times[first]) / np.timedelta64(1, "s")) + step


def detection_summary(events: Sequence[Event], data: Collection | Recording, detector: Detector, scores: Scores) -> str:
    """Return in a sentence how much was flagged, and what the threshold aims at; ``scores`` are those of the data."""
    rule = detector.threshold_
    if isinstance(data, Collection):
        aim = f"; the aim is {rule.aim}" * bool(rule.aim)
        return f"{len(events):,} of {counted(data)} flagged ({percent(len(events), len(data))}{aim})"
    n_flagged = sum(map(len, events))
    return (
        f"{Raised.by(rule, len(events), n_flagged, scores, data.timestamps)}, {n_flagged:,} of {counted(data)} flagged"
    )


def _evidence(rule: Threshold) -> str:
    return independent(rule.n_independent_, rule.window_)


def timing_table(runs: Sequence[Run]) -> Table:
    """Return how long each fit took."""
    return Table("Time", ["detector", "fit (s)"], [[run.name, run.seconds] for run in runs], ["", ".1f"])


def most_like(detector: Detector, data: Collection | Recording, events: Sequence[Event]) -> dict[int, str]:
    """Return when it was most like the peak of each event, by the peak, where a detector knows.

    In the data, or in the training part if the data begins with that; "when it learned" else.
    """
    if not isinstance(detector, ProfileDetector) or not isinstance(data, Recording) or not events:
        return {}
    found, n_learned = detector.most_like(data), detector.n_learned_of(data)
    is_its_own = len(detector.learned_from_) == 1  # steps of others cannot be shown by the clock of this one
    like = {}
    # What was learned from is most like itself.
    for peak in (event.peak for event in events if event.peak >= n_learned):
        step = int(found[peak]) + n_learned * (found[peak] < 0 and is_its_own)
        if step < 0:
            like[peak] = "when it learned"
        else:
            like[peak] = f"step {step:,}" if data.timestamps is None else _time_words(data.timestamps[step])
    return like


def _time_words(time: np.datetime64) -> str:
    return str(time.astype("datetime64[s]")).replace("T", " ")


def event_table(
    events: Sequence[Event],
    top: int,
    data: Collection | Recording | None = None,
    like: Mapping[int, str] | None = None,
    after: Mapping[int, str] | None = None,
) -> Table:
    """Return the events of highest score.

    Parameters
    ----------
    events : sequence of Event
        In any order.
    top : int
        How many of them.
    data : Collection or Recording, optional
        What they were found in. For beats the table then says when each was, and its class where that is known; for a
        recording whose sampling rate is known, when its time steps were.
    like : mapping, optional
        See :func:`most_like`.
    after : mapping, optional
        What came after events, in words by their first time step, see :class:`offbeat.app.aftermath.Aftermath`.
    """
    worst = sorted(events, key=lambda event: -event.score)[:top]
    if isinstance(data, Collection) and TIME in data.feature_names:
        return _beat_table(worst, data, len(events))
    of_series = any(event.series is not None for event in events)
    rate = data.sampling_rate if isinstance(data, Recording) else None
    labelled = isinstance(data, Collection) and data.labels is not None
    rows = [
        [event.series, *_class_of(event, data), event.score, event.severity.label, event.peak, event.cause]
        if of_series
        else [
            _when(event, "start", rate),
            len(event),
            event.score,
            event.severity.label,
            _when(event, "peak", rate),
            event.cause,
            *([like.get(event.peak, "")] if like else []),
            *([after.get(event.start, "")] if after else []),
        ]
        for event in worst
    ]
    more = len(events) - len(worst)
    notes = ["Series are counted from 0."] * of_series + [f"{more:,} more events are not shown here."] * (more > 0)
    columns = ["series", *["class"] * labelled] if of_series else ["begins", "time steps"]
    columns += ["score", "tier", "peaks at step" if of_series else "peaks", "channels"]
    columns += [*["most like"] * bool(like), *["after it"] * bool(after)]
    return Table("Events, highest score first", columns, rows, note=" ".join(notes))


def _class_of(event: Event, data: Collection | Recording | None) -> list[str]:
    """Return the class of a flagged series, in a list; an empty one where it has none."""
    if not isinstance(data, Collection) or data.labels is None:
        return []
    return [data.class_name(str(data.labels[event.series]))]


def _beat_table(worst: Sequence[Event], data: Collection, n_events: int) -> Table:
    assert data.features is not None
    times = data.features[:, data.feature_names.index(TIME)]
    rows = []
    for event in worst:
        assert event.series is not None
        cells = [event.series, clock(times[event.series]), event.score, event.severity.label]
        rows.append([*cells, *_class_of(event, data)])
    more = n_events - len(worst)
    columns = ["beat", "at (h:mm:ss)", "score", "tier", *([] if data.labels is None else ["annotated"])]
    note = f"{more:,} more beats are not shown here." if more else ""
    return Table("Beats that are off, highest score first", columns, rows, note=note)


def _when(event: Event, what: str, rate: float | None) -> Any:
    step, time = getattr(event, what), getattr(event, f"{what}_time")
    if time is not None:
        return str(pd.Timestamp(time))
    return step if rate is None else f"{step} ({clock(step / rate)})"
