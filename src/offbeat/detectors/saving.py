"""What only a saved detector has; :mod:`offbeat.estimators.saving` does the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt

from offbeat import thresholds
from offbeat.detectors.base import Detector
from offbeat.detectors.estimator_table import estimator_class, public_name, validate_estimator
from offbeat.detectors.exporting import score_model
from offbeat.detectors.learned_from import LearnedFrom
from offbeat.detectors.registry import REGISTRY
from offbeat.detectors.scorer import Scorer
from offbeat.errors import ModelError, OutputError, ParameterError, failing_as, ignoring
from offbeat.estimators.folder import SCORE_MODEL, Arrays, array_of, part_of
from offbeat.estimators.hints import Positive, Range, validate_types
from offbeat.estimators.saving import ModelFormat
from offbeat.estimators.scaling import Scaler
from offbeat.events import Event
from offbeat.series.arrays import as_domain
from offbeat.series.joined import BREAK
from offbeat.series.magnitudes import require_size
from offbeat.training.config import TrainConfig

__all__ = ["load", "save"]

_SCORES = ("train_scores_", "held_out_scores_", "live_held_out_scores_")


class _DetectorFormat(ModelFormat[Detector]):
    def facts(self, estimator: Detector) -> dict[str, Any]:
        return {
            "step": estimator.step_,
            "spans_gaps": estimator.spans_gaps_,
            "domain": estimator.domain_,
            "normal_class": estimator.normal_class_,
            "held_out_from": estimator.held_out_from_,
            "exported": estimator.is_exported_,
            "incidents": [event.to_dict() for event in estimator.incidents_],
            "learned_from": [stretch.to_plain() for stretch in estimator.learned_from_],
        }

    def learned(self, estimator: Detector) -> Arrays:
        return {
            **{name: np.asarray(getattr(estimator, name)) for name in (*_SCORES, "seen_", "held_out_groups_")},
            **estimator.scaler_.arrays(),
            **{
                f"{i}.{name}": array
                for i, stretch in enumerate(estimator.learned_from_)
                for name, array in (("rows", stretch.rows), ("times", stretch.times))
            },
        }

    def restore(self, estimator: Detector, config: dict[str, Any], learned: Arrays) -> None:
        estimator.step_ = config.get("step")
        validate_types({"step": estimator.step_}, {"step": Positive | None})
        # Models of before did not know it.
        estimator.spans_gaps_ = config.get("spans_gaps", False)
        validate_types({"spans_gaps": estimator.spans_gaps_}, {"spans_gaps": bool})
        estimator.domain_ = as_domain(config.get("domain", ""))
        estimator.normal_class_ = config.get("normal_class", "")
        validate_types({"normal_class": estimator.normal_class_}, {"normal_class": str})
        estimator.held_out_from_ = config.get("held_out_from", -1)
        validate_types({"held_out_from": estimator.held_out_from_}, {"held_out_from": Annotated[int, Range(-1, 2**53)]})
        with failing_as(ModelError, "expected the incidents of the training data as a list of events"):
            estimator.incidents_ = [Event.from_dict(found) for found in config.get("incidents", ())]
        estimator.is_exported_ = config.get("exported", False)
        validate_types({"exported": estimator.is_exported_}, {"exported": bool})
        n_channels = len(estimator.channels_)
        estimator.scaler_ = Scaler.restored(learned, n_channels)
        # What was learned from was not larger; minmax has both its ends.
        require_size(np.concatenate([estimator.scaler_.shift, estimator.scaler_.scale / 2]))
        for name in _SCORES:
            # Some estimators have infinite scores.
            setattr(estimator, name, array_of(learned, name, None, gaps=True))
        estimator.seen_ = array_of(learned, "seen_", None, kinds="u")
        estimator.held_out_groups_ = array_of(learned, "held_out_groups_", None, kinds="i").astype(np.intp)
        if len(estimator.held_out_groups_) not in (0, len(estimator.held_out_scores_)):
            raise ModelError("expected a group for each held-out score, or none")
        if len(estimator.live_held_out_scores_) not in (0, len(estimator.held_out_scores_)):
            raise ModelError("expected as many held-out scores of a stream as of a recording, or none")
        estimator.learned_from_ = tuple(
            LearnedFrom.from_plain(plain, part_of(learned, f"{i}."), n_channels)
            for i, plain in enumerate(config.get("learned_from", ()))
        )
        known = sum(stretch.n_times + BREAK for stretch in estimator.learned_from_)
        if estimator.held_out_from_ >= 0 and estimator.held_out_from_ + len(estimator.held_out_scores_) > known:
            raise ModelError(f"expected held-out scores of the {known} time steps learned from, got more")

    def files(self, estimator: Detector) -> dict[str, bytes]:
        content = score_model(estimator, estimator.live()) if estimator.is_exported_ else None
        return {} if content is None else {SCORE_MODEL: content}

    def check(self, estimator: Detector) -> None:
        estimator.validate(saved=True)

    def own_arrays(self, estimator: Detector) -> Arrays:
        return estimator.scorer_.arrays()

    def restore_own(self, estimator: Detector, arrays: Arrays) -> None:
        Scorer(estimator).restore(arrays, estimator.scaler_, estimator.channels_, estimator.n_times_)

    def outputs(self, estimator: Detector, values: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        return estimator.scorer_.outputs(values)

    def finish(self, estimator: Detector) -> None:
        # The warnings were given when it was fitted.
        with ignoring(thresholds.FewScoresWarning):
            estimator.set_threshold()

    def describe(self, value: Any) -> tuple[str, Mapping[str, Any]] | None:
        group = super().describe(value)
        if group is not None or not hasattr(value, "get_params"):
            return group
        cls = type(value)
        settings = value.config_key() if isinstance(value, Detector) else value.get_params(deep=False)
        if cls in _RULES.values() or (isinstance(value, Detector) and self.registry.finds(cls)):
            return cls.__name__, settings
        name = public_name(cls)
        try:
            if estimator_class(name) is not cls:
                raise ParameterError(f"{name} is another class")
            validate_estimator(cls, settings)
        except ParameterError as error:
            raise OutputError(f"a setting of the class {cls.__name__} cannot be saved: {error}") from error
        return name, settings

    def maker(self, name: str) -> Callable[..., Any]:
        if name in _RULES:
            return _RULES[name]
        if "." not in name:
            # Listing all detectors imports them: groups of settings are looked up first.
            detector = None if name in self.groups else self._detectors().get(name)
            return super().maker(name) if detector is None else detector.from_config
        cls = estimator_class(name)

        def make(**settings: Any) -> Any:
            validate_estimator(cls, settings)
            return cls(**settings)

        return make

    def _detectors(self) -> dict[str, type[Detector]]:
        return {cls.__name__: cls for cls in self.registry.classes().values()}


def _rules() -> dict[str, type]:
    """Return thresholds and tiers by the names of their classes."""
    bases = (thresholds.Threshold, thresholds.Tiers)
    named = [getattr(thresholds, name) for name in thresholds.__all__]
    return {cls.__name__: cls for cls in named if isinstance(cls, type) and issubclass(cls, bases)}


_RULES = _rules()
_FORMAT = _DetectorFormat(REGISTRY, TrainConfig)


def save(detector: Detector, folder: Path) -> Path:
    """Write a fitted detector as a model folder, see :meth:`offbeat.detectors.base.Detector.save`."""
    return _FORMAT.save(detector, folder)


def load(folder: str | Path, **given: Any) -> Detector:
    """Return the detector that was saved in a folder; see :func:`offbeat.load` for what may be given.

    Raises
    ------
    ModelError
        If the folder is missing, damaged, written by a newer version, or holds no detector.
    MissingExtraError
        If a package is not installed that the model needs.
    """
    return _FORMAT.load(Path(folder), **given)
