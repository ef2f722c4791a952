import numpy as np
import pandas as pd
import pytest

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.report import class_counts, class_means, comparison, first_and_worst, loss_curves, reconstructions
from offbeat.series.recording import Collection


def titles(figure):
    return [axes.get_title("left") for axes in figure.axes]


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_class_counts_show_numbers_shares_and_names(beats):
    figure = class_counts(beats)
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [120, 30]
    assert [text.get_text() for text in axes.texts] == ["120 (80%)", "30 (20%)"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["normal", "ectopic <b>beat</b>"]
    assert figure.get_suptitle() == "80% of 150 series are of class normal"


def test_class_means_match_a_plain_rolling_mean_and_deviation(beats):
    figure = class_means(beats, window=10)
    assert titles(figure) == ["normal (n = 120)", "ectopic <b>beat</b> (n = 30)"]
    raw, smooth = figure.axes[1].lines
    mean = pd.Series(beats.values[120:, 0].mean(axis=0))
    rolling = mean.rolling(10, center=True)
    np.testing.assert_allclose(raw.get_ydata(), mean)
    np.testing.assert_allclose(smooth.get_ydata(), rolling.mean())
    (band,) = figure.axes[1].collections
    edge = (rolling.mean() + 2 * rolling.std()).max()
    assert band.get_paths()[0].vertices[:, 1].max() == pytest.approx(edge)
    assert legend(figure) == ["mean series", "rolling mean, 10 time steps", "± 2 rolling standard deviations"]


def test_class_means_of_several_channels_have_a_row_a_class_and_seconds(beats):
    values = np.repeat(beats.values, 6, axis=1)
    many = Collection(values, labels=beats.labels, channels=list("abcdef"), sampling_rate=70.0)
    figure = class_means(many, max_channels=3)
    assert len(figure.axes) == 2 * 3
    assert [axes.get_ylabel() for axes in figure.axes] == ["a", "b", "c"] * 2
    assert [axes.get_xlabel() for axes in figure.axes] == [""] * 3 + ["time (s)"] * 3
    assert figure.axes[0].lines[0].get_xdata()[-1] == pytest.approx(139 / 70)
    assert figure.get_suptitle() == "Mean series of each class (first 3 of 6 channels)"


def test_class_means_leave_missing_values_out(beats):
    values = beats.values.copy()
    values[0] = np.nan
    values[:, :, 5] = np.nan
    mean = class_means(Collection(values, labels=beats.labels)).axes[0].lines[0].get_ydata()
    assert np.flatnonzero(np.isnan(mean)).tolist() == [5]
    np.testing.assert_allclose(mean[6:], values[1:120, 0, 6:].mean(axis=0))


def test_class_figures_refuse_what_they_cannot_draw(beats):
    unlabelled = Collection(beats.values)
    for draw in (class_counts, class_means):
        with pytest.raises(DataError, match="no labels"):
            draw(unlabelled)
    for window in (1, 141):
        with pytest.raises(ParameterError, match=f"2 to 140 time steps.*not {window}"):
            class_means(beats, window=window)


def test_seven_classes_wrap_into_rows_with_numbers_under_each_column():
    labels = np.repeat(np.arange(7), 2)
    figure = class_means(Collection(np.random.default_rng(0).normal(size=(14, 20)), labels=labels))
    assert len(figure.axes) == 7
    assert [axes.get_xlabel() for axes in figure.axes] == [""] * 4 + ["time step"] * 3


def test_loss_curves_mark_the_best_validation_epoch():
    figure = loss_curves({"loss": [4, 3, 2, 1], "val_loss": [4, np.nan, 2.5, 3], "lr": [0.001] * 4, "other": [1]})
    losses, rates = figure.axes
    best = losses.lines[-1]
    assert (best.get_xdata()[0], best.get_ydata()[0]) == (3, 2.5)
    assert losses.lines[0].get_xdata().tolist() == [1, 2, 3, 4]
    assert legend(figure) == ["training loss", "validation loss", "best epoch (3)"]
    assert figure.get_suptitle() == "Best epoch 3 of 4: validation loss 2.5"
    assert (losses.get_ylabel(), rates.get_ylabel(), rates.get_xlabel()) == ("loss", "learning rate", "epoch")
    assert losses.get_xlim() == (0.5, 4.5)


def test_loss_curves_without_validation_go_by_the_training_loss_and_use_a_log_axis_for_a_wide_range():
    figure = loss_curves({"loss": [100, 10, 1]})
    (axes,) = figure.axes
    assert axes.get_yscale() == "log"
    assert axes.get_ylabel() == "loss (log scale)"
    assert figure.get_suptitle() == "Best epoch 3 of 3: training loss 1, still falling at the end"


def test_loss_curves_do_without_a_validation_loss_that_was_never_known():
    figure = loss_curves({"loss": [2, 1, 3], "val_loss": [np.nan] * 3})
    assert figure.get_suptitle() == "Best epoch 2 of 3: training loss 1"


@pytest.mark.parametrize("history", [{}, {"lr": [1]}, {"loss": []}, {"loss": [np.nan]}])
def test_loss_curves_need_a_loss(history):
    with pytest.raises(DataError, match="needs 'loss' or 'val_loss'"):
        loss_curves(history)


def test_first_and_worst_choose_where_the_detector_errs():
    chosen = first_and_worst([0.3, np.nan, 0.1, 0.9], [np.nan, 5.0, 0.2, 0.4, 7.0], k=2)
    assert [part.tolist() for part in chosen] == [[0, 2], [3, 0], [1, 2], [2, 3], [4, 1]]
    assert [len(part) for part in first_and_worst([0.1], [np.nan], k=3)] == [1, 1, 0, 0, 0]
    with pytest.raises(ParameterError, match="not 0"):
        first_and_worst([1], [1], k=0)


def test_reconstructions_show_series_expectation_difference_and_verdict(beats):
    values = beats.values[:5]
    errors = np.zeros_like(values)
    errors[2, 0, 70] = 0.5
    figure = reconstructions(
        values, 0.5 * values, [0.1, 0.5, 0.9, np.nan, 0.51], errors, ["normal"] * 4 + ["PVC"], threshold=0.5
    )
    assert titles(figure) == [
        "normal\nscore 0.1, not flagged",
        "normal\nscore 0.5, not flagged",
        "normal\nscore 0.9, flagged",
        "normal\nno score",
        "PVC\nscore 0.51, flagged",
    ]
    came, expected = figure.axes[0].lines
    np.testing.assert_array_equal(came.get_ydata(), values[0, 0])
    np.testing.assert_array_equal(expected.get_ydata(), 0.5 * values[0, 0])
    assert came.get_linestyle() != expected.get_linestyle()
    # the strip has one scale for all panels: full height only where the largest error is
    heights = [axes.collections[1].get_paths()[0].vertices[:, 1].max() for axes in figure.axes]
    assert heights == [0, 0, pytest.approx(0.16), 0, 0]
    assert figure.get_suptitle() == "2 of the 5 series chosen here flagged at the threshold 0.5"
    assert legend(figure) == ["series", "reconstruction", "difference", "share of the score by time step"]


def test_reconstructions_of_two_channels_stand_side_by_side(beats):
    values = np.repeat(beats.values[:3], 2, axis=1)
    figure = reconstructions(values, values, [1, 2, 3], channels=["MLII (mV)", "V1 (mV)"], sampling_rate=140.0)
    assert [axes.get_ylabel() for axes in figure.axes] == ["MLII (mV)", "V1 (mV)"] * 3
    assert titles(figure)[::2] == ["score 1", "score 2", "score 3"]
    assert figure.axes[-1].get_xlabel() == "time (s)"


def test_reconstructions_refuse_shapes_that_do_not_fit(beats):
    values = beats.values[:3]
    with pytest.raises(ShapeError, match="one shape"):
        reconstructions(values, values[:2], [1, 2, 3])
    with pytest.raises(ShapeError, match="3 scores and titles"):
        reconstructions(values, values, [1, 2])
    with pytest.raises(ShapeError, match="3 scores and titles"):
        reconstructions(values, values, [1, 2, 3], titles=["one"])
    with pytest.raises(ShapeError, match="1 channel names, got 2"):
        reconstructions(values, values, [1, 2, 3], channels=["a", "b"])
    with pytest.raises(DataError, match="got none"):
        reconstructions(values[:0], values[:0], [])


ROWS = [
    ("LSTM", 0.99, 0.98, 0.995, False),
    ("5-NN", 0.997, 0.99, 0.999, True),
    ("PCA", 0.95, np.nan, np.nan, True),
    ("broken", np.nan, np.nan, np.nan, False),
]


def test_comparison_ranks_detectors_and_marks_baseline():
    figure = comparison(ROWS)
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["5-NN", "LSTM", "PCA"]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [dot.get_xdata()[0] for dot in dots] == [0.997, 0.99, 0.95]
    assert [dot.get_markerfacecolor() == "white" for dot in dots] == [True, False, True]
    assert axes.lines[2].get_xdata() == pytest.approx([0.98, 0.995])
    assert figure.get_suptitle() == "The baseline 5-NN (AUROC 0.9970) is not beaten: LSTM has 0.9900"
    assert legend(figure) == ["baseline", "detector"]


def test_comparison_says_what_was_found():
    better = comparison([*ROWS, ("dense", 0.998, 0.997, 0.999, False)], metric="AUPRC")
    assert better.get_suptitle() == "dense (AUPRC 0.9980) is above the best baseline, 5-NN (0.9970)"
    assert comparison(ROWS[1:3]).get_suptitle() == "Best: 5-NN, AUROC 0.9970"
    with pytest.raises(DataError, match="got 1 without"):
        comparison(ROWS[3:])


def test_a_comparison_within_chance_is_level():
    level = comparison([("LSTM", 0.9977, 0.995, 0.999, False), ("5-NN", 0.9977, 0.994, 0.999, True)])
    assert level.get_suptitle() == "LSTM (AUROC 0.9977) is level with the best baseline, 5-NN (0.9977)"
