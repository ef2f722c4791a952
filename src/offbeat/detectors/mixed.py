"""Several detectors as one, such as a forecast and a reconstruction."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Annotated, Any, Self, Unpack

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from offbeat.detectors.base import Detector, Scaled, Shared
from offbeat.detectors.baselines import NaiveForecast
from offbeat.detectors.classical import PCADetector
from offbeat.detectors.deepant import DeepAnT
from offbeat.detectors.scorer import Scorer
from offbeat.detectors.scoring.adapting import Adapting
from offbeat.detectors.scoring.stages import Stage
from offbeat.detectors.scoring.tails import Tail, joined, require_tail
from offbeat.detectors.settings import Steps
from offbeat.errors import ModelError, ParameterError
from offbeat.estimators.folder import Arrays, array_of, part_of
from offbeat.estimators.hints import Range
from offbeat.estimators.scaling import Scaler
from offbeat.series.recording import FloatArray

__all__ = ["MixedDetector"]


class MixedDetector(Detector):
    """Joins detectors by how rare the score of each is among its scores of held-out normal data.

    The score of a window is −log10 of a probability, estimated by a tail fitted to the held-out scores: normal data
    reaches 2 in one of a hundred windows, 3 in one of a thousand. A mean of them (see ``fold``) gets there less often.

    With the default parts it finds a little less than ``PCADetector`` alone on public benchmarks, and learns for a
    minute.

    Parameters
    ----------
    parts : sequence of Detector, optional
        Unfitted. ``DeepAnT()`` and ``PCADetector()``, a forecast and a reconstruction, where None. A part with a window
        of its own sees the last time steps of the common one; a part without sees all of it.
    join : {"mean", "max"}
        ``"mean"`` is high where the parts agree, ``"max"`` where any of them is high.
    memory : int
        With 0, scores are compared with held-out normal data alone; otherwise with the newest ``memory`` scores of that
        and of the recording so far, so that what keeps happening stops being rare. This is for recordings that change
        over time; a score then depends on the time before its window, too.
    window : int, optional
        Time steps of the common window; at least that of any part, its horizon included.
    **common
        See :class:`~offbeat.detectors.base.Detector`. Of the common settings of the parts only ``scaling`` counts.

    References
    ----------
    Munir et al., "DeepAnT", IEEE Access 2019, tells forecast, reconstruction and mixed detectors apart. Laxhammar &
    Falkman, "Conformal prediction for distribution-independent anomaly detection in streaming vessel data", 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from offbeat import MixedDetector, NaiveForecast, PCADetector
    >>> wave = np.sin(np.arange(2000) / 9) + 0.05 * np.random.default_rng(0).normal(size=2000)
    >>> odd = wave.copy()
    >>> odd[1500] += 1
    >>> detector = MixedDetector(parts=(NaiveForecast(), PCADetector(n_components=3)), window=20).fit(wave[:1000])
    >>> int(np.nanargmax(detector.decision_function(odd)[:1501]))
    1500
    """

    name = "mixed"
    adapts = True
    n_folds = 3
    uses_held_out = True

    def __init__(
        self,
        *,
        parts: Sequence[Detector] | None = None,
        join: str = "mean",
        memory: Annotated[int, Range(0, 1_000_000)] = 0,
        window: Steps | None = 32,
        **common: Unpack[Shared],
    ) -> None:
        settings: dict[str, Any] = {**common, "window": window}
        super().__init__(**settings)
        self.parts = parts
        self.join = join
        self.memory = memory

    @property
    def is_adaptive(self) -> bool:
        """Whether a score depends on the scores before it: with a ``memory``."""
        return self._settings.memory > 0

    @property
    def learns_in_order(self) -> bool:
        """Whether ``fit`` compares each score with those before it: with a ``memory``."""
        return self.is_adaptive

    def _validate(self) -> None:
        super()._validate()
        if self.join not in ("mean", "max"):
            raise ParameterError(f"join is one of mean, max, got {self.join!r}")
        if self.memory and self.window is None:
            raise ParameterError(
                f"memory needs a window, got memory={self.memory!r} without one: set window, or leave memory at 0"
            )
        if self.memory and self.fold not in ("auto", "last"):
            raise ParameterError(f"memory needs fold='last', got {self.fold!r}: leave fold at 'auto', or memory at 0")
        if self.parts is not None and not len(self.parts):
            raise ParameterError("expected at least one detector in parts, got none")
        for part in self.parts or ():
            part.validate()

    def _validate_saved(self) -> None:
        for part in self.parts or ():
            part.validate(saved=True)

    def _for_fold(self) -> Self:
        self.parts = tuple(part._for_fold() for part in self._new_parts())
        return self

    def _fit(self, train: Scaled, held_out: Scaled) -> None:
        self.parts_ = self._new_parts()
        for part in self.parts_:
            scorer = Scorer(part)
            # A part may have to find a season in its data first.
            span = scorer.prepare(train[0].T).span(train.shape[2])
            if span > train.shape[2]:
                raise ParameterError(
                    f"expected a window of at least the {span} time steps of a {type(part).__name__}, got "
                    f"{train.shape[2]}: give a larger window"
                )
            scorer.fit(train[:, :, -span:], held_out[:, :, -span:], self.channels_)
        self._learn_tails(self._part_scores(held_out))

    def _new_parts(self) -> list[Detector]:
        """Return unfitted copies of the parts; one without a window of its own has the common one."""
        parts = (DeepAnT(), PCADetector()) if self.parts is None else self.parts
        copies: list[Detector] = [clone(part).set_params(random_state=self.random_state) for part in parts]
        return [part.set_params(window=self.window) if part.kind == "collections" else part for part in copies]

    def _learn_tails(self, normal: npt.NDArray[np.float64]) -> None:
        """Learn how the scores of each part are distributed, from those of normal data, ``(n, n_parts)``."""
        require_tail(normal)
        self.normal_ = normal
        self.tails_ = [Tail(np.sort(scores)) for scores in normal.T]

    def _part_scores(self, values: Scaled) -> npt.NDArray[np.float64]:
        """Return the scores of each part, ``(n, n_parts)``."""
        scorers = [part.scorer_ for part in self.parts_]
        return np.stack([scorer.score(scorer.scale(values)) for scorer in scorers], axis=1).astype(np.float64)

    def _rarities(self, values: Scaled) -> npt.NDArray[np.float64]:
        """Return how rare the score of each part is, ``(n, n_parts)``."""
        scores = self._part_scores(values).T
        return np.stack([tail.neg_log10_p(each) for tail, each in zip(self.tails_, scores, strict=True)], axis=1)

    def _score(self, values: Scaled) -> FloatArray:
        return joined(self._rarities(values), self._settings.join)

    def _outputs(self, values: Scaled) -> FloatArray:
        return self._part_scores(values) if self._settings.memory else self._score(values)

    def _stage(self) -> Stage:
        settings = self._settings
        return Adapting(self.normal_, settings.memory, settings.join) if settings.memory else super()._stage()

    def _explain(self, values: Scaled) -> tuple[FloatArray, FloatArray]:
        rarities = self._rarities(values)
        weights = rarities / len(self.parts_)
        if self._settings.join == "max":
            weights = np.where(np.arange(len(self.parts_)) == rarities.argmax(axis=1)[:, None], rarities, 0.0)
        expected, shares = np.full((len(self.parts_), *values.shape), np.nan), np.zeros(values.shape)
        for number, part in enumerate(self.parts_):
            scorer = part.scorer_
            signal, share = scorer.explain(scorer.scale(values))
            expected[number, :, :, -part.n_times_ :] = signal
            total = share.sum(axis=(1, 2), keepdims=True)
            even = np.full(share.shape, 1.0 / share[0].size)
            parts = np.divide(share, total, out=even, where=total != 0)
            shares[:, :, -part.n_times_ :] += parts * weights[:, number, None, None]
        known = ~np.isnan(expected)
        middle = np.divide(
            np.where(known, expected, 0.0).sum(axis=0),
            known.sum(axis=0),
            out=np.full(values.shape, np.nan),
            where=known.any(axis=0),
        )
        return middle, shares

    def _as_onnx(self) -> Self:
        parts = [part._as_onnx() for part in self.parts_]
        if all(portable is part for portable, part in zip(parts, self.parts_, strict=True)):
            return self
        twin = copy(self)
        twin.parts_ = parts
        return twin

    def _arrays(self) -> Arrays:
        found = {"normal": self.normal_}
        for number, part in enumerate(self.parts_):
            own = {"shift": part.scaler_.shift, "scale": part.scaler_.scale, "n_times": np.array(part.n_times_)}
            found |= {f"part{number}.{name}": array for name, array in {**own, **part.scorer_.arrays()}.items()}
        return found

    def _restore(self, arrays: Arrays) -> None:
        self.parts_ = self._new_parts()
        self._learn_tails(array_of(arrays, "normal", None, len(self.parts_)))
        for number, part in enumerate(self.parts_):
            own = part_of(arrays, f"part{number}.")
            n_times = int(array_of(own, "n_times", 1, kinds="i")[0])
            if not 1 <= n_times <= self.n_times_:
                raise ModelError(f"part {number} reads {n_times} of {self.n_times_} time steps")
            scaler = Scaler.restored(own, len(self.channels_))
            Scorer(part).restore(own, scaler, self.channels_, n_times)

    @classmethod
    def example(cls) -> MixedDetector:
        """Return an unfitted detector with tiny settings, for tests and trials."""
        return cls(parts=(NaiveForecast(), PCADetector(n_components=2)), window=None)
