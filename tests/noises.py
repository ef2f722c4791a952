"""Signals that are no ECG, a minute each at 250 Hz, in millivolts."""

import numpy as np

from ecg_signals import RATE

N = int(60 * RATE)


def _walk(rng: np.random.Generator) -> np.ndarray:
    return 0.02 * np.cumsum(rng.normal(size=N))


def _motion(rng: np.random.Generator) -> np.ndarray:
    path = np.cumsum(rng.normal(size=N))
    path -= np.convolve(path, np.ones(int(RATE)) / RATE, "same")
    return path / path.std()


def _muscle(rng: np.random.Generator) -> np.ndarray:
    spectrum, frequencies = np.fft.rfft(rng.normal(0, 0.3, N)), np.fft.rfftfreq(N, 1 / RATE)
    return np.fft.irfft(np.where((frequencies > 20) & (frequencies < 100), spectrum, 0), N)


def _eeg(rng: np.random.Generator) -> np.ndarray:
    time = np.arange(N) / RATE
    return 0.03 * _motion(rng) + 0.03 * np.sin(2 * np.pi * 10 * time) * np.clip(np.sin(time), 0, 1)


NOISES = {
    "ramp": lambda rng: np.round(np.arange(N) * 0.001, 3),
    "sine": lambda rng: 0.8 * np.sin(2 * np.pi * 1.2 * np.arange(N) / RATE),
    "fast sine": lambda rng: 0.3 * np.sin(2 * np.pi * 13 * np.arange(N) / RATE),
    "white": lambda rng: rng.normal(0, 0.03, N),
    "walk": _walk,
    "motion": _motion,
    "muscle": _muscle,
    "eeg": _eeg,
}
"""By its name, a function of a generator of random numbers."""
