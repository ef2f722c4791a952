"""What was learned from is scored as if it had not been, where people look at the file that they learned from."""

import numpy as np
import pytest

from offbeat import Budget, KNNDetector, PCADetector, ProfileDetector, Recording, load
from offbeat.errors import ModelError
from offbeat.testing import long_wave

DETECTORS = [KNNDetector(window=20, n_neighbors=1), PCADetector(window=20), ProfileDetector(window=20)]


def odd(n=900):
    values = long_wave(n, seed=2)
    values[500:512] = values[500]
    return values


@pytest.fixture(scope="module", params=DETECTORS, ids=lambda detector: detector.name)
def fitted(request):
    return request.param.set_params(threshold=Budget(5, period=900.0, step=1.0)).fit(odd())


def test_an_anomaly_in_what_was_learned_from_is_found(fitted):
    scores = fitted.unseen_scores(odd())
    assert 480 < np.nanargmax(scores) < 532
    events = fitted.detect(odd(), scores=scores)
    assert len(events) < 10
    assert any(event.start < 512 and event.end > 500 for event in events)


def test_the_rest_of_a_recording_and_other_ones_are_scored_as_they_are(fitted):
    longer = np.concatenate([odd(), long_wave(300, seed=3)])
    scores, plain = fitted.unseen_scores(longer), fitted.decision_function(longer)
    np.testing.assert_array_equal(scores[900:], plain[900:])
    assert fitted.n_learned_of(Recording(longer)) == 900
    np.testing.assert_array_equal(fitted.unseen_scores(longer[1:]), fitted.decision_function(longer[1:]))


def test_a_saved_model_remembers_where_they_belong(fitted, tmp_path):
    again = load(fitted.save(tmp_path / "model"))
    np.testing.assert_allclose(again.unseen_scores(odd()), fitted.unseen_scores(odd()))


def test_a_held_out_part_has_no_scores_for_the_rest():
    detector = PCADetector(window=20, calibration="held-out").fit(odd())
    np.testing.assert_array_equal(detector.unseen_scores(odd()), detector.decision_function(odd()))


def test_scores_that_do_not_fit_what_was_learned_from_are_refused(tmp_path):
    folder = PCADetector(window=20).fit(odd()).save(tmp_path / "model")
    config = folder / "config.json"
    config.write_text(config.read_text().replace('"held_out_from": 19', '"held_out_from": 400'))
    with pytest.raises(ModelError, match="held-out scores"):
        load(folder)
