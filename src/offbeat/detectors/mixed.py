"""Several detectors as one: forecast and reconstruction, or whatever sees what the other misses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Unpack

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from offbeat.detectors.base import Detector, Scaled, Shared
from offbeat.detectors.baselines import NaiveForecast
from offbeat.detectors.classical import PCADetector
from offbeat.detectors.deepant import DeepAnT
from offbeat.detectors.scoring.adapting import Adapting
from offbeat.detectors.scoring.stages import Folding, Stage
from offbeat.detectors.scoring.surprise import Tail, joined, require_tail
from offbeat.detectors.settings import Steps
from offbeat.errors import ModelError, ParameterError
from offbeat.estimators.folder import array_of, part_of
from offbeat.estimators.hints import Range
from offbeat.estimators.scaling import Scaler
from offbeat.series.recording import FloatArray

__all__ = ["MixedDetector"]


class MixedDetector(Detector):
    """Joins detectors by how rare each one's score is among its own scores of held-out normal data.

    The score is a power of ten: 2 is what normal data reaches once in a hundred time steps, 3 once in a thousand, as
    far as a tail fitted to the held-out scores can tell.

    Parameters
    ----------
    parts : sequence of Detector, optional
        Unfitted. ``DeepAnT()`` and ``PCADetector()``, a forecast and a reconstruction, where None. A part with a window
        of its own sees the last time steps of the common one; a part without sees all of it.
    join : {"mean", "max"}
        ``"mean"`` needs the parts to agree, ``"max"`` believes each alone.
    memory : int
        0 judges every score against held-out normal data alone. Otherwise against that and the scores of the recording
        so far, the newest ``memory`` of all, so that what keeps happening stops being rare: for recordings that change
        in time. A score then depends on what came before its window, too.
    window : int, optional
        Time steps of the common window; at least that of any part, its horizon included.
    **common
        What every detector has, see :class:`~offbeat.detectors.base.Detector`; those of the parts themselves matter
        only for ``scaling`` and ``random_state``.

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
    def adapts(self) -> bool:  # type: ignore[override]
        """Whether a score depends on what came before its window, too: with a memory."""
        return self._used.memory > 0

    def _validate(self) -> None:
        super()._validate()
        if self.join not in ("mean", "max"):
            raise ParameterError(f"join is one of mean, max, got {self.join!r}")
        if self.memory and self.window is None:
            raise ParameterError(f"memory is 0, or a number of scores with a window, got {self.memory!r}")
        if self.memory and self.fold != "last":
            raise ParameterError(
                f"with a memory each score is judged as it comes: fold must be 'last', not {self.fold!r}"
            )
        if self.parts is not None and not len(self.parts):
            raise ParameterError("parts holds one detector at least, got none")
        for part in self.parts or ():
            part._validate()

    def _validate_saved(self) -> None:
        for part in self.parts or ():
            part._validate_saved()

    def _fit(self, train: Scaled, held_out: Scaled) -> None:
        templates = (DeepAnT(), PCADetector()) if self.parts is None else self.parts
        self.parts_: list[Detector] = []
        for template in templates:
            part: Detector = clone(template).set_params(random_state=self.random_state)
            # A season found by the part itself comes from what it is given here.
            part._look(train[0].T)
            span = self._span(part, train.shape[2])
            part._take(train[:, :, -span:], held_out[:, :, -span:], self.channels_)
            self.parts_.append(part)
        self.normal_ = self._each(held_out)
        require_tail(self.normal_)

    def _span(self, part: Detector, n_times: int) -> int:
        if part._windows is None:
            return n_times
        if part._windows.span > n_times:
            raise ParameterError(
                f"a {type(part).__name__} looks at {part._windows.span} time steps, but the window they share has "
                f"{n_times}: give a larger window"
            )
        return part._windows.span

    def _each(self, values: Scaled) -> npt.NDArray[np.float64]:
        """Return the scores of each part, ``(n, n_parts)``."""
        return np.stack([self._of_part(part, values, part._score) for part in self.parts_], axis=1).astype(np.float64)

    def _of_part(self, part: Detector, values: Scaled, compute: Any) -> Any:
        return compute(np.ascontiguousarray(part.scaler_.apply(values[:, :, -part.n_times_ :])))

    def _surprises(self, values: Scaled) -> npt.NDArray[np.float64]:
        """Return how rare the score of each part is, ``(n, n_parts)``."""
        each = self._each(values)
        return np.stack([tail.surprise(scores) for tail, scores in zip(self._tails, each.T, strict=True)], axis=1)

    @property
    def _tails(self) -> list[Tail]:
        return [Tail(np.sort(scores)) for scores in self.normal_.T]

    def _score(self, values: Scaled) -> FloatArray:
        return joined(self._surprises(values), self._used.join)

    def _gives(self, values: Scaled) -> FloatArray:
        return self._each(values) if self._used.memory else self._score(values)

    def _stage(self) -> Stage:
        if self._used.memory:
            return Adapting(self.normal_, self._used.memory, self._used.join)
        assert self._windows is not None
        return Folding(self._windows, self._used.fold)

    def _explain(self, values: Scaled) -> tuple[FloatArray, FloatArray]:
        surprises = self._surprises(values)
        weights = surprises / len(self.parts_)
        if self._used.join == "max":
            weights = np.where(np.arange(len(self.parts_)) == surprises.argmax(axis=1)[:, None], surprises, 0.0)
        expected, shares = np.full((len(self.parts_), *values.shape), np.nan), np.zeros(values.shape)
        for number, part in enumerate(self.parts_):
            signal, share = self._of_part(part, values, part._explain)
            expected[number, :, :, -part.n_times_ :] = part.scaler_.undo(signal)
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

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        found = {"normal": self.normal_}
        for number, part in enumerate(self.parts_):
            own = {"shift": part.scaler_.shift, "scale": part.scaler_.scale, "n_times": np.array(part.n_times_)}
            found |= {f"part{number}.{name}": array for name, array in {**own, **part._arrays()}.items()}
        return found

    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        templates = (DeepAnT(), PCADetector()) if self.parts is None else self.parts
        self.normal_, self.parts_ = array_of(arrays, "normal", None, len(templates)), []
        require_tail(self.normal_)
        for number, template in enumerate(templates):
            own = part_of(arrays, f"part{number}.")
            part: Detector = clone(template).set_params(random_state=self.random_state)
            part.channels_, part.n_times_ = self.channels_, int(array_of(own, "n_times", 1, kinds="i")[0])
            if not 1 <= part.n_times_ <= self.n_times_:
                raise ModelError(f"part {number} looks at {part.n_times_} of {self.n_times_} time steps")
            part.scaler_ = Scaler.restored(own, len(self.channels_))
            part._restore(own)
            part._require_span()
            self.parts_.append(part)

    @classmethod
    def example(cls) -> MixedDetector:
        """Return an unfitted detector with tiny settings, for tests and trials."""
        return cls(parts=(NaiveForecast(), PCADetector(n_components=2)), window=None)
