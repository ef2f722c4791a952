import numpy as np
import pytest

from offbeat.ecg.adaptation.corrected import corrected_classes, named_by_a_person, part_to_learn
from offbeat.errors import DataError, ParameterError
from offbeat.records import Annotations
from patient_beats import NARROW, beats_of

N = 40


@pytest.fixture(scope="module")
def beats():
    return beats_of(np.tile(NARROW, (N, 1)))


def of(beats, symbols=None, rate=250.0, shift=0, aux=None):
    return Annotations(beats.samples + shift, ["N"] * N if symbols is None else symbols, rate, aux)


def test_only_reviewed_beats_count_where_some_are_marked(beats):
    aux = [""] * N
    aux[3] = aux[7] = "reviewed"
    found, some = named_by_a_person(of(beats, aux=aux))
    assert (found.samples.tolist(), some) == (beats.samples[[3, 7]].tolist(), True)
    everything, some = named_by_a_person(of(beats))
    assert (len(everything), some) == (N, False)


def test_other_marks_than_beats_and_false_detections_are_left_out(beats):
    symbols = ["N"] * N
    symbols[0], symbols[1] = "+", "|"
    aux = ["", "reviewed, was N", "reviewed", *[""] * (N - 3)]
    assert len(named_by_a_person(of(beats, symbols))[0]) == N - 2
    assert len(named_by_a_person(of(beats, symbols, aux=aux))[0]) == 1


def test_what_a_program_wrote_teaches_nothing(beats):
    with pytest.raises(DataError, match="reviewed"):
        named_by_a_person(of(beats, aux=["confidence 0.62", *[""] * (N - 1)]))


def test_each_class_goes_to_its_beat(beats):
    symbols = np.full(N, "N")
    symbols[[5, 6, 7]] = "V", "A", "L"
    part = of(beats, symbols, shift=10).where(np.arange(N) < 10)
    assert corrected_classes(part, beats).tolist() == [*"NNNNNVSNNN", *[""] * (N - 10)]


def test_the_part_to_learn_ends_after_its_minutes(beats):
    everything = of(beats)
    assert part_to_learn(everything, None, 250.0) is everything
    assert len(part_to_learn(everything, 0.1, 250.0)) == (beats.samples < 0.1 * 60 * 250).sum()
    for minutes in (0, -1, np.nan, np.inf):
        with pytest.raises(ParameterError, match="minutes"):
            part_to_learn(everything, minutes, 250.0)


def test_annotations_of_another_record_are_refused(beats):
    for other in (of(beats, shift=100), of(beats, rate=360.0)):
        with pytest.raises(DataError, match="another record"):
            corrected_classes(other, beats)
    with pytest.raises(DataError, match="none"):
        corrected_classes(of(beats).where(np.zeros(N, bool)), beats)
