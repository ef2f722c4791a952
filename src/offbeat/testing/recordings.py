"""The promises of a detector that reads recordings, whole or as they arrive."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from offbeat.detectors.base import Detector
from offbeat.detectors.online import OnlineDetector
from offbeat.errors import MissingValuesWarning, OffbeatError
from offbeat.events import Event
from offbeat.series.recording import Collection
from offbeat.testing.material import Values, assert_close, assert_raises, fitted_on_recording, long_wave, waves
from offbeat.thresholds import Quantile, Tiers, Tracking


def check_chunk_invariance(detector: Detector) -> None:
    """Scores depend neither on how a recording is cut nor on what follows; a time step in no window has none.

    The scores of a stream keep to this at once, those of a finished recording but for the last ``delay`` time steps: if
    the recording goes on, more windows are about them.
    """
    if "recordings" not in detector.reads:
        return
    fitted, recording = fitted_on_recording(detector), long_wave(150, seed=3)
    if detector.fold == "auto":
        assert fitted.live().scorer_.stage().delay == 0, "a stream must know the score of a time step when it comes"
    for model in (fitted, fitted.live()):
        whole, span, delay = model.decision_function(recording), model.n_times_, model.scorer_.stage().delay
        first = span - 1 - delay
        assert np.isnan(whole[:first]).all(), "time steps that no window is about must score NaN"
        assert np.isfinite(whole[first:]).all(), "every time step that a window is about must have a score"
        for end in (span, span + 25, span + 48):
            begun = model.decision_function(recording[:end])[: end - delay]
            assert_close(begun, whole[: end - delay], "a recording and its beginning")
        if not model.is_adaptive:
            overlapped = model.decision_function(recording[100 - span + 1 :])[span - 1 :]
            assert_close(overlapped, whole[100:], "a recording and its end")


def check_streaming(detector: Detector) -> None:
    """Point by point, in pieces, or resumed: scores, decisions and events are those of the whole recording.

    They are those of ``live()``. With a fold that looks ahead, the scores of the last time steps stay open in a stream.
    """
    if "recordings" not in detector.reads:
        return
    recording = long_wave(130, n_channels=2, seed=9)
    recording[90, 1] = np.nan
    # So many alarms that the threshold moves often.
    often = {"threshold": Tracking(40, 300.0, step=1.0), "tiers": Tiers(Tracking(80, 300.0, step=1.0), Quantile(0.05))}
    others = () if detector.is_adaptive else detector.folds[1:]
    # A network takes its time to learn, and scores are folded in the same way for all.
    for fold in ("auto", *(others[-1:] if detector.uses_held_out else others)):
        model = fitted_on_recording(detector, n_channels=2, fold=fold, **often)
        assert fold == "auto" or model.live() is model, "a fold that was asked for must hold for streams, too"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MissingValuesWarning)
            live = model.live()
            whole = live.decision_function(recording)
            open_from = len(whole) - live.scorer_.stage().delay
            settled = np.where(np.arange(len(whole)) < open_from, whole, np.nan)
            events = live.detect(recording, scores=settled)
        online = OnlineDetector(model)
        expected = np.concatenate([np.full(online.delay, np.nan), whole[: len(whole) - online.delay]])
        one_by_one = [(online.score_one(row), online.flag, online.severity) for row in recording]
        _assert_decided(model, [np.array(one_by_one).T], expected, "point by point")
        online.reset()
        ends = np.random.default_rng(4).integers(0, len(recording), 8)
        pieces = np.split(recording, np.sort(ends))
        found: list[Event] = []
        _assert_decided(model, [_updated(online, piece, found) for piece in pieces], expected, "in pieces")
        _assert_same_events(found + online.finish(), events, "in pieces")
    # In the middle of an event, where there is one.
    stop = events[-1].known_at + 2 if events and events[-1].known_at is not None else 70
    with tempfile.TemporaryDirectory() as folder:
        online, found = OnlineDetector(model), []
        first = _updated(online, recording[:stop], found)
        state = online.save_state(Path(folder) / "state.safetensors")
        online = OnlineDetector(model).load_state(state)
        second = _updated(online, recording[stop:], found)
    _assert_decided(model, [first, second], expected, "stopped and resumed")
    _assert_same_events(found + online.finish(), events, "stopped and resumed")


def _updated(online: OnlineDetector, piece: Values, events: list[Event]) -> Values:
    """Return the scores, flags and severities of a piece, ``(3, n_times)``, and add the events that it settles."""
    scores = online.update(piece)
    events += online.settled
    return np.stack([scores, online.flags, online.severities])


def _assert_same_events(found: list[Event], expected: list[Event], how: str) -> None:
    """Raise AssertionError unless events are the expected ones."""
    places = [
        [(event.start, event.end, event.peak, event.known_at, event.severity) for event in events]
        for events in (found, expected)
    ]
    assert places[0] == places[1], f"other events for a recording {how}: {places[0]} instead of {places[1]}"
    for one, other in zip(found, expected, strict=True):
        assert_close(np.array(one.score), np.array(other.score), f"the score of an event {how} and of the whole", 1e-6)
        shares, others = (np.array([share for _, share in event.channels]) for event in (one, other))
        assert_close(shares, others, f"the channels of an event {how} and of the whole", 1e-4)


def _assert_decided(model: Detector, pieces: Iterable[Values], expected: Values, how: str) -> None:
    """Raise AssertionError unless pieces have the expected scores, and the decisions on all of these."""
    scores, flags, severities = np.concatenate(list(pieces), axis=1)
    assert_close(scores, expected, f"a recording {how} and as a whole", 1e-6)
    live = model.live()
    assert np.array_equal(flags, live.threshold_.predict(scores)), f"other flags for a recording {how}"
    assert np.array_equal(severities, live.tiers_.predict(scores)), f"other tiers for a recording {how}"


def check_recordings_refused(detector: Detector) -> None:
    """With a window, a recording that is too short or a collection is refused."""
    if "recordings" not in detector.reads:
        return
    model = fitted_on_recording(detector)
    for data in (long_wave(model.n_times_ - 1), waves(4), Collection(waves(4))):
        assert_raises(OffbeatError, partial(model.decision_function, data))


def check_frames(detector: Detector) -> None:
    """Pandas in, pandas out: scores and flags have the index of the frame, and events carry its times."""
    if "recordings" not in detector.reads:
        return
    recording = long_wave(150, seed=3)
    recording[130:134] += 5
    model = fitted_on_recording(detector)
    frame = pd.DataFrame({"load": recording[:, 0]}, pd.date_range("2026-01-01", periods=150, freq="5min"))
    scores = model.decision_function(frame)
    assert scores.index.equals(frame.index), "the scores of a frame lack its index"
    assert_close(np.asarray(scores), model.decision_function(recording), "a frame and its values")
    assert model.predict(frame).index.equals(frame.index), "the flags of a frame lack its index"
    for event in model.detect(frame):
        assert event.peak_time == frame.index.to_numpy()[event.peak], "an event lacks its time"


def check_explained_recording(detector: Detector) -> None:
    """The shares of the channels in the score of a time step sum to it."""
    if "recordings" not in detector.reads:
        return
    model, recording = fitted_on_recording(detector, n_channels=2), long_wave(120, n_channels=2, seed=9)
    explanation = model.explain(recording)
    assert explanation.shares.shape == explanation.expected.shape == recording.shape, (
        "the explanation has another shape"
    )
    assert_close(explanation.shares.sum(axis=1), model.decision_function(recording), "scores and the sums of shares")
