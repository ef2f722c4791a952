import math

import numpy as np
import pytest

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.metrics.calibration import calibration_error, reliability
from offbeat.report import (
    EcgStrip,
    beat_shapes,
    confusion_figure,
    ecg_strips,
    reliability_figure,
    rr_tachogram,
    save_figure,
)
from offbeat.report.drawing.style import house_style, lightness, panel_grid
from offbeat.report.figures.beat_marks import MARKS, clock_axis

RATE = 250.0


@pytest.fixture
def ecg():
    """A minute of an artificial ECG in mV, and when its beats are: one a second, every tenth wide and early."""
    times = np.arange(0, 60, 1 / RATE)
    peaks = np.arange(0.5, 60) - 0.25 * (np.arange(60) % 10 == 9)
    classes = np.where(np.arange(60) % 10 == 9, "V", "N")
    values = 0.02 * np.random.default_rng(5).normal(size=len(times))
    for peak, name in zip(peaks, classes, strict=True):
        width, height = (0.05, -1.6) if name == "V" else (0.012, 1.2)
        values += height * np.exp(-(((times - peak) / width) ** 2)) + 0.25 * np.exp(
            -(((times - peak - 0.25) / 0.06) ** 2)
        )
    return values, peaks, classes


def strip(ecg, beat, **settings):
    values, peaks, classes = ecg
    return EcgStrip(values, RATE, 0.0, peaks[beat], peaks, classes, **settings)


def millimetres(figure, axes):
    box = axes.get_position()
    return 25.4 * box.width * figure.get_figwidth(), 25.4 * box.height * figure.get_figheight()


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def points(figure, marker):
    return next(line for line in figure.axes[0].lines if line.get_marker() == marker)


def test_classes_differ_in_shape_and_those_of_like_shape_in_lightness():
    assert len({mark.marker for mark in MARKS.values()}) == len(MARKS)
    assert abs(lightness(MARKS["S"].colour) - lightness(MARKS["V"].colour)) > 15


def test_a_tachogram_has_every_beat_where_it_belongs():
    times = np.array([1.0, 2.0, 2.5, 4.0, 9.0])
    intervals = np.array([np.nan, 1.0, 0.5, 1.5, 5.0])
    figure = rr_tachogram(times, intervals, ["N", "N", "V", "N", "N"], [(5, 8, "noise")], duration_s=20)
    assert points(figure, ".").get_xydata().tolist() == [[2.0, 1.0], [4.0, 1.5]]
    assert points(figure, MARKS["V"].marker).get_xydata().tolist() == [[2.5, 0.5]]
    # five seconds do not fit: at the edge, and counted
    assert points(figure, (3, 0, 0)).get_xdata().tolist() == [9.0]
    assert "longer than 3 s (1)" in legend(figure)
    assert {"N normal (4)", "V ventricular (1)", "unreadable", "pause (2 s)"} <= set(legend(figure))
    assert figure.get_suptitle() == "5 beats in 0:00:20: 1 V (20%)"
    (shaded,) = figure.axes[0].collections
    assert shaded.get_paths()[0].get_extents().intervalx.tolist() == [5, 8]


def test_a_tachogram_of_a_day_is_thinned_but_keeps_rare_beats_and_extremes():
    rng = np.random.default_rng(1)
    intervals = rng.uniform(0.6, 0.9, 100_000)
    classes = np.full(100_000, "N", dtype=object)
    classes[[5, 60_000]] = "F"
    intervals[70_000], intervals[80_000] = 2.5, 0.25
    figure = rr_tachogram(np.cumsum(intervals), intervals, classes, most_points=2000)
    drawn = points(figure, ".").get_ydata()
    assert 1500 < len(drawn) <= 2010
    assert (drawn.min(), drawn.max()) == (0.25, 2.5)
    assert len(points(figure, MARKS["F"].marker).get_xdata()) == 2


@pytest.mark.parametrize("count", [0, 1])
def test_a_tachogram_of_hardly_any_beats_is_drawn(count):
    figure = rr_tachogram([3.0] * count, [np.nan] * count, ["N"] * count)
    assert figure.get_suptitle().startswith(f"{count} beat")


def test_tachogram_refuses_what_does_not_fit():
    with pytest.raises(ShapeError, match="one interval for each beat"):
        rr_tachogram([1, 2], [1], ["N", "N"])
    with pytest.raises(ShapeError, match="expected 2 classes"):
        rr_tachogram([1, 2], [1, 1], ["N"])
    with pytest.raises(DataError, match=r"\(3, 2\)"):
        rr_tachogram([1], [1], ["N"], [(3, 2)])
    with pytest.raises(DataError, match="longer than 0"):
        rr_tachogram([1], [1], ["N"], duration_s=0)
    with pytest.raises(ParameterError, match="4 points or more"):
        rr_tachogram([1], [1], ["N"], most_points=3)


@pytest.mark.parametrize(
    ("stop", "ticks"),
    [
        (20.0, ["0:00:00", "0:00:05", "0:00:10", "0:00:15", "0:00:20"]),
        (1805.6, ["0:00", "0:05", "0:10", "0:15", "0:20", "0:25", "0:30"]),
        (86_400.0, ["0:00", "3:00", "6:00", "9:00", "12:00", "15:00", "18:00", "21:00", "24:00"]),
        (20 * 86_400.0, ["0:00", "72:00", "144:00", "216:00", "288:00", "360:00", "432:00"]),
    ],
)
def test_ticks_stand_at_full_hours_minutes_or_seconds(stop, ticks):
    with house_style():
        figure, panels = panel_grid(1, 1)
        clock_axis(panels[0, 0], 0, stop)
        figure.draw_without_rendering()
    assert [label.get_text() for label in panels[0, 0].get_xticklabels()] == ticks


def test_beat_shapes_are_means_and_deviations(ecg):
    values, peaks, classes = ecg
    rows = values[(peaks[1:-1, None] * RATE).round().astype(int) + np.arange(-50, 100)]
    rows[3, 7] = np.nan
    figure = beat_shapes(rows, classes[1:-1], RATE, 50)
    normal, ventricular = figure.axes
    assert [axes.get_title("left") for axes in figure.axes] == ["N normal (n = 53)", "V ventricular (n = 5)"]
    mean = np.nanmean(rows[classes[1:-1] == "N"], axis=0)
    np.testing.assert_allclose(normal.lines[1].get_ydata(), mean)
    np.testing.assert_allclose(ventricular.lines[2].get_ydata(), mean)
    assert normal.lines[1].get_xdata()[[0, 50]].tolist() == [-200, 0]
    # the band reaches from two deviations below to two above
    deviation = np.nanstd(rows[classes[1:-1] == "N"], axis=0, ddof=1)
    edge = normal.collections[0].get_paths()[0].get_extents()
    assert (edge.y0, edge.y1) == pytest.approx(((mean - 2 * deviation).min(), (mean + 2 * deviation).max()))


def test_a_single_beat_has_a_shape_and_no_band():
    (axes,) = beat_shapes(np.zeros((1, 10)), ["S"], 100.0, 5).axes
    assert axes.get_title("left") == "S supraventricular (n = 1)"
    assert len(axes.collections) == 0


def test_beat_shapes_refuse_what_does_not_fit():
    with pytest.raises(ShapeError, match="n_beats, n_times"):
        beat_shapes(np.zeros((2, 1, 9)), ["N", "N"], 100.0, 5)
    with pytest.raises(DataError, match="at least one beat"):
        beat_shapes(np.zeros((0, 9)), [], 100.0, 5)
    for settings in ((100.0, 9), (100.0, -1), (0.0, 5)):
        with pytest.raises(ParameterError):
            beat_shapes(np.zeros((1, 9)), ["N"], *settings)


@pytest.mark.parametrize(("seconds", "columns"), [(6.0, 1), (3.0, 2), (10.0, 1)])
def test_strips_have_true_scale(ecg, tmp_path, seconds, columns):
    figure = ecg_strips([strip(ecg, beat) for beat in (9, 19, 29)], seconds=seconds, title="Three beats")
    for axes in figure.axes:
        (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
        across, up = millimetres(figure, axes)
        assert across == pytest.approx(25 * (right - left))
        assert up == pytest.approx(10 * (high - low))
        assert right - left == pytest.approx(seconds + 0.4)
    assert len({round(axes.get_position().x0, 6) for axes in figure.axes}) == columns
    # and the file keeps it
    png, _ = save_figure(figure, tmp_path / "strips")
    width = int.from_bytes(png.read_bytes()[16:20], "big")
    assert width / 150 == pytest.approx(figure.get_figwidth(), abs=0.01)


def test_the_mark_is_one_millivolt_high_and_a_fifth_of_a_second_long(ecg):
    axes = ecg_strips([strip(ecg, 9)]).axes[0]
    mark = next(line.get_xydata() for line in axes.lines if len(line.get_xdata()) == 6)
    assert np.ptp(mark[:, 1]) == pytest.approx(1)
    top = mark[mark[:, 1] > mark[:, 1].mean()]
    assert np.ptp(top[:, 0]) == pytest.approx(0.2)


def test_boxes_are_a_twenty_fifth_of_a_second_by_a_tenth_of_a_millivolt(ecg):
    axes = ecg_strips([strip(ecg, 9)]).axes[0]
    steps = [
        np.diff([segment[0][at] for segment in lines.get_segments()]) for lines in axes.collections for at in (0, 1)
    ]
    found = sorted({round(float(step[0]), 9) for step in steps if step[0]})
    assert found == [0.04, 0.1, 0.2, 0.5]
    for step in steps:
        np.testing.assert_allclose(step, step[0])


def test_a_strip_names_its_beats_and_the_one_in_the_middle(ecg):
    axes = ecg_strips([strip(ecg, 29, confidence=0.617, note="wide", lead="MLII")]).axes[0]
    texts = [text.get_text() for text in axes.texts]
    assert "0:00:29.2 – V ventricular, confidence 0.62, wide" in texts
    assert "MLII" in texts
    (chosen,) = [text for text in axes.texts if text.get_text() == "V"]
    assert chosen.get_position()[0] == pytest.approx(3.0)
    assert chosen.get_fontweight() == "bold"
    assert [text.get_text() for text in axes.texts].count("N") == 5
    assert "750" in texts
    assert "1250" in texts


def test_gaps_and_the_ends_of_a_record_stay_empty(ecg):
    values = ecg[0].copy()
    values[100:150] = np.nan
    axes = ecg_strips([EcgStrip(values, RATE, 0.0, 0.5, ecg[1], ecg[2])]).axes[0]
    times, drawn = max((line.get_data() for line in axes.lines), key=lambda line: len(line[0]))
    assert times[0] == pytest.approx(2.5)
    assert np.isnan(drawn).sum() == 50


def test_what_needs_too_much_paper_is_cut_off_and_marked(ecg):
    values = ecg[0].copy()
    values[7000:7003] = 9.0
    figure = ecg_strips([strip((values, *ecg[1:]), 29)], most_mv=4.2)
    low, high = figure.axes[0].get_ylim()
    assert high - low == 4.0
    assert low < -1.5
    marks = [line for line in figure.axes[0].lines if line.get_marker() == "^"]
    assert [len(line.get_xdata()) for line in marks] == [1]
    assert marks[0].get_xdata()[0] == pytest.approx(28 - (29.25 - 3))


def test_the_beat_in_the_middle_stays_on_the_paper_where_not_all_can(ecg):
    values = ecg[0] + 20 * (np.arange(len(ecg[0])) < 200)  # the lead comes on
    for start in (0, 300):
        low, high = ecg_strips([EcgStrip(values[start:], RATE, start / RATE, ecg[1][1])], most_mv=2).axes[0].get_ylim()
        assert low < 0 < 1.2 < high


def test_a_strip_without_values_says_so():
    axes = ecg_strips([EcgStrip(np.full(500, np.nan), RATE, 0.0, 1.0)]).axes[0]
    assert "no values" in [text.get_text() for text in axes.texts]
    assert EcgStrip([], RATE, 0.0, 1.0).chosen() is None
    assert len(ecg_strips([EcgStrip([], RATE, 0.0, 1.0)]).axes) == 1


def test_strips_refuse_what_they_cannot_draw(ecg):
    with pytest.raises(DataError, match="at least one strip"):
        ecg_strips([])
    with pytest.raises(ParameterError, match="seconds=0"):
        ecg_strips([strip(ecg, 9)], seconds=0)
    with pytest.raises(ShapeError, match="one lead"):
        EcgStrip(np.zeros((9, 2)), RATE, 0.0, 0.0)
    with pytest.raises(ShapeError, match="expected 1 classes"):
        EcgStrip(np.zeros(9), RATE, 0.0, 0.0, [0.0], [])
    with pytest.raises(ParameterError, match="above 0 Hz"):
        EcgStrip(np.zeros(9), math.nan, 0.0, 0.0)


def test_confusion_cells_hold_counts_and_shares_of_their_row():
    figure = confusion_figure({"train": [[3, 1, 0], [0, 0, 0], [2, 0, 6]], "test": np.eye(3)}, ["N", "S", "V"], "Both")
    train, test = figure.axes
    cells = [text.get_text() for text in train.texts]
    assert cells[:3] == ["3\n75%", "1\n25%", "0\n0%"]
    assert cells[3:6] == ["0\n–"] * 3
    assert [label.get_text() for label in train.get_xticklabels()] == ["N\n60%", "S\n0%", "V\n100%"]
    assert [label.get_text() for label in train.get_yticklabels()] == ["N\n4", "S\n0", "V\n8"]
    shares = np.ma.filled(train.images[0].get_array(), np.nan)
    np.testing.assert_allclose(shares, [[0.75, 0.25, 0], [np.nan] * 3, [0.25, 0, 0.75]])
    assert test.get_title("left") == "test: accuracy 100%, macro-F1 1.000"
    assert figure.get_suptitle() == "Both"


def test_confusion_refuses_what_is_no_confusion_matrix():
    with pytest.raises(ShapeError, match=r"3 classes .*\(2, 2\)"):
        confusion_figure(np.eye(2), ["N", "S", "V"])
    with pytest.raises(DataError, match="negative or not numbers"):
        confusion_figure([[1, -1], [0, 1]], ["N", "V"])
    with pytest.raises(DataError, match="at least one"):
        confusion_figure({}, ["N"])


def test_reliability_weighs_distances_by_counts():
    bins = {"confidence": [np.nan, 0.4, 0.9], "accuracy": [np.nan, 0.5, 0.8], "n": [0, 10, 30]}
    figure = reliability_figure(bins)
    assert figure.get_suptitle().startswith(
        "Expected calibration error 0.100 over 40 predictions: mean confidence 77.5%"
    )
    points = next(line for line in figure.axes[0].lines if line.get_marker() == "o")
    assert points.get_xydata().tolist() == [[0.4, 0.5], [0.9, 0.8]]
    assert [bar.get_height() for bar in figure.axes[1].patches] == [0, 10, 30]
    # the first bin is empty and need not be seen
    assert figure.axes[1].get_xlim()[0] == pytest.approx(1 / 3)


def test_reliability_draws_the_bins_of_the_metric():
    rng = np.random.default_rng(4)
    probabilities = rng.dirichlet([0.3, 0.3, 0.3], 500)
    bins = reliability(probabilities, rng.choice(["N", "S", "V"], 500), ["N", "S", "V"])
    figure = reliability_figure(bins)
    assert f"error {calibration_error(bins):.3f} over 500 predictions" in figure.get_suptitle()
    assert sum(bar.get_height() for bar in figure.axes[1].patches) == 500


def test_reliability_takes_edges():
    bins = {"low": [0.0, 0.9], "high": [0.9, 1.0], "confidence": [0.5, 0.95], "accuracy": [0.5, 1.0], "n": [5, 5]}
    bars = reliability_figure(bins).axes[1].patches
    assert [(bar.get_x(), bar.get_width()) for bar in bars] == [(0.0, 0.9), (0.9, pytest.approx(0.1))]


def test_reliability_refuses_what_are_no_bins():
    with pytest.raises(DataError, match="n is not there"):
        reliability_figure({"confidence": [0.5], "accuracy": [0.5]})
    with pytest.raises(DataError, match="every bin is empty"):
        reliability_figure({"confidence": [np.nan], "accuracy": [np.nan], "n": [0]})
    with pytest.raises(DataError, match="not percentages"):
        reliability_figure({"confidence": [50], "accuracy": [40], "n": [3]})


def test_figures_leave_the_users_settings_alone(ecg):
    import matplotlib

    before = dict(matplotlib.rcParams)
    ecg_strips([strip(ecg, 9)])
    confusion_figure(np.eye(2), ["N", "V"])
    rr_tachogram([1, 2], [np.nan, 1], ["N", "V"])
    assert dict(matplotlib.rcParams) == before
