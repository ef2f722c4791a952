import numpy as np
import pytest
from scipy.integrate import trapezoid

from offbeat.errors import DataError, ShapeError
from offbeat.report import score_histograms, scores_by_class
from offbeat.report.drawing.scales import ScoreAxis
from offbeat.report.drawing.style import TIER_COLOURS


def titles(figure):
    return [axes.get_title("left") for axes in figure.axes]


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def histogram(axes):
    return next(patch for patch in axes.patches if hasattr(patch, "get_data")).get_data()


def density(axes):
    return [line for line in axes.lines if len(line.get_xdata()) > 2]


def test_each_part_has_a_panel_on_one_axis_with_cut_tiers_and_density(scores):
    figure = score_histograms(scores, threshold=0.2, tiers=(0.15, 0.3))
    assert len(figure.axes) == 3
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    for axes, part in zip(figure.axes, scores.values(), strict=True):
        shares, edges, _ = histogram(axes)
        assert shares.sum() == pytest.approx(100)
        np.testing.assert_allclose(shares, 100 * np.histogram(part, edges)[0] / part.size)
        (curve,) = density(axes)
        # in the same unit as the bars: the share in one bar's width
        area = trapezoid(curve.get_ydata(), curve.get_xdata()) / np.diff(edges)[0]
        assert area == pytest.approx(100, abs=1)
        bands = [patch for patch in axes.patches if not hasattr(patch, "get_data")]
        assert [round(band.get_x(), 6) for band in bands] == [round(axes.get_xlim()[0], 6), 0.15, 0.3]
    assert legend(figure) == [*TIER_COLOURS, "threshold 0.2", "histogram", "density"]
    assert figure.axes[-1].get_xlabel() == "score (higher = more anomalous)"


def test_titles_say_what_the_cut_does_and_what_was_left_out():
    figure = score_histograms({"train": [0.1, 0.2], "anomalies": [0.1, 0.9, np.nan, 0.8]}, threshold=0.2)
    assert titles(figure) == [
        "train: 2 scores, 0 above the threshold (0%)",
        "anomalies: 3 scores, 2 above the threshold (66.7%), 1 without a score",
    ]
    assert figure.get_suptitle() == "The threshold at 0.2 flags 0% of train, 66.7% of anomalies"


@pytest.mark.parametrize("constant", [0.0, 0.3, -1e6])
def test_equal_scores_have_a_bar_and_no_density_curve(constant):
    figure = score_histograms({"train": np.full(20, constant)})
    assert histogram(figure.axes[0])[0].max() == 100
    assert not density(figure.axes[0])


def test_a_part_without_scores_says_so():
    figure = score_histograms({"train": [0.1, 0.2], "anomalies": [np.nan, np.nan], "none": []})
    assert [axes.texts[0].get_text() for axes in figure.axes[1:]] == ["no scores"] * 2
    assert titles(figure)[1] == "anomalies: 0 scores, 2 without a score"
    with pytest.raises(DataError, match="got none"):
        score_histograms({})


def test_positive_scores_of_a_wide_range_get_a_log_axis():
    values = np.exp(np.random.default_rng(0).normal(0, 2, 500))
    figure = score_histograms({"train": values}, threshold=1.0)
    (axes,) = figure.axes
    shares, edges, _ = histogram(axes)
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel().endswith("log scale")
    np.testing.assert_allclose(np.diff(np.log(edges)), np.diff(np.log(edges))[0])
    assert shares.sum() == pytest.approx(100)


def test_a_long_tail_beside_zero_is_gathered_at_the_edge_and_counted():
    part = np.r_[np.linspace(-1, 1, 400), 5000.0]
    figure = score_histograms({"train": part})
    (axes,) = figure.axes
    assert axes.get_xscale() == "linear"
    assert axes.get_xlim()[1] < 2
    assert titles(figure) == ["train: 401 scores\n1 score beyond the right edge, up to 5000"]
    assert histogram(axes)[0].sum() == pytest.approx(100)
    assert ScoreAxis(0, 1).note(np.array([-2.0, 0.5])) == "1 score below the left edge, down to -2"


def test_the_cut_is_always_in_sight(scores):
    axes = score_histograms(scores, threshold=9.0, tiers=(8.0, 12.0)).axes[0]
    low, high = axes.get_xlim()
    assert low < 8 < 12 < high


def test_a_tier_that_is_never_reached_has_no_width(scores):
    axes = score_histograms(scores, tiers=(0.2, np.inf)).axes[0]
    bands = [patch for patch in axes.patches if not hasattr(patch, "get_data")]
    assert [band.get_width() > 0 for band in bands] == [True, True, False]


def test_tiny_scores_have_a_density_curve_too():
    assert density(score_histograms({"train": 1e-12 * np.arange(1, 9)}).axes[0])


def test_a_million_scores_are_drawn_in_good_time(scores):
    values = np.random.default_rng(0).normal(1, 0.1, 1_000_000)
    (curve,) = density(score_histograms({"train": values}).axes[0])
    assert curve.get_xdata()[curve.get_ydata().argmax()] == pytest.approx(1, abs=0.02)


def test_classes_are_ranked_by_median_with_box_strip_and_share():
    values = np.r_[np.full(600, 0.9), np.linspace(0, 0.4, 11), np.nan]
    labels = np.r_[np.full(600, 2), np.full(11, 1), 1]
    figure = scores_by_class(values, labels, {"1": "normal", "2": "PVC"}, threshold=0.35, tiers=(0.3, 0.5))
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        "normal\nn = 11, 18.2% flagged",
        "PVC\nn = 600, 100% flagged",
    ]
    strips = [strip.get_offsets() for strip in axes.collections]
    assert [len(strip) for strip in strips] == [11, 400]
    np.testing.assert_allclose(strips[0][:, 0], values[600:611])
    assert np.abs(strips[1][:, 1] - 1).max() <= 0.3
    medians = [line.get_xdata()[0] for line in axes.lines if line.get_linewidth() == 2.2]
    assert medians == [pytest.approx(0.2), pytest.approx(0.9)]
    assert figure.get_suptitle() == "The threshold at 0.35 flags from 18.2% (normal) to 100% (PVC)"
    assert legend(figure) == [*TIER_COLOURS, "threshold 0.35"]


def test_scores_by_class_use_a_log_axis_or_count_what_is_beyond():
    wide = np.geomspace(0.01, 100, 60)
    assert scores_by_class(wide, np.repeat([1, 2], 30)).axes[0].get_xscale() == "log"
    tail = np.r_[np.linspace(-1, 1, 400), 5000.0]
    axes = scores_by_class(tail, np.ones(401)).axes[0]
    assert axes.get_xlabel().endswith("1 score beyond the right edge, up to 5000")
    assert axes.collections[0].get_offsets()[:, 0].max() <= axes.get_xlim()[1]


def test_scores_by_class_refuse_what_does_not_fit():
    with pytest.raises(ShapeError, match=r"\(3,\) scores and \(2,\) classes"):
        scores_by_class([1, 2, 3], [1, 2])
    with pytest.raises(DataError, match="every one of them is missing"):
        scores_by_class([np.nan], [1])


def test_the_same_picture_every_time_and_the_random_state_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002  the global state is what must not move
    first, second = (scores_by_class([1.0, 2.0, 3.0], [1, 1, 2]).axes[0].collections[0].get_offsets() for _ in "ab")
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002
