"""Save a fitted estimator as a model folder and load it again: what is the same for detectors and classifiers."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from offbeat.errors import ModelError, OutputError, ParameterError
from offbeat.estimators.arrays import Arrays, part_of
from offbeat.estimators.folder import read_config, read_model, restoring, write_model
from offbeat.estimators.frozen import freeze, in_force
from offbeat.estimators.hints import Range, validate_types
from offbeat.estimators.needs import needs_of, require_needs
from offbeat.estimators.plain import (
    history_from_plain,
    history_to_plain,
    names_of,
    settings_from_plain,
    settings_to_plain,
)
from offbeat.estimators.randomness import borrowed_randomness
from offbeat.estimators.registry import Registry
from offbeat.estimators.settings import NamedSettings, SettingsGroup
from offbeat.files.limits import require_room
from offbeat.version import __version__

__all__ = ["ModelFormat", "load", "save"]

_MODULES = {"detector": "offbeat.detectors.saving", "classifier": "offbeat.classifiers.saving"}
"""Where each kind of model is saved and loaded. By name: these rooms stand above this one, which their classes use."""
_USED_BY = {"detector": "offbeat score, detect, watch and serve", "classifier": "offbeat classify"}
"""Commands that use each kind of model."""
_BYTES = 256
"""What reading takes for each value of a series, about."""

E = TypeVar("E", bound=Any)


class ModelFormat(ABC, Generic[E]):
    """How estimators of one kind become a model folder, and back; subclasses say only what is their own.

    A folder has plain values (version, name, settings, channels, length, history, facts of the kind) and arrays:
    ``learned.*``, which the base class of the kind learned, and ``<kind>.*``, which the estimator itself learned.

    Parameters
    ----------
    registry : Registry
        Finds the classes of the kind by name.
    groups : sequence of type
        The groups of settings that a model may hold.
    """

    def __init__(self, registry: Registry[E], *groups: type[SettingsGroup]) -> None:
        self.registry, self.kind = registry, registry.kind
        self.groups: dict[str, type[SettingsGroup]] = {cls.__name__: cls for cls in groups}

    # What is a kind's own.

    @abstractmethod
    def facts(self, estimator: E) -> dict[str, Any]:
        """Return the plain values that only this kind has."""

    @abstractmethod
    def learned(self, estimator: E) -> Arrays:
        """Return the arrays that the base class of the kind learned."""

    @abstractmethod
    def restore(self, estimator: E, config: dict[str, Any], learned: Arrays) -> None:
        """Restore what :meth:`facts` and :meth:`learned` gave."""

    @abstractmethod
    def outputs(self, estimator: E, values: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        """Return what a restored estimator computes of scaled series, ``(n_series, ...)``."""

    def check(self, estimator: E) -> None:
        """Raise ParameterError for a setting that a saved model may not hold."""
        estimator._validate()

    def own_arrays(self, estimator: E) -> Arrays:
        """Return the arrays that the estimator itself learned."""
        arrays: Arrays = estimator._arrays()
        return arrays

    def restore_own(self, estimator: E, arrays: Arrays) -> None:
        """Restore what :meth:`own_arrays` gave."""
        estimator._restore(arrays)

    def files(self, estimator: E) -> dict[str, bytes]:
        """Return files for other programs, by name, which are not read again."""
        return {}

    def finish(self, estimator: E) -> None:
        """Do what is left once the estimator computes."""

    def describe(self, value: Any) -> tuple[str, Mapping[str, Any]] | None:
        """Return the class of an object among the settings and its own settings; None for a plain value."""
        if isinstance(value, SettingsGroup) and self.groups.get(type(value).__name__) is type(value):
            return type(value).__name__, value.config_key()
        return None

    def maker(self, name: str) -> Callable[..., Any]:
        """Return what makes an object of that class from its settings; a name that is not in a table is refused."""
        if name not in self.groups:
            raise ModelError(f"{name} is not among the classes that a saved {self.kind} may name")
        return self.groups[name].from_config

    # What is the same for all.

    def arrays(self, estimator: E) -> Arrays:
        """Return all arrays of a fitted estimator, by the names that they have in its folder."""
        parts = {"learned": self.learned(estimator), self.kind: self.own_arrays(estimator)}
        return {f"{part}.{name}": array for part, own in parts.items() for name, array in own.items()}

    def save(self, estimator: E, folder: Path) -> Path:
        """Write a fitted estimator as a model folder.

        Raises
        ------
        OutputError
            If it cannot be written, or could not be loaded again.
        """
        return write_model(folder, *self.parts(estimator), self.files(estimator))

    def parts(self, estimator: E) -> tuple[dict[str, Any], Arrays]:
        """Return the configuration and the arrays of a fitted estimator, of which :meth:`restored` makes it again.

        Raises
        ------
        OutputError
            If it could not be loaded again.
        """
        cls = type(estimator)
        if not self.registry.finds(cls):
            raise OutputError(
                f"a {cls.__name__} cannot be saved: give the class a name of its own, by which load finds it"
            )
        try:
            self.check(in_force(estimator))
        except ParameterError as error:
            raise OutputError(f"a setting of this {cls.__name__} cannot be saved: {error}") from error
        settings = settings_to_plain(in_force(estimator).config_key(), self.describe)
        config = {
            "offbeat": __version__,
            self.kind: estimator.name,
            **needs_of(self.registry, cls, settings),
            "settings": settings,
            "n_times": estimator.n_times_,
            "channels": list(estimator.channels_),
            **self.facts(estimator),
            "history": history_to_plain(estimator.history_ if cls.trains else None),
        }
        return config, self.arrays(estimator)

    def load(self, folder: Path, **given: Any) -> E:
        """Return the estimator that was saved in a folder, with some settings given in place of those saved.

        Raises
        ------
        ModelError
            If the folder is missing, damaged, written by a newer version, or holds another kind of model.
        MissingExtraError
            If a package is not installed that the model needs.
        """
        return self.restored(*read_model(folder), folder, **given)

    def restored(self, config: dict[str, Any], arrays: Arrays, folder: Path, **given: Any) -> E:
        """Return the estimator that has these parts, see :meth:`parts`; ``folder`` is where they come from."""
        for other in _MODULES:
            if other in config and self.kind not in config:
                raise ModelError(
                    f"expected a {self.kind}, got the {other} {config[other]!r} at {folder}: use it with "
                    f"{_USED_BY[other]}"
                )
        if self.kind not in config:
            raise ModelError(f"expected a {self.kind}, got another model at {folder}: see offbeat inspect")
        with restoring(f"the model at {folder}"):
            require_needs(self.registry, config, folder)
            cls: Any = self.registry.named(config[self.kind])
            settings = settings_from_plain(config["settings"], self.maker)
        _require_given(cls, given)
        run = {name: given.pop(name) for name in cls.run_only if name in given}
        with restoring(f"the model at {folder}"):
            estimator: E = cls.from_config(**settings | given).set_params(**run)
            self.check(estimator)
            self._fill(estimator, config, arrays)
        return estimator

    def _fill(self, estimator: E, config: dict[str, Any], arrays: Arrays) -> None:
        estimator.channels_, estimator.n_times_ = names_of(config, "channels", 1), _length(config)
        freeze(estimator)
        trains = type(estimator).trains
        validate_types({"history": config["history"]}, {"history": dict if trains else NoneType})
        if trains:
            estimator.history_ = history_from_plain(config["history"])
        self.restore(estimator, config, part_of(arrays, "learned."))
        with borrowed_randomness(estimator.random_state):
            self.restore_own(estimator, part_of(arrays, f"{self.kind}."))
            # Arrays that do not go together fail here, not when the model is used.
            if np.isnan(self.outputs(estimator, _two_series(len(estimator.channels_), estimator.n_times_))).any():
                raise ModelError("expected numbers from two series on trial, got NaN")
        self.finish(estimator)


def _require_given(cls: type[NamedSettings], given: Mapping[str, Any]) -> None:
    for name in given:
        if name not in cls.given_on_loading:
            takes = " and ".join(cls.given_on_loading) or "no settings"
            raise ParameterError(f"loading a {cls.__name__} takes {takes}, got {name!r}: set it before the fit")


def _length(config: dict[str, Any]) -> int:
    """Return the time steps of a series, if there is room to read one."""
    n_times, n_channels = config["n_times"], len(config["channels"])
    validate_types({"n_times": n_times}, {"n_times": Annotated[int, Range(1)]})
    require_room(_BYTES * n_times * n_channels, f"reading a series of {n_times:,} time steps", ModelError)
    return int(n_times)


def _two_series(n_channels: int, n_times: int) -> npt.NDArray[np.float32]:
    """Return zeros and a wave, ``(2, n_channels, n_times)``."""
    wave = np.sin(np.arange(n_channels * n_times)).reshape(n_channels, n_times)
    return np.stack([np.zeros_like(wave), wave]).astype(np.float32)


def save(estimator: Any, kind: str, folder: str | Path) -> Path:
    """Write a fitted estimator as a model folder.

    Parameters
    ----------
    estimator : Detector or Classifier
        Fitted.
    kind : {"detector", "classifier"}
        Which of them.
    folder : path
        Where it goes; an older model there is replaced whole.

    Raises
    ------
    OutputError
        If it cannot be written, or could not be loaded again.
    """
    written: Path = importlib.import_module(_MODULES[kind]).save(estimator, Path(folder))
    return written


def load(folder: str | Path, **given: Any) -> Any:
    """Return the detector or the classifier that was saved in a folder.

    A model is plain values and arrays. Nothing is built of it but what :func:`~offbeat.describe_model` shows, and of
    that only classes of offbeat, and outlier detectors of scikit-learn and PyOD that are on a list, with settings in
    bounds.

    Parameters
    ----------
    folder : path
        The folder of the model.
    **given
        What a saved model does not hold: ``device`` of one with a network, ``module`` of a
        :class:`~offbeat.TorchDetector`.

    Raises
    ------
    ModelError
        If the folder is missing, damaged, written by a newer version, or asks for anything else.
    DeviceError, MissingExtraError, MissingModuleError
        If this machine lacks what the model needs.
    ParameterError
        If something else is given.

    Examples
    --------
    >>> import tempfile, offbeat
    >>> from offbeat.data.synthetic import voltage_curves
    >>> curves = voltage_curves(200, 5, 5)
    >>> detector = offbeat.PCADetector().fit(curves.where("normal"))
    >>> folder = detector.save(tempfile.mkdtemp())
    >>> bool((offbeat.load(folder).predict(curves) == detector.predict(curves)).all())
    True
    """
    kind = "classifier" if "classifier" in read_config(Path(folder)) else "detector"
    return importlib.import_module(_MODULES[kind]).load(folder, **given)
