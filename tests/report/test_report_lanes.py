"""Very many events over one recording: lanes hold all, the gravest bear the numbers of the list."""

import itertools

import numpy as np
import pytest

from offbeat.events import Event
from offbeat.events.severity import Severity
from offbeat.report import event_zooms, interactive_recording, recording_overview
from offbeat.report.drawing.lanes import NUMBERED
from offbeat.report.drawing.times import Timeline
from offbeat.report.interactive.views import named_spans
from offbeat.series.recording import Recording

N = 84


@pytest.fixture
def crowded():
    """A recording with 84 events, every third at watch; the later the graver, and two neighbours at the end."""
    scores = np.zeros(10_000)
    events = []
    for place in range(N):
        start = 100 * place + (10 if place < N - 1 else -98)
        tier = Severity.WATCH if place % 3 == 0 else Severity.ALARM
        events.append(Event(start, start + 3, start + 1, score=place + 1.0, severity=tier))
        scores[start : start + 3] = place + 1.0
    return Recording(scores, name="crowd"), scores, events


def lanes_of(figure):
    return figure.axes[0]


def test_every_event_has_a_mark_in_the_lane_of_its_tier(crowded):
    recording, scores, events = crowded
    lanes = lanes_of(recording_overview(recording, scores, events))
    assert [text.get_text() for text in lanes.get_yticklabels()] == ["watch", "alarm"]
    watch, alarm = (bars.get_paths() for bars in lanes.collections)
    assert len(watch) == sum(event.severity == Severity.WATCH for event in events)
    # two alarms lie so near each other that they are one mark, which is told
    assert len(alarm) == N - len(watch) - 1
    assert lanes.get_title("right") == "84 events drawn as 83 marks: near ones are joined"
    # a lane of its own tells a tier where colours do not
    assert max(path.get_extents().y1 for path in watch) <= 1 <= min(path.get_extents().y0 for path in alarm)


def test_only_the_gravest_have_bands_and_dots_and_the_numbers_of_their_rank(crowded):
    recording, scores, events = crowded
    figure = recording_overview(recording, scores, events)
    lanes, signal, score = figure.axes
    ranked = sorted(events, key=lambda event: (-event.severity, -event.score))[:NUMBERED]
    bands = [path.get_extents() for bars in signal.collections for path in bars.get_paths()]
    assert [round((band.x0 + band.x1) / 2) for band in bands] == sorted(event.peak for event in ranked)
    numbers = sorted(int(each) for text in lanes.texts for each in text.get_text().split(", "))
    assert numbers == list(range(1, NUMBERED + 1))
    first = next(text for text in lanes.texts if text.get_text().split(", ")[0] == "1")
    assert first.xy[0] == ranked[0].peak
    for axes in (signal, score):
        dots = [line for line in axes.lines if line.get_marker() == "o"]
        assert sum(len(line.get_xdata()) for line in dots) == NUMBERED
    assert "the 9 gravest bear numbers" in figure.get_suptitle().replace("\n", " ")


def test_numbers_do_not_lie_over_each_other(crowded):
    recording, scores, events = crowded
    figure = recording_overview(recording, scores, events)
    figure.draw_without_rendering()
    boxes = sorted((text.get_window_extent() for text in lanes_of(figure).texts), key=lambda box: box.x0)
    assert all(left.x1 <= right.x0 for left, right in itertools.pairwise(boxes))


def test_few_events_are_all_numbered_and_nothing_is_joined(pump):
    figure = recording_overview(pump.recording, pump.scores, pump.events)
    assert sorted(text.get_text() for text in lanes_of(figure).texts) == ["1", "2", "3"]
    assert lanes_of(figure).get_title("right") == ""
    assert "numbers" not in figure.get_suptitle()


def test_without_events_there_are_no_lanes(pump):
    assert len(recording_overview(pump.recording, pump.scores, []).axes) == len(pump.recording.channels) + 1


def test_the_zooms_bear_the_numbers_of_the_overview(pump):
    figure = event_zooms(pump.recording, pump.scores, pump.events)
    titles = [axes.get_title("left") for axes in figure.axes if axes.get_title("left")]
    assert [title.split(":")[0] for title in titles] == ["1", "2", "3"]


def test_the_interactive_picture_holds_each_event_as_a_mark_and_as_a_view(crowded):
    recording, scores, events = crowded
    figure = interactive_recording(recording, scores, events, threshold=0.5).figure
    held = {trace.name: trace for trace in figure.data}
    assert (len(held["alarm"].x) + len(held["watch"].x)) // 5 == N
    shaded = sum(len(trace.x) // 5 for trace in figure.data if trace.name.startswith("gravest"))
    assert shaded == NUMBERED
    views = figure.layout.meta["events"]
    assert len(views) == N
    assert views[0]["name"] == "Gravest event"
    assert views[0]["what"] == "alarm, score 84, peak at time step 8,203"
    for view in views:
        left, right = view["view"]
        assert left <= view["peak"] <= right
    assert list(figure.layout.yaxis4.ticktext) == ["watch", "alarm"]


def test_lengths_of_time_have_names_in_the_unit_of_the_axis():
    stamps = np.datetime64("2024-01-01") + np.arange(5_000) * np.timedelta64(10, "m")
    dated = named_spans(Timeline.of(Recording(np.zeros(5_000), timestamps=stamps)))
    assert dated == [("6 hours", 21_600_000.0), ("1 day", 86_400_000.0), ("1 week", 604_800_000.0)]
    minutes = named_spans(Timeline.of(Recording(np.zeros(5_000), sampling_rate=10.0)))
    assert minutes == [("10 seconds", 10 / 60), ("1 minute", 1.0)]
    assert named_spans(Timeline.of(Recording(np.zeros(30)))) == []
