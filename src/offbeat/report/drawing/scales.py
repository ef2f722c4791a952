"""Which scale shows all scores: linear, or logarithmic where they span more than a factor of 30."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from offbeat.report.drawing.style import INK, TierValues, draw_tiers, halo, plain_numbers, tier_values
from offbeat.series.recording import FloatArray
from offbeat.words import plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__: list[str] = []

SCORE = "score (higher = more anomalous)"

LONG = 30.0  # a factor between usual and largest value beyond which a linear axis hides the usual ones


def finite(values: npt.ArrayLike) -> FloatArray:
    """Return the finite numbers of an array, flat, as float64."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    return np.asarray(flat[np.isfinite(flat)])


@dataclass(frozen=True)
class ScoreAxis:
    """The range and scale of an axis of scores; what lies outside is drawn at its edge and counted in a note."""

    low: float
    high: float
    log: bool = False

    @classmethod
    def of(cls, parts: Sequence[FloatArray], marks: Sequence[float]) -> ScoreAxis:
        """Choose the axis for finite scores of all parts, and for thresholds that must be in sight."""
        every = np.concatenate([*parts, np.asarray(marks, dtype=float)])
        if not every.size:
            return cls(0.0, 1.0)
        low, high = float(every.min()), float(every.max())
        # the lowest few do not decide: one score near zero is no reason for a log axis
        usual = float(np.quantile(every, 0.05))
        if low > 0 and high > LONG * usual:
            return cls(low / 1.15, high * 1.15, log=True)
        if _long_tailed(every):
            low, high = _without_tails(parts, marks)
        margin = 0.03 * (high - low) or 0.05 * abs(high) or 0.5
        return cls(low - margin, high + margin)

    @classmethod
    def over_time(cls, scores: npt.ArrayLike, marks: Sequence[float]) -> ScoreAxis:
        """Choose the axis for scores drawn over time: every peak is in sight, deep dips between peaks need not be."""
        values = finite(scores)
        every = np.concatenate([values, np.asarray(marks, dtype=float)])
        if not every.size:
            return cls(0.0, 1.0)
        low, high = float(every.min()), float(every.max())
        if values.size and low > 0 and high > LONG * float(np.median(values)):
            return cls(min(float(np.quantile(values, 0.005)), *marks, high) / 1.3, high * 1.3, log=True)
        margin = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
        return cls(low - margin, high + margin)

    def forward(self, values: npt.ArrayLike) -> FloatArray:
        """Return positions that are evenly spaced on the drawn axis."""
        array = np.asarray(values, dtype=np.float64)
        return np.log10(array) if self.log else array

    def edges(self, bins: int) -> FloatArray:
        """Return ``bins + 1`` bin edges, evenly spaced on the drawn axis."""
        spaced = np.geomspace if self.log else np.linspace
        return np.asarray(spaced(self.low, self.high, bins + 1), dtype=np.float64)

    def clip(self, values: FloatArray) -> FloatArray:
        """Return the values with those outside moved to the nearest edge."""
        return np.clip(values, self.low, self.high)

    def note(self, values: FloatArray) -> str:
        """Say how many values lie outside and how far; empty where none does."""
        below, beyond = values[values < self.low], values[values > self.high]
        parts = []
        if below.size:
            parts.append(f"{plural(below.size, 'score')} below the left edge, down to {below.min():.4g}")
        if beyond.size:
            parts.append(f"{plural(beyond.size, 'score')} beyond the right edge, up to {beyond.max():.4g}")
        return "; ".join(parts)

    def apply(self, axes: Axes, along: str = "x") -> None:
        """Set scale, limits and tick numbers of the x or y axis."""
        scale = {f"{along}scale": "log"} if self.log else {}
        axes.set(**{**scale, f"{along}lim": (self.low, self.high)})
        plain_numbers(axes.xaxis if along == "x" else axes.yaxis)


def _long_tailed(values: FloatArray) -> bool:
    low, high = np.quantile(values, [0.05, 0.95])
    return bool(high > low and np.ptp(values) > LONG * (high - low))


def _without_tails(parts: Sequence[FloatArray], marks: Sequence[float]) -> tuple[float, float]:
    """Return the range that holds 99 % of every part, and all marks; a side without a long tail is kept whole."""
    ends: list[Any] = [np.quantile(part, [0.005, 0.995]) for part in parts if part.size]
    inside = np.concatenate([*ends, np.asarray(marks, dtype=float)])
    every = np.concatenate(list(parts))
    low, high, reach = every.min(), every.max(), float(np.ptp(inside))
    return (
        float(min(low, inside.min()) if inside.min() - low < reach else inside.min()),
        float(max(high, inside.max()) if high - inside.max() < reach else inside.max()),
    )


def in_sight(threshold: float | None, tiers: TierValues | None) -> list[float]:
    """Return the thresholds that an axis of scores must reach."""
    return [mark for mark in (threshold, *(tier_values(tiers) or ())) if mark is not None and np.isfinite(mark)]


def draw_marks(
    axes: Axes, axis: ScoreAxis, threshold: float | None, tiers: TierValues | None, *, along: str = "x"
) -> dict[str, Any]:
    """Set the axis of scores, shade the tiers, draw the threshold; return legend handles by name."""
    axis.apply(axes, along)
    handles = draw_tiers(axes, tiers, axis.low, axis.high, along=along) if tiers else {}
    if threshold is not None and np.isfinite(threshold):
        line = axes.axvline if along == "x" else axes.axhline
        handles[f"threshold {threshold:.4g}"] = line(
            threshold, color=INK, linestyle="--", linewidth=1.2, path_effects=halo()
        )
    return handles
