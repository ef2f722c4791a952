import numpy as np
import pytest

from offbeat import Collection
from offbeat.errors import DataError, ShapeError

VALUES = np.arange(24.0).reshape(4, 1, 6)
RR = np.array([[0.8, 1.0], [np.nan, 1.1], [0.7, 0.9], [1.2, 1.3]])


def beats(**settings):
    return Collection(VALUES, labels=["N", "V", "N", "S"], features=RR, **settings)


def test_features_have_names():
    assert beats().feature_names == ("f0", "f1")
    assert beats(feature_names=["pre", "post"]).feature_names == ("pre", "post")
    assert Collection(VALUES).feature_names == ()
    assert Collection(VALUES).features is None


@pytest.mark.parametrize(
    ("taken", "rows"),
    [
        (lambda c: c[1:3], [1, 2]),
        (lambda c: c[[3, 0]], [3, 0]),
        (lambda c: c[np.array([False, True, False, True])], [1, 3]),
        (lambda c: c.where("N"), [0, 2]),
        (lambda c: c.select(["ch0"]), [0, 1, 2, 3]),
        (lambda c: c[2], [2]),
        (lambda c: c[[]], []),
    ],
)
def test_features_go_with_their_series(taken, rows):
    part = taken(beats(feature_names=["pre", "post"]))
    np.testing.assert_array_equal(part.features, RR[rows])
    np.testing.assert_array_equal(part.values, VALUES[rows])
    assert part.feature_names == ("pre", "post")


@pytest.mark.parametrize("features", [RR[:3], RR[:, 0], RR[None], np.zeros((0, 2))])
def test_features_that_do_not_pair_off(features):
    with pytest.raises(ShapeError, match="n_features"):
        Collection(VALUES, features=features)


def test_names_that_do_not_fit():
    with pytest.raises(ShapeError, match="2 feature names"):
        beats(feature_names=["pre"])
    with pytest.raises(DataError, match="feature names"):
        beats(feature_names=["pre", "pre"])
    with pytest.raises(ShapeError, match="0 feature names"):
        Collection(VALUES, feature_names=["pre"])
    with pytest.raises(DataError, match="features"):
        Collection(VALUES, features=[["a"], ["b"], ["c"], ["d"]])
