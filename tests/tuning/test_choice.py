"""A detector that is chosen without labels."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from offbeat import Collection, KNNDetector, NaiveForecast, PCADetector, ProfileDetector, Recording, suggest_detector
from offbeat.app.settings import make_detector
from offbeat.detectors.registry import default_detector
from offbeat.errors import DataError, ParameterError
from offbeat.tuning.candidates import candidates_for
from offbeat.tuning.choice import _agreement, _chance, _chosen
from offbeat.tuning.suggestion import Suggestion, TriedDetector
from offbeat.tuning.trials import RecordingTrial, SeriesTrial, trial_of

PERIOD = 40


def wave(n_times=1500, seed=0):
    rng = np.random.default_rng(seed)
    return np.sin(2 * np.pi * np.arange(n_times) / PERIOD) + 0.05 * rng.normal(size=n_times)


def curves(n=120, seed=0):
    return Collection(wave(n * PERIOD, seed).reshape(n, 1, PERIOD))


def tried(name, found, agreement=0.5, chance=0.001, **more):
    return TriedDetector(name, PCADetector(), found, chance, agreement, 1.0, **more)


@pytest.fixture(scope="module")
def suggestion():
    candidates = {"naive": NaiveForecast(), "pca": PCADetector(window=PERIOD), "knn": KNNDetector(window=PERIOD)}
    return suggest_detector(wave(), candidates=candidates)


def test_what_finds_clearly_more_is_chosen(suggestion):
    found = suggestion.to_frame().set_index("name")["found"]
    assert found["pca"] > found["naive"] + suggestion.margin
    assert suggestion.chosen.name == found.idxmax()
    assert "naive, the default" in suggestion.reason


def test_the_chosen_detector_is_new_and_unfitted(suggestion):
    first, second = suggestion.detector, suggestion.detector
    assert first is not second
    assert not hasattr(first, "scaler_")
    assert first.get_params() == suggestion.chosen.detector.get_params()
    assert first.fit(wave()).n_times_ == PERIOD


def test_the_table_says_what_was_chosen_why_and_what_it_is_no_evidence_of(suggestion):
    table = suggestion.table()
    assert [row[-1] for row in table.rows].count("chosen") == 1
    assert [row[0] for row in table.rows] == ["naive", "pca", "knn"]
    assert suggestion.reason in table.note
    assert "no evidence about real ones" in table.note
    assert str(suggestion.n_planted) in table.title


def test_the_frame_says_the_same(suggestion):
    frame = suggestion.to_frame()
    assert frame["name"][frame["chosen"]].tolist() == [suggestion.chosen.name]
    assert frame["found"].between(0, 1).all()
    assert frame["agreement"].between(-1, 1).all()
    assert (frame["seconds"] > 0).all()


def test_the_seed_decides():
    candidates = {"pca": PCADetector(window=PERIOD)}
    first, second, other = (
        suggest_detector(wave(600), candidates=candidates, random_state=seed).tried[0].found for seed in (1, 1, 2)
    )
    assert first == second
    trials = [trial_of(Recording(wave(600)), PERIOD, np.random.default_rng(seed)) for seed in (1, 2)]
    assert trials[0].copies[0].places != trials[1].copies[0].places
    assert 0 <= other <= 1


def test_candidates_and_data_are_left_as_they_are():
    values, detector = wave(600), PCADetector(window=PERIOD)
    before, settings = values.copy(), detector.get_params()
    suggest_detector(values, candidates={"pca": detector})
    np.testing.assert_array_equal(values, before)
    assert detector.get_params() == settings
    assert not hasattr(detector, "scaler_")


def test_without_a_margin_the_default_is_kept():
    default = tried("a", 0.5)
    assert _chosen([default, tried("b", 0.69)], 0.2) is default
    better = tried("c", 0.71)
    assert _chosen([default, tried("b", 0.69), better], 0.2) is better
    assert _chosen([default, tried("b", 0.5)], 0.0) is default


def test_what_agrees_less_with_the_others_than_the_default_is_not_chosen():
    default, alone, better = tried("a", 0.5, 0.4), tried("b", 0.9, 0.3), tried("c", 0.8, 0.4)
    assert _chosen([default, alone], 0.2) is default
    assert "agree less" in Suggestion([default, alone], default, 36, 0.2).reason
    assert _chosen([default, alone, better], 0.2) is better


def test_what_may_be_chance_is_not_chosen():
    default, likely = tried("a", 0.5), tried("b", 0.9, chance=0.04)
    assert _chosen([default, likely], 0.2) is likely
    assert _chosen([default, likely, tried("c", 0.1)], 0.2) is default
    assert "chance (4.0%)" in Suggestion([default, likely, tried("c", 0.1)], default, 18, 0.2).reason


def test_chance_is_that_of_a_sign_test():
    found = np.array([1, 1, 1, 1, 1, 0, 1, 0], dtype=bool)
    default = np.array([0, 0, 0, 0, 0, 1, 1, 0], dtype=bool)
    assert _chance(found, default) == pytest.approx(7 / 64)  # five or six of six
    assert _chance(default, default) == 1.0


def test_agreement_is_the_mean_rank_correlation_with_the_others():
    up, bent, down = np.arange(9.0), np.arange(9.0) ** 3, -np.arange(9.0)
    assert _agreement({"up": up, "bent": bent}) == pytest.approx({"up": 1.0, "bent": 1.0})
    assert _agreement({"up": up, "bent": bent, "down": down}) == pytest.approx({"up": 0.0, "bent": 0.0, "down": -1.0})
    gaps = np.where(up > 6, np.nan, bent)
    assert _agreement({"up": up, "gaps": gaps})["gaps"] == pytest.approx(1.0)
    assert _agreement({"up": up}) == {}
    without = _agreement({"up": up, "bent": bent, "same": np.zeros(9)})
    assert without["up"] == pytest.approx(1.0)
    assert np.isnan(without["same"])


def test_a_default_that_could_not_be_tried_is_kept():
    default, other = tried("a", np.nan, problem="too short"), tried("b", 0.9)
    assert _chosen([default, other], 0.2) is default
    assert "nothing to compare" in Suggestion([default, other], default, 10, 0.2).reason


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ((0.9, 0.5), "no other finds more"),
        ((0.5, 0.6), "20 points more would be needed"),
        ((0.5, 0.9), "at least 20 points"),
    ],
)
def test_the_reason_compares_with_the_default(shares, words):
    both = [tried(name, share) for name, share in zip("ab", shares, strict=True)]
    assert words in Suggestion(both, _chosen(both, 0.2), 36, 0.2).reason


def test_what_fails_is_a_row_with_the_problem():
    candidates = {"pca": PCADetector(window=PERIOD), "long": PCADetector(window=5000)}
    found = suggest_detector(wave(600), candidates=candidates)
    assert found.chosen.name == "pca"
    assert "window" in found.tried[1].problem
    assert np.isnan(found.tried[1].found)
    assert found.table().cells()[1][1] == "–"


def test_short_series_have_candidates_of_their_own():
    series = curves()
    names = list(candidates_for(series))
    assert names[0] == default_detector("collections")
    quick = {name: detector for name, detector in candidates_for(series).items() if name != names[0]}
    found = suggest_detector(series, candidates=quick)
    assert found.n_planted == 40
    assert found.tried[0].found > 0.5
    assert suggest_detector(series.values, candidates=quick).tried[0].found == found.tried[0].found


def test_the_first_candidate_is_what_is_fitted_by_default():
    recording = Recording(wave())
    found = candidates_for(recording, random_state=3)
    default = next(iter(found.values()))
    assert default.name == default_detector("recordings")
    usual = make_detector(default.name, random_state=3).fit(recording)
    np.testing.assert_array_equal(
        default.fit(recording).decision_function(wave(300, 1)), usual.decision_function(wave(300, 1))
    )
    assert all(detector.random_state == 3 for detector in found.values())
    assert len({str(detector.get_params()) + detector.name for detector in found.values()}) == len(found)


def test_neighbours_are_looked_for_among_a_bounded_number_of_windows():
    long = candidates_for(Recording(wave(30_000)))["knn"]
    assert 30_000 / long.stride <= 2_000


def test_labels_are_not_read():
    candidates = {"pca": PCADetector(window=PERIOD)}
    plain = Recording(wave(600))
    labelled = replace(plain, labels=np.arange(600) % 2)
    assert (
        suggest_detector(plain, candidates=candidates).tried[0].found
        == suggest_detector(labelled, candidates=candidates).tried[0].found
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (wave(60), "100 time steps"),
        (curves(20), "60 normal series"),
        (np.zeros(500), "all the same"),
        (np.full(500, np.nan), "missing"),
    ],
)
def test_what_nothing_can_be_planted_into(data, words):
    with pytest.raises(DataError, match=words):
        suggest_detector(data, candidates={"pca": PCADetector(window=10)})


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"candidates": {}}, "candidate"),
        ({"margin": -0.1}, "margin"),
        ({"margin": np.nan}, "margin"),
        ({"random_state": None}, "random_state"),
    ],
)
def test_settings_that_make_no_sense(given, named):
    with pytest.raises(ParameterError, match=named):
        suggest_detector(wave(), **given)


def test_a_trial_learns_from_what_comes_before_and_only_from_the_newest():
    recording = Recording(wave(9000), sampling_rate=2.0)
    trial = RecordingTrial.of(recording, PERIOD, np.random.default_rng(0))
    assert len(trial.learn) + len(trial.held_out) == 6000
    np.testing.assert_array_equal(trial.held_out.values, recording.values[-len(trial.held_out) :])
    np.testing.assert_array_equal(trial.learn.values[-1], recording.values[-len(trial.held_out) - 1])
    assert trial.n_planted >= 36
    few = RecordingTrial.of(recording[:500], 60, np.random.default_rng(0))
    assert len(few.held_out) == 250


def test_an_anomaly_is_found_where_the_score_in_it_is_the_highest():
    trial = RecordingTrial.of(Recording(wave()), PERIOD, np.random.default_rng(0))
    copy = trial.copies[0]
    scores = np.zeros(len(copy.values))
    assert not any(trial._found(copy, scores))
    scores[copy.places[1].start] = 1.0
    assert list(trial._found(copy, scores)) == [number == 1 for number in range(len(copy.places))]
    scores[: copy.places[0].start - PERIOD] = 2.0
    assert not any(trial._found(copy, scores))
    assert not any(trial._found(copy, np.full(len(scores), np.nan)))


def test_series_learned_from_are_not_planted_into():
    series = curves()
    trial = SeriesTrial.of(series, np.random.default_rng(0))
    learned = {each.tobytes() for each in trial.learn.values}
    assert len(trial.learn) + len(trial.normal) == len(series)
    assert not learned & {each.tobytes() for each in trial.normal.values}


def test_warnings_of_trials_are_not_shown():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        suggest_detector(wave(400), candidates={"profile": ProfileDetector(window=20)})
