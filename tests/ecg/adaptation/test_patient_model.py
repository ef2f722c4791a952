import numpy as np
import pytest

from offbeat.ecg.adaptation.examples import FEWEST
from offbeat.ecg.adaptation.learning import learn_patient
from offbeat.errors import DataError, ModelError, UnfamiliarBeatsWarning
from patient_beats import NARROW, ODD, P_WAVE, WIDE, beats_of, said

N = 100
FIRST = np.arange(N) < N // 2


def corrected(names, rows=FIRST):
    """The classes of the beats in these rows, as a person names them."""
    return np.where(rows, np.array(list(names)), "")


def classes_of(probabilities):
    return np.array(list("NSVFQ"))[probabilities.argmax(axis=1)]


def shapes(wide, other=WIDE):
    return np.where(wide[:, None], other, NARROW + P_WAVE)


EVERY_FIFTH = np.arange(N) % 5 == 4


def test_normal_beats_of_a_shape_that_was_called_ventricular_are_normal_from_then_on(base):
    beats = beats_of(shapes(EVERY_FIFTH))
    wrong = said(np.where(EVERY_FIFTH, "V", "N"))
    model = learn_patient(beats, wrong, corrected("N" * N), base)
    assert (classes_of(model.revised(wrong, beats)) == "N").all()


def test_ventricular_beats_that_were_missed_are_found_once_three_are_corrected(base):
    beats, missed = beats_of(shapes(EVERY_FIFTH)), said("N" * N)
    truth = np.where(EVERY_FIFTH, "V", "N")
    model = learn_patient(beats, missed, corrected(truth), base)
    assert np.array_equal(classes_of(model.revised(missed, beats)), truth)
    rows = FIRST & (~EVERY_FIFTH | (np.arange(N) < 5 * (FEWEST - 1)))
    few = learn_patient(beats, missed, corrected(truth, rows), base)
    assert few.counts()["V"] == FEWEST - 1
    assert (classes_of(few.revised(missed, beats)) == "N").all()


def test_a_shape_that_the_patient_never_showed_keeps_its_probabilities(base):
    truth = np.where(EVERY_FIFTH, "V", "N")
    model = learn_patient(beats_of(shapes(EVERY_FIFTH)), said(truth), corrected(truth), base)
    new, probabilities = beats_of(np.tile(ODD, (N, 1)), seed=1), said("V" * N, sure=0.6)
    with pytest.warns(UnfamiliarBeatsWarning, match="same patient"):
        assert model.revised(probabilities, new) == pytest.approx(probabilities, abs=1e-3)


def test_the_rhythm_of_beats_that_look_like_none_of_the_patient_teaches_nothing(base):
    early = EVERY_FIFTH
    truth = np.where(early, "S", "N")
    own = beats_of(np.where(early[:, None], NARROW, NARROW + P_WAVE), early)
    doubted = said("N" * N)
    doubted[early] = [0.6, 0.3, 0.1, 0.0, 0.0]
    model = learn_patient(own, doubted, corrected(truth), base)
    assert model.rhythm.any()
    other = beats_of(np.tile(ODD, (N, 1)), early)
    with pytest.warns(UnfamiliarBeatsWarning):
        assert model.revised(doubted, other) == pytest.approx(doubted, abs=2e-3)


@pytest.mark.parametrize("s_beats", [FEWEST, FEWEST - 1])
def test_supraventricular_beats_are_learned_by_rhythm_and_p_wave(base, s_beats):
    early = EVERY_FIFTH
    beats = beats_of(np.where(early[:, None], NARROW, NARROW + P_WAVE), early)
    truth = np.where(early, "S", "N")
    doubted = said("N" * N)
    doubted[early] = [0.6, 0.3, 0.1, 0.0, 0.0]
    rows = FIRST & (~early | (np.arange(N) < 5 * s_beats))
    model = learn_patient(beats, doubted, corrected(truth, rows), base)
    found = classes_of(model.revised(doubted, beats))
    assert np.array_equal(found, truth if s_beats >= FEWEST else np.full(N, "N"))
    assert model.rhythm.any() == (s_beats >= FEWEST)


def test_what_turns_from_ventricular_is_what_beats_like_it_are(base):
    beats = beats_of(shapes(EVERY_FIFTH))
    wrong = said(np.where(EVERY_FIFTH, "V", "N"))
    wrong[EVERY_FIFTH] = [0.01, 0.09, 0.9, 0.0, 0.0]  # the little that is not V is S
    model = learn_patient(beats, wrong, corrected("N" * N), base)
    assert (classes_of(model.revised(wrong, beats)) == "N").all()


def test_fusion_beats_are_evidence_for_nothing(base):
    beats = beats_of(shapes(EVERY_FIFTH))
    said_v = said(np.where(EVERY_FIFTH, "V", "N"))
    model = learn_patient(beats, said_v, corrected(np.where(EVERY_FIFTH, "F", "N")), base)
    assert (classes_of(model.revised(said_v, beats))[EVERY_FIFTH] == "V").all()


def test_leads_are_found_by_name(base):
    leads = ("II", "V1")
    truth = np.where(EVERY_FIFTH, "V", "N")
    beats, missed = beats_of(shapes(EVERY_FIFTH), leads=leads), said("N" * N)
    turned = beats_of(shapes(EVERY_FIFTH), leads=leads[::-1])
    object.__setattr__(turned, "windows", beats.windows[:, ::-1])
    model = learn_patient(beats, missed, corrected(truth), base)
    assert model.revised(missed, turned) == pytest.approx(model.revised(missed, beats), abs=1e-5)
    one = beats_of(shapes(EVERY_FIFTH), leads=("V1",))
    assert np.array_equal(classes_of(model.revised(missed, one)), truth)
    with pytest.raises(ModelError, match="aVF"):
        model.revised(missed, beats_of(shapes(EVERY_FIFTH), leads=("aVF",)))


def test_a_record_without_beats_stays_one(base):
    truth = np.where(EVERY_FIFTH, "V", "N")
    model = learn_patient(beats_of(shapes(EVERY_FIFTH)), said(truth), corrected(truth), base)
    assert model.revised(np.empty((0, 5)), beats_of(np.empty((0, 114)))).shape == (0, 5)


def test_the_input_is_left_alone_and_rows_are_probabilities(base):
    truth = np.where(EVERY_FIFTH, "V", "N")
    beats, missed = beats_of(shapes(EVERY_FIFTH)), said("N" * N)
    model = learn_patient(beats, missed, corrected(truth), base)
    revised = model.revised(missed, beats)
    assert np.array_equal(missed, said("N" * N))
    assert revised.sum(axis=1) == pytest.approx(1)
    assert (revised >= 0).all()


def test_many_corrected_beats_are_thinned_out_evenly(base):
    n = 2000
    beats = beats_of(np.tile(NARROW, (n, 1)))
    model = learn_patient(beats, said("N" * n), np.full(n, "N"), base)
    assert 300 <= model.counts()["N"] <= 600
    assert np.abs(model.windows - beats.windows[::4]).max() == 0


def test_nothing_corrected_is_an_error(base):
    with pytest.raises(DataError):
        learn_patient(beats_of(shapes(EVERY_FIFTH)), said("N" * N), np.full(N, ""), base)
