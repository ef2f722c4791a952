"""What a saved model may have built of scikit-learn and PyOD, and what not."""

import json
import warnings

import numpy as np
import pytest
from sklearn.covariance import EllipticEnvelope
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import SGDOneClassSVM
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity, LocalOutlierFactor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, RobustScaler, StandardScaler

import offbeat
from offbeat import EstimatorDetector, Fixed, MixedDetector, NaiveForecast, PCADetector
from offbeat.detectors.estimator_table import ESTIMATORS, estimator_class, public_name, validate_estimator
from offbeat.errors import ModelError, OffbeatError, OutputError
from offbeat.testing import waves


def fitted(estimator, n_times=24):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return EstimatorDetector(estimator, threshold=Fixed(1.0)).fit(waves(60)[:, :, :n_times])


def rewritten(folder, change):
    """Change the configuration of a model."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    change(config["settings"])
    path.write_text(json.dumps(config))
    return folder


@pytest.fixture
def forest(tmp_path):
    return fitted(IsolationForest(n_estimators=3, random_state=0)).save(tmp_path / "model")


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_each_of_the_table_is_there_and_may_be_saved_as_it_comes(name):
    pytest.importorskip(name.split(".")[0])
    cls = estimator_class(name)
    assert public_name(cls) == name
    validate_estimator(cls, cls().get_params(deep=False) if name != "sklearn.pipeline.Pipeline" else {})


@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(StandardScaler(), PCA(4, random_state=0), IsolationForest(n_estimators=3, random_state=0)),
        make_pipeline(
            RobustScaler(quantile_range=(10.0, 90.0)), Nystroem(n_components=9, random_state=0), SGDOneClassSVM()
        ),
        make_pipeline(make_pipeline(StandardScaler(), "passthrough"), KernelDensity(bandwidth=2.0)),
        LocalOutlierFactor(n_neighbors=7, novelty=True, metric="manhattan"),
        GaussianMixture(2, covariance_type="diag", random_state=0),
        EllipticEnvelope(support_fraction=0.9, random_state=0),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_what_is_saved_comes_back_and_scores_the_same(estimator, tmp_path):
    detector = fitted(estimator, n_times=8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = offbeat.load(detector.save(tmp_path / "model"))
    probe = waves(5, seed=1)[:, :, :8]
    np.testing.assert_array_equal(again.decision_function(probe), detector.decision_function(probe))


def test_models_that_name_the_private_module_are_loaded(forest):
    """Earlier versions wrote the module that a class lies in, not the one it is imported from."""

    def change(settings):
        assert settings["estimator"]["class"] == "sklearn.ensemble.IsolationForest"
        settings["estimator"]["class"] = "sklearn.ensemble._iforest.IsolationForest"

    assert offbeat.load(rewritten(forest, change)).estimator.n_estimators == 3


@pytest.mark.parametrize(
    "estimator",
    [
        Pipeline([("f", IsolationForest(n_estimators=3))], memory="cache"),
        make_pipeline(make_pipeline(StandardScaler(), memory="cache"), IsolationForest(n_estimators=3)),
        make_pipeline(FunctionTransformer(np.abs), IsolationForest(n_estimators=3)),
        make_pipeline(FunctionTransformer(), IsolationForest(n_estimators=3)),
        IsolationForest(n_estimators=3, verbose=1),
        IsolationForest(n_estimators=3, n_jobs=65),
        LocalOutlierFactor(novelty=True, metric=lambda a, b: np.abs(a - b).sum()),
        LocalOutlierFactor(novelty=True, metric="minkowski", metric_params={"w": np.ones(24)}),
        PCADetector(),
    ],
    ids=["memory", "nested memory", "callable", "not listed", "verbose", "jobs", "metric", "mapping", "our own"],
)
def test_what_loading_would_refuse_is_refused_by_saving(estimator, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    detector = fitted(estimator)
    with pytest.raises(OutputError, match="cannot be saved"):
        detector.save(tmp_path / "model")
    assert not (tmp_path / "model").exists()


def nested(cls, **settings):
    return {"class": cls, "settings": settings}


SCALER, FOREST = "sklearn.preprocessing.StandardScaler", "sklearn.ensemble.IsolationForest"


def pipeline(*steps, **more):
    return nested("sklearn.pipeline.Pipeline", steps=[[f"s{i}", step] for i, step in enumerate(steps)], **more)


@pytest.mark.parametrize(
    "estimator",
    [
        pipeline(nested(SCALER), nested(FOREST), memory="cache"),
        pipeline(pipeline(nested(SCALER), memory="cache"), nested(FOREST)),
        pipeline(nested(SCALER), nested(FOREST), memory=nested(FOREST)),
        pipeline(nested("sklearn.preprocessing.FunctionTransformer"), nested(FOREST)),
        pipeline(nested("PCADetector"), nested(FOREST)),
        pipeline("sklearn.ensemble.IsolationForest", nested(FOREST)),
        nested("sklearn.pipeline.Pipeline", steps="steps"),
        nested("sklearn.pipeline.Pipeline", steps=[["a"]]),
        nested("sklearn.svm.SVC"),
        nested("sklearn.datasets.fetch_openml", name="x"),
        nested("sklearn.utils._joblib.sys.modules"),
        nested("pyod.models.auto_encoder.AutoEncoder"),
        nested("pyod.models.suod.SUOD"),
        nested("pyod.models.lscp.LSCP", detector_list=[]),
        nested("sklearn.ensemble.IsolationForest.fit"),
        nested("IsolationForest"),
        nested(FOREST, n_estimators=10**12),
        nested(FOREST, n_estimators="many"),
        nested(FOREST, n_jobs=10**6),
        nested(FOREST, random_state="x"),
        nested(FOREST, estimator=nested(SCALER)),
        nested(FOREST, extra=1),
        nested("sklearn.kernel_approximation.RBFSampler", n_components=10**9),
        nested("sklearn.neighbors.LocalOutlierFactor", novelty=True, metric="http://example.org"),
        nested("sklearn.neighbors.LocalOutlierFactor", novelty=True, metric_params={"w": 1}),
        nested("pyod.models.rod.ROD", parallel_execution=True),
        nested("Quantile"),
        nested("EstimatorDetector", estimator=nested(FOREST)),
    ],
    ids=lambda estimator: json.dumps(estimator)[:90],
)
def test_other_estimators_and_settings_are_refused(forest, tmp_path, monkeypatch, estimator):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))

    def change(settings):
        settings["estimator"] = estimator

    with pytest.raises(ModelError) as refused:
        offbeat.load(rewritten(forest, change))
    assert len(str(refused.value)) <= 500
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("threshold", nested("PCADetector")),
        ("threshold", nested("Tiers")),
        ("threshold", nested(FOREST)),
        ("threshold", nested("Threshold")),
        ("threshold", nested("TrainConfig")),
        ("tiers", nested("Quantile")),
        ("tiers", nested("Tiers", watch=nested("PCADetector"))),
        ("tiers", nested("Tiers", watch=0.1, alarm=nested("Tiers"))),
        ("parts", [nested("Quantile")]),
        ("parts", [nested(FOREST)]),
        ("parts", nested("PCADetector")),
        ("parts", [nested("DenseAutoencoder", train=nested("Quantile"))]),
        ("parts", [nested("DenseAutoencoder", train=nested("TrainConfig", checkpoint_dir="/tmp/x"))]),
        ("parts", [nested("DenseAutoencoder", train=nested("TrainConfig", logger=True))]),
        ("parts", [nested("DenseAutoencoder", train=nested("TrainConfig", threads=100_000))]),
        ("parts", [nested("EstimatorDetector", estimator=nested("PCADetector"))]),
        ("window", nested("PCADetector")),
    ],
    ids=json.dumps,
)
def test_only_what_is_meant_for_a_place_may_stand_there(tmp_path, setting, value):
    wave = np.sin(np.arange(300) / 5) + 0.1 * np.random.default_rng(0).normal(size=300)
    parts = (NaiveForecast(), PCADetector(n_components=2))
    folder = MixedDetector(parts=parts, window=8, threshold=Fixed(1.0)).fit(wave).save(tmp_path / "model")

    def change(settings):
        settings[setting] = value

    with pytest.raises(ModelError):
        offbeat.load(rewritten(folder, change))


def test_a_planted_cache_is_not_opened(tmp_path, monkeypatch):
    """What joblib keeps is a pickle, and a pickle is code: no model gets as far as a folder of them."""
    monkeypatch.chdir(tmp_path)
    data = waves(60)
    detector = EstimatorDetector(
        Pipeline([("scale", StandardScaler()), ("f", IsolationForest(n_estimators=3, random_state=0))], memory="cache"),
        threshold=Fixed(1.0),
    ).fit(data)
    kept = list((tmp_path / "cache").rglob("output.pkl"))
    assert kept
    for path in kept:
        # Opcodes that call os.mkdir("sprung").
        path.write_bytes(b"cos\nmkdir\n(S'sprung'\ntR.")
    with pytest.raises(OutputError, match="memory"):
        detector.save(tmp_path / "refused")
    forest = EstimatorDetector(IsolationForest(n_estimators=3, random_state=0), threshold=Fixed(1.0)).fit(data)
    folder = forest.save(tmp_path / "model")

    def change(settings):
        forest = settings["estimator"]
        settings["estimator"] = pipeline(nested(SCALER), forest, memory="cache")
        settings["estimator"]["settings"]["steps"] = [["scale", nested(SCALER)], ["f", forest]]

    with pytest.raises(OffbeatError, match="memory"):
        offbeat.load(rewritten(folder, change))
    assert not (tmp_path / "sprung").exists()
