import numpy as np
import pytest

from offbeat.ecg.adaptation.corrected import Corrections, named_by_a_person
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
    assert Corrections.of(part, beats).classes().tolist() == [*"NNNNNVSNNN", *[""] * (N - 10)]


def test_the_part_to_learn_ends_after_its_minutes(beats):
    symbols, aux = ["N"] * N, ["reviewed"] * N
    symbols[1] = symbols[-1] = "|"
    everything = Corrections.of(of(beats, symbols, aux=aux), beats)
    assert everything.first(None) is everything
    assert (len(everything.named), len(everything.removed)) == (N - 2, 2)
    part = everything.first(0.1)
    assert (len(part.named), len(part.removed)) == ((beats.samples < 0.1 * 60 * 250).sum() - 1, 1)
    for minutes in (0, -1, np.nan, np.inf):
        with pytest.raises(ParameterError, match="minutes"):
            everything.first(minutes)


def test_annotations_of_another_record_are_refused(beats):
    with pytest.raises(DataError, match="another record"):
        Corrections.of(of(beats, shift=100), beats).classes()
    with pytest.raises(DataError, match="another record"):
        Corrections.of(of(beats, rate=360.0), beats)
    with pytest.raises(DataError, match="none"):
        Corrections.of(of(beats).where(np.zeros(N, bool)), beats).classes()


def test_annotations_count_samples_as_the_file_does(beats):
    of_file = Annotations(beats.samples * 8, ["N"] * N, 2000.0)
    found = Corrections.of(of_file, beats, file_rate=2000.0)
    assert found.named.samples.tolist() == beats.samples.tolist()
    assert found.classes().tolist() == ["N"] * N


def test_a_comparison_counts_the_named_beats_alone(beats):
    aux = np.full(N, "", "<U8")
    aux[10:20] = "reviewed"
    some = Corrections.of(of(beats, aux=aux), beats)
    symbols = np.where(np.arange(N) == 12, "V", "N")
    compared = some.compare(symbols)
    assert (compared.count("N", "nsvfqox"), compared.count("N", "v"), compared.matrix.sum()) == (10, 1, 10)
    minutes = (beats.samples[15] - 1) / 250 / 60
    assert some.compare(symbols, after_minutes=minutes).matrix.sum() == 5
    assert Corrections.of(of(beats), beats).compare(symbols).matrix.sum() == N
