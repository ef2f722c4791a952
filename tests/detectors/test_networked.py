"""What all detectors with a network share: how much of a recording an epoch learns from, and what a long fit tells."""

import logging
import re
from dataclasses import replace

import pytest

from offbeat import DenseAutoencoder, Fixed, MixedDetector, NaiveForecast, words
from offbeat.detectors.registry import detector_classes
from offbeat.testing import long_wave, waves

WINDOW = 12
NETWORKED = [cls for cls in detector_classes().values() if cls.trains]


def fitted_loss(detector, data, **train):
    """Return the training loss of each epoch of a detector that is fitted once, without folds."""
    settings = replace(detector.train, epochs=2, batch_size=8, **train)
    detector.set_params(train=settings, threshold=Fixed(1.0), calibration="held-out")
    return detector.fit(data).history_["loss"]


@pytest.mark.parametrize("cls", NETWORKED, ids=lambda cls: cls.name)
def test_an_epoch_learns_from_a_part_of_the_windows_of_a_recording(cls):
    def loss(epoch_windows):
        return fitted_loss(cls.example().set_params(window=WINDOW), long_wave(200), epoch_windows=epoch_windows)

    assert loss(None) == loss(200)
    assert loss(16) != loss(None)
    assert loss(16) == loss(16)


@pytest.mark.parametrize("cls", [cls for cls in NETWORKED if "collections" in cls.reads], ids=lambda cls: cls.name)
def test_an_epoch_learns_from_all_series_of_a_collection(cls):
    def loss(epoch_windows):
        return fitted_loss(cls.example(), waves(40), epoch_windows=epoch_windows)

    assert loss(16) == loss(None)


@pytest.mark.parametrize("cls", NETWORKED, ids=lambda cls: cls.name)
def test_a_part_of_a_mixture_learns_from_a_part_of_the_windows_too(cls):
    def loss(epoch_windows):
        part = cls.example()
        part.set_params(train=replace(part.train, epochs=2, batch_size=8, epoch_windows=epoch_windows))
        mixed = MixedDetector(parts=(part, NaiveForecast()), window=WINDOW, calibration="held-out")
        return mixed.fit(long_wave(200)).parts_[0].history_["loss"]

    assert loss(16) != loss(None)


def test_a_fit_with_folds_says_so_before_the_first(caplog):
    detector = DenseAutoencoder.example().set_params(window=WINDOW)
    with caplog.at_level(logging.INFO, logger="offbeat"):
        detector.fit(long_wave(200))
    assert caplog.records[0].getMessage().startswith("fitting 3 models")


def test_a_long_fit_says_how_far_it_is(monkeypatch, caplog):
    monkeypatch.setattr(words, "LONG", 0.0)
    with caplog.at_level(logging.INFO, logger="offbeat"):
        NaiveForecast().fit(long_wave(300))
    lines = [record.getMessage() for record in caplog.records]
    assert [line.partition(" folds")[0] for line in lines] == [f"scored {done} of 5" for done in range(1, 5)]
    assert all(re.search(r", about \d+:\d\d:\d\d to go$", line) for line in lines)


def test_a_short_fit_says_nothing(monkeypatch, caplog):
    monkeypatch.setattr(words, "LONG", 1e9)
    with caplog.at_level(logging.INFO, logger="offbeat"):
        NaiveForecast().fit(long_wave(300))
    assert caplog.records == []
