"""An artificial ECG to test on."""

import numpy as np

RATE = 250.0


def ecg(
    n_beats: int = 120, rate: float = RATE, seed: int = 0, ectopic: int = 10
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An artificial lead (mV): P, QRS and T waves, and every ``ectopic``-th beat early, wide and without a P wave."""
    rng = np.random.default_rng(seed)
    wide = np.arange(n_beats) % ectopic == ectopic - 1
    rr = np.where(wide, 0.55, 0.85) + rng.normal(0, 0.01, n_beats)
    rr[1:][wide[:-1]] = 1.15
    times = 1 + np.cumsum(rr)
    time = np.arange(int((times[-1] + 1.5) * rate)) / rate
    signal = rng.normal(0, 0.01, len(time))
    for beat, is_wide in zip(times, wide, strict=True):
        waves = (
            [(0.0, -1.2, 0.045), (0.3, 0.4, 0.07)]
            if is_wide
            else [(-0.16, 0.12, 0.02), (0.0, 1.0, 0.012), (0.03, -0.2, 0.01), (0.28, 0.25, 0.05)]
        )
        for centre, height, width in waves:
            # further away than 40 widths a wave is 0 in a float
            near = slice(*np.searchsorted(time, [beat + centre - 40 * width, beat + centre + 40 * width]))
            signal[near] += height * np.exp(-0.5 * ((time[near] - beat - centre) / width) ** 2)
    return signal, times, wide
