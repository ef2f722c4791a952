import numpy as np
import pytest

from offbeat.errors import DataError
from offbeat.report import critical_difference, values_by_series

RANKS = {"b": 2.5, "a": 1.0, "random": 3.5}


def names(figure):
    return [tick.get_text() for tick in figure.axes[0].get_yticklabels()]


def test_methods_stand_in_the_order_of_their_ranks():
    figure = critical_difference(RANKS, 2.0, n_series=5, shown_hollow=["random"])
    assert names(figure) == ["a", "b", "random"]
    assert figure.get_suptitle() == "a ranks first over 5 series, better than 1 of 2 others by more than chance"
    fills = [line.get_markerfacecolor() for line in figure.axes[0].lines]
    assert fills[2] == "white"
    assert "white" not in fills[:2]


def test_bars_are_as_long_as_the_critical_difference():
    figure = critical_difference(RANKS, 2.0, n_series=5)
    bars = [np.asarray(each.get_segments()[0])[:, 0] for each in figure.axes[0].collections]
    np.testing.assert_allclose(bars, [[0.0, 2.0], [1.5, 3.5], [2.5, 4.5]])


def test_without_a_critical_difference_nothing_is_said_of_chance():
    assert critical_difference(RANKS, np.nan, n_series=1).get_suptitle() == "a ranks first over 1 series"


def test_each_series_has_a_row_and_each_detector_a_mark():
    values = {"pca": [0.1, np.nan, 0.3], "knn": [0.2, 0.4, 0.6]}
    figure = values_by_series(["x", "y", "z"], values, metric="VUS-PR", published=[0.5, 0.6, np.nan])
    assert names(figure) == ["x", "y", "z"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["best published", "pca", "knn"]


@pytest.mark.parametrize(
    "draw", [lambda: critical_difference({}, 1.0, n_series=1), lambda: values_by_series([], {}, metric="")]
)
def test_nothing_to_draw(draw):
    with pytest.raises(DataError, match="got none"):
        draw()
