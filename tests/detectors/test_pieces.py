"""A recording scored piece by piece has the scores of the whole."""

from __future__ import annotations

import numpy as np
import pytest

import offbeat
from offbeat.detectors.base import Detector
from offbeat.detectors.pieces import pieces_of, score_piece
from offbeat.errors import MissingValuesWarning, ParameterError
from offbeat.series.recording import Recording
from offbeat.testing.material import fit, long_wave

DETECTORS = {
    "window that ends there": offbeat.PCADetector(window=12, fold="last"),
    "mean of windows": offbeat.PCADetector(window=12),
    "maximum of windows": offbeat.KNNDetector(window=12, fold="max"),
    "forecast": offbeat.NaiveForecast(),
    "profile": offbeat.ProfileDetector(window=12, memory=0),
}


@pytest.fixture(scope="module")
def recording() -> Recording:
    values = long_wave(400, n_channels=2, seed=4)
    values[333, 1] = np.nan
    return Recording(values)


@pytest.fixture(scope="module", params=DETECTORS)
def model(request: pytest.FixtureRequest, recording: Recording) -> Detector:
    return fit(DETECTORS[request.param], recording.values[:300])


@pytest.mark.parametrize("length", [1, 37, 400, 1000])
def test_pieces_have_the_scores_of_the_whole(model: Detector, recording: Recording, length: int) -> None:
    pieces = pieces_of(model, len(recording), length)
    with pytest.warns(MissingValuesWarning):
        whole, unseen = model.decision_function(recording), model.unseen_scores(recording)
    for learned, expected in ((None, whole), (0, unseen)):
        found = [score_piece(model, piece, recording[piece.first : piece.end], learned) for piece in pieces]
        np.testing.assert_allclose(np.concatenate(found), expected, rtol=1e-6, atol=1e-6)


def test_pieces_cover_the_recording_once(model: Detector) -> None:
    steps = [step for piece in pieces_of(model, 1000, 64) for step in range(piece.start, piece.stop)]
    assert steps == list(range(1000))


def test_a_memory_is_refused(recording: Recording) -> None:
    model = fit(offbeat.ProfileDetector(window=12), recording.values[:300])
    with pytest.raises(ParameterError, match="memory=0"):
        pieces_of(model, 400, 100)


def test_collections_are_refused() -> None:
    model = fit(offbeat.PCADetector(), long_wave(300).reshape(20, 15))
    with pytest.raises(ParameterError, match="window"):
        pieces_of(model, 400, 100)
