"""scikit-learn's own checks of an estimator, over all detectors; what must fail is listed, with the reason."""

from dataclasses import replace

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from offbeat.detectors.registry import detector_classes

SMALL = {
    "deepant": {"window": 2, "held_out": 0.3},
    "seasonal": {"period": 0},
    "mixed": {"held_out": 0.4},
}
"""Settings for the twenty rows that most checks come with."""

EVERY = {
    "check_dtype_object": "an object that is no number is a DataError, no TypeError",
    "check_n_features_in_after_fitting": "other lengths and channels are refused in time steps and channels, by name",
}
ROWS_ARE_TIME = {
    "check_methods_sample_order_invariance": "rows are time steps: their order matters",
    "check_methods_subset_invariance": "rows are time steps: a few of them are no window",
    "check_fit2d_1sample": "rows are time steps: too few for a window are said to be that",
    "check_fit2d_predict1d": "one axis is a recording of one channel",
    "check_fit1d": "one axis is a recording of one channel",
}
OWN = {
    "dense-autoencoder": {
        "check_methods_subset_invariance": "a score at the threshold, in float32, may fall to either side of it",
    },
    "matrix-profile": dict.fromkeys(
        (
            "check_estimators_overwrite_params",
            "check_estimators_fit_returns_self",
            "check_readonly_memmap_input",
            "check_fit2d_1feature",
            "check_fit_idempotent",
            "check_fit_check_is_fitted",
            "check_n_features_in",
        ),
        "series of one or two time steps have no shape",
    ),
    "profile": {"check_estimators_pickle": "gaps leave no window of 16 time steps in 30 rows"},
    "mixed": {"check_fit2d_1feature": "its parts look at two time steps, and say so"},
}


def without_labels(name, cls):
    """Return a detector that leaves ``y`` alone: to ours it marks anomalies, to the checks it is classes."""

    def fit(self, X, y=None, *, validation=None):
        return cls.fit(self, X, validation=validation)

    title = f"Unlabelled{cls.__name__}"
    # By its name, so that it can be pickled.
    globals()[title] = type(title, (cls,), {"fit": fit, "__module__": __name__})
    settings = cls.example().get_params(deep=False) | SMALL.get(name, {})
    if cls.trains:
        # What is checked holds however little a network has learned.
        settings["train"] = replace(settings["train"], epochs=1)
    return globals()[title](**settings)


def expected(estimator):
    name = type(estimator).name
    return EVERY | (ROWS_ARE_TIME if estimator.window is not None else {}) | OWN.get(name, {})


@pytest.mark.filterwarnings("ignore::offbeat.thresholds.FewScoresWarning")
@parametrize_with_checks(
    [without_labels(name, cls) for name, cls in detector_classes().items()], expected_failed_checks=expected
)
def test_scikit_learn(estimator, check):
    check(estimator)
