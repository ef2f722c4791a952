import numpy as np
import pytest

from ecg_signals import RATE, ecg
from offbeat.ecg.adapt import adapt_record
from offbeat.ecg.classify import classify_record, shipped_model
from offbeat.errors import DataError, ModelError
from offbeat.records import Annotations, Record

N = 240


@pytest.fixture(scope="module")
def lead():
    return ecg(N)


@pytest.fixture(scope="module")
def record(lead):
    return Record.from_array(lead[0], sampling_rate=RATE, channels=["II"], name="strip")


@pytest.fixture(scope="module")
def block(lead):
    """The beats by a person to whom the wide ones are normal, as those of a bundle branch block are."""
    return Annotations(np.rint(lead[1] * RATE).astype(int), ["N"] * N, RATE)


@pytest.fixture(scope="module")
def adapted(record, block):
    return adapt_record(record, block, minutes=2)


def test_what_is_learned_shows_on_the_beats_after_it(adapted, lead):
    after = int((lead[1] >= 120).sum())
    assert adapted.held_out
    assert adapted.before.count("N", "nsvfq") == after
    assert adapted.before.count("N", "v") > 5
    assert adapted.after.count("N", "n") == after
    assert adapted.learned == {"N": N - after, "S": 0, "V": 0, "F": 0, "Q": 0}


def test_the_classification_with_the_model_is_what_was_evaluated(adapted, record, lead):
    table = classify_record(record, model=adapted.model).table
    assert (table["class"] == "N").all()
    assert (classify_record(record).table["class"] == "V").sum() > 15


def test_without_beats_after_them_the_corrected_beats_are_classified_in_turn(record, block):
    found = adapt_record(record, block)
    assert not found.held_out
    assert found.learned["N"] == N
    assert found.before.count("N", "v") > 15
    assert found.after.count("N", "v") == 0


def test_of_a_review_only_the_reviewed_beats_are_learned_and_counted(record, block, lead):
    wide = lead[2]
    symbols = np.where(wide, "N", "V")  # nonsense, where nobody has looked
    aux = np.full(N, "", "<U8")
    aux[60:120] = "reviewed"
    symbols[60:120] = "N"
    found = adapt_record(record, Annotations(block.samples, symbols, RATE, aux))
    assert found.learned == {"N": 60, "S": 0, "V": 0, "F": 0, "Q": 0}
    assert found.after.matrix.sum() == found.after.count("N", "n") == 60


def test_corrections_that_teach_nothing_are_counted(record, block):
    aux = np.full(N, "", "<U8")
    aux[:60] = "reviewed"
    symbols = np.full(N, "N")
    symbols[[3, 8]] = "|"
    symbols[[5, 6]] = "V"
    samples = block.samples.copy()
    samples[10] += int(0.3 * RATE)  # where nothing was found
    found = adapt_record(record, Annotations(samples, symbols, RATE, aux))
    assert (found.false_detections, found.not_found) == (2, 1)
    assert found.learned == {"N": 55, "S": 0, "V": 2, "F": 0, "Q": 0}
    assert (found.used, found.corrections) == (55, 60)


def test_a_record_that_was_resampled_is_adapted_to(lead, block):
    fast = Record.from_array(np.repeat(lead[0], 8), sampling_rate=8 * RATE, channels=["II"], name="strip")
    assert fast.sampling_rate < fast.file_rate
    found = adapt_record(fast, Annotations(block.samples * 8, block.symbols, 8 * RATE), minutes=2)
    assert found.learned["N"] > 100


def test_another_classifier_can_be_adapted(record, block, adapted, tmp_path):
    folder = shipped_model().save(tmp_path / "mine")
    found = adapt_record(record, block, minutes=2, model=folder)
    assert np.array_equal(found.after.matrix, adapted.after.matrix)
    with pytest.raises(ModelError, match="already"):
        adapt_record(record, block, model=found.model.save(tmp_path / "patient"))


def test_other_annotations_are_refused(record, block):
    moved = Annotations(block.samples + int(0.4 * RATE), block.symbols, RATE)
    with pytest.raises(DataError, match="another record"):
        adapt_record(record, moved)
