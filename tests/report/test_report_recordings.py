from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.dates import date2num
from matplotlib.image import imread

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.events import Event, mask_to_events
from offbeat.report import event_zooms, forecast_against_truth, recording_overview
from offbeat.report.drawing.scales import ScoreAxis
from offbeat.report.drawing.style import RUST
from offbeat.report.drawing.times import Timeline, elapsed
from offbeat.report.figures.lines import POINTS
from offbeat.report.files import render
from offbeat.series.recording import Recording


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def bars(axes):
    """Return (left, right) of each shaded event or window."""
    boxes = [
        path.get_extents() for bar in axes.collections if isinstance(bar, PolyCollection) for path in bar.get_paths()
    ]
    return [(box.x0, box.x1) for box in boxes]


def dots(axes):
    (line,) = [line for line in axes.lines if line.get_marker() == "o"]
    return line


def test_overview_draws_the_most_blamed_channel_first_with_events_windows_and_score(pump):
    figure = recording_overview(
        pump.recording,
        pump.scores,
        pump.events,
        threshold=0.8,
        tiers={"watch": 0.8, "alarm": 1.2},
        known=[(690, 720)],
        train_end=500,
    )
    _, *channels, score = figure.axes  # lanes first
    assert [axes.get_ylabel() for axes in channels] == ["pressure", "flow", "level"]
    assert figure.get_suptitle() == "3 events (2 alarms, 1 at watch) in the last 1,500 of 2,000 time steps of pump"
    np.testing.assert_array_equal(channels[0].lines[0].get_ydata(), pump.recording.values[:, 2])
    stamps = date2num(pump.recording.timestamps)
    np.testing.assert_allclose(channels[0].lines[0].get_xdata(), stamps, atol=1e-7)
    # a step reaches five minutes to either side; watch, then alarms, then the labelled window
    half = 5 / 1440
    expected = [(1200, 1201), (700, 705), (1500, 1501), (690, 720)]
    found = bars(channels[0])
    np.testing.assert_allclose(found, [(stamps[a] - half, stamps[b - 1] + half) for a, b in expected], atol=1e-7)
    # only the channels an event names are marked by it
    assert [len(dots(axes).get_xdata()) for axes in channels[:2]] == [2, 2]
    assert not [line for line in channels[2].lines if line.get_marker() == "o"]
    assert dots(score).get_ydata().tolist() == [event.score for event in pump.events]
    assert {line.get_color() for line in score.lines} >= {RUST}
    assert legend(figure) == [
        "normal", "watch", "alarm", "series", "anomalous, peak", "labelled window", "threshold 0.8", "score",
        "learned from the left part",
    ]  # fmt: skip


def test_scores_that_are_missing_are_a_gap(pump):
    axes = recording_overview(pump.recording, pump.scores).axes[-1]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), pump.scores)
    assert axes.get_ylabel() == "score (log)"


def test_scores_of_a_wide_range_get_a_log_axis_with_every_peak_in_sight():
    scores = np.r_[np.full(500, 0.01), 40.0, 1e-9]
    figure = recording_overview(Recording(scores), scores, threshold=100.0)
    axes = figure.axes[-1]
    assert (axes.get_yscale(), axes.get_ylabel()) == ("log", "score (log)")
    assert axes.get_ylim()[0] < 0.01
    assert axes.get_ylim()[1] > 100
    # ordinary noise has dips near zero, but no peak far above the rest
    noise = ScoreAxis.over_time(np.abs(np.random.default_rng(0).normal(size=999)), [])
    assert not noise.log
    assert ScoreAxis.over_time([np.nan], []) == ScoreAxis(0.0, 1.0)


def test_a_million_points_are_drawn_as_few_with_every_extreme():
    values = np.random.default_rng(0).normal(size=1_000_000)
    values[123_456], values[654_321] = 90, -90
    line = recording_overview(Recording(values, sampling_rate=250.0)).axes[0].lines[0]
    assert len(line.get_ydata()) <= POINTS + 2
    assert (line.get_ydata().max(), line.get_ydata().min()) == (90, -90)
    assert line.get_xdata()[line.get_ydata().argmax()] == pytest.approx(123_456 / 250 / 60)


def test_at_most_six_channels_are_drawn_and_the_rest_is_counted():
    many = Recording(np.random.default_rng(0).normal(size=(50, 9)))
    blamed = [Event(start=3, end=4, peak=3, score=2.0, channels=(("ch8", 0.7), ("ch1", 0.3)))]
    figure = recording_overview(many, events=blamed)
    assert [axes.get_ylabel() for axes in figure.axes[1:]] == ["ch8", "ch1", "ch0", "ch2", "ch3", "ch4"]
    assert figure.get_suptitle().replace("\n", " ").endswith("6 of 9 channels drawn, most blamed first, 3 left out")
    plain = recording_overview(many).get_suptitle().replace("\n", " ")
    assert plain.endswith("; 6 of 9 channels drawn, in their order, 3 left out")


def test_the_worst_event_decides_which_channel_comes_first():
    slight = [Event(start=i, end=i + 1, peak=i, score=1.0, channels=(("ch1", 1.0),)) for i in (2, 4, 6)]
    worst = Event(start=8, end=9, peak=8, score=50.0, channels=(("ch2", 1.0),))
    panels = recording_overview(Recording(np.zeros((20, 3))), events=[*slight, worst]).axes[1:]
    assert [axes.get_ylabel() for axes in panels] == ["ch2", "ch1", "ch0"]


@pytest.mark.parametrize(
    ("settings", "label"),
    [({}, "time step"), ({"sampling_rate": 50.0}, "time (s)"), ({"sampling_rate": 0.5}, "time (min)"),
     ({"sampling_rate": 0.01}, "time (h)")],
)  # fmt: skip
def test_the_time_axis_follows_what_is_known_of_time(settings, label):
    assert recording_overview(Recording(np.arange(1000.0), **settings)).axes[-1].get_xlabel() == label


def test_missing_time_stamps_fall_back_to_steps():
    times = np.array(["2024-01-01", "NaT", "2024-01-03"], dtype="datetime64[s]")
    assert not Timeline.of(Recording(np.zeros(3))).dated
    unknown = Recording(np.zeros(3))
    object.__setattr__(unknown, "timestamps", times)
    assert Timeline.of(unknown).label == "time step"


def test_clock():
    assert [elapsed(s) for s in (0, 0.04, 179.96, 180, 3599.9996)] == ["0 s", "0.04 s", "180 s", "0:03:00", "1:00:00"]


def test_channels_without_values_and_scores_without_any_say_so():
    figure = recording_overview(Recording(np.full(9, np.nan)), np.full(9, np.nan))
    assert [axes.texts[0].get_text() for axes in figure.axes] == ["no values", "no scores"]


def test_lone_values_between_gaps_are_dots():
    values = np.array([np.nan, 5.0, np.nan, 1.0, 2.0, np.nan, 3.0])
    axes = recording_overview(Recording(values)).axes[0]
    assert axes.lines[1].get_xdata().tolist() == [1.0, 6.0]


def test_overview_refuses_what_does_not_fit(pump):
    with pytest.raises(ShapeError, match=r"expected 2000 scores.*got \(3,\)"):
        recording_overview(pump.recording, [1, 2, 3])
    with pytest.raises(ShapeError, match="ends beyond the 2000 time steps"):
        recording_overview(pump.recording, events=[Event(start=1999, end=2001, peak=1999)])
    with pytest.raises(DataError, match=r"pair \(start, end\).*\(9, 3\)"):
        recording_overview(pump.recording, known=[(9, 3)])
    with pytest.raises(ParameterError, match="0 to 2000, not 2001"):
        recording_overview(pump.recording, train_end=2001)
    with pytest.raises(DataError, match="needs a recording with values"):
        recording_overview(Recording(np.zeros(0)))
    with pytest.raises(ParameterError, match=r"'watch' and 'alarm'.*: red"):
        recording_overview(pump.recording, pump.scores, tiers={"red": 1.0})


def test_zooms_show_the_worst_first_with_context_expectation_and_peak(pump):
    figure = event_zooms(
        pump.recording,
        pump.scores,
        pump.events,
        expected=pump.expected,
        threshold=0.8,
        tiers=(0.8, 1.2),
        known=[(690, 1100)],
    )
    titled = [axes for axes in figure.axes if axes.get_title("left")]
    worst = max(pump.events, key=lambda event: event.score)
    moment = str(pump.recording.timestamps[worst.peak]).replace("T", " ")[:16]
    assert titled[0].get_title("left") == f"1: {moment}, score {worst.score:.4g}, alarm"
    assert [axes.get_title("left").rpartition(" ")[2] for axes in titled] == ["alarm", "alarm", "watch"]
    first = titled[0]
    truth, expected, peak = first.lines[:3]
    np.testing.assert_array_equal(truth.get_ydata(), pump.recording.values[650:755, 2])
    np.testing.assert_array_equal(expected.get_ydata(), pump.expected[650:755, 2])
    assert peak.get_ydata() == [pump.recording.values[worst.peak, 2]]
    assert {axes.get_ylabel() for axes in figure.axes} == {"pressure", "flow", "score (log)"}
    # signal and score lie under each other, and all scores are on one axis
    assert len({axes.get_ylim() for axes in figure.axes if axes.get_ylabel() == "score (log)"}) == 1
    assert sorted(axes.get_xlim() for axes in figure.axes if axes.get_ylabel() == "score (log)") == sorted(
        axes.get_xlim() for axes in figure.axes if axes.get_ylabel() != "score (log)"
    )
    assert len(figure.axes) == 6
    assert figure.get_suptitle() == "3 events (2 alarms, 1 at watch), worst first"
    assert legend(figure) == [
        "normal", "watch", "alarm", "series", "expected", "peak", "labelled window", "threshold 0.8", "score",
    ]  # fmt: skip


def test_a_long_event_has_three_lengths_around_it_and_the_ends_of_the_recording_hold():
    scores = np.zeros(1000)
    scores[500:540], scores[5] = 3, 9
    figure = event_zooms(Recording(scores), scores, mask_to_events(scores > 1, scores))
    lines = [axes.lines[0].get_xdata() for axes in figure.axes if axes.get_title("left")]
    assert [(line[0], line[-1]) for line in lines] == [(0, 55), (380, 659)]


def test_zooms_are_limited_and_need_an_event(pump):
    figure = event_zooms(pump.recording, pump.scores, pump.events, limit=1)
    assert figure.get_suptitle() == "The 1 worst of 3 events (2 alarms, 1 at watch)"
    assert len(figure.axes) == 2
    with pytest.raises(DataError, match="at least one event"):
        event_zooms(pump.recording, pump.scores, [])
    with pytest.raises(ParameterError, match="not 0"):
        event_zooms(pump.recording, pump.scores, pump.events, limit=0)
    with pytest.raises(ShapeError, match=r"\(2000, 3\), got \(2000, 1\)"):
        event_zooms(pump.recording, pump.scores, pump.events, expected=pump.expected[:, 0])


def test_an_event_without_shares_shows_the_channel_of_largest_error(pump):
    nameless = [replace(event, channels=()) for event in pump.events]
    figure = event_zooms(pump.recording, pump.scores, nameless[:1], expected=pump.expected)
    assert figure.axes[0].get_ylabel() == "pressure"
    figure = event_zooms(pump.recording, pump.scores, nameless[:1])
    assert figure.axes[0].get_ylabel() == "flow"


def test_forecast_shows_the_largest_error_or_what_is_asked_for(pump):
    figure = forecast_against_truth(pump.recording, pump.expected)
    above, below = figure.axes
    assert above.get_ylabel() == "pressure"
    truth, expected = above.lines
    error = below.lines[0].get_ydata()
    np.testing.assert_allclose(error, truth.get_ydata() - expected.get_ydata())
    assert len(error) == 400
    assert np.abs(error).max() == pytest.approx(np.abs(pump.recording.values - pump.expected).max())
    assert "largest error of the stretch 3.0" in figure.get_suptitle()
    at_end = forecast_against_truth(pump.recording, pump.expected, around=1999, length=100, channel="level")
    np.testing.assert_array_equal(at_end.axes[0].lines[0].get_ydata(), pump.recording.values[1900:, 1])


def test_forecast_refuses_what_it_cannot_draw(pump):
    with pytest.raises(ShapeError, match=r"'x'.*flow, level, pressure"):
        forecast_against_truth(pump.recording, pump.expected, channel="x")
    with pytest.raises(ParameterError, match="0 to 1999, not 2000"):
        forecast_against_truth(pump.recording, pump.expected, around=2000)
    with pytest.raises(ParameterError, match="at least 2, not 1"):
        forecast_against_truth(pump.recording, pump.expected, length=1)
    with pytest.raises(DataError, match="there is none"):
        forecast_against_truth(pump.recording, np.full((2000, 3), np.nan))


def test_forecast_of_a_stretch_without_expectation_says_so(pump):
    expected = pump.expected.copy()
    expected[:300] = np.nan
    figure = forecast_against_truth(pump.recording, expected, around=50, length=100)
    assert figure.get_suptitle() == "pump, flow: nothing was expected in this stretch"


def test_pictures_are_not_blank_and_names_are_plain_text(pump):
    hostile = replace(pump.recording, channels=("</script>", "$\\frac", "<b>"), name="<i>pump</i>")
    named = [replace(event, channels=(("</script>", 1.0),)) for event in pump.events]
    for figure in (
        recording_overview(hostile, pump.scores, named),
        event_zooms(hostile, pump.scores, named),
        forecast_against_truth(hostile, pump.expected),
    ):
        svg = render(figure, "svg").decode()
        assert "</script>" not in svg
        assert "&lt;" in svg
        pixels = imread(BytesIO(render(figure, "png")))[..., :3]
        assert 0.005 < (pixels.min(axis=-1) < 0.5).mean() < 0.5
