"""``offbeat watch``: score lines as they arrive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from offbeat.cli.options import Scale
from offbeat.cli.output import print_notice, print_progress
from offbeat.cli.pipes import Pipes
from offbeat.cli.watch_options import (
    BadLines,
    Events,
    FlaggedOnly,
    Key,
    MaxLine,
    SameInput,
    State,
    WatchedModel,
    Webhook,
)
from offbeat.words import plural

if TYPE_CHECKING:
    from offbeat.app.lines import EventSink, Keeper, LineStream, ScoredLines, Streams

_TICK = 1.0
"""Seconds after which the state is looked after while nothing comes."""
_SHOWN = 10
"""Bad lines that are shown one by one; all are counted."""


def watch(
    model: WatchedModel,
    state: State = None,
    same_input: SameInput = False,
    bad_lines: BadLines = "skip",
    max_line: MaxLine = None,
    flagged_only: FlaggedOnly = False,
    scale: Scale = "raw",
    key: Key = None,
    events: Events = None,
    webhook: Webhook = None,
) -> None:
    """Read lines from stdin, CSV or JSON, and write each at once with its score, flag and tier.

    Values are found by the names of the channels that the model was fitted on, or by their place. Lines that cannot be
    read are reported on stderr and counted: each is UTF-8 and stands alone, numbers are decimal and finite. A last line
    without a line feed may be half of one: it is reported and not scored. The same header again is left out.

    With --state, every line of the input is written at least once, with its right score, through any stops: after
    SIGINT, SIGTERM and SIGHUP (exit codes 130, 143, 129), a full disk or a reader that has gone, exactly once if the
    input is given again with --same-input, or from the byte that the next run names; after a kill, those since the
    state was written come again. Lines that wait for their scores wait in the state.

    With --events, an event is written when its first score is above the threshold (status "known"), and again when it
    is over (status "settled"), with the place and the channels that detect gives it; with --state by the same rules as
    lines, and an event that goes on at the end of the input stays open for the next run. It has times where lines have
    one column of dates as in ISO 8601, or one of seconds from 1970 with a usual name such as time.

    With --webhook, events are posted as JSON or, to hooks.slack.com, as Slack takes them, until they are taken. With
    --state, messages that could not be delivered wait beside it for the next run.

    With --key, lines of many series come mixed, and each is scored as if its series came alone: by one model for all,
    where a new key begins afresh, or by the model of its key in a folder of models.
    """
    from offbeat.app.lines import ScoredLines, check_event_lines
    from offbeat.app.places import check_places
    from offbeat.app.result_tables import placement
    from offbeat.app.threshold_words import flagging_words
    from offbeat.detectors.store import is_store
    from offbeat.errors import ParameterError

    if same_input and state is None:
        raise ParameterError("--same-input is for going on: give the --state to go on from")
    if events is not None:
        check_event_lines(events)
    check_places({"state": state, "events": events}, model=model)
    print_progress(f"loading {model}")
    streams = _streams(model, key)
    scored = ScoredLines(
        streams.first,
        streams=streams,
        bad_lines=bad_lines,
        flagged_only=flagged_only,
        scale=scale,
        with_events=events is not None or webhook is not None,
        report=_bad_line_printer(),
    )
    print_notice(scored.online.detector.domain_)
    live = scored.online.detector
    flagged = "" if is_store(model) else f", and {flagging_words(live.threshold_)}"
    blind = f"; a stream's first {plural(live.n_unscored_, 'line has', 'lines have')} no score" * (live.n_unscored_ > 0)
    how = f"each line is scored by {placement(live)}{flagged}{blind}"
    print_progress(f"{how}; offbeat threshold {model} previews other rates")
    with ExitStack() as held:
        sinks = [] if webhook is None else [held.enter_context(_alerts(webhook, model, state))]
        _run(scored, state, events, sinks, same_input, max_line)


def _streams(model: Path, key: str | None) -> Streams:
    """Return a stream of the model, or one for each key: of one model for all, or each of its own."""
    from offbeat import ModelStore, OnlineDetector, load
    from offbeat.app.lines import Streams, models_of
    from offbeat.detectors.store import is_store

    if key is not None and is_store(model):
        first, make = models_of(ModelStore(model))
        return Streams(first, key, make)
    return Streams(OnlineDetector(load(model)), key or "")


def _alerts(webhook: str, model: Path, state: Path | None) -> AbstractContextManager[EventSink]:
    from offbeat.service.alerts import webhook_receiver
    from offbeat.service.alerts.line_events import line_alerts

    receiver = webhook_receiver(webhook, minimum="watch", group_wait=1.0, cooldown=0.0)
    waiting = None if state is None else state.with_name(f"{state.name}.alerts.db")
    return line_alerts(receiver, model.name, waiting, print_progress)


def _run(
    scored: ScoredLines,
    state: Path | None,
    events: Path | None,
    sinks: Sequence[EventSink],
    same_input: bool,
    max_line: int | None,
) -> None:
    """Score stdin to its end or to a signal, and print what was done."""
    from offbeat.app.lines import LONGEST, EventFile, Keeper, LineStream, holding
    from offbeat.errors import DataError, OutputError

    longest = LONGEST if max_line is None else max_line
    with ExitStack() as held:
        for path in (state, events):
            if path is not None:
                held.enter_context(holding(path))
        channels = scored.online.detector.channels_
        if events is not None:
            sinks = [*sinks, held.enter_context(EventFile(events, channels, scored.streams.key))]
        pipes = held.enter_context(Pipes(None if state is None else _TICK))
        keeper = None if state is None else Keeper(state, scored, print_progress)
        stream = LineStream(scored, pipes, keeper, sinks, longest=longest, same_input=same_input)
        _print_start(stream)
        try:
            stream.run(pipes.pieces(), pipes.is_stopped)
        except OutputError as error:
            if not pipes.stopped:
                raise
            print_progress(str(error))
        _print_end(scored, keeper)
        if events is not None:
            _print_events(scored, events)
        if pipes.stopped:
            raise typer.Exit(128 + pipes.stopped)
        if keeper is not None and keeper.failed is not None:
            raise keeper.failed
        if scored.n_bad > scored.bad["cut off"] and not scored.n_rows:
            raise DataError("not one line could be read: give the header or the columns that the model was fitted on")


def _print_start(stream: LineStream) -> None:
    """Print where a stream goes on."""
    n_seen, place = stream.scored.streams.n_seen, stream.before.place
    if n_seen:
        print_progress(f"going on after {n_seen:,} time steps")
    if place.n_bytes:
        done = f"{plural(place.n_lines, 'line')} ({place.n_bytes:,} bytes)"
        how = "passed over" if stream.same_input else "what comes now is taken for new (see --same-input)"
        print_progress(f"done of the input before: {done}; {how}")


def _print_end(scored: ScoredLines, keeper: Keeper | None) -> None:
    """Print what was done."""
    if keeper is not None and keeper.failed is None:
        print_progress(f"wrote {keeper.path}")
    fate = "left out" if scored.bad_lines == "skip" else "taken for missing values"
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in scored.bad.most_common())
    parts = {
        "lines written": scored.n_flagged if scored.flagged_only else scored.n_scored,
        "without a score": scored.n_blank,
        "flagged": scored.n_flagged,
        "waiting for their scores in the state": scored.n_waiting,
        "headers left out": scored.n_repeated,
    }
    always = ("lines written", "flagged")
    counts = [f"{what}: {count:,}" for what, count in parts.items() if count or what in always]
    if scored.n_bad:
        counts.append(f"bad lines {fate}: {scored.n_bad:,} ({kinds})")
    print_progress(", ".join(counts))


def _print_events(scored: ScoredLines, path: Path) -> None:
    """Print where the events are, and whether one goes on."""
    begun = [at for each in scored.streams.by_key.values() if (at := each.online.known_at) is not None]
    goes_on = f"; one goes on since time step {begun[0]:,}" if len(begun) == 1 else f"; {len(begun):,} go on"
    print_progress(f"events are in {path}" + goes_on * bool(begun))


def _bad_line_printer() -> Callable[[int, str], None]:
    """Return a function that prints the first bad lines."""
    seen = 0

    def print_bad(number: int, what: str) -> None:
        nonlocal seen
        seen += 1
        if seen <= _SHOWN:
            print_progress(f"line {number}: {what}")
        if seen == _SHOWN:
            print_progress("further bad lines are only counted")

    return print_bad
