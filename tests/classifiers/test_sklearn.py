"""scikit-learn's own checks of an estimator, without exceptions."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from offbeat import ECGFormer
from offbeat.classifiers.baselines import RandomForestBaseline


@parametrize_with_checks([ECGFormer.example(), RandomForestBaseline.example()])
def test_scikit_learn(estimator, check):
    check(estimator)
