"""Which estimators of scikit-learn and PyOD a saved model may name, and what it may set in them.

A saved model that names estimators has them built and fitted again by whoever loads it, so both packages are open to
whoever wrote the folder, unless something says what is wanted of them. This table does: the outlier detectors, and
the scalings and decompositions that stand before one in a pipeline. No other name is ever imported. In these, what is
listed may be set, to what stands here; every other setting must be at its default. So a model cannot name files or
functions, nor ask for memory or threads without end. What writes or caches files (``Pipeline(memory=…)``), downloads,
trains deep networks or runs other programs is not in the table.

Saving and loading go by the same table, so that what was saved is loaded again.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from offbeat.errors import MissingExtraError, ParameterError
from offbeat.estimators.hints import Count, Positive, Range, Seed, validate_types

__all__ = ["ESTIMATORS", "estimator_class", "public_name", "validate_estimator"]

ESTIMATORS = frozenset(
    f"{module}.{name}"
    for module, names in {
        "sklearn.covariance": "EllipticEnvelope",
        "sklearn.decomposition": "PCA TruncatedSVD",
        "sklearn.ensemble": "IsolationForest",
        "sklearn.kernel_approximation": "Nystroem RBFSampler",
        "sklearn.linear_model": "SGDOneClassSVM",
        "sklearn.mixture": "BayesianGaussianMixture GaussianMixture",
        "sklearn.neighbors": "KernelDensity LocalOutlierFactor",
        "sklearn.pipeline": "Pipeline",
        "sklearn.preprocessing": "MaxAbsScaler MinMaxScaler Normalizer PowerTransformer QuantileTransformer "
        "RobustScaler StandardScaler",
        "sklearn.svm": "OneClassSVM",
        "pyod.models.abod": "ABOD",
        "pyod.models.cblof": "CBLOF",
        "pyod.models.cof": "COF",
        "pyod.models.copod": "COPOD",
        "pyod.models.ecod": "ECOD",
        "pyod.models.gmm": "GMM",
        "pyod.models.hbos": "HBOS",
        "pyod.models.iforest": "IForest",
        "pyod.models.inne": "INNE",
        "pyod.models.kde": "KDE",
        "pyod.models.knn": "KNN",
        "pyod.models.kpca": "KPCA",
        "pyod.models.lmdd": "LMDD",
        "pyod.models.loci": "LOCI",
        "pyod.models.loda": "LODA",
        "pyod.models.lof": "LOF",
        "pyod.models.mad": "MAD",
        "pyod.models.mcd": "MCD",
        "pyod.models.ocsvm": "OCSVM",
        "pyod.models.pca": "PCA",
        "pyod.models.qmcd": "QMCD",
        "pyod.models.sampling": "Sampling",
        "pyod.models.sod": "SOD",
        "pyod.models.sos": "SOS",
    }.items()
    for name in names.split()
)
"""Full public names of the classes."""


@dataclass(frozen=True)
class _Listed:
    """An estimator of the table."""

    def holds(self, value: Any) -> bool:
        return value == "passthrough" or (not isinstance(value, type) and public_name(type(value)) in ESTIMATORS)

    def words(self, kind: str) -> str:
        return "an estimator that a saved model may hold"


_Number = Annotated[float, Range(-1e9, 1e9)]
_NotNegative = Annotated[float, Range(0, 1e9)]
_Part = Annotated[float, Range(0, 1)]
_Few = Annotated[int, Range(1, 10_000)]
_Kernel = Literal["rbf", "linear", "poly", "polynomial", "sigmoid", "cosine", "laplacian", "chi2", "additive_chi2"]
_Metric = Literal["minkowski", "euclidean", "manhattan", "chebyshev", "l1", "l2", "cityblock", "cosine", "canberra"]
_Jobs = Literal[-1] | Annotated[int, Range(1, 64)]

_SETTINGS: Mapping[str, Any] = {
    "algorithm": Literal["auto", "ball_tree", "kd_tree", "brute", "randomized", "arpack"],
    "alpha": _NotNegative,
    "assume_centered": bool,
    "atol": _NotNegative,
    "average": bool | Count,
    "bandwidth": Positive | Literal["scott", "silverman"],
    "beta": _NotNegative,
    "bootstrap": bool,
    "breadth_first": bool,
    "cache_size": Annotated[float, Range(1, 2_000)],
    "clip": bool,
    "coef0": _Number | None,
    "contamination": Annotated[float, Range(0, 0.5)] | Literal["auto"],
    "covariance_type": Literal["full", "tied", "diag", "spherical"],
    "degree": Annotated[float, Range(0, 100)] | None,
    "degrees_of_freedom_prior": Positive | None,
    "dis_measure": Literal["aad", "var", "iqr"],
    "eigen_solver": Literal["auto", "dense", "arpack", "randomized"],
    "eps": Positive,
    "eta0": _NotNegative,
    "feature_range": Sequence[_Number],
    "fit_intercept": bool,
    "gamma": _NotNegative | Literal["scale", "auto"] | None,
    "init_params": Literal["kmeans", "k-means++", "random", "random_from_data"],
    "iterated_power": Annotated[int, Range(0, 1_000)] | Literal["auto"],
    "k": _NotNegative,
    "kernel": _Kernel | Literal["gaussian", "tophat", "epanechnikov", "exponential"],
    "leaf_size": Count,
    "learning_rate": Literal["constant", "optimal", "invscaling", "adaptive"],
    "max_features": Count | _Part,
    "max_iter": Literal[-1] | Count | None,
    "max_samples": Count | _Part | Literal["auto"],
    "mean_precision_prior": Positive | None,
    "method": Literal["fast", "default", "largest", "mean", "median", "yeo-johnson", "box-cox"],
    "metric": _Metric,
    "n_bins": _Few | Literal["auto"],
    "n_clusters": _Few,
    "n_components": _Few | _Part | Literal["mle"] | None,
    "n_estimators": _Few,
    "n_init": Annotated[int, Range(1, 100)],
    "n_iter": _Few,
    "n_jobs": _Jobs | None,
    "n_neighbors": Count,
    "n_oversamples": _Few,
    "n_quantiles": Annotated[int, Range(1, 100_000)],
    "n_random_cuts": _Few,
    "n_selected_components": _Few | None,
    "norm": Literal["l1", "l2", "max"],
    "novelty": bool,
    "nu": _Part,
    "output_distribution": Literal["uniform", "normal"],
    "p": Annotated[float, Range(1, 1_000)],
    "perplexity": Annotated[float, Range(1, 1e6)],
    "power_iteration_normalizer": Literal["auto", "QR", "LU", "none"],
    "power_t": _Number,
    "quantile_range": Sequence[Annotated[float, Range(0, 100)]],
    "radius": Positive,
    "random_state": Seed | None,
    "ref_set": Count,
    "reg_covar": _NotNegative,
    "rtol": _NotNegative,
    "sampling": bool,
    "shrinking": bool,
    "shuffle": bool,
    "standardization": bool,
    "standardize": bool,
    "steps": Sequence[tuple[str, Annotated[Any, _Listed()]]],
    "store_precision": bool,
    "subsample": Count | None,
    "subset_size": Count | _Part,
    "support_fraction": _Part | None,
    "svd_solver": Literal["auto", "full", "covariance_eigh", "arpack", "randomized"],
    "threshold": _NotNegative,
    "tol": _NotNegative | None,
    "unit_variance": bool,
    "use_weights": bool,
    "weight_concentration_prior": Positive | None,
    "weight_concentration_prior_type": Literal["dirichlet_process", "dirichlet_distribution"],
    "weighted": bool,
    "whiten": bool,
    "with_centering": bool,
    "with_mean": bool,
    "with_scaling": bool,
    "with_std": bool,
}
"""What may be set, and to what; both packages use a name for one thing."""


def public_name(cls: type) -> str:
    """Return the name that a class is imported by: without the modules that its package keeps to itself.

    Examples
    --------
    >>> from sklearn.ensemble import IsolationForest
    >>> public_name(IsolationForest)
    'sklearn.ensemble.IsolationForest'
    """
    return _public(f"{cls.__module__}.{cls.__qualname__}")


def estimator_class(name: str) -> type:
    """Return the class of that name, if it is in the table; nothing else is imported.

    Raises
    ------
    ParameterError
        If it is not in the table, or not in the version that is installed here.
    MissingExtraError
        If its package is not installed.
    """
    public = _public(name)
    if public not in ESTIMATORS:
        raise ParameterError(
            f"{name} is not among the outlier detectors and transformers of scikit-learn and PyOD that a saved model "
            "may name: wrap one of them, such as IsolationForest, or fit again instead of saving"
        )
    module, _, attribute = public.rpartition(".")
    try:
        cls: type = getattr(importlib.import_module(module), attribute)
    except ImportError as error:
        extra = "offbeat[pyod]" if module.startswith("pyod.") else "offbeat"
        raise MissingExtraError(f"{public} cannot be imported ({error}): pip install '{extra}'") from error
    except AttributeError as error:
        raise ParameterError(f"{module} has no {attribute} in the version installed here: upgrade it") from error
    return cls


def validate_estimator(cls: type, settings: Mapping[str, Any]) -> None:
    """Raise ParameterError for the first setting that a saved model may not ask for.

    Parameters
    ----------
    cls : type
        Of the table.
    settings : mapping
        By name; estimators among them have been checked already.

    Examples
    --------
    >>> from sklearn.pipeline import Pipeline
    >>> validate_estimator(Pipeline, {"memory": "cache"})
    Traceback (most recent call last):
    offbeat.errors.ParameterError: Pipeline(memory='cache') is not for a saved model: leave memory at None
    """
    defaults = {name: parameter.default for name, parameter in inspect.signature(cls).parameters.items()}
    for name, value in settings.items():
        if name not in defaults:
            raise ParameterError(f"{cls.__name__} has no setting {name!r}")
        if _is(value, defaults[name]):
            continue
        if name not in _SETTINGS:
            what = f"{cls.__name__}({name}={value!r})"
            raise ParameterError(f"{what} is not for a saved model: leave {name} at {defaults[name]!r}")
        validate_types({f"{cls.__name__}.{name}": value}, {f"{cls.__name__}.{name}": _SETTINGS[name]})


def _public(name: str) -> str:
    return ".".join(part for part in name.split(".") if not part.startswith("_"))


def _is(value: Any, default: Any) -> bool:
    plain = type(value) is type(default) and isinstance(value, bool | int | float | str | tuple)
    return value is default or (plain and value == default)
