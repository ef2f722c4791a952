"""Stretches of an ECG in which nothing can be read: gaps, a flat line, a signal at its rails, noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from offbeat.errors import ParameterError, ShapeError

__all__ = ["QualityRules", "QualityScan", "Reason", "Span", "unreadable"]

Reason = Literal["gap", "saturated", "flat", "noise"]
Values = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint8]

_REASONS: tuple[Reason, ...] = ("saturated", "flat", "noise")  # where more than one holds, the first
_BLOCK = 0.5  # seconds that get one verdict
_JOIN = 0.2  # seconds of signal between two gaps that are too few to be read
_STUCK = 0.2  # share of a block that lies exactly at a limit
_FAR, _USUAL_RAIL = 0.5, 4.5  # mV
_LOW_BAND, _HIGH_BAND = (5.0, 40.0), (40.0, np.inf)  # Hz; most of a QRS complex lies in the first
_LINE = 8.0  # times the usual power above 40 Hz: more is a line of mains hum, which can be filtered and hides nothing


@dataclass(frozen=True)
class Span:
    """A stretch of a record.

    Parameters
    ----------
    start, stop : int
        Its first sample, and the one after the last.
    reason : {"gap", "saturated", "flat", "noise"}
        Why it cannot be read: samples are missing, the amplifier is at its limit, the line is flat, or what there is
        is no ECG (a lead that is off, or a muscle).
    """

    start: int
    stop: int
    reason: Reason

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class QualityRules:
    """When half a second of signal is bad, and how long that must last.

    Parameters
    ----------
    flat : float
        Millivolts from lowest to highest value, less a straight line, up to which a lead is flat.
    rails : tuple of float, optional
        The lowest and the highest value (mV) that the recorder can give. Where it is not known, a value counts as a
        limit if a fifth of the half second lies exactly there, far from where the rest is.
    amplitude : float
        Millivolts from lowest to highest value, above which it is no ECG.
    noise : float
        Millivolts (root mean square) above 40 Hz, from which on noise can hide a beat; without mains hum.
    density : float
        Power per hertz above 40 Hz as a share of that from 5 to 40 Hz, from which on noise dominates: 1 is white noise,
        an ECG has about 0.02.
    least : mapping
        Seconds that each reason but a gap must last.
    """

    flat: float = 0.02
    rails: tuple[float, float] | None = None
    amplitude: float = 12.0
    noise: float = 0.1
    density: float = 0.5
    least: Mapping[str, float] = field(default_factory=lambda: {"saturated": 1.0, "flat": 2.0, "noise": 3.0})

    def __post_init__(self) -> None:
        if min(self.flat, self.amplitude, self.noise, self.density) <= 0:
            raise ParameterError(f"expected amplitudes and shares above 0, got {self}")


def unreadable(values: npt.ArrayLike, sampling_rate: float, rules: QualityRules | None = None) -> list[Span]:
    """Return the stretches of a lead that cannot be read, in order.

    Parameters
    ----------
    values : array of shape (n,)
        One lead, in millivolts; NaN is a missing sample.
    sampling_rate : float
        Samples per second (Hz).
    rules : QualityRules, optional
        What counts as unreadable.

    Returns
    -------
    list of Span
        They do not overlap. Gaps are exact to the sample, the others to half a second.

    Raises
    ------
    ShapeError
        If it is not one lead.
    ParameterError
        If the sampling rate is too low to measure noise.

    References
    ----------
    The measures are those of Q. Li, R. G. Mark, G. D. Clifford, "Robust heart rate estimation from multiple
    asynchronous noisy sources", Physiological Measurement 29, 2008, and of the PhysioNet/CinC Challenge 2011: a flat
    line, saturation, amplitude, and the share of power in the band of the QRS complex. The limits were set so that of
    the MIT-BIH database nothing is lost but what is clipped at the rails.

    Examples
    --------
    >>> import numpy as np
    >>> beats = np.tile(np.exp(-(((np.arange(200) - 100) / 5) ** 2)), 20)
    >>> beats[1000:2000] = 0.3
    >>> unreadable(beats, 200)
    [Span(start=1000, stop=2000, reason='flat')]
    """
    scan = QualityScan(sampling_rate, rules)
    scan.add(values)
    return scan.spans()


class QualityScan:
    """Find unreadable stretches while a record is read piece by piece, with the same result for pieces of any length.

    Between pieces it keeps one byte for each half second.

    Parameters
    ----------
    sampling_rate : float
        Samples per second (Hz).
    rules : QualityRules, optional
        What counts as unreadable.

    Raises
    ------
    ParameterError
        If the sampling rate is too low to measure noise.

    Examples
    --------
    >>> import numpy as np
    >>> scan = QualityScan(250)
    >>> scan.add(np.full(300, np.nan))
    >>> scan.add(np.full(100, np.nan))
    >>> scan.spans()
    [Span(start=0, stop=400, reason='gap')]
    """

    def __init__(self, sampling_rate: float, rules: QualityRules | None = None) -> None:
        if not sampling_rate > 2 * _HIGH_BAND[0]:
            raise ParameterError(
                f"expected more than 80 samples per second, which measuring noise needs, got {sampling_rate:g} Hz"
            )
        self._rate, self._rules = sampling_rate, rules or QualityRules()
        self._length = round(_BLOCK * sampling_rate)
        frequencies = np.fft.rfftfreq(self._length, 1 / sampling_rate)
        bands = [(frequencies >= low) & (frequencies < high) for low, high in (_LOW_BAND, _HIGH_BAND)]
        self._low, self._high = map(np.flatnonzero, bands)
        self._taper = np.hanning(self._length)
        self._seen = 0
        self._rest: Values = np.empty(0)
        self._codes: list[Codes] = []
        self._gaps: list[tuple[int, int]] = []
        self._noise: list[tuple[int, int]] = []

    def add(self, values: npt.ArrayLike) -> None:
        """Take the next piece of the lead, an array of shape (n,) in millivolts.

        Raises
        ------
        ShapeError
            If it is not one lead.
        """
        piece = np.asarray(values, dtype=np.float64)
        if piece.ndim != 1:
            raise ShapeError(f"expected one lead, an array of shape (n,), got {piece.shape}")
        join = round(_JOIN * self._rate)
        for start, stop in _runs(np.isnan(piece)):
            first, last = self._seen + start, self._seen + stop
            if self._gaps and first - self._gaps[-1][1] < join:
                first = self._gaps.pop()[0]
            self._gaps.append((first, last))
        self._seen += len(piece)
        piece = np.concatenate([self._rest, piece])
        whole = len(piece) // self._length * self._length
        self._codes.append(self._validate(piece[:whole].reshape(-1, self._length)))
        self._rest = piece[whole:].copy()

    def mark_noise(self, start: int, stop: int) -> None:
        """Count the blocks of half a second that begin between two samples as noise, if nothing else is wrong there."""
        self._noise.append((-(-start // self._length), -(-stop // self._length)))

    def spans(self) -> list[Span]:
        """Return the unreadable stretches of all that was added so far, in order; they do not overlap."""
        codes = np.concatenate([*self._codes, np.zeros(0, np.uint8)])
        if len(codes) and len(self._rest):
            codes = np.append(codes, codes[-1])  # less than a block is left: it is as what it follows
        for first, last in self._noise:
            codes[first:last][codes[first:last] == 0] = _REASONS.index("noise") + 1
        found = [Span(start, stop, "gap") for start, stop in self._gaps]
        for code, reason in enumerate(_REASONS, start=1):
            taken = sorted((span.start, span.stop) for span in found)
            for first, last in _runs(_closed(codes == code)):
                if (last - first) * _BLOCK >= self._rules.least.get(reason, 0):
                    start, stop = first * self._length, min(last * self._length, self._seen)
                    found += [Span(*part, reason) for part in _without(start, stop, taken)]
        return sorted(found, key=lambda span: span.start)

    def _validate(self, blocks: Values) -> Codes:
        """Return for each block, a row, the position of its reason from 1 on; 0 where it can be read."""
        missing = np.isnan(blocks)
        if missing.any():
            # The rest of a block stands for what is missing; a block without rest is all gap.
            filling = np.nan_to_num(np.where(missing, 0, blocks).sum(axis=1) / np.maximum(1, (~missing).sum(axis=1)))
            blocks = np.where(missing, filling[:, None], blocks)
        codes = np.zeros(len(blocks), dtype=np.uint8)
        span = np.ptp(blocks, axis=1)
        # The last reason first, so that the first overwrites it.
        codes[(span > self._rules.amplitude) | self._noisy(blocks)] = 3
        codes[np.ptp(blocks - self._slopes(blocks), axis=1) <= self._rules.flat] = 2
        codes[self._stuck(blocks)] = 1
        codes[missing.mean(axis=1) > 0.5] = 0
        return codes

    def _slopes(self, blocks: Values) -> Values:
        """Return the straight line through each block, less its mean."""
        steps = np.arange(self._length) - (self._length - 1) / 2
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray((blocks @ steps / (steps @ steps))[:, None] * steps)

    def _noisy(self, blocks: Values) -> npt.NDArray[np.bool_]:
        centred = (blocks - blocks.mean(axis=1, keepdims=True)) * self._taper
        power = np.abs(np.fft.rfft(centred, axis=1)) ** 2
        high, low = power[:, self._high], power[:, self._low]
        high = np.minimum(high, _LINE * np.median(high, axis=1, keepdims=True))
        # By Parseval's theorem, as the mean square of the signal without taper.
        mean_square = 2 * high.sum(axis=1) / (self._length * np.sum(self._taper**2))
        dense = high.mean(axis=1) > self._rules.density * low.mean(axis=1)
        return np.asarray(dense & (mean_square > self._rules.noise**2))

    def _stuck(self, blocks: Values) -> npt.NDArray[np.bool_]:
        if self._rules.rails is not None:
            low, high = self._rules.rails
            return np.asarray(((blocks <= low) | (blocks >= high)).mean(axis=1) >= _STUCK)
        stuck = np.zeros(len(blocks), dtype=bool)
        middle = np.median(blocks, axis=1)
        for limit in (blocks.min(axis=1), blocks.max(axis=1)):
            at_limit = (blocks == limit[:, None]).mean(axis=1) >= _STUCK
            # A line at rest is the lowest of a block, too, where the recorder is coarse.
            stuck |= at_limit & ((np.abs(limit - middle) >= _FAR) | (np.abs(limit) >= _USUAL_RAIL))
        return stuck


def _runs(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where each run of True begins and ends."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _closed(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return a mask in which one block between two that are marked is marked, too."""
    closed = mask.copy()
    closed[1:-1] |= mask[:-2] & mask[2:]
    return closed


def _without(start: int, stop: int, taken: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield what other stretches, in order, leave of one."""
    for first, last in taken:
        if last <= start or first >= stop:
            continue
        if first > start:
            yield start, first
        start = last
    if start < stop:
        yield start, stop
