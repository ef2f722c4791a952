"""Score a recording as it arrives, point by point or in pieces, with the scores of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt

from offbeat.detectors.base import Detector
from offbeat.detectors.online_state import ANEW, read_state, require_alike, write_state
from offbeat.detectors.scoring.checks import require_channels
from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.estimators.folder import Arrays, array_of, digest, part_of, restoring
from offbeat.estimators.hints import Range, validate_types
from offbeat.estimators.inputs import as_recording
from offbeat.events.severity import Severity
from offbeat.series.magnitudes import require_size

__all__ = ["OnlineDetector"]


class OnlineDetector:
    """Scores a stream with a fitted detector, and remembers what it needs of the past.

    However a recording is cut into pieces, the scores are those of ``decision_function`` for the whole recording.

    Parameters
    ----------
    detector : Detector
        Fitted, with a window. It is only read from: several streams may share one.

    Attributes
    ----------
    delay : int
        How many time steps after a time step its score is known: 0, unless the detector folds scores by their mean,
        maximum or median.
    n_seen : int
        Time steps seen.

    Raises
    ------
    NotFittedError
        If the detector is not fitted.
    ParameterError
        If it has no window.

    Examples
    --------
    >>> import numpy as np
    >>> import offbeat
    >>> wave = np.sin(np.arange(500) / 5)
    >>> online = offbeat.OnlineDetector(offbeat.NaiveForecast(scaling="none").fit(wave))
    >>> online.score_one(1.0), online.score_one(1.5)
    (nan, 0.5)
    >>> online.update([1.5, 3.5])
    array([0., 2.])
    """

    def __init__(self, detector: Detector) -> None:
        scorer = detector.scorer_
        if scorer.view.reads != "recordings":
            raise ParameterError(
                f"expected a detector with a window, got a {type(detector).__name__} fitted on a collection of short "
                "series: fit one with a window=…"
            )
        self.detector = detector
        self._scorer = scorer
        self._span = detector.n_times_
        self.reset()

    def reset(self) -> Self:
        """Forget all that was seen."""
        self._stage = self._scorer.stage()
        self.delay, self.n_seen = self._stage.delay, 0
        self._recent = np.full((len(self.detector.channels_), self._span), np.nan)
        return self

    def score_one(self, value: float | Mapping[str, float] | npt.ArrayLike) -> float:
        """Take the values of the next time step, and return the newest known score.

        Parameters
        ----------
        value : float, array of shape (n_channels,), or mapping from channel names
            NaN where a value is missing.

        Returns
        -------
        float
            The score of the time step ``delay`` before this one; NaN until the first window is full, and while a value
            in the window is missing.

        Raises
        ------
        ShapeError
            If there is not one value for each channel.
        DataError
            If a value is infinite or not a number. The value is not remembered then.
        """
        newest = self._values_of(value)
        self._recent[:, :-1] = self._recent[:, 1:]
        self._recent[:, -1] = newest
        self.n_seen += 1
        if self.n_seen < self._span:
            return float("nan")
        if np.isnan(self._recent).any():
            return self._stage.push(np.array(np.nan))
        return self._stage.push(self._scorer.outputs(self._scorer.scale(self._recent[None]))[0])

    def update(self, X: Any) -> npt.NDArray[np.float64]:
        """Take the next piece of the recording, and return a score for each of its time steps.

        Parameters
        ----------
        X : Recording, frame, or array of shape (n_times, n_channels) or (n_times,)
            Of any length, 0 included.

        Returns
        -------
        array of shape (n_times,)
            What ``score_one`` would return for each time step in turn.

        Raises
        ------
        ShapeError, DataError
            As ``decision_function`` does. The piece is not remembered then.
        """
        recording = as_recording(X)
        require_channels(recording.channels, self.detector.channels_)
        require_size(recording.values)
        before = self._recent[:, -min(self.n_seen, self._span - 1) :] if self.n_seen and self._span > 1 else None
        known = recording.values if before is None else np.concatenate([before.T, recording.values])
        scores = np.full(len(recording), np.nan)
        if len(known) >= self._span:
            viewed = self._scorer.view.read(known)
            outputs = self._scorer.all_outputs(viewed)
            for step, output in zip(viewed.score_index - len(known), outputs, strict=True):
                scores[step] = self._stage.push(output)
        last = known[-self._span :]
        if len(last):
            self._recent[:, -len(last) :] = last.T
        self.n_seen += len(recording)
        return scores

    def severity(self, score: float) -> Severity:
        """Return the tier of a score; normal for NaN."""
        return Severity(int(self.detector.tiers_.predict(np.array([score]))[0]))

    def is_anomalous(self, score: float) -> bool:
        """Return whether a score is above the threshold; False for NaN."""
        return bool(self.detector.threshold_.predict(np.array([score]))[0])

    def save_state(self, path: str | Path) -> Path:
        """Write what is remembered to a file, so that the stream can be resumed; no pickle.

        Raises
        ------
        OutputError
            If it cannot be written; an older file is unchanged then.
        """
        return write_state(Path(path), self.arrays(), self.fingerprint())

    def load_state(self, path: str | Path) -> Self:
        """Resume from what ``save_state`` wrote.

        Raises
        ------
        ModelError
            If the file is missing or damaged, or belongs to another model. The stream is unchanged then.
        """
        return self.restore(read_state(Path(path), self.fingerprint()))

    def arrays(self) -> Arrays:
        """Return what is remembered."""
        stage = {f"stage.{name}": array for name, array in self._stage.arrays().items()}
        return {"recent": self._recent.copy(), "n_seen": np.array(self.n_seen), **stage}

    def restore(self, arrays: Arrays) -> Self:
        """Resume from what ``arrays`` returned.

        Raises
        ------
        ModelError
            If it does not fit. The stream is unchanged then.
        """
        stage = self._scorer.stage()
        with restoring("the state of the stream", ANEW):
            recent, seen = np.array(arrays["recent"]), np.ravel(arrays["n_seen"])
            n_seen = int(array_of({"n_seen": seen}, "n_seen", 1, kinds="iu")[0])
            validate_types({"n_seen": n_seen}, {"n_seen": Annotated[int, Range(0, 2**53)]})
            require_alike(recent, self._recent)
            if recent.shape != self._recent.shape:
                raise ValueError(f"expected values of shape {self._recent.shape}, got {recent.shape}")
            require_size(recent)
            saved, fresh = part_of(arrays, "stage."), stage.arrays()
            stage.restore(saved)
            restored = stage.arrays()
            for name in saved.keys() | fresh.keys():
                require_alike(saved[name], fresh[name])
                require_alike(saved[name], restored[name], length=True)
        self._stage, self._recent, self.n_seen = stage, recent, n_seen
        return self

    def fingerprint(self) -> str:
        """Return a digest that identifies the model: of its channels, scaling and held-out scores."""
        detector = self.detector
        parts = {
            "name": np.array([detector.name, *detector.channels_]),
            "held_out": detector.held_out_scores_,
            "shift": detector.scaler_.shift,
            "scale": detector.scaler_.scale,
            "recent": np.array(self._recent.shape),
            **self._scorer.stage().arrays(),
        }
        return digest(parts)

    def _values_of(self, value: Any) -> npt.NDArray[np.float64]:
        channels = self.detector.channels_
        if isinstance(value, Mapping):
            missing = [name for name in channels if name not in value]
            if missing:
                raise ShapeError(f"expected a value for each of {', '.join(channels)}, got none for {missing[0]}")
            value = [value[name] for name in channels]
        try:
            newest = np.asarray(value, dtype=np.float64).reshape(-1)
        except (TypeError, ValueError) as error:
            raise DataError(f"expected numbers, got {value!r}") from error
        if len(newest) != len(channels):
            raise ShapeError(
                f"expected {len(channels)} value{'s'[: len(channels) != 1]} ({', '.join(channels)}), got "
                f"{len(newest)}: give one for each channel"
            )
        require_size(newest)
        return newest
